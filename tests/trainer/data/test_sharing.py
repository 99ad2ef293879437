"""Melodies that share a run of notes are found, in memory that grows with the notes."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.notation import Tune
from abcrun.notation.melody import melody_of
from abctrain.data import sharing
from abctrain.data.related import runs
from abctrain.data.sharing import Sharing
from tests.traditional import ALL

# Few pitches and patterns that return: runs that are shared, and runs that nearly are.
MELODIES = st.lists(
    st.lists(st.sampled_from([60, 62]), max_size=5).map(lambda some: some * 8), max_size=6
)


@given(MELODIES, st.sampled_from([1, 7, 1_000_000]))
def test_the_others_of_a_melody_have_a_run_of_it(melodies: list[list[int]], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sharing, "_AT_ONCE", at_once)
        shared = list(Sharing(melodies))
    own = list(map(runs, melodies))
    assert shared == [
        [other for other, run in enumerate(own) if other != index and run & own[index]]
        for index in range(len(melodies))
    ]


def test_a_tune_is_found_in_another_key_and_between_others() -> None:
    melodies = [melody_of(Tune.parse(text)) for text in ALL]
    moved = [pitch + 5 for pitch in melodies[0]]
    shared = Sharing([*melodies, moved, [*melodies[1], *melodies[0][:16], 90]])
    assert set(shared[0]) >= {len(melodies), len(melodies) + 1}


def test_memory_grows_with_the_notes_whatever_they_share() -> None:
    random = np.random.default_rng(1)

    def peak(tunes: int) -> float:
        # Variants of one tune, each with some notes of its own.
        tune = random.integers(60, 80, 100)
        variants = np.where(random.random((tunes, 100)) < 0.02, 81, tune).tolist()
        tracemalloc.start()
        shared = Sharing(variants)
        assert len(shared[0]) > 0.9 * tunes
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(4_000) < 2.5 * peak(2_000)
    assert peak(4_000) < 100 * 4_000 * 100
