"""How bars lead into what returns: counted in tunes, and kept by chance when
composing."""

import json

import pytest

from abcrun import ModelError
from abcrun.composition.leading import LEAST, WIDEST, Leading, Leap, leaps_of

HEAD = "X:1\nM:2/4\nL:1/8\nK:Dmaj\n"


def test_a_drawn_bar_arrives_at_what_returns_and_at_the_close() -> None:
    # The second bar leads up a fourth to the first one's return, the last one closes by
    # a step.
    found = list(leaps_of(HEAD + "|:d2 fd|eAcA|d2 fd|efed:|"))
    assert found == [Leap("same", 5), Leap("close", 2)]


def test_a_leap_is_told_apart_where_a_section_ends() -> None:
    found = list(leaps_of(HEAD + "|:d2 fd|A2 d2:|\n|:d2 fd|A2 g2:|"))
    assert Leap("same|", 0) in found


def test_wide_leaps_count_as_one() -> None:
    found = list(leaps_of(HEAD + "|:D2 FD|eAcd'|D2 FD|A4:|"))
    assert found[0] == Leap("same", WIDEST)


def test_what_real_tunes_do_oftener_is_kept_oftener() -> None:
    real = [Leap("same", 2)] * 900 + [Leap("same", 9)] * 100
    composed = [Leap("same", 2)] * 500 + [Leap("same", 9)] * 500
    leading = Leading.of(real, composed)
    assert leading.chance(Leap("same", 2)) == 1.0
    assert LEAST <= leading.chance(Leap("same", 9)) < 0.2
    assert leading.chance(Leap("moved", 9)) == 1.0, "nothing is known of these"


def test_it_comes_back_from_a_model_file() -> None:
    leading = Leading.of([Leap("close", 1)] * 50, [Leap("close", 7)] * 50)
    again = Leading.from_text(leading.to_text())
    leaps = [Leap("close", size) for size in range(WIDEST + 1)]
    assert list(map(again.chance, leaps)) == list(map(leading.chance, leaps))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        json.dumps({"same": [1.0]}),
        json.dumps({"same": [0.0] * (WIDEST + 1)}),
        json.dumps({"same": [2.0] * (WIDEST + 1)}),
        json.dumps({"same": ["x"] * (WIDEST + 1)}),
        json.dumps({"same": None}),
        json.dumps({"same": [10**400] * (WIDEST + 1)}),
        "[" * 50_000,
        json.dumps({str(kind): [1.0] * (WIDEST + 1) for kind in range(10_000)}),
    ],
)
def test_a_damaged_one_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"leading notes cannot be read; export it again$"):
        Leading.from_text(text)
