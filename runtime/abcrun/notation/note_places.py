"""The notes of a tune and the characters that write them: where to cut when one note
is changed in the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, Self

from abcrun.errors import UsageError
from abcrun.notation.lengths import length_text, read_multiple
from abcrun.notation.lines import LINE_END
from abcrun.notation.pitch import NoteName
from abcrun.notation.problem import Problems
from abcrun.notation.reading import Reading
from abcrun.notation.spellings import plain_spelling
from abcrun.notation.tokens import tokens, without_comment
from abcrun.notation.tune import Tune
from abcrun.notation.written import Bar, WrittenNote

_LENGTH_GROUPS = {"note": "note_length", "rest": "rest_length", "chordend": "chord_length"}
_ORNAMENTS = frozenset(("grace", "symbol", "decoration"))
_AMONG_ORNAMENTS = frozenset(("quoted", "slur"))

_NAME_SIGNS = {2: "##", 1: "#", 0: "", -1: "b", -2: "bb"}
LENGTHS = tuple(
    sorted(Fraction(2**k, 64) * dot for k in range(8) for dot in (Fraction(1), Fraction(3, 2)))
)
"""Of notes, from a 64th to a dotted breve, in whole notes: those that have a shape."""


class Span(NamedTuple):
    """Characters of a line: its index, where they start, and where they end."""

    row: int
    start: int
    end: int


class Place(NamedTuple):
    """A note, chord or rest, and its bar."""

    bar: Bar
    note: WrittenNote

    @property
    def alterations(self) -> list[int]:
        """What the notes are altered by in semitones, signature and all, in the order
        of `note.names`."""
        return [
            _alteration(name, self.note.pitches, self.bar.transposition) for name in self.note.names
        ]

    @property
    def names(self) -> list[str]:
        """The names of the notes as they are written, F#4; C4 is middle C."""
        return [
            f"{name.letter}{_NAME_SIGNS[alteration]}{name.octave + 4}"
            for name, alteration in zip(self.note.names, self.alterations, strict=True)
        ]

    @property
    def length(self) -> Fraction:
        """The length in whole notes by which musicians call the note: that of its
        shape, which a tuplet does not change."""
        signs, duration = self.note.signs, self.note.duration
        if duration in LENGTHS or signs is None or signs.factor is None:
            return duration
        return duration / signs.factor


def _alteration(name: NoteName, pitches: Iterable[int], transposition: int) -> int:
    for pitch in pitches:
        # In any octave: octave= shifts what sounds.
        altered = (pitch - transposition - name.natural + 6) % 12 - 6
        if abs(altered) <= 2 and name.alteration in (None, altered):
            return altered
    return name.alteration or 0


class Sheet:
    """The text of a tune, read. `places` are its notes, voice by voice, in order."""

    def __init__(self, text: str) -> None:
        """Raises `NotationError` for a text that is no tune."""
        self.text = text
        bars = Tune.parse(text).bars
        self.places = [Place(bar, note) for bar in bars for note in bar.notes]
        self._rows: dict[int, list[re.Match[str]]] = {}

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_END.split(self.text)

    def index_at(self, line: int, column: int) -> int:
        """Return the index of the place at a line and column. Raises `UsageError` where
        there is none, or several that a macro writes."""
        found = [
            index
            for index, (_, note) in enumerate(self.places)
            if (note.line, note.column) == (line, column)
        ]
        if not found:
            raise UsageError(f"no note is written at line {line}, column {column}")
        if len(found) > 1:
            raise _not_here()
        self._begin(found[0])
        return found[0]

    # Where things stand

    def _tokens(self, row: int) -> list[re.Match[str]]:
        known = self._rows.get(row)
        if known is None:
            line = plain_spelling(without_comment(self._lines[row]))
            known = self._rows[row] = list(tokens(line))
        return known

    def _begin(self, index: int) -> tuple[int, int]:
        """Return row and number of the token that a place begins with."""
        note = self.places[index].note
        row, start = note.line - 1, note.column - 1
        for number, token in enumerate(self._tokens(row)):
            if token.start() == start and token.lastgroup in ("note", "rest", "chord"):
                return row, number
        raise _not_here()

    def _end(self, index: int) -> re.Match[str]:
        """Return the last token of a place, which has its length."""
        row, number = self._begin(index)
        found = self._tokens(row)
        if found[number].lastgroup != "chord":
            return found[number]
        for token in found[number:]:
            if token.lastgroup == "chordend":
                return token
            if token.lastgroup == "bar":
                break
        raise _not_here()

    def span(self, index: int) -> Span:
        """Return the characters of a note, chord or rest, its length among them."""
        row, number = self._begin(index)
        return Span(row, self._tokens(row)[number].start(), self._end(index).end())

    def heads(self, index: int) -> list[Span]:
        """Return the characters of each pitch, without its length; none for a rest."""
        row, start, end = self.span(index)
        inside = [one for one in self._tokens(row) if start <= one.start() < end]
        if any(one.lastgroup == "microtone" for one in inside):
            raise _not_here()
        return [
            Span(row, one.start(), one.start("note_length"))
            for one in inside
            if one.lastgroup == "note"
        ]

    def length_span(self, index: int) -> Span:
        """Return the characters that say the length; of a chord, those behind it."""
        token = self._end(index)
        group = _LENGTH_GROUPS[str(token.lastgroup)]
        return Span(self._begin(index)[0], *token.span(group))

    def length(self, index: int) -> str:
        """Return what a single note writes to last as long as a place, in units."""
        row, number = self._begin(index)
        units = self.units(self.length_span(index))
        if self._tokens(row)[number].lastgroup == "chord":
            first = self._tokens(row)[number + 1 :]
            inner = next(one for one in first if one.lastgroup in ("note", "rest"))
            units *= self.units(Span(row, *inner.span(_LENGTH_GROUPS[str(inner.lastgroup)])))
        return length_text(units)

    def units(self, span: Span) -> Fraction:
        """Return the multiple that the characters of a length name."""
        written = self._lines[span.row][span.start : span.end]
        return read_multiple(Reading(Problems(), 1, is_version_2_1=False), 1, written)

    def ornaments(self, index: int) -> list[Span]:
        """Return the grace notes and decorations of a place."""
        row, number = self._begin(index)
        found: list[Span] = []
        for token in reversed(self._tokens(row)[:number]):
            if token.lastgroup in _ORNAMENTS:
                found.append(Span(row, *token.span()))
            elif token.lastgroup not in _AMONG_ORNAMENTS:
                break
        return found

    def ties(self, index: int) -> list[Span]:
        """Return the signs that tie a note to the one before it and the one behind."""
        owners = [index] if self.places[index].note.tied else []
        if self._leads_on(index - 1):
            owners.append(index - 1)
        own, found = self.span(index), list[Span]()
        for owner in owners:
            row, start, _ = self.span(owner)
            until = self.span(owner + 1) if owner + 1 < len(self.places) else own
            for token in self._tokens(row):
                is_before = until.row != row or until.start <= start or token.end() <= until.start
                is_own = row == own.row and own.start <= token.start() < own.end
                if token.lastgroup == "tie" and token.start() >= start and is_before and not is_own:
                    found.append(Span(row, *token.span()))
        return found

    def with_space(self, span: Span) -> Span:
        """Return a span, with the space behind it where one stands before it, too."""
        line = self._lines[span.row]
        is_apart = line[span.end : span.end + 1] == " " and line[: span.start][-1:] in (" ", "")
        return span._replace(end=span.end + is_apart)

    # What belongs together

    def tied_with(self, index: int) -> list[int]:
        """Return the indices of a note and of all that ties hold it together with."""
        first = last = index
        while self._leads_on(first - 1):
            first -= 1
        while self._leads_on(last):
            last += 1
        return list(range(first, last + 1))

    def _leads_on(self, index: int) -> bool:
        """Return whether a tie leads from a place to the next one."""
        if not 0 <= index < len(self.places) - 1:
            return False
        (bar, note), (other, after) = self.places[index : index + 2]
        return bar.voice == other.voice and bool({*note.tied} & {*after.pitches})

    def is_joined(self, index: int) -> bool:
        """Return whether a tuplet or broken rhythm joins a place to the one before."""
        signs = self.places[index].note.signs
        return signs is not None and signs.is_joined

    def group_end(self, index: int) -> int:
        """Return the last place in the bar that tuplets and broken rhythm join on to
        one."""
        bar = self.places[index].bar
        while index + 1 < len(self.places) and self.places[index + 1].bar is bar:
            if not self.is_joined(index + 1):
                break
            index += 1
        return index

    def without_broken(self, index: int) -> Self:
        """Return the tune with the broken rhythms of a note written out as lengths."""
        factors: dict[int, Fraction] = {}
        changes: dict[Span, str] = {}
        for owner in (index - 1, index):
            signs = self.places[owner].note.signs if owner >= 0 else None
            if signs is None or not signs.broken or owner + 1 == len(self.places):
                continue
            short = Fraction(1, 1 << len(signs.broken))
            pair = (2 - short, short) if signs.broken[0] == ">" else (short, 2 - short)
            for one, factor in zip((owner, owner + 1), pair, strict=True):
                factors[one] = factors.get(one, Fraction(1)) * factor
            row, _, end = self.span(owner)
            token = next(
                one for one in self._tokens(row) if one.lastgroup == "broken" and one.start() >= end
            )
            changes[Span(row, *token.span())] = ""
        for one, factor in factors.items():
            span = self.length_span(one)
            changes[span] = length_text(self.units(span) * factor)
        return self.replaced(changes) if changes else self

    # Another text

    def replaced(self, changes: Mapping[Span, str]) -> Self:
        """Return the tune with other characters in some places, which do not overlap.
        Raises `NotationError` where that is no tune any more."""
        starts = [0, *(found.end() for found in LINE_END.finditer(self.text))]
        text = self.text
        for span in sorted(changes, reverse=True):
            at = starts[span.row]
            text = text[: at + span.start] + changes[span] + text[at + span.end :]
        return type(self)(text)

    def without_accidental(self, head: Span) -> Self:
        """Return the tune with a note that has no accidental."""
        written = self._lines[head.row][head.start : head.end]
        return self.replaced({head: written.lstrip("^_=♯♭♮")})

    def check_places(self, count: int) -> None:
        """Raise `UsageError` where there are not so many places: what was changed has
        another meaning for what stands around it."""
        if len(self.places) != count:
            raise _not_here()

    def first_other(self, wanted: Sequence[tuple[int, ...]]) -> int | None:
        """Return the index of the first place that does not sound as it is to, None for
        none."""
        self.check_places(len(wanted))
        for index, (place, pitches) in enumerate(zip(self.places, wanted, strict=True)):
            if place.note.pitches != pitches:
                return index
        return None


def _not_here() -> UsageError:
    return UsageError("this note cannot be changed on the score: change it in the text")
