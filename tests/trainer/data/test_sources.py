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
    read = read_own(path)
    source, text = read.source, read.text
    assert text == TUNES.strip()
    assert source.to_dict() == {
        "name": "mine.abc",
        "title": "mine.abc",
        "licence": "the user's own",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "characters": len(text),
        "tunes": 2,
    }
    assert read_source(str(path)) == read


def test_the_account_of_a_book_names_its_package_and_licence() -> None:
    if not books.at_hand("irish"):
        pytest.skip(books.HOW_TO_GET)
    source, _ = read = read_source("irish")
    assert read.text == read_text(cached_path(BOOKS["irish"]))
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


PROSE = """\
It was the best of times, it was the worst of times: A, B and C went
down to the river | and K: was never seen again.

There were a king with a large jaw and a queen with a plain face.
"""


def test_prose_is_refused_with_the_share_that_is_abc(tmp_path: Path) -> None:
    path = tmp_path / "novel.txt"
    path.write_text(PROSE)
    with pytest.raises(CorpusError, match=r"^[^\n]*novel.txt: 0 % of it can be read as ABC; "):
        read_own(path)
    path.write_text(f"{TUNES}\n{PROSE}")
    with pytest.raises(CorpusError, match=r"novel.txt: 15 % of it can be read as ABC; "):
        read_own(path)
    # A tune book with a preface
    path.write_text(PROSE + 8 * f"\n{TUNES}")
    assert read_own(path).text.startswith("It was")


def test_a_header_apart_from_its_music_is_abc(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    path.write_text("X:1\nK:D\n\n" + 20 * "DEFG ABcd|dcBA GFED|\n")
    assert "DEFG" in read_own(path).text


def test_files_of_a_folder_that_are_prose_are_left_out_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "tunes"
    folder.mkdir()
    (folder / "about.txt").write_text(PROSE)
    (folder / "empty.txt").write_text("")
    (folder / "jigs.abc").write_text(TUNES)
    read = read_own(folder)
    assert read.text == TUNES.strip()
    assert read.source.sha256 == hashlib.sha256(TUNES.encode()).hexdigest()
    assert caplog.messages == [f"{folder / 'about.txt'}: left out, as 0 % of it can be read as ABC"]
    (folder / "jigs.abc").unlink()
    (folder / "empty.txt").unlink()
    with pytest.raises(CorpusError, match="tunes: 0 % of it can be read as ABC"):
        read_own(folder)


@pytest.mark.parametrize(
    ("name", "root", "rhythms"),
    [
        ("jigs.abc", "jigs.abc", ["jig"]),
        ("reels/jigs.abc", "reels/jigs.abc", ["jig"]),
        ("reels/jigs.abc", "reels", ["jig"]),
        ("reels/fast/mine.abc", "reels", ["reel"]),
        ("reels/mine.abc", "reels/mine.abc", []),
        ("mine/tunes.abc", "mine", []),
    ],
)
def test_a_file_s_rhythms_are_told_by_its_name_or_the_nearest_folder_s(
    tmp_path: Path, name: str, root: str, rhythms: list[str]
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(TUNES)
    (file,) = read_own(tmp_path / root).files
    assert (file.text, list(file.rhythms)) == (TUNES.strip(), rhythms)


def test_a_missing_source_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file or folder"):
        read_source(str(tmp_path / "none.abc"))
