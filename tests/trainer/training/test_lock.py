"""The lock of a run's folder: one trainer at a time, and no lock of the dead."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from abcrun.errors import OutputError
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.lock import LockedError, locked
from tests.conftest import abctrain, abctrain_here

HOLD = """\
import sys, time
from pathlib import Path
from abctrain.training.lock import locked
with locked(Path("runs/mine")):
    print("locked", flush=True)
    time.sleep(600)
"""


def test_a_second_trainer_is_told_in_one_line_and_touches_nothing(
    workshop: Path, tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "mine"
    with locked(run):
        before = sorted(run.iterdir())
        result = abctrain_here(
            "train", "--recipe", workshop / "tiny.toml", "--corpus", workshop / "songs (1).txt",
            "--name", "mine", "--restart", cwd=tmp_path,
        )  # fmt: skip
        assert result.returncode == 1
        (line,) = result.stderr.decode().splitlines()
        assert line.startswith("abctrain: runs/mine: another program is training this run")
        assert sorted(run.iterdir()) == before


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="no process can be held up there")
def test_of_two_trainers_the_second_is_told_and_the_first_loses_nothing(
    workshop: Path, tmp_path: Path
) -> None:
    for name in ("songs (1).txt", "tiny.toml"):
        shutil.copy(workshop / name, tmp_path)
    command = [
        "train", "--recipe", "tiny.toml", "--corpus", "songs (1).txt", "--device", "cpu",
        "--set", "training.epochs=8",
    ]  # fmt: skip
    last = tmp_path / "runs" / "mine" / LAST
    first = subprocess.Popen(
        [sys.executable, "-m", "abctrain", *command, "--name", "mine"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    with first:
        while first.poll() is None and not last.exists():
            time.sleep(0.05)
        # Held up, or it would have to train until the second one has started.
        first.send_signal(signal.SIGSTOP)
        try:
            second = abctrain_here(*command, "--name", "mine", cwd=tmp_path)
        finally:
            first.send_signal(signal.SIGCONT)
    assert first.returncode == 0
    assert second.returncode == 1, "the first one was over before it was held up"
    (line,) = second.stderr.decode().splitlines()
    assert line.startswith("abctrain: runs/mine: another program is training this run")
    assert abctrain_here(*command, "--name", "alone", cwd=tmp_path).returncode == 0
    for file in (LAST, BEST):
        found, expected = (
            checkpoints.load(tmp_path / "runs" / name / file) for name in ("mine", "alone")
        )
        assert found["epoch"] == expected["epoch"]
        assert found["network"].keys() == expected["network"].keys()
        for name, weights in expected["network"].items():
            assert torch.equal(found["network"][name], weights), name


def test_runs_of_other_names_are_trained_at_the_same_time(tmp_path: Path) -> None:
    with locked(tmp_path / "one"), locked(tmp_path / "other"):
        pass


def test_a_lock_ends_with_the_training(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "mine"):
        _ = 1 / 0
    with locked(tmp_path / "mine"):
        pass


def test_nothing_stays_where_nothing_was_trained(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "runs" / "mine"):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "own").mkdir()
    with locked(tmp_path / "own"), locked(tmp_path / "runs" / "other"):
        (tmp_path / "runs" / "other" / "last.pt").write_text("")
    assert (tmp_path / "own").is_dir(), "it was there before"
    assert (tmp_path / "runs" / "other" / "last.pt").is_file()


def test_a_refused_corpus_leaves_no_run(workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "prose.abc").write_text("Once upon a time there was a fiddler.\n" * 200)
    result = abctrain("train", "--corpus", "prose.abc", cwd=tmp_path)
    assert result.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["prose.abc"]


def test_the_lock_of_a_killed_trainer_does_not_block(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout as said:
        assert said.readline() == "locked\n"
        with pytest.raises(LockedError), locked(tmp_path / "runs" / "mine"):
            pass
        holder.kill()
        holder.wait()
    with locked(tmp_path / "runs" / "mine"):
        pass


def test_a_run_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"), locked(tmp_path / "file/run"):
        pass
