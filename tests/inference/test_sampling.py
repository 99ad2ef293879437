"""Sampling against its plain definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from abcrun import ModelError, Sampling, UsageError
from abcrun.inference.sampling import choose, weights

# Whole eighths: equal or clearly different, so that rounding never decides which of two
# is the better one.
logits_rows = arrays.arrays(
    np.int64, st.tuples(st.integers(1, 5), st.integers(1, 12)), elements=st.integers(-240, 240)
).map(lambda eighths: (eighths / 8).astype(np.float32))


def plain_probabilities(row: list[float], sampling: Sampling) -> list[float]:
    """The definition, one character at a time."""
    order = sorted(range(len(row)), key=lambda i: (-row[i], i))[: sampling.top_k]
    scaled = {i: math.exp((row[i] - row[order[0]]) / sampling.temperature) for i in order}
    total = sum(scaled.values())
    kept, reached = [], 0.0
    for i in order:
        if reached >= sampling.top_p * total:
            break
        kept.append(i)
        reached += scaled[i]
    return [scaled[i] / reached if i in kept else 0.0 for i in range(len(row))]


samplings = st.builds(
    Sampling,
    top_k=st.integers(1, 14),
    top_p=st.sampled_from([1.0, 0.9, 0.5, 0.1]),
    temperature=st.floats(0.1, 5.0),
)


@given(logits_rows, samplings)
def test_weights_are_the_plain_definition(logits: np.ndarray, sampling: Sampling) -> None:
    found = weights(logits, sampling)
    for row, mass in zip(logits.tolist(), found, strict=True):
        expected = plain_probabilities(row, sampling)
        # Where the share p falls on the border between two characters, rounding
        # decides.
        if sampling.top_p == 1.0 or (np.array(expected) > 0).sum() == (mass > 0).sum():
            assert mass / mass.sum() == pytest.approx(expected, abs=1e-9)


@given(logits_rows, st.integers(1, 14), st.floats(0, 1, exclude_max=True))
def test_only_the_k_best_can_come(logits: np.ndarray, k: int, uniform: float) -> None:
    tokens = choose(logits, np.full(len(logits), uniform), Sampling(top_k=k))
    for row, token in zip(logits, tokens, strict=True):
        assert (row > row[token]).sum() < k


@given(logits_rows, samplings, st.integers(0, 2**32))
def test_a_row_is_drawn_alike_alone_and_among_others(
    logits: np.ndarray, sampling: Sampling, seed: int
) -> None:
    many = np.tile(logits, (5, 1))
    uniform = np.random.default_rng(seed).random(len(many))
    alone = [choose(many[i : i + 1], uniform[i : i + 1], sampling)[0] for i in range(len(many))]
    assert choose(many, uniform, sampling).tolist() == alone


def test_frequencies_fit_the_renormalised_softmax() -> None:
    random = np.random.default_rng(7)
    row = random.normal(size=20).astype(np.float32)
    sampling = Sampling(top_k=8, temperature=0.8)
    draws = 200_000
    tokens = choose(np.tile(row, (draws, 1)), random.random(draws), sampling)
    expected = np.array(plain_probabilities(row.tolist(), sampling)) * draws
    observed = np.bincount(tokens, minlength=20)
    assert (observed[expected == 0] == 0).all()
    chi_square = ((observed - expected)[expected > 0] ** 2 / expected[expected > 0]).sum()
    assert chi_square < 24.3  # 99.9 % of the distribution with 7 degrees of freedom


@given(logits_rows, st.floats(0, 1, exclude_max=True))
def test_greedy_and_top_1_are_the_most_probable(logits: np.ndarray, uniform: float) -> None:
    for sampling in (Sampling(greedy=True), Sampling(top_k=1)):
        assert (
            choose(logits, np.full(len(logits), uniform), sampling) == logits.argmax(axis=1)
        ).all()


def test_temperature_towards_zero_is_greedy() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(size=(100, 30)).astype(np.float32)
    tokens = choose(logits, random.random(100), Sampling(top_k=30, temperature=1e-6))
    assert (tokens == logits.argmax(axis=1)).all()


@given(logits_rows)
def test_k_of_the_vocabulary_or_more_is_plain_sampling(logits: np.ndarray) -> None:
    size = logits.shape[1]
    plain = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    for k in (size, size + 1, 10**9):
        assert weights(logits, Sampling(top_k=k)) == pytest.approx(plain)


def test_ties_keep_exactly_k_the_first_in_the_vocabulary() -> None:
    kept = weights(np.zeros((2, 6), np.float32), Sampling(top_k=3)) > 0
    assert kept.tolist() == [[True, True, True, False, False, False]] * 2


def test_infinite_logits() -> None:
    inf = math.inf
    rows = np.array([[-inf, 0, 0, -inf], [inf, 5, inf, 0], [-inf, -inf, -inf, -inf]], np.float32)
    mass = weights(rows, Sampling(top_k=4))
    assert (mass / mass.sum(axis=1, keepdims=True)).tolist() == [
        [0, 0.5, 0.5, 0],
        [0.5, 0, 0.5, 0],
        [0.25] * 4,
    ]


def test_a_logit_that_is_not_a_number_is_an_error() -> None:
    with pytest.raises(ModelError, match="not a number"):
        choose(np.array([[0.0, math.nan]], np.float32), np.zeros(1), Sampling())


@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
def test_the_ends_of_the_unit_interval_draw_a_character_that_can_come(uniform: float) -> None:
    logits = np.array([[-math.inf, 1.0, 2.0, -math.inf]], np.float32)
    assert choose(logits, np.array([uniform]), Sampling(top_k=4))[0] in (1, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        {"top_k": 0},
        {"top_k": -1},
        {"top_k": 2.5},
        {"top_k": True},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": math.nan},
        {"temperature": 0.0},
        {"temperature": -1.0},
        {"temperature": math.nan},
        {"temperature": math.inf},
    ],
)
def test_settings_out_of_range_are_usage_errors(arguments: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(arguments))):
        Sampling(**arguments)  # type: ignore[arg-type]
