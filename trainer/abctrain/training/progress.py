"""How far an epoch has come."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from abctrain.training.batches import Window
from abctrain.training.checkpoint import ProgressEntry
from abctrain.training.learner import Step
from abctrain.training.network import CharacterLSTM, State


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
        """Return what a checkpoint has to hold."""
        return {
            "state": None if self.state is None else list(self.state),
            "window": self.window,
            "loss_sum": self.loss_sum,
            "norm_max": self.norm_max,
            "counted": self.counted,
            "seconds": self.seconds,
        }

    @classmethod
    def restored(cls, saved: ProgressEntry, device: torch.device) -> Self:
        """Return what `kept` was of."""
        state = saved["state"]
        return cls(
            state=None if state is None else (state[0].to(device), state[1].to(device)),
            loss_sum=saved["loss_sum"].to(device),
            norm_max=saved["norm_max"].to(device),
            window=saved["window"],
            counted=saved["counted"],
            seconds=saved["seconds"],
        )
