"""A network that learns: what one step changes."""

import logging
import time
from typing import NamedTuple

import torch
from torch import Tensor

from abctrain.recipe import TrainingRecipe
from abctrain.training.average import MovingAverage
from abctrain.training.batches import Window
from abctrain.training.checkpoint import LearnerEntry
from abctrain.training.network import CharacterLSTM, State
from abctrain.training.objective import Objective
from abctrain.training.positions import PositionReader
from abctrain.training.precision import autocast, emulates_bfloat16, loss_scaler
from abctrain.training.processes import Processes

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What a step found, on the device.

    state: behind the window, without a gradient.
    loss: the sum over the window's characters, in nats, float64 [].
    norm: that of the gradient before it was clipped, float32 []; 0 where its scaled one
        overflowed, and the weights stay as they were.
    """

    state: State
    loss: Tensor
    norm: Tensor


class Learner:
    """A network with its optimiser, the average of its weights, and the questions that
    it is asked beside the next character."""

    def __init__(
        self, network: CharacterLSTM, recipe: TrainingRecipe, processes: Processes | None = None
    ) -> None:
        """Begin; with several `processes` each has a learner of the same network."""
        self.recipe = recipe
        self.device = network.linear.weight.device
        positions = (
            PositionReader(network.lstm.hidden_size).to(self.device) if recipe.places else None
        )
        self.objective = Objective(network, positions)
        self.processes = processes or Processes()
        self.forward = self.processes.distributed(self.objective)
        self.average = MovingAverage(network, recipe.average) if recipe.average else None
        self.optimiser = torch.optim.AdamW(
            self.objective.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.use(recipe.precision)

    def use(self, precision: str) -> None:
        """Compute in this precision from now on."""
        self.precision = precision
        self.scaler = loss_scaler(self.device, precision)

    @property
    def network(self) -> CharacterLSTM:
        """The network whose weights a step changes."""
        return self.objective.network

    def evaluated(self) -> CharacterLSTM:
        """Return the network whose figures count and which is exported: the average
        where there is one."""
        return self.network if self.average is None else self.average.network

    def step(self, window: Window, state: State | None, done: float) -> Step:
        """Update the weights by one window, after the share `done` of the training.

        Of several processes each reads its share of the rows; the update is that of
        all.

        Nothing comes back from the device, which would have to be waited for.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(done)
        loss, (hidden, cell) = self._propagate(window, state, done)
        self.scaler.unscale_(self.optimiser)
        norm = torch.nn.utils.clip_grad_norm_(self.objective.parameters(), self.recipe.clip_norm)
        # Fused, the optimiser learns on the device that a gradient overflowed.
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.scaler.is_enabled():
            norm = norm.nan_to_num(0.0, 0.0, 0.0)
        if self.average is not None:
            self.average.update(self.network)
        # Detached: the gradient ends at the window (truncated back-propagation).
        state = (hidden.detach().float(), cell.detach().float())
        return Step(state, loss.detach().double(), norm.detach())

    def _propagate(self, window: Window, state: State | None, done: float) -> tuple[Tensor, State]:
        """Leave the gradients of a window; return its summed loss, and the state behind
        it."""
        with autocast(self.device, self.precision):
            losses, state = self.forward(window.share(self.processes.rank), state)
            # The weight grows from nothing: asked in earnest of a network that cannot
            # read a note yet, the questions keep it from learning to.
            total = losses.total(window, self.recipe.places * done)
        # A sum over this process's rows, divided by what all rows count. Gradients are
        # averaged over the processes, and are to be added up.
        total = total * self.processes.rank.count
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(total).backward()
        return losses.characters, state

    def settle(self, window: Window, state: State | None) -> None:
        """Have several processes find the order in which they add gradients up.

        DistributedDataParallel sorts its buckets anew behind its first gradients. From
        three processes on, sums have other last bits then: a training that goes on
        would differ from one that was never stopped.
        """
        if self.processes.rank.count > 1:
            with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
                self._propagate(window, state, 0.0)

    @property
    def is_sound(self) -> bool:
        """Whether gradients are numbers: not even those of a loss that is scaled down
        overflow."""
        return self.scaler.get_scale() >= 1.0

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return float(self.optimiser.param_groups[0]["lr"])

    def choose_precision(self, window: Window, state: State | None) -> None:
        """Turn the precision auto into float32 or bfloat16, whichever takes less time
        for `window`."""
        if self.precision == "auto":
            self.use(self._faster_precision(window, state))
        elif self.precision == "bfloat16" and emulates_bfloat16(self.device):
            log.warning("this card emulates bfloat16: training.precision=float32 is faster")

    def _faster_precision(self, window: Window, state: State | None) -> str:
        """Measure a step in both precisions, on copies, so that the training stays as
        it is."""
        if emulates_bfloat16(self.device):
            return "float32"
        taken = {}
        # Dropout draws: the training must go on as if nothing had been measured.
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            for precision in ("float32", "bfloat16"):
                trial = Learner(self.network.copy(), self.recipe)
                trial.use(precision)
                for measured in (False, True):  # the first round warms up
                    begun = time.monotonic()
                    for _ in range(2):
                        loss = trial.step(window, state, 0.0).loss
                    float(loss)  # waits for the device
                    if measured:
                        taken[precision] = time.monotonic() - begun
        chosen = min(taken, key=taken.__getitem__)
        log.info(
            "precision: %s (a step takes %.2g s in float32, %.2g s in bfloat16)",
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
            "average": None if self.average is None else self.average.state_dict(),
            "precision": self.precision,
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, saved: LearnerEntry) -> None:
        """Become what `kept` returned."""
        self.network.load_state_dict(saved["network"])
        if self.objective.positions is not None and saved["places"] is not None:
            self.objective.positions.load_state_dict(saved["places"])
        self.optimiser.load_state_dict(saved["optimiser"])
        if self.average is not None and saved["average"] is not None:
            self.average.load_state_dict(saved["average"])
        self.use(saved["precision"])
        # Empty where nothing was scaled, as on another device; old runs have none.
        if scaling := saved.get("scaler"):
            self.scaler.load_state_dict(scaling)
