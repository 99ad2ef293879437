"""A shard: some tunes of the seed in one Parquet file, the same whoever makes it."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from abcrun import Model, Tune
from abcrun.bulk.settings import Settings
from abcrun.bulk.shard import Job, make_shard
from tests.bulk.shared import assert_rows_are_tunes, bulk, contents, rows
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last two shards of 35 tunes, the second of them short."""
    folder = tmp_path_factory.mktemp("bulk") / "tunes"
    for shard in ("2", "3"):
        result = bulk(folder, "--shard", shard, count=35)
        assert result.exit_code == 0, result.output
    return folder


def test_the_rows_are_the_tunes_that_generate_gives(folder: Path, folk: Model) -> None:
    found = rows(folder)
    assert [row["index"] for row in found] == list(range(20, 35))
    assert_rows_are_tunes([found[0], found[7], found[14]], folk)


def test_the_columns_tell_of_each_tune(folder: Path, folk: Model) -> None:
    for row in rows(folder):
        tune = Tune.parse(row["text"])
        assert (row["key"], row["meter"]) == (tune.key.text, tune.meter.text)
        assert (row["rhythm"] or "") == tune.rhythm
        assert row["form"].startswith("A")
        known = tune.originality(folk.melodies)
        assert row["originality"]["longest_run"] == known.longest_run <= 15
        assert row["originality"]["copied_share"] == known.copied_share
        assert row["originality"]["title"] == known.title


def test_a_form_that_was_asked_for_is_in_its_column(tmp_path: Path) -> None:
    result = bulk(tmp_path, "--shard", "0", "--form", "AABB", "--rhythm", "jig", count=5)
    assert result.exit_code == 0, result.output
    assert {row["form"] for row in rows(tmp_path)} == {"AABB"}
    assert {row["rhythm"] for row in rows(tmp_path)} == {"jig"}


def test_the_same_command_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for shard in ("2", "3"):
        assert bulk(tmp_path, "--shard", shard, count=35).exit_code == 0
    assert contents(tmp_path) == contents(folder)


def test_a_file_tells_how_it_was_made(folder: Path) -> None:
    schema = pq.read_schema(folder / "tunes-000003.parquet")
    manifest = (folder / "_manifest.json").read_bytes()
    assert schema.metadata[b"abcrun"] == manifest
    told = json.loads(manifest)
    assert (told["seed"], told["count"], told["shard_size"]) == (7, 35, 10)
    assert (told["device"], told["precision"]) == ("cpu", "int8")


def test_a_shard_that_is_there_is_left_alone(folder: Path) -> None:
    before = (folder / "tunes-000002.parquet").stat()
    assert bulk(folder, "--shard", "2", count=35).exit_code == 0
    after = (folder / "tunes-000002.parquet").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_the_best_of_several_is_that_of_generate(tmp_path: Path, folk: Model) -> None:
    assert bulk(tmp_path, "--shard", "1", "--best-of", "3", count=8, size=4).exit_code == 0
    assert_rows_are_tunes(rows(tmp_path)[-1:], folk, best_of=3)


def test_what_is_no_tune_has_its_text_and_no_more(tmp_path: Path) -> None:
    irish = ROOT / "exported" / "irish.onnx"
    result = bulk(tmp_path, "--shard", "0", "--model", irish, "--max-chars", "2")
    assert result.exit_code == 0, result.output
    for row in rows(tmp_path):
        assert row["text"]
        assert not row["complete"]
        assert row["key"] is row["form"] is row["originality"] is None


@pytest.mark.parametrize("change", ["model", "melodies"])
def test_another_model_on_one_machine_is_found(
    folk_path: Path, tmp_path: Path, change: str
) -> None:
    for name in ("folk.onnx", "folk.int8.onnx", "folk.melodies"):
        shutil.copy(folk_path.with_name(name), tmp_path / name)
    model = tmp_path / "folk.onnx"
    out = tmp_path / "tunes"
    assert bulk(out, "--model", model, "--shard", "0", count=2).exit_code == 0
    manifest = (out / "_manifest.json").read_text()
    assert Settings.from_text(manifest, "it").text == manifest
    if change == "model":
        manifest = manifest.replace('"sha256": "', '"sha256": "0')
    else:
        manifest = manifest.replace('"melodies": true', '"melodies": false')
    done = make_shard(Job(str(out), str(model), manifest), 0)
    assert "every machine" in str(done.error)
