"""Answers that last: events as they come, clients that leave, time that is over."""

from typing import Any

import pytest

from abcrun import Tune
from tests.studio.server import JIG, LONG, TUNE, Server, error_of, running


def test_a_stream_tells_how_a_tune_grows(server: Server) -> None:
    events = list(server.events("/v1/tunes", JIG))
    names = [name for name, _ in events]
    assert names[:2] == ["begin", "progress"]
    assert names[-2:] == ["tune", "end"]
    assert events[-1][1] == {"count": 1}
    grown = [data["abc"] for name, data in events if name == "progress"]
    tune = events[-2][1]
    head = tune["abc"].partition("K:")[0]
    assert all(abc.startswith(head) and Tune.parse(abc).key.text == "Ador" for abc in grown)
    assert len(grown[0]) < len(tune["abc"])
    assert tune == server.post("/v1/tunes", JIG).json()["tunes"][0]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/tunes", {"rhythm": "polka", "count": 2, "best_of": 2, "first": 3}),
        ("/v1/vary", {"abc": TUNE, "amount": 0.3, "candidates": 2}),
    ],
)
def test_a_broken_stream_is_asked_for_again_elsewhere(
    server: Server, path: str, asked: dict[str, Any]
) -> None:
    events = server.events(path, asked)
    name, begun = next(events)
    assert name == "begin"
    events.close()  # cut off before any tune
    about = server.client.get("/v1/model").json()
    assert (begun["version"], begun["model"]) == (about["version"], about["name"])
    assert begun["model_sha256"] == about["sha256"]
    with running(slots=4) as other:
        again = [data for name, data in other.events(path, begun["settings"]) if name == "tune"]
    there = server.post(path, begun["settings"]).json()["tunes"]
    assert sorted(again, key=lambda tune: tune["index"]) == there
    assert {tune["seed"] for tune in there} == {begun["settings"]["seed"]}


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_is_gone_frees_its_rows(server: Server, accept: str) -> None:
    assert server.settles("abcrun_rows", 0, 0)
    ended = server.metric("abcrun_tunes_total")
    with server.sent("/v1/tunes", LONG, accept):
        assert server.settles("abcrun_rows", 10, 16)
    assert server.settles("abcrun_rows", 0, 0)
    assert server.metric("abcrun_waiting_tunes") == 0
    # The tunes did not simply come to their ends: they were given up on the way.
    assert server.metric("abcrun_tunes_total") < ended + LONG["count"]


def test_time_over_is_504_or_an_event() -> None:
    with running(compose_timeout=0.2) as server:
        answer = server.post("/v1/tunes", LONG)
        assert answer.status_code == 504
        assert error_of(answer)["kind"] == "timeout"
        events = list(server.events("/v1/tunes", LONG))
        assert [name for name, _ in events][-2:] == ["error", "end"]
        assert events[-2][1]["kind"] == "timeout"
        assert server.settles("abcrun_rows", 0, 0)
