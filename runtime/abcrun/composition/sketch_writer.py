"""A sketch that is known in part: what is known is written, what is not is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal, Self

from abcrun.composition.signs import MOST_BARS_AGO, STEPS, UNMOVED, kind_of, short, sign
from abcrun.composition.sketch import Coming, Sketch, begins_section, ends_section, may_come

Told = Literal["by", "first", "last"]
"""What is told of a bar by a number: see `Slot`."""

_TOLD: Final[tuple[Literal["bar lines", "coming"] | Told, ...]] = (
    "bar lines",
    "coming",
    "by",
    "first",
    "last",
)
"""What a sketch tells of a bar, in its order."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of a bar before the sketch is drawn.

    between: the signs before it. length: in whole notes. begins, ends: whether a
    section begins or ends with it. coming, source, by, first, last: as in `Slot`; a
    `coming` of None is drawn, and so are steps and notes of None that a sketch has to
    tell.
    unlike: bars that it is not to be the same as.
    """

    between: str
    length: Fraction
    begins: bool
    ends: bool
    coming: Coming | None = None
    source: int | None = None
    by: int | None = None
    first: int | None = None
    last: int | None = None
    unlike: frozenset[int] = frozenset()

    @classmethod
    def of(cls, sketch: Sketch) -> tuple[Self, ...]:
        """Return the wishes for what a sketch says of its bars."""
        return tuple(
            cls(
                sketch.between[number],
                slot.length,
                begins_section(sketch.between, number),
                ends_section(sketch.between, number),
                slot.coming,
                slot.source,
                slot.by,
                slot.first,
                slot.last,
            )
            for number, slot in enumerate(sketch.slots)
        )

    def without_notes(self) -> Self:
        """Return the wish with its notes, and the steps it is moved by, to be drawn."""
        return replace(self, by=None, first=None, last=None)

    def open(self) -> Self:
        """Return the wish with all but its length and bar lines left to be drawn."""
        return replace(self, coming=None, source=None, by=None, first=None, last=None)


class SketchWriter:
    """Writes the text of a sketch from left to right.

    Call `known` for what can be written; then, until `is_done` or `is_free`, draw one
    of the characters `possible` and give it to `draw`.
    """

    def __init__(
        self,
        full: Fraction,
        wishes: Sequence[Wish] = (),
        end: str = "",
        *,
        is_open: bool = True,
    ) -> None:
        """full: the length of a full bar. end: the signs behind the last wish. is_open:
        whether the sketch goes on there; how is drawn freely."""
        self.full = full
        self.text = ""
        self.possible = ""
        self.is_done = False
        self.is_free = False
        self._wishes = wishes
        self._end = end
        self._is_open = is_open
        self._number = 0  # of the bar under way
        self._ago = 0  # how many bars ago the last bar that returned came from
        self._to_tell = list(_TOLD)  # of that bar
        self._coming: Coming = "new"

    def known(self) -> str:
        """Write, up to the next character that is drawn; return what was added."""
        begun = len(self.text)
        self.possible = ""
        while not (self.is_done or self.is_free or self.possible):
            self._go_on()
        return self.text[begun:]

    def draw(self, character: str) -> None:
        """Take the character that was drawn, one of `possible`."""
        self.text += character
        if self._to_tell.pop(0) == "coming":
            kind, ago = kind_of(character) or ("new", 0)
            if kind == "new" or kind == "same" or kind == "varied" or kind == "moved":
                self._coming = kind
            self._ago = ago or self._ago

    def _go_on(self) -> None:
        """Write the next thing that is to be told, or say what is to be drawn."""
        if self._number == len(self._wishes):
            self.is_free, self.is_done = self._is_open, not self._is_open
            self.text += self._end
            return
        wish = self._wishes[self._number]
        if not self._to_tell:
            self._number += 1
            self._to_tell = list(_TOLD)
            return
        next_one = self._to_tell[0]
        if next_one == "bar lines":
            lines = "" if wish.between == "|" and self._number else wish.between
            self.text += lines + ("" if wish.length == self.full else short(wish.length))
        elif next_one == "coming":
            if wish.coming is None:
                lengths = tuple(one.length for one in self._wishes[: self._number + 1])
                self.possible = _comings(lengths, self._ago, wish.unlike)
                return
            self._come(wish.coming, wish.source)
        elif self._tells(wish, next_one):
            number = _number(wish, next_one)
            if number is None:
                self.possible = _numbers(next_one)
                return
            self.text += sign(next_one, number)
        self._to_tell.pop(0)

    def _tells(self, wish: Wish, what: Told) -> bool:
        """Return whether a sketch tells the steps, first or last note of the bar."""
        if self._coming == "same":
            return False
        if what == "by":
            return self._coming == "moved"
        return wish.ends if what == "last" else wish.begins and self._coming != "moved"

    def _come(self, coming: Coming, source: int | None) -> None:
        self._coming = coming
        ago = 0 if source is None else self._number - source
        self.text += sign(coming, 0 if ago == self._ago else ago)
        self._ago = ago or self._ago


@lru_cache(maxsize=256)
def _comings(lengths: Sequence[Fraction], ago: int, unlike: frozenset[int]) -> str:
    """Return the signs for how the last bar of those with these `lengths` may come,
    where the last one that returned came from so many bars ago.

    unlike: earlier bars that it is not to be the same as.
    """
    number = len(lengths) - 1
    fars = [*([0] if 0 < ago <= number else []), *range(1, min(number, MOST_BARS_AGO) + 1)]
    comings: tuple[Coming, ...] = ("same", "varied", "moved")
    return sign("new", 0) + "".join(
        sign(coming, far)
        for coming in comings
        for far in fars
        if may_come(coming, lengths[number], lengths[number - (far or ago)])
        and not (coming == "same" and number - (far or ago) in unlike)
    )


@lru_cache(maxsize=3)
def _numbers(what: Told) -> str:
    """Return all signs of a kind."""
    numbers = range(STEPS + 1)
    return "".join(sign(what, one) for one in numbers if what != "by" or one % UNMOVED)


def _number(wish: Wish, what: Told) -> int | None:
    """Return the number of the sign that is wished for; None where it is drawn."""
    if what == "by":
        return None if wish.by is None else wish.by + UNMOVED
    return wish.first if what == "first" else wish.last
