"""Early stopping: a training is over when its held-out loss no longer falls."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from abctrain.export.export import export
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.trainer import Trainer
from tests.conftest import abctrain_here
from tests.trainer.training.conftest import new_trainer

SETTINGS = ("training.epochs=9", "training.patience=2", "network.hidden=16")


class Scripted:
    """Held-out tunes with the losses of a list, one for each epoch."""

    def __init__(self, losses: Iterable[float]) -> None:
        self.losses = iter(losses)

    def cross_entropy(self, network: object) -> float:
        return next(self.losses)


def stopping_trainer(workshop: Path, run: Path, losses: Iterable[float]) -> Trainer:
    trainer = new_trainer(workshop, run, settings=SETTINGS)
    trainer.held_out = Scripted(losses)  # type: ignore[assignment]
    return trainer


def test_a_training_ends_after_its_patience_and_says_so(
    workshop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Equal is not better, and one worse epoch alone ends nothing.
    trainer = stopping_trainer(workshop, tmp_path / "run", [3.0, 3.1, 2.5, 2.6, 2.5])
    with caplog.at_level("INFO"):
        trainer.train()
    assert trainer.is_over
    told = "stopped early after epoch 5 of 9, as no held-out loss was below that of epoch 3"
    assert told in caplog.text
    assert checkpoints.load(tmp_path / "run" / BEST)["epoch"] == 3
    with (tmp_path / "run" / "metrics.csv").open() as table:
        since = [row["epochs_since_best"] for row in csv.DictReader(table)]
    assert since == ["0", "1", "0", "1", "2"]


def test_the_file_and_its_card_tell_of_it(workshop: Path, tmp_path: Path) -> None:
    stopping_trainer(workshop, tmp_path / "run", [3.0, 3.1, 3.2]).train()
    metrics = export(tmp_path / "run", tmp_path / "model.onnx", int8_tolerance=1).metrics
    assert (metrics.epoch, metrics.epochs, metrics.stopped_early) == (1, 3, True)
    assert "3 epochs (stopped early" in (tmp_path / "model.md").read_text()


def test_a_full_training_is_not_told_to_be_stopped(workshop: Path) -> None:
    assert "stopped early" not in (workshop / "exported" / "songs-1.md").read_text()


def test_train_leaves_a_stopped_run_alone_until_it_gets_more_patience(
    workshop: Path, tmp_path: Path
) -> None:
    stopping_trainer(workshop, tmp_path / "runs" / "mine", [3.0, 3.1, 3.2]).train()
    command = [
        "train", "--recipe", workshop / "tiny.toml", "--corpus", workshop / "songs (1).txt",
        "--name", "mine", "--device", "cpu", "--set", "network.hidden=16",
        "--set", "training.epochs=4",
    ]  # fmt: skip
    result = abctrain_here(*command, "--set", "training.patience=2", cwd=tmp_path)
    assert result.returncode == 0
    assert b"runs/mine is trained already: stopped early after epoch 3 of 4" in result.stderr
    result = abctrain_here(*command, "--set", "training.patience=3", cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert len(checkpoints.load(tmp_path / "runs" / "mine" / LAST)["history"]) == 4


def test_folk_stops_early_and_the_source_documents_recipe_never() -> None:
    assert Recipe.load("folk").training.patience == 5
    assert Recipe.load("irish").training.patience == 0
