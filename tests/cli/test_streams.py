"""Standard streams that are closed, missing or full: every command ends cleanly, with
its files written and the right status, through real descriptors."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.shared import POSIX, TUNE
from tests.conftest import run

pytestmark = POSIX

WRONG = TUNE.replace("DFA d3", "DFA d2")
WAYS = {
    "stdin closed": "<&-",
    "stdout closed": ">&-",
    "stderr closed": "2>&-",
    "all closed": "<&- >&- 2>&-",
    "stderr full": "2>/dev/full",
}
# As pythonw starts a program: there are no streams, whatever the descriptors are.
WITHOUT_STREAMS = """
import sys
sys.stdin = sys.stdout = sys.stderr = sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None
from abcrun.cli import main
main(sys.argv[1:])
"""


def redirected(
    way: str, *arguments: str | Path, cwd: Path, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run abcrun with streams redirected as a shell does it."""
    command = [sys.executable, "-W", "error", "-m", "abcrun"]
    if way == "no streams":
        command = [sys.executable, "-W", "error", "-c", WITHOUT_STREAMS]
    shell = f'exec "$@" {WAYS.get(way, way if way != "no streams" else "")}'
    return run("bash", "-c", shell, "bash", *command, *arguments, cwd=cwd, **more)


def files_of(folder: Path) -> list[str]:
    """Return the names of the files below a folder, none of which holds talk."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        assert content, path
        assert not any(word in content for word in (b"Traceback", b"wrote ", b"abcrun:")), path
    return sorted(path.name for path in files)


@pytest.mark.parametrize("way", [*WAYS, "no streams", ">/dev/full"])
def test_render_writes_its_files(way: str, tmp_path: Path) -> None:
    (tmp_path / "in.abc").write_text(TUNE)
    result = redirected(
        way, "render", "in.abc", "--out", "out", "--formats", "midi,wav,svg", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr
    assert files_of(tmp_path / "out") == ["in.mid", "in.svg", "in.wav"]


@pytest.mark.parametrize("way", [*WAYS, "no streams"])
def test_generate_writes_its_files(way: str, tmp_path: Path, tiny_path: Path) -> None:
    result = redirected(
        way,
        *("generate", "--model", tiny_path, "--seed", "1", "--out", "out", "--formats", "abc"),
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr
    assert files_of(tmp_path / "out") == ["tune-1-1.abc"]
    hears = way in ("stdin closed", "stderr closed", "stderr full")
    assert bool(result.stdout) == hears


@pytest.mark.parametrize("way", ["all closed", "no streams", "2>/dev/full"])
def test_convert_writes_its_files(way: str, tmp_path: Path) -> None:
    (tmp_path / "in.abc").write_text(TUNE)
    result = redirected(way, "convert", "in.abc", "--out", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert files_of(tmp_path / "out") == ["in.musicxml"]


@pytest.mark.parametrize("way", [*WAYS, "no streams"])
def test_check_tells_by_its_status(way: str, tmp_path: Path) -> None:
    (tmp_path / "right.abc").write_text(TUNE)
    (tmp_path / "wrong.abc").write_text(WRONG)
    for name, status in (("right.abc", 0), ("wrong.abc", 1)):
        result = redirected(way, "check", name, cwd=tmp_path)
        assert result.returncode == status, result.stderr
        assert b"Traceback" not in result.stderr
        if "closed" in way:
            assert (result.stderr == b"") == (way in ("stderr closed", "all closed"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("info",), 0),
        (("doctor",), 0),
        (("--version",), 0),
        (("--help",), 0),
        (("check", "--help"), 0),
        (("sing",), 2),
        (("check", "none.abc"), 2),
        (("check", "-"), 2),
        (("render", "-"), 2),
    ],
)
@pytest.mark.parametrize("way", ["all closed", "no streams"])
def test_the_others_end_with_their_status(
    way: str, arguments: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    result = redirected(way, *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (status, b"", b"")


def test_a_closed_stdin_is_named(tmp_path: Path) -> None:
    result = redirected("stdin closed", "check", "-", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, b"abcrun: -: stdin is closed; name a file\n")


def test_play_plays(tmp_path: Path) -> None:
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text('#!/bin/sh\necho talk; echo talk >&2\nwhile [ $# -gt 1 ]; do shift; done\n'
                      '/bin/cp "$1" "$PLAYED"\n')  # fmt: skip
    player.chmod(0o755)
    (tmp_path / "in.abc").write_text(TUNE)
    played = tmp_path / "played.wav"
    path = f"{player.parent}:/bin:/usr/bin"
    result = redirected("all closed", "play", "in.abc", cwd=tmp_path, PATH=path, PLAYED=str(played))
    assert result.returncode == 0
    assert played.read_bytes().startswith(b"RIFF")
    assert b"talk" not in played.read_bytes()


def test_bench_measures(tmp_path: Path, tiny_path: Path) -> None:
    result = redirected("<&- 2>&-", "bench", tiny_path, "--seconds", "0.1", "--json", cwd=tmp_path)
    assert result.returncode == 0
    assert json.loads(result.stdout)


def test_the_library_needs_no_streams(tmp_path: Path) -> None:
    script = (
        "import pathlib, abcrun, abcrun.rendering\n"
        f"tune = abcrun.Tune.parse({TUNE!r})\n"
        "formats = ['abc', 'midi', 'wav', 'svg', 'pdf']\n"
        "abcrun.rendering.render_files(tune, 'out', 'tune', formats)\n"
    )
    result = run("bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash", sys.executable, "-c", script,
                 cwd=tmp_path)  # fmt: skip
    assert result.returncode == 0
    assert len(files_of(tmp_path / "out")) == 5


@pytest.mark.parametrize("way", ["<&- >&- 2>&-", "2>/dev/full"])
def test_studio_serves(way: str, tmp_path: Path, tiny_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "abcrun", "studio", "--no-browser"]
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$@" {way}', "bash", *command, "--port", str(port), "--model",
         str(tiny_path)],
        cwd=tmp_path, env={**os.environ},
    )  # fmt: skip
    try:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/check",
            json.dumps({"abc": TUNE}).encode(),
            {"Content-Type": "application/json"},
        )
        for attempt in range(600):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    assert json.load(answer)["tunes"][0]["problems"] == []
                break
            except urllib.error.URLError:
                assert process.poll() is None
                assert attempt < 599
                time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
