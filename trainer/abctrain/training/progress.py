"""How far an epoch has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from abctrain.training.batches import Window
from abctrain.training.checkpoint import ProgressEntry
from abctrain.training.learner import Step
from abctrain.training.network import CharacterLSTM, State
from abctrain.training.rank import Rank


@dataclass
class Progress:
    """What the windows of an epoch have added up to.

    state: where the next window goes on, if windows go on where others ended.
    loss_sum: over all characters, in nats, float64 [] on the device.
    norm_max: the largest norm of a gradient, float32 [] on the device.
    window, counted: finished windows, and their characters.
    seconds: what they took.
    """

    state: State | None
    loss_sum: Tensor
    norm_max: Tensor
    window: int = 0
    counted: int = 0
    seconds: float = 0.0

    @classmethod
    def at_the_start(cls, network: CharacterLSTM, streams: int | None) -> Self:
        """Begin with the first window, and with the initial state of `streams`, where
        there are any."""
        device = network.linear.weight.device
        return cls(
            state=None if streams is None else network.initial_state(streams),
            loss_sum=torch.zeros((), dtype=torch.float64, device=device),
            norm_max=torch.zeros((), device=device),
        )

    def add(self, window: Window, step: Step) -> None:
        """Count a window in, with what its step found."""
        if self.state is not None:
            self.state = step.state
        self.loss_sum += step.loss
        self.norm_max = torch.maximum(self.norm_max, step.norm)
        self.window += 1
        self.counted += window.characters

    def kept(self) -> ProgressEntry:
        """Return what a checkpoint has to hold of this process."""
        return {
            "state": None if self.state is None else [part.cpu() for part in self.state],
            "window": self.window,
            "loss_sum": self.loss_sum.cpu(),
            "norm_max": self.norm_max.cpu(),
            "counted": self.counted,
            "seconds": self.seconds,
        }

    @classmethod
    def restored(cls, saved: ProgressEntry, rank: Rank, device: torch.device) -> Self:
        """Return this process's part of what `joined` returned."""
        state: State | None = None
        if saved["state"] is not None:
            hidden, cell = (rank.part(half, dim=1).to(device) for half in saved["state"])
            state = hidden, cell
        return cls(
            state=state,
            # As if the first process had seen all so far: the sum over all is the same.
            loss_sum=saved["loss_sum"].to(device) * rank.is_first,
            norm_max=saved["norm_max"].to(device),
            window=saved["window"],
            counted=saved["counted"],
            seconds=saved["seconds"],
        )


def joined(parts: Sequence[ProgressEntry]) -> ProgressEntry:
    """Return what all processes have done together: the first one's alone where there
    is one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    states = [part["state"] for part in parts if part["state"] is not None]
    return {
        **first,
        "state": [torch.cat(halves, 1) for halves in zip(*states, strict=True)] or None,
        "loss_sum": torch.stack([part["loss_sum"] for part in parts]).sum(),
    }
