"""The strategy of a network with recall: it draws a sketch, then what the sketch leaves
open; what returns is fed.

How much is taken back is the level's choice: nothing; or bars that have not their
length; or, besides, those that do not begin and end on the notes of the sketch. A
sketch that does not fit is drawn again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import numpy as np

from abcrun.composition.leading import Leading, leaps
from abcrun.composition.recall import given, laid_out, recalled
from abcrun.composition.signs import (
    CHANGED,
    CLOSE,
    KEPT,
    MIDDLE_STEP,
    NOTES,
    OPEN,
    SIGNS,
    STEPS,
    sign,
    without_signs,
)
from abcrun.composition.sketch import Sketch, first_step, last_step
from abcrun.composition.sketch_writer import SketchWriter, Wish
from abcrun.composition.strategies import Attempt, RedrawingStrategy, RestartPoint, alters
from abcrun.inference.request import Row, Snapshot
from abcrun.notation.bars import ReadBar, bar_reader
from abcrun.notation.compass import Compass
from abcrun.notation.pitch import step_text

_BAR_ENDS = "|:\n"
_NO_FIELD = re.compile(r"^(?![A-Za-z]:).*\n", re.MULTILINE)
"""A line that no header has."""
_MOST_SKETCHES = 24
"""Sketches drawn in one attempt, at most."""
_MOST_LED = 4
"""A bar that was drawn again so often need not lead well any more, nor be as told."""
_MOST_GROUPS = 2
"""So often the last group of a bar is drawn again, before all of it is."""


@dataclass(frozen=True)
class Course:
    """What a tune with recall is to be.

    alphabet: the characters of the model.
    wishes: the bars that are known ahead, at least in part. end: the signs behind the
        last of them. is_open: whether the network goes on with the sketch there.
    known: the text of bars that are given, by number. begun: the given beginning of the
        first bar that is not known.
    accepts: tells whether a sketch will do.
    judges_length, judges_notes: whether bars are drawn again that are not as long, or
        do not begin and end on the notes, as the sketch says.
    compass: where all notes must lie, in the model's key; judged with the length.
    leading: how bars lead into what returns; None leaves it to the network. luck: makes
        the random numbers that it takes, the same ones each time.
    """

    alphabet: str
    wishes: Sequence[Wish] = ()
    end: str = ""
    is_open: bool = True
    known: Mapping[int, str] = field(default_factory=dict)
    begun: str = ""
    accepts: Callable[[Sketch], bool] = lambda sketch: True
    judges_length: bool = True
    judges_notes: bool = True
    compass: Compass | None = None
    leading: Leading | None = None
    luck: Callable[[], np.random.Generator] = np.random.default_rng

    def beginning(self, number: int) -> str:
        """Return what is given of a bar that is drawn."""
        is_first = bool(self.begun) and all(before in self.known for before in range(number))
        return self.begun if is_first else ""


@dataclass(slots=True)
class _BarPoint(RestartPoint):
    """Where the drawn part of bar `number` begins.

    notes: of the melody, that stand before it. checked: of these, that stand before the
    bars that returned there. groups: of the bar that it varies.
    """

    number: int
    notes: int
    checked: int
    groups: tuple[str, ...]


class RecallStrategy(RedrawingStrategy):
    """Draws a sketch, and a tune by it."""

    def __init__(self, row: Row, attempt: Attempt, course: Course) -> None:
        super().__init__(row, attempt)
        self._course = course
        is_watched = course.wishes or course.compass is not None
        self.wakes_on = f"{_BAR_ENDS} {KEPT}{CHANGED}" + (SIGNS if is_watched else "")
        self._head = ""
        self._writer = SketchWriter(Fraction(1))
        self._sketch: Sketch | None = None
        self._sketches = 0
        self._before: Snapshot | None = None  # the first drawn sign of the sketch
        self._bars: list[str] = []
        self._melody: list[int] = []
        self._checked = 0
        self._points: list[_BarPoint] = []
        # Of the bar under way: what it has, the groups that are still to come of the
        # bar that it varies, whether the next one is being decided, where what is drawn
        # begins in the row's text, and the group that may be its last one, if it was
        # not kept.
        self._text = ""
        self._groups: list[str] = []
        self._is_deciding = False
        self._since = 0
        self._group: RestartPoint | None = None
        self._luck = course.luck()

    def on_fed(self) -> None:
        """Go on with what is drawn next."""
        if not self._head:
            self._look_for_header()
        elif self._sketch is None:
            self._expect_sign()
        else:
            self._expect_notes()

    def on_drawn(self) -> None:
        """Look at what was drawn, where something ends with it."""
        if not self._head:
            self._look_for_header()
        elif self._sketch is None:
            self._take_sign()
        else:
            self._take_notes()

    def on_end(self) -> bool:
        """Draw the sketch again where an empty line stands for it; begin anew where it
        ends the header, or end there, unguided."""
        if self._head and self._sketch is None:
            self._sketch_again()
            return False
        if not self._course.judges_length:
            return True
        self._give_up()
        return False

    def _give_up(self) -> None:
        """Begin anew; unguided, end: what is told of the tune stays as it is."""
        if self._course.judges_length:
            super()._give_up()
        else:
            self.row.finish(complete=False)

    # The header and the sketch

    def _look_for_header(self) -> None:
        """Begin with the sketch once the header is there."""
        text = self.row.text()
        key = text.find("\nK:")
        end = text.find("\n", key + 1) + 1 if key >= 0 else 0
        if not end:
            if _NO_FIELD.search(text):
                self._give_up()
            return
        self._head = text[:end]
        full = bar_reader(self._head).full
        if full is None:
            self._give_up()
            return
        self._writer = self._new_writer(full)
        self._write_sketch()

    def _new_writer(self, full: Fraction) -> SketchWriter:
        course = self._course
        return SketchWriter(full, course.wishes, course.end, is_open=course.is_open)

    def _write_sketch(self) -> None:
        """Feed what is known of the sketch."""
        known = self._writer.known()
        if self._writer.is_done:
            self._begin_bars(self._writer.text, known + "\n")
        elif known:
            self.row.append(known)
        else:
            self._expect_sign()

    def _expect_sign(self) -> None:
        """Let the next sign of the sketch be one that is possible."""
        if self._before is None:
            self._before = self.row.snapshot()
        self._suppress_signs()

    def _suppress_signs(self) -> None:
        """Keep signs that are not possible from being drawn, and first and last notes
        outside the compass."""
        course = self._course
        if self._writer.possible and not self._writer.is_free:
            self.row.suppress(_all_but(course.alphabet, self._writer.possible))
        if course.compass is not None:
            self.row.suppress(_outside(course.alphabet, self._head, course.compass))

    def _take_sign(self) -> None:
        """Take a drawn sign of the sketch, or its end."""
        if not self._writer.is_free:
            self._writer.draw(self.row.text(self.row.length - 1))
            self._write_sketch()
            return
        drawn = self.row.text(len(self._head))
        if drawn.endswith("\n"):
            self._begin_bars(drawn[:-1], "")
        else:
            self._suppress_signs()

    def _begin_bars(self, text: str, known: str) -> None:
        """Begin with the bars of a sketch that will do; `known`: what of its text the
        row has still to read."""
        sketch = Sketch.read(text, self._writer.full)
        if sketch is None or not self._course.accepts(sketch):
            self._sketch_again()
            return
        self._sketch = sketch
        self.row.append(known + self._lead())

    def _sketch_again(self) -> None:
        """Draw the sketch again, from its first drawn sign on."""
        self._sketches += 1
        if self._before is None or self._sketches == _MOST_SKETCHES:
            self._give_up()
            return
        self.row.rewind(self._before)
        self._writer = self._new_writer(self._writer.full)
        self._writer.known()  # stands in the row already
        self._expect_sign()

    # The bars

    def _lead(self) -> str:
        """Add the bars that need no drawing. Return what the row has to read of them,
        and of the next one, up to where it is drawn."""
        sketch, text = self._sketch_in_use(), ""
        while (number := len(self._bars)) < len(sketch.slots):
            slot = sketch.slots[number]
            text += sketch.between[number] + sketch.before(number, self._bars)
            old = recalled(sketch, number, self._bars)
            if number in self._course.known:
                text += given(sketch, number, old, self._course.known[number])
                self._keep(self._course.known[number])
            elif slot.coming == "same" and old is not None:
                text += old
                self._keep(old)
            else:
                self._groups = [] if old is None else old.split(" ")
                self._text = self._course.beginning(number)
                # A bar that was begun by others varies nothing.
                if self._text:
                    self._groups = []
                return text + self._text
        return text + sketch.between[-1]

    def _keep(self, text: str, melody: tuple[int, ...] | None = None) -> None:
        """Add a bar."""
        if melody is None and self._course.judges_length:
            read = bar_reader(self._head).read(text)
            melody = () if read is None else read.melody
        self._bars.append(text)
        self._melody += melody or ()

    def _expect_notes(self) -> None:
        """Let the next bar, or group of it, be drawn; or end a bar whose last group was
        kept."""
        if len(self._bars) == len(self._sketch_in_use().slots):
            self._finish()
            return
        number = len(self._bars)
        if not self._points or self._points[-1].number < number:
            self._points.append(
                _BarPoint(
                    self.row.snapshot(),
                    number,
                    len(self._melody),
                    self._checked,
                    tuple(self._groups),
                )
            )
            self._is_deciding = bool(self._groups)
            self._group = None
        elif self._is_deciding and not self._groups:
            self._group = None
            self._end_bar(self._text, by_sign=False)
            return
        elif not self._groups:
            self._group = RestartPoint(self.row.snapshot())
        self._since = self.row.length
        self._suppress()

    def _suppress(self) -> None:
        """Keep what would be taken back at once from being drawn."""
        if self._is_deciding:
            possible = KEPT + CHANGED if self._may_keep(self._groups[0]) else CHANGED
            self.row.suppress(_all_but(self._course.alphabet, possible))
        elif self._text[-1:] in ("", " ") or self.row.length > self._since:
            self.row.suppress(f"{_BAR_ENDS} ")
        # Else others began the bar: it may end here, or go on with another group.

    def _take_notes(self) -> None:
        """Take a drawn decision about a group, or the end of a group or bar."""
        drawn = self.row.text(self._since)
        end = drawn[-1]
        if self._is_deciding:
            group = self._groups.pop(0)
            if end == KEPT:
                group += " " if self._groups else ""
                self._text += group
                self.row.append(group)
            else:
                self._is_deciding = False
                self.row.append(f"{OPEN}{group}{CLOSE}")
        elif end in _BAR_ENDS or end == " ":
            self._end_group(drawn)

    def _end_group(self, drawn: str) -> None:
        """Go on behind a drawn group. In a bar that varies another one it is known
        whether that was its last: either end of a group will do."""
        if self._groups:
            self._text += f"{drawn[:-1]} "
            self._is_deciding = True
            if drawn[-1] == " ":
                self._since += len(drawn)
                self._suppress()
            else:
                self.row.append(" ", instead=True)
        elif drawn[-1] != " " or self._points[-1].groups:
            self._end_bar(self._text + drawn[:-1], by_sign=True)
        else:
            self._group = RestartPoint(self.row.snapshot())
            self._suppress()

    def _end_bar(self, text: str, *, by_sign: bool) -> None:
        """Keep a bar, or take it back. by_sign: whether a bar line was drawn."""
        melody: tuple[int, ...] = ()
        if self._course.judges_length:
            read = bar_reader(self._head).read(text)
            if read is None or not self._fits(text, read):
                self._take_back()
                return
            if not (self._closes(text) and self._is_another(text) and self._leads(text, read)):
                self._take_group_back()
                return
            melody = read.melody
        self._set_temperature(0)  # as the request asks: the next bar is another one
        # Unguided, a sign may be drawn where none belongs.
        self._keep(without_signs(text), melody)
        self._checked = len(self._melody)
        text = self._lead()
        if self.attempt.tell is not None:
            self.attempt.tell(self.so_far())
        if len(self._bars) == len(self._sketch_in_use().slots):
            self._finish()
        else:
            # The sketch's bar line takes the place of the one sign that was drawn.
            self.row.append(text, instead=by_sign)

    def _fits(self, text: str, read: ReadBar) -> bool:
        """Return whether a bar is as the sketch says, but for its end, and no long
        copy."""
        number, full = len(self._bars), self._writer.full
        slot = self._sketch_in_use().slots[number]
        is_long = read.length == slot.length or (not slot.length and read.length < full)
        if not is_long or alters(self._course.beginning(number), text):
            return False
        if slot.first is not None and first_step(text) != slot.first and self._is_strict():
            return False
        if not _lies_in(read, self._course.compass):
            return False
        # Bars that returned are checked with the first bar behind them that is drawn:
        # they cannot be drawn again themselves.
        return self._is_original([*self._melody, *read.melody], self._checked)

    def _may_keep(self, group: str) -> bool:
        """Return whether the next group may be kept: it lies in the compass, and does
        not make a variation the old bar again."""
        return self._is_playable(group) and self._is_another(self._text + group)

    def _leads(self, text: str, read: ReadBar) -> bool:
        """Return whether a bar leads well enough into what returns behind it."""
        leading = self._course.leading
        if leading is None or self._points[-1].failures >= _MOST_LED:
            return True
        bars = [*self._bars, text]
        found = leaps(self._sketch_in_use(), bar_reader(self._head), bars, read)
        return all(self._luck.random() < leading.chance(leap) for leap in found)

    def _is_another(self, text: str) -> bool:
        """Return whether a bar that varies an earlier one is not that bar again."""
        slot = self._sketch_in_use().slots[len(self._bars)]
        return slot.coming != "varied" or text != self._bars[slot.source or 0]

    def _closes(self, text: str) -> bool:
        """Return whether a bar ends on the note that the sketch tells."""
        last = self._sketch_in_use().slots[len(self._bars)].last
        return last is None or last_step(text) == last or not self._is_strict()

    def _is_strict(self) -> bool:
        """Return whether a bar needs to have the notes that the sketch tells."""
        # A sketch may ask for what the network finds no way to.
        return self._course.judges_notes and self._points[-1].failures < _MOST_LED

    def _is_playable(self, group: str) -> bool:
        """Return whether a group of a bar that comes back lies in the compass: one that
        was moved by steps may not."""
        if self._course.compass is None:
            return True
        read = bar_reader(self._head).read(group)
        return read is None or _lies_in(read, self._course.compass)

    def _finish(self) -> None:
        """End the tune, unless the bars that returned at its end go on with a copy."""
        if self._points and not self._is_original(self._melody, self._checked):
            self._take_back()
        else:
            self.row.finish()

    def _take_group_back(self) -> None:
        """Take back the last group of a bar whose end does not do; or all of it."""
        if self._group is None or self._group.failures == _MOST_GROUPS:
            self._take_back()
            return
        self._group.failures += 1
        self.row.rewind(self._group.snapshot)
        self._suppress()

    def _take_back(self) -> None:
        """Take back the last drawn bar, and what returned behind it."""
        point = self._go_back(self._points)
        if point is None:
            return
        del self._bars[point.number :], self._melody[point.notes :]
        self._checked = point.checked
        self._groups = list(point.groups)
        self._text = self._course.beginning(point.number)
        self._is_deciding = bool(self._groups)
        self._group = None
        self._since = self.row.length
        self._suppress()

    def _sketch_in_use(self) -> Sketch:
        if self._sketch is None:
            raise RuntimeError("the sketch is not drawn yet")
        return self._sketch

    def so_far(self, start: int = 0) -> str:
        """Return the tune as far as it is written, in normal form: the header, then
        whole bars."""
        if not self._head:
            return without_signs(self.row.text())[start:]
        body = "" if self._sketch is None else laid_out(self._sketch, self._bars)
        return (self._head + body)[start:]

    def final(self, text: str) -> tuple[str, str]:
        """Return the tune in its key, and as it was written; a given-up one as far as
        it came."""
        return super().final(self.so_far().rstrip("\n") if self._head else without_signs(text))


def _lies_in(read: ReadBar, compass: Compass | None) -> bool:
    """Return whether all notes of a bar lie in a compass, if there is one."""
    if compass is None or read.lowest is None or read.highest is None:
        return True
    return compass.holds(Compass(read.lowest, read.highest))


@lru_cache(maxsize=256)
def _outside(alphabet: str, head: str, compass: Compass) -> str:
    """Return the signs for first and last notes that lie outside a compass, in the key
    of a header."""
    reader = bar_reader(head)
    notes = [reader.read(step_text(step - MIDDLE_STEP)) for step in range(STEPS)]
    signs = (
        sign(kind, step)
        for kind in NOTES
        for step, note in enumerate(notes)
        if note is not None and not _lies_in(note, compass)
    )
    return "".join(one for one in signs if one in alphabet)


@lru_cache(maxsize=256)
def _all_but(alphabet: str, possible: str) -> str:
    return "".join(one for one in alphabet if one not in possible)
