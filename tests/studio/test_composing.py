"""New tunes: those of the library, and what is refused in a line."""

from typing import Any

import pytest

from abcrun import Model, Tune
from tests.studio.server import JIG, Server, error_of


def test_tunes_are_those_of_the_library(server: Server, model: Model) -> None:
    answer = server.post("/v1/tunes", JIG | {"count": 2})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    tunes = answer.json()["tunes"]
    expected = list(model.generate(2, **JIG))
    assert [tune["abc"] for tune in tunes] == [tune.text for tune in expected]
    assert [tune["index"] for tune in tunes] == [0, 1]
    first = tunes[0]
    assert (first["seed"], first["key"], first["meter"], first["complete"]) == (
        7,
        "A dorian",
        "6/8",
        True,
    )
    assert first["title"] == Tune.parse(first["abc"]).title
    assert first["problems"] == []
    assert first["characters"] == expected[0].characters
    assert (
        first["originality"]["longest_run"]
        == Tune.parse(first["abc"]).originality().longest_run
        <= 15
    )


def test_a_late_tune_of_a_seed_needs_none_of_those_before_it(server: Server, model: Model) -> None:
    begun = server.metric("abcrun_tunes_total")
    asked = JIG | {"first": 100_000, "best_of": 2}
    (tune,) = server.post("/v1/tunes", asked).json()["tunes"]
    assert tune["index"] == 100_000
    assert tune["abc"] == next(model.generate(1, **asked)).text
    assert server.metric("abcrun_tunes_total") == begun + 2


def test_the_settings_of_a_tune_bring_it_back_alone(server: Server) -> None:
    tunes = server.post("/v1/tunes", {"count": 3, "meter": "3/4", "best_of": 2}).json()["tunes"]
    assert len({tune["seed"] for tune in tunes}) == 1
    again = server.post("/v1/tunes", tunes[2]["settings"]).json()["tunes"]
    assert again == [tunes[2]]


def test_the_best_of_several_is_that_of_the_library(server: Server, model: Model) -> None:
    tunes = server.post("/v1/tunes", {"seed": 5, "best_of": 3, "key": "G"}).json()["tunes"]
    (expected,) = model.generate(1, seed=5, best_of=3, key="G")
    assert tunes[0]["abc"] == expected.text
    assert tunes[0]["attempts"] == expected.attempts >= 3


def test_plain_sampling_may_write_what_is_no_tune(server: Server) -> None:
    body = {"guide": "off", "temperature": 9.0, "top_k": 80, "max_chars": 60, "seed": 1}
    tune = server.post("/v1/tunes", body).json()["tunes"][0]
    assert not tune["complete"]
    assert tune["problems"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"meter": "7/8"}, "the model knows no such tunes"),
        ({"range": "D4-A4"}, "a ninth or more above"),
        ({"instrument": "kazoo"}, "unknown instrument 'kazoo'"),
        ({"key": "H"}, "H"),
        ({"count": 0}, "count"),
        ({"count": 33}, "at most 32"),
        ({"count": 5, "best_of": 10}, "50 tunes would be composed"),
        ({"max_chars": 5000}, "at most 4000"),
        ({"prompt": "|:G2B d2B|"}, "name the key and the meter"),
        ({"guide": "hard"}, "guide"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"count": True}, "count"),
        ({"count": "2"}, "count"),
        ({"temperature": 0}, "temperature"),
        ({"guide": "off", "max_copied": 14}, "max_copied"),
        ({"colour": "red"}, "colour"),
        ({"title": "\ud800"}, "title"),
    ],
)
def test_what_cannot_be_composed_is_told_in_a_line(
    server: Server, body: dict[str, Any], message: str
) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = server.post("/v1/tunes", body, Accept=accept)
        assert answer.status_code == 422
        error = error_of(answer)
        assert error["kind"] == ("opening" if "prompt" in body else "usage")
        assert message in error["message"]
