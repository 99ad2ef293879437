"""Random streams: each use has its own, and each can be drawn again anywhere."""

from itertools import product

import numpy as np

from abcrun.inference.random_streams import Draws, random_stream


def test_every_use_index_seed_and_attempt_draws_other_numbers() -> None:
    drawn = {
        tuple(random_stream(seed, index, attempt, draws).random(4).tolist())
        for seed, index, attempt, draws in product((0, 2**64 - 1), (0, 1), (0, 1), Draws)
    }
    assert len(drawn) == 2 * 2 * 2 * len(Draws)


def test_a_stream_is_the_same_whenever_it_is_asked_for() -> None:
    first, second = (random_stream(5, 3, 1, Draws.PLAN).random(1_000) for _ in range(2))
    assert (first == second).all()


def test_seeds_of_older_versions_give_the_same_tunes() -> None:
    """Philox4x64 with key (seed, index) and counter (0, 0, use, attempt)."""
    for number, draws in ((0, Draws.CHARACTERS), (1, Draws.PLAN), (3, Draws.EDIT)):
        philox = np.random.Philox(
            key=np.array([7, 2], np.uint64), counter=np.array([0, 0, number, 3], np.uint64)
        )
        expected = np.random.Generator(philox).random(5)
        assert (random_stream(7, 2, 3, draws).random(5) == expected).all()
