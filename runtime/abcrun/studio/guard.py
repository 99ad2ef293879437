"""What every request passes before a route sees it: host, origin, token, size; and the
headers of every answer."""

import asyncio
import hmac
import json
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from abcrun.studio.errors import Refusal, closing
from abcrun.studio.metrics import Metrics
from abcrun.studio.settings import LOOPBACK_NAMES, Settings

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """An ASGI app around another."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._token = settings.token.encode()
        self._hosts = {*LOOPBACK_NAMES, *settings.names}
        self._checks_host = bool(settings.names) or settings.is_private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_answered = False

        async def send_guarded(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("Cache-Control", "no-store")
                else:
                    headers.setdefault(
                        "Cache-Control", "no-cache"
                    )  # an old page with new files would be neither
                self._metrics.requests.labels(_route(scope), str(message["status"])).inc()
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check_host(headers)
            if is_guarded(scope["path"]):
                self._check_origin(headers)
                self._check_token(headers)
            body = await self._body(headers, receive)
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

    def _check_host(self, headers: Headers) -> None:
        """Only by names that are meant: another site may have made its own name point
        here (DNS rebinding)."""
        if not self._checks_host:
            return
        if _host_of(f"//{headers.get('host', '')}") not in self._hosts:
            raise Refusal(
                403, "host", "this server is not known by that name; allow it with --allow-hosts"
            )

    def _check_origin(self, headers: Headers) -> None:
        """Without a token, pages of other sites could have a visitor's browser call
        this server."""
        origin = headers.get("origin")
        if origin is None or self._token or origin in self._settings.origins:
            return
        if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise Refusal(
                403,
                "origin",
                "pages of other sites may not call this server; allow it with --cors-origins",
            )

    def _check_token(self, headers: Headers) -> None:
        if not self._token:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("utf-8", "replace")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._token):
            raise Refusal(
                401, "unauthorized", "this server needs its token: Authorization: Bearer TOKEN"
            )

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """The whole body: within its limits of size and time."""
        most = self._settings.max_body
        too_large = Refusal(413, "too-large", f"the body has over {most} bytes")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            raise too_large
        body = bytearray()
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
    """Whether a path needs the token: all but the page, its files, and what says
    whether the server is well."""
    return path.startswith("/v1/") or path == "/metrics"


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Gives the body once; after that, what the client does."""
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


def _route(scope: Scope) -> str:
    """The route's own path, so that no client can make up new ones."""
    return str(getattr(scope.get("route"), "path", "other"))


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
