"""A tune as a score: engraved, with its notes and bars tied to the text and to the time at which they sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from abcrun import engraving
from abcrun.errors import RenderError, UsageError
from abcrun.musicxml import NoteHead, to_musicxml, xml_text
from abcrun.notation.playing import played_bars
from abcrun.notation.written import Bar

if TYPE_CHECKING:
    from abcrun.notation import Tune

DEFAULT_WIDTH = 840
WIDTHS = (240, 4_000)
"""Units of the picture (CSS pixels)."""
PNG_WIDTHS = (16, 10_000)
MAX_NOTES = 4_000
"""Written in one tune; the longest real one has under a thousand."""

_A4 = (840, 1188)


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note as it sounds: one for each time that repeats bring it.

    `id` is that of its element in the picture (class "note"), `start` and `end` seconds from the beginning; `bar` its
    bar's place in `tune.bars`, `line` and `column` its place in the text; `pitch` a MIDI note number. `continues`: a
    tie leads to it in the score, nothing is struck anew.
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
    """A bar as it is written: `id` is that of its element (class "measure"), `bar` its place in `tune.bars`."""

    id: str
    bar: int
    line: int
    column: int


class Score:
    """The score of a tune. Immutable; pictures are made when they are first asked for.

    `musicxml` is the file for notation programs; `notes` are those that sound, by start and pitch; `bars` those that
    are written; `seconds` is the time that the tune takes; `title` that of the tune.
    """

    def __init__(self, tune: "Tune", width: int = DEFAULT_WIDTH) -> None:
        """`width`: of the picture in units (CSS pixels, a staff is 29 high): systems are broken to fit in it.

        Raises `UsageError` for a width beyond `WIDTHS`, `RenderError` for a tune of over `MAX_NOTES` written notes.
        """
        if not WIDTHS[0] <= width <= WIDTHS[1]:
            raise UsageError(f"width is {width}: give {WIDTHS[0]} to {WIDTHS[1]}")
        written = to_musicxml(tune)
        if len(written.heads) > MAX_NOTES:
            raise RenderError(f"the tune has {len(written.heads)} written notes: the limit for scores is {MAX_NOTES}")
        self.title = tune.title
        self.width = width
        self.musicxml = written.text
        self.seconds = tune.seconds
        self.bars = tuple(ScoreBar(f"m{place}", place, bar.line, bar.column) for place, bar in enumerate(tune.bars))
        self.notes = tuple(
            sorted(_sounding(tune, written.heads, written.play_order), key=lambda note: (note.start, note.pitch))
        )

    @cached_property
    def svg(self) -> str:
        """The picture: one page, all systems, transparent, in `currentColor`. Raises `RenderError`."""
        return engraving.engrave(self.musicxml, self.width)[0]

    def png(self, width: int = 1_680) -> bytes:
        """The picture as a PNG, `width` pixels wide, on white. Raises `UsageError` for a width beyond `PNG_WIDTHS`."""
        if not PNG_WIDTHS[0] <= width <= PNG_WIDTHS[1]:
            raise UsageError(f"width is {width} pixels: give {PNG_WIDTHS[0]} to {PNG_WIDTHS[1]}")
        return engraving.png(self.svg, width)

    def pdf(self) -> bytes:
        """The score on A4 pages, as vectors. Raises `RenderError`."""
        return engraving.pdf(engraving.engrave(self.musicxml, *_A4), xml_text(self.title))

    def _repr_svg_(self) -> str:
        """What Jupyter shows."""
        return self.svg

    def __repr__(self) -> str:
        return f"<Score of {xml_text(self.title, 60) or 'a tune'!r}: {len(self.bars)} bars>"


def _sounding(tune: "Tune", heads: tuple[NoteHead, ...], play_order: str) -> Iterator[ScoreNote]:
    """The heads as they are played: repeats, endings and the order of parts followed."""
    seconds = _Clock(tune)
    by_bar: dict[int, list[NoteHead]] = {}
    for head in heads:
        by_bar.setdefault(head.bar, []).append(head)
    first = 0
    for voice in tune.voices:
        places = [place for place, item in enumerate(voice.items) if isinstance(item, Bar)]
        number_of = {place: first + number for number, place in enumerate(places)}
        first += len(places)
        now = Fraction(0)
        for played in played_bars(voice, play_order):
            for head in by_bar.get(number_of[played.place], ()):
                start, end = seconds(now + head.offset), seconds(now + head.offset + head.duration)
                yield ScoreNote(head.id, start, end, head.bar, head.line, head.column, head.pitch, head.continues)
            now += played.bar.length


class _Clock:
    """From whole notes to seconds, through the changes of tempo."""

    def __init__(self, tune: "Tune") -> None:
        self._tempos: list[tuple[Fraction, Fraction, Fraction]] = []  # onset, seconds there, seconds a whole note
        reached = Fraction(0)
        for tempo in tune.tempos:
            if self._tempos:
                onset, _, pace = self._tempos[-1]
                reached += (tempo.onset - onset) * pace
            self._tempos.append((tempo.onset, reached, 240 / tempo.quarters_per_minute))

    def __call__(self, onset: Fraction) -> float:
        began, reached, pace = next(entry for entry in reversed(self._tempos) if entry[0] <= onset)
        return float(reached + (onset - began) * pace)
