"""One note of a tune changed over HTTP, and where a score tells what can be."""

import pytest

from tests.score.pictures import needs_score
from tests.studio.server import Server, error_of
from tests.traditional import KESH


def test_a_note_is_changed_and_told(server: Server) -> None:
    body = {"abc": KESH, "line": 7, "column": 6, "change": "flatter"}
    answer = server.post("/v1/note", body).json()
    assert answer["abc"] == KESH.replace("G3 GAB|", "G3 _GAB|")
    assert [answer[name] for name in ("line", "column")] == [7, 6]
    assert (answer["names"], answer["pitches"], answer["length"]) == (["Gb4"], [66], "1/8")


@needs_score
def test_a_score_tells_all_places_and_their_elements(server: Server) -> None:
    tune = "X:1\nM:none\nL:1/8\nK:Eb\nA>z (3[Bd]zc|\n"
    score = server.post("/v1/score", {"abc": tune}).json()
    told = [(one["column"], one["names"], one["length"]) for one in score["places"]]
    assert told == [
        (1, ["Ab4"], "3/16"),
        (3, [], "1/16"),
        (7, ["Bb4", "D5"], "1/8"),
        (11, [], "1/8"),
        (12, ["C5"], "1/8"),
    ]
    ids = [identifier for one in score["places"] for identifier in one["ids"]]
    assert len(set(ids)) == 6
    assert all(f'id="{identifier}"' in score["svg"] for identifier in ids)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"column": 5}, "no note is written at line 7, column 5"),
        ({"change": "louder"}, "change"),
        ({"line": 0}, "line"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    server: Server, more: dict[str, object], said: str
) -> None:
    body = {"abc": KESH, "line": 7, "column": 6, "change": "up"} | more
    answer = server.post("/v1/note", body)
    assert answer.status_code == 422
    assert error_of(answer)["kind"] == "usage"
    assert said in error_of(answer)["message"]
