"""Answers that last: events as they come, and work that ends when its client leaves."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from abcrun.errors import AbcrunError
from abcrun.studio.composer import ProgressEvent
from abcrun.studio.errors import Refusal, closing, over_time, refusal_of
from abcrun.studio.orders import Order

T = TypeVar("T")

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE = 10.0
"""Seconds after which a stream without news sends a comment, so that no proxy takes it
for dead."""


class ClientGone(Exception):  # noqa: N818
    """The client went away."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; cancel it when the client goes (`ClientGone`)."""

    async def gone() -> None:
        # The guard has read the whole body: nothing but the end can come.
        while (await receive())["type"] != "http.disconnect":
            pass

    watching = asyncio.ensure_future(gone())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        for task in (watching, working):
            task.cancel()
        # A task that is not awaited would go on: its rows are freed when it has ended.
        await asyncio.gather(watching, working, return_exceptions=True)


class EventStream(Response):
    """The events of an order, as they come (Server-Sent Events)."""

    media_type = EVENT_STREAM

    def __init__(self, order: Order, timeout: float) -> None:
        # nginx would otherwise gather events until its buffer is full.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]  # Response has set it, for an empty body
        self._order, self._timeout = order, timeout
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until all tunes are finished, time is up, the server stops, or
        the client is gone."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        # The status is sent: whatever happens from here on has to be told as an event.
        failure: Refusal | None = None
        try:
            async with asyncio.timeout(self._timeout):
                await unless_gone(receive, self._send_all(send))
        except ClientGone:
            return
        except TimeoutError:
            failure = over_time(self._timeout)
        except AbcrunError as error:
            failure = refusal_of(error)
        except asyncio.CancelledError:  # the server has waited long enough for what runs
            failure = closing()
        if failure is not None:
            await send(_event("error", failure.content["error"]))
        await send(_event("end", {"count": self._count}))
        await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        await send(_event("begin", self._order.begun.model_dump()))
        ticking = asyncio.ensure_future(self._tick(send))
        try:
            async with contextlib.aclosing(self._order.events()) as events:
                async for event in events:
                    if isinstance(event, ProgressEvent):
                        await send(_event("progress", {"index": event.index, "abc": event.abc}))
                    else:
                        await send(_event("tune", event.model_dump()))
                        self._count += 1
        finally:
            ticking.cancel()

    async def _tick(self, send: Send) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})


def _event(name: str, data: dict[str, Any]) -> Message:
    # JSON has no line ends of its own, which would part the data of an event.
    body = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}
