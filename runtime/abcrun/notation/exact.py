"""Exact arithmetic in few steps: lengths are summed as integers over a common
denominator."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from math import lcm

from abcrun.notation.limits import MAX_DENOMINATOR


def common_denominator(lengths: Iterable[Fraction]) -> int | None:
    """Return the least common denominator, None when it passes `MAX_DENOMINATOR`."""
    denominator = 1
    # A set first: hundreds of notes have three or four denominators.
    for one in {length.denominator for length in lengths}:
        denominator = lcm(denominator, one)
        if denominator > MAX_DENOMINATOR:
            return None
    return denominator


# The same few values come back in every tune, and making a fraction takes a gcd.
@lru_cache(maxsize=1 << 15)
def fraction(numerator: int, denominator: int) -> Fraction:
    """Return `Fraction(numerator, denominator)`."""
    return Fraction(numerator, denominator)
