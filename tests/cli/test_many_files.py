"""`abcrun check`, `render` and `play` on many files: one that is bad stops no other."""

import json
import os
import sys
from pathlib import Path

import pytest

from abcrun.notation.problem import KINDS, Problem
from tests.cli.shared import POSIX, TUNE
from tests.conftest import abcrun

WRONG = TUNE.replace("DFA d3|", "DFA d2|")
REMARKABLE = TUNE.replace("DFA dAF", "!wobble!DFA dAF")


def lines(output: bytes) -> list[str]:
    return output.decode().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with folders in it, and a file of each kind."""
    for name, text in (
        ("good.abc", TUNE),
        ("two.ABC", WRONG + "\n" + TUNE),
        ("sub/good.abc", TUNE),
        ("sub/deep/wrong.abc", WRONG),
        ("sub/.hidden/no.abc", WRONG),
        ("sub/notes.txt", WRONG),
        ("._good.abc", "no music\0"),
    ):
        path = tmp_path / "tunes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


class TestWhatIsRead:
    def test_files_in_their_order_and_the_problems_of_each(self, folder: Path) -> None:
        result = abcrun("check", "two.ABC", "sub/deep/wrong.abc", "good.abc", cwd=folder / "tunes")
        assert lines(result.stdout) == [
            "two.ABC:6:9: the bar lasts 5/8, but its meter asks for 6/8 [bar-length]",
            f"{Path('sub/deep/wrong.abc')}:6:9: the bar lasts 5/8, but its meter asks for 6/8 "
            "[bar-length]",
        ]
        assert lines(result.stderr) == ["2 problems in 4 tunes of 3 files"]
        assert result.returncode == 1

    def test_a_folder_and_those_below_but_nothing_hidden(self, folder: Path) -> None:
        for option in ("-r", "--recursive"):
            result = abcrun("check", option, "tunes", cwd=folder)
            assert [line.split(":")[0] for line in lines(result.stdout)] == [
                str(Path("tunes/two.ABC")),
                str(Path("tunes/sub/deep/wrong.abc")),
            ]
            assert lines(result.stderr) == ["2 problems in 5 tunes of 4 files"]
        assert b"in 5 tunes of 4 files" in abcrun("check", "-r", ".", cwd=folder / "tunes").stderr

    def test_each_file_once_and_stdin_among_them(self, folder: Path) -> None:
        result = abcrun(
            *("check", "-r", "-", "tunes", "tunes/good.abc", "tunes", "-"), cwd=folder, input=WRONG
        )
        assert lines(result.stdout)[0].startswith("-:6:9: ")
        assert lines(result.stderr) == ["3 problems in 6 tunes of 5 files"]

    def test_patterns_that_no_shell_has_expanded(self, folder: Path) -> None:
        pattern = str(Path("tunes", "**", "*.abc"))
        result = abcrun("check", pattern, cwd=folder)
        assert lines(result.stderr) == ["1 problem in 3 tunes of 3 files"]
        (folder / "[a].abc").write_text(TUNE)  # a name that looks like a pattern
        assert abcrun("check", "[a].abc", cwd=folder).returncode == 0

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("none.abc",), "none.abc: cannot be read (No such file or directory)"),
            (("x*.abc",), "x*.abc: no file matches"),
            (("tunes",), "tunes: is a folder; -r reads the .abc files in it"),
            (("-r", "empty"), "empty: no file in it ends with .abc"),
        ],
    )
    @pytest.mark.parametrize("command", ["check", "render", "play"])
    def test_what_is_no_file_is_one_line(
        self, folder: Path, command: str, arguments: tuple[str, ...], said: str
    ) -> None:
        (folder / "empty").mkdir()
        alone = abcrun(command, *arguments, cwd=folder, PATH=str(player(folder)))
        assert (lines(alone.stderr), alone.returncode) == ([f"abcrun: {said}"], 2)
        among = abcrun(command, *arguments, "tunes/good.abc", cwd=folder, PATH=str(player(folder)))
        assert lines(among.stderr)[0] == f"abcrun: {said}"
        assert len(lines(among.stderr)) > 1
        assert among.returncode == 1

    def test_a_file_that_is_no_text_is_one_line(self, folder: Path) -> None:
        (folder / "bytes.abc").write_bytes(b"MThd\0\0\0\6")
        (folder / "utf-16.abc").write_text(TUNE, "utf-16")
        result = abcrun("check", "bytes.abc", "utf-16.abc", "tunes/good.abc", cwd=folder)
        assert lines(result.stderr)[0].startswith("abcrun: bytes.abc: is no text")
        assert lines(result.stderr)[1] == "0 problems in 2 tunes of 2 files"
        assert result.returncode == 1

    @POSIX
    def test_links_that_lead_back_and_pipes_are_not_waited_for(self, folder: Path) -> None:
        (folder / "tunes" / "up").symlink_to("..")
        (folder / "tunes" / "self.abc").symlink_to("self.abc")
        (folder / "tunes" / "link.abc").symlink_to("good.abc")
        os.mkfifo(folder / "tunes" / "pipe.abc")
        result = abcrun("check", "-r", "tunes", cwd=folder)
        assert lines(result.stderr) == [
            "abcrun: tunes/pipe.abc: cannot be read (no regular file)",
            "abcrun: tunes/self.abc: cannot be read (Too many levels of symbolic links)",
            "2 problems in 6 tunes of 5 files",
        ]

    @POSIX
    def test_a_file_without_an_end(self) -> None:
        result = abcrun("check", "/dev/zero")
        assert (len(lines(result.stderr)), result.returncode) == (1, 1)

    @POSIX
    def test_ten_thousand_files(self, tmp_path: Path) -> None:
        for number in range(10_000):
            (tmp_path / f"{number}.abc").symlink_to("none")
        (tmp_path / "tune.abc").write_text(WRONG)
        result = abcrun("check", "-r", ".", cwd=tmp_path)
        assert len(lines(result.stdout)) == 1
        assert len(lines(result.stderr)) == 10_001
        assert result.returncode == 1


class TestWhatCheckTells:
    def test_json_is_one_array(self, folder: Path) -> None:
        result = abcrun("check", "--json", "-r", "tunes", "none.abc", cwd=folder)
        found = json.loads(result.stdout)
        assert found[0] == {
            "file": str(Path("tunes/two.ABC")),
            "line": 6,
            "column": 9,
            "kind": "bar-length",
            "reason": "the bar lasts 5/8, but its meter asks for 6/8",
            "is_remark": False,
            "tune": 1,
            "reference": 1,
        }
        assert len(found) == 2
        assert result.returncode == 1
        assert json.loads(abcrun("check", "--json", "tunes/good.abc", cwd=folder).stdout) == []
        (folder / "letter.abc").write_text("No tune here.\n")
        (found,) = json.loads(abcrun("check", "--json", "letter.abc", cwd=folder).stdout)
        assert (found["kind"], found["tune"], found["reference"]) == ("no-tune", None, None)

    def test_remarks_are_no_faults(self, folder: Path) -> None:
        (folder / "remark.abc").write_text(REMARKABLE)
        result = abcrun("check", "remark.abc", "tunes/good.abc", cwd=folder)
        (line,) = lines(result.stdout)
        assert line.startswith("remark.abc:6:1: remark: ")
        assert line.endswith(" [unsupported]")
        assert lines(result.stderr) == ["0 problems and 1 remark in 2 tunes of 2 files"]
        assert result.returncode == 0
        (found,) = json.loads(abcrun("check", "--json", "remark.abc", cwd=folder).stdout)
        assert found["is_remark"]

    @pytest.mark.parametrize(
        ("options", "kinds", "status"),
        [
            ((), ["unsupported", "unreadable", "bar-length"], 1),
            (("--kinds", "bar-length"), ["bar-length"], 1),
            (("--kinds", "unsupported, bar-length"), ["unsupported", "bar-length"], 1),
            (("--kinds", "unsupported"), ["unsupported"], 0),
            (("--kinds", "field"), [], 0),
            (("--ignore", "unsupported"), ["unreadable", "bar-length"], 1),
            (("--ignore", "unreadable,bar-length"), ["unsupported"], 0),
            (("--kinds", "bar-length,field", "--ignore", "bar-length"), [], 0),
        ],
    )
    def test_kinds(
        self, folder: Path, options: tuple[str, ...], kinds: list[str], status: int
    ) -> None:
        (folder / "all.abc").write_text(REMARKABLE.replace("DFA d3|", "DFA d?2|"))
        result = abcrun("check", "all.abc", *options, cwd=folder)
        found = [line.rpartition("[")[2].rstrip("]") for line in lines(result.stdout)]
        assert sorted(set(found)) == sorted(kinds)
        assert result.returncode == status

    @pytest.mark.parametrize("option", ["--kinds", "--ignore"])
    @pytest.mark.parametrize("value", ["bars", "", "bar-length,bars"])
    def test_a_kind_that_there_is_not(self, folder: Path, option: str, value: str) -> None:
        result = abcrun("check", option, value, "tunes/good.abc", cwd=folder)
        (line,) = lines(result.stderr)
        assert line.startswith(f"abcrun: {option} {value!r}: choose from no-tune, ")
        assert result.returncode == 2

    def test_kinds_are_the_documented_ones(self) -> None:
        assert Problem.__doc__ is not None
        assert [line.split('"')[1] for line in Problem.__doc__.splitlines() if
                line.startswith('    "')] == list(KINDS)  # fmt: skip

    @POSIX
    def test_the_shell_completes_kinds(self) -> None:
        result = abcrun(
            _ABCRUN_COMPLETE="bash_complete",
            COMP_WORDS="abcrun check --kinds field,bar",
            COMP_CWORD="3",
        )
        assert lines(result.stdout) == ["plain,field,bar-length", "plain,field,bar-line"]

    def test_no_problem_is_left_out(self, tmp_path: Path) -> None:
        book = "\n".join(WRONG.replace("DFA d2|", "DFA d2|" * 40) for _ in range(40))
        (tmp_path / "book.abc").write_text(book)
        result = abcrun("check", "book.abc", cwd=tmp_path)
        assert lines(result.stderr) == ["1,600 problems in 40 tunes of 1 file"]
        assert len(lines(result.stdout)) == 1_600

    def test_originality_of_each_tune_of_each_file(self, folder: Path) -> None:
        result = abcrun("check", "--originality", "-r", "tunes", cwd=folder)
        shared = [line for line in lines(result.stdout) if "longest run shared" in line]
        assert len(shared) == 5
        assert shared[0].startswith(f"{Path('tunes/good.abc')}:1: longest run shared with a ")
        found = json.loads(
            abcrun("check", "--originality", "--json", "tunes/good.abc", cwd=folder).stdout
        )
        assert [(one["kind"], one["is_remark"]) for one in found] == [("originality", True)]


class TestWhatRenderWrites:
    def test_folders_keep_their_structure(self, folder: Path) -> None:
        result = abcrun("render", "-r", "tunes", "--formats", "abc", "--out", "out", cwd=folder)
        written = sorted(
            str(path.relative_to(folder / "out"))
            for path in (folder / "out").rglob("*")
            if path.is_file()
        )
        assert written == sorted(
            map(str, map(Path, ["good.abc", "two-1.abc", "two-2.abc", "sub/good.abc",
                                "sub/deep/wrong.abc"]))
        )  # fmt: skip
        assert result.returncode == 0

    def test_no_two_tunes_have_one_name(self, tmp_path: Path) -> None:
        two = TUNE + "\n" + TUNE
        for name, text in (
            ("a/x.abc", TUNE), ("b/x.abc", TUNE), ("c/X.abc", two), ("d/x.abc", two),
            ("d/x-1.abc", TUNE),
        ):  # fmt: skip
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        result = abcrun(
            *("render", "a/x.abc", "b/x.abc", "c/X.abc", "d/x.abc", "d/x-1.abc"),
            *("--formats", "abc,midi", "--out", "out"),
            cwd=tmp_path,
        )
        assert result.returncode == 0
        stems = ["x", "x_2", "X_3-1", "X_3-2", "x_4-1", "x_4-2", "x-1"]
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
            stem + suffix for stem in stems for suffix in (".abc", ".mid")
        )

    def test_a_file_that_is_read_is_never_written(self, tmp_path: Path) -> None:
        book = "Words of the author.\n\n" + TUNE
        for name in ("x.abc", "x-1.abc"):
            (tmp_path / name).write_text(book)
        (tmp_path / "two.abc").write_text(TUNE + "\n" + TUNE)
        (tmp_path / "two-1.abc").write_text(book)
        result = abcrun("render", "-r", ".", "--formats", "abc", cwd=tmp_path)
        assert result.returncode == 0
        assert (tmp_path / "x.abc").read_text() == book
        assert (tmp_path / "two-1.abc").read_text() == book
        assert (tmp_path / "x_2.abc").read_text() == TUNE
        assert (tmp_path / "two_2-1.abc").exists()

    def test_what_cannot_be_rendered_stops_no_other(self, folder: Path) -> None:
        (folder / "letter.abc").write_text("No tune here.\n")
        (folder / "long.abc").write_text(TUNE.replace("DFA d3|", "DFA dAF|" * 800))
        (folder / "cut.abc").write_text("X:1\nT:No key\nABc|\n\n" + TUNE)
        result = abcrun(
            *("render", "letter.abc", "none.abc", "long.abc", "cut.abc", "tunes/good.abc"),
            *("--formats", "wav"),
            cwd=folder,
        )
        said = [line for line in lines(result.stderr) if not line.startswith("wrote ")]
        assert [line.split(": ")[1] for line in said] == [
            "letter.abc", "none.abc", "long.abc", "cut.abc"
        ]  # fmt: skip
        assert sorted(path.name for path in folder.glob("*.wav")) == ["cut.wav", "good.wav"]
        assert result.returncode == 1

    def test_wrong_options_stop_it_before_anything_is_read(self, folder: Path) -> None:
        for options in (("--formats", "doc"), ("--instrument", "kazoo"), ("--transpose", "H")):
            result = abcrun("render", "-r", "tunes", "none.abc", *options, cwd=folder)
            assert (len(lines(result.stderr)), result.returncode) == (1, 2)


def player(folder: Path) -> Path:
    """Make a program that notes how long the sounds are that it is to play."""
    program = folder / "bin" / "aplay"
    if not program.exists():
        program.parent.mkdir()
        program.write_text(
            f"#!{sys.executable}\nimport os, sys\n"
            "with open(os.path.join(os.path.dirname(__file__), 'played'), 'a') as log:\n"
            "    log.write(f'{os.path.getsize(sys.argv[-1])}\\n')\n"
        )
        program.chmod(0o755)
    return program.parent


@POSIX
def test_play_plays_the_tunes_of_all_files(folder: Path) -> None:
    (folder / "letter.abc").write_text("No tune here.\n")
    result = abcrun("play", "letter.abc", "-r", "tunes", cwd=folder, PATH=str(player(folder)))
    assert lines(result.stderr)[0].startswith("abcrun: letter.abc: there is no tune")
    assert [line.split(" (")[0] for line in lines(result.stderr)[1:]] == ["playing The test"] * 5
    assert len((folder / "bin" / "played").read_text().split()) == 5
    assert result.returncode == 1


@POSIX
def test_lenient_reads_on_over_a_blank_line(tmp_path: Path) -> None:
    parted = TUNE.replace("|DFA", "|\n\nDFA")
    (tmp_path / "parted.abc").write_text(parted)
    strict = abcrun("check", "parted.abc", cwd=tmp_path)
    assert lines(strict.stdout)[0].endswith(" [blank-line]")
    assert "line" in lines(strict.stdout)[0]
    assert strict.returncode == 1
    assert abcrun("check", "--lenient", "parted.abc", cwd=tmp_path).returncode == 0
    assert abcrun("render", "parted.abc", "--formats", "wav", cwd=tmp_path).returncode == 0
    half = (tmp_path / "parted.wav").stat().st_size
    result = abcrun("render", "--lenient", "parted.abc", "--formats", "wav", cwd=tmp_path)
    assert result.returncode == 0
    assert (tmp_path / "parted.wav").stat().st_size > half
    result = abcrun("play", "--lenient", "parted.abc", cwd=tmp_path, PATH=str(player(tmp_path)))
    assert result.returncode == 0
    played = int((tmp_path / "bin" / "played").read_text())
    assert played == (tmp_path / "parted.wav").stat().st_size
