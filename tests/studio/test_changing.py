"""Tunes changed: those of the library, and what is refused in a line."""

from typing import Any

import pytest

from abcrun import Model, Tune
from tests.studio.server import JIG, TUNE, Server, error_of


def test_changes_are_those_of_the_library(server: Server, model: Model) -> None:
    abc = next(model.generate(1, **JIG)).text
    for path, body, expected in (
        ("rewrite", {"bars": [4, 8]}, model.rewrite(abc, range(4, 8), seed=3)),
        ("vary", {"amount": 0.4}, model.vary(abc, 0.4, seed=3)),
        ("continue", {}, model.continue_(abc, seed=3)),
        ("answer", {"bars": [12, 16]}, model.answer(abc, range(12, 16), seed=3)),
    ):
        body = {"abc": abc, "seed": 3, **body}
        (tune,) = server.post(f"/v1/{path}", body).json()["tunes"]
        assert tune["abc"] == expected.text != abc
        assert tune["attempts"] == expected.attempts >= 8
        assert tune["settings"] == body
        events = list(server.events(f"/v1/{path}", body))
        assert {name for name, _ in events} == {"begin", "progress", "tune", "end"}
        assert events[-2][1] == tune


def test_rewriting_leaves_the_rest_as_it_is(server: Server) -> None:
    body = {"abc": TUNE, "bars": [2, 4], "candidates": 2}
    (tune,) = server.post("/v1/rewrite", body).json()["tunes"]
    bars = [(bar.line, bar.column) for bar in Tune.parse(TUNE).bars]
    lines = TUNE.split("\n")
    (line, column), (end_line, end_column) = bars[2], bars[4]
    assert tune["abc"].startswith("\n".join([*lines[: line - 1], lines[line - 1][: column - 1]]))
    assert (
        tune["abc"]
        .rstrip()
        .endswith("\n".join([lines[end_line - 1][end_column - 1 :], *lines[end_line:]]).rstrip())
    )


@pytest.mark.parametrize(
    ("path", "body", "kind", "message"),
    [
        ("rewrite", {"abc": TUNE, "bars": [90, 91]}, "usage", "there is no bar 90"),
        ("rewrite", {"abc": TUNE, "bars": [4, 4]}, "usage", "none to draw anew"),
        ("rewrite", {"abc": TUNE, "bars": [4]}, "usage", "bars"),
        ("rewrite", {"abc": TUNE, "bars": [0, 10**9]}, "usage", "bars"),
        ("answer", {"abc": TUNE, "bars": [90, 91]}, "usage", "there is no bar 90"),
        ("answer", {"abc": TUNE, "bars": [4, 4]}, "usage", "none to answer"),
        ("vary", {"abc": TUNE, "amount": 0}, "usage", "amount"),
        ("vary", {"abc": "no tune"}, "notation", "there is no tune"),
        ("vary", {"abc": TUNE, "candidates": 33}, "usage", "at most 32"),
        ("continue", {"abc": "X:1\nM:7/8\nL:1/8\nK:C\nCDEFGAB|\n"}, "usage", "7/8"),
        ("continue", {"abc": "X" * 4001}, "usage", "abc"),
    ],
)
def test_what_cannot_be_changed_is_told(
    server: Server, path: str, body: dict[str, Any], kind: str, message: str
) -> None:
    answer = server.post(f"/v1/{path}", body)
    assert answer.status_code == 422
    assert error_of(answer)["kind"] == kind
    assert message in error_of(answer)["message"]
