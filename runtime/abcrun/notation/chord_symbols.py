"""Chord symbols in quoted text ("Am7", "D7sus4/e", "G(Em)"): one grammar for
transposing, score, accompaniment and MusicXML.

ABC 2.1 (4.18) gives the roots A to G and some kinds; the rest is what musicians write.
A root in lower case is read like one in upper case: `am` is A minor, and abc2midi plays
its bass. `b` and `f` alone are no chords, as older books write flats and loudness so;
nor is `H` alone, which is a fermata there. With a kind, `H` is the German B natural.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from abcrun.notation.chord_qualities import (
    NAME_SIGNS,
    SIGNS,
    Degree,
    meaning_of,
    quality_at,
    spell_quality,
    tones_of,
)
from abcrun.notation.limits import MAX_CHORD_SYMBOLS_CHARACTERS
from abcrun.notation.pitch import LETTERS, SEMITONES, Interval

# "Bb5" is B flat with a fifth, "Bbb5" the same with a flat fifth, "Bbb" B double flat.
_SIGN = r"(?:##(?!5|9|11)|♯♯|bb(?!5|9|13)|♭♭|[#b♯♭=♮𝄪𝄫])?"
_ROOT = re.compile(rf"([A-Ha-g])({_SIGN})")
_BASS = re.compile(rf"[ ]*/[ ]*([A-Ha-g])({_SIGN})(?![A-Za-z])")
_NO_CHORD = re.compile(r"(?:N\.?[ ]?C\.?|n\.c\.)(?![A-Za-z])")
_BETWEEN = re.compile(r"(?:[\s;,()\[\]]|\\n|[-–](?=[A-G])|/(?=[ ]*[(]))+")
# Behind a root in lower case: "a2" and "d4" are notes, "ami" is a friend.
_NO_LOWER_QUALITY = re.compile(r"[24-]|m[ai](?!j|n|dd)|Ma|Mi")
_PLACEMENTS = "^_<>@"
_PLACEMENT_SIGNS = tuple(_PLACEMENTS)


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """One chord symbol.

    `text` is the symbol as written, without the brackets around an alternate one
    (`is_optional`: "G(Em)"). `root` and `bass` are names in upper case ("F#", "Bbb"),
    empty where none is written: "N.C." has neither, "/F#" a bass alone. `kind` is a
    kind of MusicXML ("minor-seventh", "none" for N.C.), `quality` what is written for
    it, `degrees` are what differs from it.
    """

    text: str
    root: str
    kind: str
    quality: str = ""
    degrees: tuple[Degree, ...] = ()
    bass: str = ""
    is_optional: bool = False

    @property
    def intervals(self) -> tuple[int, ...]:
        """Its tones without the bass, in semitones above the root, the lowest first."""
        return tones_of(self.kind, self.degrees)

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The same tones as pitch classes (0 is C); empty without a root."""
        if not self.root:
            return ()
        root = pitch_class(self.root)
        return tuple(dict.fromkeys((root + tone) % 12 for tone in self.intervals))

    @property
    def bass_pitch_class(self) -> int | None:
        """The pitch class of what the bass plays: the bass as written, else the root;
        None for N.C."""
        name = self.bass or self.root
        return pitch_class(name) if name else None


class QuotedPart(NamedTuple):
    """A line of quoted text.

    `kind` is "chord", "annotation" or "words". `placement` is the sign before an
    annotation (`^`, `_`, `<`, `>`, `@`), which `text` leaves out; `symbols` are the
    chords, in order.
    """

    kind: str
    text: str
    placement: str = ""
    symbols: tuple[ChordSymbol, ...] = ()


def pitch_class(name: str) -> int:
    """Return the pitch class of a root or bass: 0 is C, 6 is F#."""
    return (SEMITONES[LETTERS.index(name[0])] + SIGNS[name[1:]]) % 12


def read_chord_symbol(text: str) -> ChordSymbol | None:
    """Read one chord symbol; None for what is none, or more than one."""
    parts = read_quoted(text)
    if len(parts) != 1 or len(parts[0].symbols) != 1:
        return None
    return parts[0].symbols[0]


def read_quoted(text: str) -> tuple[QuotedPart, ...]:
    """Read quoted text, without its quotes: a part for each of its lines (parted by
    `\\n` or `;`) where one is a chord, else one part."""
    if len(text) > MAX_CHORD_SYMBOLS_CHARACTERS:
        return (_words(text),)
    return _read_quoted(text)


# A tune has the same few chords again and again.
@lru_cache(maxsize=1 << 10)
def _read_quoted(text: str) -> tuple[QuotedPart, ...]:
    if text.startswith(_PLACEMENT_SIGNS):
        return (_words(text),)  # with all of its lines
    symbols = _symbols(text)
    if symbols:
        return (QuotedPart("chord", text, "", symbols),)
    lines = re.split(r";|\\n|\n", text)
    parts = [
        QuotedPart("chord", line, "", found) if (found := _symbols(line)) else _words(line)
        for line in lines
        if line.strip()
    ]
    if not any(part.kind == "chord" for part in parts):
        return (_words(text),)
    return tuple(parts)


def _words(text: str) -> QuotedPart:
    if text[:1] and text[0] in _PLACEMENTS:
        return QuotedPart("annotation", text[1:], text[0])
    return QuotedPart("words", text)


def _symbols(text: str) -> tuple[ChordSymbol, ...]:
    found = _split(text)
    return () if found is None else tuple(symbol for _, symbol in found if symbol is not None)


def _split(text: str) -> list[tuple[str, ChordSymbol | None]] | None:
    """Return the symbols of a text and what stands between them; None where anything
    else is in it."""
    pieces: list[tuple[str, ChordSymbol | None]] = []
    position, depth = 0, 0
    while position < len(text):
        between = _BETWEEN.match(text, position)
        if between is not None:
            for sign in between.group():
                depth += (sign in "([") - (sign in ")]")
            pieces.append((between.group(), None))
            position = between.end()
        elif pieces and pieces[-1][1] is not None:
            return None  # a letter behind a chord: it is a word
        else:
            symbol = _symbol_at(text, position, is_optional=depth > 0)
            if symbol is None:
                return None
            pieces.append((symbol.text, symbol))
            position += len(symbol.text)
    return pieces


def _symbol_at(text: str, start: int, *, is_optional: bool) -> ChordSymbol | None:
    silent = _NO_CHORD.match(text, start)
    if silent is not None:
        return ChordSymbol(silent.group(), "", "none", silent.group(), (), "", is_optional)
    root, end, quality = _ROOT.match(text, start), start, ""
    meaning: tuple[str, tuple[Degree, ...]] | None = ("none", ())
    if root is not None:
        pieces, end = quality_at(text, root.end())
        quality = text[root.end() : end]
        meaning = meaning_of(pieces)
    bass = _BASS.match(text, end)
    if bass is None and root is None:
        return None
    written = text[start : end if bass is None else bass.end()]
    if written in ("b", "f", "H"):
        return None
    if root is not None and root.group(1).islower() and _NO_LOWER_QUALITY.match(quality):
        return None
    if meaning is None:
        return None
    return ChordSymbol(
        written,
        "" if root is None else _name(*root.groups()),
        meaning[0],
        quality,
        meaning[1],
        "" if bass is None else _name(*bass.groups()),
        is_optional,
    )


def _name(letter: str, sign: str) -> str:
    return letter.upper().replace("H", "B") + NAME_SIGNS[SIGNS[sign]]


# Writing


def spell_chord_symbol(
    root: str, kind: str, degrees: tuple[Degree, ...] = (), bass: str = ""
) -> str | None:
    """Return the text of a chord symbol that reads as this one; None for a kind that
    has no spelling."""
    slash = f"/{bass}" if bass else ""
    if not root or kind == "none":
        return slash or "N.C."
    quality = spell_quality(kind, degrees)
    if quality is None:
        return None
    if len(root) > 2:  # "Bbb9" is B flat with a flat ninth
        quality = re.sub(r"\A[0-9]+", r"(\g<0>)", quality)
    return f"{root}{quality}{slash}"


def move_chord_symbols(text: str, interval: Interval) -> str:
    """Return quoted text with its chord symbols moved. Text that is anything else stays
    as it is."""
    if interval.steps % 7 == 0 and interval.semitones % 12 == 0:
        return text
    if len(text) > MAX_CHORD_SYMBOLS_CHARACTERS:
        return text
    if text.startswith(_PLACEMENT_SIGNS):
        return text
    pieces = _split(text)
    if pieces is None:
        lines = re.split(r"(;|\\n)", text)
        if len(lines) == 1:
            return text
        return "".join(move_chord_symbols(line, interval) for line in lines)
    return "".join(
        written if symbol is None else _moved(symbol, interval) for written, symbol in pieces
    )


def _moved(symbol: ChordSymbol, interval: Interval) -> str:
    if symbol.kind == "none" and not symbol.bass:
        return symbol.text
    root, quality, bass = "", symbol.quality, ""
    written = symbol.text
    if symbol.root:
        root = _moved_name(symbol.root, interval, is_lower=written[0].islower())
        if len(root) == 1 and quality.startswith(("#", "b", "♯", "♭")):
            # "Bbb5", moved to A, is not "Ab5": that would be A flat with a fifth.
            quality = re.sub(r"\A.[0-9]+", r"(\g<0>)", quality)
    if symbol.bass:
        slash = written.rindex("/")
        behind = written[slash + 1 :].lstrip()
        before = len(written[:slash]) - len(written[:slash].rstrip())
        space = len(written) - slash - 1 - len(behind)
        bass = " " * before + "/" + " " * space
        bass += _moved_name(symbol.bass, interval, is_lower=behind[0].islower())
    return root + quality + bass


def _moved_name(name: str, interval: Interval, *, is_lower: bool) -> str:
    moved = interval.moved_name(name)
    return moved[0].lower() + moved[1:] if is_lower else moved
