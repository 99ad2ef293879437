"""A tune becomes files of any format, each made once, or there is a clear error and no
file."""

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

import abcrun
from abcrun import Tune
from abcrun.errors import OutputError, RenderError, UsageError
from abcrun.formats import FORMATS
from abcrun.rendering import (
    Rendering,
    RenderSettings,
    render,
    render_files,
    tune_samples,
)
from abcrun.sound.midi import read_midi
from abcrun.sound.played import PlayedNote
from abcrun.sound.samples import Samples
from abcrun.sound.synthesis import TAIL_SECONDS, synthesise
from tests import traditional

# The others need the extra `score`.
PLAIN = [name for name in FORMATS if name not in ("svg", "png", "pdf", "waveform-png")]


@pytest.fixture(scope="module")
def tune() -> Tune:
    return Tune.parse("X:1\nT:A short one\nM:6/8\nL:1/8\nK:D\nDFA dAF|GBd g3|]\n")


def test_every_format_is_written_under_its_own_name(tune: Tune, tmp_path: Path) -> None:
    paths = render_files(tune, tmp_path / "new" / "folder", "short.one", PLAIN)
    assert [path.name for path in paths] == [
        "short.one.abc",
        "short.one.mid",
        "short.one.wav",
        "short.one.flac",
        "short.one.ogg",
        "short.one.mp3",
        "short.one.musicxml",
        "short.one.waveform.svg",
    ]
    assert all(path.stat().st_size > 50 for path in paths)


def test_a_file_holds_what_render_gives(tune: Tune, tmp_path: Path) -> None:
    for path, name in zip(render_files(tune, tmp_path, "t", PLAIN), PLAIN, strict=True):
        assert path.read_bytes() == render(tune, name)


def test_the_text_comes_back_as_it_was(tune: Tune) -> None:
    assert Tune.parse(render(tune, "abc").decode("utf-8")).notes == tune.notes


def test_the_sound_lasts_as_long_as_the_tune_and_its_tail() -> None:
    kesh = Tune.parse(traditional.KESH)
    samples, rate = tune_samples(kesh, RenderSettings(rate=22_050))
    assert rate == 22_050
    assert len(samples) / rate == pytest.approx(kesh.seconds + TAIL_SECONDS, abs=0.01)
    decoded, _ = soundfile.read(
        io.BytesIO(render(kesh, "wav", RenderSettings(rate=22_050))), dtype="float32"
    )
    assert np.abs(decoded - samples).max() < 1 / 32_000


def test_the_tune_is_played_once_for_all_formats(tune: Tune, tmp_path: Path) -> None:
    performances = []

    def counting(notes: Sequence[PlayedNote], rate: int, *, room: float) -> Samples:
        performances.append(notes)
        return synthesise(notes, rate, room=room)

    def write(*formats: str) -> list[Path]:
        return Rendering(tune, synthesiser=counting).write(tmp_path, "t", formats)

    paths = write("wav", "flac", "waveform", "wav")
    assert len(performances) == 1
    assert paths == render_files(tune, tmp_path, "t", ["wav", "flac", "waveform"])
    write("abc", "midi")
    assert len(performances) == 1


def test_the_instrument_is_that_of_the_settings(tune: Tune) -> None:
    assert {
        note.program for note in read_midi(render(tune, "midi", RenderSettings(program="fiddle")))
    } == {40}
    assert (
        RenderSettings(program="fiddle")
        == RenderSettings(program=40)
        == RenderSettings(program="40")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"synth": "moog"},
        {"converter": "finale"},
        {"program": 128},
        {"program": "kazoo"},
        {"rate": 4_000},
        {"rate": 100_000, "synth": "timidity"},
        {"rate": 100_000, "synth": "fluidsynth"},
        {"room": -0.1},
        {"chords": "loud"},
        {"grace": "late"},
        {"converter": "abc2midi", "swing": True},
        {"converter": "abc2midi", "chords": "only"},
        {"room": float("nan")},
    ],
)
def test_a_setting_out_of_range_is_a_usage_error_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        RenderSettings(**wrong)


def test_an_unknown_format_or_name_is_a_usage_error_and_writes_nothing(
    tune: Tune, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="unknown format 'aiff'"):
        render_files(tune, tmp_path / "out", "t", ["abc", "aiff"])
    with pytest.raises(UsageError, match="MP3 has no sample rate"):
        render_files(tune, tmp_path / "out", "t", ["abc", "mp3"], RenderSettings(rate=96_000))
    for stem in ("", "a/b", "../t", "."):
        with pytest.raises(UsageError, match="no name for a file"):
            render_files(tune, tmp_path / "out", stem, ["abc"])
    assert not (tmp_path / "out").exists()


def test_a_tune_that_is_too_long_is_refused_before_it_is_played(tmp_path: Path) -> None:
    endless = Tune.parse("X:1\nT:t\nM:4/4\nL:1/1\nQ:1/4=20\nK:C\n" + "C64|" * 20)
    with pytest.raises(RenderError, match="lasts longer than 300 s"):
        render_files(endless, tmp_path / "out", "t", ["abc", "wav"])
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_an_output_error(tune: Tune, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        render_files(tune, tmp_path / "file", "t", ["abc"])


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed")
def test_abc2midi_may_be_the_converter(tune: Tune) -> None:
    theirs = read_midi(render(tune, "midi", RenderSettings(converter="abc2midi")))
    assert [note.pitch for note in theirs] == [note.pitch for note in tune.notes]


def test_the_door_is_public_also_after_its_module_was_loaded(tune: Tune) -> None:
    assert abcrun.RenderSettings is RenderSettings
    assert tune._repr_html_()
    assert abcrun.render(tune, "midi").startswith(b"MThd")


def test_a_title_with_broken_or_endless_text_breaks_no_file(tmp_path: Path) -> None:
    odd = Tune.parse("X:1\nT:\ud800\u202e\x07 " + "long " * 500 + "\nM:4/4\nL:1/8\nK:C\nCDEF|\n")
    for path in render_files(odd, tmp_path, "odd", ["abc", "midi", "waveform"]):
        assert 0 < path.stat().st_size < 20_000
    assert odd._repr_html_().encode("utf-8")


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed")
def test_abc2midi_leaves_out_chords_and_grace_notes_as_asked() -> None:
    read = Tune.parse('X:1\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|\n')

    def pitches(**settings: str) -> list[int]:
        data = render(read, "midi", RenderSettings(converter="abc2midi", **settings))
        return [note.pitch for note in read_midi(data)]

    melody = [note.pitch for note in read.notes]
    assert pitches(chords="off", grace="none") == melody
    assert len(pitches(chords="off")) == len(melody) + 1
    assert len(pitches(grace="none")) > len(melody) + 4
