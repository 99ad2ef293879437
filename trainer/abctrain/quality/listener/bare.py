"""Bare notes: what is left of a tune without its header, its key and its spelling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from abcrun.notation import Bar, Tune
from abctrain.data.sections import count_bars, sections

TICKS = 13440
"""Ticks of a whole note: enough for notes of 1/128, triplets, quintuplets and
septuplets."""

LEAST_NOTES = 8
"""Fewer notes make no tune that can be judged."""

_HOME = 62  # the tonic is taken in the octave where it is nearest to the D above middle C


class BareNote(NamedTuple):
    """A note or rest: its distance from the start of the bar and its duration in ticks,
    and its semitones above the tonic, None for a rest."""

    onset: int
    duration: int
    pitch: int | None


BareBar = tuple[BareNote, ...]


class Section(NamedTuple):
    """A section as it is written, its endings in a row; `pickup` is empty without
    one."""

    pickup: BareBar
    bars: tuple[BareBar, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The notes of a tune in a row, without rests; all arrays have one entry a note.

    `pitches` are semitones above the tonic, `durations` and `onsets` (in the bar) are
    in ticks, `bars` number the bars, pickups included.
    """

    pitches: NDArray[np.int64]
    durations: NDArray[np.int64]
    onsets: NDArray[np.int64]
    bars: NDArray[np.int64]
    sections: NDArray[np.int64]

    @classmethod
    def of(cls, sections: Iterable[Section]) -> Self:
        """Put the notes of sections in a row."""
        bars = (
            (bar, place)
            for place, section in enumerate(sections)
            for bar in (section.pickup, *section.bars)
        )
        rows = [
            (note.pitch, note.duration, note.onset, number, place)
            for number, (bar, place) in enumerate(bars)
            for note in bar
            if note.pitch is not None
        ]
        table = np.array(rows, np.int64).reshape(-1, 5).T
        return cls(*table)


@dataclass(frozen=True, slots=True)
class BareTune:
    """A tune as the listener hears it: the first voice, the highest note of chords.

    `sections` have at least one bar each and together at least `LEAST_NOTES` notes.
    `bar_length` is that of the first meter, in ticks. `rhythm` and `mode` are those of
    the header: no classifier hears them, they only choose which tunes are compared.
    """

    sections: tuple[Section, ...]
    bar_length: int
    rhythm: str
    mode: str
    # Worked out of the sections, for the features that need no bars.
    line: Line = field(repr=False, compare=False)

    @classmethod
    def of(cls, tune: Tune) -> Self | None:
        """Return what is left of a tune, or None where that is too little to judge."""
        tonic = tune.key.tonic_pitch_class or 0
        home = _HOME + (tonic - _HOME + 5) % 12 - 5
        found: list[Section] = []
        before: list[Bar] = []
        for body, endings in sections(tune.voices[0]):
            bars = [*before, *body, *(bar for ending in endings for bar in ending)]
            # A pickup before a repeat sign belongs to the section behind the sign.
            before = [] if count_bars(bars) else bars
            if not before:
                found.append(_section(bars, home))
        line = Line.of(found)
        if len(line.pitches) < LEAST_NOTES:
            return None
        first = next(bar for voice in tune.voices for bar in voice.items if isinstance(bar, Bar))
        length = tune.meter.length or first.length
        return cls(tuple(found), max(_ticks(length), 1), tune.rhythm, tune.key.mode or "", line)

    @property
    def bars(self) -> list[BareBar]:
        """All bars but the pickups."""
        return [bar for section in self.sections for bar in section.bars]

    @property
    def melody(self) -> tuple[int, ...]:
        """The pitches of the notes in a row, for `abctrain.data.related`."""
        return tuple(self.line.pitches.tolist())


def _section(bars: Sequence[Bar], home: int) -> Section:
    bare = [_bar(bar, home) for bar in bars]
    has_pickup = bars[0].is_pickup and len(bars) > 1
    return Section(bare[0] if has_pickup else (), tuple(bare[has_pickup:]))


def _bar(bar: Bar, home: int) -> BareBar:
    return tuple(
        BareNote(
            _ticks(note.offset),
            max(_ticks(note.duration), 1),
            max(note.pitches) - home if note.pitches else None,
        )
        for note in bar.notes
        if note.duration
    )


def _ticks(length: Fraction) -> int:
    # Whole numbers, as they are compared and hashed some hundred times a tune.
    return length.numerator * TICKS // length.denominator


def sounding(bar: BareBar) -> list[int]:
    """Return the pitches of a bar without its rests."""
    return [note.pitch for note in bar if note.pitch is not None]
