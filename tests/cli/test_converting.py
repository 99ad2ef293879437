"""`abcrun convert`: MusicXML to ABC and back, from files, folders and stdin."""

from pathlib import Path

import pytest

from abcrun import Tune
from tests.cli.shared import TUNE
from tests.conftest import abcrun
from tests.musicxml.scores import compressed, note, score

SCORE = score(note("C4", 8), head="<work><work-title>A score</work-title></work>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.musicxml").write_text(SCORE)
    (tmp_path / "two.mxl").write_bytes(compressed({"a.xml": SCORE.replace("A score", "Packed")}))
    (tmp_path / "tune.abc").write_text(TUNE)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "three.xml").write_text(SCORE.replace("A score", "Inner"))
    return tmp_path


def test_a_score_goes_to_stdout(folder: Path) -> None:
    result = abcrun("convert", "one.musicxml", "--to", "abc", cwd=folder)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"X:1\nT:A score\nM:4/4\nL:1/8\nK:C\nC8 |\n"


def test_stdin_may_hold_either(folder: Path) -> None:
    assert b"T:A score" in abcrun("convert", "-", input=SCORE).stdout
    assert abcrun("convert", "-", input=TUNE).stdout.decode() == Tune.parse(TUNE).musicxml()


def test_several_scores_are_one_tunebook(folder: Path) -> None:
    result = abcrun("convert", "one.musicxml", "two.mxl", "--out", "book.abc", cwd=folder)
    assert result.returncode == 0
    titles = [tune.title for tune in Tune.find((folder / "book.abc").read_text())]
    assert titles == ["A score", "Packed"]
    assert "X:2" in (folder / "book.abc").read_text()


def test_folders_are_converted_to_folders(folder: Path) -> None:
    result = abcrun("convert", "-r", ".", "--to", "abc", "-o", "out", cwd=folder)
    assert result.returncode == 1  # the ABC file needs no conversion
    assert b"tune.abc: is ABC already" in result.stderr
    found = sorted(path.relative_to(folder / "out") for path in (folder / "out").rglob("*.abc"))
    assert list(map(str, found)) == ["inner/three.abc", "one.abc", "two.abc"]


def test_abc_becomes_a_file_for_each_tune(folder: Path) -> None:
    (folder / "book.abc").write_text(TUNE + "\n" + TUNE.replace("X:1", "X:2"))
    assert abcrun("convert", "book.abc", "-o", "out", cwd=folder).returncode == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "book-1.musicxml",
        "book-2.musicxml",
    ]
    assert abcrun("convert", "tune.abc", "-o", "a.musicxml", cwd=folder).returncode == 0
    assert (folder / "a.musicxml").read_text() == Tune.parse(TUNE).musicxml()


def test_lenient_converts_what_is_behind_a_blank_line(folder: Path) -> None:
    (folder / "gap.abc").write_text("X:1\nL:1/4\nK:C\nCDEF|\n\nGABc|\n")
    for options, notes in (((), 4), (("--lenient",), 8)):
        result = abcrun("convert", "gap.abc", *options, cwd=folder)
        assert result.stdout.count(b"<note") == notes


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing.mxl"], 2, b"missing.mxl: cannot be read"),
        (["inner"], 2, b"is a folder; -r reads the .musicxml, .mxl, .xml, .abc files in it"),
        (["one.musicxml", "--to", "musicxml"], 2, b"is MusicXML already"),
        (["one.musicxml", "--out", "a.abc", "--to", "musicxml"], 2, b"does not go to a file"),
        (["two.mxl", "bad.xml"], 1, b"bad.xml: the file is XML, but no score"),
        (["tune.abc", "tune2.abc"], 2, b"there are 2 scores, and a MusicXML file holds one"),
        (["remark.xml"], 0, b"remark.xml: not in the ABC: figured bass (part P1, measure 1)"),
    ],
)
def test_what_goes_wrong_is_one_line(
    folder: Path, arguments: list[str], status: int, said: bytes
) -> None:
    (folder / "bad.xml").write_text("<html/>")
    (folder / "tune2.abc").write_text(TUNE)
    (folder / "remark.xml").write_text(score("<figured-bass/>" + note("C4", 8)))
    result = abcrun("convert", *arguments, cwd=folder)
    assert result.returncode == status
    assert said in result.stderr
    assert result.stderr.count(b"\n") == 1
