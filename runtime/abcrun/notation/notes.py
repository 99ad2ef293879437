"""What a tune sounds like: notes and tempi in exact note values, before any MIDI tick or second."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Note:
    """A sounding note: tied notes are one, repeats are played out.

    `onset` and `duration` are in whole notes from the first beat of the performance (a crotchet is 1/4);
    `pitch` is a MIDI note number (ABC's `C` is 60).
    """

    onset: Fraction
    duration: Fraction
    pitch: int


@dataclass(frozen=True, slots=True)
class Tempo:
    """From `onset` (whole notes) on, `quarters_per_minute` crotchets are played in a minute."""

    onset: Fraction
    quarters_per_minute: Fraction
