"""The memory of a batch: tokens and states that stay in place, where the session reads
and writes them."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from abcrun.inference.cuda import DeviceMemory, DeviceStates
from abcrun.inference.network import Network, State
from abcrun.inference.sampling import Logits
from abcrun.inference.session import Binding, onnx_runtime


class _States(Protocol):
    """The states of a batch, float32 [states, slots, hidden], wherever they are."""

    def address(self, state: int) -> int:
        """Return the address of the first row of a state."""

    def read(self, row: int) -> NDArray[np.float32]:
        """Return a copy of the states of a row, float32 [states, hidden]."""

    def write(self, row: int, values: NDArray[np.float32]) -> None:
        """Set the states of a row, float32 [states, hidden]."""

    def move(self, source: int, target: int) -> None:
        """Copy the states of the row `source` to `target`."""


class _HostStates:
    """States in the host's memory."""

    def __init__(self, states: int, slots: int, hidden: int) -> None:
        self._values: NDArray[np.float32] = np.zeros((states, slots, hidden), np.float32)

    def address(self, state: int) -> int:
        return _address(self._values[state])

    def read(self, row: int) -> NDArray[np.float32]:
        return self._values[:, row].copy()

    def write(self, row: int, values: NDArray[np.float32]) -> None:
        self._values[:, row] = values

    def move(self, source: int, target: int) -> None:
        self._values[:, target] = self._values[:, source]


class Batch:
    """Up to `slots` rows, of which the first few are stepped together.

    `tokens`, int64 [slots, 1], is what the next step reads. On CUDA the states stay
    there; each step sends the tokens and fetches the logits.
    """

    # Two sets of states take turns: a step reads one and writes the other, so that
    # nothing is allocated or copied. Both are bound to the session once for each number
    # of rows (IOBinding).

    def __init__(self, network: Network, slots: int) -> None:
        self._network = network
        self._session = network.session  # bindings must not outlive it
        self.tokens: NDArray[np.int64] = np.zeros((slots, 1), np.int64)
        self._logits: Logits = np.zeros((slots, 1, len(network.spec.vocabulary)), np.float32)
        self._count = 2 * network.spec.layers
        shape = (self._count, slots, network.spec.hidden)
        self._states: list[_States]
        self._memory: DeviceMemory | None = None
        self._tokens_there = _address(self.tokens)
        if network.device == "cuda":
            self._memory = memory = DeviceMemory(onnx_runtime())
            self._states = [DeviceStates(memory, *shape), DeviceStates(memory, *shape)]
            self._device_tokens = memory.allocate((slots, 1), np.int64)
            self._tokens_there = int(self._device_tokens.data_ptr())
        else:
            self._states = [_HostStates(*shape), _HostStates(*shape)]
        self._bindings: list[Binding] = []
        self._rows = 0  # that are bound

    def step(self, rows: int) -> Logits:
        """Read a token in each of the first `rows` rows. Return the logits, float32
        [rows, vocabulary], valid until the next step.

        The states of all other rows are lost: they lie in the other set.
        `ModelError` after the model was closed.
        """
        if rows != self._rows:
            first, second = (
                [part.address(state) for state in range(self._count)] for part in self._states
            )
            logits = _address(self._logits)
            self._bindings = [
                self._network.bind(rows, self._tokens_there, read, logits, write)
                for read, write in ((first, second), (second, first))
            ]
            self._rows = rows
        if self._memory is not None:
            size = rows * self.tokens.itemsize
            self._memory.copy(self._tokens_there, size, _address(self.tokens), size, size, 1)
        self._network.run(self._bindings[0])
        self._bindings.reverse()
        self._states.reverse()
        return self._logits[:rows, 0]

    def read(self, row: int) -> State:
        """Return a copy of the state of a row, float32 [hidden] each."""
        return tuple(self._states[0].read(row))

    def write(self, row: int, token: int, state: State) -> None:
        """Give a row its next token and its state, float32 [hidden] or [1, hidden]
        each."""
        self.tokens[row] = token
        self._states[0].write(row, np.concatenate(state).reshape(self._count, -1))

    def move(self, source: int, target: int) -> None:
        """Copy the row `source` over the row `target`."""
        self.tokens[target] = self.tokens[source]
        self._states[0].move(source, target)


def _address(array: NDArray[np.generic]) -> int:
    return int(array.ctypes.data)
