"""The composer: rows given in turn, freed at once, and a bounded queue."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from abcrun import Model
from abcrun.inference.engine import Engine
from abcrun.inference.request import Generated
from abcrun.studio.composer import Composer, Composition, ProgressEvent
from abcrun.studio.metrics import Metrics
from tests.studio.server import (
    LONG,
    PATIENCE,
    STREAM,
    error_of,
    result_of,
    running,
)


class CountedEngine(Engine):
    """An engine that counts its steps."""

    steps = 0

    def step(self) -> Any:
        type(self).steps += 1
        return super().step()


def test_rows_are_free_within_one_step(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    composer = Composer(
        model, 16, 16, metrics, make_engines=lambda network, slots: [CountedEngine(network, slots)]
    )
    freed: list[int] = []
    real_dec = metrics.rows.dec

    def dec(amount: float = 1) -> None:
        real_dec(amount)
        freed.append(CountedEngine.steps)

    monkeypatch.setattr(metrics.rows, "dec", dec)

    async def compose() -> int:
        composition = Composition()
        sampling = replace(model.spec.sampling, temperature=2.0, top_k=60)
        requests = model.requests(24, seed=1, guide="off", sampling=sampling, max_chars=4000)
        composer.submit(composition, requests, 24)
        while CountedEngine.steps < 40:
            await asyncio.sleep(0.001)
        freed.clear()
        composer.cancel(composition)
        return CountedEngine.steps

    composer.start()
    at_cancel = result_of(compose())
    until = time.monotonic() + PATIENCE
    while composer.rows and time.monotonic() < until:
        time.sleep(0.001)
    composer.stop()
    assert len(freed) > 8  # some tunes had ended before
    assert all(step <= at_cancel + 1 for step in freed)  # one step may have been under way


def test_progress_is_told_now_and_then_and_a_tune_that_ends_at_once() -> None:
    async def told() -> list[ProgressEvent | Generated]:
        composition = Composition(progress_every=3600.0)
        found = []
        async with asyncio.timeout(PATIENCE):
            composition.progress(0, lambda: "one bar")
            async for news in composition.news():
                found.append(news)
                if len(found) == 1:
                    composition.progress(0, lambda: "two bars")
                    composition.progress(1, lambda: "one bar")
                    composition.add(ended[0], is_last=False)
                elif len(found) == 2:
                    composition.add(ended[1], is_last=True)
        return found

    ended = [Generated("X:1", complete=True, seed=1, index=index) for index in (0, 1)]
    assert result_of(told()) == [ProgressEvent(0, "one bar"), *ended]


def test_requests_take_turns_at_the_rows(model: Model) -> None:
    """One tune does not wait for all of a request for many."""
    composer = Composer(model, 2, 100, Metrics())

    async def compose() -> list[str]:
        ended: list[str] = []

        async def take(name: str, composition: Composition) -> None:
            ended.extend(
                [name async for news in composition.news() if not isinstance(news, ProgressEvent)]
            )

        many, one = Composition(), Composition()
        composer.submit(many, model.requests(20, seed=1, bars=16), 20)
        composer.submit(one, model.requests(1, seed=2, bars=16), 1)
        composer.start()
        await asyncio.gather(take("many", many), take("one", one))
        return ended

    ended = result_of(compose())
    composer.stop()
    assert len(ended) == 21
    assert ended.index("one") < 6


def test_a_defect_while_composing_is_told_and_the_next_tune_composed(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    composer = Composer(model, 4, 4, Metrics())

    def broken(index: int, abc: str) -> None:
        raise ZeroDivisionError("a listener's defect")

    async def compose(progress: Any) -> list[Any]:
        composition = Composition()
        composer.submit(composition, model.requests(1, seed=1, progress=progress), 1)
        return [news async for news in composition.news()]

    composer.start()
    with pytest.raises(Exception, match="composing failed: ZeroDivisionError"):
        result_of(compose(broken))
    assert "a listener's defect" in caplog.text
    assert len(result_of(compose(None))) == 1
    composer.stop()
    assert not composer.is_alive


def test_a_full_queue_is_429_with_a_time_to_try_again() -> None:
    with running(slots=2, max_queue=2, max_count=4) as server:
        body = json.dumps(LONG | {"count": 4})
        with httpx.stream("POST", f"{server.url}v1/tunes", content=body, headers=STREAM):
            assert server.settles("abcrun_rows", 2, 2)
            for accept in ("application/json", "text/event-stream"):
                answer = server.post("/v1/tunes", {}, Accept=accept)
                assert answer.status_code == 429
                assert error_of(answer)["kind"] == "busy"
                assert int(answer.headers["retry-after"]) >= 1
        assert server.settles("abcrun_rows", 0, 0)
        assert server.post("/v1/tunes", {}).status_code == 200
