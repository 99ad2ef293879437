"""Form plans: how long the bars of a tune are, where its sections end, and which bars
come back. A plan holds no notes.

They are taken from training tunes in the trainer's normal form. `plan_strategy` follows
one while a tune is composed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, Self

from abcrun.notation.bars import BarReader, split

REGULAR = (4, 8, 16)
"""Bars of a regular section, as 96 % of the sections of the clean corpus are."""

_SECOND_ENDING = re.compile(r":\|\n?\|?2")
_METER = re.compile(r"[1-9][0-9]*/[1-9][0-9]*")
_SLOT = re.compile(r"([1-9][0-9]*/[1-9][0-9]*)?(?:=([0-9]+)|~([0-9]+)\.([0-9]+))?(!)?")


class PlanRecord(NamedTuple):
    """A form plan as the model file's JSON holds it: an array of these seven entries.

    `parts` holds what stands between the bars and the slots of the bars, in turn: it
    begins and ends with what stands between. A slot is written as its length ("5/8",
    nothing for a full bar), "=3" for the bar that it repeats or "~3.2" for the bar
    whose first two groups it takes, and "!" where it closes.
    """

    meter: str
    unit_length: str
    rhythm: str
    mode: str
    letters: str
    bars: int
    parts: list[str]


@dataclass(frozen=True, slots=True)
class Slot:
    """One bar of a plan.

    `length` is in whole notes. `same` is the number of the slot whose bar returns here.
    `like` is the number of one whose first `groups` (of notes between spaces) return.
    Both are None where nothing returns. `closes`: its last note is the tonic.
    """

    length: Fraction
    same: int | None = None
    like: int | None = None
    groups: int = 0
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form plan, read: `between[i]` stands before the bar of `slots[i]`, and the last
    of `between` at the end.

    `letters` name the sections as played ("AABB"). `bars` counts the bars of the
    sections, each section once.
    """

    meter: str
    unit_length: str
    rhythm: str
    mode: str
    letters: str
    bars: int
    between: tuple[str, ...]
    slots: tuple[Slot, ...]

    def to_record(self) -> PlanRecord:
        """Write the plan as a model file holds it."""
        full = Fraction(self.meter)
        parts = [self.between[0]]
        for slot, after in zip(self.slots, self.between[1:], strict=True):
            length = (
                "" if slot.length == full else f"{slot.length.numerator}/{slot.length.denominator}"
            )
            same = "" if slot.same is None else f"={slot.same}"
            like = "" if slot.like is None else f"~{slot.like}.{slot.groups}"
            parts += [f"{length}{same}{like}{'!' if slot.closes else ''}", after]
        return PlanRecord(
            self.meter,
            self.unit_length,
            self.rhythm,
            self.mode,
            self.letters,
            self.bars,
            parts,
        )

    @classmethod
    def from_record(cls, record: PlanRecord) -> Self:
        """Read what `to_record` wrote. `ValueError` for any other entries."""
        # The entries come out of a file: their types are what JSON said, not what
        # PlanRecord says.
        meter, unit_length, rhythm, mode, letters, bars, parts = record
        if not isinstance(parts, list) or len(parts) % 2 == 0 or not isinstance(bars, int):
            raise ValueError("a form plan has an odd number of parts")
        if _METER.fullmatch(str(meter)) is None:
            raise ValueError(f"a form plan has no meter {meter!r}")
        slots: list[Slot] = []
        for number, part in enumerate(parts[1::2]):
            slot = _slot(str(part), str(meter))
            if slot is None or max(slot.same or 0, slot.like or 0) >= max(number, 1):
                raise ValueError(f"a form plan has no slot {part!r} at place {number}")
            slots.append(slot)
        between = tuple(str(part) for part in parts[::2])
        return cls(
            str(meter),
            str(unit_length),
            str(rhythm),
            str(mode),
            str(letters),
            bars,
            between,
            tuple(slots),
        )

    def agrees(self, other: "Form", number: int) -> bool:
        """Return whether both have bars of the same lengths and the same signs up to
        the beginning of slot `number`."""
        return (
            len(other.slots) > number
            and self.between[: number + 1] == other.between[: number + 1]
            and all(
                one.length == two.length
                for one, two in zip(self.slots[:number], other.slots[:number], strict=True)
            )
        )


@lru_cache(maxsize=4096)
def _slot(part: str, meter: str) -> Slot | None:
    """Read the slot that a part of a plan writes; None for anything else."""
    # The 3,426 plans of folk, 18 bars each, have 847 different slots in all.
    found = _SLOT.fullmatch(part)
    if found is None:
        return None
    length, same, like, groups, closes = found.groups()
    return Slot(
        Fraction(length or meter),
        None if same is None else int(same),
        None if like is None else int(like),
        int(groups or 0),
        closes is not None,
    )


def form_of(text: str) -> Form | None:
    """Return the form plan of a tune in normal form.

    None where its sections are not regular, a field changes within, or an ending begins
    in the middle of a bar: that is too rare for a network to have learned it.
    """
    header, _, body = text.partition("\nK:")
    key, _, body = body.partition("\n")
    fields = dict(line.split(":", 1) for line in header.split("\n"))
    if re.search(r"\[[A-Z]:", body):
        return None
    reader = BarReader(f"{header}\nK:{key}\n")
    full = reader.full
    between, bars = split(body)
    # What split leaves out stands behind the last bar line: such a tune has no end.
    if full is None or not bars or len("".join([*between, *bars])) < len(body):
        return None
    slots: list[Slot] = []
    for number, bar in enumerate(bars):
        read = reader.read(bar)
        if read is None:
            return None
        if bar in bars[:number]:
            slots.append(Slot(read.length, same=bars.index(bar)))
            continue
        like, groups = _likeness(bars, number)
        slots.append(Slot(read.length, like=like if groups else None, groups=groups))
    if any(
        "|1" in after and slot.length < full for slot, after in zip(slots, between[1:], strict=True)
    ):
        return None
    sections = _sections(between, slots, full)
    if sections is None:
        return None
    letters, count = sections
    last = reader.read(bars[-1])
    if last is not None and last.last is not None and last.last % 12 == reader.tonic:
        # Where the last bar repeats another one, that one is drawn: it must close.
        same = slots[-1].same
        number = len(slots) - 1 if same is None else same
        slots[number] = replace(slots[number], closes=True)
    unit, rhythm = fields["L"].strip(), fields.get("R", "").strip()
    return Form(fields["M"].strip(), unit, rhythm, key[-3:], letters, count, between, tuple(slots))


def _likeness(bars: Sequence[str], number: int) -> tuple[int, int]:
    """Return the latest bar that shares the most first groups with bar `number`, and
    how many they share; never all of them."""
    groups = bars[number].split(" ")
    best, most = 0, 0
    for other in range(number):
        theirs = bars[other].split(" ")
        shared = 0
        # One group is left to draw: the rest of the bar is the network's.
        while shared < min(len(groups), len(theirs)) - 1 and groups[shared] == theirs[shared]:
            shared += 1
        if shared and shared >= most:
            best, most = other, shared
    return best, most


def _sections(
    between: Sequence[str], slots: Sequence[Slot], full: Fraction
) -> tuple[str, int] | None:
    """Return the letters of the sections as played and their bars in all; None where
    one is not regular."""
    names: dict[tuple[int, ...], str] = {}
    letters, total = "", 0
    bars: list[int] = []
    is_second = False
    for number in range(len(slots)):
        # A second ending stands for the first one's bars: it makes no section longer.
        if not is_second:
            bars.append(number)
        after = between[number + 1]
        if _SECOND_ENDING.search(after):
            is_second = True
            continue
        # A pickup may stand before its |: and is no section of its own.
        signs = (":|", "||", "|]", "|:") if len(bars) > 1 else (":|", "||", "|]")
        is_end = any(sign in after for sign in signs) or number == len(slots) - 1
        if not is_end:
            continue
        length = sum((slots[bar].length for bar in bars), Fraction(0))
        pickup = slots[bars[0]].length if slots[bars[0]].length < full else Fraction(0)
        # Some tunes take the pickup's length from the section's last bar, some do not.
        counts = {length / full, (length - pickup) / full}
        count = next((regular for regular in REGULAR if regular in counts), None)
        if count is None:
            return None
        identity = tuple(
            bar if slots[bar].same is None else int(slots[bar].same or 0) for bar in bars
        )
        letter = names.setdefault(identity, chr(ord("A") + len(names)))
        letters += letter * (2 if ":|" in after or is_second else 1)
        total += count
        bars, is_second = [], False
    return letters, total


def header(form: Form, mode: str, tonic: str) -> str:
    """Return the fields of a tune in normal form, up to and with its K: line."""
    rhythm = f"R:{form.rhythm}\n" if form.rhythm else ""
    return f"X:1\nM:{form.meter}\nL:{form.unit_length}\n{rhythm}K:{tonic}{mode}\n"
