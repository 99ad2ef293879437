"""How probable a model with recall finds a tune: what is fed costs nothing."""

import pytest

from abcrun import Model, Tune, UsageError
from abcrun.composition.given import GivenTune
from abcrun.composition.likelihood import bits_of_tune
from abcrun.composition.recall import coded, text_of
from abcrun.errors import NotationError
from tests.inference.asking import plain_bits
from tests.traditional import KESH

TUNE = """X:1
M:6/8
L:1/8
R:jig
K:Dmaj
|:dcB ABA|dcB AFD|dcB ABA|EFE D3:|
|:fed efg|edc def|dcB ABA|EFE D3:|"""


def test_all_that_is_drawn_counts_and_nothing_that_is_fed(folk: Model) -> None:
    pieces = coded(TUNE)
    bits = plain_bits(folk, text_of(pieces))
    drawn = [piece.is_drawn for piece in pieces for _ in piece.text]
    expected = sum(one for one, counts in zip(bits, drawn, strict=True) if counts)
    assert bits_of_tune(folk.network, TUNE).total == pytest.approx(expected, rel=1e-3)
    assert folk.bits(TUNE) == bits_of_tune(folk.network, TUNE).total
    assert expected < sum(bits)


def test_the_bars_and_the_header_are_the_tune(folk: Model) -> None:
    total, bars = bits_of_tune(folk.network, TUNE)
    assert len(bars) == 8
    assert bars.min() > 0, "a bar that returns costs its sign"
    # The rest is the header and two ends: of the sketch, and of the last bar.
    assert 0 < total - bars.sum() < total / 2


def test_a_bar_that_returns_costs_less_than_a_new_one(folk: Model) -> None:
    other = TUNE.replace("dcB ABA|EFE D3:|\n|:fed", "GFE GFA|EFE D3:|\n|:fed")
    assert bits_of_tune(folk.network, TUNE).bars[2] < bits_of_tune(folk.network, other).bars[2]


def test_key_and_spelling_change_nothing(folk: Model) -> None:
    spelt = """X:9
T:The Same
M:6/8
L:1/16
R:Jig
K:D % major
|: d2c2B2 A2B2A2 | d2c2B2 A2F2D2 | d2c2B2 A2B2A2 | E2F2E2 D6 ::
f2e2d2 e2f2g2 | e2d2c2 d2e2f2 | d2c2B2 A2B2A2 | E2F2E2 D6 :|"""
    assert folk.bits(spelt) == folk.bits(TUNE)
    in_g = GivenTune.of(folk.spec, KESH)
    assert folk.bits(KESH) == folk.bits(in_g.text)
    assert Tune.parse(in_g.text).key.tonic == in_g.repertoire.canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X:1\nM:6/8\nK:D\n", "has no notes"),
        (TUNE.replace("6/8", "5/4"), "meter 5/4"),
        (TUNE.replace("dcB", "dcB&A3", 1), "two layers"),
        ("no tune at all", "no line starts with X:"),
    ],
)
def test_what_is_no_tune_has_no_bits(folk: Model, text: str, message: str) -> None:
    with pytest.raises((UsageError, NotationError), match=message) as caught:
        folk.bits(text)
    assert len(str(caught.value).splitlines()) == 1
