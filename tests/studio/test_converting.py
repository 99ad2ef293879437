"""`/v1/convert`: MusicXML files to ABC, and what is refused."""

import httpx

from abcrun import musicxml_to_abc
from tests.musicxml.scores import compressed, note, score
from tests.studio.server import Server, error_of, running

SCORE = score(note("C4", 4) + note("E4", 4), "<figured-bass/>" + note("G4", 8))


def convert(server: Server, data: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return server.client.post("/v1/convert", content=data, headers=headers)


def test_a_file_becomes_what_the_library_makes_of_it(server: Server) -> None:
    for data in (SCORE.encode(), compressed({"a.musicxml": SCORE})):
        answer = convert(server, data)
        assert answer.status_code == 200
        assert answer.json() == {
            "abc": musicxml_to_abc(SCORE).abc,
            "remarks": ["figured bass (part P1, measure 2)"],
        }
        assert server.post("/v1/check", {"abc": answer.json()["abc"]}).status_code == 200


def test_what_is_no_score_is_refused(server: Server) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for data, reason in (
        (b"", "line 1, column 1"),
        (b"X:1\nK:C\nCDEF|", "this is no MusicXML"),
        (bomb.encode(), "declares an entity"),
        (b"PK\x03\x04\0\0", "cannot be unpacked"),
        (compressed({"a.xml": b"<a>" * 1000}), "nested"),
    ):
        answer = convert(server, data)
        assert answer.status_code == 422
        error = error_of(answer)
        assert error["kind"] == "notation"
        assert reason in error["message"]


def test_a_file_may_be_larger_than_other_bodies_and_has_a_limit_of_its_own() -> None:
    padding = b" " * 3000
    with running(max_body=2000, max_score_file=8000) as server:
        assert len(SCORE) + 3000 > 2000
        assert convert(server, SCORE.encode() + padding).status_code == 200
        answer = convert(server, SCORE.encode() + 3 * padding)
        assert answer.status_code == 413
        assert server.post("/v1/check", {"abc": "x" * 3000}).status_code == 413
