"""How the line moves: gaps over bar lines and within bars, leaps, runs and turns."""

import numpy as np
from numpy.typing import NDArray

from abctrain.quality.listener.averages import NONE, Features
from abctrain.quality.listener.bare import BareTune

FIFTH, OCTAVE = 7, 12

_INTERVALS = {
    0: "unisons",
    1: "semitones",
    2: "whole tones",
    3: "minor thirds",
    4: "major thirds",
    5: "fourths",
    7: "fifths",
    12: "octaves",
}


def leap_features(tune: BareTune) -> Features:
    """Measure the steps between successive notes, in semitones.

    A bar line between two sections is left out: the first one is played again there.
    """
    steps = np.diff(tune.line.pitches)
    stays = np.diff(tune.line.sections) == 0
    crosses = np.diff(tune.line.bars)[stays] > 0
    return {**_gaps(np.abs(steps[stays]), crosses), **_intervals(np.abs(steps)), **_turns(steps)}


def _gaps(sizes: NDArray[np.int64], crosses: NDArray[np.bool_]) -> Features:
    over, within = sizes[crosses], sizes[~crosses]
    mean_over = float(over.mean()) if over.size else NONE
    mean_within = float(within.mean()) if within.size else NONE
    return {
        "gap over bar lines": mean_over,
        "gap within bars": mean_within,
        "gap over bar lines minus within": mean_over - mean_within,
        "largest gap over a bar line": float(over.max()) if over.size else NONE,
        "bar lines crossed by more than a fifth": _share(over > FIFTH),
    }


def _intervals(sizes: NDArray[np.int64]) -> Features:
    counts = np.bincount(sizes, minlength=OCTAVE + 1)
    return {
        "leaps of more than a fifth": counts[FIFTH + 1 :].sum() / sizes.size,
        "leaps of an octave or more": counts[OCTAVE:].sum() / sizes.size,
        "largest leap": float(sizes.max()),
        **{name: counts[size] / sizes.size for size, name in _INTERVALS.items()},
    }


def _turns(steps: NDArray[np.int64]) -> Features:
    moving = np.sign(steps[steps != 0])
    first, second = steps[:-1], steps[1:]
    goes_on = first * second > 0
    is_step = np.abs(steps) < 3
    in_scale = goes_on & is_step[:-1] & is_step[1:]
    figures = set(zip(first[:-1].tolist(), second[:-1].tolist(), second[1:].tolist(), strict=True))
    return {
        "steps that rise": _share(steps > 0),
        "changes of direction": _share(moving[1:] != moving[:-1]),
        "returns to the note before": _share((second == -first) & (second != 0)),
        "scale runs of four notes": _share(in_scale[1:] & in_scale[:-1]),
        "broken chords": _share(goes_on & ~is_step[:-1] & ~is_step[1:]),
        "figures of four notes heard before": 1 - len(figures) / max(len(steps) - 2, 1),
    }


def _share(holds: NDArray[np.bool_]) -> float:
    return float(holds.mean()) if holds.size else NONE
