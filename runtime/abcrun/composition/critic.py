"""The critic: how much a tune sounds like a real one, learned from real tunes and from
those that the model composes.

It ships in the model's file and chooses among candidates. It hears traits of the tune
(`abcrun.composition.traits`) by boosted trees (Friedman 2001), and motifs, hashed
(Weinberger et al. 2009, arXiv:0902.2206), by logistic regression; the sum of both is
its verdict.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from abcrun.composition.traits.joints import joint_traits
from abcrun.composition.traits.melody import degree_traits, motion_traits
from abcrun.composition.traits.motifs import motifs
from abcrun.composition.traits.reading import Reading, Traits
from abcrun.composition.traits.returns import echo_traits, return_traits
from abcrun.composition.traits.rhythm import rhythm_traits
from abcrun.composition.traits.sections import close_traits, section_traits
from abcrun.errors import ModelError
from abcrun.inference.entries import Entries, shown
from abcrun.inference.packing import packed, unpacked

DEPTH: Final = 4
"""The questions that a tree asks of a tune, one after the other."""

BUCKETS: Final = 2**15
"""The numbers that motifs are hashed to."""

_QUESTIONS, _ANSWERS = 2**DEPTH - 1, 2**DEPTH
_MOST_TREES = 2000
_MOST_BYTES = 2**20  # unpacked
_MOST_ODDS = 1e6
_ANY = "X:1\nM:4/4\nL:1/8\nK:Dmaj\nABcd dcBA|"


@dataclass(frozen=True, eq=False)
class Critic:
    """A trained critic.

    names: of the traits that questions are about.
    traits: int64 [trees, 2**DEPTH - 1], a trait's place in `names` for each question; a
        tree's are in the order of a heap: behind question i come 2i + 1 and 2i + 2.
    limits: float32 of that shape; a tune with a trait above its limit goes on with
        question 2i + 2.
    answers: float32 [trees, 2**DEPTH], in log odds.
    weights: float16 [BUCKETS], of the motifs.
    bias: in log odds.
    """

    names: tuple[str, ...]
    traits: NDArray[np.int64]
    limits: NDArray[np.float32]
    answers: NDArray[np.float32]
    weights: NDArray[np.float16]
    bias: float

    def score(self, text: str) -> float:
        """Return the log odds that a tune, in normal form and the model's key, is a
        real one.

        Errors for a text that is no such tune: those of `Reading.of`.
        """
        tune = Reading.of(text)
        measured = traits_of(tune)
        values = np.array([measured[name] for name in self.names], np.float32)
        trees = np.arange(len(self.traits))
        at = np.zeros(len(trees), np.int64)
        for _ in range(DEPTH):
            is_above = values[self.traits[trees, at]] > self.limits[trees, at]
            at = 2 * at + 1 + is_above
        by_traits = float(self.answers[trees, at - _QUESTIONS].sum())
        buckets, amounts = motif_amounts(tune)
        return self.bias + by_traits + float(self.weights[buckets].astype(np.float64) @ amounts)

    def to_text(self) -> str:
        """Compress the critic, for a model file's metadata."""
        content = {
            "names": self.names,
            "traits": _in_base64(self.traits, "<u2"),
            "limits": _in_base64(self.limits, "<f4"),
            "answers": _in_base64(self.answers, "<f4"),
            "weights": _in_base64(self.weights, "<f2"),
            "bias": self.bias,
        }
        return packed(content)

    @classmethod
    def from_text(cls, text: str) -> "Critic":
        """Read what `to_text` wrote; the same text gives the same object. `ModelError`
        for anything else."""
        return _critic(text)


def traits_of(tune: Reading) -> Traits:
    """Measure a tune in all respects, in a fixed order."""
    return {
        **joint_traits(tune),
        **return_traits(tune),
        **echo_traits(tune),
        **degree_traits(tune),
        **motion_traits(tune),
        **rhythm_traits(tune),
        **section_traits(tune),
        **close_traits(tune),
    }


def motif_amounts(tune: Reading) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the buckets of a tune's motifs, and how much of each the tune has: the
    logarithm of one more than the count, all scaled to a vector of length 1."""
    counts = Counter(zlib.crc32(motif.encode()) % BUCKETS for motif in motifs(tune))
    amounts = np.log1p(np.array([*counts.values()], np.float64))
    buckets = np.array([*counts], np.int64)
    return buckets, amounts / np.linalg.norm(amounts)


@lru_cache(maxsize=1)
def trait_names() -> tuple[str, ...]:
    """Return the names of all traits."""
    return tuple(traits_of(Reading.of(_ANY)))


def _in_base64(values: NDArray[Any], dtype: DTypeLike) -> str:
    return base64.b64encode(values.astype(dtype).tobytes()).decode()


@lru_cache(maxsize=8)
def _critic(text: str) -> Critic:
    try:
        return _read(Entries(unpacked(text, _MOST_BYTES), "it"))
    except ValueError as error:
        raise ModelError(f"the model's critic cannot be read ({error}); export it again") from None


def _read(content: Entries) -> Critic:
    names = content.plain().get("names")
    if not isinstance(names, list) or not 0 < len(names) <= len(trait_names()):
        raise ValueError("its names are no list of traits")
    if unknown := _unknown(names):
        raise ValueError(f"this abcrun knows no trait {unknown}")
    traits = _array(content, "traits", "<u2").astype(np.int64)
    count = traits.size // _QUESTIONS
    if not 0 < count <= _MOST_TREES or traits.size != count * _QUESTIONS:
        raise ValueError(f"{traits.size} questions are no trees")
    if traits.max() >= len(names):
        raise ValueError(f"a question is about trait {traits.max()} of {len(names)}")
    limits = _array(content, "limits", "<f4", traits.size)
    answers = _array(content, "answers", "<f4", count * _ANSWERS)
    weights = _array(content, "weights", "<f2", BUCKETS)
    bias = content.plain().get("bias")
    if not isinstance(bias, float) or not abs(bias) <= _MOST_ODDS:
        raise ValueError(f"its bias is {shown(bias)}")
    return Critic(
        tuple(names),
        traits.reshape(count, _QUESTIONS),
        limits.reshape(count, _QUESTIONS),
        answers.reshape(count, _ANSWERS),
        weights,
        bias,
    )


def _unknown(names: Iterable[object]) -> str:
    known = trait_names()
    return next((shown(name) for name in names if name not in known), "")


def _array(content: Entries, name: str, dtype: str, size: int | None = None) -> NDArray[Any]:
    text = content.text(name, 0, _MOST_BYTES)
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), dtype)
    except ValueError:
        raise ValueError(f"its {name} are damaged") from None
    if size is not None and values.size != size:
        raise ValueError(f"it has {values.size} {name} for {size}")
    if not np.isfinite(values).all():
        raise ValueError(f"its {name} are not all numbers")
    return values
