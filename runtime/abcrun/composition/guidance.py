"""Guided generation: bars are drawn again until they fit, on the engine's snapshots.

A bar that does not fit (its meter's length, readable) is taken back and drawn anew from
the same state. That draws from the model's own distribution, given that the bar fits;
masking characters that cannot lead to a fitting bar would not: it keeps beginnings that
the model itself would hardly ever have completed to a bar that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.bar_strategy import BarStrategy
from abcrun.composition.conditions import Conditions
from abcrun.composition.finishing import Target, way_back
from abcrun.composition.opening import (
    NOTHING,
    Opening,
    fitting,
    melody_of_opening,
    read_opening,
    suitable,
)
from abcrun.composition.plan_strategy import PlanStrategy
from abcrun.composition.plans import Form, header
from abcrun.composition.repertoire import Repertoire, Selection
from abcrun.composition.strategies import Attempt, CopyLimit, PlainStrategy
from abcrun.errors import UsageError
from abcrun.inference.request import Request, Row
from abcrun.inference.spec import ModelSpec
from abcrun.inference.strategy import DecodingStrategy
from abcrun.originality import default_index

__all__ = [
    "FEWEST_COPIED",
    "LEVELS",
    "MAX_COPIED",
    "Guidance",
    "Guide",
    "Progress",
    "check_max_copied",
    "guidance",
    "limit",
    "numbers",
    "plain",
]

Guide = Literal["off", "bars", "full"]
LEVELS: tuple[Guide, ...] = get_args(Guide)

MAX_COPIED = 15
"""Notes in a row that a tune may share with a known one. No held-out tune of the corpus
shares more with the training tunes, as the split is made; of the tunes of another book,
three in ten do, most of them being the same tune."""
FEWEST_COPIED = 12

Progress = Callable[[int, Callable[[], str]], None]
"""Called with a tune's index whenever a bar is kept, and with what gives its text so
far, in its key: whole bars, which may be taken back again. That text costs the time of
a transposition when it is asked for, in whatever thread."""

Encode = Callable[[str], NDArray[np.int64]]

_CONDITIONS = tuple(field.name for field in fields(Conditions))


def check_max_copied(max_copied: int | None) -> None:
    """`UsageError` for a limit that no tune keeps."""
    if max_copied is not None and max_copied < FEWEST_COPIED:
        raise UsageError(
            f"max_copied is {max_copied}; it must be at least {FEWEST_COPIED}: shorter runs are in all tunes"
        )


def guidance(
    spec: ModelSpec,
    level: Guide | None,
    conditions: Conditions,
    prompt: str | None,
    max_copied: int | None = None,
) -> "Guidance | None":
    """How tunes are to be composed; None for plain sampling of the model's own text,
    with nothing asked for.

    level: None is the most that the model can do. `UsageError` for what it cannot do.
    """
    check_max_copied(max_copied)
    if level is not None and level not in LEVELS:
        raise UsageError(f"guide is {level!r}; choose {', '.join(LEVELS)}")
    if not spec.repertoire:
        asked = [name for name in _CONDITIONS if getattr(conditions, name) is not None]
        asked += [] if max_copied is None else ["max_copied"]
        if asked or level not in (None, "off"):
            wish = asked[0] if asked else f"guide {level}"
            raise UsageError(
                f"{wish}: the model {spec.name} has no form plans to go by; take one of recipe folk"
            )
        return None
    repertoire = Repertoire.from_text(spec.repertoire)
    level = level or "full"
    if level == "off" and max_copied is not None:
        raise UsageError("max_copied: guide off takes nothing back; take guide bars or full")
    body = ""
    if prompt is not None:
        conditions, body = read_opening(spec, repertoire, conditions, prompt)
    selection = repertoire.select(conditions)
    opening = Opening.of(body)
    if body:
        selection = (fitting if level == "full" else suitable)(selection, opening)
    originals = None
    if level != "off":
        originals = limit(max_copied, melody_of_opening(opening, selection))
    title = None if conditions.title is None else " ".join(conditions.title.split())
    is_open = conditions.is_open and not body
    return Guidance(level, selection, title, opening, is_open, spec.vocabulary.encode, originals)


def plain(progress: Progress | None) -> Callable[[Row], DecodingStrategy] | None:
    """The strategy for a model without form plans, which writes what is handed out; None
    where nobody wants to hear."""
    if progress is None:
        return None

    def strategy(row: Row) -> PlainStrategy:
        request = row.request
        return PlainStrategy(
            row,
            Attempt(str, lambda: request, tell=lambda text: progress(request.index, lambda: text)),
        )

    return strategy


def limit(max_copied: int | None, given: Sequence[int]) -> CopyLimit:
    """No longer runs than `max_copied`, or than a musician's own melody has: what is
    drawn does not go on with it."""
    index = default_index()
    return CopyLimit(
        index, max(MAX_COPIED if max_copied is None else max_copied, index.longest_run(given))
    )


@dataclass(frozen=True)
class Guidance:
    """What the tunes of one call have in common: level of guidance, what is asked for,
    the musician's own opening."""

    level: Guide
    selection: Selection
    title: str | None
    opening: Opening
    is_open: bool
    encode: Encode
    originals: CopyLimit | None = None

    def request(
        self, first: Request, index: int, progress: Progress | None = None, attempt: int = 0
    ) -> Request:
        """Tune number `index`, its form, mode and tonic drawn, in its attempt number
        `attempt`."""
        random = numbers(first.seed, index, attempt, 1)
        repertoire = self.selection.repertoire
        form, mode = self.selection.draw(random)
        tonic = self.selection.tonic or repertoire.tonic(mode, random.random())
        head = header(form, mode, repertoire.canonical or tonic)
        octave = (
            None
            if self.opening == NOTHING
            else way_back(repertoire.canonical, self.selection.tonic)
        )
        target = Target(
            repertoire, self.selection.tonic, octave, random.random(), self.title, index + 1
        )
        tell = (
            None
            if progress is None
            else lambda text: progress(index, lambda: target.of(text.rstrip()))
        )

        def again() -> Request:
            return self.request(first, index, progress, attempt + 1)

        this = Attempt(target.of, again, self.originals, tell)
        strategy: Callable[[Row], DecodingStrategy]
        if self.level == "full":
            opening = self.opening
            bars = zip(opening.bars, form.between[1:], strict=False)
            text = (
                head + form.between[0] + "".join(bar + after for bar, after in bars) + opening.rest
            )

            def strategy(row: Row) -> DecodingStrategy:
                chances = numbers(first.seed, index, attempt, 2)

                def others(form: Form, number: int, length: Fraction, sign: str) -> Form | None:
                    return self.selection.other(form, number, length, sign, chances)

                return PlanStrategy(row, this, head, form, opening, others)
        else:
            text = first.prompt if self.is_open else head + self.opening.text
            if self.level == "off":

                def strategy(row: Row) -> DecodingStrategy:
                    return PlainStrategy(row, this)
            else:

                def strategy(row: Row) -> DecodingStrategy:
                    return BarStrategy(row, this, self.opening.rest)

        return replace(first, prompt=text, tokens=self.encode(text), index=index, strategy=strategy)


def numbers(seed: int, index: int, attempt: int, stream: int) -> np.random.Generator:
    """Random numbers for an attempt at a tune, behind all that its row in the engine
    will ever draw (stream 0)."""
    key, counter = np.array([seed, index], np.uint64), np.array([0, 0, stream, attempt], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
