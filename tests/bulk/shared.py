"""What the tests of bulk share."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from abcrun import Model
from abcrun.cli import main

pytest.importorskip("fsspec")

SEED = 7


def bulk(out: str | Path, *options: str | Path, count: int = 60, size: int = 10) -> Result:
    """Run `abcrun bulk` in this process; as a rule with `--shard`, which starts no
    other."""
    return CliRunner().invoke(main, command(out, *options, count=count, size=size))


def command(out: str | Path, *options: str | Path, count: int = 60, size: int = 10) -> list[str]:
    """Return the arguments of `abcrun` for some tunes on the CPU."""
    common = ["bulk", "--seed", SEED, "--count", count, "--shard-size", size, "--device", "cpu"]
    return [str(one) for one in (*common, "--out", out, *options)]


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of all files of a folder, by index."""
    return sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["index"])


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, hidden ones among them."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_rows_are_tunes(found: list[dict[str, Any]], model: Model, **asked: Any) -> None:
    """Compare rows with tunes that are composed alone."""
    for row in found:
        (alone,) = model.generate(1, seed=SEED, first=row["index"], **asked)
        assert (row["seed"], row["text"]) == (SEED, alone.text)
        assert (row["complete"], row["bars_redrawn"]) == (alone.complete, alone.redrawn)
