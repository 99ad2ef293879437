"""Scores, files and waveforms of tunes that are moved first, and the moved tune."""

import io

import mido
import pytest

from abcrun import RenderSettings, Tune, render
from abcrun.notation.instruments import INSTRUMENTS
from tests.score.pictures import needs_score
from tests.studio.server import Server, error_of
from tests.traditional import KESH

MOVES = [
    ({"transpose": "A"}, Tune.parse(KESH).transpose("A")),
    ({"transpose": "-5"}, Tune.parse(KESH).transpose(-5)),
    ({"fit": "whistle in Bb"}, Tune.parse(KESH).fit("whistle in Bb")),
    ({"part": "Bb"}, Tune.parse(KESH).written_for("Bb")),
    ({"part": "capo 2"}, Tune.parse(KESH).written_for("capo 2")),
    (
        {"transpose": "F", "fit": "anglo", "part": "Eb"},
        Tune.parse(KESH).transpose("F").fit("anglo").written_for("Eb"),
    ),
]


@pytest.mark.parametrize(("asked", "expected"), MOVES)
def test_what_is_moved_is_as_the_library_moves_it(
    server: Server, asked: dict[str, str], expected: Tune
) -> None:
    body = {"abc": KESH} | asked
    assert server.post("/v1/transpose", body).json() == {"abc": expected.text}
    for suffix, name in (("musicxml", "musicxml"), ("mid", "midi")):
        answer = server.post("/v1/render", body | {"format": suffix})
        assert answer.content == render(expected, name, RenderSettings())
    first = server.post("/v1/waveform", body).json()
    assert first == server.post("/v1/waveform", {"abc": expected.text}).json()


@needs_score
def test_a_part_is_drawn_as_written_and_sounds_as_before(server: Server) -> None:
    plain, part = (
        server.post("/v1/score", {"abc": KESH, "header": False} | asked).json()
        for asked in ({}, {"part": "Bb"})
    )
    assert part["svg"] != plain["svg"]
    assert [note["pitch"] for note in part["notes"]] == [note["pitch"] for note in plain["notes"]]
    assert (part["range"]["lowest"], part["range"]["highest"]) == ("G#4", "C#6")
    moved = server.post("/v1/score", {"abc": KESH, "transpose": "A"}).json()
    assert moved["notes"][0]["pitch"] == plain["notes"][0]["pitch"] + 2


@needs_score
def test_a_score_says_who_cannot_play_which_notes(server: Server) -> None:
    told = server.post("/v1/score", {"abc": KESH.replace("K:G", "K:Gm")}).json()["range"]
    assert (told["lowest"], told["highest"]) == ("F4", "Bb5")
    assert told["unplayable"]["whistle"] == ["F4", "Bb4", "Eb5", "F5", "Bb5"]
    assert "fiddle" not in told["unplayable"]
    about = server.client.get("/v1/model").json()
    assert about["players"] == list(INSTRUMENTS)
    silent = server.post("/v1/score", {"abc": "X:1\nM:4/4\nL:1/4\nK:C\nz4|\n"}).json()
    assert silent["range"] is None


def test_a_moved_tune_keeps_the_tempo_that_was_asked_for(server: Server) -> None:
    body = {"abc": KESH, "format": "mid", "tempo": 60}
    plain, moved = (
        mido.MidiFile(file=io.BytesIO(server.post("/v1/render", body | asked).content))
        for asked in ({}, {"transpose": "A"})
    )
    assert moved.length == pytest.approx(plain.length, abs=0.1)
    scores = [
        server.post("/v1/score", {"abc": KESH, "tempo": 60} | asked).json()["tempo"]
        for asked in ({}, {"transpose": "A"})
    ]
    assert scores == [60, 60]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"transpose": "H"}, "no key"),
        ({"transpose": "Em"}, "cannot go to E minor"),
        ({"transpose": "+100"}, "range of MIDI"),
        ({"fit": "kazoo"}, "unknown instrument"),
        ({"part": "H"}, "nothing is written for"),
        ({"transpose": 2}, "transpose"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    server: Server, asked: dict[str, object], said: str
) -> None:
    for path, more in (("transpose", {}), ("render", {"format": "mid"}), ("score", {})):
        answer = server.post(f"/v1/{path}", {"abc": KESH} | more | asked)
        assert answer.status_code == 422
        assert error_of(answer)["kind"] == "usage"
        assert said in error_of(answer)["message"]
