"""Model files from others: with any fault they are an error of one line, or compose the
tunes that they did before."""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from abcrun import AbcrunError, Model, ModelError
from abcrun.cli import main
from abcrun.inference.checksum import with_checksum
from tests.conftest import abcrun
from tests.mutants import (
    byte_mutant,
    entries_of,
    metadata_mutant,
    model_file,
    packed,
    unpacked,
    with_metadata,
)

_BATCH = 50


def outcome(path: Path, content: bytes) -> list[str] | str:
    """The tunes that a model file composes, or the error of one line."""
    path.write_bytes(content)
    try:
        model = Model.load(path, "cpu", threads=1)
        tunes = [
            tune.text
            for asked in ({"guide": "off"}, {"guide": "full", "key": "A dorian", "best_of": 2})
            for tune in model.generate(1, seed=1, max_chars=120, **asked)
        ]
    except AbcrunError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 400 + len(str(path))
        return str(error)
    for options in ([], ["--json"]):
        assert CliRunner().invoke(main, ["info", str(path), *options]).exit_code == 0
    return tunes


@pytest.fixture(scope="module")
def tunes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Those of the file without a fault."""
    found = outcome(tmp_path_factory.mktemp("whole") / "small.onnx", model_file())
    assert isinstance(found, list)
    return found


def check(path: Path, mutant: bytes, tunes: list[str]) -> None:
    """A fault can make another model, with another temperature or weights; then the
    checksum tells."""
    found = outcome(path, mutant)
    if isinstance(found, list) and found != tunes:
        checksum = with_checksum(model_file())[len(model_file()) :]
        found = outcome(path, mutant + checksum)
        assert "does not match its checksum" in found


@pytest.mark.parametrize("start", range(0, 500, _BATCH))
def test_mutants_of_the_metadata(tmp_path: Path, tunes: list[str], start: int) -> None:
    entries = entries_of(model_file())
    for seed in range(start, start + _BATCH):
        text = metadata_mutant(entries, random.Random(seed))
        check(tmp_path / f"{seed}.onnx", with_metadata(model_file(), text), tunes)


@pytest.mark.parametrize("start", range(0, 200, _BATCH))
def test_mutants_of_the_bytes(tmp_path: Path, tunes: list[str], start: int) -> None:
    for seed in range(start, start + _BATCH):
        check(tmp_path / f"{seed}.onnx", byte_mutant(model_file(), random.Random(seed)), tunes)


@pytest.mark.parametrize("command", ["info", "generate"])
@pytest.mark.parametrize("fault", ["metadata", "bytes", "weights"])
def test_the_command_line_says_it_in_one_line(tmp_path: Path, command: str, fault: str) -> None:
    path, content = tmp_path / "mine.onnx", model_file()
    if fault == "metadata":
        path.write_bytes(with_metadata(content, '{"schema": 1, "layers": [' + "[" * 9999))
    elif fault == "bytes":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(with_checksum(content).replace(b"B_linear", b"B_lineal"))
    arguments = ["info", path] if command == "info" else ["generate", "--model", path]
    result = abcrun(*arguments)
    assert result.returncode == 1
    assert result.stdout == b""
    message = result.stderr.decode()
    assert message.count("\n") == 1
    assert str(path) in message


def test_a_plan_list_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    entries = entries_of(model_file())
    content = unpacked(entries["repertoire"])
    content["forms"] = [["6/8"]] * 100_001
    entries["repertoire"] = packed(json.dumps(content))
    path = tmp_path / "mine.onnx"
    path.write_bytes(with_metadata(model_file(), json.dumps(entries)))
    with pytest.raises(ModelError, match=r"form plans cannot be read \(there are 100001, over"):
        Model.load(path, "cpu")
