"""The checksum of a model file: there, missing, and not that of the file."""

from pathlib import Path

import onnx
import pytest

from abcrun import Model, ModelError
from abcrun.inference.checksum import compare_checksum, with_checksum
from tests.mutants import model_file


def test_a_file_is_an_onnx_file_with_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(with_checksum(model_file()))
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert metadata["abcrun.sha256"] == compare_checksum(path)
    with Model.load(path, "cpu") as model:
        assert model.network.file == path


@pytest.mark.parametrize("content", [b"", b"X:1", model_file()], ids=["empty", "short", "older"])
def test_a_file_without_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)
    assert compare_checksum(path) == ""


@pytest.mark.parametrize("at", [0, 1000, -100, -1])
def test_a_byte_that_changed_is_noticed(tmp_path: Path, at: int) -> None:
    content = bytearray(with_checksum(model_file()))
    content[at] ^= 1
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="does not match its checksum") as caught:
        compare_checksum(path)
    assert str(path) in str(caught.value)


def test_both_exported_files_have_one(tiny_path: Path) -> None:
    both = {compare_checksum(tiny_path), compare_checksum(tiny_path.with_suffix(".int8.onnx"))}
    assert len(both) == 2
    assert all(len(checksum) == 64 for checksum in both)
