"""Notes and lengths as they are spelled, each spelling worked out once."""

import re
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.limits import (
    MAX_DENOMINATOR,
    MAX_NOTE_LENGTH,
    MAX_NUMBER_DIGITS,
    MAX_OCTAVE_MARKS,
)
from abcrun.notation.pitch import NoteName, WrittenPitch, written_pitch
from abcrun.notation.problem import shown
from abcrun.notation.reading import Reading


class NoteSign(NamedTuple):
    """What a note such as `^c'2` says by itself, with one unit note length."""

    pitch: WrittenPitch
    names: tuple[NoteName]
    duration: Fraction


class KnownSigns:
    """Notes and lengths that were read before, with one unit note length: they need not
    be worked out again."""

    __slots__ = ("lengths", "notes", "unit_length")

    def __init__(self, unit_length: Fraction) -> None:
        self.unit_length = unit_length
        self.lengths: dict[str, Fraction] = {}
        self.notes: dict[str, NoteSign] = {}

    def read_note(self, reading: Reading, column: int, token: re.Match[str]) -> NoteSign:
        """Read a note that is not among `notes`."""
        faults = len(reading.problems)
        accidental, letter, marks, length = token.group(
            "accidental", "letter", "octave", "note_length"
        )
        if len(marks) > MAX_OCTAVE_MARKS:
            raise reading.out_of_bounds(
                column, f"the note has over {MAX_OCTAVE_MARKS} octave marks"
            )
        pitch = written_pitch(accidental, letter, marks)
        sign = NoteSign(pitch, (pitch.name,), self.length(reading, column, length))
        # What has a problem is read again, so that each place is named.
        if len(reading.problems) == faults:
            self.notes[token.group()] = sign
        return sign

    def length(self, reading: Reading, column: int, written: str) -> Fraction:
        """Return the length in whole notes that digits and slashes name: nothing, `2`,
        `/`, `//`, `/4`, `3/2`."""
        length = self.lengths.get(written)
        if length is None:
            faults = len(reading.problems)
            length = self.unit_length * read_multiple(reading, column, written)
            if length > MAX_NOTE_LENGTH:
                raise reading.out_of_bounds(
                    column, f"the note lasts over {MAX_NOTE_LENGTH} whole notes"
                )
            if len(reading.problems) == faults:
                self.lengths[written] = length
        return length


def read_multiple(reading: Reading, column: int, written: str) -> Fraction:
    """Return the multiple of a length that digits and slashes name."""
    numerator, slash, denominator = written.partition("/")
    slashes = len(slash) + len(denominator) - len(denominator.lstrip("/"))
    denominator = denominator.lstrip("/")
    if max(len(numerator), len(denominator), slashes) > MAX_NUMBER_DIGITS:
        raise reading.out_of_bounds(column, f"the length {shown(written)} is out of all bounds")
    times = int(numerator) if numerator else 1
    divisor = int(denominator) if denominator else 1
    if times == 0 or divisor == 0:
        reading.unreadable(column, f"the length {shown(written)} is zero")
        times, divisor = times or 1, divisor or 1
    elif not denominator:
        divisor = 1 << slashes
    elif slashes > 1:
        reading.unreadable(column, f"the length {shown(written)} has no meaning")
    multiple = Fraction(times, divisor)
    # A thousandth is left for tuplets and broken rhythm.
    if multiple.denominator > MAX_DENOMINATOR // 1000:
        raise reading.out_of_bounds(column, f"the length {shown(written)} is too short")
    return multiple


def length_text(multiple: Fraction) -> str:
    """Return the digits and slashes that name a multiple of the unit note length, in
    their shortest spelling."""
    if multiple == Fraction(1, 2):
        return "/"
    numerator, denominator = multiple.as_integer_ratio()
    digits = "" if numerator == 1 else str(numerator)
    return digits if denominator == 1 else f"{digits}/{denominator}"
