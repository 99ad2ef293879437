"""Sampling: the next character from logits, by temperature, top-k, top-p or greedily,
vectorised over the batch."""

import bisect
import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import ModelError, UsageError

Logits = NDArray[np.float32]

_FEW = 3  # rows that are drawn one by one
# Keeps a product with a number below 1 from being rounded up to the sum itself, behind
# which there is no character.
_BELOW_ONE = 1.0 - 2.0**-52


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a character is drawn.

    top_k: only the k most probable characters can come (Fan et al. 2018,
        arXiv:1805.04833). 1 or more; the vocabulary's size or more is plain sampling.
        Of equally probable ones the first in the vocabulary are kept.
    top_p: of those, only the fewest can come that together hold this share of the
        probability (Holtzman et al. 2020, arXiv:1904.09751). Above 0, at most 1; 1
        keeps all.
    temperature: the logits are divided by it. Above 0; towards 0 the most probable
        character always comes.
    greedy: the most probable character always comes; the other three have no effect.
    """

    top_k: int = 5
    top_p: float = 1.0
    temperature: float = 1.0
    greedy: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int) or self.top_k < 1:
            raise UsageError(f"top_k is {self.top_k!r}; it must be a whole number from 1 on")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top_p is {self.top_p!r}; it must be above 0 and at most 1")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise UsageError(
                f"temperature is {self.temperature!r}; it must be a number above 0 "
                "(or ask for greedy)"
            )


def weights(logits: Logits, sampling: Sampling) -> NDArray[np.float64]:
    """Return the unnormalised probabilities of the characters that can come, and 0 for
    the others: float64 [batch, vocabulary].

    `logits` is float [batch, vocabulary]. A character with logit -inf can't come while
    another can; those with +inf share all of the probability. `ModelError` for a NaN.
    """
    scores = np.asarray(logits, np.float64)
    best = scores.max(axis=1, keepdims=True)
    if np.isnan(best).any():
        raise ModelError(
            "the model gave a logit that is not a number; the file is damaged or was badly trained"
        )
    if np.isinf(best).any():  # inf - inf is a NaN: only the best of a row are comparable
        scores = np.where(np.isinf(best), np.where(scores == best, 0.0, -np.inf), scores)
        best = np.where(np.isinf(best), 0.0, best)
    kept = _top_k(scores, 1 if sampling.greedy else sampling.top_k)
    result: NDArray[np.float64] = np.exp((scores - best) / sampling.temperature) * kept
    return result if sampling.top_p == 1.0 else _top_p(result, sampling.top_p)


def choose(logits: Logits, uniform: NDArray[np.float64], sampling: Sampling) -> NDArray[np.int64]:
    """Draw the token of each row, int64 [batch], by inverting its cumulative
    distribution at `uniform[i]`, from [0, 1)."""
    rows, size = logits.shape
    k = 1 if sampling.greedy else sampling.top_k
    if 1 < k < size and sampling.top_p == 1.0:
        # The usual case touches only the k best. Their order, and so the rounding of
        # the sums, are those of the general case: both draw the same.
        choose_usual = _choose_few if rows <= _FEW else _choose_many
        tokens = choose_usual(logits, uniform, k, sampling.temperature)
        if tokens is not None:
            return tokens
    return _invert(weights(logits, sampling), uniform)


def _choose_many(
    logits: Logits, uniform: NDArray[np.float64], k: int, temperature: float
) -> NDArray[np.int64] | None:
    """Choose with a top-k below the vocabulary. Return None for ties at the k-th place
    and for logits that are not finite."""
    rows, size = logits.shape
    least = np.partition(logits, size - k, axis=1)[:, size - k, None]
    kept = np.flatnonzero(logits >= least)
    if len(kept) != rows * k or not math.isfinite(logits.sum()):
        return None
    scores = logits.take(kept).reshape(rows, k)
    best = scores.max(axis=1, keepdims=True)
    mass = np.exp(np.subtract(scores, best, dtype=np.float64) / temperature)
    every = np.arange(rows)
    tokens: NDArray[np.int64] = kept.reshape(rows, k)[every, _invert(mass, uniform)] - every * size
    return tokens


def _choose_few(
    logits: Logits, uniform: NDArray[np.float64], k: int, temperature: float
) -> NDArray[np.int64] | None:
    """Choose as `_choose_many` does, for a few rows."""
    # Plain Python takes half the time of the many calls to NumPy.
    tokens = []
    for scores, at in zip(logits.tolist(), uniform.tolist(), strict=True):
        in_order = sorted(scores)
        least, best = in_order[-k], in_order[-1]
        kept = [token for token, score in enumerate(scores) if score >= least]
        if len(kept) != k or not math.isfinite(sum(scores)):
            return None
        cumulative = list(
            itertools.accumulate(math.exp((scores[token] - best) / temperature) for token in kept)
        )
        tokens.append(kept[bisect.bisect_right(cumulative, at * (cumulative[-1] * _BELOW_ONE))])
    return np.array(tokens, np.int64)


def _invert(mass: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where the cumulative sum of each row's mass passes its share `uniform`."""
    cumulative = mass.cumsum(axis=1)
    target = uniform[:, None] * (cumulative[:, -1:] * _BELOW_ONE)
    found: NDArray[np.int64] = (cumulative <= target).sum(axis=1)
    return found


def _top_k(scores: NDArray[np.float64], k: int) -> NDArray[np.bool_]:
    """Return True for exactly the k best of each row."""
    size = scores.shape[1]
    if k >= size:
        return np.ones_like(scores, np.bool_)
    kth = np.partition(scores, size - k, axis=1)[:, size - k, None]
    kept: NDArray[np.bool_] = scores >= kth
    if (kept.sum(axis=1) > k).any():  # ties at the k-th place
        above = scores > kth
        equal = scores == kth
        kept = above | (equal & (equal.cumsum(axis=1) <= k - above.sum(axis=1, keepdims=True)))
    return kept


def _top_p(mass: NDArray[np.float64], p: float) -> NDArray[np.float64]:
    """Return `mass` with 0 for all but the fewest of the most probable that hold the
    share p of it."""
    # A stable order: of equals the first in the vocabulary is kept.
    order = np.argsort(-mass, axis=1, kind="stable")
    ordered = np.take_along_axis(mass, order, axis=1)
    before = ordered.cumsum(axis=1) - ordered
    ordered[before >= p * mass.sum(axis=1, keepdims=True)] = 0.0
    result = np.empty_like(mass)
    np.put_along_axis(result, order, ordered, axis=1)
    return result
