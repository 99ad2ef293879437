"""Which notes: degrees by weight and on downbeats, chromatic notes, compass, chords."""

from collections.abc import Sequence

import numpy as np

from abctrain.quality.listener.averages import NONE, Features, mean
from abctrain.quality.listener.bare import BareTune, sounding

DEGREES = (
    "first",
    "minor second",
    "second",
    "minor third",
    "third",
    "fourth",
    "augmented fourth",
    "fifth",
    "minor sixth",
    "sixth",
    "minor seventh",
    "seventh",
)
"""The names of the semitones above the tonic, as degrees."""

_ON_DOWNBEATS = (0, 2, 4, 5, 7, 9, 10, 11)
# Degrees of which a mode has one; both in a tune: one of them is borrowed.
_BORROWED = {"third": (3, 4), "fourth": (5, 6), "seventh": (10, 11)}
# Major and minor chords on the degrees of which folk accompaniments are made.
_CHORDS = tuple(
    frozenset((root + step) % 12 for step in (0, third, 7))
    for root, third in ((0, 4), (0, 3), (2, 3), (7, 4), (9, 3), (5, 4), (10, 4), (2, 4))
)


def scale_features(tune: BareTune) -> Features:
    """Measure the notes by themselves; weight is their share of the tune's time."""
    classes = tune.line.pitches % 12
    weights = np.bincount(classes, tune.line.durations, 12)
    weights = weights / weights.sum()
    return {
        **{f"weight of the {name} degree": weights[at] for at, name in enumerate(DEGREES)},
        "weight of sixth and seventh degree": weights[8:].sum(),  # of any mode
        **{
            f"weight of the rarer {name}": min(weights[low], weights[high])
            for name, (low, high) in _BORROWED.items()
        },
        **_downbeats(classes[tune.line.onsets == 0]),
        **_chromatic(np.bincount(classes, minlength=12)),
        **_compass(tune),
        "notes of a bar within one chord": mean(map(_in_chord, map(sounding, tune.bars))),
    }


def _downbeats(classes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Features:
    counts = np.bincount(classes, minlength=12)
    total = counts.sum()
    return {
        f"downbeats on the {DEGREES[at]} degree": counts[at] / total if total else NONE
        for at in _ON_DOWNBEATS
    }


def _chromatic(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Features:
    """Count notes beyond the seven that a tune has most of: its scale."""
    beyond = np.sort(counts)[:-7].sum()
    return {
        "different degrees": float((counts > 0).sum()),
        "chromatic notes": beyond / counts.sum(),
        "has a chromatic note": float(beyond > 0),
        "is minor": float(counts[3] > counts[4]),
    }


def _compass(tune: BareTune) -> Features:
    pitches = tune.line.pitches
    return {
        "mean pitch": pitches.mean(),
        "spread of pitches": pitches.std(),
        "lowest note": float(pitches.min()),
        "highest note": float(pitches.max()),
    }


def _in_chord(pitches: Sequence[int]) -> float:
    if not pitches:
        return NONE
    classes = [pitch % 12 for pitch in pitches]
    return max(sum(one in chord for one in classes) for chord in _CHORDS) / len(classes)
