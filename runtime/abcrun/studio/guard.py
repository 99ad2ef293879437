"""The guard: checks host, origin, token and size of every request before a route sees
it, and sets the headers of every answer."""

import asyncio
import hmac
import json
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from abcrun.studio.errors import Refusal, closing
from abcrun.studio.quotas import Quota, quota
from abcrun.studio.settings import LOOPBACK_NAMES, Settings

PROBES, METRICS = ("/healthz", "/readyz"), "/metrics"
"""The routes of those who look after the server."""
CONVERT, BOOK, PRINT = "/v1/convert", "/v1/book", "/v1/print"
"""The routes that take files and many tunes: they may be larger than other bodies."""

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """An ASGI app around another, which it guards."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._quotas = {token.encode(): Quota(settings) for token in settings.tokens}
        self._everybody = Quota(settings)
        self._hosts = {*LOOPBACK_NAMES, *settings.names}
        self._running = 0
        self._checks_host = bool(settings.names) or settings.is_private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._running += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self._running -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_answered = False

        async def send_guarded(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # What has no version in its path is asked for anew each time.
                is_api = scope["path"].startswith("/v1/")
                headers.setdefault("Cache-Control", "no-store" if is_api else "no-cache")
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check_host(headers, scope["path"])
            self._check_room(scope["path"])
            if is_guarded(scope["path"]):
                self._check_origin(headers)
                own = self._client(headers)
                if scope["path"] != METRICS:
                    own.requests.check()
                    own.requests.take(1)
                quota.set(own)
            settings = self._settings
            is_file = scope["path"] in (CONVERT, BOOK, PRINT)
            most = settings.max_score_file if is_file else settings.max_body
            body = await self._body(headers, receive, most)
        except Refusal as refusal:
            await _refuse(refusal, send_guarded)
            return
        except ConnectionError:  # the client is gone before its request was here
            return
        try:
            await self._app(scope, _replaying(body, receive), send_guarded)
        except asyncio.CancelledError:  # the server is being stopped, and has waited long enough
            if is_answered:
                raise
            await _refuse(closing(), send_guarded)

    def _check_room(self, path: str) -> None:
        """Refuse a request beyond as many as there may be connections."""
        # Not a probe: a server that is merely busy must not be restarted.
        if self._running > self._settings.max_connections and path not in PROBES:
            raise Refusal(
                503, "busy", "too many requests at a time; try again in a while", retry_after=1
            )

    def _check_host(self, headers: Headers, path: str) -> None:
        """Refuse a request for a name that is not meant."""
        # Load balancers and Kubernetes ask by address how the server is. Probes tell
        # nothing else; figures are behind the token where there is one.
        if path in PROBES or (path == METRICS and self._quotas):
            return
        # Another site may have made its own name point here (DNS rebinding): for the
        # browser, its pages then have the same origin as ours.
        if not self._checks_host:
            return
        if _host_of(f"//{headers.get('host', '')}") not in self._hosts:
            raise Refusal(
                403, "host", "this server is not known by that name; allow it with --allow-hosts"
            )

    def _check_origin(self, headers: Headers) -> None:
        """Refuse a request that a page of another site makes."""
        # Without a token, any page could have its visitor's browser call this server.
        origin = headers.get("origin")
        if origin is None or self._quotas or origin in self._settings.origins:
            return
        if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise Refusal(
                403,
                "origin",
                "pages of other sites may not call this server; allow it with --cors-origins",
            )

    def _client(self, headers: Headers) -> Quota:
        """Return the quota of the client; refuse one without a token, where one is
        needed."""
        if not self._quotas:
            return self._everybody
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "replace")
        # In constant time: how long the answer takes must not tell how much was right.
        found = [own for token, own in self._quotas.items() if hmac.compare_digest(given, token)]
        if scheme.lower() != "bearer" or not found:
            raise Refusal(
                401, "unauthorized", "this server needs its token: Authorization: Bearer TOKEN"
            )
        return found[0]

    async def _body(self, headers: Headers, receive: Receive, most: int) -> bytes:
        """Return the whole body, within its limits of size and time."""
        too_large = Refusal(413, "too-large", f"the body has over {most} bytes")
        # Refused before it is sent. Python reads no number of over 4,300 digits: [:20].
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            raise too_large
        body = bytearray()
        # One limit for all of it: a byte now and then does not keep a request open.
        until = time.monotonic() + self._settings.body_timeout
        while True:
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise Refusal(408, "slow", "the body did not come in time") from None
            if message["type"] == "http.disconnect":
                raise ConnectionError
            body += message.get("body", b"")
            if len(body) > most:
                raise too_large
            if not message.get("more_body"):
                return bytes(body)


def is_guarded(path: str) -> bool:
    """Return whether a path needs the token.

    All do but the page, its files, and those that say whether the server is well.
    """
    return path.startswith("/v1/") or path == METRICS


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, and then what the client does."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


async def _refuse(refusal: Refusal, send: Send) -> None:
    content = json.dumps(refusal.content).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **refusal.headers,
    }
    if refusal.status in (408, 413):
        headers["Connection"] = "close"  # the rest of its body is not read
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})
