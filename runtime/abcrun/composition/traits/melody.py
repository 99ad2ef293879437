"""Traits: degrees of the scale, and how the melody moves."""

from collections import Counter
from itertools import pairwise
from math import log2

from abcrun.composition.traits.means import mean, most, spread
from abcrun.composition.traits.reading import Reading, Traits

_TRIADS = tuple(
    frozenset((root + tone) % 12 for tone in third)
    for root, third in (
        *((root, (0, 4, 7)) for root in (0, 3, 5, 7, 8, 10)),
        *((root, (0, 3, 7)) for root in (0, 2, 4, 5, 7, 9)),
    )
)
"""The chords that accompany tunes of the usual modes, as pitch classes above the
tonic."""


def degree_traits(tune: Reading) -> Traits:
    """Measure which degrees there are, on which places, and what is chromatic."""
    pitches = tune.pitches
    degrees = [pitch % 12 for pitch in pitches]
    count = Counter(degrees)
    on_groups = Counter(
        group.pitches[0] % 12 for bar in tune.bars for group in bar.groups if group.pitches
    )
    on_bars = Counter(bar.pitches[0] % 12 for bar in tune.bars if bar.pitches)
    off = [degree not in tune.scale for degree in degrees]
    by_step = [
        abs(pitches[place + 1] - pitches[place]) <= 2 for place in range(len(off) - 1) if off[place]
    ]
    traits: Traits = {"chromatic": mean(off), "chromatic.by step": mean(by_step)}
    traits["chromatic.kinds"] = len(
        {one for one, is_off in zip(degrees, off, strict=True) if is_off}
    )
    for degree in range(12):
        traits[f"degree.{degree}"] = count[degree] / len(degrees)
        traits[f"degree.{degree}.group"] = on_groups[degree] / max(on_groups.total(), 1)
        traits[f"degree.{degree}.bar"] = on_bars[degree] / max(on_bars.total(), 1)
        traits[f"degree.{degree}.off"] = sum(
            one == degree for one, is_off in zip(degrees, off, strict=True) if is_off
        ) / len(degrees)
    within = [_in_triad([pitch % 12 for pitch in bar.pitches]) for bar in tune.bars if bar.pitches]
    traits["triad"] = mean(within)
    traits["triad.whole"] = mean([share == 1 for share in within])
    return traits


def _in_triad(degrees: list[int]) -> float:
    """Return the share of notes that the chord has which has the most of them."""
    return max(sum(degree in triad for degree in degrees) for triad in _TRIADS) / len(degrees)


def motion_traits(tune: Reading) -> Traits:
    """Measure intervals, runs, turns and figures."""
    lines = [bar.pitches for bar in tune.bars]
    within = [after - pitch for line in lines for pitch, after in pairwise(line)]
    pitches = tune.pitches
    moves = [after - pitch for pitch, after in pairwise(pitches)]
    sizes = Counter(min(abs(move), 13) for move in within)
    total = max(len(within), 1)
    traits: Traits = {f"move.{size}": sizes[size] / total for size in (*range(10), 12, 13)}
    traits["move.mean"] = mean([abs(move) for move in within])
    traits["move.most"] = most([abs(move) for move in within])
    traits["move.rise"] = mean([move > 0 for move in moves if move])
    pairs = list(pairwise(moves))
    traits["turns"] = mean([one * other < 0 for one, other in pairs if one and other])
    traits["turns.back"] = mean([one == -other != 0 for one, other in pairs])
    traits["arpeggios"] = mean(
        [one * other > 0 and min(abs(one), abs(other)) > 2 for one, other in pairs]
    )
    traits["leaps.filled"] = mean(
        [one * other < 0 and abs(other) <= 2 for one, other in pairs if abs(one) > 4]
    )
    runs = _runs(moves)
    traits["runs"] = sum(run >= 3 for run in runs) / total
    traits["runs.long"] = most(runs)
    traits["runs.mean"] = mean(runs)
    joined = [
        after.pitches[0] - group.pitches[-1]
        for bar in tune.bars
        for group, after in pairwise(bar.groups)
    ]
    traits["groups.joined"] = mean([abs(gap) for gap in joined])
    traits["groups.held"] = mean([gap == 0 for gap in joined])
    traits["groups.leaps"] = mean([abs(gap) > 4 for gap in joined])
    traits["figures"] = _variety([tuple(moves[at : at + 3]) for at in range(len(moves) - 2)])
    traits["figures.notes"] = _variety(
        [tuple(pitches[at : at + 2]) for at in range(len(pitches) - 1)]
    )
    traits["notes.entropy"] = _entropy(pitches)
    traits["range.bar"] = mean([max(line) - min(line) for line in lines if line])
    traits["range.bar.spread"] = spread([max(line) - min(line) for line in lines if line])
    return traits


def _runs(moves: list[int]) -> list[int]:
    """Return how many steps in a row go one way, run by run."""
    runs: list[int] = []
    length, way = 0, 0
    for move in [*moves, 0]:
        here = (move > 0) - (move < 0) if abs(move) <= 2 else 0
        if here and here == way:
            length += 1
            continue
        if length:
            runs.append(length)
        length, way = abs(here), here
    return runs


def _variety(figures: list[tuple[int, ...]]) -> float:
    """Return how many figures are different ones, by all of them."""
    return len(set(figures)) / max(len(figures), 1)


def _entropy(pitches: list[int]) -> float:
    """Return the entropy of the notes, in bits."""
    shares = [count / len(pitches) for count in Counter(pitches).values()]
    return -sum(share * log2(share) for share in shares)
