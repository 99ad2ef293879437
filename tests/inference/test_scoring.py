"""Scoring: bits per character, against the plain definition."""

import math
from itertools import pairwise

import numpy as np
import pytest

from abcrun import Model
from abcrun.inference.scoring import bits, bits_per_character, losses

TEXT = "X:1\nT:Test\nM:6/8\nK:D\n|:ABc|"


def plain_bits(model: Model, text: str) -> list[float]:
    """The bits of each character behind the first, one step at a time."""
    state = model.initial_state()
    tokens = model.spec.vocabulary.encode(text)
    found = []
    for token, following in pairwise(tokens):
        logits, state = model.step(np.array([[token]]), state)
        scores = logits[0, 0].astype(np.float64)
        probability = math.exp(scores[following]) / sum(map(math.exp, scores.tolist()))
        found.append(-math.log2(probability))
    return found


def test_bits_are_the_plain_definition(shipped: Model) -> None:
    expected = plain_bits(shipped, TEXT)
    assert bits(shipped.network, TEXT) == pytest.approx(sum(expected), rel=1e-4)
    assert shipped.bits(TEXT) == bits(shipped.network, TEXT)


@pytest.mark.parametrize("known", [1, 5, len(TEXT) - 1])
def test_what_is_known_is_read_and_not_counted(shipped: Model, known: int) -> None:
    expected = plain_bits(shipped, TEXT)[known - 1 :]
    found = bits_per_character(shipped.network, TEXT, known)
    assert found == pytest.approx(sum(expected) / len(expected), rel=1e-4)


def test_nothing_behind_what_is_known_needs_no_bits(shipped: Model) -> None:
    assert bits_per_character(shipped.network, TEXT, len(TEXT)) == 0.0


def test_equal_logits_are_a_uniform_distribution() -> None:
    found = losses(np.full((2, 8), 300.0, np.float32), np.array([0, 5]))
    assert found == pytest.approx([math.log(8)] * 2)
