"""A tune as it is written: voices of bars, bar lines, endings and part labels, before
anything is played."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import NoteName


@dataclass(frozen=True, slots=True)
class Tuplet:
    """A sign such as `(3`: `actual` notes in the time of `normal`, over the next
    `reach` notes, chords and rests."""

    text: str
    actual: int
    normal: int
    reach: int


@dataclass(frozen=True, slots=True)
class Graces:
    """A group of grace notes; `is_slashed`: an acciaccatura, `{/g}`."""

    is_slashed: bool
    names: tuple[NoteName, ...]


class Signs(NamedTuple):
    """What stands around a note, chord or rest.

    `factor` is what tuplets and broken rhythm make of its length, None for nothing;
    `tuplet` the sign before it, `broken` the sign behind it (`>`, `<<`). `is_joined`: a
    tuplet or broken rhythm joins it to the note before. Before it stand grace notes,
    `decorations` (`~`, `!trill!`; `+trill+` is `!trill!` too), quoted `texts` without
    their quotes, `slurs_begun` signs `(` and a change of key; behind it `slurs_ended`
    signs `)`.
    """

    factor: Fraction | None = None
    tuplet: Tuplet | None = None
    broken: str = ""
    is_joined: bool = False
    graces: tuple[Graces, ...] = ()
    decorations: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    slurs_begun: int = 0
    slurs_ended: int = 0
    key: Key | None = None


# Named tuples, not dataclasses: there is one for each note of a book, and a frozen
# dataclass takes three times as long to make.
class WrittenNote(NamedTuple):
    """A note, chord or rest in a bar.

    `line` and `column` count from 1 in the text given. `offset` is its distance from
    the start of the bar and `duration` the time it takes there, in whole notes, with
    tuplets and broken rhythm worked in; `pitches` are MIDI note numbers with key and
    accidentals worked in, none for a rest; `tied` are those of them that last into the
    next note of the same pitch. `names` are the notes as written, in order: more than
    `pitches` where a chord has a note twice. `signs` is None where nothing stands
    around it. Grace notes take no time and are not among the notes.
    """

    line: int
    column: int
    text: str
    offset: Fraction
    duration: Fraction
    pitches: tuple[int, ...]
    tied: tuple[int, ...]
    names: tuple[NoteName, ...] = ()
    signs: Signs | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The music from one bar line (or ending sign) to the next.

    It starts at `line`, `column` with its first sign (a quoted chord, grace note or
    tuplet too) and ends before `end_line`, `end_column`; `length` is the time its notes
    take, in whole notes (of the longest layer, where `&` lays several over each other).
    `meter` and `key` are those in force at its first note. `is_pickup`: shorter than
    its meter, and first of the tune or of a section. `tempos` are changes inside the
    bar, as pairs of offset and crotchets a minute. `overlays` are the signs `&` in it,
    `clef` is the clef in force as written ("bass", "treble-8"), empty where none is
    named.
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
    overlays: int = 0
    clef: str = ""


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


# What stands in a voice, in order: playing and engraving go by the order alone.
Item = Bar | BarLine | Ending | PartLabel


@dataclass(frozen=True, slots=True)
class Lyrics:
    """A `w:` line: syllables for the line of music before it, as written. It starts at
    `line`, `column`."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Voice:
    """The `V:` of a tune by its name ("1" where there is none), and all that is written
    in it, in order.

    `is_transposing`: somewhere its notes sound elsewhere than they are written, as a K:
    or V: field asks (`octave=`, `transpose=`). `properties` are what its V: fields say
    beside the name, as pairs (`clef` and `bass`); `lyrics` its w: lines.
    """

    name: str
    items: tuple[Item, ...]
    is_transposing: bool = False
    properties: tuple[tuple[str, str], ...] = ()
    lyrics: tuple[Lyrics, ...] = ()
