"""The motifs of a tune as words."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from abcrun.composition.sketch import begins_section, ends_section
from abcrun.composition.traits.reading import Group, Reading


def motifs(tune: Reading) -> Iterator[str]:
    """Yield all motifs, as often as they occur: groups and what they lead to, bars,
    figures of three to five notes, beginnings and ends."""
    yield from _of_groups([group for bar in tune.bars for group in bar.groups])
    pitches = tune.pitches
    steps = [str(after - pitch) for pitch, after in pairwise(pitches)]
    for length in (2, 3, 4):
        for at in range(len(steps) - length + 1):
            yield f"{length}:{' '.join(steps[at : at + length])}"
    for at in range(len(pitches) - 2):
        yield f"n{_told(pitches[at : at + 3])}"
    yield from _of_bars(tune)


def _told(pitches: Sequence[int]) -> str:
    return " ".join(map(str, pitches))


def _of_groups(groups: Sequence[Group]) -> Iterator[str]:
    told = [f"{_told(group.pitches)}/{group.rhythm}" for group in groups]
    for number, (group, text) in enumerate(zip(groups, told, strict=True)):
        yield f"g{text}"
        shape = _told([pitch - group.pitches[0] for pitch in group.pitches])
        yield f"s{shape}"
        if number + 1 < len(groups):
            after = groups[number + 1].pitches
            yield f"j{shape}|{after[0] - group.pitches[-1]}"
            yield f"o{group.pitches[0]} {after[0]}"
            yield f"p{text}|{told[number + 1]}"


def _of_bars(tune: Reading) -> Iterator[str]:
    place = 0  # in its section
    for number, bar in enumerate(tune.bars):
        if begins_section(tune.sketch.between, number):
            place = 0
        yield f"r{bar.rhythm}"
        if number:
            yield f"q{tune.bars[number - 1].rhythm}|{bar.rhythm}"
        if not bar.pitches:
            continue
        yield f"a{place} {bar.pitches[0]}"
        yield f"b{place} {bar.pitches[-1]}"
        yield f"h{_told([group.pitches[0] for group in bar.groups])}"
        before = tune.bars[number - 1].pitches if number else ()
        if before:
            gap = bar.pitches[0] - before[-1]
            yield f"x{gap} {bar.pitches[0] % 12}"
            yield f"y{gap} {tune.sketch.slots[number].coming}"
        if ends_section(tune.sketch.between, number):
            yield f"e{_told(bar.pitches[-3:])}/{bar.groups[-1].rhythm}"
            yield f"e{_told(bar.pitches[-2:])}"
            yield f"e{bar.rhythm}"
        place += 1
