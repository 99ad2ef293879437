"""A tune as it is written: voices of bars, bar lines, endings and part labels, before
anything is played."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.clef import Clef
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import NoteName
from abcrun.notation.tempo import TempoMark


@dataclass(frozen=True, slots=True)
class Tuplet:
    """A sign such as `(3`: `actual` notes in the time of `normal`, over the next
    `reach` notes, chords and rests."""

    text: str
    actual: int
    normal: int
    reach: int


class GraceNote(NamedTuple):
    """A grace note, or several that sound together.

    `names` and `pitches` are as in `WrittenNote`. `duration` is the length as written,
    in whole notes: how long it sounds is the player's affair.
    """

    names: tuple[NoteName, ...]
    pitches: tuple[int, ...]
    duration: Fraction


@dataclass(frozen=True, slots=True)
class Graces:
    """A group of grace notes; `is_slashed`: an acciaccatura, `{/g}`."""

    is_slashed: bool
    notes: tuple[GraceNote, ...]


class Syllable(NamedTuple):
    """What is sung to a note in one verse, counted from 1.

    `is_hyphened`: another syllable of the word follows. `is_held`: the syllable before
    is held over this note; `text` is empty then, and `is_hyphened` tells whether that
    is within a word (`a--ble`, `a-_ble`) or behind it (`time_`).
    """

    verse: int
    text: str
    is_hyphened: bool = False
    is_held: bool = False


class Directive(NamedTuple):
    """A stylesheet directive: `%%MIDI program 3` and `I:MIDI program 3` both have the
    name "MIDI" and the value "program 3"."""

    line: int
    column: int
    name: str
    value: str


class Signs(NamedTuple):
    """What stands around a note, chord or rest.

    `factor` is what tuplets and broken rhythm make of its length, None for nothing;
    `tuplet` the sign before it, `broken` the sign behind it (`>`, `<<`). `is_joined`: a
    tuplet or broken rhythm joins it to the note before. Before it stand grace notes,
    `decorations` by their names ("roll", "trill", "crescendo(": U: fields and short
    forms are resolved, `abcrun.notation.decorations`), quoted `texts` without their
    quotes, `slurs_begun` signs `(`, of which `slurs_dotted` are `.(`; changes of key,
    meter and clef, and directives. Behind it stand `slurs_ended` signs `)` and the tie,
    `is_tie_dotted` if it is `.-`. `lyrics` are its syllables, verse by verse.
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
    slurs_dotted: int = 0
    meter: Meter | None = None
    clef: Clef | None = None
    directives: tuple[Directive, ...] = ()
    lyrics: tuple[Syllable, ...] = ()
    is_tie_dotted: bool = False


# Named tuples, not dataclasses: there are many in a book, and a frozen dataclass takes
# up to nine times as long to make.
class WrittenNote(NamedTuple):
    """A note, chord or rest in a bar.

    `line` and `column` count from 1 in the text given. `offset` is its distance from
    the start of the bar and `duration` the time it takes there, in whole notes, with
    tuplets and broken rhythm worked in; `pitches` are MIDI note numbers with key and
    accidentals worked in, none for a rest; `tied` are those of them that last into the
    next note of the same pitch. `names` are the notes as written, in order: more than
    `pitches` where a chord has a note twice. `signs` is None where nothing stands
    around it. Grace notes take no time and are not among the notes. `is_beamed`: no
    space parts it from the note before, so a beam may join the two.
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
    is_beamed: bool = False


class Bar(NamedTuple):
    """The music from one bar line (or ending sign) to the next.

    It starts at `line`, `column` with its first sign (a quoted chord, grace note or
    tuplet too) and ends before `end_line`, `end_column`; `length` is the time its notes
    take, in whole notes (of the longest layer, where `&` lays several over each other).
    `meter` and `key` are those in force at its first note. `is_pickup`: shorter than
    its meter, and first of the tune or of a section. `tempos` are changes inside the
    bar, as pairs of offset and mark. `overlays` are the signs `&` in it, `clef` is the
    clef in force, None where none is named. `titles` are the T: fields that stand
    before it. `rest_bars`: it is the first of so many bars that one sign `Z4` (or `X4`)
    writes; 0 for any other bar. `transposition` is what `transpose=` says at its first
    note: the semitones that notes sound from where they are drawn. Octaves of
    `octave=` and `middle=` are none of it, they move what is drawn, too. `end_signs`
    has the texts and decorations behind its last note, before the bar line, and
    those and the directives at the end of the voice; None without any.
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
    tempos: tuple[tuple[Fraction, TempoMark], ...]
    overlays: int = 0
    clef: Clef | None = None
    titles: tuple[str, ...] = ()
    rest_bars: int = 0
    transposition: int = 0
    end_signs: Signs | None = None


class BarLine(NamedTuple):
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


class Ending(NamedTuple):
    """The music behind it is played in these passes only: `[1`, `|2`, `[1,3`.

    `text` is what stands there instead of their numbers: `["1st time"`. Where it begins
    with no number, the passes are the one behind the last ending's.
    """

    line: int
    column: int
    passes: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class PartLabel:
    """`P:` between the lines of music: a part that the play order in the header may
    call by its first letter. `label` is all that is written."""

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
    beside the name, as pairs (`clef` and `bass`); `lyrics` its w: lines. `line_ends`
    are the indices, among the items, of the bars behind which (or inside which) the
    author ends a line of the score.
    """

    name: str
    items: tuple[Item, ...]
    is_transposing: bool = False
    properties: tuple[tuple[str, str], ...] = ()
    lyrics: tuple[Lyrics, ...] = ()
    line_ends: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str:
        """What stands before its first system (`name=`, `nm=`), empty without one."""
        found = dict(self.properties)
        return found.get("name") or found.get("nm") or ""

    @property
    def short_name(self) -> str:
        """What stands before its other systems (`subname=`, `sname=`, `snm=`)."""
        found = dict(self.properties)
        return found.get("subname") or found.get("sname") or found.get("snm") or ""
