"""Several processes: the same training as in one, and nothing lost when one of them
is stopped or killed. The processes are real, started by torchrun."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from abcrun.errors import UsageError
from abctrain.__main__ import train
from abctrain.training import checkpoint as checkpoints
from abctrain.training.batches import IGNORED, padded
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.interruption import deferred_signals
from abctrain.training.rank import Rank
from tests.conftest import ROOT, TINY, run
from tests.trainer.conftest import returning_tune
from tests.trainer.training.conftest import CPU, new_trainer
from tests.trainer.training.twenty_steps import trainer_of, twenty_steps

pytestmark = pytest.mark.long

TORCHRUN = Path(sys.executable).parent / "torchrun"
EPOCHS = 6

TWO, THREE = ([TORCHRUN, "--standalone", "--nproc-per-node", count] for count in "23")

needs_gloo = pytest.mark.skipif(
    not (TORCHRUN.exists() and torch.distributed.is_gloo_available()), reason="no torchrun, no gloo"
)


@pytest.fixture(autouse=True)
def one_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests of other workers from starting processes at the same time."""
    base = tmp_path_factory.getbasetemp()
    with FileLock((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "distributed"):
        yield


# The same training


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "mine.abc"
    path.write_text("\n".join(map(returning_tune, range(1, 31))))
    return path


@pytest.fixture(scope="module")
def behind_two(book: Path) -> Path:
    """A folder with what two processes have come to in twenty steps."""
    done = run(*TWO, "-m", "tests.trainer.training.twenty_steps", book, book.parent, cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    return book.parent


@needs_gloo
@pytest.mark.parametrize("batches", ["streams", "tunes"])
def test_two_processes_come_to_the_weights_of_one(
    batches: str, book: Path, behind_two: Path
) -> None:
    trainer = trainer_of(batches, book)
    rows = {len(window.inputs) for window in trainer.batches.windows()}
    assert 1 in rows if batches == "tunes" else rows == {15}, "a process without rows"
    assert any(count > 1 and count % 2 for count in rows), "unequal shares"
    before = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
    expected = twenty_steps(trainer)
    found = torch.load(behind_two / f"{batches}.pt")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert (found[name] - tensor).abs().max() < 1e-5, name
    assert expected["norm"] > trainer.recipe.training.clip_norm, "gradients are clipped"
    moved = max(
        (trainer.network.state_dict()[name] - tensor).abs().max() for name, tensor in before.items()
    )
    assert moved > 0.01, "they have learned"


@needs_gloo
def test_one_process_tells_why_all_end(behind_two: Path) -> None:
    assert (behind_two / "failures").read_text() == "ElsewhereError CorpusError"


def test_rows_are_shared_out_and_who_gets_none_has_nothing_to_predict(book: Path) -> None:
    trainer = trainer_of("tunes", book)
    whole = padded(list(map(trainer.encode, trainer.corpus.training[:3])), CPU)
    shares = [whole.share(Rank(number, 4)) for number in range(4)]
    assert torch.equal(torch.cat([share.inputs for share in shares[:3]]), whole.inputs)
    assert torch.equal(torch.cat([share.targets for share in shares[:3]]), whole.targets)
    assert (shares[3].targets == IGNORED).all()
    assert shares[3].positions is not None and (shares[3].positions == IGNORED).all()
    assert {share.characters for share in shares} == {whole.characters}
    assert whole.share(Rank()) is whole


# Stopped and killed


@pytest.fixture(scope="module")
def command(workshop: Path) -> list[str | Path]:
    (workshop / "several.toml").write_text(TINY.format(epochs=EPOCHS) + "average = 0.9\n")
    return [
        "train", "--recipe", "several.toml", "--corpus", "songs (1).txt", "--device", "cpu",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def whole(workshop: Path, command: list[str | Path]) -> Path:
    """The run of three processes that nobody has stopped.

    Three add up in an order that has to be the same in every session."""
    done = run(*THREE, "-m", "abctrain", *command, "--name", "together", cwd=workshop)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.count(b"epoch %d: " % EPOCHS) == 1, "one process says what all do"
    return workshop / "runs" / "together"


def start(workshop: Path, *arguments: str | Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(list(map(str, arguments)), cwd=workshop, stderr=subprocess.PIPE)


def second_process(torchrun: "subprocess.Popen[bytes]", run_folder: Path) -> int:
    """The id of the second process that torchrun has started, once an epoch is over."""
    last = run_folder / LAST
    while torchrun.poll() is None and not (last.exists() and checkpoints.load(last)["epoch"]):
        time.sleep(0.05)
    (children,) = Path(f"/proc/{torchrun.pid}/task").glob(f"{torchrun.pid}/children")
    for child in children.read_text().split():
        if b"\0RANK=1\0" in Path(f"/proc/{child}/environ").read_bytes():
            return int(child)
    raise AssertionError("the training was over before it could be stopped")


def assert_same(one: Path, other: Path) -> None:
    """The weights, to the bit, and the figures of all epochs are the same."""
    for name in (LAST, BEST):
        ours, theirs = (checkpoints.load(folder / name) for folder in (one, other))
        for part, tensor in ours["network"].items():
            assert torch.equal(tensor, theirs["network"][part]), (name, part)
        for history in (ours["history"], theirs["history"]):
            for row in history:
                del row["characters_per_second"]
        assert ours["history"] == theirs["history"]


on_linux = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="finds processes in /proc"
)


@needs_gloo
@on_linux
def test_a_signal_to_any_process_stops_all_and_the_same_command_goes_on(
    workshop: Path, command: list[str | Path], whole: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stopped = workshop / "runs" / "stopped-together"
    arguments = (*THREE, "-m", "abctrain", *command, "--name", stopped.name)
    process = start(workshop, *arguments)
    os.kill(second_process(process, stopped), signal.SIGTERM)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 1
    assert said.count(b"\nabctrain: ") == 1
    assert b"all saved; the same command goes on from here" in said
    saved = checkpoints.load(stopped / LAST)
    assert len(saved["processes"]) == 3
    assert saved["state"][0].shape[1] == 8, "the rows of all"

    # In one process it goes on as well, with other random numbers.
    shutil.copytree(stopped, workshop / "runs" / "alone")
    alone = new_trainer(workshop, workshop / "runs" / "alone", settings=SETTINGS)
    with caplog.at_level("INFO"):
        alone.resume()
    assert "saved by 3 processes, going on in 1" in caplog.text
    assert torch.equal(alone.progress.loss_sum, saved["loss_sum"])
    alone.step(next(alone.batches.windows(alone.progress.window)))

    done = run(*arguments, cwd=workshop)
    assert done.returncode == 0, done.stderr.decode()
    assert_same(stopped, whole)


SETTINGS = (f"training.epochs={EPOCHS}", "training.average=0.9")
"""What the recipe of these runs has otherwise than the tiny one."""


@needs_gloo
@on_linux
def test_a_killed_process_is_started_anew_with_the_others_and_nothing_is_lost(
    workshop: Path, command: list[str | Path], whole: Path
) -> None:
    killed = workshop / "runs" / "killed-together"
    process = start(
        workshop, *THREE, "--max-restarts", "2", "-m", "abctrain", *command, "--name", killed.name,
        "--restart",
    )  # fmt: skip
    os.kill(second_process(process, killed), signal.SIGKILL)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    assert b"abctrain: another process has ended" in said
    assert b"going on in epoch" in said, "--restart is for the first start alone"
    assert b"Traceback" not in said
    assert_same(killed, whole)


def test_one_of_several_waits_for_the_others_however_many_signals_come() -> None:
    with deferred_signals(is_alone=False) as received:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert received == [signal.SIGTERM, signal.SIGINT]
    with pytest.raises(KeyboardInterrupt), deferred_signals():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)


def test_a_training_in_another_thread_leaves_signals_alone() -> None:
    def collect() -> list[int]:
        with deferred_signals() as received:
            return received

    before = signal.getsignal(signal.SIGTERM)
    with ThreadPoolExecutor() as pool:
        assert pool.submit(collect).result() == []
    assert signal.getsignal(signal.SIGTERM) is before


# What is wrong is told once


@needs_gloo
def test_a_wrong_recipe_is_told_in_one_line_and_ends_all(tmp_path: Path) -> None:
    done = run(*TWO, "-m", "abctrain", "train", "--recipe", "nonesuch", cwd=tmp_path)
    assert done.returncode == 1
    said = [line for line in done.stderr.decode().splitlines() if line.startswith("abctrain: ")]
    assert said == [
        "abctrain: no recipe 'nonesuch'; there are folk, irish, source, "
        "or give the path of a .toml file"
    ]


def test_fewer_streams_than_processes_are_refused(workshop: Path, tmp_path: Path) -> None:
    trainer = new_trainer(workshop, tmp_path / "run")
    trainer.processes.rank = Rank(0, 9)
    with pytest.raises(UsageError, match=r"training\.streams is 8: too few for 9 processes"):
        trainer.begin_epoch()


def test_half_an_environment_of_torchrun_is_told(tmp_path: Path) -> None:
    done = abctrain_with(tmp_path, WORLD_SIZE="2")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert "WORLD_SIZE asks for several processes" in line and "torchrun" in line


def abctrain_with(folder: Path, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return run(sys.executable, "-m", "abctrain", "train", cwd=folder, **environment)


# One process


def test_one_process_sets_up_nothing_of_torch_distributed(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(*_: object, **__: object) -> None:
        raise AssertionError("a process group was set up")

    for name in ("init_process_group", "new_group", "broadcast_object_list", "all_gather_object"):
        monkeypatch.setattr(torch.distributed, name, called)
    trainer = new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",))
    trainer.train()
    assert trainer.learner.forward is trainer.learner.objective
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("asked", "program"),
    [("", "python"), ("1", "python"), ("3", "torchrun --standalone --nproc-per-node 3")],
)
def test_make_starts_torchrun_for_more_than_one(asked: str, program: str) -> None:
    dry = ("make", "--no-print-directory", "-n", "-o", ".venv/.train", "train")
    told = run(*dry, "RECIPE=folk", f"GPUS={asked}", cwd=ROOT)
    assert told.stdout.decode().startswith(f".venv/bin/{program} -m abctrain train ")


def test_torchrun_takes_no_option_of_ours_for_an_abbreviation_of_its_own() -> None:
    from torch.distributed.run import get_args_parser

    theirs = [name for action in get_args_parser()._actions for name in action.option_strings]
    ours = [name for option in train.params for name in option.opts if name.startswith("--")]
    assert "--restart" in ours and "--max-restarts" in theirs
    assert not [(name, other) for name in ours for other in theirs if other.startswith(name)]
