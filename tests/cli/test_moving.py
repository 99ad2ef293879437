"""`--transpose`, `--fit` and `--for` of the commands, and `check --instrument`."""

import json
from pathlib import Path

import pytest

from abcrun import Tune
from tests.cli.shared import clean_failure
from tests.conftest import abcrun
from tests.musicxml.scores import note, score
from tests.traditional import KESH


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "kesh.abc").write_text(KESH)
    return tmp_path / "kesh.abc"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--transpose", "+2"), Tune.parse(KESH).transpose("A")),
        (("--transpose", "-3"), Tune.parse(KESH).transpose("E")),
        (("--for", "Bb"), Tune.parse(KESH).written_for("Bb")),
        (("--for", "capo 2"), Tune.parse(KESH).written_for("capo 2")),
        (("--fit", "whistle in Bb"), Tune.parse(KESH).transpose("Eb")),
        (("--transpose", "F", "--for", "Eb"), Tune.parse(KESH).transpose("F").written_for("Eb")),
    ],
)
def test_tunes_are_rendered_moved(file: Path, options: tuple[str, ...], expected: Tune) -> None:
    out = file.parent / "out"
    result = abcrun("render", file, "-o", out, "--formats", "abc", *options)
    assert result.returncode == 0, result.stderr
    assert (out / "kesh.abc").read_text() == expected.text.strip("\n") + "\n"


def test_a_converted_score_is_moved_too(file: Path) -> None:
    result = abcrun("convert", file, "--for", "Bb")
    assert result.stdout.decode() == Tune.parse(KESH).written_for("Bb").musicxml()
    back = abcrun("convert", "-", "--transpose", "+2", input=score(note("C4", 8)))
    assert back.stdout.endswith(b"K:D\nD8 |\n")


def test_what_an_instrument_cannot_play_is_named(file: Path) -> None:
    out = file.parent / "out"
    result = abcrun("render", file, "-o", out, "--formats", "abc", "--fit", "highland pipes")
    said = result.stderr.decode().splitlines()
    assert said[0] == f"abcrun: {file}: line 1: highland pipes cannot play F#4, B5"
    assert result.returncode == 0
    file.write_text(KESH.replace("K:G", "K:Gm"))
    checked = abcrun("check", file, "--instrument", "whistle")
    assert checked.returncode == 0
    assert checked.stdout.decode() == f"{file}:1: whistle cannot play F4, Bb4, Eb5, F5, Bb5\n"
    entries = json.loads(abcrun("check", file, "--json", "--instrument", "whistle").stdout)
    assert [(one["kind"], one["is_remark"]) for one in entries] == [("instrument", True)]
    assert abcrun("check", file, "--instrument", "fiddle").stdout == b""


@pytest.mark.parametrize("command", ["render", "convert", "play"])
@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--transpose", "H", "no key"),
        ("--transpose", "+500", "-120 to +120"),
        ("--fit", "kazoo", "unknown instrument"),
        ("--for", "H", "nothing is written for"),
    ],
)
def test_what_no_tune_could_do_is_refused_at_once(
    file: Path, command: str, option: str, value: str, words: str
) -> None:
    clean_failure(abcrun(command, file, option, value), 2, words)
    assert [one.name for one in file.parent.iterdir()] == ["kesh.abc"]


def test_an_unknown_instrument_to_check_for_is_wrong_usage(file: Path) -> None:
    clean_failure(abcrun("check", file, "--instrument", "kazoo"), 2, "unknown instrument")
