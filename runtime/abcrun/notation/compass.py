"""The lowest and the highest note of a tune or an instrument, and their names."""

import re
from dataclasses import dataclass
from typing import Self

from abcrun.errors import UsageError
from abcrun.notation.pitch import LETTERS, MIDDLE_C, NAME_ALTERATIONS, NAME_SIGNS, SEMITONES
from abcrun.notation.problem import shown

NARROWEST = 13
"""Semitones, a ninth: what the nine notes of the Highland pipes span, less a semitone.
Hardly a tune of the books needs less."""

_NAME = re.compile(r"([A-Ga-g])([#b♯♭]?)([0-9])")
_NATURALS = {SEMITONES[LETTERS.index(letter)]: letter for letter in LETTERS}


@dataclass(frozen=True, slots=True)
class Compass:
    """The lowest and the highest note, as MIDI note numbers."""

    lowest: int
    highest: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read "D4-B5", "Bb3-C#6": scientific pitch names, C4 is middle C.

        `UsageError` for anything else, and for less than a ninth.
        """
        names = [_NAME.fullmatch(one.strip()) for one in re.split("[-–]", text)]
        pitches = [_pitch(*name.groups()) for name in names if name is not None]
        if len(names) != 2 or len(pitches) != 2 or not all(0 <= one <= 127 for one in pitches):
            raise UsageError(
                f"range {shown(text)}: name the lowest and the highest note, as in D4-B5; "
                "C4 is middle C, C0 the lowest there is, G9 the highest"
            )
        compass = cls(*pitches)
        if compass.semitones < NARROWEST:
            raise UsageError(
                f"range {shown(text)}: the second note must be a ninth or more above the first "
                f"({NARROWEST} semitones), it is {compass.semitones}"
            )
        return compass

    @property
    def semitones(self) -> int:
        """How wide it is; negative where nothing lies in it."""
        return self.highest - self.lowest

    @property
    def text(self) -> str:
        """The names of its notes: "D4-B5"."""
        return f"{note_name(self.lowest)}-{note_name(self.highest)}"

    def moved(self, semitones: int) -> Self:
        """Return it so many semitones higher."""
        return type(self)(self.lowest + semitones, self.highest + semitones)

    def within(self, other: Self) -> Self:
        """Return what lies in both."""
        return type(self)(max(self.lowest, other.lowest), min(self.highest, other.highest))

    def holds(self, other: Self) -> bool:
        """Return whether another one lies within it."""
        return self.lowest <= other.lowest and other.highest <= self.highest


def note_name(pitch: int, *, flat: bool = False) -> str:
    """Return the scientific name of a MIDI note number, with a sharp, or a flat, where
    it needs an accidental: "C#5"."""
    octave, semitone = divmod(pitch, 12)
    sign = 0 if semitone in _NATURALS else -1 if flat else 1
    return f"{_NATURALS[semitone - sign]}{NAME_SIGNS[sign]}{octave - 1}"


def _pitch(letter: str, sign: str, octave: str) -> int:
    semitones = SEMITONES[LETTERS.index(letter.upper())] + NAME_ALTERATIONS[sign]
    return MIDDLE_C + semitones + 12 * (int(octave) - 4)
