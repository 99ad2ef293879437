"""The vocabulary: characters to tokens and back, and a clear error for any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.errors import UsageError
from abcrun.inference.vocabulary import Vocabulary


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
