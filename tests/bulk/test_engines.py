"""Engines: whoever is killed, the same command makes what is missing, and nothing
twice."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from abcrun import Model, OutputError
from abcrun.bulk.engines import engine_named, make_shards
from abcrun.bulk.shard import Done, Job
from tests.bulk.shared import assert_rows_are_tunes, bulk, command, contents, rows
from tests.conftest import abcrun, run

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes as Linux has them")


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start `abcrun` as a shell does: in a group of its own, which Ctrl-C reaches."""
    return subprocess.Popen(
        [sys.executable, "-m", "abcrun", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A suite that runs in the background is deaf to Ctrl-C, and so would this be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_until(condition: Callable[[], object], driver: subprocess.Popen[bytes]) -> None:
    """Wait as long as the driver works."""
    while not condition():
        assert driver.poll() is None, driver.communicate()[1].decode()
        time.sleep(0.02)


def made(folder: Path) -> int:
    return len(list(folder.glob("tunes-*.parquet")))


def workers(driver: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes that compose."""
    found = []
    for process in psutil.Process(driver.pid).children(recursive=True):
        words = " ".join(process.cmdline())
        if "spawn_main" in words or words.startswith("ray::make_shard"):
            found.append(process)
    return found


@linux
def test_killed_workers_and_drivers_lose_and_double_nothing(tmp_path: Path, folk: Model) -> None:
    # With ray and dask the same is done by `python -m tests.bench.bulk kills`: to start
    # them three times takes longer than all else here.
    # Of each tune the best of three: time enough to kill between two shards.
    arguments = command(tmp_path, "--workers", "2", "--best-of", "3")
    driver = start(*arguments)
    wait_until(lambda: made(tmp_path) >= 1, driver)
    workers(driver)[0].kill()
    before = made(tmp_path)
    wait_until(lambda: made(tmp_path) > before, driver)
    others = workers(driver)
    driver.kill()
    assert driver.communicate()[0] == b"", "talk goes to stderr"
    assert not psutil.wait_procs(others, timeout=60)[1], "who worked for it ends, too"
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("tunes-*")}
    assert 1 < len(kept) < 6
    # What would be left of one that was killed while it wrote.
    for number in range(6):
        (tmp_path / f".tunes-{number:06}.parquet.00c0ffee.tmp").write_bytes(b"half")
    result = abcrun(*arguments)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout == b""
    assert "60 of 60 tunes" in result.stderr.decode()
    assert sorted(contents(tmp_path)) == [
        "_manifest.json",
        *(f"tunes-{number:06}.parquet" for number in range(6)),
    ]
    assert kept.items() <= contents(tmp_path).items()
    found = rows(tmp_path)
    assert [row["index"] for row in found] == list(range(60))
    assert_rows_are_tunes([found[3], found[31], found[58]], folk, best_of=3)
    assert abcrun("bulk", "--check", tmp_path).returncode == 0


@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_engines_go_on_and_make_the_files_of_local(engine: str, tmp_path: Path) -> None:
    for package in {"ray": ["ray"], "dask": ["dask", "distributed"]}[engine]:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install abcrun[{engine}]")
    own, other = tmp_path / "own", tmp_path / "other"
    for shard in range(3):
        assert bulk(own, "--shard", str(shard), count=24, size=8).exit_code == 0
    # One shard is there already, whoever made it.
    assert bulk(other, "--shard", "1", count=24, size=8).exit_code == 0
    arguments = command(other, "--engine", engine, "--workers", "2", count=24, size=8)
    result = abcrun(*arguments)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout == b""
    assert "24 of 24 tunes" in result.stderr.decode()
    assert contents(other) == contents(own)


@linux
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(sent: signal.Signals, tmp_path: Path) -> None:
    driver = start(*command(tmp_path, "--workers", "2", "--best-of", "4"))
    wait_until(lambda: made(tmp_path) >= 1, driver)
    others = workers(driver)
    if sent is signal.SIGINT:
        os.killpg(driver.pid, sent)  # a terminal sends it to all
    else:
        driver.send_signal(sent)
    said = driver.communicate()[1].decode()
    assert driver.returncode == 130, said
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert not psutil.wait_procs(others, timeout=60)[1]
    assert not list(tmp_path.glob(".*"))
    assert 1 <= made(tmp_path) < 6


def test_two_shells_give_the_files_of_one(tmp_path: Path) -> None:
    once = command(tmp_path / "one", count=6, size=2)
    assert abcrun(*once).returncode == 0
    shells = [start(*command(tmp_path / "two", "--shard", str(k), count=6, size=2)) for k in (0, 2)]
    for shell in shells:
        _, said = shell.communicate()
        assert (shell.returncode, said) == (0, b"")
    two = contents(tmp_path / "two")
    assert len(two) == 3
    assert two.items() <= contents(tmp_path / "one").items()


def test_a_shard_that_kills_its_processes_ends_the_run(tmp_path: Path) -> None:
    job = Job(str(tmp_path), None, "")
    local = importlib.import_module("abcrun.bulk.engines.local")
    original = local._start

    def start_and_kill(job: Job) -> object:
        pipe, process = original(job)
        process.kill()
        return pipe, process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_start", start_and_kill)
        with pytest.raises(OutputError, match="3 processes have died on shard 5"):
            list(engine_named("local")(job, [5], 1))


def test_the_first_error_ends_the_run() -> None:
    ended = []

    def run(job: Job, numbers: list[int], workers: int | None) -> object:
        try:
            yield Done(0, 10)
            yield Done(1, error=OutputError("the disk is full"))
            yield Done(2, 10)
        finally:
            ended.append(True)

    shards = make_shards(run, Job("", None, ""), [0, 1, 2])  # type: ignore[arg-type]
    assert next(shards).number == 0
    with pytest.raises(OutputError, match="the disk is full"):
        next(shards)
    assert ended


def test_an_import_of_abcrun_loads_no_engine() -> None:
    code = (
        "import sys, abcrun, abcrun.cli; abcrun.Model\n"
        "loaded = {'pyarrow', 'fsspec', 'ray', 'dask', 'distributed'} & set(sys.modules)\n"
        "sys.exit(', '.join(loaded) or 0)"
    )
    result = run(sys.executable, "-c", code)
    assert result.returncode == 0, result.stderr.decode()
