"""The rendering processes: replaced when they crash or hang, and bounded in number."""

import asyncio
import contextlib
import os
import signal
import time
from typing import Any

import pytest

from abcrun.studio.errors import Refusal
from abcrun.studio.metrics import Metrics
from abcrun.studio.renderers import Renderers
from tests.studio.server import PATIENCE, result_of


def in_renderers(*jobs: tuple[Any, ...], timeout: float) -> list[Any]:
    """Return the results of jobs that one process does in turn, or their refusals."""

    async def work() -> list[Any]:
        results: list[Any] = []
        for function, *arguments in jobs:
            try:
                results.append(await renderers.run(function, *arguments))
            except Refusal as refusal:
                results.append(refusal)
        return results

    renderers = Renderers(1, 4, timeout, Metrics())
    renderers.start()
    try:
        return result_of(work())
    finally:
        renderers.stop()


def test_a_process_that_crashes_or_hangs_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    before, crashed, between, hung, after = in_renderers(
        (abs, -1), (os._exit, 3), (abs, -2), (time.sleep, 3600), (abs, -3), timeout=3.0
    )
    assert (before, between, after) == (1, 2, 3)
    assert (crashed.status, crashed.kind) == (500, "crash")
    assert (hung.status, hung.kind) == (504, "timeout")
    assert "a rendering process ended" in caplog.text


def test_a_process_that_dies_with_nothing_to_do_is_replaced() -> None:
    async def work() -> tuple[int, int]:
        first = await renderers.run(os.getpid)
        os.kill(first, signal.SIGKILL)
        while True:  # a job may be given to it before its end is noticed
            with contextlib.suppress(Refusal):
                second = await renderers.run(os.getpid)
                if second != first:
                    return first, second

    renderers = Renderers(1, 4, PATIENCE, Metrics())
    renderers.start()
    try:
        first, second = result_of(work())
    finally:
        renderers.stop()
    assert second != first


def test_renderings_are_bounded_in_number() -> None:
    async def work() -> list[Any]:
        jobs = [asyncio.ensure_future(renderers.run(time.sleep, 0.2)) for _ in range(3)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    renderers = Renderers(1, 2, PATIENCE, Metrics())
    renderers.start()
    renderers.seconds = 7.0  # that jobs took: two are in the way
    *done, refusal = result_of(work())
    assert done == [None, None]
    assert (refusal.status, refusal.kind, refusal.retry_after) == (429, "busy", 14)
    assert renderers.seconds < 7.0  # these were shorter
    renderers.stop()
