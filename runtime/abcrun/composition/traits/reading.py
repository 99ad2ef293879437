"""A tune as the critic reads it: its bars with groups of notes, and its sketch."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Self

from abcrun.composition.recall import parted
from abcrun.composition.sketch import Sketch
from abcrun.notation.bars import BarReader, bar_reader, split

NONE: Final = -100.0
"""The value of a trait that a tune has nothing to show of: below all others."""

Traits = dict[str, float]
"""Traits of a tune by their names, always the same ones in the same order."""

_LETTER = re.compile(r"[\^_=]*[A-Ga-g][,']*")
_NO_NOTES = re.compile(r'\{[^}]*\}|"[^"]*"|![^!]*!')
_HOME = 60  # the tonic is taken in the octave from middle C up
_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_MODES: Final = {
    mode: frozenset((step - _MAJOR[degree]) % 12 for step in _MAJOR)
    for degree, mode in enumerate(("maj", "dor", "phr", "lyd", "mix", "min", "loc"))
}


class Group(NamedTuple):
    """Notes that stand together, between spaces: `pitches` are semitones above the
    tonic, `rhythm` is the text with "o" for each note."""

    pitches: tuple[int, ...]
    rhythm: str


class HeardBar(NamedTuple):
    """A bar: its text, its notes in semitones above the tonic, and the same by groups
    (one group where the text does not tell which note is whose)."""

    text: str
    pitches: tuple[int, ...]
    groups: tuple[Group, ...]
    rhythm: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A tune in normal form. `scale` are the semitones above the tonic of its mode."""

    bars: tuple[HeardBar, ...]
    sketch: Sketch
    scale: frozenset[int]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a tune in normal form.

        `ValueError` for a text that is none, and for one without a meter, with a bar
        that cannot be read, or with fewer than eight notes; `NotationError` for a
        header without a key.
        """
        head, body = parted(text)
        between, bars = split(body)
        if not head or len("".join([*between, *bars])) < len(body):
            raise ValueError("the tune has no header, or music behind its last bar line")
        reader = bar_reader(head)
        heard = tuple(_heard(bar, reader) for bar in bars)
        if sum(len(bar.pitches) for bar in heard) < 8:
            raise ValueError("the tune has fewer than eight notes")
        return cls(heard, Sketch.of(between, bars, reader), _scale(head))

    @property
    def pitches(self) -> list[int]:
        """All notes in a row."""
        return [pitch for bar in self.bars for pitch in bar.pitches]


def _heard(bar: str, reader: BarReader) -> HeardBar:
    # A tie over the bar line is a fault in a bar alone.
    read = reader.read(bar.rstrip("-"))
    if read is None:
        raise ValueError(f"the bar {bar} cannot be read")
    home = _HOME + (reader.tonic or 0)
    pitches = tuple(pitch - home for pitch in read.melody)
    rhythms = _rhythms(bar)
    groups: list[Group] = []
    start = 0
    for rhythm in rhythms:
        stop = start + rhythm.count("o")
        groups.append(Group(pitches[start:stop], rhythm))
        start = stop
    rhythm = " ".join(rhythms)
    # Chords and ties have other numbers of letters than of notes.
    if start != len(pitches):
        groups = [Group(pitches, rhythm)]
    return HeardBar(bar, pitches, tuple(one for one in groups if one.pitches), rhythm)


@lru_cache(maxsize=4096)
def _rhythms(bar: str) -> tuple[str, ...]:
    """Return the rhythm of each group of a bar."""
    return tuple(_LETTER.sub("o", _NO_NOTES.sub("", bar)).split(" "))


def _scale(head: str) -> frozenset[int]:
    """Return the semitones above the tonic that the mode of a header has."""
    found = re.search(r"^K:[A-G][#b]?(\w*)", head, re.MULTILINE)
    mode = found.group(1)[:3].lower() if found else ""
    return _MODES.get(mode, _MODES["maj"])
