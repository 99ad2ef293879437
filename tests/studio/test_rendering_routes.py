"""Rendering and checking: the files and facts of the library."""

import io
import re
from dataclasses import asdict

import mido
import pytest
import soundfile

from abcrun import RenderSettings, Tune, render
from abcrun.sound.instruments import DRUMS, INSTRUMENT_PROGRAMS, Instrument, instrument_of
from abcrun.sound.playing import Manner, play
from abcrun.studio.jobs import file_name
from abcrun.studio.pictures import lean
from tests.score.pictures import needs_score
from tests.studio.server import TUNE, Server, error_of


def test_rendered_files_are_those_of_the_library(server: Server) -> None:
    tune = Tune.parse(TUNE)
    for name, kind, library_name in (
        ("wav", "audio/wav", "wav"),
        ("mid", "audio/midi", "midi"),
    ):
        answer = server.post("/v1/render", {"abc": TUNE, "format": name})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert (
            answer.headers["content-disposition"]
            == f'attachment; filename="{file_name(tune.title)}.{name}"'
        )
        assert answer.content == render(tune, library_name)


def test_tempo_and_instrument(server: Server) -> None:
    body = {"abc": "X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nCDEF|[Q:1/4=120]GABc|\n", "format": "mid"}
    as_written = mido.MidiFile(file=io.BytesIO(server.post("/v1/render", body).content))
    faster = server.post("/v1/render", body | {"tempo": 120, "instrument": "fiddle"}).content
    twice_as_fast = mido.MidiFile(file=io.BytesIO(faster))
    assert as_written.length == pytest.approx(6.0, abs=0.1)
    assert twice_as_fast.length == pytest.approx(3.0, abs=0.1)
    programs = [one.program for one in twice_as_fast if one.type == "program_change"]
    assert programs == [40]
    assert error_of(server.post("/v1/render", body | {"instrument": "kazoo"}))["kind"] == "usage"


def test_chords_graces_and_swing_are_those_of_the_library(server: Server) -> None:
    abc = 'X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|"D7"ABAF D4|\n'
    files = set()
    for chosen in (
        {},
        {"chords": "off"},
        {"chords": "only"},
        {"grace": "none"},
        {"grace": "before"},
        {"swing": True},
    ):
        answer = server.post("/v1/render", {"abc": abc, "format": "mid"} | chosen)
        assert answer.content == render(Tune.parse(abc), "midi", RenderSettings(**chosen))
        files.add(answer.content)
    assert len(files) == 5  # the first grace note has no time before it
    for wrong in ({"chords": "loud"}, {"grace": "late"}, {"swing": "yes"}):
        assert server.post("/v1/render", {"abc": abc, "format": "mid"} | wrong).status_code == 422
        assert server.post("/v1/waveform", {"abc": abc} | wrong).status_code == 422


def test_a_score_is_that_of_the_library(server: Server) -> None:
    tune = Tune.parse(TUNE)
    expected = tune.score(900)
    answer = server.post("/v1/score", {"abc": TUNE}).json()
    assert lean(answer["svg"], ()) == lean(expected.svg, ())
    assert (answer["seconds"], answer["tempo"]) == (
        expected.seconds,
        tune.tempos[0].quarters_per_minute,
    )
    for note, as_expected in zip(answer["notes"], expected.notes, strict=True):
        times = {"start": round(as_expected.start, 4), "end": round(as_expected.end, 4)}
        assert note == asdict(as_expected) | times
    assert answer["bars"] == [asdict(bar) for bar in expected.bars]
    transposed = server.post("/v1/score", {"abc": TUNE, "transpose": "C", "header": False}).json()
    assert transposed["svg"] != answer["svg"]
    assert len(transposed["notes"]) == len(answer["notes"])


def test_a_score_says_what_is_played_as_files_have_it(server: Server) -> None:
    abc = 'X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|"D7"ABAF D4|\n'
    body = {"abc": abc, "width": 900}
    answer = server.post("/v1/score", body | {"swing": True}).json()
    expected = play(Tune.parse(abc), program="fiddle", manner=Manner(swing=True)).notes()
    found = answer["performance"]["notes"]
    assert [(one["start"], one["pitch"], one["level"]) for one in found] == [
        (round(one.start, 5), one.pitch, round(one.level, 4)) for one in expected
    ]
    # The melody has the instrument of whoever listens, the chords have their own.
    guitar = INSTRUMENT_PROGRAMS["guitar"]
    assert [one["program"] for one in found] == [
        guitar if one.program == guitar else None for one in expected
    ]
    assert [bar["bar"] for bar in answer["performance"]["bars"]] == [0, 1]
    assert len(answer["performance"]["beats"]) == 8
    assert answer["beat"] == 1.0
    bare = server.post("/v1/score", body | {"chords": "off", "grace": "none"}).json()
    assert len(bare["performance"]["notes"]) == 13
    for wrong in ({"chords": "loud"}, {"grace": "late"}, {"swing": "yes"}):
        assert server.post("/v1/score", body | wrong).status_code == 422


def test_a_score_of_what_cannot_be_played_says_why(server: Server) -> None:
    endless = "X:1\nL:1/1\nQ:1/4=30\nK:C\n" + "C16|" * 20 + "\n"
    answer = server.post("/v1/score", {"abc": endless}).json()
    assert answer["performance"] is None
    assert "at most" in answer["unplayable"]
    assert "<svg" in answer["svg"]


def test_instruments_are_told_as_the_synthesiser_has_them(server: Server) -> None:
    answer = server.client.get("/v1/instruments").json()
    assert answer["programs"] == INSTRUMENT_PROGRAMS
    for program in range(DRUMS + 1):
        told = [one for one in answer["tones"] if one["program"] <= program][-1]
        body = tuple(tuple(one) for one in told["body"])
        tone = {name: value for name, value in told.items() if name != "program"}
        assert Instrument(**tone | {"body": body}) == instrument_of(program)


def test_scores_travel_compressed_and_sound_as_it_is(server: Server) -> None:
    asked = {"Accept-Encoding": "gzip"}
    score = server.post("/v1/score", {"abc": TUNE}, **asked)
    assert score.headers["content-encoding"] == "gzip"
    assert score.num_bytes_downloaded < len(score.content) / 4
    sound = server.post("/v1/render", {"abc": TUNE, "format": "mp3"}, **asked)
    assert "content-encoding" not in sound.headers


def test_a_waveform_follows_the_sound(server: Server) -> None:
    answer = server.post("/v1/waveform", {"abc": TUNE, "points": 50}).json()
    sound, rate = soundfile.read(
        io.BytesIO(server.post("/v1/render", {"abc": TUNE, "format": "wav"}).content)
    )
    assert answer["seconds"] == pytest.approx(len(sound) / rate)
    assert len(answer["peaks"]) == 50
    assert max(answer["peaks"]) == pytest.approx(abs(sound).max(), abs=0.001)


def test_checking(server: Server) -> None:
    text = "X:1\nT:One\nM:6/8\nL:1/8\nK:Ador\nABc d|\n\nX:2\nT:Two\nK:C\n\n"
    tunes = server.post("/v1/check", {"abc": text}).json()["tunes"]
    assert [tune["title"] for tune in tunes] == ["One", ""]
    assert (tunes[0]["key"], tunes[0]["meter"], tunes[0]["bars"]) == ("A dorian", "6/8", 1)
    assert tunes[1]["problems"][0]["kind"] == "no-notes"
    assert tunes[1]["problems"][0]["line"] >= 9
    assert not tunes[1]["problems"][0]["is_remark"]
    remarked = server.post("/v1/check", {"abc": re.sub(r"(K:.*\n)", r"\1!wobble!", TUNE)}).json()
    assert [one["is_remark"] for one in remarked["tunes"][0]["problems"]] == [True]
    assert error_of(server.post("/v1/check", {"abc": "no tune"}))["kind"] == "notation"


def test_what_cannot_be_rendered_is_told_in_a_line(server: Server) -> None:
    for body, kind in (
        ({"abc": "hello", "format": "wav"}, "notation"),
        ({"abc": "", "format": "wav"}, "usage"),
        ({"abc": TUNE, "format": "exe"}, "usage"),
        ({"abc": TUNE, "format": "../../etc/passwd"}, "usage"),
        ({"abc": "X:1\nL:1/1\nQ:1/4=30\nK:C\n" + "C16|" * 20 + "\n", "format": "wav"}, "render"),
        ({"abc": "x" * 40_000, "format": "wav"}, "usage"),
    ):
        answer = server.post("/v1/render", body)
        assert answer.status_code == 422, body
        assert error_of(answer)["kind"] == kind


@needs_score
def test_a_picture_names_the_characters_that_no_font_has(server: Server) -> None:
    text = TUNE.replace("T:", "T:\U00010600\U00010601 ", 1)
    answer = server.post("/v1/render", {"abc": text, "format": "pdf"})
    assert answer.status_code == 200
    assert answer.headers["abcrun-missing-glyphs"] == "U+10600 U+10601"
    plain = server.post("/v1/render", {"abc": TUNE, "format": "pdf"})
    assert "abcrun-missing-glyphs" not in plain.headers


@needs_score
def test_a_picture_without_header_has_no_title_and_no_composer(server: Server) -> None:
    text = TUNE.replace("M:", "T:Another\nC:Somebody\nR:jig\nM:", 1)
    with_head, without = (
        server.post("/v1/score", {"abc": text, "header": header}).json()["svg"]
        for header in (True, False)
    )
    for word in ("Another", "Somebody", "jig"):
        assert word in with_head
        assert word not in without
