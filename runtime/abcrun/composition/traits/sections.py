"""Traits: compass and arc of the sections, where they begin, and how they close."""

from itertools import pairwise

from abcrun.composition.traits.means import mean, most, spread
from abcrun.composition.traits.reading import NONE, HeardBar, Reading, Traits

_BARS = 8  # of the first section, bar by bar
_CLOSE = 4  # notes at the end of the tune


def section_traits(tune: Reading) -> Traits:
    """Measure compass and arc."""
    pitches = tune.pitches
    sections = [_bars(tune, section) for section in tune.sketch.sections]
    parts = [[pitch for bar in bars for pitch in bar.pitches] for bars in sections]
    heads = [[pitch for bar in bars[:2] for pitch in bar.pitches] for bars in sections]
    both = len(parts) > 1
    means = [mean(bar.pitches) for bar in tune.bars if bar.pitches]
    traits: Traits = {
        "sections": len(parts),
        "lowest": min(pitches),
        "highest": max(pitches),
        "middle": mean(pitches),
        "spread": spread(pitches),
        "lift": mean(parts[1]) - mean(parts[0]) if both else NONE,
        "lift.head": mean(heads[1]) - mean(heads[0]) if both else NONE,
        "lift.top": max(parts[1]) - max(parts[0]) if both else NONE,
        "lift.low": min(parts[1]) - min(parts[0]) if both else NONE,
        "lift.last": mean(parts[-1]) - mean(parts[0]) if len(parts) > 2 else NONE,
        "top.place": mean([part.index(max(part)) / len(part) for part in parts]),
        "top.times": sum(max(pitches) in bar.pitches for bar in tune.bars) / len(tune.bars),
        "low.times": sum(min(pitches) in bar.pitches for bar in tune.bars) / len(tune.bars),
        "arc": mean([abs(one - other) for one, other in pairwise(means)]),
        "arc.spread": spread(means),
        "arc.most": most([abs(one - other) for one, other in pairwise(means)]),
    }
    first = [bar for bar in sections[0] if bar.pitches] if sections else []
    for place in range(_BARS):
        bar = first[place].pitches if place < len(first) else ()
        traits[f"bar {place}.first"] = bar[0] if bar else NONE
        traits[f"bar {place}.last"] = bar[-1] if bar else NONE
        traits[f"bar {place}.mean"] = mean(bar)
        traits[f"bar {place}.notes"] = len(bar)
    return traits


def close_traits(tune: Reading) -> Traits:
    """Measure how sections end, and whether alike."""
    pitches = tune.pitches
    sections = [_bars(tune, section) for section in tune.sketch.sections]
    ends = [bars for bars in sections if bars and bars[-1].pitches]
    last = ends[-1] if ends else []
    traits: Traits = {f"close.{place}": pitches[-place] for place in range(1, _CLOSE + 1)}
    for place in range(1, _CLOSE):
        traits[f"close.{place}.by"] = pitches[-place] - pitches[-place - 1]
    traits["close.tonic"] = pitches[-1] % 12 == 0
    traits["close.begins"] = pitches[0]
    for place in (1, 2, 3):
        bar = last[-place].pitches if place <= len(last) else ()
        traits[f"close bar {place}.notes"] = len(bar)
        traits[f"close bar {place}.first"] = bar[0] if bar else NONE
        traits[f"close bar {place}.range"] = max(bar) - min(bar) if bar else NONE
    traits["closes.tonic"] = mean([bars[-1].pitches[-1] % 12 == 0 for bars in ends])
    traits["closes.note"] = mean([bars[-1].pitches[-1] == pitches[-1] for bars in ends])
    others = ends[:-1]
    traits["closes.bar"] = mean([bars[-1] == last[-1] for bars in others])
    traits["closes.two"] = mean([bars[-2:] == last[-2:] for bars in others])
    traits["closes.rhythm"] = mean([bars[-1].rhythm == last[-1].rhythm for bars in others])
    traits["closes.three notes"] = mean(
        [bars[-1].pitches[-3:] == last[-1].pitches[-3:] for bars in others]
    )
    halves = [
        (bars[len(bars) // 2 - 1].pitches, bars[-1].pitches) for bars in ends if len(bars) > 3
    ]
    traits["half.note"] = mean([one[-1:] == end[-1:] for one, end in halves])
    traits["half.tonic"] = mean([one[-1] % 12 == 0 for one, _ in halves if one])
    return traits


def _bars(tune: Reading, section: range) -> tuple[HeardBar, ...]:
    return tune.bars[section.start : section.stop]
