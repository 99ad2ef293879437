"""Sections and closes: where they begin, lie and end, and how the first one goes."""

import itertools
from collections.abc import Sequence

import numpy as np

from abctrain.quality.listener.averages import NONE, Features, mean
from abctrain.quality.listener.bare import BareTune, Section, sounding

_PHRASE = 8  # bars of the first section that are described one by one
_CLOSE = 3  # bars of the close that are


def close_features(tune: BareTune) -> Features:
    """Measure sections, and the places where tunes begin and end."""
    return {**_ends(tune), **_sections(tune.sections), **_phrase(tune), **_movement(tune)}


def _ends(tune: BareTune) -> Features:
    pitches, durations = tune.line.pitches, tune.line.durations
    return {
        "first note": float(pitches[0]),
        "last note": float(pitches[-1]),
        "degree of the last note": float(pitches[-1] % 12),
        "ends on the tonic": float(pitches[-1] % 12 == 0),
        "length of the last note": durations[-1] / tune.bar_length,
        "gap into the last note": float(abs(pitches[-1] - pitches[-2])),
    }


def _sections(sections: Sequence[Section]) -> Features:
    lines = [_line(section) for section in sections]
    heard = [line for line in lines if line]
    first, others = sections[0], sections[1:]
    features: Features = {
        "sections": float(len(sections)),
        "bars": float(sum(len(section.bars) for section in sections)),
        "sections that end on the tonic": mean(line[-1] % 12 == 0 for line in heard),
        "sections that end on the last note": mean(line[-1] == heard[-1][-1] for line in heard),
        "last bar as in the first section": mean(one.bars[-1] == first.bars[-1] for one in others),
        "last two bars as in the first section": mean(
            one.bars[-2:] == first.bars[-2:] for one in others
        ),
        "second section above the first": NONE,
        "lift of the second section's first bars": NONE,
        "gap into the second section": NONE,
    }
    if len(lines) > 1 and lines[0] and lines[1]:
        opening, lift = (_opening(section) for section in sections[:2])
        features |= {
            "second section above the first": mean(lines[1]) - mean(lines[0]),
            "lift of the second section's first bars": lift - opening,
            "gap into the second section": float(abs(lines[1][0] - lines[0][-1])),
        }
    return features


def _line(section: Section) -> list[int]:
    return [pitch for bar in (section.pickup, *section.bars) for pitch in sounding(bar)]


def _opening(section: Section) -> float:
    """Return the mean pitch of the first two bars."""
    return mean(pitch for bar in section.bars[:2] for pitch in sounding(bar))


def _phrase(tune: BareTune) -> Features:
    features: Features = {}
    bars = tune.bars
    places = [
        (f"bar {number}", list(tune.sections[0].bars[number - 1 : number]))
        for number in range(1, _PHRASE + 1)
    ]
    places += [
        (f"bar {number} before the end", bars[-1 - number : len(bars) - number])
        for number in range(_CLOSE)
    ]
    for place, found in places:
        pitches = sounding(found[0]) if found else []
        features |= {
            f"mean pitch of {place}": mean(pitches),
            f"first note of {place}": float(pitches[0]) if pitches else NONE,
            f"last note of {place}": float(pitches[-1]) if pitches else NONE,
            f"notes of {place}": float(len(pitches)) if found else NONE,
        }
    return features


def _movement(tune: BareTune) -> Features:
    heard = [pitches for pitches in map(sounding, tune.bars) if pitches]
    means = [sum(pitches) / len(pitches) for pitches in heard]
    return {
        "spread of the bars' mean pitches": float(np.std(means)) if means else NONE,
        "compass of a bar": mean(max(pitches) - min(pitches) for pitches in heard),
        "step from bar to bar": mean(abs(one - other) for one, other in itertools.pairwise(means)),
    }
