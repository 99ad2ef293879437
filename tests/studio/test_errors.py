"""Errors: whatever is wrong with a request, the answer has a kind and a line."""

import pytest

from tests.studio.server import Server, error_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "application/json"),
        (b'{"temperature": NaN}', "application/json"),
        (b'{"temperature": 1e999}', "application/json"),
        (b'{"abc": "X:1"}', "text/plain"),
        (b"abc=X:1", "application/x-www-form-urlencoded"),
        (b"null", "application/json"),
        (b"", "application/json"),
    ],
)
def test_bodies_that_are_no_json_are_refused(server: Server, content: bytes, kind: str) -> None:
    for path in ("tunes", "check", "render", "waveform"):
        answer = server.client.post(f"/v1/{path}", content=content, headers={"Content-Type": kind})
        assert answer.status_code in (400, 422)
        error_of(answer)


def test_unknown_paths_and_methods(server: Server) -> None:
    assert error_of(server.client.get("/v1/nothing"))["kind"] == "not-found"
    answer = server.client.get("/v1/tunes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
    ):
        assert server.client.get(path).status_code == 404
