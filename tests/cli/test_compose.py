"""`abcrun generate`: tunes as text, as JSON and as files."""

import json
from pathlib import Path

import mido
import soundfile

from tests.conftest import abcrun


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
