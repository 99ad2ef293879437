"""Rendering beside the event loop: a few processes, with a time limit, that are
replaced when they crash or hang."""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from math import ceil
from pathlib import Path
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from abcrun.studio import jobs
from abcrun.studio.errors import Refusal, closing, internal
from abcrun.studio.metrics import Metrics
from abcrun.studio.quotas import quota
from abcrun.studio.results import Fault, File

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST_WAIT = 30.0
"""Seconds that a job may wait for a process that is free, or that is being started."""
_MAX_TASKS = 1000
"""Jobs of a process before a fresh one takes its place."""


class Renderers:
    """`processes` that do jobs, each for at most `timeout` seconds.

    Up to `most` jobs may wait or run; the process of a job that takes too long is
    killed. `seconds` is what a job takes on average.
    """

    def __init__(self, processes: int, most: int, timeout: float, metrics: Metrics) -> None:
        self._most, self._timeout, self._metrics = most, timeout, metrics
        self._processes = processes
        self._pending = 0
        self.seconds = 0.1
        self._is_stopped = False
        self._pool = self._make_pool()

    def _make_pool(self) -> ProcessPool:
        return ProcessPool(
            self._processes,
            # Libraries that engrave and encode may leak; no process lives for ever.
            max_tasks=_MAX_TASKS,
            initializer=jobs.prepare,
            # A fork would take along locks whose threads it does not have.
            context=multiprocessing.get_context("spawn"),
        )

    def start(self, melodies: Path | None = None) -> None:
        """Start the processes, so that the first request does not wait for them, nor
        for the index of known `melodies` to be read."""
        # The pool starts them with its first job.
        self._pool.schedule(jobs.guarded, args=(partial(jobs.check, jobs.WARM_UP, melodies),))

    def stop(self) -> None:
        """End the processes, whatever they do."""
        self._is_stopped = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    async def run(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a function of `jobs` returns for these arguments.

        `Refusal` where it has no result, or where too much is waiting.
        """
        return await self._run(1, job.__name__, partial(job, *args, **kwargs))

    async def told(self, job: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> File:
        """Return as JSON what `run` returns."""
        return await self._run(1, job.__name__, partial(jobs.as_json, job, *args, **kwargs))

    async def run_long(
        self, times: int, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as `run` does, for a job that may take so many times as long as others."""
        return await self._run(times, job.__name__, partial(job, *args, **kwargs))

    async def _run(self, times: int, kind: str, job: Callable[[], T | Fault]) -> T:
        timeout = times * self._timeout
        allowed = quota.get().rendering
        allowed.check()
        if self._pending >= self._most:
            # As long as the jobs take that are in the way, all processes at work.
            wait = ceil(self.seconds * self._pending / self._processes)
            raise Refusal(
                429, "busy", "too much is being rendered; try again in a while", max(1, wait)
            )
        self._pending += 1
        self._metrics.renderings.inc()
        begun = time.monotonic()
        # Of a job whose client goes away, nobody hears how long it takes.
        spent = self.seconds
        try:
            future = self._schedule(job, timeout)
            result, spent = await self._result_of(future, timeout)
            # The average moves by a twentieth: about the last twenty jobs count.
            self.seconds += 0.05 * (spent - self.seconds)
        finally:
            allowed.take(spent)
            self._pending -= 1
            self._metrics.renderings.dec()
            self._metrics.rendering.labels(kind).observe(time.monotonic() - begun)
        if isinstance(result, Fault):
            if result.kind is None:
                log.error("rendering failed: %s", result.message)
                raise internal()
            raise Refusal(422, result.kind, result.message)
        return result

    def _schedule(
        self, job: Callable[[], T], timeout: float
    ) -> ProcessFuture[tuple[T | Fault, float]]:
        if self._is_stopped:
            raise closing()
        try:
            return self._pool.schedule(jobs.guarded, args=(job,), timeout=timeout)
        except RuntimeError:
            # The pool replaces a process that ends at work. It gives up where one ends
            # that had nothing to do, as when memory is short.
            log.error("the rendering processes ended; others take their place")
            self._pool = self._make_pool()
            return self._pool.schedule(jobs.guarded, args=(job,), timeout=timeout)

    async def _result_of(self, future: ProcessFuture[T], timeout: float) -> T:
        result = asyncio.wrap_future(future)
        # It may end when nobody waits any more: look, or asyncio logs that nobody did.
        result.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            # The pool limits the work itself; this, the wait for a process too.
            async with asyncio.timeout(timeout + _LONGEST_WAIT):
                return await asyncio.shield(result)
        except TimeoutError:
            future.cancel()  # type: ignore[no-untyped-call]
            raise Refusal(504, "timeout", f"rendering took longer than {timeout:g} s") from None
        except (ProcessExpired, BrokenProcessPool) as error:
            log.error("a rendering process ended: %s", error)
            raise Refusal(500, "crash", "the process that rendered this tune crashed") from None
        except asyncio.CancelledError:
            # Nobody waits. To cancel a job that has begun would kill its process, and a
            # new one takes longer to start than most jobs to end.
            if not future.running():
                future.cancel()  # type: ignore[no-untyped-call]
            raise
