"""`abcrun render`, `check` and `play`, on real files and a real pipe."""

import shutil
from pathlib import Path

import pytest
import soundfile

from abcrun import Tune, render_book
from abcrun.formats import CONVERTERS, SYNTHS
from tests import traditional
from tests.cli.shared import POSIX, TUNE, clean_failure
from tests.conftest import abcrun
from tests.score.pictures import needs_score


def test_render_reads_stdin_and_names_files_after_the_tune_s_file(tmp_path: Path) -> None:
    two = TUNE + "\n" + TUNE.replace("X:1", "X:2")
    (tmp_path / "my tunes (1).abc").write_text(two)
    assert abcrun("render", "-", "--formats", "wav", input=TUNE, cwd=tmp_path).returncode == 0
    assert (tmp_path / "tune.wav").stat().st_size > 10_000
    result = abcrun("render", "my tunes (1).abc", "--out", "out", "--formats", "midi", cwd=tmp_path)
    assert result.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "my tunes (1)-1.mid",
        "my tunes (1)-2.mid",
    ]


@pytest.mark.parametrize("synth", SYNTHS)
@pytest.mark.parametrize("converter", CONVERTERS)
def test_every_way_to_a_sound(tmp_path: Path, synth: str, converter: str) -> None:
    for program in (synth, converter):
        if program != "builtin" and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    result = abcrun(
        "render",
        "-",
        "--formats",
        "flac",
        "--synth",
        synth,
        "--converter",
        converter,
        input=TUNE,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr.decode()
    samples, rate = soundfile.read(str(tmp_path / "tune.flac"))
    assert rate == 44100
    assert 0.05 < abs(samples).max() <= 1


def test_a_tune_that_cannot_be_read_is_named_and_the_others_are_rendered(tmp_path: Path) -> None:
    (tmp_path / "mixed.abc").write_text(
        "X:1\nT:No key\nABc|\n\n" + TUNE.replace("X:1", "X:2") + "\nX:3\nK:C\nCDE"
    )
    result = abcrun("render", "mixed.abc", "--formats", "midi", cwd=tmp_path)
    assert result.returncode == 1
    assert sorted(path.name for path in tmp_path.glob("*.mid")) == ["mixed-1.mid", "mixed-2.mid"]
    assert b"mixed.abc: line" in result.stderr
    assert b"this tune is left out" in result.stderr


@needs_score
def test_a_file_as_target_is_one_printed_book(tmp_path: Path) -> None:
    book = "\n".join(traditional.ALL) + "\nX:9\nT:No key\nABc|\n"
    (tmp_path / "session tunes.abc").write_text(book)
    result = abcrun(
        "render", "session tunes.abc", "--out", "book.pdf", "--paper", "letter", cwd=tmp_path
    )
    assert result.returncode == 1  # a tune is left out, and told
    told, wrote = result.stderr.decode().splitlines()
    assert "no K: field" in told
    assert wrote == "wrote book.pdf"
    tunes = [Tune.parse(text) for text in traditional.ALL]
    written = (tmp_path / "book.pdf").read_bytes()
    assert written == render_book(tunes, title="session tunes", paper="letter")


def test_a_book_is_a_pdf_and_a_title_is_a_book_s(tmp_path: Path) -> None:
    (tmp_path / "a.abc").write_text(TUNE)
    wrong = abcrun("render", "a.abc", "--out", "a.pdf", "--formats", "wav", cwd=tmp_path)
    clean_failure(wrong, 2, "--formats wav does not go to a file of that name")
    wrong = abcrun("render", "a.abc", "--title", "Mine", cwd=tmp_path)
    clean_failure(wrong, 2, "--out BOOK.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["a.abc"]


@pytest.mark.parametrize("command", [("render", "a.abc"), ("generate",)], ids=" ".join)
def test_the_name_of_a_file_is_no_folder(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "a.abc").write_text(TUNE)
    wrong = abcrun(*command, "--out", "a.musicxml", cwd=tmp_path)
    clean_failure(wrong, 2, "--out FOLDER --formats musicxml")
    assert [path.name for path in tmp_path.iterdir()] == ["a.abc"]
    (tmp_path / "b.musicxml").mkdir()
    kept = abcrun("render", "a.abc", "--out", "b.musicxml", "--formats", "abc", cwd=tmp_path)
    assert kept.returncode == 0, kept.stderr.decode()


def test_check_names_file_line_column_and_reason(tmp_path: Path) -> None:
    (tmp_path / "bad.abc").write_text(
        TUNE + "\nX:2\nT:No key\nABc|\n\nX:3\nM:4/4\nL:1/4\nK:C\nCDEF|CDE|CDEF|]\n"
    )
    result = abcrun("check", "bad.abc", cwd=tmp_path)
    assert result.returncode == 1
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("bad.abc:")
    assert "K:" in lines[0]
    assert lines[1].startswith("bad.abc:16:")
    assert abcrun("check", "-", input=TUNE).returncode == 0


def test_check_reads_latin_1(tmp_path: Path) -> None:
    (tmp_path / "latin.abc").write_bytes(TUNE.replace("The test", "Séamus").encode("latin-1"))
    assert abcrun("check", "latin.abc", cwd=tmp_path).returncode == 0


@POSIX
def test_play_uses_the_first_player_found(tmp_path: Path) -> None:
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text('#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\n/bin/cp "$1" "$PLAYED"\n')
    player.chmod(0o755)
    played = tmp_path / "played.wav"
    result = abcrun("play", "-", input=TUNE, PATH=str(player.parent), PLAYED=str(played))
    assert result.returncode == 0, result.stderr.decode()
    assert soundfile.info(str(played)).duration > 1
    assert b"playing The test" in result.stderr


@POSIX
def test_play_without_a_player_says_what_to_do(tmp_path: Path) -> None:
    clean_failure(
        abcrun("play", "-", input=TUNE, PATH=str(tmp_path)), 1, "no player found", "abcrun render"
    )


def test_chords_grace_notes_and_swing_are_options(tmp_path: Path) -> None:
    tune = 'X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"G2{a}Bc dedB|"D7"ABAF D4|\n'
    (tmp_path / "t.abc").write_text(tune)
    sizes = {}
    for name, options in (
        ("usual", ()),
        ("no chords", ("--chords", "off")),
        ("chords only", ("--chords", "only")),
        ("no graces", ("--grace", "none")),
        ("swing", ("--swing",)),
    ):
        arguments = ("render", *options, "t.abc", "--out", name, "--formats", "midi")
        assert abcrun(*arguments, cwd=tmp_path).returncode == 0
        sizes[name] = (tmp_path / name / "t.mid").read_bytes()
    assert len(set(sizes.values())) == len(sizes)
    plain = TUNE.replace("X:1", "X:1\nT:plain")
    result = abcrun(
        "render", "-", "--chords", "only", "--formats", "midi", input=plain, cwd=tmp_path
    )
    clean_failure(result, 1, "the tune has no chord symbols to play")
