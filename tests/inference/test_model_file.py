"""Model files: a damaged or foreign one is a clear error."""

from pathlib import Path

import pytest

from abcrun import Model, ModelError
from abcrun.inference.spec import METADATA_KEY


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"X:1\nK:D\nABc|\n", "is it a whole .onnx file"),
        (lambda content: content[: len(content) // 2], "is it a whole .onnx file"),
        (lambda content: b"", "is it a whole .onnx file|without abcrun metadata"),
        (lambda content: content.replace(b'"schema": 1', b'"schema": 9'), "schema 9"),
        (
            lambda content: content.replace(METADATA_KEY.encode() + b"\x12", b"abcxxx\x12"),
            "without abcrun metadata",
        ),
        (lambda content: content.replace(b'"vocabulary"', b'"vocabulery"'), "lacks or misstates"),
        (lambda content: content.replace(b'"hidden": 48', b'"hidden": 49'), "its metadata says 49"),
        (lambda content: content.replace(b'"layers": 2', b'"layers": 3'), "'h_in_2'"),
    ],
    ids=[
        "text",
        "truncated",
        "empty",
        "schema",
        "no metadata",
        "lacks an entry",
        "sizes",
        "layers",
    ],
)
def test_a_damaged_file_is_a_model_error_of_one_line(
    tiny_path: Path, tmp_path: Path, damage: object, message: str
) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(damage(tiny_path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=message) as caught:
        Model.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        Model.load(tmp_path / "none.onnx")
