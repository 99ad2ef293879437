"""What the rendering processes hand back: the server's answers, as plain dataclasses.

FastAPI makes schemas of them for /openapi.json, docstrings included. They are no
pydantic models, because each rendering process would have to load pydantic.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in ABC text; line and column from 1. A remark is no fault: abcrun
    reads over what stands there. `values` are what the message names, for who says
    it in other words: of the kind bar-length, how long the bar is and should be."""

    line: int
    column: int
    kind: str
    message: str
    is_remark: bool
    values: list[str]


@dataclass(frozen=True, slots=True)
class Originality:
    """The longest run of notes shared with a known tune, the share of notes in long
    runs, and the nearest tune."""

    longest_run: int
    share: float
    title: str
    book: str


@dataclass(frozen=True, slots=True)
class CheckedTune:
    """Facts about a tune."""

    title: str
    key: str
    meter: str
    bars: int
    seconds: float
    problems: list[Problem]
    originality: Originality | None


@dataclass(frozen=True, slots=True)
class CheckedTunes:
    """Facts about the tunes of a text."""

    tunes: list[CheckedTune]


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note as it sounds, in seconds: once for each time that repeats bring it. `id`
    is its element's in the SVG."""

    id: str
    start: float
    end: float
    bar: int
    line: int
    column: int
    pitch: int
    continues: bool


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """A bar as written. `id` is its element's in the SVG; `number` is printed over it,
    null for a pickup."""

    id: str
    bar: int
    line: int
    column: int
    number: int | None


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """A note, chord or rest as it is written. `ids` are its elements' in the SVG, none
    for what is not drawn; `names` its notes, F#4, none for a rest; `length` is that of
    its shape in whole notes, "3/16"."""

    ids: list[str]
    bar: int
    line: int
    column: int
    names: list[str]
    length: str


@dataclass(frozen=True, slots=True)
class EditedNote:
    """A tune with a note that was changed, its place, names and length as in
    `ScorePlace`, and the pitches at which it sounds (MIDI). After a note that was taken
    out, those of the one in its place."""

    abc: str
    line: int
    column: int
    names: list[str]
    length: str
    pitches: list[int]


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest note of a melody, and by instrument those that it
    lacks; instruments that can play all are left out. Notes go by the names that they
    are written with, such as F#4."""

    lowest: str
    highest: str
    unplayable: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Transposed:
    """A tune in ABC, moved."""

    abc: str


@dataclass(frozen=True, slots=True)
class PerformedNote:
    """A note as it is played, in seconds. `level` is what a tone of power 1 is
    multiplied by, `place` is -1 (left) to 1 (right). `program` is that of General MIDI,
    128 for drums, null where whoever listens chooses the instrument."""

    start: float
    end: float
    pitch: int
    level: float
    place: float
    program: int | None


@dataclass(frozen=True, slots=True)
class PerformedBar:
    """A bar as it is played, in seconds; `bar` is its index among the score's bars."""

    bar: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Beat:
    """When a beat is counted, in seconds; `is_first`: a bar begins with it."""

    start: float
    is_first: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The bars of a section as they are written, from `first` up to `end`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Performance:
    """What is played, as in files: grace notes, chords and swing, too. All in order."""

    notes: list[PerformedNote]
    bars: list[PerformedBar]
    beats: list[Beat]
    sections: list[Section]


@dataclass(frozen=True, slots=True)
class Score:
    """A score: one picture with all systems, the notes as they sound, in order, and all
    that is written, voice by voice.

    `tempo`: crotchets a minute; `beat`: crotchets in a beat of the first meter. `range`
    is null for a tune of rests. `performance` is null where the tune cannot be played,
    and `unplayable` says why.
    """

    svg: str
    seconds: float
    tempo: float
    range: Range | None
    beat: float
    notes: list[ScoreNote]
    bars: list[ScoreBar]
    places: list[ScorePlace]
    performance: Performance | None
    unplayable: str


@dataclass(frozen=True, slots=True)
class Tone:
    """How a tone is made of harmonics, as `abcrun.sound.instruments` tells: for the
    General MIDI programs from `program` up to the next."""

    program: int
    rolloff: float
    attack: float
    release: float
    decay: float
    damping: float
    accent: float
    even: float
    pluck: float
    cutoff: float
    body: list[list[float]]
    vibrato: float
    beating: float


@dataclass(frozen=True, slots=True)
class Room:
    """The reverberation, as `abcrun.sound.room` tells: delays and time in seconds, how
    the delays are heard on the left and right, and the level beside the direct
    sound."""

    delays: list[float]
    reverberation: float
    ears: list[list[int]]
    level: float


@dataclass(frozen=True, slots=True)
class Instruments:
    """What the built-in synthesiser plays with: General MIDI programs by name, how the
    tones are made, the room, the loudness (RMS) of every tune, and the highest
    sample."""

    programs: dict[str, int]
    tones: list[Tone]
    room: Room
    loudness: float
    peak: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """The highest samples, 0 to 1, of equal parts of a sound."""

    seconds: float
    peaks: list[float]


@dataclass(frozen=True, slots=True)
class Conversion:
    """A score as a tune in ABC; `remarks` name what of it ABC has no place for."""

    abc: str
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class UnreadableTune:
    """A tune of a book that cannot be read: its title, and where and why reading
    ends."""

    title: str
    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Book:
    """The tunes of a file, each a text of its own with what the file says for all;
    those that cannot be read; how many more there are behind them."""

    tunes: list[str]
    unreadable: list[UnreadableTune]
    left_out: int


@dataclass(frozen=True, slots=True)
class File:
    """A rendered file, and a name for it that is safe anywhere.

    missing: the characters that no font has, in a picture.
    """

    name: str
    content: bytes
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedBook:
    """A book as a PDF, a name for it, the characters that no font has, and the numbers
    of the tunes that cannot be read."""

    name: str
    content: bytes
    missing: tuple[str, ...]
    left_out: list[int]


@dataclass(frozen=True, slots=True)
class Fault:
    """An `AbcrunError` on its way between processes.

    kind: None where the request is not to blame.
    """

    # The error itself may hold what does not pickle; the caller needs these two.
    kind: str | None
    message: str
