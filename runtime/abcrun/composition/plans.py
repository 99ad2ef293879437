"""Form plans: how long the bars of a tune are, where its sections end, and which bars
come back; never its notes.

They are taken from training tunes in the trainer's normal form, and followed by `guide`
when a tune is composed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

from abcrun.notation.bars import BarReader, split

REGULAR = (4, 8, 16)
"""Bars of a regular section, as 96 % of the sections of the clean corpus are."""

_SECOND_ENDING = re.compile(r":\|\n?\|?2")
_METER = re.compile(r"[1-9][0-9]*/[1-9][0-9]*")
_SLOT = re.compile(r"([1-9][0-9]*/[1-9][0-9]*)?(?:=([0-9]+)|~([0-9]+)\.([0-9]+))?(!)?")


Plan = list[Any]
"""A form as JSON takes it: meter, unit note length, rhythm, mode, letters, bars; a list
of between and slot in turn."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A bar of a plan.

    `length` is in whole notes; `same` the number of the slot whose bar returns here,
    `like` that of one whose first `groups` (of notes between spaces) return, else None;
    `closes`: its last note is the tonic.
    """

    length: Fraction
    same: int | None = None
    like: int | None = None
    groups: int = 0
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A plan: `between[i]` stands before the bar of `slots[i]`, and the last of
    `between` at the end.

    `letters` name the sections as played ("AABB"), `bars` counts those of its sections,
    each once.
    """

    meter: str
    unit_length: str
    rhythm: str
    mode: str
    letters: str
    bars: int
    between: tuple[str, ...]
    slots: tuple[Slot, ...]

    def to_list(self) -> Plan:
        """As JSON takes it."""
        full = Fraction(self.meter)
        parts = [self.between[0]]
        for slot, after in zip(self.slots, self.between[1:], strict=True):
            length = (
                "" if slot.length == full else f"{slot.length.numerator}/{slot.length.denominator}"
            )
            same = "" if slot.same is None else f"={slot.same}"
            like = "" if slot.like is None else f"~{slot.like}.{slot.groups}"
            parts += [f"{length}{same}{like}{'!' if slot.closes else ''}", after]
        return [
            self.meter,
            self.unit_length,
            self.rhythm,
            self.mode,
            self.letters,
            self.bars,
            parts,
        ]

    @classmethod
    def from_list(cls, plan: Plan) -> Self:
        """What `to_list` gave. `ValueError` for anything else."""
        if not isinstance(plan, list) or len(plan) != 7:
            raise ValueError("a form plan is a list of seven entries")
        meter, unit_length, rhythm, mode, letters, bars, parts = plan
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
        """Whether both have bars of the same lengths and the same signs up to the
        beginning of slot `number`."""
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
    """The slot that a part of a plan says; plans have few different ones."""
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
    """The form plan of a tune in normal form.

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
    if (
        full is None or not bars or len("".join([*between, *bars])) < len(body)
    ):  # no bar line at its end
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
        closing = slots[-1].same
        place = len(slots) - 1 if closing is None else closing
        slot = slots[place]
        slots[place] = Slot(slot.length, slot.same, slot.like, slot.groups, closes=True)
    unit, rhythm = fields["L"].strip(), fields.get("R", "").strip()
    return Form(fields["M"].strip(), unit, rhythm, key[-3:], letters, count, between, tuple(slots))


def _likeness(bars: Sequence[str], number: int) -> tuple[int, int]:
    """The latest bar that shares the most first groups with bar `number`, and how many;
    never all of them."""
    groups = bars[number].split(" ")
    best, most = 0, 0
    for other in range(number):
        theirs = bars[other].split(" ")
        shared = 0
        while shared < min(len(groups), len(theirs)) - 1 and groups[shared] == theirs[shared]:
            shared += 1
        if shared and shared >= most:
            best, most = other, shared
    return best, most


def _sections(
    between: Sequence[str], slots: Sequence[Slot], full: Fraction
) -> tuple[str, int] | None:
    """Letters of the sections as played and their bars in all; None where one is not
    regular."""
    names: dict[tuple[int, ...], str] = {}
    letters, total = "", 0
    bars: list[int] = []
    is_second = False
    for number in range(len(slots)):
        if not is_second:
            bars.append(number)
        after = between[number + 1]
        if _SECOND_ENDING.search(after):
            is_second = True
            continue
        signs = (
            (":|", "||", "|]", "|:") if len(bars) > 1 else (":|", "||", "|]")
        )  # a pickup may stand before its |:
        is_end = any(sign in after for sign in signs) or number == len(slots) - 1
        if not is_end:
            continue
        length = sum((slots[bar].length for bar in bars), Fraction(0))
        pickup = slots[bars[0]].length if slots[bars[0]].length < full else Fraction(0)
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
    """The fields of a tune in normal form, up to and with its K: line."""
    rhythm = f"R:{form.rhythm}\n" if form.rhythm else ""
    return f"X:1\nM:{form.meter}\nL:{form.unit_length}\n{rhythm}K:{tonic}{mode}\n"
