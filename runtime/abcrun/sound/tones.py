"""The notes of a voice while they become what is played: onsets and ends may still
move."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.performance import VoiceNote
from abcrun.notation.written import WrittenNote


class Signed(NamedTuple):
    """A note, chord or rest with signs around it, in the order of playing: when it
    begins (whole notes), and the index of its bar among those that are played."""

    onset: Fraction
    bar: int
    note: WrittenNote


@dataclass(slots=True)
class Tone:
    """A tone: when it is played, and the note it is written as."""

    onset: Fraction
    end: Fraction
    pitch: int
    bar: int
    note: WrittenNote
    written_onset: Fraction
    """Where it stands in the bar, whatever swing and grace notes do: it has the stress
    of that beat."""

    @classmethod
    def of(cls, note: VoiceNote) -> "Tone":
        """Return the tone of a note, as it is written."""
        end = note.onset + note.duration
        return cls(note.onset, end, note.pitch, note.bar, note.note, note.onset)


# How much of its length a note of the sign sounds.
_LENGTHS = {
    "staccato": Fraction(1, 2),
    "wedge": Fraction(1, 4),
    "staccatissimo": Fraction(1, 4),
}
ARTICULATIONS = frozenset(_LENGTHS)
"""Decorations that shorten their note."""


def articulate(tones: list[Tone]) -> None:
    """Shorten notes with a dot or wedge. (A tenuto sounds its full length, as every
    note without a sign does.)"""
    for tone in tones:
        signs = tone.note.signs
        if signs is None or not signs.decorations or tone.pitch in tone.note.tied:
            continue
        shares = [_LENGTHS[one] for one in signs.decorations if one in _LENGTHS]
        if shares:
            tone.end = tone.onset + (tone.end - tone.onset) * min(shares)
