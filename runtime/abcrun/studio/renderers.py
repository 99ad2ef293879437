"""Rendering beside the event loop: a few processes, with a time limit, that are
replaced when they crash or hang."""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from abcrun.studio import jobs as work
from abcrun.studio.errors import Refusal, closing
from abcrun.studio.metrics import Metrics

log = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0  # seconds, for a process that is free, or that has to be started
_MAX_TASKS = 1000  # of a process, before it makes place for a fresh one


class Renderers:
    """`processes` that work on what is given to `run`, each piece for at most `timeout`
    seconds.

    Up to `most` pieces may wait or run; the process of a piece that takes too long is
    killed.
    """

    def __init__(self, processes: int, most: int, timeout: float, metrics: Metrics) -> None:
        self._most, self._timeout, self._metrics = most, timeout, metrics
        self._pending = 0
        self._pool = ProcessPool(
            processes,
            max_tasks=_MAX_TASKS,
            initializer=work.prepare,
            context=multiprocessing.get_context(
                "spawn"
            ),  # a fork would take the threads' locks along
        )

    def start(self) -> None:
        """Start the processes, so that the first request does not wait for them."""
        self._pool.schedule(work.guarded, args=(work.check, ("X:1\nK:C\nC|\n",)))

    def stop(self) -> None:
        """End the processes, whatever they do."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function of `work`. `Refusal` where it has none, or where too
        much is waiting."""
        if self._pending >= self._most:
            raise Refusal(
                429, "busy", "too much is being rendered; try again in a while", retry_after=1
            )
        self._pending += 1
        self._metrics.renderings.inc()
        begun = time.monotonic()
        try:
            result = await self._result_of(self._schedule(function, arguments))
        finally:
            self._pending -= 1
            self._metrics.renderings.dec()
            self._metrics.rendering.labels(function.__name__).observe(time.monotonic() - begun)
        if isinstance(result, work.Fault):
            if result.kind is None:
                log.error("rendering failed: %s", result.message)
                raise Refusal(
                    500, "internal", "something went wrong in the server; its log says what"
                )
            raise Refusal(422, result.kind, result.message)
        return result

    def _schedule(
        self, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> ProcessFuture[Any]:
        try:
            return self._pool.schedule(
                work.guarded, args=(function, arguments), timeout=self._timeout
            )
        except RuntimeError:  # the pool was stopped
            raise closing() from None

    async def _result_of(self, future: ProcessFuture[Any]) -> Any:
        result = asyncio.wrap_future(future)
        result.add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )  # it may end when nobody waits
        try:
            # The pool limits the work itself; this, the wait for a process too.
            async with asyncio.timeout(self._timeout + _LONGEST_WAIT):
                return await asyncio.shield(result)
        except TimeoutError:
            future.cancel()  # type: ignore[no-untyped-call]
            raise Refusal(
                504, "timeout", f"rendering took longer than {self._timeout:g} s"
            ) from None
        except ProcessExpired as error:
            log.error("a rendering process ended: %s", error)
            raise Refusal(500, "crash", "the process that rendered this tune crashed") from None
        except asyncio.CancelledError:
            if not future.running():
                future.cancel()  # type: ignore[no-untyped-call]  # not begun, and nobody waits for it
            raise
