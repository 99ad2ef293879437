"""The decoding loop: rows of one batch, each with its own request, state and random
stream, refilled as tunes end."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import UsageError
from abcrun.inference.network import Network
from abcrun.inference.request import FinishReason, Generated, Request, Row
from abcrun.inference.rows import SlotRow, Slots
from abcrun.inference.sampling import Sampling, choose

# A logit, far below those that a network gives. It is finite, so that top-p and the
# quick ways of `choose` take it.
_IMPOSSIBLE = -1e4


class Engine:
    """Composes what is submitted, up to `slots` rows in one batch; every `step` adds a
    character to each of them.

    It starts no thread; its methods, and those of its rows, may be called from several.
    """

    def __init__(self, network: Network, slots: int) -> None:
        if slots < 1:
            raise UsageError(f"slots is {slots}; it must be at least 1")
        self._separator = network.spec.vocabulary.encode(network.spec.separator).tolist()
        self._waiting: deque[SlotRow] = deque()
        self._slots = Slots(network, slots)
        self._groups: list[tuple[Sampling, NDArray[np.intp]]] = []  # slots by sampling
        # Each its own: the quick ways of `choose` leave ties to the general one.
        self._impossible = _IMPOSSIBLE - np.arange(len(network.spec.vocabulary))
        self._steps_left = 0  # until a row reaches its limit
        self._wakes: NDArray[np.bool_] = np.zeros(len(network.spec.vocabulary), np.bool_)
        self._wakes_any = False  # whether a token wakes the strategy of any row

    @property
    def is_full(self) -> bool:
        """Whether a request that is submitted now has to wait."""
        return self._slots.is_full

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._slots.rows or self._waiting or self._slots.finished)

    def submit(self, request: Request) -> Row:
        """Compose `request` as soon as a slot is free."""
        row = SlotRow(self._slots, request)
        with self._slots.lock:
            self._waiting.append(row)
            self._fill()
        return row

    def step(self) -> list[Row]:
        """Add a character to each row in a slot. Return the rows that ended with it;
        their slots are filled again."""
        slots = self._slots
        with slots.lock:
            if not slots.rows:
                return self._handed_out()
            if slots.log.is_full:
                slots.log.turn(slots.rows)
            if slots.is_stale:
                self._look_around()
            reading, slots.reading = slots.reading, []
            tokens = self._next_tokens(reading)
            slots.log.write(tokens)
            slots.batch.tokens[: len(tokens), 0] = tokens
            self._steps_left -= 1
            ended = self._ended(tokens)
            self._call_strategies(tokens, reading, ended)
            for row, reason in ended:
                is_stop = reason is FinishReason.STOP
                if row.strategy is None or not is_stop or row.strategy.on_end():
                    # The separator is a blank line: its last line end separates tunes,
                    # the one before it belongs to the tune.
                    slots.release(row, reason, separator=1 if is_stop else 0)
                    slots.finished.append(row)
            return self._handed_out()

    def cancel(self, row: Row) -> None:
        """Free the slot of a row at once; `generated` is what it had. Nothing happens
        to a row that has ended."""
        slots = self._slots
        with slots.lock:
            own = next((own for own in (*self._waiting, *slots.rows) if own is row), None)
            if own is None:
                return
            if own.slot is not None:
                slots.release(own, FinishReason.ABORT)
                self._fill()
                return
            self._waiting.remove(own)
            request = own.request
            own.generated = Generated(
                request.prompt,
                False,
                request.seed,
                request.index,
                finish_reason=FinishReason.ABORT,
            )

    def _next_tokens(self, reading: list[SlotRow]) -> NDArray[np.int64]:
        """Return the next token of each row in a slot, drawn or, of the rows in
        `reading`, the next pending one."""
        slots = self._slots
        count = len(slots.rows)
        logits, uniform = slots.batch.step(count), slots.log.uniform(count)
        for row, characters in slots.suppressed:
            if row.slot is not None:  # it may have ended since
                logits[row.slot, characters] = self._impossible[characters]
        slots.suppressed.clear()
        if len(self._groups) == 1:
            tokens = choose(logits, uniform, self._groups[0][0])
        else:
            tokens = np.empty(count, np.int64)
            for sampling, group in self._groups:
                tokens[group] = choose(logits[group], uniform[group], sampling)
        for row in reading:
            tokens[row.slot] = row.pending.pop()
        return tokens

    def _ended(self, tokens: NDArray[np.int64]) -> list[tuple[SlotRow, FinishReason]]:
        """Return the rows that ended with these tokens, and why: with the separator, or
        else at their limit."""
        slots, separator = self._slots, self._separator
        last = separator[-1]
        ended = [
            (slots.rows[slot], FinishReason.STOP)
            for slot, token in enumerate(tokens.tolist())
            if token == last
            and slots.log.last(slots.rows[slot], len(separator)).tolist() == separator
        ]
        if self._steps_left <= 0:
            stopped = {id(row) for row, _ in ended}
            ended += [
                (row, FinishReason.LENGTH)
                for row in slots.rows
                if id(row) not in stopped and row.steps_left() <= 0
            ]
        return ended

    def _call_strategies(
        self,
        tokens: NDArray[np.int64],
        reading: list[SlotRow],
        ended: list[tuple[SlotRow, FinishReason]],
    ) -> None:
        """Call the strategies of rows that read their last pending token, or drew a
        character that they wake on; rows that ended are passed over."""
        slots = self._slots
        woken = []
        if self._wakes_any:
            # The mask is that of all rows together: one look at it is the cost of most
            # steps. Rows are found before the first call, as a strategy may move them.
            at = np.flatnonzero(self._wakes[tokens])
            found = [(slots.rows[slot], int(tokens[slot])) for slot in at.tolist()]
            woken = [row for row, token in found if token in row.wakes_on]
        if not (reading or woken):
            return
        leaving = {id(row) for row, _ in ended}
        passed_over = leaving | {id(row) for row in reading}
        for row in reading:
            if row.pending:
                slots.reading.append(row)
            elif row.strategy is not None and id(row) not in leaving:
                row.strategy.on_fed()
        for row in woken:
            if row.strategy is not None and id(row) not in passed_over:
                row.strategy.on_drawn()

    def _look_around(self) -> None:
        """Find what the next steps have to know of the rows together."""
        slots = self._slots
        slots.is_stale = False
        self._steps_left = min((row.steps_left() for row in slots.rows), default=0)
        woken_by = {token for row in slots.rows for token in row.wakes_on}
        self._wakes[:] = False
        self._wakes[list(woken_by)] = True
        self._wakes_any = bool(woken_by)
        groups: dict[Sampling, list[int]] = {}
        for slot, row in enumerate(slots.rows):
            groups.setdefault(row.sampling, []).append(slot)
        self._groups = [(sampling, np.array(group)) for sampling, group in groups.items()]

    def _handed_out(self) -> list[Row]:
        """Return the rows that ended, and fill their slots again."""
        if not self._slots.finished:
            return []
        self._fill()
        finished: list[Row] = list(self._slots.finished)
        self._slots.finished.clear()
        return finished

    def _fill(self) -> None:
        while self._waiting and not self._slots.is_full:
            self._slots.add(self._waiting.popleft())
