"""How a bar leads into what is known to stand behind it.

A network of this size hears a bar that is going to return from afar: it draws the bar
before it, told on which note to arrive, and yet leaps oftener than real tunes do. So a
bar is kept by chance, according to its last interval: as much oftener or more rarely
than others as real tunes have that interval oftener or more rarely than the network
alone (rejection sampling; von Neumann 1951).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from abcrun.composition.recall import parted, recalled
from abcrun.composition.sketch import Sketch, ends_section
from abcrun.errors import ModelError
from abcrun.notation.bars import BarReader, ReadBar, bar_reader, split

WIDEST = 13
"""Semitones: wider leaps count as this one."""

USUAL = 0.05
"""A leap with a smaller share of the real ones does not set the measure."""

LEAST = 0.1
"""The least chance that a bar is kept with."""

_MOST_CHARACTERS = 100_000
_SMOOTHED = 20.0  # times that every interval is taken to have been met before counting


class Leap(NamedTuple):
    """The interval by which a drawn bar arrives, in semitones.

    kind: where it leads: to a bar that is "same", "varied" or "moved", with "|" where a
    section ends between them; or "close", to the last note of a section.
    """

    kind: str
    semitones: int


def leaps(sketch: Sketch, reader: BarReader, bars: Sequence[str], read: ReadBar) -> Iterator[Leap]:
    """Yield the intervals by which the last of `bars`, read, arrives."""
    number = len(bars) - 1
    if not read.melody:
        return
    if sketch.slots[number].last is not None and len(read.melody) > 1:
        yield Leap("close", _size(read.melody[-2], read.melody[-1]))
    following = sketch.slots[number + 1 : number + 2]
    for slot in following:
        if slot.source is not None:
            coming = recalled(sketch, number + 1, bars)
            first = None if coming is None else reader.read(coming)
            if first is not None and first.melody:
                kind = slot.coming + ("|" if ends_section(sketch.between, number) else "")
                yield Leap(kind, _size(read.melody[-1], first.melody[0]))


def _size(note: int, following: int) -> int:
    return min(abs(following - note), WIDEST)


def leaps_of(text: str) -> Iterator[Leap]:
    """Yield the intervals by which the drawn bars of a tune in normal form arrive."""
    head, body = parted(text)
    between, bars = split(body)
    reader = bar_reader(head)
    sketch = Sketch.of(between, bars, reader)
    for number, bar in enumerate(bars):
        read = reader.read(bar)
        if read is not None and sketch.slots[number].coming != "same":
            yield from leaps(sketch, reader, bars[: number + 1], read)


class Leading:
    """The chance that a bar is kept, by the kind and the size of its leap."""

    def __init__(self, chances: Mapping[str, Sequence[float]]) -> None:
        self._chances = {kind: tuple(row) for kind, row in chances.items()}

    @classmethod
    def of(cls, real: Iterable[Leap], composed: Iterable[Leap]) -> "Leading":
        """Learn from the leaps of real tunes and of tunes composed without this."""
        found, made = _counted(real), _counted(composed)
        chances = {}
        for kind in sorted(found.keys() & made.keys()):
            theirs, ours = _shares(found[kind]), _shares(made[kind])
            ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
            most = max(ratio for ratio, share in zip(ratios, theirs, strict=True) if share > USUAL)
            chances[kind] = [round(min(max(ratio / most, LEAST), 1.0), 3) for ratio in ratios]
        return cls(chances)

    def to_text(self) -> str:
        """Write the chances as a model file holds them: JSON."""
        return json.dumps(self._chances, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Leading":
        """Read what `to_text` wrote. `ModelError` for anything else."""
        return _leading(text)

    def chance(self, leap: Leap) -> float:
        """Return the chance, above 0 to 1, that a bar with this leap is kept."""
        row = self._chances.get(leap.kind)
        return 1.0 if row is None else row[leap.semitones]


@lru_cache(maxsize=4)
def _leading(text: str) -> Leading:
    try:
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(f"they are {len(text):,} characters")
        rows = json.loads(text)
        chances = {str(kind): tuple(map(float, row)) for kind, row in rows.items()}
        for row in chances.values():
            if len(row) != WIDEST + 1 or not all(0 < chance <= 1 for chance in row):
                raise ValueError("a row of them is wrong")
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ModelError(
            "the model's chances of leading notes cannot be read; export it again"
        ) from None
    return Leading(chances)


def _counted(all_leaps: Iterable[Leap]) -> dict[str, Counter[int]]:
    counts: dict[str, Counter[int]] = {}
    for leap in all_leaps:
        counts.setdefault(leap.kind, Counter())[leap.semitones] += 1
    return counts


def _shares(counts: Counter[int]) -> list[float]:
    total = sum(counts.values()) + _SMOOTHED * (WIDEST + 1)
    return [(counts[size] + _SMOOTHED) / total for size in range(WIDEST + 1)]
