"""The signs of recall: characters of their own, by which a model tells what returns.

They stand in Unicode's private use area, where no tune has a character.
"""

import re
from fractions import Fraction
from typing import Final, Literal

Kind = Literal["new", "same", "varied", "moved", "by", "first", "last", "next", "short"]
"""What a sign with a number says: a bar is new (0), the same as an earlier one, a
variation of it, or that bar moved by steps (the number: how many bars ago); by how many
steps (the number less `UNMOVED`: up); its first note, its last note, the first note of
the bar behind it (the number: see `STEPS`), how long it is (in sixteenths of a whole
note)."""

MOST_BARS_AGO: Final = 32
"""How far back a bar may return from. 0 stands for as many bars ago as last time."""

STEPS: Final = 31
"""The steps of the scale that notes are told by, from 0, the C below middle C ("C,"),
to 30 ("e''"); what lies beyond counts as these. `STEPS` itself stands for a rest."""

MIDDLE_STEP: Final = 7
"""The step of middle c."""

NOTES: Final[tuple[Kind, ...]] = ("first", "last")
"""The signs by which a sketch tells a note."""

UNMOVED: Final = 16
"""The number of the sign "by" that would move a bar by no step."""

_BLOCK = 64
_FIRST_SIGN = 0xE000
_KINDS: tuple[Kind, ...] = (
    "same",
    "varied",
    "moved",
    "by",
    "first",
    "last",
    "next",
    "short",
    "new",
)
_OTHERS = _FIRST_SIGN + _BLOCK * len(_KINDS)

KEPT: Final = chr(_OTHERS)
"""The next group of a varied bar is that of the bar it varies."""
CHANGED: Final = chr(_OTHERS + 1)
"""The next group of a varied bar is another one. The old one stands between `OPEN` and
`CLOSE`, then the new one."""
OPEN: Final = chr(_OTHERS + 2)
CLOSE: Final = chr(_OTHERS + 3)

GROUP_SIGNS: Final = KEPT + CHANGED + OPEN + CLOSE


def _numbers(kind: Kind) -> int:
    """Return how many signs there are of a kind."""
    if kind == "new":
        return 1
    return (MOST_BARS_AGO if kind in ("same", "varied", "moved") else STEPS) + 1


SIGNS: Final = (
    "".join(
        chr(_FIRST_SIGN + _BLOCK * place + number)
        for place, kind in enumerate(_KINDS)
        for number in range(_numbers(kind))
    )
    + GROUP_SIGNS
)
"""Every sign that a sketch or a bar may have."""


_ANY_SIGN: Final = re.compile(f"[{chr(_FIRST_SIGN)}-{chr(_OTHERS + len(GROUP_SIGNS) - 1)}]+")


def sign(kind: Kind, number: int) -> str:
    """Return a sign. `ValueError` for a number that its kind does not have."""
    if not 0 <= number < _BLOCK:
        raise ValueError(f"there is no sign {kind} {number}")
    return chr(_FIRST_SIGN + _BLOCK * _KINDS.index(kind) + number)


def kind_of(character: str) -> tuple[Kind, int] | None:
    """Return what a sign with a number says; None for any other character."""
    place, number = divmod(ord(character) - _FIRST_SIGN, _BLOCK)
    return (_KINDS[place], number) if 0 <= place < len(_KINDS) else None


def is_sign(character: str) -> bool:
    """Return whether a character is one of the signs."""
    return _FIRST_SIGN <= ord(character) <= _OTHERS + len(GROUP_SIGNS) - 1


def without_signs(text: str) -> str:
    """Return a text without its signs."""
    return _ANY_SIGN.sub("", text)


def short(length: Fraction) -> str:
    """Return the sign for a bar of a length, in whole notes, that is not its meter's.

    A length that sixteenths cannot tell is the number 0.
    """
    sixteenths = length * 16
    told = sixteenths.denominator == 1 and 0 < sixteenths <= STEPS
    return sign("short", int(sixteenths) if told else 0)
