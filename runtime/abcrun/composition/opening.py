"""A musician's own beginning of a tune, and the form plans that it fits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from abcrun.composition.conditions import Conditions
from abcrun.composition.finishing import octave_home, way_to
from abcrun.composition.plans import PlanRecord, header
from abcrun.composition.recall import parted
from abcrun.composition.repertoire import Repertoire, Selection
from abcrun.composition.sketch import Sketch, ends_here, first_step, one_line
from abcrun.composition.sketch_writer import Wish
from abcrun.errors import NotationError, OpeningError, UsageError
from abcrun.inference.spec import ModelSpec
from abcrun.notation import Tune
from abcrun.notation.bars import BarReader, bar_reader, split
from abcrun.notation.compass import Compass, note_name
from abcrun.notation.header import read_header
from abcrun.notation.key import SHORT_MODES, tonic_and_mode, usual_mode
from abcrun.notation.lines import Line
from abcrun.notation.normal_form import normal_form
from abcrun.notation.problem import Problems
from abcrun.notation.transpose import transpose_text

_FIELD = re.compile(r"^([A-Z]):(.*)$", re.MULTILINE)

Lengths = list[Fraction | None]
"""In whole notes, those of an opening's bars and of the bar under way; None for a bar
that cannot be read."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A musician's own beginning, in the model's key.

    It holds whole `bars`, the signs `between` them, and `rest`, the bar under way.
    """

    between: tuple[str, ...]
    bars: tuple[str, ...]
    rest: str

    @classmethod
    def of(cls, body: str) -> "Opening":
        """Cut a body into bars, whether it is complete or not."""
        between, bars = split(body)
        whole = cls(between, tuple(bars), "")
        return replace(whole, rest=body[len(whole.text) :])

    @property
    def text(self) -> str:
        """The body."""
        return (
            "".join(a + b for a, b in zip(self.between, [*self.bars, ""], strict=False)) + self.rest
        )

    @property
    def end(self) -> str:
        """What it ends with, where that is more than a plain bar line."""
        after = one_line(self.between[-1]) if self.between and not self.rest else ""
        return after if ends_here(after) else ""

    def spaced(self, header: str) -> "Opening":
        """Return the beginning with spaces where beats begin under this header, as
        training tunes have them."""
        bars = tuple(
            _spaced(bar, header, is_first=number == 0) for number, bar in enumerate(self.bars)
        )
        rest = _spaced(self.rest, header, is_first=False) if self.rest else ""
        return replace(self, bars=bars, rest=rest)

    def wishes(self, reader: BarReader) -> tuple[Wish, ...]:
        """Return what a sketch has to say of its bars, the one under way too."""
        if not self.bars and not self.rest:
            return ()
        between = self.between or ("",)
        bars = [*self.bars, *([self.rest] if self.rest else [])]
        # Behind the bar under way the section may go on.
        between = (*between, "|") if self.rest else between
        sketch = Sketch.of(between, bars, reader)
        wishes = list(Wish.of(sketch))
        last = replace(wishes[-1], ends=ends_here(sketch.between[-1]))
        if self.rest:
            first = first_step(self.rest) if last.begins else None
            last = replace(last.open(), length=sketch.full, coming="new", first=first)
        return (*wishes[:-1], last)

    def wishes_in(self, planned: Sketch, reader: BarReader) -> tuple[Wish, ...]:
        """Return what a sketch has to say that begins so, and goes on as one that is
        planned, on other notes."""
        given = list(self.wishes(reader))
        wishes = [wish.without_notes() for wish in Wish.of(planned)]
        if not given:
            return tuple(wishes)
        # Where the plan is too short, the opening's last bar is that of the tune.
        there = wishes[min(len(given), len(wishes)) - 1]
        last, behind = given.pop(), wishes[len(given) + 1 :]
        if behind and last.ends and not there.ends:
            behind[0] = replace(behind[0], between=self.end, begins=True)
        length = there.length if self.rest else last.length
        last = replace(last, ends=last.ends or there.ends, length=length)
        return (*given, last, *behind)


@lru_cache(maxsize=512)
def _spaced(bar: str, header: str, *, is_first: bool) -> str:
    """Write a bar with spaces where beats begin; as it is where it cannot be read by
    itself. A first bar that is short is a pickup: its beats count from its end."""
    reader = bar_reader(header)
    read = reader.read(bar)
    if read is None or reader.full is None or read.length > reader.full:
        return bar
    try:
        unit = Tune.parse(f"{header}{bar}|").unit_length
        missing = Fraction(0) if is_first else reader.full - read.length
        filled = f"{bar}z{missing / unit}" if missing else bar
        text = normal_form(Tune.parse(f"{header}{filled}|"), "", unit)
    except NotationError:
        return bar
    found = split(parted(text)[1])[1][0]
    if missing:
        found = found[: found.rindex("z")].rstrip()
    return found if found.replace(" ", "") == bar.replace(" ", "") else bar


NOTHING = Opening((), (), "")
"""No beginning."""


def read_opening(
    spec: ModelSpec, repertoire: Repertoire, conditions: Conditions, prompt: str
) -> tuple[Conditions, str]:
    """Return what is asked for by `conditions` and by the fields of a musician's
    beginning, and its music in the model's key.

    `OpeningError` for a beginning that the model cannot go on from.
    """
    said, lines = _fields_and_music(prompt)
    if said.key and conditions.key and tonic_and_mode(said.key) != tonic_and_mode(conditions.key):
        raise OpeningError(
            f"key {conditions.key}: the prompt is in {said.key}; leave one of them out"
        )
    asked = conditions.over(said)
    body = in_normal_form(lines)
    if not body:
        return asked, ""
    if asked.key is None or asked.meter is None:
        raise OpeningError(
            "prompt: name the key and the meter of these bars, as options or with M: and K: lines"
        )
    # This comes before the transposing: a message counts columns in what was written.
    try:
        spec.vocabulary.encode(body)
    except UsageError as error:
        raise OpeningError(f"prompt: {error}") from None
    if repertoire.canonical is not None:
        tonic, mode = tonic_and_mode(asked.key)
        moved = transpose_text(
            f"X:1\nK:{tonic}{SHORT_MODES[mode]}\n{body}", f"{repertoire.canonical} {mode}"
        )
        body = moved.split("\n", 2)[2]
    return asked, body


def _fields_and_music(prompt: str) -> tuple[Conditions, list[str]]:
    """Return what the fields of a prompt ask for, if it has any, and its lines of
    music."""
    if not prompt:
        raise OpeningError("the prompt is empty; it needs at least one character")
    lines = prompt.splitlines()
    if not any(line.startswith("K:") for line in lines):
        # "A:|" is music: a bar line is no field.
        if re.match(r"[A-Z]:(?![|:])", prompt):
            raise OpeningError(
                "prompt: it has fields, but no K:; give a whole header, or only bars and ask for "
                "meter and key"
            )
        return Conditions(), lines
    try:
        read, music = read_header(
            [Line(number, line) for number, line in enumerate(lines, 1)], Problems()
        )
    except NotationError as error:
        raise OpeningError(f"prompt: {error}") from None
    # Meter and unit are taken as written: a header without L: asks for no unit.
    fields = dict(_FIELD.findall("\n".join(lines[: len(lines) - len(music)])))
    said = Conditions(
        meter=fields.get("M"),
        key=f"{read.key.tonic} {usual_mode(read.key.mode)}",
        rhythm=read.rhythm or None,
        unit=fields.get("L"),
        title=read.title or None,
    )
    return said, [line.text for line in music]


def in_normal_form(lines: Sequence[str]) -> str:
    """Write lines of music as the training text has them: without blank lines, and
    without spaces around bar lines."""
    closed = [re.sub(r"[ \t]*(\|\]|[|:]+)[ \t]*", r"\1", line.strip()) for line in lines]
    body = re.sub(r":\|{0,2}:", ":|\n|:", "\n".join(line for line in closed if line))
    return re.sub(r"\|\[?([1-9])[ \t]*", r"|\1 ", body)


def fitting(selection: Selection, opening: Opening) -> Selection:
    """Keep the plans that the opening's bars and section signs fit, and that leave
    something to compose."""
    lengths = _lengths(selection, opening)
    plans = []
    for plan in selection.plans:
        *bars, rest = lengths[plan.meter, plan.unit_length]
        sketch, number = selection.repertoire.form(plan).sketch, len(bars)
        if (
            any(slot.coming != "same" for slot in sketch.slots[number:])
            and bars == [slot.length for slot in sketch.slots[:number]]
            and (rest is None or rest < sketch.slots[number].length)
            and all(
                _has_signs(*pair) for pair in zip(sketch.between, opening.between, strict=False)
            )
        ):
            plans.append(plan)
    if not plans:
        raise OpeningError(
            "prompt: its bars fit no form that the model knows (each must be whole, readable, and "
            "end with a bar line, and sections have 4, 8 or 16 bars); mend them, or take guide bars"
        )
    return replace(selection, plans=tuple(plans))


def suitable(selection: Selection, opening: Opening) -> Selection:
    """Keep the plans with the unit note length that makes most of the opening's bars
    full."""
    lengths = _lengths(selection, opening)
    fulls = {(meter, unit): Fraction(meter) for meter, unit in lengths}
    if all(rest is not None and rest > fulls[fields] for fields, (*_, rest) in lengths.items()):
        raise OpeningError(
            "prompt: what stands behind its last bar line is longer than a bar; "
            "part it by bar lines"
        )
    full_bars = {fields: bars.count(fulls[fields]) for fields, (*bars, _) in lengths.items()}
    most = max(full_bars.values())
    return replace(
        selection,
        plans=tuple(
            plan for plan in selection.plans if full_bars[plan.meter, plan.unit_length] == most
        ),
    )


def _lengths(selection: Selection, opening: Opening) -> dict[tuple[str, str], Lengths]:
    """Measure the bars of an opening, with each meter and unit note length that the
    plans have."""
    # One plan stands for all with its meter and unit: thousands have a few pairs.
    plans = {(plan.meter, plan.unit_length): plan for plan in selection.plans}
    lengths: dict[tuple[str, str], Lengths] = {}
    for fields, plan in plans.items():
        bars = map(_reader_of(selection, plan).read, (*opening.bars, opening.rest))
        lengths[fields] = [None if bar is None else bar.length for bar in bars]
    return lengths


def melody_of_opening(opening: Opening, selection: Selection) -> list[int]:
    """Return the onsets of what can be read of an opening."""
    reader = _reader_of(selection, selection.plans[0])
    read = [reader.read(bar) for bar in (*opening.bars, opening.rest)]
    return [note for bar in read if bar is not None for note in bar.melody]


def check_compass(opening: Opening, selection: Selection, compass: Compass) -> None:
    """Refuse an opening with a note outside a compass. `OpeningError`, naming the note.

    The key of the selection is known, as it is for every opening.
    """
    reader = _reader_of(selection, selection.plans[0])
    canonical, tonic = selection.repertoire.canonical, selection.tonic
    by = 0
    if canonical is not None and tonic is not None:
        by = way_to(canonical, tonic) + 12 * octave_home(canonical, tonic)
    for read in map(reader.read, (*opening.bars, opening.rest)):
        for pitch in () if read is None else (read.lowest, read.highest):
            if pitch is not None and not compass.holds(Compass(pitch + by, pitch + by)):
                raise OpeningError(
                    f"prompt: its {note_name(pitch + by)} lies outside {compass.text}, the "
                    "compass asked for; move it, or ask for another instrument or range"
                )


def _reader_of(selection: Selection, plan: PlanRecord) -> BarReader:
    """Return the reader of bars in a plan's meter and unit, and in the model's key."""
    form = selection.repertoire.form(plan)
    # The rhythm changes no bar: without it more plans share a reader.
    return bar_reader(
        header(
            replace(form, rhythm=""),
            selection.mode or form.mode,
            selection.repertoire.canonical or "D",
        )
    )


def _has_signs(planned: str, given: str) -> bool:
    """Return whether a plan has the repeats, endings and double bar lines that stand
    in an opening."""
    signs = (":|", "|:", "||", "1", "2")
    return all(sign in planned for sign in signs if sign in given)
