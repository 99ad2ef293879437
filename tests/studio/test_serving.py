"""The commands that serve: sockets, workers, and how they end."""

import contextlib
import importlib.util
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from abcrun import UsageError
from abcrun.studio import create_app
from tests.bench.studio import children
from tests.conftest import abcrun
from tests.studio.server import JSON, LONG, PATIENCE, Server, error_of

TUNES = "/v1/tunes"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("serve", "--host", "0.0.0.0"), 2, "0.0.0.0 is open to others: set a token"),
        (("serve", "--slots", "0"), 2, "--slots is 0; it must be from 1 to 4096"),
        (("serve", "--token", "a b"), 2, "--token has characters"),
        (("serve", "--cors-origins", "example.org"), 2, "--cors-origins 'example.org'"),
        (("serve", "--log-format", "xml"), 2, "--log-format is 'xml'; choose text, json"),
        (("serve", "--model", "nothing.onnx"), 1, "nothing.onnx: no such model file"),
        (
            ("studio", "--no-browser", "--model", "nothing.onnx"),
            1,
            "nothing.onnx: no such model file",
        ),
        (("serve", "--host", "203.0.113.7", "--token", "x"), 2, "cannot listen on 203.0.113.7"),
    ],
)
def test_errors_of_the_commands_are_one_line(
    arguments: tuple[str, ...], status: int, message: str
) -> None:
    result = abcrun(*arguments)
    assert result.returncode == status
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert not result.stdout


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "fastapi" else find_spec(name)
    )
    with pytest.raises(UsageError, match=r'pip install "abcrun\[cpu,studio\]"'):
        create_app()


class Command:
    """An abcrun command that serves."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=PATIENCE)

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if self.get("readyz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("it did not get ready")

    def stop(self, number: int) -> str:
        """Send a signal; return what the command said until it ended."""
        self.process.send_signal(number)
        _, talk = self.process.communicate(timeout=PATIENCE)
        return talk.decode()


@contextlib.contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Command]:
    """Run an abcrun command that serves, until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "abcrun", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.search(r"http://[^\s\"]+", line)
        assert found is not None, line
        command = Command(process, found.group())
        command.wait_until_ready()
        yield command
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_the_studio_takes_another_port_where_its_own_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving("studio", "--no-browser", "--threads", "1", "--port", port) as studio:
            assert f":{port}/" not in studio.url
            assert studio.get("v1/model").json()["name"] == "folk"
            talk = studio.stop(signal.SIGINT)
        assert "Traceback" not in talk
        assert studio.process.returncode == 0
        result = abcrun("serve", "--port", port)
        assert result.returncode == 2
        assert f"port {port} of 127.0.0.1 is taken" in result.stderr.decode()


def test_what_runs_is_finished_or_reported_when_the_server_is_stopped() -> None:
    events: list[tuple[str, Any]] = []
    answers: list[httpx.Response] = []
    small = {"ABCRUN_RENDERERS": "1", "ABCRUN_SLOTS": "16", "ABCRUN_THREADS": "1"}
    with (
        serving("serve", "--port", "0", "--grace", "1", **small) as serve,
        httpx.Client(base_url=serve.url, timeout=PATIENCE) as client,
        httpx.Client(base_url=serve.url, timeout=PATIENCE) as other,
    ):
        server = Server(serve.url, client)
        listening = threading.Thread(target=lambda: events.extend(server.events(TUNES, LONG)))
        waiting = threading.Thread(
            target=lambda: answers.append(Server(serve.url, other).post(TUNES, LONG))
        )
        listening.start()
        assert server.settles("abcrun_rows", 10, 16)
        waiting.start()
        assert server.settles("abcrun_waiting_tunes", 10, 16)
        talk = serve.stop(signal.SIGTERM)
        listening.join()
        waiting.join()
    assert "Traceback" not in talk
    assert events[-1][0] == "end"
    finished = events[-1][1]["count"]
    assert finished == 16 or (events[-2][0], events[-2][1]["kind"]) == ("error", "closing")
    assert answers[0].status_code in (200, 503)
    if answers[0].status_code == 503:
        assert error_of(answers[0])["kind"] == "closing"


def test_several_workers_serve_and_count_together() -> None:
    small = {"ABCRUN_RENDERERS": "1", "ABCRUN_SLOTS": "4", "ABCRUN_THREADS": "1"}
    arguments = ("serve", "--port", "0", "--workers", "2", "--log-format", "json")
    with serving(*arguments, **small) as serve:
        for _ in range(8):
            # A connection of its own for each: either worker may take it.
            with httpx.Client(base_url=serve.url, timeout=PATIENCE) as client:
                assert client.post(TUNES, content=b"{}", headers=JSON).status_code == 200
        assert "abcrun_tunes_total 8.0" in serve.get("metrics").text
        assert 'abcrun_capacity{of="rows"} 8.0' in serve.get("metrics").text
        talk = serve.stop(signal.SIGTERM)
    lines = [json.loads(line) for line in talk.splitlines()]
    assert [line["route"] for line in lines if "route" in line] == [TUNES] * 8
    assert {line["level"] for line in lines} == {"INFO"}


@pytest.mark.skipif(sys.platform != "linux", reason="descendants are found as Linux tells them")
def test_a_worker_that_is_killed_is_replaced_and_all_end_with_their_parent() -> None:
    small = {"ABCRUN_RENDERERS": "1", "ABCRUN_SLOTS": "4", "ABCRUN_THREADS": "1"}
    with (
        serving("serve", "--port", "0", "--workers", "2", **small) as serve,
        httpx.Client(base_url=serve.url, timeout=PATIENCE) as client,
    ):
        server = Server(serve.url, client)
        assert server.settles("abcrun_capacity", 2 * (1 + 4 + 128 + 64 + 1000), math.inf)
        first, second = workers_of(serve.process.pid)
        doomed = [first, *children(first)]
        with (
            server.sent(TUNES, LONG, "application/json"),
            server.sent(TUNES, LONG, "application/json"),
        ):
            assert server.settles("abcrun_rows", 4, 8)
            os.kill(first, signal.SIGKILL)
            client.close()
        client = httpx.Client(base_url=serve.url, timeout=PATIENCE)
        server = Server(serve.url, client)
        assert gone(doomed)
        assert server.settles("abcrun_rows", 0, 0)
        assert server.settles("abcrun_waiting_tunes", 0, 0)
        assert server.settles("abcrun_capacity", 2 * (1 + 4 + 128 + 64 + 1000), math.inf)
        family = children(serve.process.pid)
        assert second in family
        client.close()
        folders = {Path(one) for one in metrics_folders(family)}
        talk = serve.stop(signal.SIGKILL)
        assert f"ERROR - worker {first} was ended by SIGKILL; another takes its place" in talk
        assert gone(family)
        assert len(folders) == 1
        assert not any(folder.exists() for folder in folders)


def workers_of(pid: int) -> list[int]:
    """Return the worker processes of a server."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def metrics_folders(pids: list[int]) -> set[str]:
    """Return where the processes of a server count together."""
    found = set()
    for pid in pids:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        found.update(
            one.partition(b"=")[2].decode()
            for one in environment
            if one.startswith(b"PROMETHEUS_MULTIPROC_DIR=")
        )
    return found


def gone(pids: list[int]) -> bool:
    """Wait until none of these processes is left; return whether it came to be."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_head_without_end_is_400(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        # More than the 16 KB that a head may have.
        connection.sendall(b"GET /v1/model HTTP/1.1\r\nX-Long: " + b"x" * 20_000)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
