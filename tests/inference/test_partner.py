"""The int8 file beside a model file: of the same export, or not used."""

import json
import shutil
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from abcrun import Model, ModelError
from abcrun.inference.partner import int8_file
from abcrun.inference.spec import METADATA_KEY
from tests.conftest import abcrun


@pytest.fixture
def pair(tiny_path: Path, tmp_path: Path) -> Path:
    """The two files of an export, under a name of their own."""
    path = tmp_path / "mine.onnx"
    shutil.copy(tiny_path, path)
    shutil.copy(tiny_path.with_suffix(".int8.onnx"), small(path))
    return path


def small(path: Path) -> Path:
    return path.with_suffix(".int8.onnx")


def with_id(path: Path, export_id: str | None) -> None:
    """Give a model file another id, or none, as an older abcrun."""
    model = onnx.load(path)
    entries = json.loads(model.metadata_props[0].value)
    del entries["export_id"], model.metadata_props[:]
    if export_id is not None:
        entries["export_id"] = export_id
    helper.set_model_props(model, {"first": "another", METADATA_KEY: json.dumps(entries)})
    onnx.save(model, path)


def test_int8_of_another_export_is_not_used_and_that_is_said(
    pair: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert Model.load(pair, "cpu").spec.precision == "int8"
    assert caplog.messages == []
    with_id(small(pair), "0" * 64)
    model = Model.load(pair, "cpu")
    assert model.spec.precision == "float32"
    assert caplog.messages == [
        f"{small(pair)} is of another export than mine.onnx and is not used; "
        "export the model again, or remove it"
    ]
    # Threads of their own take steps with the file that was loaded.
    session = Model.load(pair, "cpu", threads=2).network.for_one_thread().session
    metadata = session.get_modelmeta().custom_metadata_map[METADATA_KEY]
    assert json.loads(metadata)["precision"] == "float32"
    with pytest.raises(ModelError, match=r"another export than .*; export the model again"):
        Model.load(pair, "cpu", "int8")
    caplog.clear()
    assert Model.load(pair, "cpu", "float32").spec.precision == "float32"
    assert caplog.messages == []


def test_a_program_says_it_in_one_line(pair: Path) -> None:
    with_id(pair, "0" * 64)
    result = abcrun("info", pair)
    assert result.returncode == 0
    assert b"float32" in result.stdout
    assert result.stderr.decode() == (
        f"abcrun: {small(pair)} is of another export than mine.onnx and is not used; "
        "export the model again, or remove it\n"
    )


@pytest.mark.parametrize("older", [["float32"], ["int8"], ["float32", "int8"]])
def test_files_without_an_id_belong_to_each_other_and_to_no_others(
    pair: Path, older: list[str]
) -> None:
    for precision in older:
        with_id(pair if precision == "float32" else small(pair), None)
    assert int8_file(pair) == (small(pair) if len(older) == 2 else None)


def test_the_shipped_models_have_their_int8_files(folk_path: Path) -> None:
    assert int8_file(folk_path) == small(folk_path)
    assert int8_file(folk_path.with_name("none.onnx")) is None


@given(content=st.binary(max_size=60) | st.just(b"\x72\x0a\x0a\x06abcrun\x12\x00"))
def test_a_damaged_file_has_no_int8_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(content)
    metadata = json.dumps({"export_id": "1"}).encode()
    entry = b"\x0a\x06abcrun\x12" + bytes([len(metadata)]) + metadata
    small(path).write_bytes(b"\x72" + bytes([len(entry)]) + entry)
    assert int8_file(path) is None
    path.write_bytes(b"\x08\x0a\x15abcd\x19abcdefgh" + small(path).read_bytes())
    assert int8_file(path) == small(path)
