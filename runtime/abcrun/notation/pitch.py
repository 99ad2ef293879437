"""Letters, octaves and accidentals of notes: the one table of them.

A step is the place of a note on the staff, counted in letters from `C` (middle C): 0 is
`C`, 7 is `c`, -1 is `B,`. An alteration is what an accidental does, in semitones.
"""

from functools import lru_cache
from typing import NamedTuple, Self

LETTERS = "CDEFGAB"
SHARPS = "FCGDAEB"
"""Letters in the order in which key signatures sharpen them; flats come the other way
round."""

# By index, not by letter: steps are counted and moved as numbers.
SEMITONES = (0, 2, 4, 5, 7, 9, 11)
"""Of each letter above C."""

ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
ACCIDENTALS = {alteration: accidental for accidental, alteration in ALTERATIONS.items()}

NAME_ALTERATIONS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "bb": -2}
"""Of the sign behind a letter in the name of a key or a chord: F#."""
NAME_SIGNS = {0: "", 1: "#", -1: "b"}

MIDDLE_C = 60
"""The MIDI note number of `C`."""


class NoteName(NamedTuple):
    """A note as it is written: `^c'` is accidental `^`, letter `C`, octave 2.

    `accidental` is `^`, `^^`, `=`, `_`, `__` or empty; `octave` is 0 for `C` to `B`, 1
    for `c` to `b`, -1 for `C,` to `B,`.
    """

    accidental: str
    letter: str
    octave: int

    @classmethod
    def of(cls, accidental: str | None, letter: str, marks: str) -> Self:
        """Return the name that an accidental, a letter and octave marks spell."""
        octave = marks.count("'") - marks.count(",") + letter.islower()
        return cls(accidental or "", letter.upper(), octave)

    @property
    def text(self) -> str:
        """The name in ABC, in its shortest spelling."""
        return self.accidental + step_text(self.step)

    @property
    def step(self) -> int:
        """The place on the staff, in letters from `C`."""
        return LETTERS.index(self.letter) + 7 * self.octave

    @property
    def natural(self) -> int:
        """The MIDI note number of letter and octave, without the accidental."""
        return natural_pitch(self.step)

    @property
    def alteration(self) -> int | None:
        """What the accidental does, in semitones; None without one."""
        return ALTERATIONS[self.accidental] if self.accidental else None


class WrittenPitch(NamedTuple):
    """A note as it is written, with what a staff asks of it: its step, the MIDI note
    number there that nothing alters, and the alteration of its accidental, None without
    one."""

    name: NoteName
    step: int
    natural: int
    alteration: int | None


# All tunes use some dozens of them.
@lru_cache(maxsize=1 << 10)
def written_pitch(accidental: str | None, letter: str, marks: str) -> WrittenPitch:
    """Return the note that an accidental, a letter and octave marks spell."""
    name = NoteName.of(accidental, letter, marks)
    return WrittenPitch(name, name.step, name.natural, name.alteration)


class Interval(NamedTuple):
    """Letters and semitones up, octaves included; negative: down."""

    steps: int
    semitones: int

    def moved(self, step: int, alteration: int) -> tuple[int, int]:
        """Return the step and the alteration that lie this interval above a note; the
        alteration may be one that no accidental writes."""
        pitch = natural_pitch(step) + alteration + self.semitones
        return step + self.steps, pitch - natural_pitch(step + self.steps)

    def moved_name(self, name: str) -> str:
        """Return the name of a key's tonic or a chord ("F#"), moved. It is respelled
        where it would have more than one sharp or flat."""
        step, alteration = LETTERS.index(name[0]), NAME_ALTERATIONS[name[1:]]
        pitch = natural_pitch(step) + alteration + self.semitones
        step, alteration = spell(step + self.steps, pitch, most=1)
        return LETTERS[step % 7] + NAME_SIGNS[alteration]


def natural_pitch(step: int) -> int:
    """Return the MIDI note number of a step that nothing alters."""
    return MIDDLE_C + SEMITONES[step % 7] + 12 * (step // 7)


def step_text(step: int) -> str:
    """Return letter and octave marks of a step in ABC."""
    letter, octave = LETTERS[step % 7], step // 7
    return letter.lower() + "'" * (octave - 1) if octave > 0 else letter + "," * -octave


def spell(step: int, pitch: int, most: int = 2) -> tuple[int, int]:
    """Return the step nearest to `step` that `pitch` can be written at, and its
    alteration there, which is at most `most`."""
    alteration = pitch - natural_pitch(step)
    while abs(alteration) > most:
        step += 1 if alteration > 0 else -1
        alteration = pitch - natural_pitch(step)
    return step, alteration
