"""The signs of recall: one character for each thing that can be said, none of which a
tune has."""

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.composition.signs import (
    GROUP_SIGNS,
    MOST_BARS_AGO,
    SIGNS,
    STEPS,
    UNMOVED,
    Kind,
    is_sign,
    kind_of,
    short,
    sign,
)

NUMBERS: dict[Kind, int] = {
    "same": MOST_BARS_AGO,
    "varied": MOST_BARS_AGO,
    "moved": MOST_BARS_AGO,
    "by": 2 * UNMOVED - 1,
    "first": STEPS,
    "last": STEPS,
    "next": STEPS,
    "short": STEPS,
    "new": 0,
}
"""The highest number of each kind."""

SAID = [(kind, number) for kind, most in NUMBERS.items() for number in range(most + 1)]


def test_every_sign_says_one_thing() -> None:
    assert len(set(SIGNS)) == len(SIGNS) == len(SAID) + len(GROUP_SIGNS)
    assert {sign(*said) for said in SAID} == set(SIGNS) - set(GROUP_SIGNS)
    assert [kind_of(sign(*said)) for said in SAID] == SAID
    assert [kind_of(character) for character in GROUP_SIGNS] == [None] * 4


def test_signs_are_characters_that_no_text_has() -> None:
    assert {unicodedata.category(character) for character in SIGNS} == {"Co"}, "private use"
    assert all(map(is_sign, SIGNS))


@given(st.characters(exclude_categories=["Co"]))
def test_no_other_character_is_a_sign(character: str) -> None:
    assert not is_sign(character)
    assert kind_of(character) is None


@pytest.mark.parametrize("number", [-1, 64, 1000])
def test_there_is_no_sign_for_a_number_out_of_bounds(number: int) -> None:
    with pytest.raises(ValueError, match=f"there is no sign same {number}"):
        sign("same", number)


@pytest.mark.parametrize(
    ("length", "number"),
    [
        (Fraction(1, 8), 2),
        (Fraction(5, 16), 5),
        (Fraction(31, 16), 31),
        (Fraction(2), 0),
        (Fraction(1, 32), 0),
        (Fraction(1, 12), 0),
        (Fraction(0), 0),
    ],
)
def test_a_bars_length_is_told_in_sixteenths_or_as_none_of_them(
    length: Fraction, number: int
) -> None:
    assert kind_of(short(length)) == ("short", number)
