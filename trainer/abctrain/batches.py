"""Training text as contiguous streams, held on the device: the batches of truncated back-propagation through time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from abcrun.errors import CorpusError


@dataclass(frozen=True)
class Streams:
    """`tokens` int64 [streams, length + 1]: each row is one stretch of the text, so that state can be carried along it.

    A window is `tokens[:, start : start + window]`, its targets are one character further on. The last window of an
    epoch may be shorter.
    """

    tokens: Tensor
    window: int

    @classmethod
    def cut(cls, tunes: Sequence[NDArray[np.int64]], streams: int, window: int, device: torch.device) -> Self:
        """Lay encoded tunes (int64 [characters] each) end to end and cut the text into `streams` rows of one length.

        A row begins at the start of a tune, the last one at or before its share of the text: the rows' initial state
        is what a network meets when it is asked for a tune. So some characters at the rows' ends are seen twice and
        some not at all, unless the tunes come in another order at each epoch. Within a text longer than a row, rows
        begin anywhere. Too little for one batch is a `CorpusError`.
        """
        text = np.concatenate(tunes)
        needed = streams * window + 1
        if len(text) < needed:
            raise CorpusError(
                f"the corpus has {len(text):,} characters to train on, but one batch of {streams} sequences of "
                f"{window} characters needs {needed:,}; give more text, or a recipe with fewer or shorter sequences"
            )
        length = (len(text) - 1) // streams
        tune_starts = np.cumsum([0, *map(len, tunes[:-1])])
        shares = np.arange(streams) * length
        nearest = tune_starts[np.searchsorted(tune_starts, shares, side="right") - 1]
        starts = np.where(shares - nearest < length, nearest, shares)
        rows = text[starts[:, None] + np.arange(length + 1)]
        return cls(torch.from_numpy(rows).to(device), window)

    @property
    def characters(self) -> int:
        """Characters predicted in one epoch."""
        return self.tokens.shape[0] * (self.tokens.shape[1] - 1)

    def __len__(self) -> int:
        """Windows in one epoch."""
        return -(-(self.tokens.shape[1] - 1) // self.window)

    def windows(self, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and targets, int64 [streams, time], from window number `first` on."""
        last = self.tokens.shape[1] - 1
        for start in range(first * self.window, last, self.window):
            stop = min(start + self.window, last)
            yield self.tokens[:, start:stop], self.tokens[:, start + 1 : stop + 1]
