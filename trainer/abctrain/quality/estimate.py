"""What a sample tells of all tunes: figures with intervals of 95 % confidence."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from abctrain.data.related import runs

RUN = 8
"""Notes in the runs that are or aren't distinct among tunes."""

MOST_RUNS = 10_000
"""The number of runs among which the distinct ones are counted: their share falls with
it."""

_Z = 1.959964  # standard deviations on each side that hold 95 %
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def share(cls, holds: Iterable[bool]) -> Self:
        """Return how many of them hold, 0 to 1, with the interval of Wilson (1927)."""
        values = list(holds)
        count = len(values)
        value = sum(values) / count
        # Not value ± Z·s, which has no width where all or none hold.
        middle = value + _Z**2 / (2 * count)
        half = _Z * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2))
        scale = 1 + _Z**2 / count
        return cls(value, max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0))

    @classmethod
    def mean(cls, values: Sequence[float]) -> Self:
        """Return the mean, with the interval of the percentile bootstrap (Efron 1979).

        The draws are always the same.
        """
        # A share of runs is far from normal: many tunes have none that come back.
        numbers = np.asarray(values, np.float64)
        draws = np.random.default_rng(0).integers(len(numbers), size=(_RESAMPLES, len(numbers)))
        low, high = np.quantile(numbers[draws].mean(axis=1), (0.025, 0.975))
        return cls(float(numbers.mean()), float(low), float(high))

    @classmethod
    def area(
        cls,
        scores: NDArray[np.float64],
        labels: NDArray[np.int64],
        groups: NDArray[np.int64],
    ) -> Self:
        """Return the area under the ROC curve of scores for labels 0 and 1.

        Equal scores count half. The interval is that of DeLong (1988), for tunes that
        depend on others of their group (Obuchowski 1997).
        """
        low, high = np.sort(scores[labels == 0]), np.sort(scores[labels == 1])
        # What each tune adds: the share of the other side that it is parted from.
        shares = np.where(
            labels == 1,
            _rank(low, scores) / len(low),
            1 - _rank(high, scores) / len(high),
        )
        value = float(shares[labels == 1].mean())
        counts = np.bincount(labels, minlength=2)
        _, numbers = np.unique(groups, return_inverse=True)
        sums = np.bincount(numbers, (shares - value) / counts[labels])
        deviation = math.sqrt(len(sums) / max(len(sums) - 1, 1) * float(np.square(sums).sum()))
        return cls(value, max(value - _Z * deviation, 0.0), min(value + _Z * deviation, 1.0))

    @classmethod
    def distinct_runs(cls, melodies: Sequence[Sequence[int]], most: int = MOST_RUNS) -> Self:
        """Return the share of distinct ones among `most` runs of `RUN` notes, in any
        key, with the interval of the jackknife.

        Tunes are drawn at random until they have so many runs. The share is that draw's
        expectation in closed form (rarefaction by samples; Colwell, Mao and Chang
        2004), so that sets of any size can be compared.
        """
        found = [runs(melody, RUN) for melody in melodies]
        sizes = [count_runs([melody]) for melody in melodies]
        owners = Counter(run for one in found for run in one)  # in how many tunes a run is
        total = sum(sizes)
        if not total:
            return cls(0.0, 0.0, 0.0)
        spread = Counter(owners.values())
        tunes = len(found)
        value = _rarefied(spread, tunes, total, most)
        # By tune and not by run: the runs of one tune depend on each other.
        without = []
        for one, size in zip(found, sizes, strict=True) if tunes > 1 else ():
            less = spread.copy()
            for run in one:
                less[owners[run]] -= 1
                less[owners[run] - 1] += 1
            without.append(_rarefied(less, tunes - 1, total - size, most))
        deviation = math.sqrt((tunes - 1) * float(np.var(without))) if without else 0.0
        return cls(value, max(value - _Z * deviation, 0.0), min(value + _Z * deviation, 1.0))


def _rank(ordered: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the ordered scores below each score, equal ones half."""
    below = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return below / 2


def count_runs(melodies: Iterable[Sequence[int]]) -> int:
    """Count the runs of `RUN` notes in all, equal ones too."""
    return sum(max(len(melody) - RUN + 1, 0) for melody in melodies)


def _rarefied(spread: Counter[int], tunes: int, total: int, most: int) -> float:
    """Return the share of distinct runs.

    `spread` tells how many runs are in 1, 2, … of the `tunes`, which have `total` runs.
    """
    if total == 0:
        return 0.0
    drawn = tunes * min(most / total, 1.0)
    expected = 0.0
    for owners, count in spread.items():
        if owners and count:
            expected += count * (1 - _chance_of_none(tunes, owners, drawn))
    return expected / (drawn * total / tunes)


def _chance_of_none(tunes: int, owners: int, drawn: float) -> float:
    """Return the chance that none of `owners` is among `drawn` of the `tunes`.

    It is a ratio of binomials, by the gamma function: `drawn` need not be whole.
    """
    if tunes - owners - drawn <= -1 + 1e-9:
        return 0.0  # more are drawn than there are others; the gamma function has a pole
    return math.exp(
        math.lgamma(tunes - owners + 1)
        + math.lgamma(tunes - drawn + 1)
        - math.lgamma(tunes - owners - drawn + 1)
        - math.lgamma(tunes + 1)
    )
