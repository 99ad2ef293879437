"""The moving average of a network's weights."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from abctrain.training.network import CharacterLSTM

_COUNT, _PREFIX = "n_averaged", "module."


class MovingAverage:
    """An exponential moving average, to the bit that of PyTorch's `AveragedModel`.

    That one copies its counter to the device at every step, and waits for it.
    """

    def __init__(self, network: CharacterLSTM, factor: float) -> None:
        """Begin as a copy of `network`, which is replaced at the first update."""
        self.network = network.copy()
        self._move = get_ema_multi_avg_fn(factor)  # type: ignore[no-untyped-call]
        self._updates = 0

    def update(self, network: CharacterLSTM) -> None:
        """Move towards `network`."""
        with torch.no_grad():
            mine, theirs = list(self.network.parameters()), list(network.parameters())
            if self._updates:
                self._move(mine, theirs, self._updates)
            else:
                for part, new in zip(mine, theirs, strict=True):
                    part.copy_(new)
        self._updates += 1

    def state_dict(self) -> dict[str, Tensor]:
        """Return what a checkpoint has to hold, named as by `AveragedModel`."""
        weights = {f"{_PREFIX}{name}": part for name, part in self.network.state_dict().items()}
        return {_COUNT: torch.tensor(self._updates), **weights}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Become what `state_dict` returned."""
        self._updates = int(saved[_COUNT])
        self.network.load_state_dict(
            {name.removeprefix(_PREFIX): part for name, part in saved.items() if name != _COUNT}
        )
