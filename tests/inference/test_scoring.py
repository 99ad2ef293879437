"""Scoring: bits of each character, against the plain definition."""

import math

import numpy as np
import pytest

from abcrun import Model
from abcrun.inference.scoring import bits, losses
from tests.inference.asking import plain_bits

TEXT = "X:1\nT:Test\nM:6/8\nK:D\n|:ABc|"


def test_bits_are_the_plain_definition(shipped: Model) -> None:
    expected = plain_bits(shipped, TEXT)
    assert bits(shipped.network, TEXT) == pytest.approx(expected, rel=1e-4)
    assert shipped.bits(TEXT) == pytest.approx(sum(expected), rel=1e-4)


@pytest.mark.parametrize("text", ["", "X"])
def test_what_has_nothing_before_it_needs_no_bits(shipped: Model, text: str) -> None:
    assert bits(shipped.network, text).tolist() == [0.0] * len(text)


def test_equal_logits_are_a_uniform_distribution() -> None:
    found = losses(np.full((2, 8), 300.0, np.float32), np.array([0, 5]))
    assert found == pytest.approx([math.log(8)] * 2)
