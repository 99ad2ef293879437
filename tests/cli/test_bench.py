"""`abcrun bench`: real figures of every precision at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from abcrun import ModelError
from abcrun.cli.bench import measure
from tests.conftest import abcrun


def measured(path: Path) -> list[dict[str, Any]]:
    """Run `abcrun bench` and return its figures."""
    result = abcrun("bench", path, "--seconds", "0.1", "--json")
    assert result.returncode == 0, result.stderr
    figures: list[dict[str, Any]] = json.loads(result.stdout)
    return figures


def test_figures_of_both_precisions(tiny_path: Path) -> None:
    figures = measured(tiny_path)
    assert [(one["device"], one["precision"]) for one in figures][:2] == [
        ("cpu", "float32"),
        ("cpu", "int8"),
    ]
    for one in figures:
        assert list(one["characters_per_second"]) == ["1", "16", "64", "256"]
        assert all(speed > 0 for speed in one["characters_per_second"].values())
        assert 0 < one["latency_p50"] <= one["latency_p99"]
        assert one["first_character"] > 0 and one["load_seconds"] > 0
        assert one["peak_bytes"] == 0 or one["peak_bytes"] > 20e6


def test_batches_are_faster_and_a_start_takes_longer_than_loading(tiny_path: Path) -> None:
    def is_plausible(one: dict[str, Any]) -> bool:
        speeds = one["characters_per_second"]
        return speeds["64"] > speeds["1"] and one["first_character"] > one["load_seconds"]

    # A busy machine can spoil one measurement, but not each of many.
    assert any(all(map(is_plausible, measured(tiny_path))) for _ in range(20))


def test_what_cannot_be_had_is_left_out(tiny_path: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(tiny_path.read_bytes())
    result = abcrun("bench", alone, "--seconds", "0.1")
    rows = result.stdout.decode().splitlines()
    assert rows[0].startswith("| device | precision | batch 1 |")
    assert not any("int8" in row for row in rows)
    with pytest.raises(ModelError, match="no such model file"):
        measure(tmp_path / "none.onnx", 0.1)
