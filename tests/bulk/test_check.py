"""What of a folder is there, missing or damaged, and whose folder it is."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from abcrun.bulk.plan import spans
from abcrun.cli import main
from tests.bulk.shared import bulk


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three shards, the last one short."""
    folder = tmp_path_factory.mktemp("whole") / "tunes"
    for shard in ("0", "1", "2"):
        assert bulk(folder, "--shard", shard, count=8, size=3).exit_code == 0
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "tunes"))


def check(folder: Path) -> Result:
    return CliRunner().invoke(main, ["bulk", "--check", str(folder)])


def test_a_whole_folder(whole: Path) -> None:
    result = check(whole)
    assert result.exit_code == 0
    assert result.stdout == "3 shards of 3 tunes: 3 there, 0 missing, 0 files damaged\n"


def test_missing_shards_are_named_as_schedulers_take_them(folder: Path) -> None:
    (folder / "tunes-000000.parquet").unlink()
    (folder / "tunes-000001.parquet").unlink()
    result = check(folder)
    assert result.exit_code == 1
    assert "1 there, 2 missing, 0 files damaged\nmissing: 0-1\n" in result.stdout
    assert spans([3, 7, 8, 9, 12, 13]) == "3,7-9,12-13"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lose_rows(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(1), path)


def repeat(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table.slice(0, 1), table.slice(0, 2)]), path)


def exchange(path: Path) -> None:
    shutil.copy(path.with_name("tunes-000000.parquet"), path)


def forget(path: Path) -> None:
    pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "cannot be read"),
        (empty, "cannot be read"),
        (lose_rows, "has 2 rows, not 3"),
        (repeat, "other tunes than 3 to 5"),
        (exchange, "other tunes than 3 to 5"),
        (forget, "of other settings"),
    ],
)
def test_a_damaged_file_is_found(folder: Path, harm: object, said: str) -> None:
    harm(folder / "tunes-000001.parquet")  # type: ignore[operator]
    result = check(folder)
    assert result.exit_code == 1
    assert "2 there, 0 missing, 1 files damaged" in result.stdout
    assert "damaged: tunes-000001.parquet: it" in result.stdout
    assert said in result.stdout


def test_no_bit_of_a_row_changes_unseen(folder: Path) -> None:
    path = folder / "tunes-000001.parquet"
    content, table = path.read_bytes(), pq.read_table(path)
    found = 0
    for place in range(10, len(content), len(content) // 60):
        changed = bytearray(content)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        if check(folder).exit_code:
            found += 1
        else:
            assert pq.read_table(path) == table, place
    assert found > 30


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        result = check(folder)
        assert result.exit_code == 2
        assert "no `abcrun bulk` has written there" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--rhythm", "jig"], "rhythm is None, not jig"),
        (["--temperature", "0.5"], "temperature is 0.9, not 0.5"),
        (["--best-of", "2"], "best_of is 1, not 2"),
        (["--precision", "float32"], "precision is int8, not float32"),
        (["--formats", "midi"], "formats is [], not ['midi']"),
    ],
)
def test_other_options_into_the_same_folder_are_refused(
    whole: Path, options: list[str], said: str
) -> None:
    result = bulk(whole, "--shard", "0", *options, count=8, size=3)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert f"{whole} is of another command" in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"schema": 1}', b"\xff\x00", b"null"])
def test_a_manifest_that_is_none_is_one_line(folder: Path, content: bytes) -> None:
    (folder / "_manifest.json").write_bytes(content)
    for result in (check(folder), bulk(folder, "--shard", "0", count=8, size=3)):
        assert result.exit_code == 1
        assert "no manifest of `abcrun bulk`" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_manifest_of_a_later_abcrun_is_named(folder: Path) -> None:
    told = json.loads((folder / "_manifest.json").read_text()) | {"schema": 2}
    (folder / "_manifest.json").write_text(json.dumps(told))
    result = check(folder)
    assert result.exit_code == 1
    assert "its schema is 2" in result.stderr
