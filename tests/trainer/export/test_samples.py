"""Tunes composed while a network is trained: they come, and change nothing."""

from pathlib import Path

import pytest
import torch

from abctrain.data.text import split_tunes
from abctrain.export.samples import TUNES, write_samples
from abctrain.training.trainer import Trainer
from tests.conftest import abctrain_here
from tests.trainer.training.conftest import new_trainer


def samples(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "samples").iterdir())


def test_train_composes_every_so_many_epochs_and_at_the_end(workshop: Path, tmp_path: Path) -> None:
    result = abctrain_here(
        "train", "--recipe", workshop / "tiny.toml", "--corpus", workshop / "songs (1).txt",
        "--device", "cpu", "--samples", "2", "--name", "heard", cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    run = tmp_path / "runs" / "heard"
    assert samples(run) == ["epoch-0002.abc", "epoch-0003.abc"]
    assert b"samples: runs/heard/samples/epoch-0002.abc" in result.stderr
    # All with the prompt of the recipe, and another tune after more training.
    texts = [(run / "samples" / name).read_text() for name in samples(run)]
    assert all(text.count("X:") >= TUNES for text in texts)
    assert texts[0] != texts[1]


def test_samples_leave_the_training_as_it_was(workshop: Path, tmp_path: Path) -> None:
    plain = new_trainer(workshop, tmp_path / "plain", settings=("training.epochs=2",))
    plain.train()
    heard = new_trainer(workshop, tmp_path / "heard", settings=("training.epochs=2",))
    heard.train(write_samples)
    assert samples(heard.run) == ["epoch-0001.abc", "epoch-0002.abc"]
    weights = heard.network.state_dict()
    for name, expected in plain.network.state_dict().items():
        assert torch.equal(weights[name], expected), name


def test_a_training_that_begins_anew_has_none_of_the_old_samples(
    workshop: Path, tmp_path: Path
) -> None:
    for epochs, every in ((2, write_samples), (1, lambda _: None)):
        trainer = new_trainer(workshop, tmp_path / "run", settings=(f"training.epochs={epochs}",))
        trainer.train(every)
    assert not (tmp_path / "run" / "samples").exists()


def test_a_network_with_recall_composes_too(recalling: Trainer) -> None:
    write_samples(recalling)
    (path,) = (recalling.run / "samples").iterdir()
    assert len(list(split_tunes(path.read_text()))) >= TUNES


def test_a_folder_that_cannot_be_written_is_a_warning_and_no_end(
    workshop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trainer = new_trainer(workshop, tmp_path / "run", settings=("training.epochs=1",))
    trainer.run.mkdir()
    (trainer.run / "samples").write_text("in the way")
    trainer.train(write_samples)
    assert "no samples of epoch 1: cannot make the folder" in caplog.text
    assert trainer.is_over
