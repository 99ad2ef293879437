"""The decoding loop: rows of one batch, each with its own request, state and random stream, refilled as tunes end."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .batch import Batch
from .errors import UsageError
from .network import Network, State
from .sampling import Sampling, choose

_BLOCK = 256  # steps between two times that rows take random numbers and put their tokens away
_PROMPTS = 16  # prompts whose state is remembered


def fresh_seed() -> int:
    """A seed that nobody has used: 32 bits from the operating system, short enough to be typed again."""
    return int.from_bytes(os.urandom(4), "big")


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose: its prompt (text and tokens int64 [characters]), sampling, random stream and limit."""

    prompt: str
    tokens: NDArray[np.int64]
    sampling: Sampling
    seed: int
    index: int
    max_chars: int

    def numbered(self, index: int) -> Self:
        """The same request for tune number `index` of its seed."""
        return replace(self, index=index)


@dataclass(frozen=True, slots=True)
class Generated:
    """A composed text: the prompt and what followed. `complete` is false when it was cut at `max_chars`."""

    text: str
    complete: bool
    seed: int
    index: int


@dataclass(eq=False, slots=True)
class Row:
    """One tune from `Engine.submit` on: in a `slot` while it is composed, `generated` once it is out again.

    `settled` are its first tokens, int32; those drawn from line `since` of the engine's log on stand there.
    """

    request: Request
    slot: int | None = None
    generated: Generated | None = None
    settled: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    since: int = 0
    generator: np.random.Generator = field(init=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a row stood: `length` characters, the prompt's among them, and the state before the last of them."""

    row: Row
    length: int
    state: State


class Engine:
    """Composes what is submitted, up to `slots` rows in one batch; every `step` adds a character to each of them.

    It starts no thread; its methods may be called from several.
    """

    # What happens at every step is kept in arrays with a line for each step, so that a step costs the same few
    # operations whatever the number of rows. Everything else is done when a row comes, goes or is rolled back.

    def __init__(self, network: Network, slots: int) -> None:
        if slots < 1:
            raise UsageError(f"slots is {slots}; it must be at least 1")
        self._network = network
        self._separator = network.spec.vocabulary.encode(network.spec.separator).tolist()
        self._lock = threading.RLock()
        self._slots = slots
        self._waiting: deque[Row] = deque()
        self._rows: list[Row] = []  # row i is in slot i
        self._batch = Batch(network, slots)
        self._prompts: dict[str, State] = {}
        self._groups: list[tuple[Sampling, NDArray[np.intp]]] = []  # slots by sampling
        self._log: NDArray[np.int32] = np.zeros((_BLOCK, slots), np.int32)  # tokens of the last steps
        self._uniform: NDArray[np.float64] = np.zeros((_BLOCK, slots))  # random numbers of the steps to come
        self._line = 0  # of the log and the numbers: that of the next step
        self._steps_left = 0  # until a row reaches its limit
        self._is_stale = False  # whether groups and steps left have to be found anew

    @property
    def is_full(self) -> bool:
        """Whether a request that is submitted now has to wait."""
        return len(self._rows) == self._slots

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self._rows and not self._waiting

    def submit(self, request: Request) -> Row:
        """Compose `request` as soon as a slot is free."""
        row = Row(request)
        with self._lock:
            self._waiting.append(row)
            self._fill()
        return row

    def step(self) -> list[Row]:
        """Add a character to each row in a slot; the rows that ended with it, whose slots are filled again."""
        with self._lock:
            count = len(self._rows)
            if not count:
                return []
            if self._line == _BLOCK:
                self._next_block()
            if self._is_stale:
                self._look_around()
            logits, uniform = self._batch.step(count), self._uniform[self._line, :count]
            if len(self._groups) == 1:
                tokens = choose(logits, uniform, self._groups[0][0])
            else:
                tokens = np.empty(count, np.int64)
                for sampling, slots in self._groups:
                    tokens[slots] = choose(logits[slots], uniform[slots], sampling)
            self._log[self._line, :count] = tokens
            self._batch.tokens[:count, 0] = tokens
            self._line += 1
            self._steps_left -= 1
            last = self._separator[-1]
            ended = [
                (self._rows[slot], True)
                for slot, token in enumerate(tokens.tolist())
                if token == last and self._tokens(self._rows[slot], len(self._separator)).tolist() == self._separator
            ]
            if self._steps_left <= 0:
                complete = {id(row) for row, _ in ended}
                ended += [
                    (row, False) for row in self._rows if id(row) not in complete and self._steps_left_of(row) <= 0
                ]
            if ended:
                for row, is_complete in ended:
                    self._release(row, is_complete)
                self._fill()
            return [row for row, _ in ended]

    def text(self, row: Row, start: int = 0) -> str:
        """What a row holds so far, the prompt first, from character number `start` on."""
        with self._lock:
            if row.generated is not None:
                return row.generated.text[start:]
            if row.slot is None:
                return row.request.prompt[start:]
            length = self._length(row) - start
            return self._network.spec.vocabulary.decode(self._tokens(row, length)) if length > 0 else ""

    def snapshot(self, row: Row) -> Snapshot:
        """What `rollback` needs to come back to here. `UsageError` for a row that is in no slot."""
        with self._lock:
            slot = self._slot_of(row)
            return Snapshot(row, self._length(row), self._batch.read(slot))

    def rollback(self, snapshot: Snapshot) -> None:
        """Forget what the snapshot's row has composed since; what follows is drawn with new random numbers.

        Snapshots that were taken later are void. `UsageError` for a row that is in no slot.
        """
        with self._lock:
            row = snapshot.row
            slot = self._slot_of(row)
            if snapshot.length > self._length(row):
                raise UsageError("the snapshot is of a text that was rolled back since")
            self._settle(row)
            row.settled = row.settled[: snapshot.length]
            self._batch.write(slot, int(row.settled[-1]), snapshot.state)
            self._is_stale = True

    def cancel(self, row: Row) -> None:
        """Free the slot of a row at once; `generated` is what it had. Nothing happens to a row that has ended."""
        with self._lock:
            if row in self._waiting:
                self._waiting.remove(row)
                row.generated = Generated(row.request.prompt, False, row.request.seed, row.request.index)
            elif row.slot is not None:
                self._release(row, complete=False)
                self._fill()

    # The text of a row: what is settled, and behind it its column of the log

    def _length(self, row: Row) -> int:
        return len(row.settled) + self._line - row.since

    def _steps_left_of(self, row: Row) -> int:
        return len(row.request.tokens) + row.request.max_chars - self._length(row)

    def _tokens(self, row: Row, count: int) -> NDArray[np.int32]:
        """The last `count` tokens of a row that is in a slot."""
        logged = self._log[max(row.since, self._line - count) : self._line, row.slot]
        missing = count - len(logged)
        return np.concatenate([row.settled[-missing:], logged]) if missing > 0 else logged

    def _settle(self, row: Row) -> None:
        row.settled = self._tokens(row, self._length(row)).copy()
        row.since = self._line

    def _next_block(self) -> None:
        for row in self._rows:
            self._settle(row)
        self._line = 0
        for row in self._rows:
            row.since = 0
            self._draw(row)

    # Rows in and out of slots

    def _fill(self) -> None:
        while self._waiting and len(self._rows) < self._slots:
            row = self._waiting.popleft()
            row.slot = len(self._rows)
            row.settled, row.since = row.request.tokens.astype(np.int32), self._line
            self._rows.append(row)
            self._batch.write(row.slot, int(row.settled[-1]), self._state_before_last(row.request))
            # Counter-based (Salmon et al. 2011): tune i of a seed draws the same numbers in any batch.
            key = np.array([row.request.seed, row.request.index], np.uint64)
            row.generator = np.random.Generator(np.random.Philox(key=key))
            self._draw(row)
        self._is_stale = True

    def _draw(self, row: Row) -> None:
        """Random numbers for the rest of the block."""
        self._uniform[self._line :, row.slot] = row.generator.random(_BLOCK - self._line)

    def _state_before_last(self, request: Request) -> State:
        """The state before the prompt's last character; that one takes part in the next step."""
        state = self._prompts.get(request.prompt)
        if state is None:
            before = request.tokens[:-1]
            state = self._network.prefill(before)[1] if len(before) else self._network.initial_state()
            if len(self._prompts) == _PROMPTS:
                del self._prompts[next(iter(self._prompts))]
            self._prompts[request.prompt] = state
        return state

    def _release(self, row: Row, complete: bool) -> None:
        """Take a row out of its slot, and put the last row there."""
        slot = self._slot_of(row)
        text = self.text(row)
        if complete:  # the separator's last character ends a tune and is not part of it
            text = text[:-1]
        row.generated = Generated(text, complete, row.request.seed, row.request.index)
        row.slot, row.settled = None, row.settled[:0]
        moved = self._rows.pop()
        if moved is not row:
            self._settle(moved)
            self._batch.move(len(self._rows), slot)
            self._uniform[self._line :, slot] = self._uniform[self._line :, len(self._rows)]
            self._rows[slot], moved.slot = moved, slot
        self._is_stale = True

    def _look_around(self) -> None:
        """What the steps to come have to know of the rows together, after some came, went or were rolled back."""
        self._is_stale = False
        self._steps_left = min(map(self._steps_left_of, self._rows), default=0)
        groups: dict[Sampling, list[int]] = {}
        for slot, row in enumerate(self._rows):
            groups.setdefault(row.request.sampling, []).append(slot)
        self._groups = [(sampling, np.array(slots)) for sampling, slots in groups.items()]

    @staticmethod
    def _slot_of(row: Row) -> int:
        if row.slot is None:
            raise UsageError("the row is not being composed: it waits for a slot, has ended, or was cancelled")
        return row.slot


class Stream(Iterator[str]):
    """One tune as an iterator of text; knows its `seed`, and after the last piece whether it is `complete`."""

    def __init__(self, network: Network, request: Request) -> None:
        self.seed = request.seed
        self._engine = Engine(network, 1)
        self._row = self._engine.submit(request)
        self._told = 0

    @property
    def complete(self) -> bool:
        """Whether the tune has come to its end."""
        return self._row.generated is not None and self._row.generated.complete

    def __next__(self) -> str:
        if self._told:  # the first piece is the prompt
            self._engine.step()
        text = self._engine.text(self._row, self._told)
        if not text:
            raise StopIteration
        self._told += len(text)
        return text
