"""Means of what a tune may have none of."""

from collections.abc import Collection

from abcrun.composition.traits.reading import NONE


def mean(values: Collection[float]) -> float:
    """Return the mean of numbers; `NONE` of none."""
    return sum(values) / len(values) if values else NONE


def spread(values: Collection[float]) -> float:
    """Return the standard deviation of numbers; `NONE` of none."""
    if not values:
        return NONE
    centre = sum(values) / len(values)
    return float((sum((value - centre) ** 2 for value in values) / len(values)) ** 0.5)


def most(values: Collection[float]) -> float:
    """Return the largest of numbers; `NONE` of none."""
    return max(values, default=NONE)
