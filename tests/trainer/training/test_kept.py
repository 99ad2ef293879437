"""Kept epochs: a run's folder still has their networks, and each can be exported."""

import shutil
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from abcrun import Model
from abctrain.__main__ import main
from abctrain.session import Session
from abctrain.training import checkpoint as checkpoints
from abctrain.training import kept
from abctrain.training.checkpoint import BEST, BestCheckpoint
from tests.conftest import ROOT, run
from tests.full_disk import FullDisk
from tests.trainer.training.conftest import new_trainer
from tests.trainer.training.test_stopping import Scripted

LOSSES = (3.0, 2.5, 2.6, 2.7, 2.8)
AVERAGED = ("training.epochs=5", "training.average=0.5", "network.hidden=16")


@pytest.fixture(scope="module")
def kept_run(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of five epochs, of which the second is the best, and the third was kept."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    trainer = new_trainer(workshop, folder, settings=AVERAGED, keep_every=3)
    trainer.held_out = Scripted(LOSSES)  # type: ignore[assignment]
    trainer.train()
    return folder


def networks(workshop: Path, folder: Path) -> list[dict[str, torch.Tensor]]:
    """Train the same once more; return the network of each epoch."""
    found = []
    trainer = new_trainer(workshop, folder, settings=AVERAGED)
    trainer.held_out = Scripted(LOSSES)  # type: ignore[assignment]
    trainer.train(
        lambda trainer: found.append(
            {name: one.clone() for name, one in trainer.evaluated().state_dict().items()}
        )
    )
    return found


def test_the_networks_of_best_kept_and_last_epoch_are_theirs(
    workshop: Path, kept_run: Path, tmp_path: Path
) -> None:
    expected = networks(workshop, tmp_path / "run")
    for epoch in (2, 3, 5):
        found = kept.load_epoch(kept_run, epoch)
        assert (found["epoch"], len(found["history"])) == (epoch, epoch)
        assert set(found["network"]) == set(expected[epoch - 1])
        assert all(
            torch.equal(tensor, expected[epoch - 1][name])
            for name, tensor in found["network"].items()
        )
    assert kept.load_epoch(kept_run)["epoch"] == 2


def exported(folder: Path, target: Path, *options: str) -> tuple[int, str]:
    command = ["export", "--run", str(folder), "--out", str(target), *options]
    result = CliRunner().invoke(main, command)
    return result.exit_code, result.stderr


def test_the_file_and_the_card_of_a_chosen_epoch_say_so_and_have_its_figures(
    kept_run: Path, tmp_path: Path
) -> None:
    status, told = exported(kept_run, tmp_path / "third.onnx", "--epoch", "3")
    assert status == 0, told
    assert "third.onnx: 0.0 MB, epoch 3, held out" in told
    metrics = Model.load(tmp_path / "third.onnx", "cpu", "float32").spec.provenance["metrics"]
    assert (metrics["epoch"], metrics["epochs"], metrics["best_epoch"]) == (3, 5, 2)
    best, third = kept.load_epoch(kept_run), kept.load_epoch(kept_run, 3)
    own = third["history"][2]["bits_per_character"]
    assert metrics["training_bits_per_character"] == own != best["history"][1]["bits_per_character"]
    card = (tmp_path / "third.md").read_text()
    assert "Epoch 3 is exported, as was asked for" in card
    assert "| 3 (exported) |" in card
    assert "lowest held-out loss is exported" not in card


def test_without_a_choice_the_best_epoch_is_exported(kept_run: Path, tmp_path: Path) -> None:
    for options in ((), ("--epoch", "2")):
        status, told = exported(kept_run, tmp_path / "best.onnx", *options)
        assert status == 0, told
        metrics = Model.load(tmp_path / "best.onnx", "cpu", "float32").spec.provenance["metrics"]
        assert (metrics["epoch"], "best_epoch" in metrics) == (2, False)
        assert "lowest held-out loss is exported" in (tmp_path / "best.md").read_text()


def test_an_epoch_that_is_not_there_is_told_with_those_that_are(
    kept_run: Path, tmp_path: Path
) -> None:
    status, told = exported(kept_run, tmp_path / "fourth.onnx", "--epoch", "4")
    assert status == 2
    assert told == (
        f"abctrain: {kept_run} has no network of epoch 4; there are those of 2, 3, 5 "
        "(the best is 2); `train --keep N` keeps that of every Nth epoch\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_last_epoch_is_not_to_be_had_while_the_next_one_is_trained(
    workshop: Path, kept_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(kept_run, tmp_path / "run")
    longer = new_trainer(
        workshop, tmp_path / "run", settings=(*AVERAGED, "training.epochs=6"), keep_every=3
    )
    longer.resume()
    longer.step(next(longer.batches.windows()))
    longer.save()
    status, told = exported(tmp_path / "run", tmp_path / "fifth.onnx", "--epoch", "5")
    assert status == 2
    assert "there are those of 2, 3 (the best is 2)" in told


@pytest.mark.parametrize("change", ["seed", "epoch"])
def test_a_kept_network_of_another_training_is_refused(
    kept_run: Path, tmp_path: Path, change: str
) -> None:
    shutil.copytree(kept_run, tmp_path / "run")
    path = tmp_path / "run" / "epoch-0003.pt"
    checkpoint = checkpoints.load(path)
    checkpoint[change] += 1
    checkpoints.save(checkpoint, path)
    status, told = exported(tmp_path / "run", tmp_path / "third.onnx", "--epoch", "3")
    assert status == 1
    assert told == f"abctrain: {path}: it is of another epoch or training; remove it\n"


def test_a_training_that_begins_anew_forgets_what_it_kept(
    workshop: Path, kept_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(kept_run, tmp_path / "run")
    (tmp_path / "run" / "epoch-notes.pt").write_text("the user's own")
    new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",)).train()
    left = {path.name for path in (tmp_path / "run").glob("*.pt")}
    assert left == {"best.pt", "last.pt", "epoch-notes.pt"}


def test_a_full_disk_for_a_kept_network_is_a_warning(
    kept_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    checkpoint: BestCheckpoint = checkpoints.load_best(kept_run / BEST)
    worse = {**checkpoint["history"][-1], "held_out_loss": 9.0}
    checkpoint["history"].append(worse)  # type: ignore[arg-type]
    FullDisk(tmp_path, 1000, monkeypatch)
    kept.keep(checkpoint, tmp_path)
    assert "epoch 2 is not kept" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_train_keeps_what_is_asked_for(workshop: Path, tmp_path: Path) -> None:
    for name in ("songs (1).txt", "tiny.toml"):
        shutil.copy(workshop / name, tmp_path)
    asked = Session("tiny.toml", Path("songs (1).txt"), device="cpu", keep_every=1)
    assert Session().keep_every == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        asked.train()
        assert (asked.run / "epoch-0002.pt").is_file()


def test_make_hands_an_export_the_epoch() -> None:
    dry = ("make", "--no-print-directory", "-n", "-o", ".venv/.train", "export")
    assert b'--epoch "$EPOCH"' in run(*dry, "EPOCH=3", cwd=ROOT).stdout
    assert b"--epoch" not in run(*dry, cwd=ROOT).stdout
