"""Composing for all clients at once: their tunes share the rows of engines, which
threads of their own step.

The event loop never waits for a step: it puts a `Composition` into the queue, or says
that it is over; an engine's thread looks at both between two steps. What is composed
comes back by `loop.call_soon_threadsafe`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from math import ceil

from abcrun.errors import AbcrunError
from abcrun.inference.engine import Engine, Row
from abcrun.inference.pool import engines
from abcrun.inference.request import Generated, Request
from abcrun.model import Model
from abcrun.studio.errors import Refusal, closing
from abcrun.studio.metrics import Metrics

log = logging.getLogger(__name__)

PROGRESS_EVERY = 0.5
"""Seconds between two reports of a request's progress: each costs a transposition. What
ends is told at once."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What tune `index` has so far."""

    index: int
    abc: str


class Composition:
    """The tunes of one request; to be made, and iterated over, in an event loop.

    Engines' threads call `progress` and `add`.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._progress: dict[int, Callable[[], str]] = {}
        self._ended: list[Generated] = []
        self._error: AbcrunError | None = None
        self._has_all = False
        self._is_told = False  # the event loop, that there is something
        self._next_progress = (
            0.0  # when the event loop is told of progress again, as `time.monotonic` counts
        )
        # Of the composer, under its lock:
        self.requests: Iterator[Request] = iter(())
        self.unbegun = 0
        self.unended = 0
        self.is_over = False

    def progress(self, index: int, abc: Callable[[], str]) -> None:
        """A bar of tune `index` is settled; `abc` gives its text so far."""
        with self._lock:
            self._progress[index] = abc
            is_due = time.monotonic() >= self._next_progress
        if is_due:
            self._tell()

    def add(self, tune: Generated, is_last: bool) -> None:
        """A tune has ended."""
        with self._lock:
            self._progress.pop(tune.index, None)
            self._ended.append(tune)
            self._has_all = is_last
        self._tell()

    def fail(self, error: AbcrunError) -> None:
        """No further tune comes."""
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

    async def news(self) -> AsyncGenerator[Progress | Generated, None]:
        """Progress, of which some is left out, and the tunes as they end. Raises what
        `fail` was given."""
        while True:
            await self._news.wait()
            self._news.clear()
            progress: dict[int, Callable[[], str]] = {}
            with self._lock:
                ended, self._ended = self._ended, []
                error, has_all = self._error, self._has_all
                self._is_told = False
                if self._progress and (now := time.monotonic()) >= self._next_progress:
                    progress, self._progress = self._progress, {}
                    self._next_progress = now + PROGRESS_EVERY
            for tune in ended:
                yield tune
            if error is not None:
                raise error
            if has_all:
                return
            for index, abc in progress.items():
                yield Progress(index, abc())


class Composer:
    """Engines with `slots` rows together, a thread for each, and the queue of those who
    wait for a row.

    Rows are given in turn to the compositions in the queue, so that one tune does not
    wait for a request for many.
    """

    def __init__(self, model: Model, slots: int, max_queue: int, metrics: Metrics) -> None:
        self.model = model
        self._slots, self._most = slots, slots + max_queue
        self._metrics = metrics
        self._changed = threading.Condition()
        self._queue: deque[Composition] = deque()
        self._running: set[Composition] = set()  # begun or waiting
        self._load = 0  # tunes that have not ended
        self._seconds = 1.0  # that a tune takes in its row, on average
        self._is_stopping = False
        self._rows: list[dict[Row, tuple[Composition, float]]] = []
        self._threads: list[threading.Thread] = []
        for number, engine in enumerate(engines(model, slots)):
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
            self._leave(composition, closing())

    @property
    def is_alive(self) -> bool:
        """Whether it composes."""
        return not self._is_stopping and all(thread.is_alive() for thread in self._threads)

    @property
    def rows(self) -> int:
        """Tunes that are in a row."""
        return sum(map(len, self._rows))

    def submit(self, composition: Composition, requests: Iterator[Request], count: int) -> None:
        """Compose `count` requests, which are read one by one. `Refusal` where the
        queue has no room for them."""
        with self._changed:
            if self._is_stopping:
                raise closing()
            if self._load + count > self._most:
                wait = ceil(self._seconds * (self._load + count - self._slots) / self._slots)
                raise Refusal(
                    429,
                    "busy",
                    "too many tunes are being composed; try again in a while",
                    max(1, wait),
                )
            self._load += count
            composition.requests, composition.unbegun, composition.unended = requests, count, count
            self._running.add(composition)
            self._queue.append(composition)
            self._metrics.waiting.inc(count)
            self._changed.notify_all()

    def cancel(self, composition: Composition) -> None:
        """Nobody wants it any more: its rows are free before the next step. Nothing
        happens if it is over."""
        self._leave(composition)

    def _leave(self, composition: Composition, error: AbcrunError | None = None) -> None:
        with self._changed:
            if composition.is_over:
                return
            composition.is_over = True
            self._running.discard(composition)
            with contextlib.suppress(
                ValueError
            ):  # an engine's thread may be reading its next request
                self._queue.remove(composition)
            self._load -= composition.unended
            self._metrics.waiting.dec(composition.unbegun)
        if error is not None:
            composition.fail(error)

    # In the threads of the engines

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
                for row in [row for row, (owner, _) in rows.items() if owner.is_over]:
                    engine.cancel(row)
                    self._out(rows, row)
                for row in engine.step():
                    self._ended(row, *self._out(rows, row))
            except Exception as error:
                log.exception("composing failed")
                failure = (
                    error
                    if isinstance(error, AbcrunError)
                    else AbcrunError(f"composing failed: {error!r}")
                )
                for row in list(rows):
                    self._leave(self._out(rows, row)[0], failure)
                engine = engines(self.model, self._slots)[number]

    def _begin(
        self, engine: Engine, rows: dict[Row, tuple[Composition, float]], composition: Composition
    ) -> None:
        """Give a composition's next tune a row, and put it at the end of the queue if
        it has more."""
        try:
            row = engine.submit(next(composition.requests))
        except Exception as error:  # of this request alone
            log.exception("a tune could not be begun")
            failure = (
                error
                if isinstance(error, AbcrunError)
                else AbcrunError(f"composing failed: {error!r}")
            )
            self._leave(composition, failure)
            return
        rows[row] = composition, time.monotonic()
        self._metrics.rows.inc()
        with self._changed:
            if composition.is_over:
                return  # its row is taken away before the next step
            composition.unbegun -= 1
            self._metrics.waiting.dec()
            if composition.unbegun:
                self._queue.append(composition)
                self._changed.notify_all()

    def _out(
        self, rows: dict[Row, tuple[Composition, float]], row: Row
    ) -> tuple[Composition, float]:
        self._metrics.rows.dec()
        return rows.pop(row)

    def _ended(self, row: Row, composition: Composition, begun: float) -> None:
        if row.generated is None:
            return
        self._metrics.tunes.inc()
        self._metrics.characters.inc(row.generated.characters)
        with self._changed:
            if composition.is_over:  # nobody waits for it
                return
            self._seconds += 0.05 * (time.monotonic() - begun - self._seconds)
            self._load -= 1
            composition.unended -= 1
            is_last = not composition.unended
            if is_last:
                composition.is_over = True
                self._running.discard(composition)
        composition.add(row.generated, is_last)
