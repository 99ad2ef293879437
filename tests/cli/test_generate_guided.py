"""`abcrun generate` with the model that has form plans."""

import json
import re
from pathlib import Path

from abcrun import Tune
from tests.composition.tunes import body
from tests.conftest import abcrun


def test_tunes_on_stdout_and_the_effort_on_stderr(folk_path: Path) -> None:
    result = abcrun(
        "generate",
        "--model",
        folk_path,
        "--device",
        "cpu",
        "--seed",
        "1",
        "-n",
        "3",
        "--meter",
        "6/8",
        "--key",
        "Ador",
        "--rhythm",
        "jig",
        "--unit",
        "1/8",
        "--bars",
        "16",
        "--form",
        "AABB",
        "--title",
        "Mine",
        "--max-copied",
        "14",
        "--best-of",
        "2",
    )
    assert result.returncode == 0, result.stderr.decode()
    texts = result.stdout.decode().rstrip("\n").split("\n\n")
    assert len(texts) == 3
    for number, text in enumerate(texts, 1):
        tune = Tune.parse(text)
        assert not tune.problems
        assert text.startswith(f"X:{number}\nT:Mine\nM:6/8\nL:1/8\nR:jig\nK:Ador\n")
    (line,) = result.stderr.decode().splitlines()
    assert re.fullmatch(r"3 complete of \d+ begun \(\d+%\), \d+ bars drawn again", line)


def test_one_object_a_line(folk_path: Path) -> None:
    result = abcrun(
        "generate",
        "--model",
        folk_path,
        "--device",
        "cpu",
        "--seed",
        "1",
        "-n",
        "2",
        "--guide",
        "bars",
        "--json",
        "--prompt",
        "X:1\nM:6/8\nK:D\n|:dAF DFA|",
    )
    assert result.returncode == 0, result.stderr.decode()
    lines = [json.loads(line) for line in result.stdout.decode().splitlines()]
    assert [line["index"] for line in lines] == [0, 1]
    for line in lines:
        assert line["complete"]
        assert line["problems"] == []
        assert body(line["abc"]).startswith("|:dAF DFA|")
        assert line["attempts"] >= 1
        assert line["redrawn_bars"] >= 0
        assert line["characters"] > 0


def test_the_instrument_that_plays_is_composed_for(folk_path: Path, tmp_path: Path) -> None:
    common = ("generate", "--model", folk_path, "--device", "cpu", "--seed", "1", "--bars", "16")
    result = abcrun(
        *common, "--instrument", "mandolin", "--range", "D4-D6", "-o", tmp_path, "--formats", "midi"
    )
    assert result.returncode == 0, result.stderr.decode()
    pitches = [note.pitch for note in Tune.parse(result.stdout.decode()).notes]
    assert min(pitches) >= 62, "of the range"
    assert max(pitches) <= 83, "of the mandolin"
    assert [path.suffix for path in tmp_path.iterdir()] == [".mid"]


def test_a_program_of_general_midi_only_plays(folk_path: Path) -> None:
    common = ("generate", "--model", folk_path, "--device", "cpu", "--seed", "1")
    plain = abcrun(*common).stdout
    assert abcrun(*common, "--instrument", "73").stdout == plain
    off = (*common, "--guide", "off")
    assert abcrun(*off, "--instrument", "flute").stdout == abcrun(*off).stdout


def test_a_wish_that_cannot_be_granted_is_one_line_and_status_2(folk_path: Path) -> None:
    for options in (
        ["--meter", "5/4"],
        ["--prompt", "|:abc|"],
        ["--guide", "off", "--max-copied", "20"],
        ["--range", "D4-A4"],
        ["--range", "D4-B5", "--guide", "off"],
        ["--instrument", "whistle", "--range", "C2-C4"],
        ["--instrument", "kazoo"],
    ):
        result = abcrun("generate", "--model", folk_path, "--device", "cpu", *options)
        assert result.returncode == 2
        assert result.stdout == b""
        assert len(result.stderr.decode().splitlines()) == 1
