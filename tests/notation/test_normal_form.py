"""The normal form of one tune; the tests of the trainer take real books to it."""

from fractions import Fraction

import pytest

from abcrun.notation import Tune
from abcrun.notation.normal_form import normal_form
from tests.traditional import KESH


@pytest.mark.parametrize("unit", ["1/16", "1/4", "1/8"])
def test_a_normal_form_may_have_any_unit_length(unit: str) -> None:
    tune = Tune.parse(KESH)
    text = normal_form(tune, "jig", Fraction(unit))
    assert f"\nL:{unit}\n" in text
    assert [(n.onset, n.pitch, n.duration) for n in Tune.parse(text).notes] == [
        (n.onset, n.pitch, n.duration) for n in tune.notes
    ]
