"""Traits: what comes back, from where, and what is changed in it."""

from itertools import groupby, pairwise

from abcrun.composition.traits.means import mean, most
from abcrun.composition.traits.reading import HeardBar, Reading, Traits

_FARS = (1, 2, 4, 8, 12, 16)
_LAGS = (1, 2, 4, 8, 16)


def return_traits(tune: Reading) -> Traits:
    """Measure how bars come."""
    slots = tune.sketch.slots
    comings = [slot.coming for slot in slots]
    traits: Traits = {
        f"coming.{kind}": comings.count(kind) / len(comings) for kind in ("same", "varied", "moved")
    }
    fars = [number - slot.source for number, slot in enumerate(slots) if slot.source is not None]
    for far in _FARS:
        traits[f"return.{far}"] = mean([one == far for one in fars])
    chains = [(kind == "new", len(list(run))) for kind, run in groupby(comings)]
    traits["return.fars"] = len(set(fars))
    traits["return.newest"] = most([length for is_new, length in chains if is_new])
    traits["return.chains"] = sum(not is_new for is_new, _ in chains)
    traits["return.first"] = next(
        (number for number, slot in enumerate(slots) if slot.source is not None), len(slots)
    )
    traits["return.moved by"] = mean([abs(slot.by) for slot in slots if slot.by is not None])
    changes = [
        _changed(tune.bars[slot.source], tune.bars[number])
        for number, slot in enumerate(slots)
        if slot.source is not None and slot.coming == "varied"
    ]
    traits["varied.first"] = mean([change[0] for change in changes])
    traits["varied.last"] = mean([change[-1] for change in changes])
    traits["varied.much"] = mean([mean(change) for change in changes])
    traits["varied.notes"] = mean([len(change) for change in changes])
    traits["bars.distinct"] = len({bar.text for bar in tune.bars}) / len(tune.bars)
    return traits


def _changed(old: HeardBar, bar: HeardBar) -> list[bool]:
    """Return for each group of a varied bar whether it is another one."""
    if len(old.groups) == len(bar.groups) > 1:
        return [theirs != group for theirs, group in zip(old.groups, bar.groups, strict=True)]
    both = list(zip(old.pitches, bar.pitches, strict=False))
    return [theirs != pitch for theirs, pitch in both] or [True]


def echo_traits(tune: Reading) -> Traits:
    """Measure how alike bars are that stand a number of bars apart."""
    bars = tune.bars
    shapes = [tuple(map(_sign, pairwise(bar.pitches))) for bar in bars]
    traits: Traits = {}
    for lag in _LAGS:
        both = [
            (number, number + lag)
            for number in range(len(bars) - lag)
            if bars[number].pitches and bars[number + lag].pitches
        ]
        pairs = [(bars[one].pitches, bars[other].pitches) for one, other in both]
        # What is said of pairs that are not the same to the note.
        other_pairs = [(one, other) for one, other in pairs if one != other]
        traits[f"echo.{lag}.same"] = mean([one == other for one, other in pairs])
        traits[f"echo.{lag}.alike"] = mean([_alike(*pair) for pair in other_pairs])
        traits[f"echo.{lag}.shape"] = mean(
            [
                shapes[one] == shapes[other] and len(shapes[one]) > 1
                for one, other in both
                if bars[one].pitches != bars[other].pitches
            ]
        )
        traits[f"echo.{lag}.rhythm"] = mean(
            [bars[one].rhythm == bars[other].rhythm for one, other in both]
        )
        traits[f"echo.{lag}.first"] = mean([one[0] == other[0] for one, other in other_pairs])
        traits[f"echo.{lag}.last"] = mean([one[-1] == other[-1] for one, other in other_pairs])
        traits[f"echo.{lag}.half"] = mean([one[:3] == other[:3] for one, other in other_pairs])
        traits[f"echo.{lag}.end"] = mean([_other_end(*pair) for pair in other_pairs])
        traits[f"echo.{lag}.shift"] = mean([_is_shifted(*pair) for pair in other_pairs])
    return traits


def _sign(pair: tuple[int, int]) -> int:
    return (pair[1] > pair[0]) - (pair[1] < pair[0])


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the share of notes that are the same at the same place."""
    return sum(map(int.__eq__, one, other)) / max(len(one), len(other))


def _other_end(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether at most the last three notes differ."""
    return len(one) > 3 and one[: len(one) - 3] == other[: len(one) - 3]


def _is_shifted(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether all notes go one way, by nearly as much."""
    if len(one) != len(other) or len(one) < 3:
        return False
    moves = [there - here for here, there in zip(one, other, strict=True)]
    return max(moves) - min(moves) <= 1 and 0 not in moves
