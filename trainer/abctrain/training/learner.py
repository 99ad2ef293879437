"""A network that learns: what one step changes."""

import copy
import logging
import time
from typing import NamedTuple, cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from abctrain.recipe import TrainingRecipe
from abctrain.training.batches import Window
from abctrain.training.checkpoint import LearnerEntry
from abctrain.training.network import CharacterLSTM, State
from abctrain.training.objective import Objective
from abctrain.training.positions import PositionReader

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What a step found, on the device.

    state: behind the window, without a gradient.
    loss: the sum over the window's characters, in nats, float64 [].
    norm: that of the gradient before it was clipped, float32 [].
    """

    state: State
    loss: Tensor
    norm: Tensor


class Learner:
    """A network with its optimiser, the average of its weights, and the questions that
    it is asked beside the next character."""

    def __init__(self, network: CharacterLSTM, recipe: TrainingRecipe) -> None:
        self.recipe = recipe
        self.device = network.linear.weight.device
        positions = (
            PositionReader(network.lstm.hidden_size).to(self.device) if recipe.places else None
        )
        self.objective = Objective(network, positions)
        moving = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(network, multi_avg_fn=moving)
        self.optimiser = torch.optim.AdamW(
            self.objective.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.precision = recipe.precision

    @property
    def network(self) -> CharacterLSTM:
        """The network whose weights a step changes."""
        return self.objective.network

    def evaluated(self) -> CharacterLSTM:
        """Return the network whose figures count and which is exported: the average
        where there is one."""
        if not self.recipe.average:
            return self.network
        return cast(CharacterLSTM, self.average.module)

    def step(self, window: Window, state: State | None, done: float) -> Step:
        """Update the weights by one window, after the share `done` of the training.

        Nothing comes back from the device, which would have to be waited for.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(done)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            losses, (hidden, cell) = self.objective(window, state)
            # The weight grows from nothing: asked in earnest of a network that cannot
            # read a note yet, the questions keep it from learning to.
            total = losses.total(window, self.recipe.places * done)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.objective.parameters(), self.recipe.clip_norm)
        self.optimiser.step()
        if self.recipe.average:
            self.average.update_parameters(self.network)
        # Detached: the gradient ends at the window (truncated back-propagation).
        state = (hidden.detach().float(), cell.detach().float())
        return Step(state, losses.characters.detach().double(), norm.detach())

    def choose_precision(self, window: Window, state: State | None) -> None:
        """Turn the precision auto into float32 or bfloat16, whichever takes less time
        for `window`."""
        if self.precision == "auto":
            self.precision = self._faster_precision(window, state)

    def _faster_precision(self, window: Window, state: State | None) -> str:
        """Measure a step in both precisions, on copies, so that the training stays as
        it is."""
        # An emulated bfloat16 is slower than float32, so there is nothing to measure.
        if self.device.type == "cuda" and not torch.cuda.is_bf16_supported(
            including_emulation=False
        ):
            return "float32"
        taken = {}
        # Dropout draws: the training must go on as if nothing had been measured.
        random_state = torch.get_rng_state()
        for precision in ("float32", "bfloat16"):
            trial = copy.copy(self)
            trial.objective = copy.deepcopy(self.objective)
            trial.average = copy.deepcopy(self.average)
            trial.optimiser = torch.optim.AdamW(trial.objective.parameters(), fused=True)
            trial.precision = precision
            for measured in (False, True):  # the first round warms up
                begun = time.monotonic()
                for _ in range(2):
                    loss = trial.step(window, state, 0.0).loss
                float(loss)  # waits for the device
                if measured:
                    taken[precision] = time.monotonic() - begun
        torch.set_rng_state(random_state)
        chosen = min(taken, key=taken.__getitem__)
        log.info(
            "precision: %s (a step takes %.2f s in float32, %.2f s in bfloat16)",
            chosen,
            taken["float32"] / 2,
            taken["bfloat16"] / 2,
        )
        return chosen

    def kept(self) -> LearnerEntry:
        """Return what a checkpoint has to hold."""
        positions = self.objective.positions
        return {
            "network": self.network.state_dict(),
            "places": None if positions is None else positions.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.state_dict() if self.recipe.average else None,
        }

    def restore(self, saved: LearnerEntry) -> None:
        """Become what `kept` returned."""
        self.network.load_state_dict(saved["network"])
        if self.objective.positions is not None and saved["places"] is not None:
            self.objective.positions.load_state_dict(saved["places"])
        self.optimiser.load_state_dict(saved["optimiser"])
        if saved["average"] is not None:
            self.average.load_state_dict(saved["average"])
