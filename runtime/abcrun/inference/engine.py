"""The decoding loop: rows of one batch, each with its own request, state and random
stream, refilled as tunes end."""

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import UsageError
from abcrun.inference.batch import Batch
from abcrun.inference.network import Network, State
from abcrun.inference.request import Generated, Request
from abcrun.inference.sampling import Sampling, choose
from abcrun.inference.strategy import Watcher

_IMPOSSIBLE = -1e4  # a logit
_BLOCK = 256  # steps between two times that rows take random numbers and put their tokens away


@dataclass(eq=False, slots=True)
class Row:
    """One tune from `Engine.submit` on: in a `slot` while it is composed, `generated`
    once it is out again.

    `settled` are its first tokens, int32; those drawn from line `since` of the engine's
    log on stand there.
    """

    request: Request
    slot: int | None = None
    generated: Generated | None = None
    settled: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    since: int = 0
    sampling: Sampling = field(init=False)
    generator: np.random.Generator = field(init=False)
    watcher: Watcher | None = None
    feed: list[int] = field(default_factory=list)  # tokens to come, the next one last
    characters: int = 0
    redrawn: int = 0
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a row stood: `length` characters, the prompt's among them, and the state
    before the last of them."""

    row: Row
    length: int
    state: State


class Engine:
    """Composes what is submitted, up to `slots` rows in one batch; every `step` adds a
    character to each of them.

    It starts no thread; its methods may be called from several.
    """

    # What happens at every step is kept in arrays with a line for each step, so that a
    # step costs the same few operations whatever the number of rows. Everything else is
    # done when a row comes, goes or is rolled back.

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
        self._groups: list[tuple[Sampling, NDArray[np.intp]]] = []  # slots by sampling
        self._log: NDArray[np.int32] = np.zeros(
            (_BLOCK, slots), np.int32
        )  # tokens of the last steps
        self._uniform: NDArray[np.float64] = np.zeros(
            (_BLOCK, slots)
        )  # random numbers of the steps to come
        self._line = 0  # of the log and the numbers: that of the next step
        self._steps_left = 0  # until a row reaches its limit
        self._is_stale = False  # whether groups and steps left have to be found anew
        self._stops: NDArray[np.bool_] = np.zeros(len(network.spec.vocabulary), np.bool_)
        self._has_stops = False
        self._fed: list[Row] = []  # rows that get their next characters and do not draw them
        self._forbidden: list[
            tuple[Row, NDArray[np.int64]]
        ] = []  # what cannot come in the next step
        self._finished: list[Row] = []  # not handed out yet

    @property
    def is_full(self) -> bool:
        """Whether a request that is submitted now has to wait."""
        return len(self._rows) == self._slots

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._rows or self._waiting or self._finished)

    def submit(self, request: Request) -> Row:
        """Compose `request` as soon as a slot is free."""
        row = Row(request)
        with self._lock:
            self._waiting.append(row)
            self._fill()
        return row

    def step(self) -> list[Row]:
        """Add a character to each row in a slot; the rows that ended with it, whose
        slots are filled again."""
        with self._lock:
            count = len(self._rows)
            if not count:
                return self._handed_out()
            if self._line == _BLOCK:
                self._next_block()
            if self._is_stale:
                self._look_around()
            logits, uniform = self._batch.step(count), self._uniform[self._line, :count]
            for row, characters in self._forbidden:
                if row.slot is not None:
                    logits[row.slot, characters] = _IMPOSSIBLE
            self._forbidden.clear()
            if len(self._groups) == 1:
                tokens = choose(logits, uniform, self._groups[0][0])
            else:
                tokens = np.empty(count, np.int64)
                for sampling, slots in self._groups:
                    tokens[slots] = choose(logits[slots], uniform[slots], sampling)
            fed, self._fed = self._fed, []
            for row in fed:
                tokens[row.slot] = row.feed.pop()
            self._log[self._line, :count] = tokens
            self._batch.tokens[:count, 0] = tokens
            self._line += 1
            self._steps_left -= 1
            last = self._separator[-1]
            ended = [
                (self._rows[slot], True)
                for slot, token in enumerate(tokens.tolist())
                if token == last
                and self._tokens(self._rows[slot], len(self._separator)).tolist() == self._separator
            ]
            if self._steps_left <= 0:
                complete = {id(row) for row, _ in ended}
                ended += [
                    (row, False)
                    for row in self._rows
                    if id(row) not in complete and self._steps_left_of(row) <= 0
                ]
            self._attend(tokens, fed, ended)
            for row, is_complete in ended:
                if row.watcher is None or not is_complete or row.watcher.ended():
                    self._release(row, is_complete)
                    self._finished.append(row)
            return self._handed_out()

    def _attend(
        self, tokens: NDArray[np.int64], fed: list[Row], ended: list[tuple[Row, bool]]
    ) -> None:
        """Go on feeding, and call the watchers of rows that were fed all, or drew one
        of their stops, in this step."""
        leaving = {id(row) for row, _ in ended}
        passed_over = leaving | {id(row) for row in fed}
        watched = (
            [self._rows[slot] for slot in np.flatnonzero(self._stops[tokens]).tolist()]
            if self._has_stops
            else []
        )
        for row in fed:
            if row.feed:
                self._fed.append(row)
            elif row.watcher is not None and id(row) not in leaving:
                row.watcher.fed()
        for row in watched:
            if row.watcher is not None and id(row) not in passed_over:
                row.watcher.stopped()

    def _handed_out(self) -> list[Row]:
        """The rows that ended, their slots filled again."""
        if self._finished:
            self._fill()
        finished, self._finished = self._finished, []
        return finished

    def text(self, row: Row, start: int = 0) -> str:
        """What a row holds so far, the prompt first, from character number `start` on."""
        with self._lock:
            if row.generated is not None:
                return row.generated.text[start:]
            if row.slot is None:
                return row.request.prompt[start:]
            length = self._length(row) - start
            return (
                self._network.spec.vocabulary.decode(self._tokens(row, length))
                if length > 0
                else ""
            )

    def snapshot(self, row: Row) -> Snapshot:
        """What `rollback` needs to come back to here. `UsageError` for a row that is in
        no slot."""
        with self._lock:
            slot = self._slot_of(row)
            return Snapshot(row, self._length(row), self._batch.read(slot))

    def rollback(self, snapshot: Snapshot) -> None:
        """Forget what the snapshot's row has composed since; what follows is drawn with
        new random numbers.

        Snapshots that were taken later are void. `UsageError` for a row that is in no
        slot.
        """
        with self._lock:
            row = snapshot.row
            slot = self._slot_of(row)
            if snapshot.length > self._length(row):
                raise UsageError("the snapshot is of a text that was rolled back since")
            row.characters += self._length(row) - snapshot.length
            row.redrawn += 1
            self._settle(row)
            row.settled = row.settled[: snapshot.length]
            self._batch.write(slot, int(row.settled[-1]), snapshot.state)
            self._is_stale = True

    def feed(self, row: Row, text: str, *, instead: bool = False) -> None:
        """Give a row its next characters; its watcher hears of it when they are in.
        `UsageError` as in `rollback`.

        instead: the first of them replaces the last character that the row has, which
        the network has not read yet.
        """
        with self._lock:
            slot = self._slot_of(row)
            tokens = self._network.spec.vocabulary.encode(text).tolist()
            if instead:
                self._settle(row)
                row.settled[-1] = self._batch.tokens[slot, 0] = tokens[0]
                tokens = tokens[1:]
            if tokens and not row.feed:
                self._fed.append(row)
            row.feed = tokens[::-1] + row.feed
            if not row.feed and row.watcher is not None:
                row.watcher.fed()

    def forbid(self, row: Row, characters: str) -> None:
        """None of these is drawn as the row's next character. `UsageError` as in
        `rollback`."""
        with self._lock:
            self._slot_of(row)
            self._forbidden.append((row, self._network.spec.vocabulary.encode(characters)))

    def resample(self, row: Row, sampling: Sampling) -> None:
        """Draw what follows in a row with another `sampling`."""
        with self._lock:
            if row.sampling != sampling:
                row.sampling = sampling
                self._is_stale = True

    def restart(self, row: Row, request: Request) -> None:
        """Give up what a row has, and begin anew in its slot, with random numbers of
        its own for each attempt."""
        with self._lock:
            slot = self._slot_of(row)
            row.characters += self._length(row)
            row.attempts += 1
            row.request = request
            self._begin(row, slot)

    def finish(self, row: Row, *, complete: bool = True) -> None:
        """The row's tune ends as it stands; to be called by its watcher."""
        with self._lock:
            self._release(row, complete, has_separator=False)
            self._finished.append(row)

    def cancel(self, row: Row) -> None:
        """Free the slot of a row at once; `generated` is what it had. Nothing happens
        to a row that has ended."""
        with self._lock:
            if row in self._waiting:
                self._waiting.remove(row)
                row.generated = Generated(
                    row.request.prompt, False, row.request.seed, row.request.index
                )
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
            self._rows.append(row)
            self._begin(row, len(self._rows) - 1)

    def _begin(self, row: Row, slot: int) -> None:
        """Put a row's prompt into its slot."""
        request = row.request
        row.slot, row.sampling = slot, request.sampling
        row.settled, row.since = request.tokens.astype(np.int32), self._line
        row.feed = []
        self._fed = [other for other in self._fed if other is not row]
        # The prompt's last character takes part in the next step.
        before = request.prompt[:-1]
        state = self._network.state_after(before) if before else self._network.initial_state()
        self._batch.write(slot, int(row.settled[-1]), state)
        # Counter-based (Salmon et al. 2011): tune i of a seed draws the same numbers in
        # any batch.
        key = np.array([request.seed, request.index], np.uint64)
        counter = np.array([0, 0, 0, row.attempts - 1], np.uint64)
        row.generator = np.random.Generator(np.random.Philox(key=key, counter=counter))
        self._draw(row)
        self._is_stale = True
        if request.watch is not None:
            row.watcher = request.watch(self, row)
            self._stops[self._network.spec.vocabulary.encode(row.watcher.stops)] = True
            self._has_stops = bool(self._stops.any())
            row.watcher.fed()

    def _draw(self, row: Row) -> None:
        """Random numbers for the rest of the block."""
        self._uniform[self._line :, row.slot] = row.generator.random(_BLOCK - self._line)

    def _release(self, row: Row, complete: bool, has_separator: bool = True) -> None:
        """Take a row out of its slot, and put the last row there."""
        slot = self._slot_of(row)
        text = self.text(row)
        characters = row.characters + len(text)
        if complete and has_separator:  # its last character ends a tune and is not part of it
            text = text[:-1]
        written = text
        if row.watcher is not None:
            text, written = row.watcher.final(text)
            row.watcher = None  # and with it its snapshots
        request = row.request
        row.generated = Generated(
            text,
            complete,
            request.seed,
            request.index,
            written,
            characters,
            row.redrawn,
            row.attempts,
        )
        row.slot, row.settled, row.feed = None, row.settled[:0], []
        self._fed = [other for other in self._fed if other is not row]
        moved = self._rows.pop()
        if moved is not row:
            self._settle(moved)
            self._batch.move(len(self._rows), slot)
            self._uniform[self._line :, slot] = self._uniform[self._line :, len(self._rows)]
            self._rows[slot], moved.slot = moved, slot
        self._is_stale = True

    def _look_around(self) -> None:
        """What the steps to come have to know of the rows together, after some came,
        went or were rolled back."""
        self._is_stale = False
        self._steps_left = min(map(self._steps_left_of, self._rows), default=0)
        groups: dict[Sampling, list[int]] = {}
        for slot, row in enumerate(self._rows):
            groups.setdefault(row.sampling, []).append(slot)
        self._groups = [(sampling, np.array(slots)) for sampling, slots in groups.items()]

    @staticmethod
    def _slot_of(row: Row) -> int:
        if row.slot is None:
            raise UsageError(
                "the row is not being composed: it waits for a slot, has ended, or was cancelled"
            )
        return row.slot
