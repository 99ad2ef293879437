"""Traits: how one bar leads into the next."""

from collections import defaultdict

from abcrun.composition.sketch import begins_section
from abcrun.composition.traits.means import mean, most
from abcrun.composition.traits.reading import Reading, Traits

_KINDS = ("all", "new", "same", "back", "varied", "moved", "section")
"""How the bar behind a bar line comes. "back" is the same as an earlier one, and the
bar before it is not; "section" begins one."""

_LEAP = 5  # semitones: a fourth


def joint_traits(tune: Reading) -> Traits:
    """Measure the intervals over bar lines, by how the bar behind comes."""
    gaps: dict[str, list[int]] = defaultdict(list)
    turns: list[bool] = []
    for number in range(1, len(tune.bars)):
        before, here = tune.bars[number - 1].pitches, tune.bars[number].pitches
        if not (before and here):
            continue
        gap = here[0] - before[-1]
        for kind in _kinds(tune, number):
            gaps[kind].append(gap)
        if len(before) > 1 and gap and before[-1] != before[-2]:
            turns.append((before[-1] > before[-2]) != (gap > 0))
    within = [
        abs(after - pitch)
        for bar in tune.bars
        for pitch, after in zip(bar.pitches, bar.pitches[1:], strict=False)
    ]
    traits: Traits = {"joint.turns": mean(turns)}
    for kind in _KINDS:
        sizes = [abs(gap) for gap in gaps[kind]]
        traits[f"joint.{kind}"] = mean(sizes)
        traits[f"joint.{kind}.most"] = most(sizes)
        traits[f"joint.{kind}.leaps"] = mean([size >= _LEAP for size in sizes])
        traits[f"joint.{kind}.steps"] = mean([1 <= size <= 2 for size in sizes])
        traits[f"joint.{kind}.rise"] = mean(gaps[kind])
    traits["joint.held"] = mean([gap == 0 for gap in gaps["all"]])
    traits["joint.beyond"] = traits["joint.all"] - mean(within)
    return traits


def _kinds(tune: Reading, number: int) -> list[str]:
    """Return the kinds of `_KINDS` that the bar line before a bar is of."""
    slots = tune.sketch.slots
    kinds = ["all", slots[number].coming]
    if slots[number].coming == "same" != slots[number - 1].coming:
        kinds.append("back")
    if begins_section(tune.sketch.between, number):
        kinds.append("section")
    return kinds
