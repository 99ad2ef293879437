"""What the tests of exporting share: a tiny network, and the file made of it."""

from pathlib import Path

import onnx
import pytest

from abctrain.export.export import Trained


@pytest.fixture
def trained(workshop: Path) -> Trained:
    return Trained.load(workshop / "runs" / "songs-1" / "best.pt")


@pytest.fixture(scope="module")
def exported(tiny_path: Path) -> onnx.ModelProto:
    return onnx.load(tiny_path)
