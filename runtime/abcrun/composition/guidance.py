"""Guided generation: from a level of guidance, and what is asked of the tunes, to their
requests.

With guidance a bar is drawn again until it fits, on the engine's snapshots. A bar that
does not fit (its meter's length, readable) is taken back and drawn anew from the same
state. That draws from the model's own distribution, given that the bar fits. Masking
characters that cannot lead to a fitting bar would not: it keeps beginnings that the
model itself would hardly ever have completed to a bar that fits.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.compass import compass_of
from abcrun.composition.conditions import Asked, Conditions
from abcrun.composition.copies import check_max_copied, copy_limit
from abcrun.composition.finishing import Finishing, octave_home
from abcrun.composition.leading import Leading
from abcrun.composition.levels import LEVELS, GuideLevel
from abcrun.composition.opening import (
    NOTHING,
    Opening,
    check_compass,
    fitting,
    in_normal_form,
    melody_of_opening,
    read_opening,
    suitable,
)
from abcrun.composition.placing import OCTAVES, Place, place
from abcrun.composition.plans import Form, header, is_measured, sections_of
from abcrun.composition.recall import parted
from abcrun.composition.recall_strategy import Course, RecallStrategy
from abcrun.composition.repertoire import Repertoire, Selection
from abcrun.composition.sketch import Sketch, ends_here
from abcrun.composition.strategies import Attempt, CopyLimit, PlainStrategy
from abcrun.errors import UsageError
from abcrun.inference.network import Network
from abcrun.inference.random_streams import Draws, random_stream
from abcrun.inference.request import Request, Row
from abcrun.inference.spec import ModelSpec
from abcrun.inference.strategy import DecodingStrategy
from abcrun.notation.bars import bar_reader
from abcrun.notation.compass import Compass

OnProgress = Callable[[int, Callable[[], str]], None]
"""Called with a tune's index whenever a bar is kept, and with a function that gives its
text so far, in its key: whole bars, which may be taken back again. That text costs the
time of a transposition when it is asked for, in whatever thread."""

Encode = Callable[[str], NDArray[np.int64]]
MakeStrategy = Callable[[Row], DecodingStrategy]


def guidance(network: Network, asked: Asked) -> "Guidance | None":
    """Decide how tunes are to be composed.

    None stands for plain sampling of the model's own text. `UsageError` for what the
    model cannot do.
    """
    spec = network.spec
    level, max_copied = asked.get("guide"), asked.get("max_copied")
    check_max_copied(max_copied)
    if level is not None and level not in LEVELS:
        raise UsageError(f"guide is {level!r}; choose {', '.join(LEVELS)}")
    conditions = Conditions.of(asked)
    if not spec.repertoire:
        _refuse_guidance(spec, level, conditions, max_copied)
        return None
    repertoire = Repertoire.from_text(spec.repertoire)
    level = level or "full"
    if level == "off" and max_copied is not None:
        raise UsageError("max_copied: guide off takes nothing back; take guide bars or full")
    compass = compass_of(conditions.instrument, conditions.range)
    if level == "off" and compass is not None:
        name = "instrument" if conditions.range is None else "range"
        raise UsageError(f"{name}: guide off takes nothing back; take guide bars or full")
    body = ""
    if (prompt := asked.get("prompt")) is not None:
        conditions, body = read_opening(spec, repertoire, conditions, prompt)
    selection = repertoire.select(conditions)
    opening = Opening.of(body)
    if body:
        # Only full follows a plan from its first bar on; bars needs no more than its
        # meter and unit.
        selection = (fitting if level == "full" else suitable)(selection, opening)
        if compass is not None:
            check_compass(opening, selection, compass)
    limit = None
    if level != "off":
        limit = copy_limit(network, max_copied, melody_of_opening(opening, selection))
    title = None if conditions.title is None else " ".join(conditions.title.split())
    is_open = conditions.is_open and not body
    return Guidance(
        level,
        conditions,
        selection,
        title,
        opening,
        is_open,
        spec.vocabulary.characters,
        spec.vocabulary.encode,
        limit,
        compass,
        Leading.from_text(spec.leading) if spec.leading and level != "off" else None,
    )


def _refuse_guidance(
    spec: ModelSpec, level: GuideLevel | None, conditions: Conditions, max_copied: int | None
) -> None:
    """Refuse anything but plain sampling, for a model without form plans."""
    names = [field.name for field in fields(conditions)]
    wishes = [name for name in names if getattr(conditions, name) is not None]
    if max_copied is not None:
        wishes.append("max_copied")
    if level not in (None, "off"):
        wishes.append(f"guide {level}")
    if wishes:
        raise UsageError(
            f"{wishes[0]}: the model {spec.name} has no form plans to go by; "
            "take one of recipe folk"
        )


def plain(progress: OnProgress | None) -> MakeStrategy | None:
    """Make the strategy for a model without form plans, whose text is handed out as
    the model writes it.

    None where nobody wants to hear of it: then the row needs no strategy.
    """
    if progress is None:
        return None

    def strategy(row: Row) -> PlainStrategy:
        request = row.request
        return PlainStrategy(
            row,
            Attempt(str, lambda: request, tell=lambda text: progress(request.index, lambda: text)),
        )

    return strategy


def unguided(spec: ModelSpec, prompt: str) -> tuple[str, MakeStrategy]:
    """Return what a tune of a model with recall starts with, and its strategy, where
    nothing is asked of it: no bar is drawn again, and it stays in the model's key.

    `prompt` is the beginning of a header, or a whole one with bars behind it; else
    `UsageError`.
    """
    if not (prompt.startswith("X:") or "X:".startswith(prompt)):
        raise UsageError(
            "prompt: the model goes on from a header; begin with X:, or ask for key and meter"
        )
    is_whole = "\n" in prompt.partition("\nK:")[2]
    head, body = parted(prompt) if is_whole else (prompt, "")
    course = Course(spec.vocabulary.characters, judges_length=False, judges_notes=False)
    if is_whole:
        reader = bar_reader(head)
        if reader.full is None:
            raise UsageError("prompt: its header has no meter; write M:6/8, M:4/4 or M:C")
        opening = Opening.of(in_normal_form(body.split("\n"))).spaced(head)
        course = replace(
            course,
            wishes=opening.wishes(reader),
            end=opening.end,
            known=dict(enumerate(opening.bars)),
            begun=opening.rest,
        )

    def strategy(row: Row) -> RecallStrategy:
        request = row.request
        return RecallStrategy(row, Attempt(str, lambda: request), course)

    return head, strategy


@dataclass(frozen=True)
class Guidance:
    """What the tunes of one call have in common: the level of guidance, the form plans
    that fit, and the musician's own opening.

    conditions: what was asked for. is_open: nothing but, at most, a title: the model
        writes the header.
    alphabet: the model's characters. encode: turns text into its tokens.
    compass: where all notes must lie, as they are handed out; None leaves it open.
    leading: how bars lead into what returns; None leaves it to the network.
    """

    level: GuideLevel
    conditions: Conditions
    selection: Selection
    title: str | None
    opening: Opening
    is_open: bool
    alphabet: str
    encode: Encode
    copy_limit: CopyLimit | None = None
    compass: Compass | None = None
    leading: Leading | None = None

    def request(
        self, first: Request, index: int, progress: OnProgress | None = None, attempt: int = 0
    ) -> Request:
        """Draw form, mode and tonic of tune number `index`, and return its request.

        `first` has the seed, sampling and limit of characters. A tune that is given up
        is begun again with the next `attempt`, which draws another form.
        """
        random = random_stream(first.seed, index, attempt, Draws.PLAN)
        repertoire = self.selection.repertoire
        form, mode = self.selection.draw(random)
        tonic = self.selection.tonic or repertoire.tonic(mode, random.random())
        chance = random.random()
        here = self._place(mode, chance)
        head = header(form, mode, repertoire.canonical or (here.tonic if here else tonic))
        finishing = self._finishing(index, chance, here)
        this = Attempt(
            finishing.finish,
            lambda: self.request(first, index, progress, attempt + 1),
            self.copy_limit,
            _telling(progress, index, finishing),
        )
        text = first.prompt if self.is_open and self.level != "full" else head
        course = self._course(form, head, None if here is None else here.compass)
        if self.leading is not None:
            luck = partial(random_stream, first.seed, index, attempt, Draws.LEADING)
            course = replace(course, leading=self.leading, luck=luck)
        strategy = partial(RecallStrategy, attempt=this, course=course)
        return replace(first, prompt=text, tokens=self.encode(text), index=index, strategy=strategy)

    def _place(self, mode: str, chance: float) -> Place | None:
        """Return where a tune in a mode is composed, its tonic picked by `chance`; None
        where no compass is asked for."""
        if self.compass is None:
            return None
        repertoire, tonic = self.selection.repertoire, self.selection.tonic
        home = octave_home(repertoire.canonical, tonic)
        octaves = OCTAVES if self.opening == NOTHING else (home,)
        return place(repertoire, self.compass, mode, tonic, chance, octaves)

    def _course(self, form: Form, head: str, compass: Compass | None) -> Course:
        """Return what a tune under this header is to be: the musician's opening, the
        form that was asked for; the rest is the network's."""
        opening, conditions = self.opening.spaced(head), self.conditions
        reader = bar_reader(head)
        is_open = conditions.form is None and conditions.bars is None
        if is_open:
            wishes, end = opening.wishes(reader), opening.end
        else:
            wishes = opening.wishes_in(form.sketch, reader)
            end = form.sketch.between[-1]
        return Course(
            self.alphabet,
            wishes,
            end,
            is_open,
            known=dict(enumerate(opening.bars)),
            begun=opening.rest,
            accepts=_accepting(self.level, len(opening.bars)),
            judges_length=self.level != "off",
            judges_notes=self.level == "full",
            compass=compass,
        )

    def _finishing(self, index: int, chance: float, here: Place | None) -> Finishing:
        """Return how tune number `index` is finished: in its place if it has one, else
        `chance` picks its tonic."""
        repertoire, tonic = self.selection.repertoire, self.selection.tonic
        if here is not None:
            return Finishing(repertoire, here.tonic, here.octave, chance, self.title, index + 1)
        # A musician's opening comes back in its own octave, and the tune stays with it.
        is_given = self.opening != NOTHING
        octave = octave_home(repertoire.canonical, tonic) if is_given else None
        return Finishing(repertoire, tonic, octave, chance, self.title, index + 1)


def _accepting(level: GuideLevel, given: int) -> Callable[[Sketch], bool]:
    """Return what tells whether a sketch will do for a level of guidance.

    full: sections of 4, 8 or 16 bars, the last one closed. bars: sections of full bars,
    behind the bars that are given. Both: bars that a network can draw. off: any.
    """
    if level == "off":
        return lambda sketch: True
    if level == "bars":
        return lambda sketch: is_measured(sketch, given) and sketch.can_be_drawn(given)
    return lambda sketch: (
        sections_of(sketch) is not None
        and ends_here(sketch.between[-1])
        and sketch.can_be_drawn(given)
    )


def _telling(
    progress: OnProgress | None, index: int, finishing: Finishing
) -> Callable[[str], None] | None:
    """Return what tells of a tune's text so far; None where nobody wants to hear."""
    if progress is None:
        return None
    return lambda text: progress(index, lambda: finishing.finish(text.rstrip()))
