"""Batches: contiguous streams that begin at tunes, or whole tunes; what is predicted is
counted on the host."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from abcrun.errors import CorpusError
from abctrain.training.batches import IGNORED, Batches, Streams, Tunes, fed


@given(st.integers(1, 5), st.integers(1, 7), st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_streams_are_contiguous_and_begin_at_tunes(
    streams: int, window: int, lengths: list[int]
) -> None:
    starts = np.cumsum([0, *lengths])
    assume(starts[-1] > streams * window)
    tunes = [
        np.arange(start, end) for start, end in itertools.pairwise(starts)
    ]  # a token is its place in the text
    cut = Streams.cut(tunes, streams, window, torch.device("cpu"))
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
        Streams.cut([np.zeros(12_800, np.int64)], 128, 100, torch.device("cpu"))


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
    device = torch.device("cpu")
    batches: Batches = (
        Streams.cut(tunes, 2, 7, device)
        if kind == "streams"
        else Tunes.of(tunes, 40, np.random.default_rng(0), device)
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
