"""Event files for TensorBoard: read with TensorBoard itself, they have the figures of
metrics.csv, each epoch once, wherever a session ended."""

import csv
import sys
from pathlib import Path

import pytest

from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import LAST, EpochRow
from abctrain.training.events import FILES, EventFile
from tests.full_disk import FullDisk
from tests.trainer.training.conftest import new_trainer

SMALL = ("network.hidden=16", "training.epochs=2")


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return steps and values by their tags, of all event files of a run."""
    accumulators = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="TensorBoard is not installed",
    )
    # Without it, what is told twice is left out by the reader.
    events = accumulators.EventAccumulator(str(run), purge_orphaned_data=False)
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def columns(run: Path) -> dict[str, list[tuple[int, float]]]:
    with (run / "metrics.csv").open() as table:
        rows = list(csv.DictReader(table))
    return {
        name: [(int(row["epoch"]), pytest.approx(float(row[name]), rel=1e-5)) for row in rows]
        for name in rows[0]
        if name not in ("epoch", "epochs_since_best")
    }


def test_the_figures_are_those_of_the_table(workshop: Path, tmp_path: Path) -> None:
    new_trainer(workshop, tmp_path, settings=SMALL).train()
    found = scalars(tmp_path)
    assert set(found) >= {
        "loss", "held_out_loss", "learning_rate", "gradient_norm_max", "characters_per_second",
    }  # fmt: skip
    assert found == columns(tmp_path)
    assert [step for step, _ in found["loss"]] == [1, 2]


def test_the_rate_is_that_of_the_epochs_last_step(workshop: Path, tmp_path: Path) -> None:
    cosine = ("training.decay=cosine", "training.learning_rate=0.01")
    trainer = new_trainer(workshop, tmp_path, settings=(*SMALL, *cosine))
    trainer.train()
    share = (len(trainer.batches) - 1) / len(trainer.batches)
    rates = [trainer.recipe.training.rate_at((epoch + share) / 2) for epoch in range(2)]
    assert [row["learning_rate"] for row in trainer.history] == pytest.approx(rates)


def test_a_run_that_goes_on_has_each_epoch_once(workshop: Path, tmp_path: Path) -> None:
    new_trainer(workshop, tmp_path, settings=(*SMALL, "training.epochs=1")).train()
    older = list(tmp_path.glob(FILES))
    prolonged = new_trainer(workshop, tmp_path, settings=(*SMALL, "training.epochs=3"))
    prolonged.resume()
    prolonged.train()
    found = scalars(tmp_path)
    assert [step for step, _ in found["loss"]] == [1, 2, 3]
    assert found == columns(tmp_path)
    assert len(list(tmp_path.glob(FILES))) == len(older) == 1


def test_an_epoch_that_was_saved_but_not_written_is_written_later(
    workshop: Path, tmp_path: Path
) -> None:
    """As where a session is killed between the two."""
    new_trainer(workshop, tmp_path, settings=SMALL).train()
    (written,) = tmp_path.glob(FILES)
    written.write_bytes(written.read_bytes()[:-9])  # killed while it was written
    prolonged = new_trainer(workshop, tmp_path, settings=(*SMALL, "training.epochs=3"))
    prolonged.resume()
    prolonged.train()
    assert [step for step, _ in scalars(tmp_path)["loss"]] == [1, 2, 3]


def test_a_training_that_begins_anew_begins_with_the_first_epoch(
    workshop: Path, tmp_path: Path
) -> None:
    new_trainer(workshop, tmp_path, settings=SMALL).train()
    anew = new_trainer(workshop, tmp_path, seed=1, settings=(*SMALL, "training.epochs=1"))
    anew.train()
    assert [step for step, _ in scalars(tmp_path)["loss"]] == [1]


def test_a_run_of_an_older_trainer_goes_on(workshop: Path, tmp_path: Path) -> None:
    new_trainer(workshop, tmp_path, settings=(*SMALL, "training.epochs=1")).train()
    last = checkpoints.load(tmp_path / LAST)
    del last["history"][0]["learning_rate"]
    checkpoints.save(last, tmp_path / LAST)
    trainer = new_trainer(workshop, tmp_path, settings=SMALL)
    trainer.resume()
    trainer.train()
    with (tmp_path / "metrics.csv").open() as table:
        assert [bool(row["learning_rate"]) for row in csv.DictReader(table)] == [False, True]
    assert [step for step, _ in scalars(tmp_path)["learning_rate"]] == [2]


def rows(count: int) -> list[EpochRow]:
    return [
        {
            "epoch": epoch,
            "loss": 1.5,
            "bits_per_character": 2.0,
            "held_out_loss": 1.5,
            "held_out_bits_per_character": 2.0,
            "gradient_norm_max": 0.5,
            "characters_per_second": 1000.0,
        }
        for epoch in range(1, count + 1)
    ]


def test_a_full_disk_is_a_warning_and_the_next_file_has_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("tensorboard")
    events = EventFile(tmp_path)
    events.write(rows(1))
    disk = FullDisk(tmp_path, 20, monkeypatch)
    events.write(rows(2))
    assert "no events for TensorBoard: " in caplog.text
    assert "No space left on device" in caplog.text
    disk.room = 10**6
    events.write(rows(3))
    assert [step for step, _ in scalars(tmp_path)["loss"]] == [1, 2, 3]


def test_without_tensorboard_there_is_no_file_and_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    EventFile(tmp_path).write(rows(1))
    assert list(tmp_path.iterdir()) == []
    assert "tensorboard" not in sys.modules
    assert not caplog.text
