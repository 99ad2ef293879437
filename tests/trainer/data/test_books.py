"""Books: fetched once, checked, and a clear error where that fails."""

from pathlib import Path

import pytest

from abcrun.errors import CorpusError
from abctrain.data.books import Book, book_path


def test_offline_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ABCRUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(CorpusError, match="go online once"):
        book_path("irish")
    assert not list((tmp_path / "cache").iterdir())


def test_an_unknown_book_lists_the_known_ones() -> None:
    with pytest.raises(CorpusError, match="irish, oneill, ryan, aird"):
        book_path("playford")


def test_an_archive_with_another_checksum_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def download(book: Book, folder: Path) -> Path:
        archive = folder / f"{book.package}-{book.version}.tar.gz"
        archive.write_bytes(b"something else")
        return archive

    monkeypatch.setenv("ABCRUN_CACHE", str(tmp_path / "cache"))
    with pytest.raises(CorpusError, match="is not used, its sha256 is"):
        book_path("irish", download)
    assert not list((tmp_path / "cache").iterdir())
