"""`abcrun bench`: real figures of every precision at hand."""

import json
from pathlib import Path

import pytest

from abcrun import ModelError
from abcrun.cli.bench import measure
from tests.conftest import abcrun


def test_figures_of_both_precisions(tiny_path: Path) -> None:
    result = abcrun("bench", tiny_path, "--seconds", "0.1", "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert [(one["device"], one["precision"]) for one in figures][:2] == [
        ("cpu", "float32"),
        ("cpu", "int8"),
    ]
    for one in figures:
        assert list(one["characters_per_second"]) == ["1", "16", "64", "256"]
        assert one["characters_per_second"]["64"] > one["characters_per_second"]["1"] > 0
        assert 0 < one["latency_p50"] <= one["latency_p99"]
        assert one["first_character"] > one["load_seconds"] > 0
        assert one["peak_bytes"] == 0 or one["peak_bytes"] > 20e6


def test_what_cannot_be_had_is_left_out(tiny_path: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(tiny_path.read_bytes())
    result = abcrun("bench", alone, "--seconds", "0.1")
    rows = result.stdout.decode().splitlines()
    assert rows[0].startswith("| device | precision | batch 1 |")
    assert not any("int8" in row for row in rows)
    with pytest.raises(ModelError, match="no such model file"):
        measure(tmp_path / "none.onnx", 0.1)
