"""What the tests of exporting share: a tiny network, and the file made of it."""

import shutil
from pathlib import Path

import onnx
import pytest

from abctrain.export.export import Trained
from abctrain.training import checkpoint as checkpoints


@pytest.fixture
def trained(workshop: Path) -> Trained:
    return Trained.load(workshop / "runs" / "songs-1")


@pytest.fixture(scope="module")
def exported(tiny_path: Path) -> onnx.ModelProto:
    return onnx.load(tiny_path)


@pytest.fixture
def calibrated(workshop: Path, tmp_path: Path) -> Path:
    """A trained run whose logits are divided by 1.5 at the export."""
    run = tmp_path / "run"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    best = checkpoints.load(run / "best.pt")
    best["recipe"]["generation"]["calibration"] = 1.5
    checkpoints.save(best, run / "best.pt")
    return run
