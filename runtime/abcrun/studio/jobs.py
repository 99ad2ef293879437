"""The jobs of the rendering processes: ABC in, files and facts out; MusicXML to
ABC.

The text goes through abcrun's reader, and what is made of it through abcrun's own
synthesiser and rewritten text: no directive of it reaches another program.
"""

import json
import os
import re
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from abcrun.errors import (
    AbcrunError,
    MissingGlyphsWarning,
    NotationError,
    RenderError,
    UsageError,
)
from abcrun.files import decode_text
from abcrun.formats import FORMATS, Chords, Grace, Paper
from abcrun.notation import Problem, UnreadableTuneError
from abcrun.notation.blocks import Block, blocks
from abcrun.notation.instruments import INSTRUMENTS
from abcrun.notation.moving import Move, names_as_written
from abcrun.notation.note_editing import Change, edit_note
from abcrun.notation.note_places import Place
from abcrun.originality import MelodyIndex
from abcrun.processes import end_with_parent, limit_own_memory
from abcrun.studio import results
from abcrun.studio.errors import kind_of, line_of
from abcrun.studio.pictures import lean
from abcrun.tune import Tune

# Not before `prepare`: see there.
if TYPE_CHECKING:
    from abcrun.rendering import RenderSettings

T = TypeVar("T")

FileFormat = Literal["wav", "mp3", "ogg", "flac", "mid", "svg", "png", "pdf", "musicxml"]
"""What can be rendered, by the suffix of its file."""
# HTTP calls a format by its suffix, the library by its name.
_NAMES = {one.suffix.removeprefix("."): name for name, one in FORMATS.items()}
MEDIA_TYPES = {suffix: FORMATS[_NAMES[suffix]].media_type for suffix in get_args(FileFormat)}

MAX_TUNES = 100
"""Tunes of one text that are checked."""
MAX_BOOK = 2000
"""Tunes of one file that are opened: reading them takes some seconds."""
MAX_PRINTED = 200
"""Tunes of one printed book: engraving takes a tenth of a second each."""
MEMORY = 2 << 30
"""Bytes of address space that a rendering process may take, where the system has such
limits."""

CARD = (1200, 630)
"""Width and height of a preview card in pixels, as the networks ask for it."""
_CARD_MARGIN = 24
_FADE = 60
_PAPER = "#fffcf4"

_TITLE = re.compile(r"^T:(.*)$", re.MULTILINE)

WARM_UP = "X:1\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"
"""A tune for the first job of a process."""


@dataclass(frozen=True, slots=True)
class Sound:
    """How a tune is to sound; None leaves it to the tune or to the renderer."""

    instrument: str | None = None
    tempo: float | None = None
    """Crotchets a minute where the tune begins."""
    chords: Chords = "on"
    grace: Grace = "auto"
    swing: bool = False

    def settings(self) -> "RenderSettings":
        """Return the renderer's settings. Raises `UsageError` for an instrument that
        does not exist."""
        from abcrun.rendering import RenderSettings  # as in `render`

        settings = RenderSettings(chords=self.chords, grace=self.grace, swing=self.swing)
        if self.instrument is None:
            return settings
        return replace(settings, program=self.instrument)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a tune is, and what is wrong with it."""

    title: str
    key: str
    meter: str
    problems: list[results.Problem]
    originality: results.Originality | None


def guarded(job: Callable[[], T]) -> tuple[T | results.Fault, float]:
    """Return the job's result, or the `Fault` that it ended with, and the seconds that
    it took."""
    begun = time.monotonic()
    result: T | results.Fault
    try:
        result = job()
    except AbcrunError as error:
        result = results.Fault(kind_of(error), line_of(error))
    except MemoryError:
        result = results.Fault("render", "the tune takes more memory than a rendering may have")
    return result, time.monotonic() - begun


def as_json(job: Callable[..., object], *args: Any, **kwargs: Any) -> results.File:
    """Return a job's result as JSON, a file without a name."""
    # Here, as the event loop of the server has all its clients to serve. In ASCII: half
    # a surrogate pair has no UTF-8.
    told = json.dumps(job(*args, **kwargs), default=_fields, allow_nan=False, separators=(",", ":"))
    return results.File("", told.encode())


def _fields(result: Any) -> dict[str, Any]:
    return {one.name: getattr(result, one.name) for one in fields(result)}


def prepare() -> None:
    """Limit what this process may take, and load what it will need."""
    # OpenBLAS reads this when NumPy is loaded, so nothing at the top of this file may
    # load it. Each thread of OpenBLAS takes address space, which is limited below.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    end_with_parent()
    limit_own_memory(MEMORY)
    render(WARM_UP, "wav", Sound(), Move(), 60.0)
    check(WARM_UP)
    score(WARM_UP, 840, False, Move(), Sound(), 60.0)
    edit(WARM_UP, 5, 1, "up")


def render(
    abc: str,
    file_format: FileFormat,
    sound: Sound,
    move: Move,
    max_seconds: float,
    paper: Paper = "a4",
) -> results.File:
    """Return the first tune of a text, moved, as a file of one of `MEDIA_TYPES`."""
    # The server imports this module too, and never renders: at the top, these imports
    # would cost each of its processes 5 MB and 70 ms.
    from abcrun.rendering import render as render_tune

    tune = _first_tune(abc, move, sound.tempo)
    name = _NAMES[file_format]
    if FORMATS[name].holds in ("midi", "sound"):
        _check_length(tune, max_seconds)
    settings = replace(sound.settings(), paper=paper)
    content, missing = _with_missing(lambda: render_tune(tune, name, settings))
    return results.File(f"{file_name(tune.title)}.{file_format}", content, missing)


def score(
    abc: str, width: int, has_header: bool, move: Move, sound: Sound, max_seconds: float
) -> results.Score:
    """Return the first tune of a text, moved, as a picture `width` pixels wide, the
    times at which its notes sound, and how it is played."""
    from abcrun.score.score import Score  # as in `render`
    from abcrun.sound.course import beat_of  # as in `render`

    tune = _first_tune(abc, move, sound.tempo)
    engraved = Score(tune, width, has_head=has_header)
    performance, unplayable = None, ""
    try:
        performance = _performance(tune, sound, max_seconds)
    except RenderError as error:
        unplayable = line_of(error)
    told = {
        *(note.id for note in engraved.notes),
        *(bar.id for bar in engraved.bars),
        *(one for ids in engraved.ids.values() for one in ids),
    }
    return results.Score(
        svg=lean(engraved.svg, told),
        seconds=engraved.seconds,
        tempo=float(tune.tempos[0].quarters_per_minute),
        range=_range(tune),
        beat=float(4 * beat_of(tune.meter)),
        notes=[
            # To a tenth of a millisecond, which nobody hears: shorter answers.
            results.ScoreNote(
                note.id, round(note.start, 4), round(note.end, 4), note.bar,
                note.line, note.column, note.pitch, note.continues,
            )
            for note in engraved.notes
        ],
        bars=[
            results.ScoreBar(bar.id, bar.bar, bar.line, bar.column, bar.number)
            for bar in engraved.bars
        ],
        places=_places(tune, engraved.ids),
        performance=performance,
        unplayable=unplayable,
    )  # fmt: skip


def _places(tune: Tune, ids: Mapping[tuple[int, int], Sequence[str]]) -> list[results.ScorePlace]:
    """Return all notes, chords and rests; `ids` are those of their elements, by line
    and column."""
    return [
        results.ScorePlace(
            list(ids.get((note.line, note.column), ())), index, note.line, note.column,
            place.names, str(place.length),
        )
        for index, bar in enumerate(tune.bars)
        for note in bar.notes
        for place in (Place(bar, note),)
    ]  # fmt: skip


def _performance(tune: Tune, sound: Sound, max_seconds: float) -> results.Performance:
    """Return how `tune` is played. Raises `RenderError`."""
    from abcrun.sound.course import course_of  # as in `render`
    from abcrun.sound.instruments import CHOSEN
    from abcrun.sound.playing import Manner, play

    _check_length(tune, max_seconds)
    program = CHOSEN if sound.instrument is None else sound.instrument
    manner = Manner(sound.chords, sound.grace, sound.swing)
    course = course_of(tune)
    return results.Performance(
        notes=[
            results.PerformedNote(
                round(note.start, 5), round(note.start + note.duration, 5), note.pitch,
                round(note.level, 4), round(note.place, 3),
                None if note.program == CHOSEN else note.program,
            )
            for note in play(tune, program=program, manner=manner).notes()
        ],
        bars=[
            results.PerformedBar(bar.bar, round(bar.start, 4), round(bar.end, 4))
            for bar in course.bars
        ],
        beats=[results.Beat(round(beat.start, 4), beat.is_first) for beat in course.beats],
        sections=[results.Section(one.first, one.end) for one in course.sections],
    )  # fmt: skip


def card(abc: str) -> results.File:
    """Return the beginning of the first tune's score as the picture of a preview
    card."""
    from abcrun.score import engraving  # as in `render`
    from abcrun.score.score import Score

    width, height = CARD[0] // 2, CARD[1] // 2  # in units of the score: drawn twice as large
    tune = Tune.parse(abc)
    score = Score(tune, width - 2 * _CARD_MARGIN)
    top = max(_CARD_MARGIN, (height - score.height) / 2)
    # What there is no room for fades away, and no staff seems to be cut.
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        '<linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{_PAPER}" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="{_PAPER}"/></linearGradient>'
        f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>'
        f'<g transform="translate({_CARD_MARGIN} {top:.1f})" color="#221c15">'
        f'<svg width="{score.width}" height="{score.height}" '
        f"{score.svg.partition('<svg ')[2]}</g>"
        f'<rect y="{height - _FADE}" width="{width}" height="{_FADE}" fill="url(#fade)"/></svg>'
    )
    return results.File("card.png", engraving.png(svg, CARD[0]), ())


def waveform(
    abc: str, sound: Sound, move: Move, points: int, max_seconds: float
) -> results.Waveform:
    """Return the length of the first tune's sound, and the highest sample of each of
    `points` equal parts of it."""
    import numpy as np  # not before `prepare`: see there

    from abcrun.rendering import tune_samples  # as in `render`

    tune = _first_tune(abc, move, sound.tempo)
    _check_length(tune, max_seconds)
    samples, rate = tune_samples(tune, sound.settings())
    loudest = np.abs(samples).max(axis=1)
    edges = np.linspace(0, len(loudest), points + 1).astype(np.intp)
    peaks = [
        # A sound of fewer samples than points: parts overlap rather than be empty.
        float(loudest[start : max(stop, start + 1)].max())
        for start, stop in pairwise(edges)
    ]
    return results.Waveform(len(samples) / rate, [round(min(peak, 1.0), 4) for peak in peaks])


def transpose(abc: str, move: Move) -> results.Transposed:
    """Return the first tune of a text, moved."""
    return results.Transposed(_first_tune(abc, move, None).text)


def edit(abc: str, line: int, column: int, change: Change) -> results.EditedNote:
    """Return the first tune of a text with a change of the note at a place."""
    edited = edit_note(abc, line, column, change)
    place = edited.place
    return results.EditedNote(
        edited.text, place.note.line, place.note.column, place.names, str(place.length),
        list(place.note.pitches),
    )  # fmt: skip


def convert(data: bytes) -> results.Conversion:
    """Return a MusicXML score, the content of a file, as ABC."""
    from abcrun.musicxml.convert import musicxml_to_abc  # as in `render`

    found = musicxml_to_abc(data)
    return results.Conversion(found.abc, list(found.remarks))


def book(data: bytes) -> results.Book:
    """Return the tunes of a file of ABC, up to `MAX_BOOK`, and what cannot be read."""
    text, _encoding = decode_text(data)
    tunes: list[str] = []
    unreadable: list[results.UnreadableTune] = []
    # Lenient: what stands behind a blank line in a tune would be lost without a word.
    found = blocks(text, lenient=True)
    for block in islice(found, MAX_BOOK):
        try:
            Tune.of_block(block)
            tunes.append(block.whole_text)
        except UnreadableTuneError as error:
            title = _TITLE.search(block.text)
            words = "" if title is None else title.group(1).strip()[:200]
            why = error.problem
            unreadable.append(results.UnreadableTune(words, why.line, why.kind, why.reason))
    if not tunes and not unreadable:
        raise NotationError("there is no tune: no line starts with X:")
    return results.Book(tunes, unreadable, sum(1 for _ in found))


def print_book(abc: str, title: str, paper: Paper) -> results.PrintedBook:
    """Return the tunes of a text, up to `MAX_PRINTED`, as a PDF, and the numbers of
    those that cannot be read."""
    from abcrun.rendering import render_book  # as in `render`

    found = list(islice(blocks(abc, lenient=True), MAX_PRINTED + 1))
    if len(found) > MAX_PRINTED:
        raise UsageError(f"a book has at most {MAX_PRINTED} tunes here: print it in parts")
    tunes: list[Tune] = []
    left_out: list[int] = []
    for number, block in enumerate(found, 1):
        try:
            tunes.append(Tune.of_block(block))
        except UnreadableTuneError:
            left_out.append(number)
    if not tunes:
        raise NotationError("there is no tune that can be printed")
    content, missing = _with_missing(lambda: render_book(tunes, title=title, paper=paper))
    name = title or tunes[0].title
    return results.PrintedBook(f"{file_name(name)}.pdf", content, missing, left_out)


def _with_missing(make: Callable[[], bytes]) -> tuple[bytes, tuple[str, ...]]:
    """Return the content of a file, and the characters in it that no font has."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MissingGlyphsWarning)
        content = make()
    found = (one.message for one in caught)
    missing = [one.characters for one in found if isinstance(one, MissingGlyphsWarning)]
    return content, missing[0] if missing else ()


def check(abc: str, melodies: Path | None = None) -> results.CheckedTunes:
    """Return facts about each tune of a text, up to `MAX_TUNES`, and what is wrong with
    it.

    `melodies` is the index of known tunes; without it, they are compared with none.
    """
    tunes = [_checked(block, melodies) for block in islice(blocks(abc), MAX_TUNES)]
    if not tunes:
        raise NotationError("there is no tune: no line starts with X:")
    return results.CheckedTunes(tunes)


def _checked(block: Block, melodies: Path | None) -> results.CheckedTune:
    try:
        tune = Tune.of_block(block)
        facts = facts_of(tune, melodies)
        return results.CheckedTune(
            facts.title, facts.key, facts.meter, len(tune.bars), round(tune.seconds, 3),
            facts.problems, facts.originality,
        )  # fmt: skip
    except UnreadableTuneError as error:
        return results.CheckedTune("", "", "", 0, 0.0, problems_of([error.problem]), None)


def facts_of(tune: Tune, melodies: Path | None) -> Facts:
    """Return what a tune is; `melodies` is that of `check`."""
    return Facts(
        title=tune.title,
        key=f"{tune.key.tonic} {tune.key.mode}".strip(),
        meter=tune.meter.text,
        problems=problems_of(tune.problems),
        originality=_originality(tune, melodies),
    )


def problems_of(problems: Iterable[Problem]) -> list[results.Problem]:
    """Return problems as the server tells them."""
    return [
        results.Problem(one.line, one.column, one.kind, one.reason, one.is_remark, list(one.values))
        for one in problems
    ]


def file_name(title: str) -> str:
    """Return a title as a name of small letters, digits and hyphens, which no system
    and no header misreads. A long one ends with a whole word."""
    plain = unicodedata.normalize("NFKD", title[:200]).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(name) > 60:
        name = name[:61].rpartition("-")[0] or name[:60]
    return name or "tune"


def _originality(tune: Tune, melodies: Path | None) -> results.Originality | None:
    """Return what a tune's melody shares with known tunes; None if nothing."""
    if melodies is None:
        return None
    known = _index(melodies)
    found = tune.originality(known)
    if not found.longest_run:
        return None
    book = known.books[found.book]
    return results.Originality(found.longest_run, round(found.copied_share, 4), found.title, book)


@lru_cache(maxsize=1)
def _index(path: Path) -> MelodyIndex:
    return MelodyIndex.load(path)


def _range(tune: Tune) -> results.Range | None:
    """Return between which notes a tune lies, and who cannot play it."""
    pitches = tune.pitches
    if not pitches:
        return None
    names = dict(zip(pitches, names_as_written(tune, pitches), strict=True))
    lacking = {
        name: [names[pitch] for pitch in pitches if not one.plays(pitch)]
        for name, one in INSTRUMENTS.items()
    }
    some = {name: notes for name, notes in lacking.items() if notes}
    return results.Range(names[pitches[0]], names[pitches[-1]], some)


def _first_tune(abc: str, move: Move, tempo: float | None) -> Tune:
    """Return the first tune of a text, moved; `tempo`: crotchets a minute where it
    begins."""
    tune = move.apply(Tune.parse(abc))
    if tempo is None:
        return tune
    # Changes of tempo within the tune keep their ratio to the first one.
    faster = Fraction(tempo) / tune.tempos[0].quarters_per_minute
    return replace(
        tune,
        tempos=tuple(
            replace(one, quarters_per_minute=one.quarters_per_minute * faster)
            for one in tune.tempos
        ),
    )


def _check_length(tune: Tune, max_seconds: float) -> None:
    # Before it is played: a sound takes memory for each of its seconds.
    if tune.seconds > max_seconds:
        raise RenderError(
            f"the tune lasts {tune.seconds:.0f} s: at most {max_seconds:.0f} s are rendered here"
        )
