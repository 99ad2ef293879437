"""Checkpoints: whole or not at all, and no code runs when they are read."""

import tracemalloc
from pathlib import Path

import pytest
import torch

from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import LAST, CheckpointError


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_a_clear_error_and_the_old_checkpoint_stays(tmp_path: Path) -> None:
    path = tmp_path / LAST
    checkpoints.save({"epoch": 1}, path)
    (tmp_path / f".{LAST}.tmp").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoints.save({"epoch": 2, "weights": torch.zeros(100_000)}, path)
    assert checkpoints.load(path)["epoch"] == 1


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoints.save({}, tmp_path / "gone" / LAST)


def test_texts_of_a_corpus_come_back_whatever_they_hold(tmp_path: Path) -> None:
    path = tmp_path / LAST
    corpus = {"training": ["X:1\nT:Séamus\n", "", "♭🎻"], "test": [], "name": "mine"}
    checkpoints.save({"corpus": corpus, "epoch": 1}, path)
    assert checkpoints.load(path)["corpus"] == corpus
    # As it was written before
    torch.save({"schema": checkpoints.SCHEMA, "corpus": corpus}, path)
    assert checkpoints.load(path)["corpus"] == corpus


def test_texts_are_written_without_a_copy_of_the_file_in_memory(tmp_path: Path) -> None:
    texts = [f"X:{number}\n{'ABcd ' * 60}" for number in range(20_000)]
    size = sum(map(len, texts))
    tracemalloc.start()
    checkpoints.save({"corpus": {"training": texts}}, tmp_path / LAST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * size


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 half a zip"])
def test_what_is_no_checkpoint_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / LAST
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="no checkpoint of this trainer"):
        checkpoints.load(path)


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    path = tmp_path / LAST
    torch.save(
        {"schema": 1, "payload": Path("/etc")}, path
    )  # any class: unpickling it would call it
    with pytest.raises(CheckpointError):
        checkpoints.load(path)
