"""Accidentals: where a pitch stands on the staff, and what sign the eye needs there."""

from collections.abc import Sequence

from abcrun.notation.key import Key
from abcrun.notation.pitch import LETTERS, NoteName, natural_pitch, spell
from abcrun.notation.staff import Staff, signature_of

_NAMES = {2: "double-sharp", 1: "sharp", 0: "natural", -1: "flat", -2: "flat-flat"}
"""MusicXML's names of alterations in semitones."""


class Accidentals:
    """The accidentals that a reader of one bar has in mind, in ABC and in a score."""

    def __init__(self, staff: Staff, drawn: tuple[int, ...]) -> None:
        # ABC lets an accidental count in every octave, a score at its own step only.
        self._in_abc = staff
        self._drawn = drawn
        self._in_score: dict[int, int] = {}

    @classmethod
    def of(cls, key: Key, drawn: Key | None = None) -> "Accidentals":
        """Return those at the start of a bar in `key`; `drawn` is the key on the staff,
        where that is another one."""
        signature = signature_of(key)
        shown = signature if drawn is None or drawn == key else signature_of(drawn)
        return cls(Staff(signature), shown)

    def copy(self) -> "Accidentals":
        """Return a copy, for notes whose accidentals do not last."""
        other = Accidentals(self._in_abc.copy(), self._drawn)
        other._in_score = dict(self._in_score)
        return other

    def pitch(self, name: NoteName) -> int:
        """Return the MIDI note number of a note as the text has it."""
        alteration = name.alteration
        if alteration is None:
            alteration = self._in_abc.in_force[name.step % 7]
        return name.natural + alteration

    def show(self, step: int, alteration: int, *, is_written: bool, is_held: bool) -> str:
        """Return MusicXML's name of the accidental before a note; empty for none.

        It is shown where the score needs it, and where the text has it (`is_written`).
        A note that a tie holds needs none.
        """
        if is_held:
            return ""
        known = self._in_score.get(step, self._drawn[step % 7])
        self._in_abc.in_force[step % 7] = self._in_score[step] = alteration
        return _NAMES[alteration] if alteration != known or is_written else ""


def names_of(names: Sequence[NoteName], pitches: Sequence[int]) -> list[NoteName]:
    """Return the name that each pitch of a note or chord is written with."""
    written = list(names)
    return [_take_name(written, pitch) for pitch in pitches]


def _take_name(written: list[NoteName], pitch: int) -> NoteName:
    """Take the first of the names that accidentals can make this pitch."""
    for index, name in enumerate(written):
        # In any octave: octave= and transpose= shift what sounds.
        if (pitch - name.natural + 2) % 12 <= 4:
            return written.pop(index)
    # Shifted by other intervals: any letter will do.
    step, _ = spell_near(0, pitch)
    return NoteName("", LETTERS[step % 7], step // 7)


def spell_near(step: int, pitch: int) -> tuple[int, int]:
    """Return the staff step that `pitch` stands at, and its alteration there, -2 to 2.

    It keeps the letter of `step` where that can be altered so far.
    """
    return spell(step + 7 * round((pitch - natural_pitch(step)) / 12), pitch)
