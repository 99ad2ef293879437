"""Generated tunes beside real ones: a table of their figures in the model card."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from abcrun import Model
from abcrun.composition.levels import LEVELS, GuideLevel
from abcrun.composition.sketch import REGULAR
from abcrun.errors import CorpusError, UsageError
from abcrun.files import write_atomically
from abcrun.inference.spec import ModelSpec
from abctrain.data.collection import Collection
from abctrain.data.corpus import Corpus, melody_in
from abctrain.data.related import Known
from abctrain.data.sources import Source
from abctrain.quality.estimate import MOST_RUNS, RUN, Estimate, count_runs
from abctrain.quality.figures import (
    LEAST_BARS,
    LONG_COPY,
    SHORT_COPY,
    SetFigures,
    TuneFigures,
    index_of,
    share_related,
)
from abctrain.quality.listener.judgement import LEAST
from abctrain.quality.listener.report import listen
from abctrain.recipe import Recipe

HEARD = 5
"""The listener hears so many times the tunes of the most guided level."""

log = logging.getLogger(__name__)

OPENING, CLOSING = "<!-- quality -->", "<!-- /quality -->"
"""The lines around the table in a model card."""

_BEFORE = "## What it can't do"


@dataclass(frozen=True)
class RealTunes:
    """The tunes of the corpus that a model was trained on.

    `held_out` are texts, `whole` those of all tunes, `training` the melodies that were
    learned. `are_parted`: no tune held out has `SHORT_COPY` notes in a row in common
    with one of the others.
    """

    held_out: tuple[str, ...]
    training: Sequence[Sequence[int]]
    are_parted: bool
    whole: tuple[str, ...]

    @classmethod
    def of(cls, spec: ModelSpec, corpus: Path | None = None, known: Known | None = None) -> Self:
        """Read the corpus by the recipe that the model carries.

        It comes from the recipe's books, or from `corpus`, the user's own file or
        folder. Of a clean corpus the test part is held out, of any other the tunes that
        chose the best epoch. Of a model that was fine-tuned, `known` says which
        melodies it was trained on, before or then: those are not held out.
        """
        recipe = Recipe.from_dict(spec.provenance["recipe"]).corpus
        if corpus is None and any("package" not in source for source in spec.provenance["corpora"]):
            names = ", ".join(str(source["name"]) for source in spec.provenance["corpora"])
            raise UsageError(
                f"model {spec.name} was trained on a corpus of its user's own ({names}), and no "
                "run here tells where that is; give --corpus (make quality CORPUS=...)"
            )
        if recipe.clean:
            collection = (
                Collection.of_sources(recipe.books, known)
                if corpus is None
                else Collection.of_path(corpus, known)
            )
            learned = tuple(tune.melody for tune in collection.tunes if tune.part == "train")
            held_out = collection.part("test")
            if not held_out or not learned:
                raise CorpusError("the corpus has too few clean tunes to hold some out")
            whole = tuple(tune.text for tune in collection.tunes)
            _compare_sources(collection.sources, spec)
            return cls(held_out, learned, are_parted=True, whole=whole)
        texts = Corpus.of_recipe(recipe, corpus, known)
        _compare_sources(texts.sources, spec)
        return cls(
            texts.held_out,
            tuple(filter(None, map(melody_in, texts.training))),
            are_parted=False,
            whole=(*texts.training, *texts.held_out),
        )


def _compare_sources(sources: Sequence[Source], spec: ModelSpec) -> None:
    """Warn where a user's file has changed since: the figures are still worth
    something."""
    trained_on = {str(source.get("sha256")) for source in spec.provenance["corpora"]}
    if changed := [source.name for source in sources if source.sha256 not in trained_on]:
        log.warning(
            "%s: not quite what the model was trained on (its sha256 differs)", ", ".join(changed)
        )


@dataclass(frozen=True)
class Composed:
    """The tunes of one level of guidance.

    `characters` are those that the network read for all of them, `seconds` the time
    that it took.
    """

    texts: tuple[str, ...]
    figures: tuple[TuneFigures, ...]
    characters: int
    seconds: float

    @classmethod
    def by(cls, model: Model, guide: GuideLevel, count: int, seed: int) -> Self:
        """Compose `count` tunes as the model proposes."""
        started = time.monotonic()
        tunes = list(model.generate(count, seed=seed, guide=guide))
        seconds = time.monotonic() - started
        return cls(
            texts=tuple(tune.text for tune in tunes),
            figures=tuple(TuneFigures.of(tune.text, ended=tune.complete) for tune in tunes),
            characters=sum(tune.characters for tune in tunes),
            seconds=seconds,
        )


def compare(
    model: Model, real: RealTunes, guides: Sequence[GuideLevel], count: int, seed: int
) -> str:
    """Return a section of Markdown with the figures of real and of composed tunes.

    `count` tunes are composed with each level of guidance.
    """
    composed: list[Composed] = []
    for guide in guides:
        composed.append(Composed.by(model, guide, count, seed))
        log.info("guide %s: %d tunes in %.1f s", guide, count, composed[-1].seconds)
    # Real tunes are not perfect either: their figures are what to reach.
    held_out = tuple(map(TuneFigures.of, real.held_out))
    sets = [(real.held_out, held_out), *((one.texts, one.figures) for one in composed)]
    # All sets by the same number of runs, as the share of distinct ones falls with it.
    most_runs = min(
        MOST_RUNS, *(count_runs(figure.melody for figure in figures) for _, figures in sets)
    )
    training = index_of(real.training)
    columns = [
        SetFigures.of(texts, figures, training, max(most_runs, 1)) for texts, figures in sets
    ]
    heads = ["figure (95 % interval)", "real, held out", *(f"guide {guide}" for guide in guides)]
    rows = [heads, ["---"] * len(heads), ["tunes", *(str(column.tunes) for column in columns)]]
    for name, figure in _figures(most_runs):
        rows.append([name, *(_shown(figure(column)) for column in columns)])
    rows.append(
        ["pairs of tunes alike, in any key", *(str(column.pairs_alike) for column in columns)]
    )
    read = (f"{one.characters / count:,.0f}" for one in composed)
    rows.append(["characters read by the network per tune", "", *read])
    rows.append(["seconds for all tunes", "", *(f"{one.seconds:.1f}" for one in composed)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    section = f"{_introduction(model, count, seed)}\n\n{table}\n\n{_remarks(real)}\n"
    if HEARD * count < LEAST:
        return section
    heard = {guide: one.texts for guide, one in zip(guides, composed, strict=True)}
    told = listen(real.whole, _with_more(model, heard, count, seed))
    return f"{section}\n{told}" if told else section


def _with_more(
    model: Model, heard: dict[GuideLevel, tuple[str, ...]], count: int, seed: int
) -> dict[str, tuple[str, ...]]:
    """Compose further tunes of the most guided level, and put it last."""
    most = max(heard, key=LEVELS.index)
    levels: dict[str, tuple[str, ...]] = {
        guide: texts for guide, texts in heard.items() if guide != most
    }
    # The listener learns more from more tunes: the level that users get is judged best.
    further = model.generate((HEARD - 1) * count, seed=seed + 1, guide=most)
    levels[most] = (*heard[most], *(tune.text for tune in further))
    return levels


def _figures(most_runs: int) -> list[tuple[str, Callable[[SetFigures], Estimate | None]]]:
    *most, last = map(str, REGULAR)
    regular = f"{', '.join(most)} or {last}"
    return [
        (
            f"complete: X, M, L, K, at least {LEAST_BARS} bars, ended",
            lambda column: column.complete,
        ),
        ("every bar has its meter's length", lambda column: column.bars_right),
        (f"every section has {regular} bars", lambda column: column.sections_regular),
        ("ends on the tonic", lambda column: column.ends_on_tonic),
        (f"{RUN}-note runs that come back within the tune", lambda column: column.returning_runs),
        (f"distinct among {most_runs:,} {RUN}-note runs", lambda column: column.distinct_runs),
        (
            f"tunes with {SHORT_COPY} notes in a row of a training tune",
            lambda column: column.short_copies,
        ),
        (
            f"tunes with {LONG_COPY} notes in a row of a training tune",
            lambda column: column.long_copies,
        ),
        ("abc2midi reads it without an Error", lambda column: column.abc2midi_reads),
    ]


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "abc2midi isn't installed"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def _introduction(model: Model, count: int, seed: int) -> str:
    return (
        f"## How good its tunes are\n\n{count:,} tunes of seed {seed}, composed on the "
        f"{model.device} ({model.spec.precision}) with the proposed sampling, beside real ones "
        "that it was not trained on."
    )


def _remarks(real: RealTunes) -> str:
    short, long = (share_related(real.training, notes) for notes in (SHORT_COPY, LONG_COPY))
    parted = (
        f" The tunes held out were chosen so that they share no {SHORT_COPY} with them."
        if real.are_parted
        else ""
    )
    return (
        f"Of the training tunes, {short:.1%} have {SHORT_COPY} notes in a row in common with "
        f"another one of them, and {long:.1%} have {LONG_COPY}.{parted} "
        "Bars with no fixed meter are never wrong."
    )


def with_quality(card: str, section: str) -> str:
    """Return the card with `section` in place of an earlier one.

    Without one, the section comes before what the model can't do, or else at the end.
    """
    block = f"{OPENING}\n{section.strip()}\n{CLOSING}"
    marked = re.compile(f"{re.escape(OPENING)}.*?{re.escape(CLOSING)}", re.DOTALL)
    if marked.search(card):
        # A function, as sub() would read backslashes in a text.
        return marked.sub(lambda _: block, card, count=1)
    before, heading, behind = card.partition(f"\n{_BEFORE}")
    return f"{before.rstrip()}\n\n{block}\n{heading}{behind}"


def write_quality(card: Path, section: str) -> None:
    """Put `section` into the model card, which has to be there.

    The file is the old one or the new one, never a part.
    """
    write_atomically(card, with_quality(card.read_text(encoding="utf-8"), section).encode())
