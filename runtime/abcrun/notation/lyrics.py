"""Lyrics and symbol lines: what w: and s: lines say, given to the notes above them (ABC
2.1, 4.15 and 5).

Where a file does not say that it keeps to version 2.1, a line belongs to the line of
music before it, as abcm2ps and abcjs have it: the rule of version 2.1, all notes since
the last w:, would give the words of old files to their preludes. It is taken all the
same where the words need these notes.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from abcrun.notation.problem import shown
from abcrun.notation.reading import Reading
from abcrun.notation.text_strings import decode
from abcrun.notation.written import Bar, BarLine, Item, Lyrics, Signs, Syllable, WrittenNote

_LYRICS = re.compile(
    r"(?P<space>[\s]+)|(?P<sign>[-_*|])|(?P<text>(?:\\.|[^\s\-_*|\\])+|\\)", re.DOTALL
)
_ESCAPED = re.compile(r"\\([-_*|])")
_STANZA = re.compile(r"[0-9]+[.):]", re.ASCII)
"""The number of a verse, which takes no note of its own."""
_SYMBOLS = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<sign>[*|])
    | (?P<text>"[^"]*"|![^!]*!|\+[^+]*\+|[.~H-Wh-w])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Piece:
    """What a line gives to one note; `kind` is "|" where it goes on to the next bar,
    "*" for a note without anything, "_" for one that holds the syllable before it."""

    kind: str
    line: int
    column: int
    text: str = ""
    is_hyphened: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    """A note or rest of a voice by its place: index among the items and in the bar. A
    bar line has -1 in place of the latter."""

    line: int
    item: int
    note: int
    is_sung: bool


class _Notes:
    """The notes of a voice, and the lines of the text at which they stand."""

    def __init__(self, items: Sequence[Item], line_starts: Sequence[int]) -> None:
        self._slots = list(_slots(items))
        self._lines = [slot.line for slot in self._slots]
        self._starts = line_starts

    def groups(self, lines: Sequence[Lyrics]) -> list[list[list[Lyrics]]]:
        """Return the lines that belong to the same notes together, verse by verse. A
        verse has more than one line where a backslash says that it goes on."""
        found: list[list[list[Lyrics]]] = []
        last: Lyrics | None = None
        for one in lines:
            if last is None or self._at(last.line) != self._at(one.line):
                found.append([[one]])
            elif last.text.rstrip().endswith("\\"):
                found[-1][-1].append(one)
            else:
                found[-1].append([one])
            last = one
        return found

    def _at(self, line: int) -> int:
        return bisect_left(self._lines, line)

    def regions(self, after: int, before: int) -> tuple[list[_Slot], list[_Slot]]:
        """Return the last line of music with notes between two lines of the text, and
        all music between them."""
        first, end = self._at(after + 1), self._at(before)
        start = end
        for line in reversed(self._starts[: bisect_left(self._starts, before)]):
            behind, start = start, max(self._at(line), first)
            if start == first or any(slot.is_sung for slot in self._slots[start:behind]):
                break
        return self._slots[start:end], self._slots[first:end]


@dataclass(frozen=True, slots=True)
class WordLines:
    """What stands between the lines of music of a voice: its w: and s: lines, and the
    lines at which its music starts anew (not where a backslash joins two)."""

    lyrics: list[Lyrics]
    symbols: list[Lyrics]
    line_starts: list[int]


def with_words(items: list[Item], lines: WordLines, reading: Reading) -> list[Item]:
    """Return the items of a voice with the syllables and symbols of its notes."""
    notes = _Notes(items, lines.line_starts)
    added: dict[int, dict[int, Signs]] = {}

    def signs_of(slot: _Slot) -> Signs:
        bar = items[slot.item]
        own = bar.notes[slot.note].signs if isinstance(bar, Bar) else None
        return added.setdefault(slot.item, {}).setdefault(slot.note, own or Signs())

    sung: dict[_Slot, list[Syllable]] = {}
    for verse, slot, piece in _given(notes, lines.lyrics, "w", reading):
        if piece.kind != "*":
            syllable = Syllable(verse, piece.text, piece.is_hyphened, piece.kind == "_")
            sung.setdefault(slot, []).append(syllable)
    # All verses of a note at once: thousands of them, one by one, would take for ever.
    for slot, syllables in sung.items():
        added[slot.item][slot.note] = signs_of(slot)._replace(lyrics=tuple(syllables))
    for _, slot, piece in _given(notes, lines.symbols, "s", reading):
        meaning = reading.meaning_of(piece.line, piece.column, piece.text)
        if meaning.decorations or meaning.texts:
            signs = signs_of(slot)
            added[slot.item][slot.note] = signs._replace(
                decorations=signs.decorations + meaning.decorations,
                texts=signs.texts + meaning.texts,
            )
    return [
        item._replace(notes=_with_signs(item.notes, added[index]))
        if isinstance(item, Bar) and index in added
        else item
        for index, item in enumerate(items)
    ]


def _with_signs(notes: tuple[WrittenNote, ...], signs: dict[int, Signs]) -> tuple[WrittenNote, ...]:
    return tuple(
        note._replace(signs=signs[number]) if number in signs else note
        for number, note in enumerate(notes)
    )


def _given(
    notes: _Notes, lines: Sequence[Lyrics], letter: str, reading: Reading
) -> Iterator[tuple[int, _Slot, _Piece]]:
    """Iterate over the notes that pieces of some lines are given to, with the number of
    the verse."""
    after = 0
    for group in notes.groups(lines):
        last_line, all_lines = notes.regions(after, group[0][0].line)
        for verse, one in enumerate(group, start=1):
            pieces = _lyrics_pieces(one) if letter == "w" else _symbol_pieces(one, reading)
            placed, left = _place(pieces, all_lines if reading.is_version_2_1 else last_line)
            if left and len(all_lines) > len(last_line):
                more, still_left = _place(pieces, all_lines)
                if not still_left:
                    placed, left = more, []
            if left:
                what = "syllables" if letter == "w" else "symbols"
                reason = f"{letter}: has more {what} than there are notes"
                reading.problems.add(left[0].line, left[0].column, "field", reason)
            for slot, piece in placed:
                yield verse, slot, piece
        after = group[-1][-1].line


def _slots(items: Sequence[Item]) -> list[_Slot]:
    found: list[_Slot] = []
    for index, item in enumerate(items):
        if isinstance(item, Bar):
            for number, note in enumerate(item.notes):
                # A note at the start of the bar begins an overlay: no words (7.4).
                if number and not note.offset:
                    break
                found.append(_Slot(note.line, index, number, bool(note.names)))
        elif isinstance(item, BarLine) and item.text:
            # Several signs in a row, over the end of a line too, part two bars.
            if found and found[-1].note < 0 and found[-1].line != item.line:
                found.pop()
            if not found or found[-1].note >= 0:
                found.append(_Slot(item.line, index, -1, is_sung=False))
    return found


def _place(
    pieces: Sequence[_Piece], slots: Sequence[_Slot]
) -> tuple[list[tuple[_Slot, _Piece]], list[_Piece]]:
    """Return which note each piece belongs to, and the pieces that find none."""
    placed: list[tuple[_Slot, _Piece]] = []
    left: list[_Piece] = []
    position = 0
    for piece in pieces:
        if piece.kind == "|":
            while position < len(slots) and slots[position].note >= 0:
                position += 1
            position += 1
            continue
        while position < len(slots) and not slots[position].is_sung:
            position += 1
        if position < len(slots):
            placed.append((slots[position], piece))
            position += 1
        else:
            left.append(piece)
    return placed, left


def _lyrics_pieces(lines: Sequence[Lyrics]) -> list[_Piece]:
    pieces: list[_Piece] = []
    for line in lines:
        text = line.text.rstrip()
        text = text[:-1] if text.endswith("\\") else text
        before = " "  # the sign or kind of the token before
        for token in _LYRICS.finditer(text):
            column = line.column + token.start()
            kind = token.lastgroup
            if kind == "space":
                before = " "
            elif kind == "text":
                written = _ESCAPED.sub(r"\1", decode(token.group())).replace("~", " ")
                if before == " " and _ends_in_number(pieces) and written[0].isalpha():
                    pieces[-1].text += f" {written}"
                else:
                    pieces.append(_Piece("", line.line, column, written))
                before = "a"
            else:
                sign = token.group()
                if sign == "-":
                    _hyphen(pieces)
                    if before in " -":
                        pieces.append(_Piece("_", line.line, column, is_hyphened=True))
                elif sign == "_":
                    goes_on = bool(pieces) and pieces[-1].is_hyphened
                    pieces.append(_Piece("_", line.line, column, is_hyphened=goes_on))
                else:
                    pieces.append(_Piece(sign, line.line, column))
                before = sign
    return pieces


def _ends_in_number(pieces: Sequence[_Piece]) -> bool:
    return len(pieces) == 1 and _STANZA.fullmatch(pieces[0].text) is not None


def _hyphen(pieces: Sequence[_Piece]) -> None:
    """Join the last syllable, and the notes that hold it, to the next one."""
    for piece in reversed(pieces):
        if piece.kind == "*":
            break
        if piece.kind != "|":
            piece.is_hyphened = True
        if piece.kind == "":
            break


def _symbol_pieces(lines: Sequence[Lyrics], reading: Reading) -> list[_Piece]:
    pieces: list[_Piece] = []
    for line in lines:
        text = line.text.rstrip()
        text = text[:-1] if text.endswith("\\") else text
        before = " "
        for token in _SYMBOLS.finditer(text):
            column = line.column + token.start()
            kind = token.lastgroup
            if kind == "other":
                reason = f"{shown(token.group())} has no meaning in a symbol line"
                reading.problems.add(line.line, column, "unreadable", reason)
            elif kind == "sign":
                pieces.append(_Piece(token.group(), line.line, column))
            elif kind == "text":
                # What stands together without a space belongs to one note.
                if before == "text":
                    pieces[-1].text += token.group()
                else:
                    pieces.append(_Piece("", line.line, column, token.group()))
            before = str(kind)
    return pieces
