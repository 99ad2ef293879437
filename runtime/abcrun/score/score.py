"""A tune as a score: engraved, its notes and bars tied to the text and to the time at
which they sound."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Tune
from abcrun.notation.tempo import TempoMap
from abcrun.notation.written import Bar
from abcrun.score import engraving
from abcrun.score.engraved import with_letters
from abcrun.score.engraving import MOST_BARS
from abcrun.score.head import Head, head_of
from abcrun.score.letters import part_letters
from abcrun.score.musicxml import NoteHead, to_musicxml
from abcrun.score.printing import Printed, print_pdf
from abcrun.score.systems import bars_asked
from abcrun.score.text import xml_text

DEFAULT_WIDTH = 840
WIDTHS = (240, 4_000)
"""Least and greatest width of a picture, in units (CSS pixels)."""
PNG_WIDTHS = (16, 10_000)
"""Least and greatest width of a PNG, in pixels."""
MAX_NOTES = 4_000
"""Notes written in one tune; the longest real one has under a thousand."""
MAX_SIGNS = 10_000
"""Notes, grace notes, rests, syllables, bar lines and other signs in one tune."""
MAX_BAR_SIGNS = 1_000
"""In one bar; real ones have under a hundred. Verovio takes time as their square."""
MAX_PIXELS = 100_000_000
"""Pixels of a PNG."""

_SIGN = re.compile(
    "<(?:note|lyric|direction|harmony|ornaments|articulations|technical|ending|barline|attributes)"
    "[ >]"
)
_MEASURE_START = re.compile('^<measure [^>]*id="m([0-9]+)', re.MULTILINE)

_MODE_SIGNS = {"major": "", "minor": "m"}


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note as it sounds: one for each time that repeats bring it.

    `id` is that of its element in the picture (class "note"). `start` and `end` are
    seconds from the beginning. `bar` is the index of its bar in `tune.bars`; `line` and
    `column` say where it stands in the text. `pitch` is a MIDI note number.
    `continues`: a tie leads to it in the score, nothing is struck anew.
    """

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
    """A bar as it is written.

    `id` is that of its element in the picture (class "measure"), `bar` its index in
    `tune.bars`; `line` and `column` say where it begins in the text. `number` is what
    musicians call it: counted from 1 in its voice, None for a pickup.
    """

    id: str
    bar: int
    line: int
    column: int
    number: int | None


class Score:
    """The score of a tune. Immutable; pictures are made when they are first asked for.

    `musicxml` is the file for notation programs. `notes` are those that sound, by start
    and pitch; `bars` are those that are written; `ids` are those of the elements of
    each written note, chord or rest, by its line and column. `seconds` is the time that
    the tune takes, and `title` is its title.
    """

    def __init__(self, tune: Tune, width: int = DEFAULT_WIDTH, *, has_head: bool = True) -> None:
        """Write the score of `tune`, with systems that fit in `width`; without a head
        no titles and composers are drawn.

        `width` is that of the picture in units (CSS pixels; a staff is 29 high). Raises
        `UsageError` for a width beyond `WIDTHS`, `RenderError` for a tune of over
        `MAX_NOTES` written notes, `MAX_SIGNS`, or `MAX_BAR_SIGNS` in one bar.
        """
        if not WIDTHS[0] <= width <= WIDTHS[1]:
            raise UsageError(f"width is {width}: give {WIDTHS[0]} to {WIDTHS[1]}")
        count = sum(len(note.pitches) for bar in tune.bars for note in bar.notes)
        if count > MAX_NOTES:
            raise RenderError(
                f"the tune has {count} written notes: the limit for scores is {MAX_NOTES}"
            )
        written = to_musicxml(tune)
        _check_signs(tune, written.text)
        self.title = tune.title
        self._kind = _kind_of(tune)
        self._head = head_of(tune)
        if not has_head:
            self._head = Head(verses=self._head.verses)
        self.width = width
        self.musicxml = written.text
        letters = {f"m{bar}": letter for bar, letter in part_letters(tune).items()}
        self._drawn = with_letters(written.text, letters)
        asked = (bars_asked(one) or 0 for one in tune.header.directives)
        self._most_bars = max((MOST_BARS, *asked))
        self.seconds = tune.seconds
        self.bars = tuple(_written_bars(tune, written.measures))
        self.ids = _ids(written.heads, written.rests)
        self.notes = tuple(
            sorted(
                _sounding(tune, written.heads),
                key=lambda note: (note.start, note.pitch),
            )
        )

    @cached_property
    def svg(self) -> str:
        """The picture: one page with all systems, transparent, in `currentColor`.
        Raises `RenderError`."""
        return self._engraved(self.width)[0]

    def _engraved(self, width: int, height: int = 0) -> list[str]:
        return engraving.engrave(self._drawn, width, height, head=self._head, bars=self._most_bars)

    @property
    def height(self) -> float:
        """The height of the picture, in units of `width`. Raises `RenderError`."""
        view_box = re.search(r'viewBox="[^"]* ([0-9.]+)"', self.svg)
        if view_box is None:
            raise RenderError("the picture has no size")
        return float(view_box.group(1))

    def png(self, width: int = 1_680) -> bytes:
        """Return the picture as a PNG, `width` pixels wide, on white.

        Raises `UsageError` for a width beyond `PNG_WIDTHS`, `RenderError` for a picture
        of over `MAX_PIXELS`.
        """
        if not PNG_WIDTHS[0] <= width <= PNG_WIDTHS[1]:
            raise UsageError(f"width is {width} pixels: give {PNG_WIDTHS[0]} to {PNG_WIDTHS[1]}")
        height = round(width * self.height / self.width)
        if width * height > MAX_PIXELS:
            raise RenderError(
                f"a picture of {width} by {height} pixels is too large: "
                "give a smaller width, or make a PDF"
            )
        return engraving.png(self.svg, width)

    def pdf(self, paper: str = "a4") -> bytes:
        """Return the score on pages of `a4` or `letter` paper, as vectors, its staves 7
        mm high; 6 mm where that brings it onto one page.

        Raises `UsageError` for another paper, `RenderError`.
        """
        return print_pdf([printed(self)], xml_text(self.title), paper)

    def _repr_svg_(self) -> str:
        """Show the picture in Jupyter."""
        return self.svg

    def __repr__(self) -> str:
        return f"<Score of {xml_text(self.title, 60) or 'a tune'!r}: {len(self.bars)} bars>"


def _check_signs(tune: Tune, musicxml: str) -> None:
    """Raise `RenderError` for more signs than verovio engraves in seconds."""
    _, *measures = _MEASURE_START.split(musicxml)
    total = 0
    for index, measure in zip(measures[::2], measures[1::2], strict=True):
        count = 1 + len(_SIGN.findall(measure))
        total += count
        if count > MAX_BAR_SIGNS:
            bar = tune.bars[int(index)]
            raise RenderError(
                f"line {bar.line}, column {bar.column}: the bar has {count} notes and other "
                f"signs: the limit for scores is {MAX_BAR_SIGNS}"
            )
    if total > MAX_SIGNS:
        raise RenderError(
            f"the tune has {total} notes and other signs: the limit for scores is {MAX_SIGNS}"
        )


def printed(score: Score) -> Printed:
    """Return a score as what is printed."""
    return Printed(xml_text(score.title), score._kind, score._engraved)


def _kind_of(tune: Tune) -> str:
    """Return rhythm and key in the short words that musicians of all tongues write:
    `reel · Ador`."""
    key = tune.key
    tonic = key.tonic.replace("#", "♯").replace("b", "♭")
    mode = _MODE_SIGNS.get(key.mode, key.mode[:3])
    rhythms = [value for letter, value in tune.header.fields if letter == "R" and value]
    return " · ".join(filter(None, (*map(xml_text, rhythms[-1:]), f"{tonic}{mode}")))


def _written_bars(tune: Tune, measures: Sequence[str]) -> Iterator[ScoreBar]:
    """Iterate over the bars, voice by voice.

    Those of several voices that stand above each other are one measure in the picture;
    `measures` are the ids of all measures.
    """
    index = 0
    for voice in tune.voices:
        counted = 0
        bars = [item for item in voice.items if isinstance(item, Bar)]
        # A voice that is not shown may be longer than the others.
        for measure, bar in enumerate(bars):
            identifier = measures[min(measure, len(measures) - 1)]
            counted += not bar.is_pickup
            number = None if bar.is_pickup else counted
            yield ScoreBar(identifier, index, bar.line, bar.column, number)
            index += 1


def _ids(
    heads: Sequence[NoteHead], rests: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[str]]:
    """Return the ids of the elements of notes, chords and rests, by their lines and
    columns."""
    ids: dict[tuple[int, int], list[str]] = {}
    for head in heads:
        ids.setdefault((head.line, head.column), []).append(head.id)
    for number, place in enumerate(rests):
        ids.setdefault(place, []).append(f"r{number}")
    return ids


def _sounding(tune: Tune, heads: tuple[NoteHead, ...]) -> Iterator[ScoreNote]:
    """Iterate over the heads as they are played, with repeats, endings and parts."""
    time = TempoMap(tune.tempos)
    # Repeats bring a bar back many times: its heads become floats once.
    by_bar: dict[int, list[tuple[float, float, NoteHead]]] = {}
    for head in heads:
        offsets = float(head.offset), float(head.offset + head.duration)
        by_bar.setdefault(head.bar, []).append((*offsets, head))
    first = 0
    for voice, order in zip(tune.voices, tune.played, strict=True):
        bars = [index for index, item in enumerate(voice.items) if isinstance(item, Bar)]
        bar_at = {index: first + number for number, index in enumerate(bars)}
        first += len(bars)
        now = Fraction(0)
        for played in order:
            begun = float(now)
            for offset, end, head in by_bar.get(bar_at[played.item], ()):
                yield ScoreNote(
                    head.id,
                    time.seconds(begun + offset),
                    time.seconds(begun + end),
                    head.bar,
                    head.line,
                    head.column,
                    head.pitch,
                    head.continues,
                )
            now += played.bar.length
