"""The files of a clean corpus: its parts can be read again, and the report adds up."""

from pathlib import Path

from click.testing import CliRunner

from abcrun.notation import Tune
from abctrain.__main__ import main
from abctrain.data.collection import PARTS, Collection
from abctrain.data.report import report
from tests.trainer.data.conftest import random_book


def test_the_report_adds_up(folk: Collection) -> None:
    rows = [line.split(" | ") for line in report(folk).splitlines() if line.startswith("| ")]
    table = {
        row[0].strip("| "): [int(one.strip(" |").replace(",", "")) for one in row[1:]]
        for row in rows[1:30]
    }
    dropped = [
        sum(column)
        for column in zip(*(row for name, row in table.items() if "dropped" in name), strict=True)
    ]
    for read, kept, left_out in zip(table["tunes read"], table["kept"], dropped, strict=True):
        assert read == kept + left_out
    assert table["kept"][-1] == len(folk.tunes)


def test_a_corpus_is_written_as_tunes_that_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "mine.abc").write_text(random_book(100))
    result = CliRunner().invoke(
        main, ["corpus", str(tmp_path / "mine.abc"), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.md",
        "test.abc",
        "train.abc",
        "valid.abc",
    ]
    assert result.stdout == (tmp_path / "out" / "report.md").read_text()
    tunes = [list(Tune.find((tmp_path / "out" / f"{part}.abc").read_text())) for part in PARTS]
    assert sum(map(len, tunes)) == 100
    assert all(tune.is_valid for part in tunes for tune in part)
