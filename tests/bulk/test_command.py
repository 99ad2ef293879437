"""`abcrun bulk`: what is wrong is one line."""

import importlib.util
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from abcrun.bulk.settings import Settings
from abcrun.cli import main
from abcrun.cli.bulking import Pace
from tests.bulk.shared import bulk
from tests.full_disk import FullDisk


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shard", "6"], "60 tunes in shards of 10 have 0 to 5"),
        (["--shard", "-1"], "shard is -1"),
        (["--workers", "0"], "workers is 0"),
        (["--shard-size", "0"], "shard-size is 0; give 1 to 100,000"),
        (["--count", "0"], "count is 0"),
        (["--count", "10000000000"], "give a larger --shard-size"),
        (["--seed", "-1"], "seed is -1"),
        (["--best-of", "0"], "best_of is 0"),
        (["--max-copied", "20", "--guide", "off"], "guide"),
        (["--meter", "5/4"], "meter"),
        (["--formats", "midi,doc"], "--formats"),
        (["--out", "nowhere://tunes"], "Protocol not known"),
        (["--model", "nowhere.onnx"], "nowhere.onnx"),
    ],
)
def test_wrong_options_are_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    result = bulk(tmp_path / "tunes", *options)
    assert result.exit_code in (1, 2)
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert not (tmp_path / "tunes").exists()


def test_what_it_needs_is_named() -> None:
    result = CliRunner().invoke(main, ["bulk", "--count", "3"])
    assert result.exit_code == 2
    assert result.stderr == "abcrun: bulk needs --seed, --out (or --check FOLDER)\n"


@pytest.mark.parametrize(
    ("lacking", "options", "extra"),
    [("pyarrow", [], "bulk"), ("ray", ["--engine", "ray"], "ray"),
     ("distributed", ["--engine", "dask"], "dask")],
)  # fmt: skip
def test_packages_that_lack_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacking: str, options: list[str], extra: str
) -> None:
    found = importlib.util.find_spec
    hide: Callable[[str], object] = lambda name: None if name == lacking else found(name)  # noqa: E731
    monkeypatch.setattr("abcrun.bulk.packages.find_spec", hide)
    result = bulk(tmp_path / "tunes", *options)
    assert result.exit_code == 2
    assert lacking in result.stderr
    assert f'pip install "abcrun[cpu,{extra}]"' in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("is_terminal", [True, False])
def test_rate_and_time_left_are_told(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    settings = Settings(7, 1_000_000, 1000, "m", "", "cpu", "int8", True, {})
    stream = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    now = [100.0]
    monkeypatch.setattr("abcrun.cli.bulking.time.monotonic", lambda: now[0])
    pace = Pace(settings, list(range(100, 1000)))
    now[0] += 50
    pace.add(100)
    now[0] += 50
    pace.add(101)
    pace.end()
    said = stream.getvalue()
    assert "900 of 1,000 shards to make" in said
    assert "102,000 of 1,000,000 tunes, 20.0 tunes/s, 12 h 28 min left" in said
    assert ("\r" in said) == is_terminal
    assert said.endswith("\n")


def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bulk(tmp_path, "--shard", "0").exit_code == 0
    FullDisk(tmp_path, 1000, monkeypatch)
    result = bulk(tmp_path, "--shard", "1")
    assert result.exit_code == 1
    assert "tunes-000001.parquet: No space left on device" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["_manifest.json", "tunes-000000.parquet"]


def test_nothing_is_begun_where_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bulk(tmp_path, "--shard", "0", count=2).exit_code == 0
    monkeypatch.delattr("abcrun.cli.bulking.make_shards")
    result = bulk(tmp_path, count=2)
    assert (result.exit_code, result.stderr) == (0, "abcrun: 0 of 1 shards to make\n")
