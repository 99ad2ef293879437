"""Connections, as uvicorn serves them, with bounds of time and number on those on which
nothing happens: heads that never end, clients that stay without asking or reading.

uvicorn itself waits for a head for ever.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from abcrun.studio.settings import Settings


class Limits:
    """What the connections of a process share: their limits, and those of them that are
    idle, the longest first."""

    def __init__(self, settings: Settings) -> None:
        self.most = settings.max_connections
        self.head_timeout, self.send_timeout = settings.head_timeout, settings.send_timeout
        self.idle: OrderedDict[Connection, None] = OrderedDict()


class Connection(H11Protocol):
    """A connection. It is idle while no request of it is being answered."""

    def __init__(self, limits: Limits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._head_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._unsent = 0  # bytes, when the timer was set

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; where there are too many, the one that is idle the longest ends."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.most and self._limits.idle:
            oldest, _ = self._limits.idle.popitem(last=False)
            oldest.timeout_keep_alive_handler()
        self._look()
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Take what comes in."""
        super().data_received(data)
        self._look()
        self._expect_head()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._limits.idle.pop(self, None)
        for timer in (self._head_timer, self._send_timer):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        """Give a client that does not read its time."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """Go on: it has read."""
        super().resume_writing()
        if self._send_timer is not None:
            self._send_timer.cancel()

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Note whether it is idle. One that was keeps its place in the order."""
        if self._is_idle and not self.transport.is_closing():
            self._limits.idle.setdefault(self)
        else:
            self._limits.idle.pop(self, None)

    def _expect_head(self) -> None:
        # One time for the whole head: a byte now and then does not prolong it.
        if not self._is_idle:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(
                self._limits.head_timeout, self.timeout_keep_alive_handler
            )

    def _expect_reading(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        self._send_timer = self.loop.call_later(self._limits.send_timeout, self._check_reading)

    def _check_reading(self) -> None:
        if self.transport.get_write_buffer_size() < self._unsent:
            self._expect_reading()  # slow, but it reads
        else:
            self.transport.abort()
