"""A tune as it is written: voices of bars, bar lines, endings and part labels, before
anything is played."""

from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation.key import Key
from abcrun.notation.meter import Meter


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note, chord or rest in a bar.

    `line` and `column` count from 1 in the text given. `offset` is its distance from
    the start of the bar and `duration` the time it takes there, in whole notes, with
    tuplets and broken rhythm worked in; `pitches` are MIDI note numbers with key and
    accidentals worked in, none for a rest; `tied` are those of them that last into the
    next note of the same pitch. Grace notes take no time and are not among the notes.
    """

    line: int
    column: int
    text: str
    offset: Fraction
    duration: Fraction
    pitches: tuple[int, ...]
    tied: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The music from one bar line (or ending sign) to the next.

    It starts at `line`, `column` with its first sign (a quoted chord, grace note or
    tuplet too) and ends before `end_line`, `end_column`; `length` is the time its notes
    take, in whole notes (of the longest layer, where `&` lays several over each other).
    `meter` and `key` are those in force at its first note. `is_pickup`: shorter than
    its meter, and first of the tune or of a section. `tempos` are changes inside the
    bar, as pairs of offset and crotchets a minute.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    voice: str
    notes: tuple[WrittenNote, ...]
    length: Fraction
    meter: Meter
    key: Key
    is_pickup: bool
    tempos: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar line as written: `ends` and `starts` say how many more times the section
    before or behind it is played.

    `is_double`: it closes a section without repeating it (`||`, `|]`, `[|`).
    """

    line: int
    column: int
    text: str
    ends: int
    starts: int
    is_double: bool

    @property
    def is_plain(self) -> bool:
        """Whether it does no more than part two bars."""
        return not (self.ends or self.starts or self.is_double)


@dataclass(frozen=True, slots=True)
class Ending:
    """The music behind it is played in these passes only: `[1`, `|2`, `[1,3`."""

    line: int
    column: int
    passes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartLabel:
    """`P:` between the lines of music: a part that the play order in the header may
    call."""

    line: int
    column: int
    label: str


Item = Bar | BarLine | Ending | PartLabel


@dataclass(frozen=True, slots=True)
class Voice:
    """The `V:` of a tune by its name ("1" where there is none), and all that is written
    in it, in order."""

    name: str
    items: tuple[Item, ...]
