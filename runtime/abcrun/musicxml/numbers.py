"""Numbers as MusicXML writes them, within bounds: a wrong one counts as 0."""

import re
from fractions import Fraction

_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,9})(?:\.([0-9]{1,9}))?[0-9]*\s*")

VALUES = {
    "maxima": Fraction(8),
    "long": Fraction(4),
    "breve": Fraction(2),
    "whole": Fraction(1),
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
    "eighth": Fraction(1, 8),
    "16th": Fraction(1, 16),
    "32nd": Fraction(1, 32),
    "64th": Fraction(1, 64),
    "128th": Fraction(1, 128),
    "256th": Fraction(1, 256),
    "512th": Fraction(1, 512),
    "1024th": Fraction(1, 1024),
}
"""Note values in whole notes by their names."""


def number(text: str | None) -> Fraction:
    """Return a decimal number, 0 for what is none."""
    found = _NUMBER.fullmatch(text or "")
    if found is None:
        return Fraction(0)
    return Fraction(found.group(1) + ("." + found.group(2) if found.group(2) else ""))


def integer(text: str | None) -> int:
    """Return a whole number; a decimal one is rounded."""
    return round(number(text))


def by_number(name: str) -> tuple[int, str]:
    """Return a key to sort names of voices or verses by: numbers first, by value."""
    return (int(name), "") if name.isdecimal() and len(name) < 9 else (1_000_000_000, name)


def with_dots(value: Fraction, dots: int) -> Fraction:
    """Return a note value with its dots."""
    return value * (2 - Fraction(1, 1 << min(dots, 8)))
