"""Going on with a run: what may change in its recipe, and what comes of it."""

from pathlib import Path

import pytest
import torch

from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import LAST
from abctrain.training.trainer import TrainingError
from tests.trainer.training.conftest import new_trainer

COSINE = ("training.decay=cosine", "training.learning_rate=0.01")


def test_a_prolonged_run_has_the_weights_of_one_that_was_planned_so_long(
    workshop: Path, tmp_path: Path
) -> None:
    whole = new_trainer(workshop, tmp_path / "whole", settings=("training.epochs=3",))
    whole.train()
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    prolonged = new_trainer(workshop, tmp_path / "run", settings=("training.epochs=3",))
    prolonged.resume()
    assert not prolonged.is_over
    prolonged.train()
    weights, expected = (run.network.state_dict() for run in (prolonged, whole))
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    assert checkpoints.load(tmp_path / "run" / LAST)["recipe"]["training"]["epochs"] == 3


def test_the_rate_of_a_prolonged_cosine_is_that_of_the_longer_one_and_the_jump_is_told(
    workshop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    new_trainer(workshop, tmp_path / "run", settings=(*COSINE, "training.epochs=1")).train()
    prolonged = new_trainer(workshop, tmp_path / "run", settings=(*COSINE, "training.epochs=2"))
    with caplog.at_level("INFO"):
        prolonged.resume()
    # Half way down instead of at the end, which is a fiftieth.
    assert "2 epochs instead of 1: the learning rate goes on at 0.0051, not at 0.0002" in (
        caplog.text
    )
    prolonged.step(next(prolonged.batches.windows()))
    assert prolonged.learner.optimiser.param_groups[0]["lr"] == pytest.approx(0.0051)


def test_a_run_that_is_longer_than_asked_for_is_over(workshop: Path, tmp_path: Path) -> None:
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=2",)).train()
    shorter = new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",))
    shorter.resume()
    assert shorter.is_over
    assert shorter.ending == "2 epochs"


def test_what_would_spoil_a_run_is_named_with_what_may_change(
    workshop: Path, tmp_path: Path
) -> None:
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    other = new_trainer(
        workshop, tmp_path / "run", seed=7, settings=("network.dropout=0.25", "training.patience=9")
    )
    with pytest.raises(TrainingError) as told:
        other.resume()
    assert "another network.dropout (0.5, not 0.25) and seed (0, not 7); " in str(told.value)
    assert "training.epochs and training.patience alone may change" in str(told.value)


def test_what_an_export_can_change_is_told_to_be_changed_there(
    workshop: Path, tmp_path: Path
) -> None:
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    hotter = new_trainer(workshop, tmp_path / "run", settings=("generation.temperature=2.0",))
    with pytest.raises(TrainingError, match=r"\(1.0, not 2.0; `export --set` changes it\)"):
        hotter.resume()


def test_a_run_of_before_there_was_patience_goes_on(workshop: Path, tmp_path: Path) -> None:
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    last = checkpoints.load(tmp_path / "run" / LAST)
    del last["recipe"]["training"]["patience"]
    checkpoints.save(last, tmp_path / "run" / LAST)
    patient = new_trainer(workshop, tmp_path / "run", settings=("training.patience=5",))
    patient.resume()
    assert patient.epoch == 1
    assert not patient.is_over


def test_a_run_of_before_there_could_be_several_processes_goes_on(
    workshop: Path, tmp_path: Path
) -> None:
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    last = checkpoints.load(tmp_path / "run" / LAST)
    (entry,) = last.pop("processes")
    checkpoints.save({**last, "random": entry["random"]}, tmp_path / "run" / LAST)
    torch.manual_seed(99)
    resumed = new_trainer(workshop, tmp_path / "run", settings=("training.epochs=2",))
    resumed.resume()
    assert resumed.epoch == 1
    assert torch.equal(torch.get_rng_state(), entry["random"]["cpu"])
