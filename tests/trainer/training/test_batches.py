"""Batches: contiguous streams that begin at tunes, or whole tunes; what is predicted is
counted on the host."""

import itertools
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from abcrun.errors import CorpusError
from abctrain.training.batches import IGNORED, Batches, EncodedTunes, Streams, Tunes, fed, padded


@given(
    st.integers(1, 5),
    st.integers(1, 7),
    st.lists(st.integers(1, 90), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_streams_are_contiguous_and_begin_at_tunes(
    streams: int, window: int, lengths: list[int], draw: Random
) -> None:
    starts = np.cumsum([0, *lengths])
    assume(starts[-1] > streams * window)
    tunes = [
        np.arange(start, end) for start, end in itertools.pairwise(starts)
    ]  # a token is its place in the epoch's text
    order = np.array(draw.sample(range(len(tunes)), len(tunes)))
    text = EncodedTunes.of([tunes[number] for number in np.argsort(order)], "cpu")
    cut = Streams.cut(text, order, streams, window)
    rows = torch.cat([window.inputs for window in cut.windows()], dim=1)
    targets = torch.cat([window.targets for window in cut.windows()], dim=1)
    assert torch.equal(rows + 1, targets)
    assert (rows.diff(dim=1) == 1).all()
    assert len(list(cut.windows())) == len(cut)
    assert cut.characters == rows.numel()
    assert starts[-1] - 1 - cut.characters < streams  # as many characters as the text has
    length = rows.shape[1]
    for row, first in enumerate(rows[:, 0].tolist()):
        share = row * length
        tune = max(start for start in starts if start <= share)
        assert first == (tune if share - tune < length else share)


def test_too_short_a_corpus_says_how_many_characters_are_needed() -> None:
    with pytest.raises(CorpusError, match="needs 12,801"):
        Streams.cut(EncodedTunes.of([np.zeros(12_800, np.int64)], "cpu"), np.arange(1), 128, 100)


@pytest.mark.parametrize("with_positions", [False, True])
@pytest.mark.parametrize("kind", ["streams", "tunes"])
def test_windows_say_how_many_of_their_targets_are_predicted(
    kind: str, with_positions: bool
) -> None:
    # Every third character is fed; the last window and most tunes are short.
    tunes = [np.arange(length) + 1 for length in (9, 30, 14, 5, 22)]
    tunes = [np.where(tune % 3 == 0, fed(tune), tune) for tune in tunes]
    if with_positions:
        tunes = [np.column_stack((tune, *[np.zeros_like(tune)] * 3)) for tune in tunes]
    text, order = EncodedTunes.of(tunes, "cpu"), np.array([3, 0, 1, 4, 2])
    batches: Batches = (
        Streams.cut(text, order, 2, 7)
        if kind == "streams"
        else Tunes.of(text, order, 40, np.random.default_rng(0))
    )
    windows = list(batches.windows())
    assert len(windows) == len(batches) > 2
    for window in windows:
        assert window.characters == int((window.targets != IGNORED).sum())
    assert 0 < batches.characters == sum(window.characters for window in windows)
    assert batches.characters < sum(window.targets.numel() for window in windows)
    for window, later in zip(windows[1:], batches.windows(1), strict=True):
        assert torch.equal(window.inputs, later.inputs)
        assert (window.positions is not None) == with_positions


@pytest.mark.parametrize(
    ("largest", "some_are_fed", "size"),
    [(256, False, 1), (257, False, 2), (100, True, 2), (40_000, False, 4)],
)
def test_encoded_tunes_take_few_bytes_and_lose_nothing(
    largest: int, some_are_fed: bool, size: int
) -> None:
    random = np.random.default_rng(0)
    tunes = [random.integers(0, largest, 50) for _ in range(4)]
    tunes[0] %= 100  # what does not fit comes later
    tunes[3][-1] = largest - 1
    if some_are_fed:
        tunes[2] = np.where(tunes[2] % 2, fed(tunes[2]), tunes[2])
    text = EncodedTunes.of(tunes, "cpu")
    assert np.array_equal(text.tokens.numpy(), np.concatenate(tunes))
    assert text.tokens.element_size() == size
    window = padded(tunes, "cpu")
    assert window.inputs.tolist() == [
        np.where(tune < 0, fed(tune), tune)[:-1].tolist() for tune in tunes
    ]
