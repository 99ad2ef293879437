"""Means that may be of nothing: not a number then, which both classifiers and tables
know how to leave out."""

import math
from collections.abc import Iterable

Features = dict[str, float]
"""What is measured of a tune, by names that a musician can read; not a number where a
tune has none of it."""

NONE = math.nan


def mean(values: Iterable[float]) -> float:
    """Return the mean of numbers, or the share of what is true."""
    found = list(values)
    return sum(found) / len(found) if found else NONE


def largest(values: Iterable[float]) -> float:
    """Return the largest."""
    return float(max(values, default=NONE))
