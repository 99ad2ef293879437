"""Accidentals: where a pitch stands on the staff, and which sign the eye needs there.

A staff step counts letters from `C` (MIDI 60): `D` is 1, `c` is 7, `B,` is -1.
"""

from collections.abc import Mapping
from typing import Self

from abcrun.notation.key import Key

LETTERS = "CDEFGAB"
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}

_NAMES = {2: "double-sharp", 1: "sharp", 0: "natural", -1: "flat", -2: "flat-flat"}
"""MusicXML's names of alterations in semitones."""


class Accidentals:
    """The accidentals that a reader of one bar has in mind.

    ABC counts them by letter, a score by line of the staff.
    """

    def __init__(self, signature: Mapping[int, int]) -> None:
        self._signature = signature
        self._letters: dict[int, int] = {}
        self._lines: dict[int, int] = {}

    @classmethod
    def of(cls, key: Key) -> Self:
        return cls({LETTERS.index(letter): alteration for letter, alteration in key.accidentals})

    def copy(self) -> Self:
        """Return a copy, for notes whose accidentals do not last."""
        other = type(self)(self._signature)
        other._letters, other._lines = dict(self._letters), dict(self._lines)
        return other

    def alteration(self, step: int, sign: str | None) -> int:
        """Return how a note of the ABC text is altered."""
        if sign is not None:
            return _ALTERATIONS[sign]
        return self._letters.get(step % 7, self._signature.get(step % 7, 0))

    def pitch(self, note: tuple[int, str | None]) -> int:
        """Return the MIDI pitch of a note of the ABC text."""
        return natural_pitch(note[0]) + self.alteration(*note)

    def show(self, step: int, alteration: int, sign: str | None, *, is_held: bool) -> str:
        """Return MusicXML's name of the accidental before a note; empty for none.

        It is shown where the score needs it or the text has it. A note that a tie holds
        needs none.
        """
        if is_held:
            return ""
        # ABC lets an accidental count in every octave, a score on its own line only.
        known = self._lines.get(step, self._signature.get(step % 7, 0))
        self._letters[step % 7] = self._lines[step] = alteration
        return _NAMES[alteration] if alteration != known or sign is not None else ""


def natural_pitch(step: int) -> int:
    """Return the MIDI pitch of a letter without sign."""
    return 60 + _SEMITONES[step % 7] + 12 * (step // 7)


def spell(step: int, pitch: int) -> tuple[int, int]:
    """Return the staff step that `pitch` stands at, and its alteration there, -2 to 2.

    It keeps the letter of `step` where that can be altered so far.
    """
    step += 7 * round((pitch - natural_pitch(step)) / 12)
    alteration = pitch - natural_pitch(step)
    while abs(alteration) > 2:
        step += 1 if alteration > 0 else -1
        alteration = pitch - natural_pitch(step)
    return step, alteration
