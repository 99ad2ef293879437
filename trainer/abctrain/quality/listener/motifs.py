"""Motifs as words: short strings of intervals, degrees and lengths, bars, closes."""

import itertools
from collections.abc import Iterator, Sequence

from abctrain.quality.listener.bare import BareNote, BareTune


def motifs(tune: BareTune) -> Iterator[str]:
    """Yield every motif as often as it occurs, section by section.

    The first letter tells its kind: i intervals, d degrees, r intervals with lengths,
    b the rhythm of a bar, h its head, x the step over a bar line and where it leads, e
    an end of a section.
    """
    for section in tune.sections:
        bars = [
            [note for note in bar if note.pitch is not None]
            for bar in (section.pickup, *section.bars)
        ]
        notes = [note for bar in bars for note in bar]
        yield from _strings(notes)
        yield from _bars([bar for bar in bars if bar])
        yield from _ends(notes)


def _strings(notes: Sequence[BareNote]) -> Iterator[str]:
    pitches = [note.pitch or 0 for note in notes]
    steps = [str(after - before) for before, after in itertools.pairwise(pitches)]
    degrees = [str(pitch) for pitch in pitches]
    lengths = [str(note.duration) for note in notes]
    for count in (2, 3, 4):
        for at in range(len(steps) - count + 1):
            yield "i" + ",".join(steps[at : at + count])
    for count in (2, 3):
        for at in range(len(notes) - count + 1):
            yield "d" + ",".join(degrees[at : at + count])
            yield f"r{','.join(steps[at : at + count - 1])}/{','.join(lengths[at : at + count])}"


def _bars(bars: Sequence[Sequence[BareNote]]) -> Iterator[str]:
    for bar in bars:
        yield "b" + ",".join(str(note.duration) for note in bar)
        yield "h" + ",".join(str(_step(bar[0], note)) for note in bar[:4])
    for before, after in itertools.pairwise(bars):
        yield f"x{_step(before[-1], after[0])},{after[0].pitch}"


def _ends(notes: Sequence[BareNote]) -> Iterator[str]:
    for count in (2, 3):
        last = notes[-count:]
        yield "e" + ",".join(str(note.pitch) for note in last)
        yield "e" + ",".join(f"{note.pitch}/{note.duration}" for note in last)


def _step(before: BareNote, after: BareNote) -> int:
    return (after.pitch or 0) - (before.pitch or 0)
