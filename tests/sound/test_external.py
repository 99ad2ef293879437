"""Programs of the system may be missing, fail, crash or lie: abcrun says so in one
line."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
import pytest

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Tune
from abcrun.sound import external
from abcrun.sound.external import find_sound_font, without_directives
from abcrun.sound.midi import read_midi, write_midi
from abcrun.sound.playing import play
from abcrun.sound.samples import LOUDNESS, PEAK
from tests import traditional

RATE = 44_100
needs_abc2midi = pytest.mark.skipif(
    shutil.which("abc2midi") is None, reason="abc2midi is not installed"
)


def needs(program: str) -> pytest.MarkDecorator:
    missing = shutil.which(program) is None or find_sound_font() is None
    return pytest.mark.skipif(missing, reason=f"{program} or a sound font is not installed")


def kesh() -> bytes:
    tune = Tune.parse(traditional.KESH)
    return write_midi(tune, play(tune, program="flute"))


# What is not there


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("abcmidi", lambda: external.abc2midi(traditional.KESH)),
        ("timidity", lambda: external.timidity(kesh(), RATE)),
        ("fluidsynth", lambda: external.fluidsynth(kesh(), RATE)),
    ],
)
def test_a_program_that_is_not_installed_is_named_with_its_package(
    package: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "font.sf2").write_bytes(sf_head(2))
    monkeypatch.setenv("ABCRUN_SOUNDFONT", str(tmp_path / "font.sf2"))
    with pytest.raises(RenderError, match=f"is not installed: sudo apt-get install {package}"):
        call()


def test_without_a_sound_font_fluidsynth_says_where_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ABCRUN_SOUNDFONT", raising=False)
    with pytest.raises(
        RenderError, match="needs a sound font: sudo apt-get install fluid-soundfont-gm"
    ):
        external.fluidsynth(kesh(), RATE, usual=())


# ABC text


@pytest.mark.parametrize(
    "text",
    [
        "%%abc-include /etc/passwd",
        "  %%abc-include /etc/passwd",
        "I:abc-include /etc/passwd",
        "I :abc-include /etc/passwd",
        "K:C\r%%MIDI ptstress /etc/passwd\rC",
        "K:C\n[I:abc-include /etc/passwd]C",
        "K:C\n[I[I:x]:abc-include /etc/passwd]C",
        "K:C\n[ I : MIDI program 3]C",
        "[I:x]%%abc-include /etc/passwd",
        "\0%%abc-include /etc/passwd",
        "K:C\x0b%%abc-include /etc/passwd\u2028I:abc-include x",
    ],
)
def test_no_directive_is_left_in_what_abc2midi_reads(text: str) -> None:
    left = without_directives(text)
    assert not any(line.lstrip().startswith(("%%", "I:", "I :")) for line in left.split("\n"))
    assert "[I:" not in left.replace(" ", "")
    assert not set(left) & set("\r\0\x0b\u2028")
    assert without_directives(left) == left


@pytest.mark.parametrize("text", traditional.ALL)
def test_a_tune_without_directives_is_left_as_it_is(text: str) -> None:
    assert without_directives(text) == text


@needs_abc2midi
def test_abc2midi_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "other.abc").write_text("CDEFGABc|\n")
    plain = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\nG8|\n"
    for line in (f"%%abc-include {tmp_path}/other.abc\n", f"I:abc-include {tmp_path}/other.abc\n"):
        assert len(read_midi(external.abc2midi(plain + line))) == 1


@needs_abc2midi
@pytest.mark.parametrize("text", traditional.ALL)
def test_abc2midi_and_our_own_midi_say_the_same_notes(text: str) -> None:
    theirs = read_midi(external.abc2midi(text.replace("R:hornpipe\n", "")))  # it swings a hornpipe
    ours = play(Tune.parse(text)).notes()
    assert [note.pitch for note in theirs] == [note.pitch for note in ours]


@needs_abc2midi
@pytest.mark.parametrize(
    "text",
    [
        "",
        "no tune at all",
        "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|" + "C'" * 3 + "&" * 5000,
        "X:1\nK:C\n" + "{" * 50_000 + "a" * 2000,
        "X:1\nK:D\n" + "C" + "'" * 100_000,
        "X:1\nK:C\nZ99999999999|",
        "X:1\nK:C\nC" + "9" * 400,
        "X:1\nK:C\n" + "(" * 20_000 + "C",
        "X:1\nK:C\n\0\ud800C",
        "X:1\nK:C\n" + "C" * 2_000_000,
    ],
    ids=[
        "empty",
        "prose",
        "overlays",
        "grace",
        "octaves",
        "rest",
        "length",
        "slurs",
        "bytes",
        "megabytes",
    ],
)
def test_hostile_text_gives_a_midi_file_or_a_render_error(text: str) -> None:
    try:
        data = external.abc2midi(text)
    except RenderError as error:
        assert "\n" not in str(error)
    else:
        assert data.startswith(b"MThd")


# Sound


@pytest.mark.parametrize(
    "program", [pytest.param(name, marks=needs(name)) for name in ("timidity", "fluidsynth")]
)
def test_an_engine_plays_a_tune_at_our_level(program: str) -> None:
    midi = kesh()
    sound = getattr(external, program)(midi, RATE)
    seconds = max(note.start + note.duration for note in read_midi(midi))
    assert sound.dtype == np.float32
    assert sound.shape[1] == 2
    assert seconds < len(sound) / RATE < seconds + 20
    assert np.abs(sound).max() <= PEAK
    assert np.sqrt(np.mean(sound[: int(seconds * RATE)] ** 2)) == pytest.approx(LOUDNESS, rel=0.2)


@pytest.mark.parametrize(
    "program", [pytest.param(name, marks=needs(name)) for name in ("timidity", "fluidsynth")]
)
def test_an_engine_refuses_what_it_cannot_play(program: str, tmp_path: Path) -> None:
    engine = getattr(external, program)
    with pytest.raises(UsageError, match=f"{program} has no sample rate of 192000"):
        engine(kesh(), 192_000)
    with pytest.raises(RenderError, match="damaged"):
        engine(b"not MIDI", RATE)
    buffer = io.BytesIO()
    empty = mido.MidiFile()
    empty.tracks.append(mido.MidiTrack())
    empty.save(file=buffer)
    with pytest.raises(RenderError, match="no notes"):
        engine(buffer.getvalue(), RATE)
    with pytest.raises(RenderError, match="not a sound font"):
        engine(kesh(), RATE, tmp_path / "missing.sf2")


@pytest.mark.parametrize(
    "program", [pytest.param(name, marks=needs(name)) for name in ("timidity", "fluidsynth")]
)
def test_an_engine_that_reports_success_over_a_broken_sound_font_is_not_believed(
    program: str, tmp_path: Path
) -> None:
    font = tmp_path / "a 'quoted\" font.sf2"
    font.write_bytes(sf_head(2) + bytes(1000))
    with pytest.raises(RenderError, match=program):
        getattr(external, program)(kesh(), RATE, font)


# Sound fonts


def sf_head(version: int) -> bytes:
    return b"RIFF\0\0\0\0sfbkLIST\0\0\0\0INFOifil\4\0\0\0" + bytes([version, 0, 1, 0])


def test_a_sound_font_is_given_or_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("given.sf2", "named.sf2"):
        (tmp_path / name).write_bytes(sf_head(2))
    monkeypatch.setenv("ABCRUN_SOUNDFONT", str(tmp_path / "named.sf2"))
    assert find_sound_font() == tmp_path / "named.sf2"
    assert find_sound_font(tmp_path / "given.sf2") == tmp_path / "given.sf2"
    monkeypatch.setenv("ABCRUN_SOUNDFONT", str(tmp_path / "gone.sf2"))
    with pytest.raises(RenderError, match=r"gone\.sf2 is not a sound font"):
        find_sound_font()


def test_timidity_is_not_given_a_compressed_sound_font(tmp_path: Path) -> None:
    font = tmp_path / "font.sf2"
    font.write_bytes(sf_head(3))
    assert find_sound_font(font) == font
    with pytest.raises(RenderError, match="SF3"):
        external.timidity(kesh(), RATE, font)
