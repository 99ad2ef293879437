"""Traits: cells of rhythm, and how dense the bars are."""

import re
from collections import Counter
from itertools import pairwise

from abcrun.composition.traits.means import mean, spread
from abcrun.composition.traits.reading import Reading, Traits

_NOTE = re.compile(r"[oz][0-9]*(?:/[0-9]*)?[<>]?")
_LENGTHS = ("o", "o2", "o3", "o4", "o6", "o/", "o/2", "o3/2", "o>", "o<", "z", "z2")


def rhythm_traits(tune: Reading) -> Traits:
    """Measure note lengths as they are spelled, the cells that groups are, and bars."""
    notes = [note for bar in tune.bars for note in _NOTE.findall(bar.rhythm)]
    lengths = Counter(notes)
    traits: Traits = {f"length.{one}": lengths[one] / len(notes) for one in _LENGTHS}
    traits["lengths"] = len(lengths)
    traits["tuplets"] = sum(bar.rhythm.count("(") for bar in tune.bars) / len(tune.bars)
    traits["graces"] = sum("{" in bar.text for bar in tune.bars) / len(tune.bars)
    traits["rests"] = sum(bar.rhythm.count("z") for bar in tune.bars) / len(notes)
    cells = Counter(group.rhythm for bar in tune.bars for group in bar.groups)
    traits["cells"] = len(cells)
    traits["cells.usual"] = max(cells.values()) / cells.total()
    traits["cells.once"] = sum(count == 1 for count in cells.values()) / len(tune.bars)
    bars = Counter(bar.rhythm for bar in tune.bars)
    traits["bars.rhythms"] = len(bars) / len(tune.bars)
    traits["bars.usual"] = max(bars.values()) / len(tune.bars)
    traits["bars.once"] = sum(count == 1 for count in bars.values()) / len(tune.bars)
    traits["bars.next"] = mean([one.rhythm == other.rhythm for one, other in pairwise(tune.bars)])
    counts = [len(bar.pitches) for bar in tune.bars]
    traits["density"] = mean(counts)
    traits["density.spread"] = spread(counts)
    traits["density.least"] = min(counts)
    traits["density.most"] = max(counts)
    traits["density.steady"] = mean([abs(one - other) for one, other in pairwise(counts)])
    traits["bars"] = len(tune.bars)
    return traits
