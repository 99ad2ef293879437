"""Access: a request's id, its figures and its line in the log; HEAD.

The outermost of the app's layers: what the others refuse counts, too.
"""

import logging
import re
import secrets
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from abcrun.studio.errors import request_id
from abcrun.studio.guard import METRICS, PROBES
from abcrun.studio.metrics import Metrics

log = logging.getLogger(__name__)

CLIENT_GONE = 499
"""The status, for figures and log, of a request whose client did not wait (nginx's)."""

_GIVEN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class Access:
    """An ASGI app around another, whose requests it measures and logs.

    paths: those of its routes, which are told by name even where a request is refused
    before its route is found.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Iterable[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and tell of it when its answer has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, method = time.monotonic(), CLIENT_GONE, scope["method"]
        own_id = _id_of(scope)
        request_id.set(own_id)
        is_head = method == "HEAD"
        if is_head:
            # As GET, whose body is left out below. A copy: the server looks at its own.
            scope = {**scope, "method": "GET"}

        async def send_known(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = own_id
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, send_known)
        finally:
            self._tell(scope, method, status, time.monotonic() - begun)

    def _tell(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = self._route(scope)
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        # Those who look after the server ask all the time, and would bury the others.
        is_routine = route in (*PROBES, METRICS) and status < 400
        log.log(
            logging.DEBUG if is_routine else logging.INFO,
            "%s %s %d %.3f s",
            method,
            route,
            status,
            seconds,
            extra={
                "fields": {
                    "method": method,
                    "route": route,
                    "status": status,
                    "seconds": round(seconds, 4),
                }
            },
        )

    def _route(self, scope: Scope) -> str:
        """Return the path of the route, not that of the request."""
        # Each label of a metric is kept for ever: no client may make up new ones.
        asked = scope["path"] if scope["path"] in self._paths else "other"
        return str(getattr(scope.get("route"), "path", asked))


def _id_of(scope: Scope) -> str:
    """Return the id that a proxy has given a request, or a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
