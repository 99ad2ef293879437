"""The program: one clear line for each failure, whatever the pipes and disks do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from abcrun.cli import main
from tests.cli.shared import POSIX, TUNE, clean_failure
from tests.conftest import abcrun, run


def test_version_and_help() -> None:
    assert abcrun("--version").stdout.startswith(b"abcrun 0.")
    listed = abcrun("--help").stdout.decode()
    for command in main.commands:
        assert f"\n  {command} " in listed
        assert abcrun(command, "--help").returncode == 0


def test_help_waits_for_nothing_that_takes_time_to_load() -> None:
    script = (
        "import sys, runpy; sys.argv = ['abcrun', *sys.argv[1:]]\n"
        "try: runpy.run_module('abcrun')\n"
        "except SystemExit: print(sorted({'numpy', 'onnxruntime', 'fractions', 'subprocess'}"
        " & set(sys.modules)))"
    )
    for arguments in ([], *([command] for command in main.commands)):
        result = run(sys.executable, "-c", script, *arguments, "--help")
        assert result.stdout.endswith(b"\n[]\n"), (arguments, result.stdout[-200:])


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
