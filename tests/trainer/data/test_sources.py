"""Sources: files and folders are read as they are, and accounted for."""

import hashlib
from pathlib import Path

import pytest

from abcrun.errors import CorpusError
from abctrain.data.books import BOOKS, cached_path
from abctrain.data.sources import read_own, read_source, read_text
from tests import books

TUNES = "X:1\nT:Séamus\nK:D\nABc|\n\n\nX:2\nK:G\nGAB|\n"


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("b.abc", "a.abc", "notes.md", "sub/c.TXT"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"X:{name}\n\n\n")
    assert read_text(tmp_path) == "X:a.abc\n\nX:b.abc\n\nX:sub/c.TXT"


def test_the_account_of_a_file_is_of_its_bytes_and_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    path.write_bytes(TUNES.encode("latin-1"))
    source, text = read_own(path)
    assert text == TUNES.strip()
    assert source.to_dict() == {
        "name": "mine.abc",
        "title": "mine.abc",
        "licence": "the user's own",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "characters": len(text),
        "tunes": 2,
    }
    assert read_source(str(path)) == (source, text)


def test_the_account_of_a_book_names_its_package_and_licence() -> None:
    if not books.at_hand("irish"):
        pytest.skip(books.HOW_TO_GET)
    source, text = read_source("irish")
    assert text == read_text(cached_path(BOOKS["irish"]))
    assert list(source.to_dict()) == [
        "name",
        "title",
        "package",
        "licence",
        "sha256",
        "characters",
        "tunes",
    ]
    assert source.package == "mitdeeplearning 0.7.5"
    assert source.licence.startswith("MIT")


def test_a_missing_source_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder"):
        read_source(str(tmp_path / "none.abc"))
