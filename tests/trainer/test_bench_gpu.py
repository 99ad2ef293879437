"""`make bench-gpu`: what it measures of a GPU, run here on the CPU with a clock of its
own."""

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from abcrun.cli import bench as composing
from abctrain.recipe import Recipe
from tests.bench import gpu
from tests.conftest import run
from tests.trainer.training.conftest import CPU


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that moves on whenever it is looked at."""
    return itertools.count(0.0, seconds).__next__


@pytest.fixture
def bench(workshop: Path, tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> gpu.Bench:
    monkeypatch.setattr(gpu, "ROUNDS", 1)
    monkeypatch.setattr(gpu, "measure", lambda path, seconds: composing.measure(path, 0.01, (1,)))
    task = gpu.Task(Recipe.load(str(workshop / "tiny.toml")), tiny_path, workshop / "songs (1).txt")
    return gpu.Bench(CPU, [task], ticking(0.5))


def rows(table: str) -> Iterator[list[str]]:
    """The cells of a Markdown table, without its head."""
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def test_every_section_tells_its_figures_and_what_fails_tells_why(bench: gpu.Bench) -> None:
    head, *sections, end = gpu.report(bench, list(gpu.SECTIONS))
    assert f"PyTorch {torch.__version__}" in head
    assert end.endswith("minutes in all.")
    found = dict(zip(gpu.SECTIONS, sections, strict=True))
    assert found.pop("graph").startswith("graph: failed (")  # the CPU has no such graphs
    assert not any("failed" in section or "left out" in section for section in found.values())
    assert "tiny, float32: busy" in found["operators"]
    assert "| cpu | float32 |" in found["composing"]
    assert "Not measured on the GPU" in found["composing"]


def test_speeds_are_characters_by_the_clock(bench: gpu.Bench) -> None:
    trainer = bench.tasks[0].trainer(bench, Path())
    characters = sum(window.characters for window in trainer.batches.windows())
    for row, precision in zip(rows(gpu.steps(bench)), gpu.PRECISIONS, strict=True):
        milliseconds = 500 / len(trainer.batches)
        assert row == ["tiny", precision, f"{milliseconds:.2f} ms", f"{characters / 0.5:,.0f}"]
    for row in rows(gpu.layers(bench)):
        assert row[2:] == ["500.00 ms", "500.00 ms", "1.00"]


def test_a_whole_training_is_told_beside_the_exported_model(bench: gpu.Bench) -> None:
    (row,) = rows(gpu.whole(bench))
    trainer = bench.tasks[0].trainer(bench, Path())
    assert row[:3] == ["tiny", "3 in 0.5 s", "float32"]
    assert row[4] == f"{3 * trainer.batches.characters / 0.5:,.0f}"
    # The exported one was trained by the same recipe on the same machine.
    assert row[5].startswith(row[6])
    assert abs(float(row[7])) < 1e-3


def test_what_begins_too_late_is_left_out(bench: gpu.Bench) -> None:
    late = gpu.Bench(bench.device, bench.tasks, ticking(300.0))
    parts = list(gpu.report(late, ["graph", "graph", "steps"]))
    assert parts[1].startswith("graph: failed")
    assert parts[-2].startswith("steps: left out")
    assert "--only steps" in parts[-2]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_in_one_line() -> None:
    result = run(sys.executable, "-m", "tests.bench.gpu", cwd=Path(__file__).parents[2])
    assert result.returncode == 1
    assert not result.stdout
    assert result.stderr.decode().count("\n") == 1
    assert b"bench-gpu needs a GPU" in result.stderr
