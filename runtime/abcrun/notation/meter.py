"""Meters and unit note lengths: the fields M: and L:."""

import re
from dataclasses import dataclass
from fractions import Fraction

_FRACTION = re.compile(
    r"\s*(\(?)\s*(\d{1,2}(?:\s*\+\s*\d{1,2}){0,15})\s*(\)?)\s*/\s*(\d{1,3})(?!\d)", re.ASCII
)
_NAMED = re.compile(r"\s*(C\||C(?!\.)|none\b)", re.ASCII)
# Mensural signs, as abcm2ps has them: a circle, and each with a dot.
_MENSURAL = re.compile(r"\s*([Oo]\.?|[Cc]\.)(?!\S)")
_UNIT = re.compile(r"\s*(\d{1,3})(?:\s*/\s*(\d{1,3}))?(?!\d)", re.ASCII)
_TUPLET_TIMES = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_NOTE_VALUES = frozenset(2**power for power in range(10))


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter.

    `text` is the meter as written ("C|", "6/8", "none", "O."); `length` that of a bar
    in whole notes, None in free meter and under a mensural sign. `numerator` and
    `denominator` are those of the time signature (2 and 2 for "C|"), 0 where `length`
    is None.
    """

    text: str
    length: Fraction | None
    numerator: int
    denominator: int

    @property
    def is_compound(self) -> bool:
        """Whether the beat is a dotted note: 6/8, 9/8, 12/8."""
        return self.numerator > 3 and self.numerator % 3 == 0 and self.denominator >= 4

    def tuplet_time(self, actual: int) -> int:
        """Return how many notes' time a tuplet of `actual` notes takes where its sign
        does not say (ABC 2.1, 4.13)."""
        return _TUPLET_TIMES.get(actual) or (3 if self.is_compound else 2)

    @property
    def unit_length(self) -> Fraction:
        """The unit note length of a tune without L: 1/16 in a meter under 3/4, else
        1/8."""
        # ABC 2.1, 3.1.7.
        if self.length is not None and self.length < Fraction(3, 4):
            return Fraction(1, 16)
        return Fraction(1, 8)

    def measure(self, length: Fraction) -> str:
        """Return `length` in the note value of this meter, where it is a multiple:
        "4/4" rather than "1"."""
        if self.denominator and self.denominator % length.denominator == 0:
            return f"{length * self.denominator}/{self.denominator}"
        return str(length)


FREE_METER = Meter("none", None, 0, 0)


def read_meter(value: str) -> tuple[Meter, str] | None:
    """Return the meter that a field's value names and the text left behind it; None
    when it names none."""
    if not value.strip():
        return FREE_METER, ""
    if named := _NAMED.match(value):
        text = named.group(1)
        rest = value[named.end() :]
        if text == "none":
            return FREE_METER, rest
        return (
            Meter("C|", Fraction(1), 2, 2) if text == "C|" else Meter("C", Fraction(1), 4, 4)
        ), rest
    if sign := _MENSURAL.match(value):
        return Meter(sign.group(1), None, 0, 0), value[sign.end() :]
    found = _FRACTION.match(value)
    if found is None or bool(found.group(1)) != bool(found.group(3)):
        return None
    numerator = sum(int(part) for part in found.group(2).split("+"))
    denominator = int(found.group(4))
    if numerator == 0 or denominator not in _NOTE_VALUES:
        return None
    meter = Meter(found.group(0).strip(), Fraction(numerator, denominator), numerator, denominator)
    return meter, value[found.end() :]


def read_unit_length(value: str) -> tuple[Fraction, str] | None:
    """Return the unit note length that a field's value names, in whole notes, and the
    text left behind it; None when it names none."""
    found = _UNIT.match(value)
    if found is None:
        return None
    numerator, denominator = int(found.group(1)), int(found.group(2) or "1")
    if not 0 < numerator <= 4 or denominator not in _NOTE_VALUES:
        return None
    return Fraction(numerator, denominator), value[found.end() :]
