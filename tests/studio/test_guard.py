"""The guard: who may call the server, how large and slow a body may be, and headers
that keep browsers safe."""

import itertools
import json
import socket
import sys

import httpx

from tests.studio.server import JSON, PATIENCE, Server, error_of, running


def test_a_large_body_is_413(server: Server) -> None:
    large = json.dumps({"abc": "C" * 300_000}).encode()
    for content in (
        large,
        itertools.batched(large, 10_000) if sys.version_info >= (3, 12) else iter([large]),
    ):
        chunks = content if isinstance(content, bytes) else (bytes(chunk) for chunk in content)
        answer = httpx.post(f"{server.url}v1/check", content=chunks, headers=JSON)
        assert answer.status_code == 413
        assert error_of(answer)["kind"] == "too-large"


def test_a_body_that_never_comes_is_408() -> None:
    head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with (
        running(body_timeout=0.2) as server,
        socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection,
    ):
        connection.sendall(f'{head}Content-Length: 100\r\n\r\n{{"abc"'.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_on_loopback_only_local_names_and_pages(server: Server) -> None:
    def status(**headers: str) -> int:
        return server.client.get("/v1/model", headers=headers).status_code

    assert status() == 200
    assert status(Host="localhost:1234") == 200
    assert status(Host="[::1]:1234") == 200
    for host in ("evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io", "[::1", "a b"):
        assert status(Host=host) == 403
    assert status(Origin=server.url.rstrip("/")) == 200
    assert status(Origin="https://evil.example") == 403
    assert status(Origin="null") == 403
    assert server.client.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_a_token_is_asked_for() -> None:
    with running(host="0.0.0.0", token="s3cretxyz") as server:
        assert server.client.get("/healthz").status_code == 200
        assert server.client.get("/readyz").status_code == 200
        for path in ("/v1/model", "/metrics"):
            for given in (
                "",
                "Bearer",
                "Bearer wrong",
                "Basic s3cretxyz",
                "s3cretxyz",
                "Bearer s3cretxyz!",
            ):
                answer = server.client.get(path, headers={"Authorization": given})
                assert answer.status_code == 401, given
                assert answer.headers["www-authenticate"] == "Bearer"
                assert error_of(answer)["kind"] == "unauthorized"
            assert (
                server.client.get(path, headers={"Authorization": "Bearer s3cretxyz"}).status_code
                == 200
            )
        assert server.post("/v1/tunes", {}).status_code == 401
        schema = server.client.get("/openapi.json").json()
        assert schema["paths"]["/v1/tunes"]["post"]["security"] == [{"token": []}]
        assert "security" not in schema["paths"]["/healthz"]["get"]


def test_other_pages_may_call_it_only_if_asked_for(server: Server) -> None:
    asked = {"Origin": "https://tunes.example", "Access-Control-Request-Method": "POST"}
    assert (
        "access-control-allow-origin"
        not in server.client.options("/v1/tunes", headers=asked).headers
    )
    with running(cors_origins="https://tunes.example") as open_server:
        preflight = open_server.client.options("/v1/tunes", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == "https://tunes.example"
        answer = open_server.client.get("/v1/model", headers={"Origin": "https://tunes.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
            200,
            "https://tunes.example",
        )
        answer = open_server.client.get("/v1/model", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403


def test_every_answer_has_the_headers_that_keep_browsers_safe(server: Server) -> None:
    for path in ("/", "/v1/model", "/v1/nothing", "/metrics"):
        headers = server.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers or "uvicorn" not in headers["server"]
