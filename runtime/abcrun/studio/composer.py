"""Composing for all clients at once: their tunes share the rows of engines, which
threads of their own step.

The event loop never waits for a step. It puts a `Composition` into the queue, or says
that it is over; an engine's thread looks at both between two steps. What is composed
comes back by `loop.call_soon_threadsafe`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from abcrun.errors import AbcrunError
from abcrun.inference.engine import Engine
from abcrun.inference.network import Network
from abcrun.inference.pool import engines
from abcrun.inference.request import Generated, Request, Row
from abcrun.model import Model
from abcrun.studio.errors import Refusal, closing
from abcrun.studio.metrics import Metrics

log = logging.getLogger(__name__)

PROGRESS_EVERY = 0.5
"""Seconds between two reports of a request's progress: each costs a transposition. What
ends is told at once."""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """The text that tune `index` has so far."""

    index: int
    abc: str


class Composition:
    """The tunes of one request, to be made and iterated over in an event loop.

    Engines' threads call `progress` and `add`. progress_every: seconds between two
    reports of progress.
    """

    def __init__(self, progress_every: float = PROGRESS_EVERY) -> None:
        self._progress_every = progress_every
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._progress: dict[int, Callable[[], str]] = {}
        self._ended: list[Generated] = []
        self._error: AbcrunError | None = None
        self._has_all = False
        # Whether the event loop knows that there is something: engines' threads do not
        # wake it again before it has looked.
        self._is_told = False
        self._next_progress = 0.0  # when progress is due again, as `time.monotonic` counts
        # The composer's own, under its lock; numbers of tunes:
        self.requests: Iterator[Request] = iter(())
        self.waiting = 0
        self.unfinished = 0
        self.is_over = False

    def progress(self, index: int, abc: Callable[[], str]) -> None:
        """Report that a bar of tune `index` is kept; `abc` returns its text so far."""
        with self._lock:
            # Only the latest counts, and its text is made only if the event loop asks.
            self._progress[index] = abc
            is_due = time.monotonic() >= self._next_progress
        if is_due:
            self._tell()

    def add(self, tune: Generated, is_last: bool) -> None:
        """Add a tune that has ended."""
        with self._lock:
            self._progress.pop(tune.index, None)
            self._ended.append(tune)
            self._has_all = is_last
        self._tell()

    def fail(self, error: AbcrunError) -> None:
        """End with an error: no further tune comes."""
        with self._lock:
            self._error = error
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            if self._is_told:
                return
            self._is_told = True
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._news.set)

    async def news(self) -> AsyncGenerator[ProgressEvent | Generated, None]:
        """Yield progress, of which some is left out, and the tunes as they end.

        Raises the error that `fail` was given.
        """
        while True:
            await self._news.wait()
            self._news.clear()
            progress: dict[int, Callable[[], str]] = {}
            with self._lock:
                ended, self._ended = self._ended, []
                error, has_all = self._error, self._has_all
                self._is_told = False
                # A tune that ends wakes the loop as well: it must not bring along the
                # progress of all others before that is due.
                if self._progress and (now := time.monotonic()) >= self._next_progress:
                    progress, self._progress = self._progress, {}
                    self._next_progress = now + self._progress_every
            for tune in ended:
                yield tune
            if error is not None:
                raise error
            if has_all:
                return
            for index, abc in progress.items():
                yield ProgressEvent(index, abc())


@dataclass(frozen=True, slots=True)
class _Begun:
    """A tune in its row: whose it is, and when it was begun."""

    composition: Composition
    at: float


_Rows = dict[Row, _Begun]


class Composer:
    """Engines with `slots` rows together, a thread for each, and the queue of those who
    wait for a row.

    Rows are given in turn to the compositions in the queue, so that one tune does not
    wait for a request for many.

    make_engines: returns the engines for a network and a number of slots.
    """

    def __init__(
        self,
        model: Model,
        slots: int,
        max_queue: int,
        metrics: Metrics,
        *,
        make_engines: Callable[[Network, int], Sequence[Engine]] = engines,
    ) -> None:
        self.model = model
        self._slots, self._most = slots, slots + max_queue
        self._metrics = metrics
        self._make_engines = make_engines
        self._changed = threading.Condition()
        self._queue: deque[Composition] = deque()
        self._running: set[Composition] = set()  # begun or waiting
        self._unfinished = 0  # tunes of all compositions
        self._seconds = 1.0  # that a tune takes in its row, on average
        self._is_stopping = False
        self._rows: list[_Rows] = []
        self._threads: list[threading.Thread] = []
        for number, engine in enumerate(make_engines(model.network, slots)):
            self._rows.append({})
            name = f"abcrun-composer-{number}"
            self._threads.append(
                threading.Thread(target=self._work, args=(number, engine), name=name, daemon=True)
            )

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; what still runs fails with `closing`."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        for composition in list(self._running):
            self._give_up(composition, closing())

    @property
    def is_alive(self) -> bool:
        """Return whether it composes."""
        return not self._is_stopping and all(thread.is_alive() for thread in self._threads)

    @property
    def rows(self) -> int:
        """Return how many tunes are in a row."""
        return sum(map(len, self._rows))

    def submit(self, composition: Composition, requests: Iterator[Request], count: int) -> None:
        """Compose `count` requests, which are read one by one.

        `Refusal` where the queue has no room for them.
        """
        with self._changed:
            if self._is_stopping:
                raise closing()
            if self._unfinished + count > self._most:
                # As long as the tunes take that are in the way, all rows at work.
                wait = ceil(self._seconds * (self._unfinished + count - self._slots) / self._slots)
                raise Refusal(
                    429,
                    "busy",
                    "too many tunes are being composed; try again in a while",
                    max(1, wait),
                )
            self._unfinished += count
            composition.requests, composition.waiting, composition.unfinished = (
                requests,
                count,
                count,
            )
            self._running.add(composition)
            self._queue.append(composition)
            self._metrics.waiting.inc(count)
            self._changed.notify_all()

    def cancel(self, composition: Composition) -> None:
        """Give a composition up, unless it is over; its rows are free before the next
        step."""
        self._give_up(composition)

    def _give_up(self, composition: Composition, error: AbcrunError | None = None) -> None:
        with self._changed:
            if composition.is_over:
                return
            composition.is_over = True
            self._running.discard(composition)
            # An engine's thread takes it out while it reads the next request.
            with contextlib.suppress(ValueError):
                self._queue.remove(composition)
            self._unfinished -= composition.unfinished
            self._metrics.waiting.dec(composition.waiting)
        if error is not None:
            composition.fail(error)

    # From here on, in the threads of the engines. An engine and its rows belong to one
    # thread; what threads share is behind `_changed`.

    def _work(self, number: int, engine: Engine) -> None:
        rows = self._rows[number]
        while True:
            with self._changed:
                while not (self._is_stopping or rows or self._queue):
                    self._changed.wait()
                if self._is_stopping:
                    return
                # One at a time: engines take turns, and the others' tunes do not stand
                # still for many prompts.
                composition = self._queue.popleft() if self._queue and not engine.is_full else None
            try:
                if composition is not None:
                    self._begin(engine, rows, composition)
                for row in [row for row, begun in rows.items() if begun.composition.is_over]:
                    engine.cancel(row)
                    self._take_out(rows, row)
                for row in engine.step():
                    self._finish(row, self._take_out(rows, row))
            except Exception as error:
                log.exception("composing failed")
                for row in list(rows):
                    self._give_up(self._take_out(rows, row).composition, _failure(error))
                # Nobody knows what state the old one is in.
                engine = self._make_engines(self.model.network, self._slots)[number]

    def _begin(self, engine: Engine, rows: _Rows, composition: Composition) -> None:
        """Give a composition's next tune a row, and put it at the end of the queue if
        it has more."""
        try:
            row = engine.submit(next(composition.requests))
        except Exception as error:  # of this request alone: the others' tunes go on
            log.exception("a tune could not be begun")
            self._give_up(composition, _failure(error))
            return
        rows[row] = _Begun(composition, time.monotonic())
        self._metrics.rows.inc()
        with self._changed:
            if composition.is_over:
                return  # its row is taken away before the next step
            composition.waiting -= 1
            self._metrics.waiting.dec()
            if composition.waiting:
                self._queue.append(composition)
                self._changed.notify_all()

    def _take_out(self, rows: _Rows, row: Row) -> _Begun:
        self._metrics.rows.dec()
        return rows.pop(row)

    def _finish(self, row: Row, begun: _Begun) -> None:
        if row.generated is None:
            return
        self._metrics.tunes.inc()
        self._metrics.characters.inc(row.generated.characters)
        composition = begun.composition
        with self._changed:
            if composition.is_over:  # nobody waits for it
                return
            # The average moves by a twentieth: about the last twenty tunes count.
            self._seconds += 0.05 * (time.monotonic() - begun.at - self._seconds)
            self._unfinished -= 1
            composition.unfinished -= 1
            is_last = not composition.unfinished
            if is_last:
                composition.is_over = True
                self._running.discard(composition)
        composition.add(row.generated, is_last)


def _failure(error: Exception) -> AbcrunError:
    """Return the error that a composition ends with."""
    if isinstance(error, AbcrunError):
        return error
    return AbcrunError(f"composing failed: {error!r}")
