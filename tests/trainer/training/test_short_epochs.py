"""Epochs that are shorter than it takes to write a checkpoint, as on a GPU: they are
saved by time, and nothing is lost for all that."""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from abctrain.training import checkpoint as checkpoints
from abctrain.training import trainer as training
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.trainer import InterruptedTrainingError, Trainer, TrainingError
from tests.trainer.training.conftest import new_trainer

EPOCHS = ("training.epochs=5", "network.hidden=16")


class Killed(BaseException):
    """What nothing catches, as a kill."""


class Disk:
    """Counts the checkpoints that are written; the process may die at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dies_at: float = float("inf")) -> None:
        self.written: list[str] = []
        save = checkpoints.save

        def counted(checkpoint: Any, path: Path) -> None:
            if len(self.written) >= dies_at:
                raise Killed
            save(checkpoint, path)
            self.written.append(path.name)

        monkeypatch.setattr(checkpoints, "save", counted)


def short(workshop: Path, run: Path, keep_every: int = 0) -> Trainer:
    """A trainer that takes its epochs to be short."""
    trainer = new_trainer(workshop, run, settings=EPOCHS, keep_every=keep_every)
    trainer.saves_each_epoch = False
    return trainer


def losing(trainer: Trainer, after: int) -> Trainer:
    """Have the held-out loss rise behind an epoch: that one is the best."""
    cross_entropy = trainer.held_out.cross_entropy

    class HeldOut:
        def cross_entropy(self, network: Any) -> float:
            worse = 1.0 if trainer.epoch >= after else 0.0
            return cross_entropy(network) + worse

    trainer.held_out = HeldOut()  # type: ignore[assignment]
    return trainer


@pytest.fixture(scope="module")
def whole(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was saved at each epoch's end; its third is the best."""
    trainer = new_trainer(workshop, tmp_path_factory.mktemp("whole") / "run", settings=EPOCHS)
    assert trainer.saves_each_epoch  # on the CPU
    losing(trainer, after=3).train()
    return trainer.run


def weights(path: Path) -> torch.Tensor:
    return torch.cat([part.flatten() for part in checkpoints.load(path)["network"].values()])


def same(one: Path, other: Path) -> None:
    """Check that two runs have the same networks and figures."""
    for name in (BEST, LAST):
        assert torch.equal(weights(one / name), weights(other / name))
        assert checkpoints.load(one / name)["epoch"] == checkpoints.load(other / name)["epoch"]
    tables = [
        [row.split(",")[:5] for row in (run / "metrics.csv").read_text().splitlines()]
        for run in (one, other)
    ]
    assert tables[0] == tables[1]


def test_all_is_written_at_the_end_and_the_same(
    workshop: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    losing(short(workshop, tmp_path / "run"), after=3).train()
    assert disk.written == [LAST, BEST, LAST]
    same(whole, tmp_path / "run")


def test_after_some_time_all_is_written(
    workshop: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", -1.0)
    disk = Disk(monkeypatch)
    losing(short(workshop, tmp_path / "run"), after=3).train()
    assert disk.written.count(BEST) == 3
    same(whole, tmp_path / "run")


@pytest.mark.parametrize("dies_at", range(1, 7))
def test_killed_before_any_write_and_resumed_it_is_the_same(
    workshop: Path, whole: Path, tmp_path: Path, dies_at: int
) -> None:
    # A save at the end of the epochs 2 and 4, and within the third and the last.
    def saved(trainer: Trainer) -> Trainer:
        step = trainer.step

        def saving(window: Any) -> None:
            step(window)
            if (trainer.epoch, trainer.progress.window) in ((2, 5), (4, 5)):
                trainer.save()

        trainer.step = saving  # type: ignore[method-assign]
        return losing(trainer, after=3)

    def save_some(trainer: Trainer) -> None:
        if trainer.epoch in (2, 4):
            trainer.save()

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        Disk(patch, dies_at)
        saved(short(workshop, tmp_path / "run")).train(save_some)
    resumed = saved(short(workshop, tmp_path / "run"))
    resumed.resume()
    resumed.train(save_some)
    same(whole, tmp_path / "run")


def test_the_best_network_is_written_when_the_training_breaks(
    workshop: Path, whole: Path, tmp_path: Path
) -> None:
    def spoil(trainer: Trainer) -> None:
        if trainer.epoch == 4:
            with torch.no_grad():
                trainer.network.linear.bias[0] = float("nan")

    trainer = losing(short(workshop, tmp_path / "run"), after=3)
    with pytest.raises(TrainingError, match="no longer a number in epoch 5"):
        trainer.train(spoil)
    assert torch.equal(weights(whole / BEST), weights(trainer.run / BEST))
    assert checkpoints.load(trainer.run / LAST)["epoch"] == 0


def test_ctrl_c_behind_an_epoch_saves_all(workshop: Path, tmp_path: Path) -> None:
    def stop(trainer: Trainer) -> None:
        if trainer.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    trainer = short(workshop, tmp_path / "run")
    with pytest.raises(InterruptedTrainingError, match="after epoch 2, all saved"):
        trainer.train(stop)
    for name in (BEST, LAST):
        assert checkpoints.load(trainer.run / name)["epoch"] == 2
    assert len((trainer.run / "metrics.csv").read_text().splitlines()) == 3


def test_an_epoch_that_is_kept_is_kept_at_once(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    short(workshop, tmp_path / "run", keep_every=2).train()
    assert [name for name in disk.written if name.startswith("epoch")] == [
        "epoch-0002.pt",
        "epoch-0004.pt",
    ]
    assert disk.written.count(LAST) == 4  # beginning, 2, 4, end
