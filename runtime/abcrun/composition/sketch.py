"""What each bar of a tune is going to be, told before the first of them.

A sketch says of every bar whether it is new, returns, returns varied or moved by steps,
and from where; how long it is where it is not full; where sections end, and on which
notes they begin and end. It is one line of text, behind the header: a network writes it
first, and has a bar's part of it at hand again when it comes to the bar.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, Self

from abcrun.composition.signs import (
    MIDDLE_STEP,
    MOST_BARS_AGO,
    NOTES,
    STEPS,
    UNMOVED,
    Kind,
    is_sign,
    kind_of,
    short,
    sign,
)
from abcrun.notation.bars import BarReader
from abcrun.notation.pitch import natural_pitch

Coming = Literal["new", "same", "varied", "moved"]
"""How a bar comes: new, or as an earlier one."""

REGULAR = (4, 8, 16)
"""Bars of a regular section, as 96 % of the sections of the clean corpus are."""

ALIKE = 0.7
"""A bar of which no group of notes returns at its place is a variation of another one
from this likeness of their notes on."""

MOVED_WITHIN = 2
"""A bar that is moved by steps may be changed too where it follows the other one within
so many bars."""

LONGER = Fraction(3, 2)
"""A bar that is varied or moved, or the one it comes from, is at most so many times as
long."""

_LETTERS = "CDEFGABcdefgab"
NOTE_CHARACTERS = f"{_LETTERS},'"
"""The characters of notes that a bar moved by steps may have."""

_CLOSES = (":|", "||", "|]")
_NOTE = re.compile(r"([A-Ga-g])([,']*)")
_NO_NOTES = re.compile(r'\{[^}]*\}|"[^"]*"|![^!]*!')
_BETWEEN = re.compile(r"(?:\|\]|\|\||:\||\|:|\|)(?:[12] )?(?:\|:)?")


@dataclass(frozen=True, slots=True)
class Slot:
    """What one bar is going to be.

    length: in whole notes. source: the number of the bar that it comes from, None for a
    new one. by: the steps that a moved bar is moved up by, or down. first: the step of
    its first note (`abcrun.composition.signs.STEPS`), told where a section begins with
    a bar that is new or varied. last: that of its last note, told where a section ends
    with a bar that is not the same as its source.
    """

    length: Fraction
    coming: Coming = "new"
    source: int | None = None
    by: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Sketch:
    """The slots of a tune's bars. `between[i]` stands before the bar of `slots[i]`, and
    the last of `between` at the end; line ends are left out.

    full: the length of a full bar, in whole notes.
    """

    full: Fraction
    between: tuple[str, ...]
    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, between: Sequence[str], bars: Sequence[str], reader: BarReader) -> Self:
        """Make the sketch of a tune from what `abcrun.notation.bars.split` gives.

        `ValueError` for a header without a meter.
        """
        full = reader.full
        if full is None:
            raise ValueError("a sketch needs a meter")
        signs = tuple(map(one_line, between))
        slots = []
        ago = 0
        for number, bar in enumerate(bars):
            coming, source = _coming(bars, number, ago)
            slot = Slot(_length(bar, reader), coming, source)
            if source is not None:
                ago = number - source
            if coming == "moved" and source is not None:
                slot = replace(slot, by=first_step(bar) - first_step(bars[source]))
            elif coming != "same" and begins_section(signs, number):
                slot = replace(slot, first=first_step(bar))
            if coming != "same" and ends_section(signs, number):
                slot = replace(slot, last=last_step(bar))
            slots.append(slot)
        return cls(full, signs, tuple(slots))

    @classmethod
    def read(cls, text: str, full: Fraction) -> Self | None:
        """Read what `text` of a sketch wrote; None for anything else."""
        between: list[str] = []
        slots: list[Slot] = []
        ago = 0
        rest = text
        while rest:
            found = _read_signs(rest)
            if found is None:
                return None
            rest = rest[found.length :]
            between.append(found.between or ("|" if slots else ""))
            if found.coming is None:  # the end
                break
            source = None
            if found.coming != "new":
                ago = found.ago or ago
                source = len(slots) - ago
                if not 0 <= source < len(slots):
                    return None
            length = full if found.sixteenths is None else Fraction(found.sixteenths, 16)
            slots.append(Slot(length, found.coming, source, found.by, found.first, found.last))
        sketch = cls(full, tuple(between), tuple(slots))
        is_whole = not rest and len(between) == len(slots) + 1 and slots
        return sketch if is_whole and sketch._is_sound() else None

    def _is_sound(self) -> bool:
        """Return whether steps, first and last notes are told where they should be, and
        bars are as long as those that they come from."""
        for number, slot in enumerate(self.slots):
            is_drawn, is_moved = slot.coming != "same", slot.coming == "moved"
            # Some real tunes vary a bar of quite another length.
            if slot.coming != "varied" and not self._may_come(slot):
                return False
            begins = is_drawn and not is_moved and begins_section(self.between, number)
            if (slot.first is not None) != begins or (slot.by is not None) != is_moved:
                return False
            if (slot.last is not None) != (is_drawn and ends_section(self.between, number)):
                return False
        return True

    def can_be_drawn(self, since: int = 0) -> bool:
        """Return whether no bar from `since` on is longer than a full one, nor comes
        from one of quite another length: a network finds no way to most of these."""
        return all(slot.length <= self.full and self._may_come(slot) for slot in self.slots[since:])

    def _may_come(self, slot: Slot) -> bool:
        source = slot if slot.source is None else self.slots[slot.source]
        return may_come(slot.coming, slot.length, source.length)

    @property
    def text(self) -> str:
        """The sketch as one line, without its line end."""
        return "".join(map(self.part, range(len(self.slots)))) + self.between[-1]

    def part(self, number: int) -> str:
        """Return what the line says of a bar, and the signs before it."""
        signs = self.between[number]
        return ("" if signs == "|" and number else signs) + "".join(self.of_bar(number))

    def before(self, number: int, bars: Sequence[str]) -> str:
        """Return the signs that stand right before a bar: its own part of the sketch,
        and how the next bar begins, if that is known.

        bars: those before it, at least.
        """
        slot = self.slots[number]
        length, coming, notes = self.of_bar(number)
        if slot.coming == "same":
            return coming
        # Without a sign a bar is new, as most are.
        coming = "" if slot.coming == "new" else coming
        following = self._first_of(number + 1, bars[:number])
        return length + coming + notes + ("" if following is None else sign("next", following))

    def _first_of(self, number: int, bars: Sequence[str]) -> int | None:
        """Return the step that a bar is to begin on, as far as that is known when only
        `bars` are written; None where it is not."""
        if number == len(self.slots):
            return None
        slot = self.slots[number]
        if slot.first is not None or slot.source is None or slot.source >= len(bars):
            return slot.first
        first = first_step(bars[slot.source])
        if first == STEPS or slot.by is None:
            return first
        return min(max(first + slot.by, 0), STEPS - 1)

    def of_bar(self, number: int) -> tuple[str, str, str]:
        """Return the signs of a bar: for its length, how it comes, its notes."""
        slot = self.slots[number]
        ago = 0
        if slot.source is not None:
            ago = number - slot.source
            ago = 0 if ago == self._ago_before(number) else ago
        notes = "" if slot.by is None else sign("by", slot.by + UNMOVED)
        notes += "" if slot.first is None else sign("first", slot.first)
        notes += "" if slot.last is None else sign("last", slot.last)
        length = "" if slot.length == self.full else short(slot.length)
        return length, sign(slot.coming, ago), notes

    def _ago_before(self, number: int) -> int:
        """Return how many bars ago the last one that returned before a bar came from; 0
        where none did."""
        for earlier in range(number - 1, -1, -1):
            source = self.slots[earlier].source
            if source is not None:
                return earlier - source
        return 0

    @property
    def sections(self) -> list[range]:
        """The bars of each section: with those of its endings, and with a pickup that
        stands before its repeat sign."""
        found: list[range] = []
        start = 0
        for number in range(len(self.slots)):
            after = self.between[number + 1]
            goes_on = after.startswith(":|2") or (after == "|:" and number == start)
            if ends_section(self.between, number) and not goes_on:
                found.append(range(start, number + 1))
                start = number + 1
        return found


def may_come(coming: Coming, length: Fraction, source: Fraction) -> bool:
    """Return whether a bar of a length may come like this from one of another."""
    if coming == "same":
        return length == source
    # The last group of the bar may be another one, and end a section. A length of 0 is
    # not known.
    shorter, longer = sorted((length, source))
    return coming == "new" or not shorter or longer <= shorter * LONGER


class _Read(NamedTuple):
    """What stands for one bar in the text of a sketch, or its end: no `coming`."""

    length: int
    between: str
    sixteenths: int | None = None
    coming: Coming | None = None
    ago: int = 0
    by: int | None = None
    first: int | None = None
    last: int | None = None


def _read_signs(text: str) -> _Read | None:
    """Read the part of one bar from the beginning of a text."""
    at = next((place for place, character in enumerate(text) if is_sign(character)), len(text))
    between = text[:at]
    if between and _BETWEEN.fullmatch(between) is None:
        return None
    if at == len(text):
        return _Read(at, between)
    signs = list(_kinds(text[at : at + 5]))
    numbers: dict[str, int | None] = dict.fromkeys(("short", "by", "first", "last"))
    coming: Coming | None = None
    ago = used = 0
    # In this order, each at most once: length, coming, steps, first and last note.
    order = ("short", "coming", "by", "first", "last")
    place = 0
    for kind, number in signs:
        name = "coming" if kind in ("new", "same", "varied", "moved") else kind
        if name not in order[place:]:
            break
        place = order.index(name) + 1
        used += 1
        if kind == "new" or kind == "same" or kind == "varied" or kind == "moved":
            coming, ago = kind, number
        else:
            numbers[kind] = number
    if coming is None:
        return None
    by = numbers["by"]
    return _Read(
        at + used,
        between,
        numbers["short"],
        coming,
        ago,
        None if by is None else by - UNMOVED,
        numbers["first"],
        numbers["last"],
    )


def _kinds(text: str) -> Iterator[tuple[Kind, int]]:
    for character in text:
        found = kind_of(character)
        if found is None:
            return
        yield found


def one_line(between: str) -> str:
    """Return what stands between two bars, without line ends."""
    # An ending on a line of its own has one bar line more.
    return between.replace("|\n|1", "|1").replace("|\n|2", "|2").replace("\n", "")


def ends_section(between: Sequence[str], number: int) -> bool:
    """Return whether a section, or an ending of it, ends with bar `number`."""
    return number + 2 == len(between) or ends_here(between[number + 1])


def ends_here(after: str) -> bool:
    """Return whether the signs behind a bar end a section, or an ending of it."""
    return any(signs in after for signs in (*_CLOSES, "|:"))


def begins_section(between: Sequence[str], number: int) -> bool:
    """Return whether a section, or an ending of it, begins with bar `number`."""
    return number == 0 or ends_section(between, number - 1)


def _length(bar: str, reader: BarReader) -> Fraction:
    """Return the length of a bar; a full one's for what cannot be read by itself."""
    # A tie over the bar line is a fault in a bar alone.
    read = reader.read(bar.rstrip("-"))
    return (reader.full or Fraction(1)) if read is None else read.length


@lru_cache(maxsize=4096)  # a bar is compared with many others
def _steps(bar: str) -> tuple[int, ...]:
    """Return the steps of the notes of a bar, each letter one, without grace notes."""
    return tuple(_step(*note) for note in _NOTE.findall(_NO_NOTES.sub("", bar)))


def _step(letter: str, marks: str) -> int:
    return _LETTERS.index(letter) + 7 * (marks.count("'") - marks.count(",")) + MIDDLE_STEP


@lru_cache(maxsize=4096)
def first_step(bar: str) -> int:
    """Return the step that a bar begins on; `STEPS` for a rest."""
    found = re.search(r"[A-Ga-gz]", _NO_NOTES.sub("", bar))
    if found is None or found.group() == "z":
        return STEPS
    return min(max(_steps(bar)[0], 0), STEPS - 1)


def last_step(bar: str) -> int:
    """Return the step of a bar's last note; `STEPS` where it has none."""
    steps = _steps(bar)
    return min(max(steps[-1], 0), STEPS - 1) if steps else STEPS


def told_pitches(text: str) -> list[int]:
    """Return the notes that the text of a sketch tells, as MIDI note numbers without
    accidentals."""
    found = [kind_of(character) for character in text if is_sign(character)]
    steps = [one[1] for one in found if one is not None and one[0] in NOTES]
    return [natural_pitch(step - MIDDLE_STEP) for step in steps if step < STEPS]


def moved(bar: str, by: int) -> str | None:
    """Return a bar moved up by steps of the scale, or down.

    None for a bar that begins with a rest, or has more than notes in it.
    """
    if first_step(bar) == STEPS or _NO_NOTES.search(bar):
        return None

    def write(found: re.Match[str]) -> str:
        octave, letter = divmod(_step(*found.groups()) - MIDDLE_STEP + by, 7)
        marks = "," * -octave if octave < 0 else "'" * (octave - 1)
        return _LETTERS[letter + (7 if octave > 0 else 0)] + marks

    return _NOTE.sub(write, bar)


def _coming(bars: Sequence[str], number: int, ago: int) -> tuple[Coming, int | None]:
    """Return how a bar comes, and from which one.

    ago: from how many bars ago the last one that returned came; 0 where none did. A bar
    returns from as many bars ago as that one where it can: a phrase comes back whole.
    """
    places = [number - far for far in range(1, min(number, MOST_BARS_AGO) + 1)]
    if 0 < ago <= number:
        places.remove(number - ago)
        places.insert(0, number - ago)
    bar = bars[number]
    for place in places:
        if bars[place] == bar:
            return "same", place
    best: tuple[float, int] | None = None
    for place in places:
        much = _kept(bars[place], bar)
        if much and place == number - ago:
            return "varied", place
        if much and (best is None or much > best[0]):
            best = much, place
    if best is not None:
        return "varied", best[1]
    for place in places:
        if _is_moved(bars[place], bar, number - place):
            return "moved", place
    return "new", None


def _kept(old: str, bar: str) -> float:
    """Return how much of an old bar a bar keeps; 0 where it is no variation of it."""
    groups, theirs = bar.split(" "), old.split(" ")
    if len(groups) != len(theirs):
        return 0.0
    kept = sum(map(str.__eq__, groups, theirs)) / len(groups)
    if kept:
        return kept
    first, second = _steps(old), _steps(bar)
    if not (first and second):
        return 0.0
    likeness = SequenceMatcher(None, first, second, autojunk=False)
    # The quick bound is far cheaper, and most bars are not alike.
    if likeness.quick_ratio() < ALIKE or (ratio := likeness.ratio()) < ALIKE:
        return 0.0
    return ratio / (2 * len(groups))  # less than a group that is kept


def _is_moved(old: str, bar: str, far: int) -> bool:
    """Return whether a bar is another one moved by steps, `far` bars later."""
    by = first_step(bar) - first_step(old)
    if len(_steps(bar)) < 3 or not 0 < abs(by) < UNMOVED or first_step(bar) == STEPS:
        return False
    by_steps = moved(old, by)
    if by_steps is None or by_steps == bar:
        return by_steps is not None
    groups, theirs = bar.split(" "), by_steps.split(" ")
    return (
        far <= MOVED_WITHIN
        and len(groups) == len(theirs) > 1
        and 2 * sum(map(str.__eq__, groups, theirs)) >= len(groups)
    )
