"""`abcrun info`: where a model comes from. doctor and bench have their own files."""

import json
from pathlib import Path

from abcrun.inference.checksum import compare_checksum
from tests.conftest import abcrun
from tests.mutants import model_file


def test_info_tells_where_a_model_comes_from(tiny_path: Path) -> None:
    assert b"songs (1).txt: 60 tunes" in abcrun("info", tiny_path).stdout
    assert b"2 LSTM layers of 512 units" in abcrun("info").stdout
    assert json.loads(abcrun("info", tiny_path, "--json").stdout)["hidden"] == 48


def test_info_tells_the_checksum(tiny_path: Path) -> None:
    checksum = compare_checksum(tiny_path.with_suffix(".int8.onnx"))
    assert f"checksum  sha256 {checksum}, as exported".encode() in abcrun("info", tiny_path).stdout


def test_info_tells_that_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "older.onnx"
    path.write_bytes(model_file())
    assert b"checksum  none: exported by an older abcrun" in abcrun("info", path).stdout
