"""The rows of one batch: what each has composed, its state, its random numbers, and how
it comes into a slot and out again."""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import UsageError
from abcrun.inference.batch import Batch
from abcrun.inference.network import Network
from abcrun.inference.random_streams import Draws, random_stream
from abcrun.inference.request import FinishReason, Generated, Request, Snapshot
from abcrun.inference.sampling import Sampling
from abcrun.inference.strategy import DecodingStrategy

_BLOCK = 256  # lines of the log


class Log:
    """The latest tokens of all rows, and the random numbers of their next ones: a line
    for each step, a column for each slot.

    A row's older tokens are in its `settled`, int32; those on the lines from its
    `since` on follow them.
    """

    # A step costs one operation on a line, whatever the number of rows. What is done
    # row by row is done once for each block, or when a row comes, goes or is rewound.

    def __init__(self, slots: int) -> None:
        self.line = 0  # that of the next step
        self._tokens: NDArray[np.int32] = np.zeros((_BLOCK, slots), np.int32)
        self._uniform: NDArray[np.float64] = np.zeros((_BLOCK, slots))

    @property
    def is_full(self) -> bool:
        """Whether a new block has to be begun before the next step."""
        return self.line == _BLOCK

    def uniform(self, count: int) -> NDArray[np.float64]:
        """Return the random numbers of the next step, float64 [count], from [0, 1)."""
        return self._uniform[self.line, :count]

    def write(self, tokens: NDArray[np.int64]) -> None:
        """Add the tokens of a step, one for each of the first rows."""
        self._tokens[self.line, : len(tokens)] = tokens
        self.line += 1

    def length(self, row: "SlotRow") -> int:
        """Return how many tokens a row has."""
        return len(row.settled) + self.line - row.since

    def last(self, row: "SlotRow", count: int) -> NDArray[np.int32]:
        """Return the last `count` tokens of a row that is in a slot."""
        logged = self._tokens[max(row.since, self.line - count) : self.line, row.slot]
        missing = count - len(logged)
        return np.concatenate([row.settled[-missing:], logged]) if missing > 0 else logged

    def settle(self, row: "SlotRow") -> None:
        """Put all tokens of a row away into `settled`."""
        row.settled = self.last(row, self.length(row)).copy()
        row.since = self.line

    def draw(self, row: "SlotRow") -> None:
        """Draw a row's random numbers for the rest of the block."""
        self._uniform[self.line :, row.slot] = row.generator.random(_BLOCK - self.line)

    def turn(self, rows: "list[SlotRow]") -> None:
        """Begin a new block."""
        for row in rows:
            self.settle(row)
        self.line = 0
        for row in rows:
            row.since = 0
            self.draw(row)

    def move(self, row: "SlotRow", slot: int) -> None:
        """Take a row's column to another slot."""
        self.settle(row)
        self._uniform[self.line :, slot] = self._uniform[self.line :, row.slot]


@dataclass(eq=False, slots=True)
class SlotRow:
    """A row of `slots`: the implementation of `Row`, which says what its methods do.

    slot: where it is while it is composed.
    wakes_on: the tokens that its strategy wants to hear of.
    pending: the tokens that it still has to read, the next one last.
    """

    slots: "Slots"
    request: Request
    slot: int | None = None
    generated: Generated | None = None
    settled: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    since: int = 0
    sampling: Sampling = field(init=False)
    generator: np.random.Generator = field(init=False)
    strategy: DecodingStrategy | None = None
    wakes_on: frozenset[int] = frozenset()
    pending: list[int] = field(default_factory=list)
    taken_back: int = 0  # characters that the network read in vain
    redrawn: int = 0
    attempts: int = 1

    @property
    def length(self) -> int:
        with self.slots.lock:
            if self.generated is not None:
                return len(self.generated.text)
            if self.slot is None:
                return len(self.request.prompt)
            return self.slots.log.length(self)

    def text(self, start: int = 0) -> str:
        with self.slots.lock:
            if self.generated is not None:
                return self.generated.text[start:]
            if self.slot is None:
                return self.request.prompt[start:]
            count = self.slots.log.length(self) - start
            if count <= 0:
                return ""
            return self.slots.vocabulary.decode(self.slots.log.last(self, count))

    def so_far(self, start: int = 0) -> str:
        with self.slots.lock:
            return self.text(start) if self.strategy is None else self.strategy.so_far(start)

    def snapshot(self) -> Snapshot:
        slots = self.slots
        with slots.lock:
            slot = self.slot_in_use()
            return Snapshot(self, slots.log.length(self), slots.batch.read(slot))

    def rewind(self, snapshot: Snapshot) -> None:
        slots = self.slots
        with slots.lock:
            slot, length = self.slot_in_use(), slots.log.length(self)
            if snapshot.row is not self:  # its state would be read without an error
                raise UsageError("the snapshot is of another row")
            if snapshot.length > length:
                raise UsageError("the snapshot is of a text that was rewound since")
            self.taken_back += length - snapshot.length
            self.redrawn += 1
            slots.log.settle(self)
            self.settled = self.settled[: snapshot.length]
            # The random numbers are not taken back: with them the same characters would
            # be drawn again.
            slots.batch.write(slot, int(self.settled[-1]), snapshot.state)
            # The engine need not look around: the row may have more characters than it
            # thinks, never fewer.

    def append(self, text: str, *, instead: bool = False) -> None:
        slots = self.slots
        with slots.lock:
            slot = self.slot_in_use()
            tokens = slots.vocabulary.encode(text).tolist()
            if instead:
                slots.log.settle(self)  # a copy that may be written to
                self.settled[-1] = slots.batch.tokens[slot, 0] = tokens[0]
                tokens = tokens[1:]
            if tokens and not self.pending:
                slots.reading.append(self)
            self.pending = tokens[::-1] + self.pending
            if not self.pending and self.strategy is not None:
                self.strategy.on_fed()

    def suppress(self, characters: str) -> None:
        slots = self.slots
        with slots.lock:
            self.slot_in_use()
            tokens = slots.tokens_of.get(characters)
            if tokens is None:
                tokens = slots.tokens_of[characters] = slots.vocabulary.encode(characters)
            slots.suppressed.append((self, tokens))

    def resample(self, sampling: Sampling) -> None:
        with self.slots.lock:
            self.slot_in_use()
            if self.sampling != sampling:
                self.sampling = sampling
                self.slots.is_stale = True

    def restart(self, request: Request) -> None:
        with self.slots.lock:
            slot = self.slot_in_use()
            self.taken_back += self.slots.log.length(self)
            self.attempts += 1
            self.request = request
            self.slots.begin(self, slot)

    def finish(self, *, complete: bool = True) -> None:
        with self.slots.lock:
            self.slots.release(self, FinishReason.STOP if complete else FinishReason.ABORT)
            self.slots.finished.append(self)

    def slot_in_use(self) -> int:
        """Return the row's slot. `UsageError` for a row that is in none."""
        if self.slot is None:
            raise UsageError(
                "the row is not being composed: it waits for a slot, has ended, or was cancelled"
            )
        return self.slot

    def steps_left(self) -> int:
        """Return how many characters the row may still have."""
        most = len(self.request.tokens) + self.request.max_chars
        return most - self.slots.log.length(self)


class Slots:
    """The slots of an engine, and what its rows share. Row i of `rows` is in slot i.

    `lock` is held while a method is called.
    """

    def __init__(self, network: Network, count: int) -> None:
        self.lock = threading.RLock()  # a strategy calls its row from within a step
        self.vocabulary = network.spec.vocabulary
        self.rows: list[SlotRow] = []
        self.batch = Batch(network, count)
        self.log = Log(count)
        self.reading: list[SlotRow] = []  # rows that have pending tokens
        self.suppressed: list[tuple[SlotRow, NDArray[np.int64]]] = []  # in the next step
        self.tokens_of: dict[str, NDArray[np.int64]] = {}  # of what rows suppress
        self.finished: list[SlotRow] = []  # not handed out yet
        self.is_stale = False  # rows came, went or were resampled since the last step
        self._network = network
        self._count = count

    @property
    def is_full(self) -> bool:
        """Whether every slot has a row."""
        return len(self.rows) == self._count

    def add(self, row: SlotRow) -> None:
        """Begin a row in the next free slot."""
        self.rows.append(row)
        self.begin(row, len(self.rows) - 1)

    def begin(self, row: SlotRow, slot: int) -> None:
        """Put a row's prompt into a slot."""
        request = row.request
        row.slot, row.sampling = slot, request.sampling
        row.settled, row.since = request.tokens.astype(np.int32), self.log.line
        self._stop_reading(row)
        # The prompt's last character takes part in the next step.
        before = request.prompt[:-1]
        state = self._network.state_after(before) if before else self._network.initial_state()
        self.batch.write(slot, int(row.settled[-1]), state)
        row.generator = random_stream(
            request.seed, request.index, row.attempts - 1, Draws.CHARACTERS
        )
        self.log.draw(row)
        self.is_stale = True
        row.wakes_on = frozenset()
        row.strategy = None if request.strategy is None else request.strategy(row)
        if row.strategy is not None:
            row.wakes_on = frozenset(self.vocabulary.encode(row.strategy.wakes_on).tolist())
            row.strategy.on_fed()

    def release(self, row: SlotRow, reason: FinishReason, *, separator: int = 0) -> None:
        """Take a row out of its slot, and put the last row there.

        separator: how many of its last characters are not part of the tune.
        """
        slot = row.slot_in_use()
        text = row.text()
        characters = row.taken_back + len(text)
        text = text[: len(text) - separator]
        written = text
        if row.strategy is not None:
            text, written = row.strategy.final(text)
            row.strategy = None  # and with it its snapshots
        row.generated = Generated(
            text,
            reason is FinishReason.STOP,
            row.request.seed,
            row.request.index,
            written,
            characters,
            row.redrawn,
            row.attempts,
            reason,
        )
        row.slot, row.settled = None, row.settled[:0]
        self._stop_reading(row)
        # The rows stay without a gap: a step takes the first few slots.
        moved = self.rows.pop()
        if moved is not row:
            self.log.move(moved, slot)
            self.batch.move(len(self.rows), slot)
            self.rows[slot], moved.slot = moved, slot
        self.is_stale = True

    def _stop_reading(self, row: SlotRow) -> None:
        row.pending = []
        self.reading = [other for other in self.reading if other is not row]
