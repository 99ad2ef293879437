"""How long the notes are: kinds of lengths, triplets, pairs, and rhythms of bars."""

from collections import Counter

import numpy as np

from abctrain.quality.listener.averages import NONE, Features
from abctrain.quality.listener.bare import TICKS, BareTune

_SHORTEST = 128  # a plain note is a multiple of 1/128; what is not is of a tuplet

_PAIRS = {
    "dotted pairs": (3, 1),
    "snapped pairs": (1, 3),
    "pairs of two to one": (2, 1),
    "pairs of one to two": (1, 2),
    "pairs of equal lengths": (1, 1),
}


def rhythm_features(tune: BareTune) -> Features:
    """Measure lengths; pairs are two notes in a row within a bar, none of them
    of a tuplet."""
    return {**_lengths(tune), **_pairs(tune), **_bars(tune)}


def _lengths(tune: BareTune) -> Features:
    durations = tune.line.durations
    kinds = Counter((durations / tune.bar_length).round(6).tolist())
    sections = tune.sections
    bars = [bar for section in sections for bar in (section.pickup, *section.bars)]
    rests = sum(note.pitch is None for bar in bars for note in bar)
    return {
        "length of a bar": tune.bar_length / TICKS,
        "kinds of note lengths": float(len(kinds)),
        "notes of the commonest length": max(kinds.values()) / len(durations),
        "triplets": np.mean(durations * _SHORTEST % TICKS != 0),
        "notes of 1/16 or less": np.mean(durations <= TICKS // 16),
        "notes of 1/4 or more": np.mean(durations >= TICKS // 4),
        "rests": rests / (rests + len(durations)),
    }


def _pairs(tune: BareTune) -> Features:
    line = tune.line
    is_plain = line.durations * _SHORTEST % TICKS == 0
    together = (line.bars[1:] == line.bars[:-1]) & is_plain[1:] & is_plain[:-1]
    first, second = line.durations[:-1][together], line.durations[1:][together]
    return {
        name: float(np.mean(first * short == second * long)) if first.size else NONE
        for name, (long, short) in _PAIRS.items()
    }


def _bars(tune: BareTune) -> Features:
    bars = tune.bars
    counts = np.array([sum(note.pitch is not None for note in bar) for bar in bars])
    rhythms = Counter(tuple((note.onset, note.duration) for note in bar) for bar in bars)
    return {
        "notes a bar": counts.mean(),
        "spread of notes a bar": counts.std(),
        "notes of the emptiest bar": float(counts.min()),
        "notes of the fullest bar": float(counts.max()),
        "different rhythms of bars": len(rhythms) / len(bars),
        "bars of the commonest rhythm": max(rhythms.values()) / len(bars),
    }
