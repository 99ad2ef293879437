"""Estimates: intervals that cover the truth as often as they say."""

import itertools
import random
from collections.abc import Sequence

import pytest

from abctrain.quality.estimate import RUN, Estimate, count_runs
from abctrain.quality.figures import TuneFigures


def test_the_interval_of_a_share_is_wilsons() -> None:
    half = Estimate.share([True, False] * 10)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.2993, 0.7007), abs=1e-4)
    none = Estimate.share([False] * 10)
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 0.2775), abs=1e-4)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    draw = random.Random(1)
    hits = 0
    for _ in range(200):
        estimate = Estimate.mean([draw.expovariate(5) for _ in range(60)])
        assert estimate.low < estimate.value < estimate.high
        hits += estimate.low < 0.2 < estimate.high
    assert 180 <= hits <= 198
    assert Estimate.mean([0.1, 0.4]) == Estimate.mean([0.1, 0.4])


def test_distinct_runs_are_those_of_tunes_drawn_at_random() -> None:
    draw = random.Random(2)
    phrases = [[draw.randrange(60, 80) for _ in range(RUN)] for _ in range(5)]
    melodies = [list(itertools.chain.from_iterable(draw.choices(phrases, k=4))) for _ in range(7)]
    size = count_runs(melodies[:1])
    for tunes in (1, 3, 7):
        shares = [
            len({run for melody in chosen for run in _runs(melody)}) / (tunes * size)
            for chosen in itertools.combinations(melodies, tunes)
        ]
        estimate = Estimate.distinct_runs(melodies, tunes * size)
        assert estimate.value == pytest.approx(sum(shares) / len(shares))
        assert estimate.low <= estimate.value <= estimate.high
    assert Estimate.distinct_runs(melodies) == Estimate.distinct_runs(
        [[x + 5 for x in one] for one in melodies]
    )
    assert Estimate.distinct_runs([[], [60]]).value == 0


def _runs(melody: Sequence[int]) -> set[tuple[int, ...]]:
    steps = [after - before for before, after in itertools.pairwise(melody)]
    return {tuple(steps[start : start + RUN - 1]) for start in range(len(steps) - RUN + 2)}


def test_the_interval_of_distinct_runs_covers_what_more_tunes_have(irish_tunes: list[str]) -> None:
    melodies = [TuneFigures.of(text).melody for text in irish_tunes[:600:2]]
    truth = Estimate.distinct_runs(melodies, 2000).value
    samples = [Estimate.distinct_runs(melodies[start::6], 2000) for start in range(6)]
    assert sum(sample.low <= truth <= sample.high for sample in samples) >= 5
    assert all(sample.high - sample.low < 0.2 for sample in samples)
