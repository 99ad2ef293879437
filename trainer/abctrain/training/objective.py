"""The network with the losses that it is trained by."""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from abctrain.training.batches import IGNORED, Window
from abctrain.training.network import CharacterLSTM, State
from abctrain.training.positions import PositionReader


class Losses(NamedTuple):
    """Sums over a window in nats, float32 [].

    characters: of the targets that are not `IGNORED`.
    positions: of the questions of `abctrain.training.positions`; None where they are
        not asked.
    """

    characters: Tensor
    positions: Tensor | None

    def total(self, window: Window, weight: float) -> Tensor:
        """Return the mean loss a character, with `weight` times the mean of the
        questions beside it."""
        total = self.characters / max(window.characters, 1)
        if self.positions is None or window.placed is None:
            return total
        return total + weight * (self.positions / window.placed.clamp(min=1))


class Objective(nn.Module):
    """All that a training differentiates, in one `forward`.

    In one, as DistributedDataParallel sees no other method of a module. It returns
    sums: of rows that are shared out, with unequal padding, the mean is no mean of
    means.
    """

    def __init__(self, network: CharacterLSTM, positions: PositionReader | None) -> None:
        super().__init__()
        self.network = network
        self.positions = positions

    def forward(self, window: Window, state: State | None = None) -> tuple[Losses, State]:
        """Return the losses of `window`, and the state behind it.

        Without a `state` the network starts from zeros.
        """
        output, state = self.network.last_layer(window.inputs, state)
        logits = self.network.logits(output)
        characters = functional.cross_entropy(
            logits.flatten(0, 1).float(),
            window.targets.flatten(),
            ignore_index=IGNORED,
            reduction="sum",
        )
        positions = None
        if self.positions is not None and window.positions is not None:
            positions = self.positions.loss(output, window.positions)
        return Losses(characters, positions), state
