"""Connections: those on which nothing happens do not keep others out."""

import contextlib
import json
import socket
import threading

import pytest

from abcrun.studio.connections import Connection
from tests.studio.server import PATIENCE, Server, running

HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


def connected(server: Server) -> socket.socket:
    """Return a connection to the server."""
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE)


def is_closed(connection: socket.socket) -> bool:
    """Return whether the server closes a connection without a word."""
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1000) == b""
    return True


def test_a_head_that_never_ends_is_given_up() -> None:
    with running(head_timeout=0.2) as server:
        for start in (b"", HALF):
            with connected(server) as connection:
                connection.sendall(start)
                assert is_closed(connection)
        with connected(server) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + HALF)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            while connection.recv(1000):
                pass  # the second head never ends, either


def test_many_half_heads_keep_nobody_out() -> None:
    with running(max_connections=20) as server, contextlib.ExitStack() as stack:
        half = [stack.enter_context(connected(server)) for _ in range(60)]
        for number, connection in enumerate(half):
            with contextlib.suppress(ConnectionError):
                connection.sendall(HALF)
            if not number % 10:
                assert server.client.get("/v1/model").status_code == 200
        assert server.client.get("/v1/model").status_code == 200
        assert sum(is_closed(connection) for connection in half[:30]) == 30  # the oldest ones
        half[-1].sendall(b"x\r\n\r\n")
        assert half[-1].recv(1000).startswith(b"HTTP/1.1 200 ")


def test_beyond_its_connections_only_probes_are_answered() -> None:
    body = b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
    # A connection that is kept would be the one to go, maybe when it is used again.
    alone = {"Connection": "close"}
    with running(max_connections=3) as server, contextlib.ExitStack() as stack:
        for _ in range(3):
            waiting = stack.enter_context(connected(server))
            waiting.sendall(body + b"{")
            assert server.client.get("/healthz", headers=alone).status_code == 200
        answer = server.client.get("/v1/model", headers=alone)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert server.client.get("/healthz", headers=alone).status_code == 200


def test_a_client_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = threading.Event()
    real = Connection.connection_lost

    def connection_lost(self: Connection, error: Exception | None) -> None:
        real(self, error)
        lost.set()

    monkeypatch.setattr(Connection, "connection_lost", connection_lost)
    bars = "C8|" * 40
    sound = json.dumps({"abc": f"X:1\nM:4/4\nL:1/8\nK:C\n{bars}\n", "format": "wav"})
    head = "POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with running(send_timeout=0.2) as server, connected(server) as connection:
        connection.sendall(f"{head}Content-Length: {len(sound)}\r\n\r\n{sound}".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        assert lost.wait(PATIENCE)
        assert server.client.get("/healthz").status_code == 200
