"""`%%score` and `%%staves`: which voices stand on which staff, and what holds the
staves together (ABC 2.1, 11.2)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from abcrun.notation.limits import MAX_VOICES

_SIGN = re.compile(r"[()\[\]{}|*]|[^\s()\[\]{}|*]+")
_CLOSING = {"{": "}", "[": "]", "(": ")"}


@dataclass(slots=True)
class PlannedStaff:
    """A staff: the names of the voices on it, from the highest.

    `floating` voices wander, note by note, between it and the staff below (`*`). With
    `is_joined`, bar lines go on to the staff below.
    """

    voices: list[str]
    floating: list[str] = field(default_factory=list)
    is_joined: bool = False


@dataclass(slots=True)
class StaffGroup:
    """A brace or bracket ("{", "[") before the staves from `first` to `last`, by their
    indices."""

    sign: str
    first: int
    last: int


@dataclass(slots=True)
class ScorePlan:
    """The staves of a score from top to bottom, and the groups of them, outer ones
    first."""

    staves: list[PlannedStaff]
    groups: list[StaffGroup]


def read_score_plan(name: str, value: str) -> ScorePlan | None:
    """Read the value of `%%score` or `%%staves`, whichever is the `name`; None for one
    that names no voice.

    What is closed and was not opened, or never closed, counts as if it were not there;
    so do a voice's second mention and voices beyond `MAX_VOICES`.
    """
    reader = _PlanReader(is_old=name == "staves")
    reader.read(_SIGN.findall(value))
    return ScorePlan(reader.staves, reader.groups) if reader.staves else None


class _PlanReader:
    """The staves and groups as they are read, sign after sign."""

    def __init__(self, *, is_old: bool) -> None:
        self.staves: list[PlannedStaff] = []
        self.groups: list[StaffGroup] = []
        self._is_old = is_old  # %%staves, where the bar line means the contrary
        self._open: list[StaffGroup] = []
        self._is_shared = False  # inside of round brackets
        self._is_first = True  # of a shared staff
        self._floats = False
        self._seen: set[str] = set()

    def read(self, signs: Sequence[str]) -> None:
        """Read all signs."""
        for sign in signs:
            if sign == "(":
                self._is_shared = self._is_first = True
            elif sign == ")":
                self._is_shared = False
            elif sign in ("{", "["):
                self._open.append(StaffGroup(sign, len(self.staves), 0))
            elif sign in ("}", "]"):
                self._close(sign)
            elif sign == "|":
                if self.staves:
                    self.staves[-1].is_joined = True
            elif sign == "*":
                self._floats = True
            elif sign not in self._seen and len(self._seen) < MAX_VOICES:
                self._add_voice(sign)
        if self._is_old:
            for staff in self.staves:
                staff.is_joined = not staff.is_joined
        if self.staves:
            self.staves[-1].is_joined = False
        self.groups.sort(key=lambda group: (group.first, -group.last))

    def _add_voice(self, name: str) -> None:
        self._seen.add(name)
        if self._floats and self.staves and not self._is_shared:
            self.staves[-1].floating.append(name)
        elif self._is_shared and not self._is_first and self.staves:
            self.staves[-1].voices.append(name)
        else:
            self.staves.append(PlannedStaff([name]))
            self._is_first = False
        self._floats = False

    def _close(self, sign: str) -> None:
        if not self._open or _CLOSING[self._open[-1].sign] != sign:
            return
        group = self._open.pop()
        if group.first == len(self.staves):
            return
        if sign == "}" and self._is_old:
            self._share_old_brace(group.first)
        group.last = len(self.staves) - 1
        if group.last > group.first or sign == "]":
            self.groups.append(group)

    def _share_old_brace(self, first: int) -> None:
        """Put the voices of `%%staves {a b c}` on two staves, where `b` floats, and
        those of `{a b c d}` two by two, as abcm2ps does."""
        inside = self.staves[first:]
        if any(len(staff.voices) > 1 or staff.floating for staff in inside):
            return
        if any(group.first >= first for group in self.groups):
            return
        names = [staff.voices[0] for staff in inside]
        if len(names) == 3:
            self.staves[first:] = [PlannedStaff(names[:1], [names[1]]), PlannedStaff(names[2:])]
        elif len(names) == 4:
            self.staves[first:] = [PlannedStaff(names[:2]), PlannedStaff(names[2:])]


def plans(directives: Sequence[tuple[str, str]]) -> Iterator[ScorePlan]:
    """Iterate over the plans among directives, which are pairs of name and value."""
    for name, value in directives:
        if name in ("score", "staves"):
            plan = read_score_plan(name, value)
            if plan is not None:
                yield plan
