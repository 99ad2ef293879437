"""The rows of a batch: tokens and states that stay in place, where the session reads and writes them."""

import numpy as np
from numpy.typing import NDArray

from .network import Network, State
from .sampling import Logits
from .session import Binding


class Batch:
    """Up to `slots` rows, of which the first few are stepped together.

    `tokens` int64 [slots, 1] is what the next step reads. Two sets of states take turns: a step reads one and writes
    the other, so that nothing is allocated or copied. On the CPU both are bound to the session once for each number of
    rows (IOBinding); on CUDA, where a bound input is copied when it is bound, each step passes them.
    """

    def __init__(self, network: Network, slots: int) -> None:
        self._network = network
        self._session = network.session  # bindings must not outlive it
        self.tokens: NDArray[np.int64] = np.zeros((slots, 1), np.int64)
        self._logits: Logits = np.zeros((slots, 1, len(network.spec.vocabulary)), np.float32)
        self._states = (network.initial_state(slots), network.initial_state(slots))
        self._bindings: list[Binding] = []
        self._rows = 0  # as many as are bound

    def step(self, rows: int) -> Logits:
        """Read a token in each of the first `rows` rows: logits float32 [rows, vocabulary], valid until the next step.

        `ModelError` after the model was closed.
        """
        if self._network.device == "cuda":
            logits, state = self._network.step(self.tokens[:rows], tuple(part[:rows] for part in self._states[0]))
            for part, new in zip(self._states[0], state, strict=True):
                part[:rows] = new
            return logits[:, 0]
        if rows != self._rows:
            first, second = (tuple(part[:rows] for part in states) for states in self._states)
            self._bindings = [
                self._network.bind(self.tokens[:rows], read, self._logits[:rows], write)
                for read, write in ((first, second), (second, first))
            ]
            self._rows = rows
        self._network.run(self._bindings[0])
        self._bindings.reverse()
        self._states = self._states[::-1]
        return self._logits[:rows, 0]

    def read(self, row: int) -> State:
        """A copy of the state of a row, float32 [hidden] each."""
        return tuple(part[row].copy() for part in self._states[0])

    def write(self, row: int, token: int, state: State) -> None:
        """Give a row its next token and its state, float32 [hidden] or [1, hidden] each."""
        self.tokens[row] = token
        for part, new in zip(self._states[0], state, strict=True):
            part[row] = new

    def move(self, source: int, target: int) -> None:
        """Put the row `source` in the place of `target`."""
        self.tokens[target] = self.tokens[source]
        for part in self._states[0]:
            part[target] = part[source]
