"""A studio's server for tests: the real one, in a thread, on a socket."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from abcrun.studio import Settings, create_app
from abcrun.studio.serving import listen, url_of, uvicorn_options
from tests.traditional import ALL

T = TypeVar("T")

JSON = {"Content-Type": "application/json"}
STREAM = JSON | {"Accept": "text/event-stream"}

TUNE = ALL[0]
JIG = {"rhythm": "jig", "key": "Ador", "bars": 16, "seed": 7}
LONG = {"count": 16, "guide": "full", "seed": 3, "temperature": 3.0, "top_k": 60}
"""A request for tunes so hot that most of their bars are drawn again, and again."""

PATIENCE = 120.0
"""Seconds that a test waits for what must come, however busy the machine is."""


@dataclass(frozen=True)
class Server:
    """A server that runs, and a client of it."""

    url: str
    client: httpx.Client

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post(path, content=json.dumps(body), headers=JSON | headers)

    def events(
        self, path: str, body: dict[str, Any], **headers: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events of a stream as name and data, as they come.

        Leaving early drops the connection.
        """
        with self.client.stream(
            "POST", path, content=json.dumps(body), headers=STREAM | headers
        ) as response:
            assert response.status_code == 200, response.read()
            yield from parse_events(response.iter_lines())

    @contextlib.contextmanager
    def sent(self, path: str, body: dict[str, Any], accept: str) -> Iterator[None]:
        """Send a request; drop the connection, unread, when the block is left."""
        content = json.dumps(body)
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
        head += "Content-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n{content}".encode())
            yield

    def metric(self, name: str) -> float:
        """Return a figure of /metrics, summed over its labels."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.partition(" ")[0].partition("{")[0] == name
        )

    def settles(self, name: str, least: float, most: float) -> bool:
        """Wait until a figure is between two values; return whether it came to be."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if least <= self.metric(name) <= most:
                return True
            time.sleep(0.01)
        return False


def error_of(response: httpx.Response) -> dict[str, str]:
    """Return the error of an answer, which has the shape of all errors."""
    error: dict[str, str] = response.json()["error"]
    assert set(error) == {"kind", "message", "request_id"}
    assert "\n" not in error["message"]
    return error


def result_of(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and return its result.

    It has a thread of its own, as Playwright's loop may run in the tests' thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def parse_events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a stream as name and data."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def below(prefix: str, app: ASGIApp) -> ASGIApp:
    """Return an app below a path, as a proxy that cuts the path off makes it."""

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            # What is asked for elsewhere must not be found.
            path = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else "/nowhere"
            scope = scope | {"path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return stripped


@contextlib.contextmanager
def running(*, port: int = 0, prefix: str = "", **settings: Any) -> Iterator[Server]:
    """Serve with these settings until the block is left; port 0 is any that is free.

    With a `prefix`, such as "/tunes", the page is below that path.
    """
    given: dict[str, Any] = {
        "device": "cpu",
        "threads": 1,
        "renderers": 1,
        "slots": 16,
        "grace": 1,
        # A busy machine is slow: only the tests of these limits set them lower.
        "compose_timeout": PATIENCE,
        "render_timeout": PATIENCE,
        "body_timeout": PATIENCE,
        "head_timeout": PATIENCE,
    }
    listening = listen("127.0.0.1", port)
    url = url_of("127.0.0.1", listening) + prefix.removeprefix("/") + ("/" if prefix else "")
    own = Settings(**given | settings)
    app = create_app(own)
    if prefix:
        app = below(prefix, app)
    server = uvicorn.Server(uvicorn.Config(app, **uvicorn_options(own)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        with httpx.Client(base_url=url, timeout=600) as client:
            yield Server(url, client)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
