"""A studio's server for tests: the real one, in a thread, on a socket."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from abcrun.studio import Settings, create_app
from abcrun.studio.serving import listen, url_of

JSON = {"Content-Type": "application/json"}
STREAM = JSON | {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Server:
    """A server that runs, and a client of it."""

    url: str
    client: httpx.Client

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post(path, content=json.dumps(body), headers=JSON | headers)

    def events(
        self, path: str, body: dict[str, Any], **headers: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of a stream as name and data, as they come; leaving early drops
        the connection."""
        with self.client.stream(
            "POST", path, content=json.dumps(body), headers=STREAM | headers
        ) as response:
            assert response.status_code == 200, response.read()
            yield from parse_events(response.iter_lines())

    def metric(self, name: str) -> float:
        """A figure without labels, or the sum over its labels."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.partition(" ")[0].partition("{")[0] == name
        )

    def settles(self, name: str, least: float, most: float, within: float = 5.0) -> bool:
        """Whether a figure comes to be between two values."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if least <= self.metric(name) <= most:
                return True
            time.sleep(0.01)
        return False


def parse_events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@contextlib.contextmanager
def running(**settings: Any) -> Iterator[Server]:
    """Serve with these settings, on a free port, until the block is left."""
    given: dict[str, Any] = {"device": "cpu", "threads": 1, "renderers": 1, "slots": 16, "grace": 1}
    listening = listen("127.0.0.1", 0)
    url = url_of("127.0.0.1", listening)
    app = create_app(Settings(**given | settings))
    options: dict[str, Any] = {
        "log_config": None,
        "timeout_graceful_shutdown": 1,
        "lifespan": "on",
        "ws": "none",
        "server_header": False,
    }
    server = uvicorn.Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        with httpx.Client(base_url=url, timeout=120) as client:
            yield Server(url, client)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
