"""What the listener found, as Markdown: verdicts, giveaways, and a table a rhythm."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from abctrain.quality.estimate import Estimate
from abctrain.quality.listener.judgement import Heard, Verdict, halves, tell_apart

LEAST_OF_RHYTHM = 20
"""A rhythm with fewer tunes, real or generated, has no row."""

_Z = 1.96  # standard errors on each side that hold 95 %

GIVEAWAYS = {
    "gap over bar lines minus gap within bars, semitones": "gap over bar lines minus within",
    "tunes with a chromatic note": "has a chromatic note",
    "bars that return exactly": "exact bars",
    "bars that return varied": "varied bars",
    "… changed at the start": "varied bars changed at the start",
    "… changed at the end": "varied bars changed at the end",
    "sequences (a bar moved by steps)": "sequences",
    "bar 4 later: same contour": "same contour 4 bars later",
    "bar 4 later: only the end changed": "only the end changed 4 bars later",
    "triplets": "triplets",
    "kinds of note lengths": "kinds of note lengths",
    "B part above A part, semitones": "second section above the first",
    "lift of its first bars, semitones": "lift of the second section's first bars",
    "time on the first degree": "weight of the first degree",
    "time on sixth and seventh degree": "weight of sixth and seventh degree",
    "ends on the tonic": "ends on the tonic",
    "gap before bars that return exactly, semitones": "gap before exact bars",
    "gap before bars that return varied, semitones": "gap before varied bars",
}
"""What gives tunes away, in a musician's words, and the feature that measures it."""

RHYTHMS = {
    "notes a bar": "notes a bar",
    "dotted pairs": "dotted pairs",
    "snapped pairs": "snapped pairs",
    "triplets": "triplets",
    "ends on the tonic": "ends on the tonic",
}
"""What is told of each rhythm, and the feature that measures it."""


def listen(real: Sequence[str], levels: Mapping[str, Sequence[str]]) -> str:
    """Return a section of Markdown on generated tunes beside real ones.

    `levels` holds the generated tunes of each level of guidance, the most guided last:
    its rhythms are compared. It is empty where none of them can be judged.
    """
    books = Heard.of(real)
    heard = {name: Heard.of(texts) for name, texts in levels.items()}
    verdicts = {name: tell_apart(books, tunes) for name, tunes in heard.items()}
    if not any(verdicts.values()):
        return ""
    named = {f"guide {name}": verdict for name, verdict in verdicts.items()}
    named["real against real"] = tell_apart(*halves(books))
    tables = [
        _verdicts(named),
        _giveaways(books, heard),
        *_rhythms(books, *list(heard.items())[-1]),
    ]
    return "\n\n".join(tables) + "\n"


_INTRODUCTION = """\
### Can a calculating listener tell?

Two families of classifiers hear real and generated tunes as bare notes (without header, key and
spelling, on one tonic) and say which are generated: gradient boosting on musical features,
logistic regression on motifs. The figure is the area under the ROC curve: of a real and a
generated tune, how often the generated one is taken for it; 0.5 is guessing, 1 is always. There
are as many real tunes of each rhythm and mode, from the whole corpus; five folds, related tunes
in one; 95 % intervals of the tunes judged, to which those learned from add (real against real,
halved in other ways, 0.47 to 0.53). From fewer tunes the classifiers learn less: rows with
different numbers of tunes cannot be compared. They judge only; no tune is chosen by them."""


def _verdicts(verdicts: Mapping[str, Verdict | None]) -> str:
    rows = [["told apart", "tunes a side", "by features", "by motifs"], ["---"] * 4]
    for name, verdict in verdicts.items():
        if verdict is None:
            rows.append([name, "too few, or too many related", "–", "–"])
        else:
            shown = map(_shown, (verdict.features, verdict.motifs))
            rows.append([name, f"{verdict.tunes:,}", *shown])
    return f"{_INTRODUCTION}\n\n{_table(rows)}"


def _giveaways(books: Heard, heard: Mapping[str, Heard]) -> str:
    columns = [books, *heard.values()]
    heads = ["what gives tunes away", "real", *(f"guide {name}" for name in heard)]
    rows = [heads, ["---"] * len(heads), ["tunes", *(f"{len(column):,}" for column in columns)]]
    for words, feature in GIVEAWAYS.items():
        rows.append([words, *(_mean(column, feature) for column in columns)])
    introduction = "Means over tunes (± half a 95 % interval); real ones are the whole corpus:"
    return f"{introduction}\n\n{_table(rows)}"


def _rhythms(books: Heard, name: str, tunes: Heard) -> list[str]:
    """Return the table, or nothing where no rhythm has enough tunes."""
    heads = ["rhythm", "tunes", *RHYTHMS]
    rows = [heads, ["---"] * len(heads)]
    for rhythm in sorted({rhythm for rhythm, _ in tunes.kinds} - {""}):
        sides = [
            one.pick([row for row, (kind, _) in enumerate(one.kinds) if kind == rhythm])
            for one in (books, tunes)
        ]
        if min(map(len, sides)) < LEAST_OF_RHYTHM:
            continue
        rows.append(
            [
                rhythm,
                " / ".join(f"{len(side):,}" for side in sides),
                *(" / ".join(_mean(side, one) for side in sides) for one in RHYTHMS.values()),
            ]
        )
    if len(rows) == 2:
        return []
    return [f"Each rhythm by itself, real / guide {name}:\n\n{_table(rows)}"]


def _mean(heard: Heard, feature: str) -> str:
    values = heard.figure(feature)
    if len(values) < 2:
        return "–"
    half = _Z * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return f"{values.mean():.3f} ± {half:.3f}"


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
