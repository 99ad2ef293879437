"""The compass that a tune is to lie in: that of an instrument, or one that was named.

Notes count as ABC writes them. Music for whistle, guitar and tenor banjo is written at
the pitch of the fiddle and sounds an octave away from there.
"""

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
_SHARPS = {SEMITONES[LETTERS.index(letter)]: letter for letter in LETTERS}


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


def note_name(pitch: int) -> str:
    """Return the scientific name of a MIDI note number, with a sharp where it needs an
    accidental: "C#5"."""
    octave, semitone = divmod(pitch, 12)
    sign = 0 if semitone in _SHARPS else 1
    return f"{_SHARPS[semitone - sign]}{NAME_SIGNS[sign]}{octave - 1}"


def _pitch(letter: str, sign: str, octave: str) -> int:
    semitones = SEMITONES[LETTERS.index(letter.upper())] + NAME_ALTERATIONS[sign]
    return MIDDLE_C + semitones + 12 * (int(octave) - 4)


BOOKS = Compass.of("D4-B5")
"""Where the books write: four in five of their tunes have no other note, as whistle and
flute can play them all."""

COMPASSES = {
    "fiddle": Compass.of("G3-B5"),  # first position: G D A E, four fingers
    "mandolin": Compass.of("G3-B5"),  # the strings of the fiddle, as far as fret 7
    "banjo": Compass.of("G3-B5"),  # tenor, G D A E an octave below
    "guitar": Compass.of("E3-E6"),  # as far as fret 12, where most bodies begin
    "flute": BOOKS,
    "whistle": BOOKS,  # in D
    "pipes": Compass.of("D4-D6"),  # chanter of the uilleann pipes: two octaves
    "highland pipes": Compass.of("G4-A5"),  # nine notes, as pipers write them
    "concertina": Compass.of("G3-C7"),  # English treble of 48 keys
    "accordion": Compass.of("F3-A6"),  # right hand of a piano accordion of 41 keys
    "dulcimer": Compass.of("D3-D6"),  # hammered, of 15 and 14 courses
    "harp": Compass.of("C2-A6"),  # lever harp of 34 strings
    "piano": Compass.of("A0-C8"),
}
"""The compass of each instrument by its name.

Strings and frets follow from their tuning, keys and chanters are those of the common
model that is named: of concertinas, that of the Concertina FAQ (concertina.info). Flute
and whistle can be overblown beyond B5, which few tunes of the books ask for.
"""


def compass_of(instrument: str | None, named: str | None) -> Compass | None:
    """Return the compass that was asked for: an instrument's, a named one, or what lies
    in both; None where neither was.

    `UsageError` for an instrument that is none, a range that is none, and for two that
    have not a ninth in common.
    """
    asked = None if named is None else Compass.of(named)
    if instrument is None:
        return asked
    own = COMPASSES.get(instrument.strip().lower())
    if own is None:
        names = ", ".join(COMPASSES)
        raise UsageError(f"unknown instrument {shown(instrument)}: give a range, or one of {names}")
    if asked is None:
        return own
    both = own.within(asked)
    if both.semitones < NARROWEST:
        raise UsageError(
            f"range {named}: {instrument} plays {own.text}, which has not a ninth in common "
            "with it; leave one of them out"
        )
    return both
