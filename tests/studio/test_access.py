"""Access: each request has an id, figures and a line in the log; HEAD answers."""

import json
import logging

import pytest

from abcrun.studio.logs import JsonFormatter, TextFormatter
from tests.studio.server import LONG, Server, error_of, running


def test_every_answer_and_every_error_has_the_request_s_id(server: Server) -> None:
    for path, status in (("/healthz", 200), ("/v1/nothing", 404), ("/", 200)):
        answer = server.client.get(path, headers={"X-Request-ID": "edge-17.a:b_c"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (status, "edge-17.a:b_c")
    wrong = server.post("/v1/tunes", {"key": "H"}, **{"X-Request-ID": "mine"})
    assert error_of(wrong)["request_id"] == "mine"
    refused = server.client.get("/v1/model", headers={"Host": "evil.example"})
    assert error_of(refused)["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "<script>"])
def test_an_id_that_is_none_is_replaced(server: Server, given: str) -> None:
    own = [
        server.client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
        for _ in range(2)
    ]
    assert given not in own
    assert own[0] != own[1]


def test_an_error_in_a_stream_has_the_id() -> None:
    with running(compose_timeout=0.2) as server:
        events = list(server.events("/v1/tunes", LONG, **{"X-Request-ID": "stream-1"}))
        assert events[-2][0] == "error"
        assert events[-2][1]["request_id"] == "stream-1"


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/model", "/metrics", "/static/app.js"])
def test_head_is_get_without_its_body(server: Server, path: str) -> None:
    got, head = server.client.get(path), server.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert server.client.get("/healthz").json() == {"status": "ok"}  # the connection goes on


def test_head_of_what_only_takes_post_is_405(server: Server) -> None:
    assert server.client.head("/v1/tunes").status_code == 405


def test_a_request_is_a_line_in_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "abcrun.studio.access"):
        server.client.get("/healthz")
        server.client.get("/v1/made-up%0apath", headers={"X-Request-ID": "unknown"})
        server.client.get("/v1/model", headers={"X-Request-ID": "known"})
        server.client.head("/v1/model")
        server.client.get("/healthz")  # what came before has been told when this is answered
    lines = [record.getMessage().rsplit(" ", 2)[0] for record in caplog.records]
    assert lines == ["GET other 404", "GET /v1/model 200", "HEAD /v1/model 200"]


def test_lines_are_text_or_json() -> None:
    try:
        raise ValueError("no\nsuch thing")
    except ValueError as error:
        raised = (type(error), error, error.__traceback__)
    record = logging.LogRecord("abcrun.x", logging.ERROR, "x.py", 1, "a %s", ("b\nc",), raised)
    record.created, record.fields = 1.5, {"route": "/v1/tunes", "status": 200}
    (line,) = JsonFormatter().format(record).splitlines()
    told = json.loads(line)
    assert told["time"] == "1970-01-01T00:00:01.500Z"
    assert (told["level"], told["message"], told["route"]) == ("ERROR", "a b\nc", "/v1/tunes")
    assert "ValueError: no\nsuch thing" in told["traceback"]
    text = TextFormatter().format(record)
    assert text.startswith("1970-01-01T00:00:01.500Z ERROR - a b")


def test_probes_pass_under_any_host() -> None:
    pod = {"Host": "10.1.2.3:8228"}
    with running(allow_hosts="tunes.example", token="s3cret") as server:
        for path in ("/healthz", "/readyz"):
            assert server.client.get(path, headers=pod).status_code == 200
        assert server.client.get("/", headers=pod).status_code == 403
        assert server.client.get("/v1/model", headers=pod).status_code == 403
        assert server.client.get("/metrics", headers=pod).status_code == 401
        scraping = pod | {"Authorization": "Bearer s3cret"}
        assert server.client.get("/metrics", headers=scraping).status_code == 200
