"""One bar at a time, read with the meter, unit note length and key of a header; and
bodies cut into bars."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from abcrun.notation.body import BodyReader
from abcrun.notation.header import Header, read_header
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.lines import Line
from abcrun.notation.melody import onsets
from abcrun.notation.pitch import written_pitch
from abcrun.notation.problem import Problems, UnreadableTuneError
from abcrun.notation.staff import Staff, signature_of
from abcrun.notation.written import Bar, WrittenNote

BETWEEN = re.compile(r"(?:(?:\|\]|\|\||:\||\|:|\||:(?<!\[[A-Z]:))(?:[0-9]+ ?)?\n?)+")
"""What stands between two bars in normal form: bar lines, repeats, endings, line ends.
"""
_NOTE = r"(?:\^|_|=)?[A-Ga-g](?:,|''?)?(?:[1-9][0-9]?)?(?:/[248]?)?"
_PLAIN = re.compile(rf"(?:(?:\(3{_NOTE}{_NOTE}{_NOTE}|{_NOTE}(?:[<>]{_NOTE})?) ?)+")
_PLAIN_SIGN = re.compile(
    r"(\(3|[<>])|(\^|_|=)?([A-G])(,|''?)?([1-9][0-9]?)?(/[248]?)?", re.IGNORECASE
)
_PARTS = 96  # of the unit note length: the divisors, triplets and dots of plain bars
_DIVIDED = {"": 96, "/": 48, "/2": 48, "/4": 24, "/8": 12}


@dataclass(frozen=True, slots=True)
class ReadBar:
    """What a bar sounds like: its length in whole notes, the MIDI note numbers of its
    onsets (`notation.melody`), and those of its last, lowest and highest note, grace
    notes among them; None in a bar of rests."""

    length: Fraction
    melody: tuple[int, ...]
    last: int | None
    lowest: int | None
    highest: int | None


class BarReader:
    """Reads one bar at a time, with the meter, unit note length and key of a header."""

    def __init__(self, header: str) -> None:
        """`header` is a tune's text up to its K: line."""
        lines = [Line(number, text) for number, text in enumerate(header.split("\n"), 1) if text]
        self._header: Header = read_header(lines, Problems())[0]
        self._known = KnownSigns(self._header.unit_length)
        self.full = self._header.meter.length
        self.tonic = self._header.key.tonic_pitch_class
        self._unit = self._header.unit_length
        self._signature = signature_of(self._header.key)
        moves_sound = self._header.key_field.parameters.moves_sound
        self._sounds_as_written = not (moves_sound or self._header.voices)

    def read(self, text: str) -> ReadBar | None:
        """Read a bar. Return None for what cannot be read or has any fault; ties must
        lead to the next note of the bar."""
        return _read(self, text)

    def _read_new(self, text: str) -> ReadBar | None:
        """Read a bar that was not read before."""
        if self._sounds_as_written and _PLAIN.fullmatch(text):
            return self._read_plain(text)
        bar = self._read_any(text)
        if bar is None:
            return None
        sounding = [note.pitches[-1] for note in bar.notes if note.pitches]
        last = sounding[-1] if sounding else None
        pitches = [pitch for note in bar.notes for pitch in _pitches(note)]
        lowest, highest = min(pitches, default=None), max(pitches, default=None)
        return ReadBar(bar.length, onsets(bar.notes), last, lowest, highest)

    def _read_plain(self, text: str) -> ReadBar:
        """Read a bar of nothing but notes, dotted pairs and triplets, as most are, in a
        tenth of the time that the tune reader takes."""
        sound = Staff(self._signature).read
        melody: list[int] = []
        parts: list[int] = []  # of the notes
        triplet = 0  # notes of it that are still to come
        dotted = ""  # the sign behind the last note
        for sign, accidental, letter, marks, length, divisor in _PLAIN_SIGN.findall(text):
            if sign == "(3":
                triplet = 3
            elif sign:
                dotted = sign
            else:
                melody.append(sound(written_pitch(accidental, letter, marks)))
                parts.append(int(length or 1) * _DIVIDED[divisor])
                if triplet:
                    parts[-1] = parts[-1] * 2 // 3
                    triplet -= 1
                if dotted:
                    longer, shorter = (-2, -1) if dotted == ">" else (-1, -2)
                    parts[longer] = parts[longer] * 3 // 2
                    parts[shorter] //= 2
                    dotted = ""
        full = self._unit * sum(parts) / _PARTS
        return ReadBar(full, tuple(melody), melody[-1], min(melody), max(melody))

    def _read_any(self, text: str) -> Bar | None:
        problems = Problems()
        reader = BodyReader(self._header, problems, self._known)
        try:
            reader.read([Line(1, text)])
        except UnreadableTuneError:
            return None
        items = [item for voice in reader.voices() for item in voice.items]
        if len(problems) or len(items) != 1 or not isinstance(items[0], Bar):
            return None
        bar = items[0]
        if not bar.notes or bar.notes[-1].tied:
            return None
        held = all(
            set(note.tied) <= set(after.pitches) for note, after in itertools.pairwise(bar.notes)
        )
        return bar if held else None


@lru_cache(maxsize=8192)
def _read(reader: BarReader, text: str) -> ReadBar | None:
    # Most bars are asked for again: they return, and what leads to them is weighed.
    return reader._read_new(text)


def _pitches(note: WrittenNote) -> Iterator[int]:
    """Yield the MIDI note numbers of a note or chord, and of its grace notes."""
    yield from note.pitches
    for graces in () if note.signs is None else note.signs.graces:
        for grace in graces.notes:
            yield from grace.pitches


@lru_cache(maxsize=512)
def bar_reader(header: str) -> BarReader:
    """Return the reader for a header: one for all tunes that have it."""
    return BarReader(header)


def split(body: str) -> tuple[tuple[str, ...], list[str]]:
    """Return what stands between the bars of a body in normal form, and the bars."""
    between: list[str] = []
    bars: list[str] = []
    position = 0
    for found in BETWEEN.finditer(body):
        if found.start() > position or (position == 0 and not between):
            if found.start() == 0:
                between.append(found.group())
                position = found.end()
                continue
            if not between:
                between.append("")
            bars.append(body[position : found.start()])
            between.append(found.group())
        position = found.end()
    return tuple(between), bars
