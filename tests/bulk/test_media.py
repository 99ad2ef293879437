"""Media: one tar file a shard, as WebDataset lays it out."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from abcrun import RenderError, Tune, render
from abcrun.cli import main
from abcrun.rendering import Rendering, RenderSettings
from tests.bulk.shared import bulk, contents, rows
from tests.conftest import ROOT

FORMATS = ("--formats", "midi,musicxml", "--instrument", "flute")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media") / "tunes"
    for shard in ("0", "1"):
        result = bulk(folder, "--shard", shard, *FORMATS, count=4, size=2)
        assert (result.exit_code, result.output) == (0, "")
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "tunes"))


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def test_the_files_of_a_tune_are_named_by_its_index(whole: Path) -> None:
    found = members(whole / "_media-000001.tar")
    assert list(found) == [
        "000000000002.mid",
        "000000000002.musicxml",
        "000000000003.mid",
        "000000000003.musicxml",
    ]
    tune = Tune.parse(rows(whole)[3]["text"])
    assert found["000000000003.mid"] == render(tune, "midi", RenderSettings(program="flute"))


def test_equal_settings_give_equal_bytes(whole: Path, tmp_path: Path) -> None:
    assert bulk(tmp_path, "--shard", "1", *FORMATS, count=4, size=2).exit_code == 0
    assert contents(tmp_path).items() <= contents(whole).items()


def test_media_that_miss_are_made_of_the_tunes_that_are_there(folder: Path) -> None:
    before = contents(folder)
    tunes = (folder / "tunes-000000.parquet").stat().st_mtime_ns
    (folder / "_media-000000.tar").unlink()
    assert bulk(folder, "--shard", "0", *FORMATS, count=4, size=2).exit_code == 0
    assert contents(folder) == before
    assert (folder / "tunes-000000.parquet").stat().st_mtime_ns == tunes


def test_tunes_that_cannot_be_rendered_have_no_files_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Rendering.encode

    def encode(rendering: Rendering, name: str) -> bytes:
        if rendering.tune.reference == 2:
            raise RenderError("too long")
        return usual(rendering, name)

    monkeypatch.setattr(Rendering, "encode", encode)
    result = bulk(tmp_path, "--shard", "0", *FORMATS, count=3, size=3)
    assert result.exit_code == 0
    assert result.stderr == "abcrun: 1 tunes could not be rendered; they have no media\n"
    names = list(members(tmp_path / "_media-000000.tar"))
    assert {name.partition(".")[0] for name in names} == {"000000000000", "000000000002"}
    assert check(tmp_path)[0] == 0


def test_what_is_no_tune_is_not_rendered(tmp_path: Path) -> None:
    irish = ROOT / "exported" / "irish.onnx"
    common = ("--model", irish, "--max-chars", "2", "--formats", "midi")
    result = bulk(tmp_path, "--shard", "0", *common, count=2, size=2)
    assert result.exit_code == 0, result.output
    assert members(tmp_path / "_media-000000.tar") == {}


def check(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["bulk", "--check", str(folder)])
    return result.exit_code, result.stdout


def test_a_whole_folder_with_media(whole: Path) -> None:
    assert check(whole) == (0, "2 shards of 2 tunes: 2 there, 0 missing, 0 files damaged\n")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def other_settings(path: Path) -> None:
    found = members(path)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, found)


def without_one(path: Path) -> None:
    with tarfile.open(path) as archive:
        told = archive.pax_headers
    found = members(path)
    found.pop("000000000000.mid")
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers=told) as archive:
        add(archive, found)


def exchange(path: Path) -> None:
    shutil.copy(path.with_name("_media-000001.tar"), path)


def add(archive: tarfile.TarFile, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "cannot be read"),
        (other_settings, "of other settings"),
        (without_one, "lacks files of some tunes"),
        (exchange, "none of its tunes"),
    ],
)
def test_damaged_media_are_found(folder: Path, harm: object, said: str) -> None:
    harm(folder / "_media-000000.tar")  # type: ignore[operator]
    status, printed = check(folder)
    assert status == 1
    assert "damaged: _media-000000.tar: it" in printed
    assert said in printed


def test_media_that_miss_are_missing(folder: Path) -> None:
    (folder / "_media-000001.tar").unlink()
    assert check(folder)[1].endswith("1 there, 1 missing, 0 files damaged\nmissing: 1\n")
