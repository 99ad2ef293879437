"""Renderings that are kept, and are known by a hash of what was asked for."""

import re

import pytest

from abcrun.studio.renderings import Renderings
from abcrun.studio.results import File
from tests.studio.server import TUNE, Server, error_of, running

MP3 = {"abc": TUNE, "format": "mp3"}


def test_a_rendering_can_be_had_again_by_its_name(server: Server) -> None:
    rendered = server.post("/v1/render", MP3)
    place = rendered.headers["content-location"]
    assert re.fullmatch(r"/v1/renderings/[0-9a-f]{64}\.mp3", place)
    again = server.client.get(place)
    assert again.content == rendered.content
    for name in ("content-type", "content-disposition"):
        assert again.headers[name] == rendered.headers[name]
    assert "immutable" in again.headers["cache-control"]
    known = server.client.get(place, headers={"If-None-Match": again.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["etag"] == again.headers["etag"]
    assert rendered.headers["cache-control"] == "no-store"


def test_asked_for_again_it_is_not_rendered_again(server: Server) -> None:
    count = "abcrun_rendering_seconds_count"
    first = server.post("/v1/render", MP3)
    before = server.metric(count)
    assert server.post("/v1/render", MP3).content == first.content
    assert server.metric(count) == before


def test_whatever_changes_the_file_changes_the_name(server: Server) -> None:
    asked = [
        {},
        {"format": "mid"},
        {"tempo": 100.0},
        {"swing": True},
        {"chords": "off"},
        {"transpose": "+2"},
        {"instrument": "harp"},
        {"abc": TUNE + "W: words\n"},
    ]
    answers = [server.post("/v1/render", MP3 | {"format": "mid"} | one) for one in asked]
    places = [answer.headers["content-location"] for answer in answers]
    assert len(set(places)) == len(asked) - 1
    assert places[0] == places[1]


def test_one_that_is_not_kept_is_404(server: Server) -> None:
    missing = server.client.get(f"/v1/renderings/{'0' * 64}.mp3")
    assert missing.status_code == 404
    assert "POST /v1/render" in error_of(missing)["message"]
    for name in ("x.mp3", f"{'0' * 64}.exe", f"{'G' * 64}.mp3"):
        assert server.client.get(f"/v1/renderings/{name}").status_code == 422


def test_where_none_are_kept_no_place_is_told() -> None:
    with running(max_kept=0) as server:
        answer = server.post("/v1/render", MP3 | {"format": "mid"})
        assert answer.status_code == 200
        assert "content-location" not in answer.headers


@pytest.mark.parametrize(("most", "left"), [(10, "bcd"), (7, "cd"), (3, "c"), (0, "")])
def test_as_much_is_kept_as_there_is_room_for(most: int, left: str) -> None:
    kept = Renderings(most)
    for name in "abcd":
        kept.add(name, File(name, b"xxx" if name != "d" else b"xxxx"))
        kept.get("c")
    assert "".join(name for name in "abcd" if kept.get(name)) == left


def test_what_does_not_shrink_is_not_compressed(server: Server) -> None:
    for kind, is_smaller in (("wav", False), ("mp3", False), ("svg", True), ("musicxml", True)):
        answer = server.post("/v1/render", MP3 | {"format": kind}, **{"Accept-Encoding": "gzip"})
        assert (answer.headers.get("content-encoding") == "gzip") is is_smaller
