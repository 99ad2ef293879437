"""What the rendering processes hand back: the server's answers, as plain dataclasses.

FastAPI makes schemas of them for /openapi.json, docstrings included. They are no
pydantic models, because each rendering process would have to load pydantic.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in ABC text; line and column from 1. A remark is no fault: abcrun
    reads over what stands there."""

    line: int
    column: int
    kind: str
    message: str
    is_remark: bool


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
class Score:
    """A score: one picture with all systems, and the notes as they sound, in order.
    `tempo`: crotchets a minute. `range` is null for a tune of rests."""

    svg: str
    seconds: float
    tempo: float
    range: Range | None
    notes: list[ScoreNote]
    bars: list[ScoreBar]


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
class File:
    """A rendered file, and a name for it that is safe anywhere.

    missing: the characters that no font has, in a picture.
    """

    name: str
    content: bytes
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """An `AbcrunError` on its way between processes.

    kind: None where the request is not to blame.
    """

    # The error itself may hold what does not pickle; the caller needs these two.
    kind: str | None
    message: str
