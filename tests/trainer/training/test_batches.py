"""Batches: contiguous streams that begin at tunes."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from abcrun.errors import CorpusError
from abctrain.training.batches import Streams


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
