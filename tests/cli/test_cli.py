"""The command line as its users meet it: real processes, real pipes, real files."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mido
import pytest
import soundfile

from abcrun import cli
from abcrun.formats import CONVERTERS, SYNTHS
from tests.conftest import abcrun

TUNE = "X:1\nT:The test\nM:6/8\nL:1/8\nK:D\nDFA dAF|DFA d3|\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell and its devices")


def clean_failure(result: subprocess.CompletedProcess[bytes], status: int, *words: str) -> None:
    said = result.stderr.decode()
    assert result.returncode == status, said
    assert "Traceback" not in said
    assert all(word in said for word in words), said
    assert len(said.strip().splitlines()) == 1 or said.startswith("Usage:"), said


# generate


def test_abc_goes_to_stdout_and_talk_to_stderr(tiny_path: Path) -> None:
    result = abcrun("generate", "--model", tiny_path, "--max-chars", "40")
    assert result.returncode == 0
    assert result.stdout.startswith(b"X:")
    assert result.stdout.endswith(b"\n")
    assert b"seed " in result.stderr


def test_a_seed_repeats_the_output(tiny_path: Path) -> None:
    command = ("generate", "--model", tiny_path, "--seed", "7", "--max-chars", "200")
    assert abcrun(*command).stdout == abcrun(*command).stdout


def test_the_shipped_model_composes_files_in_a_new_folder(tmp_path: Path) -> None:
    result = abcrun(
        "generate",
        "--valid",
        "--seed",
        "7",
        "--out",
        "new/out",
        "--formats",
        "abc,midi,wav,mp3,waveform",
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr.decode()
    folder = tmp_path / "new" / "out"
    paths = sorted(folder.iterdir())
    assert [path.name.partition(".")[2] for path in paths] == [
        "abc",
        "mid",
        "mp3",
        "wav",
        "waveform.svg",
    ]
    abc = next(path for path in paths if path.suffix == ".abc")
    assert abc.read_bytes().strip() == result.stdout.strip()
    sound = soundfile.info(str(abc.with_suffix(".wav")))
    assert sound.channels == 2
    assert abs(mido.MidiFile(abc.with_suffix(".mid")).length - sound.duration) < 5
    assert abcrun("check", abc).returncode == 0
    assert all(str(path.name) in result.stderr.decode() for path in paths)


def test_json_is_an_object_a_line(tiny_path: Path) -> None:
    result = abcrun(
        "generate", "--model", tiny_path, "-n", "3", "--seed", "1", "--max-chars", "80", "--json"
    )
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert all(
        row["seed"] == 1 and row["abc"].startswith("X:") and "problems" in row for row in rows
    )


def test_several_tunes_are_separated_by_blank_lines(tiny_path: Path) -> None:
    result = abcrun(
        "generate",
        "--model",
        tiny_path,
        "-n",
        "2",
        "--seed",
        "1",
        "--max-chars",
        "30",
        "--top-k",
        "1",
    )
    assert result.stdout.count(b"\n\n") >= 1


def test_sampling_options_are_used(tiny_path: Path) -> None:
    command = ("generate", "--model", tiny_path, "--max-chars", "50")
    greedy = abcrun(*command, "--greedy").stdout
    assert abcrun(*command, "--top-k", "1", "--seed", "3").stdout == greedy
    assert abcrun(*command, "--temperature", "0.00001", "--seed", "4").stdout == greedy
    assert abcrun(*command, "--top-p", "0.00001", "--seed", "5").stdout == greedy
    assert abcrun(*command, "--top-k", "80", "--temperature", "3", "--seed", "3").stdout != greedy


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("generate", "--no-such-option"), 2, ("No such option",)),
        (("generate", "--top-k", "0"), 2, ("top_k is 0",)),
        (("generate", "--temperature", "nan"), 2, ("temperature is nan",)),
        (("generate", "--prompt", "Ω"), 2, ("prompt: name the key and the meter",)),
        (
            ("generate", "--prompt", "Ω", "--key", "G", "--meter", "6/8"),
            2,
            ("'Ω' (U+03A9) at position 1",),
        ),
        (("generate", "--key", "H"), 2, ("'H' is no key",)),
        (("generate", "--rhythm", "tango"), 2, ("it knows reel, ",)),
        (("generate", "--meter", "6/8", "--form", "XYZ"), 2, ("with meter 6/8", "AABB")),
        (("generate", "--bars", "0"), 2, ("bars 0",)),
        (("generate", "--formats", "wav"), 2, ("--formats needs --out",)),
        (("generate", "--out", "x", "--formats", "wav,doc"), 2, ("choose from abc, midi",)),
        (("generate", "--model", "none.onnx"), 1, ("no such model file",)),
        (("generate", "--model", "text.onnx"), 1, ("text.onnx", "is it a whole .onnx file")),
        (("info", "text.onnx"), 1, ("text.onnx",)),
        (("render", "none.abc"), 2, ("none.abc", "No such file")),
        (("render", "text.onnx"), 1, ("tune",)),
        (("render", "tune.abc", "--instrument", "kazoo"), 2, ("kazoo",)),
        (("render", "tune.abc", "--rate", "1"), 2, ("rate",)),
        (("check", "none.abc"), 2, ("none.abc",)),
        (("sing",), 2, ("No such command",)),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], status: int, words: tuple[str, ...]
) -> None:
    (tmp_path / "text.onnx").write_text("This is no model.\n")
    (tmp_path / "tune.abc").write_text(TUNE)
    clean_failure(abcrun(*arguments, cwd=tmp_path), status, *words)


# Pipes and disks


@POSIX
def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m abcrun generate -n 20 --seed 1"
    result = subprocess.run(
        ["bash", "-c", f"{command} | head -1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        timeout=300,
    )
    first, status = result.stdout.split()
    assert first.startswith(b"X:")
    assert status == b"141"
    assert result.stderr == b""


@POSIX
def test_a_full_disk_is_one_clear_line(tiny_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        for arguments in (
            ("generate", "--model", tiny_path, "--seed", "1"),
            ("info",),
            ("--version",),
        ):
            result = subprocess.run(
                [sys.executable, "-m", "abcrun", *map(str, arguments)],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=300,
            )
            clean_failure(result, 1, "No space left on device")


@POSIX
@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root writes to read-only folders"
)
def test_a_read_only_folder_is_one_clear_line(tiny_path: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    clean_failure(
        abcrun("generate", "--model", tiny_path, "--seed", "1", "--out", tmp_path / "out"), 1, "out"
    )


def test_a_file_where_the_folder_should_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    (tmp_path / "tune.abc").write_text(TUNE)
    clean_failure(abcrun("render", "tune.abc", "--out", "out", cwd=tmp_path), 1, "out")
    clean_failure(
        abcrun("generate", "--seed", "1", "--valid", "--out", "out/deeper", cwd=tmp_path), 1, "out"
    )


# render, check, info, play


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


def test_a_tune_that_cannot_be_read_is_named_and_the_others_are_rendered(tmp_path: Path) -> None:
    (tmp_path / "mixed.abc").write_text(
        "X:1\nT:No key\nABc|\n\n" + TUNE.replace("X:1", "X:2") + "\nX:3\nK:C\nCDE"
    )
    result = abcrun("render", "mixed.abc", "--formats", "midi", cwd=tmp_path)
    assert result.returncode == 1
    assert sorted(path.name for path in tmp_path.glob("*.mid")) == ["mixed-1.mid", "mixed-2.mid"]
    assert b"mixed.abc: line" in result.stderr
    assert b"this tune is left out" in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_progress_bar_is_shown_when_something_takes_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "SHOW_PROGRESS_AFTER", -1.0)
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with cli._progress(3, "composing") as advance:
            for _ in range(3):
                advance()
        assert ("composing" in stream.getvalue()) == shown


def test_check_reads_latin_1(tmp_path: Path) -> None:
    (tmp_path / "latin.abc").write_bytes(TUNE.replace("The test", "Séamus").encode("latin-1"))
    assert abcrun("check", "latin.abc", cwd=tmp_path).returncode == 0


def test_info_tells_where_a_model_comes_from(tiny_path: Path) -> None:
    assert b"songs (1).txt: 60 tunes" in abcrun("info", tiny_path).stdout
    assert b"3 LSTM layers of 512 units" in abcrun("info").stdout
    assert json.loads(abcrun("info", tiny_path, "--json").stdout)["hidden"] == 48


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


def test_version_and_help() -> None:
    assert abcrun("--version").stdout.startswith(b"abcrun 0.")
    for command in ("generate", "render", "check", "info", "play"):
        assert abcrun(command, "--help").returncode == 0
