"""Training text: any file of a user becomes tunes, or one clear line says why not."""

import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from abcrun.errors import CorpusError, UsageError
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data import corpus as corpora
from abctrain.data.corpus import Corpus, decode, join_tunes, read_text, split_tunes
from abctrain.training.batches import Streams

TUNE = "X:{}\nT:Tune {}\nK:D\nDEFG ABcd|\n"


def tunes(count: int) -> str:
    return "\n".join(TUNE.format(i, i) for i in range(count))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("T:Séamus\n".encode(), "T:Séamus\n"),
        (b"\xef\xbb\xbfX:1\n", "X:1\n"),
        ("T:Séamus\n".encode("latin-1"), "T:Séamus\n"),
        (b"X:1\r\nK:D\rABc\n", "X:1\nK:D\nABc\n"),
    ],
    ids=["utf-8", "utf-8 with BOM", "latin-1", "CRLF and CR"],
)
def test_bytes_become_text(content: bytes, text: str) -> None:
    assert decode(content, "file") == text


def test_utf_16_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(CorpusError, match="save it as UTF-8"):
        decode("X:1\n".encode("utf-16"), "file.abc")


def test_a_name_with_spaces_and_parentheses_works(tmp_path: Path) -> None:
    path = tmp_path / "songs (1).txt"
    path.write_text(tunes(40))
    corpus = Corpus.of_path(path, 0.1)
    assert len(corpus.training) + len(corpus.held_out) == 40
    assert corpus.sources[0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name in ("b.abc", "a.abc", "notes.md", "sub/c.TXT"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"X:{name}\n\n\n")
    assert read_text(tmp_path) == "X:a.abc\n\nX:b.abc\n\nX:sub/c.TXT"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text(""), "it is empty"),
        (lambda path: path.write_text("X:1\nK:D\nABc|\n"), "at least two"),
        (lambda path: None, "no such file or folder"),
        (lambda path: path.mkdir(), "holds no .abc or .txt file"),
    ],
    ids=["empty", "one tune", "missing", "empty folder"],
)
def test_what_is_no_corpus_is_a_clear_error(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "corpus.abc"
    make(path)  # type: ignore[operator]
    with pytest.raises(CorpusError, match=message):
        Corpus.of_path(path, 0.05)


def test_the_split_is_by_tune_and_stays_when_tunes_are_added() -> None:
    few, many = (Corpus._split("c", [tunes(n)], 0.2, ()) for n in (100, 200))
    assert set(few.training) <= set(many.training)
    assert set(few.held_out) <= set(many.held_out)
    assert not set(many.training) & set(many.held_out)
    assert 20 < len(many.held_out) < 60


def test_the_same_tune_twice_stays_on_one_side() -> None:
    corpus = Corpus._split("c", [tunes(50), tunes(50)], 0.2, ())
    assert not set(corpus.training) & set(corpus.held_out)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_joining_and_splitting_are_inverse(blocks: list[str]) -> None:
    assert split_tunes(join_tunes(blocks)) == blocks


@given(st.text(min_size=1))
def test_decoding_is_the_inverse_of_encoding(text: str) -> None:
    vocabulary = Vocabulary.of(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert len(vocabulary) == len(set(text))


def test_an_unknown_character_is_shown_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"'é' \(U\+00E9\) at position 6 \(line 2, column 3\)"):
        Vocabulary("abc\n").encode("ab\nabé")


@pytest.mark.parametrize("token", [-1, 3])
def test_a_token_out_of_range_is_an_error(token: int) -> None:
    with pytest.raises(UsageError, match="outside the vocabulary"):
        Vocabulary("abc").decode([token])


@given(st.integers(1, 5), st.integers(1, 7), st.lists(st.integers(1, 90), min_size=1, max_size=12))
def test_streams_are_contiguous_and_begin_at_tunes(
    streams: int, window: int, lengths: list[int]
) -> None:
    starts = np.cumsum([0, *lengths])
    assume(starts[-1] > streams * window)
    tunes = [
        np.arange(start, end) for start, end in itertools.pairwise(starts)
    ]  # a token is its place in the text
    cut = Streams.cut(tunes, streams, window, torch.device("cpu"))
    rows = torch.cat([window.inputs for window in cut.windows()], dim=1)
    targets = torch.cat([window.targets for window in cut.windows()], dim=1)
    assert torch.equal(rows + 1, targets)
    assert (rows.diff(dim=1) == 1).all()
    assert len(list(cut.windows())) == len(cut)
    assert cut.characters == rows.numel()
    assert starts[-1] - 1 - cut.characters < streams  # as many characters as the text has
    length = rows.shape[1]
    for row, first in enumerate(rows[:, 0].tolist()):
        share = row * length
        tune = max(start for start in starts if start <= share)
        assert first == (tune if share - tune < length else share)


def test_too_short_a_corpus_says_how_many_characters_are_needed() -> None:
    with pytest.raises(CorpusError, match="needs 12,801"):
        Streams.cut([np.zeros(12_800, np.int64)], 128, 100, torch.device("cpu"))


def test_offline_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ABCRUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(CorpusError, match="go online once"):
        corpora.book_path("irish")
    assert not list((tmp_path / "cache").iterdir())


def test_an_archive_with_another_checksum_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"

    def download(command: list[str], **_: object) -> object:
        archive_path = Path(command[command.index("--dest") + 1]) / "mitdeeplearning-0.7.5.tar.gz"
        archive_path.write_bytes(b"something else")
        return type("Result", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setenv("ABCRUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(corpora.subprocess, "run", download)
    with pytest.raises(CorpusError, match="is not used, its sha256 is"):
        corpora.book_path("irish")
    assert not archive.exists()


def test_an_unknown_book_lists_the_known_ones() -> None:
    with pytest.raises(CorpusError, match="irish, oneill, ryan, aird"):
        corpora.book_path("playford")
