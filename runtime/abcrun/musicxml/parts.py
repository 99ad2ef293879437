"""What a MusicXML score says, before it is ABC: parts of measures of notes, and the
signs around them."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from abcrun.notation.meter import Meter

MAX_WORDS = 1_000
"""Characters of a title, a remark or a name; what is longer is cut."""
_MAX_REMARKS = 100


@dataclass(slots=True)
class Head:
    """One note of a chord: where it stands, in letters from middle C, its alteration in
    semitones, whether its accidental is shown, and whether a tie leads on from it."""

    step: int
    alteration: int
    is_shown: bool = False
    is_tied: bool = False


@dataclass(slots=True)
class Grace:
    """A grace note or chord; `value` is its note value in whole notes, 0 where it has
    none."""

    heads: list[Head]
    value: Fraction
    is_slashed: bool


@dataclass(slots=True)
class Sung:
    """A syllable: `is_hyphened` where its word goes on; `extends` until the next one
    (or, `is_stop`, ends so here)."""

    text: str
    is_hyphened: bool = False
    extends: bool = False
    is_stop: bool = False


@dataclass(slots=True)
class Mark:
    """Something at a time of the measure that is no note.

    `kind` is "key", "clef" or "transpose" (`text` is the value in a K: field), "meter"
    or "tempo" (the value of M: or Q:), "chord" (a chord symbol), "remark" (quoted text
    with its `^` or `_`), "decoration" (its name), "label" (of a part) or "title".
    `staff` 0 is any; `voice` empty: any. `ends`: it closes something (a hairpin) and
    belongs to the note before.
    """

    at: Fraction
    kind: str
    text: str
    staff: int = 0
    voice: str = ""
    ends: bool = False


@dataclass(slots=True)
class Chord:
    """A note, chord or rest.

    `onset` from the start of the measure and `raw` are in whole notes as the file
    counts them, `duration` is the length that is meant; `value` is what note value and
    dots say, None without them, and `ratio` the tuplet that it stands in. A rest has no
    heads.
    """

    onset: Fraction
    raw: Fraction
    duration: Fraction
    voice: str
    staff: int
    heads: list[Head] = field(default_factory=list)
    value: Fraction | None = None
    ratio: tuple[int, int] | None = None
    is_hidden: bool = False
    graces: list[Grace] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    """What stands before it, decorations apart."""
    decorations: list[str] = field(default_factory=list)
    slurs_begun: list[bool] = field(default_factory=list)
    """For each slur that begins here, whether it is dotted."""
    slurs_ended: int = 0
    beam: str = ""
    """Of the first beam: begin, continue, end; empty for none."""
    opens_tuplet: bool = False
    closes_tuplet: bool = False
    sung: dict[str, Sung] = field(default_factory=dict)
    """Syllables by the name of their verse."""

    @property
    def end(self) -> Fraction:
        """Where it ends in the measure."""
        return self.onset + self.raw


@dataclass(slots=True)
class Edges:
    """What stands at both ends of a measure. Times are those that a section is played;
    passes are as in ABC: "1,2"."""

    forward: bool = False
    backward: int = 0
    left_style: str = ""
    style: str = ""
    begins: str = ""
    ending_text: str = ""
    """What stands under the bracket instead of the passes."""
    ends: bool = False
    """An ending closes with the measure: its bracket has an end there."""
    label: str = ""
    breaks_line: bool = False
    """A system begins with it."""
    rest_bars: int = 0
    titles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Measure:
    """A measure of a part. `length` is the time that its notes take, or that the meter
    asks for where it has none; `meter` is that in force at its end."""

    number: str
    meter: Meter
    chords: list[Chord]
    marks: list[Mark]
    edges: Edges
    length: Fraction

    def of_voices(self) -> dict[tuple[int, str], list[Chord]]:
        """Return the notes of each voice on each staff, by their onsets."""
        found: dict[tuple[int, str], list[Chord]] = {}
        for chord in sorted(self.chords, key=lambda one: one.onset):
            found.setdefault((chord.staff, chord.voice), []).append(chord)
        return found


@dataclass(slots=True)
class Part:
    """A part: one instrument, on one staff or several."""

    id: str
    name: str
    short_name: str
    measures: list[Measure] = field(default_factory=list)
    staves: int = 1
    program: int | None = None
    channel: int | None = None
    staff_lines: dict[int, int] = field(default_factory=dict)
    """Of staves that have other than five."""


class Remarks:
    """What of a file has no place in ABC, or no known one: each kind once, with its
    first place and how often it was met."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self.place = ""
        """The part and measure under way."""

    def add(self, what: str) -> None:
        """Note that something is not taken over."""
        what = what[:MAX_WORDS]
        if what not in self._counts and len(self._counts) >= _MAX_REMARKS:
            what = "more of other kinds"
        self._counts[what] += 1
        self._first.setdefault(what, self.place)

    def lines(self) -> tuple[str, ...]:
        """Return a line for each kind, in order of their first places."""
        found = []
        for what, count in self._counts.items():
            place = self._first[what]
            times = f"{count} times, first in {place}" if count > 1 else place
            found.append(f"{what} ({times})" if times else what)
        return tuple(found)
