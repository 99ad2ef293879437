"""`abcrun info`: where a model comes from. doctor and bench have their own files."""

import json
import shutil
from pathlib import Path

from abcrun.inference.checksum import compare_checksum, with_checksum
from tests.conftest import abcrun
from tests.mutants import model_file


def test_info_tells_where_a_model_comes_from(tiny_path: Path) -> None:
    assert b"songs (1).txt: 60 tunes" in abcrun("info", tiny_path).stdout
    assert b"2 LSTM layers of 512 units" in abcrun("info").stdout
    assert json.loads(abcrun("info", tiny_path, "--json").stdout)["hidden"] == 48


def test_info_tells_of_the_index_of_melodies(tiny_path: Path, tmp_path: Path) -> None:
    assert b" melodies  folk.melodies, 4,155 tunes of 4 books\n" in abcrun("info").stdout
    told = abcrun("info", tiny_path).stdout.decode()
    assert f" melodies  {tiny_path.stem}.melodies, 58 tunes of 1 book\n" in told
    alone = shutil.copy(tiny_path, tmp_path / "alone.onnx")
    told = abcrun("info", alone).stdout.decode()
    assert f" melodies  {tmp_path / 'alone.melodies'}: cannot be read" in told


def test_info_tells_the_checksums(tiny_path: Path) -> None:
    small = tiny_path.with_suffix(".int8.onnx")
    told = ", ".join(
        f"{path.name} as exported (sha256 {compare_checksum(path)[:12]})"
        for path in (tiny_path, small)
    )
    assert f"checksum  {told}".encode() in abcrun("info", tiny_path).stdout


def test_info_tells_that_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "older.onnx"
    path.write_bytes(model_file())
    assert b"checksum  older.onnx no checksum" in abcrun("info", path).stdout


def test_info_compares_both_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.with_suffix(".int8.onnx").write_bytes(model_file())
    path.write_bytes(with_checksum(model_file()).replace(b"B_linear", b"B_lineal"))
    result = abcrun("info", path)
    assert result.returncode == 1
    assert b"mine.onnx: it does not match its checksum" in result.stderr
