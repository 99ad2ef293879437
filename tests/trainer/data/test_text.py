"""Training text: any bytes of a user become tunes, or one clear line says why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.errors import CorpusError
from abctrain.data.text import decode, join_tunes, split_tunes


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


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_joining_and_splitting_are_inverse(blocks: list[str]) -> None:
    assert list(split_tunes(join_tunes(blocks))) == blocks
