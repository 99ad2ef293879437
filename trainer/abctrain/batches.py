"""Training text as contiguous streams, held on the device: the batches of truncated back-propagation through time."""

from collections.abc import Iterator
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
    epoch may be shorter, so that no more than the last `streams` characters of the text are left out.
    """

    tokens: Tensor
    window: int

    @classmethod
    def cut(cls, tokens: NDArray[np.int64], streams: int, window: int, device: torch.device) -> Self:
        """Cut encoded text (int64 [characters]) into `streams` rows; too little for one batch is a `CorpusError`."""
        needed = streams * window + 1
        if len(tokens) < needed:
            raise CorpusError(
                f"the corpus has {len(tokens):,} characters to train on, but one batch of {streams} sequences of "
                f"{window} characters needs {needed:,}; give more text, or a recipe with fewer or shorter sequences"
            )
        length = (len(tokens) - 1) // streams
        rows = np.lib.stride_tricks.as_strided(
            tokens, (streams, length + 1), (length * tokens.itemsize, tokens.itemsize), writeable=False
        )
        return cls(torch.from_numpy(rows.copy()).to(device), window)

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
