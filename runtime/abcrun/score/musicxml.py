"""A tune as MusicXML 4.0, for notation programs and for our own engraving:
`abcrun.notation` → text.

Pitches, lengths, ties and keys are those that the reader worked out. What only the eye
needs (spelling, tuplet signs, grace notes, slurs, ornaments, chord symbols) is taken
from the text again, by the place where each note stands. Lengths in `<duration>` are
exact; a note that no single note value can show is written as several, tied.

Each `<note>` has an id: `n0`, `n1`, ... those with a pitch, `r0`, ... rests, `g0`, ...
grace notes; measures have `m0`, `m1`, ..., by their place in `tune.bars`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import lcm
from statistics import median
from typing import Self
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.notation.blocks import Block
from abcrun.notation.body import TUPLET_TIMES
from abcrun.notation.header import Line, field_of, read_header
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.performance import repeats
from abcrun.notation.problem import Problems
from abcrun.notation.tokens import NOTE, TUPLET, tokens, without_comment
from abcrun.notation.written import Bar, BarLine, Ending, Item, PartLabel, Voice, WrittenNote

MAX_TEXT = 200
"""Characters of a title, chord symbol or remark; what is longer is cut, and ends with
`…`."""

_LETTERS = "CDEFGAB"
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_ACCIDENTALS = {2: "double-sharp", 1: "sharp", 0: "natural", -1: "flat", -2: "flat-flat"}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_MODES = frozenset(
    (
        "major",
        "minor",
        "dorian",
        "phrygian",
        "lydian",
        "mixolydian",
        "aeolian",
        "ionian",
        "locrian",
        "none",
    )
)

# Note values in whole notes, longest first.
_VALUES = (
    (Fraction(8), "maxima"), (Fraction(4), "long"), (Fraction(2), "breve"), (Fraction(1), "whole"),
    (Fraction(1, 2), "half"), (Fraction(1, 4), "quarter"), (Fraction(1, 8), "eighth"), (Fraction(1, 16), "16th"),
    (Fraction(1, 32), "32nd"), (Fraction(1, 64), "64th"), (Fraction(1, 128), "128th"), (Fraction(1, 256), "256th"),
    (Fraction(1, 512), "512th"), (Fraction(1, 1024), "1024th"),
)  # fmt: skip
_FLAGS = {name: index + 1 for index, (_, name) in enumerate(_VALUES[6:])}
_PLAIN = {
    value * (2 - Fraction(1, 1 << dots)): (name, dots)
    for value, name in reversed(_VALUES)
    for dots in (3, 2, 1, 0)
    if value * Fraction(1, 1 << dots) >= Fraction(1, 1024)
}

_ARTICULATIONS = {
    ".": "staccato", "L": "accent", "!accent!": "accent", "!>!": "accent", "!emphasis!": "accent",
    "!tenuto!": "tenuto", "!wedge!": "staccatissimo", "!breath!": "breath-mark", "!marcato!": "strong-accent",
    "!^!": "strong-accent",
}  # fmt: skip
_ORNAMENTS = {
    "~": "turn", "!roll!": "turn", "R": "turn", "T": "trill-mark", "!trill!": "trill-mark", "!turn!": "turn",
    "!invertedturn!": "inverted-turn", "M": "mordent", "!mordent!": "mordent", "!lowermordent!": "mordent",
    "P": "inverted-mordent", "!uppermordent!": "inverted-mordent", "!pralltriller!": "inverted-mordent",
}  # fmt: skip
_TECHNICAL = {
    "u": "up-bow", "!upbow!": "up-bow", "v": "down-bow", "!downbow!": "down-bow", "k": "down-bow",
    "!open!": "open-string", "!snap!": "snap-pizzicato", "!thumb!": "thumb-position",
}  # fmt: skip
_FERMATAS = {"H": "upright", "!fermata!": "upright", "!invertedfermata!": "inverted"}
_DYNAMICS = frozenset(("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"))

_CHORD = re.compile(r"([A-G])([#b♯♭]?)(maj7|maj|M7|min7|min|m7b5|m7|m6|m|dim7|dim|aug|\+|sus4|sus2|sus|7|6|9)?"
                    r"(?:/([A-G])([#b♯♭]?))?")  # fmt: skip
_KINDS = {
    "": "major", "maj": "major", "m": "minor", "min": "minor", "7": "dominant", "maj7": "major-seventh",
    "M7": "major-seventh", "m7": "minor-seventh", "min7": "minor-seventh", "m6": "minor-sixth", "6": "major-sixth",
    "9": "dominant-ninth", "dim": "diminished", "dim7": "diminished-seventh", "m7b5": "half-diminished",
    "aug": "augmented", "+": "augmented", "sus": "suspended-fourth", "sus4": "suspended-fourth",
    "sus2": "suspended-second",
}  # fmt: skip
_NAME_ALTERATIONS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class NoteHead:
    """A note as it stands on the staff; a chord has several, and so has a note that no
    single value can show.

    `id` is that of its `<note>`; `bar` its bar's place in `tune.bars`; `line` and
    `column` those of the `WrittenNote`. `offset` from the start of the bar and
    `duration` in whole notes, `pitch` a MIDI note number. `continues`: a tie leads to
    it, it does not sound anew.
    """

    id: str
    bar: int
    line: int
    column: int
    offset: Fraction
    duration: Fraction
    pitch: int
    continues: bool


@dataclass(frozen=True, slots=True)
class MusicXml:
    """A score: the text of the file, and its notes in written order."""

    text: str
    heads: tuple[NoteHead, ...]
    composer: str
    """As the first `C:` of the header names them; empty without one."""
    play_order: str
    """The parts that a `P:` of the header calls, a letter each; MusicXML cannot say it.
    """


def to_musicxml(tune: Tune) -> MusicXml:
    """The score of a tune: a part for each voice, which is one for nearly every tune."""
    return _Writer(tune).write()


def xml_text(text: str, longest: int = MAX_TEXT) -> str:
    """`text` as XML can hold it, not escaped: other characters and line ends as spaces,
    cut when it is long."""
    text = " ".join(_NOT_XML.sub(" ", text).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


@dataclass(slots=True)
class _Marks:
    """What stands around a note in the text, and is drawn with it."""

    graces: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    slurs_begun: int = 0
    slurs_ended: int = 0
    tuplet: tuple[int, int, int] | None = None
    """So many notes in the time of so many, over so many."""


@dataclass(slots=True)
class _Part:
    """A stretch of a written note that one note value can show, with all its pitches."""

    note: WrittenNote
    offset: Fraction
    duration: Fraction
    value: str
    dots: int
    ratio: tuple[int, int] | None
    """So many notes in the time of so many."""
    is_first: bool
    is_last: bool
    tuplet: int = 0
    """The place of the tuplet sign that it stands under, from 1; 0: under none."""
    edges: list[str] = field(default_factory=list)
    """Of its tuplet: start, stop."""
    beams: list[str] = field(default_factory=list)
    fills_bar: bool = False


@dataclass(slots=True)
class _Edges:
    """What stands at both ends of a bar."""

    forward: bool = False
    backward: int = 0
    """Times that the section before is played, where it is played again."""
    style: str = ""
    left_style: str = ""
    begins: str = ""
    ends: str = ""
    end_kind: str = "stop"
    labels: list[str] = field(default_factory=list)


class _Writer:
    def __init__(self, tune: Tune) -> None:
        # Read again alone: its lines then count from its own first line, which is where
        # the marks are looked up.
        self._tune = type(tune).parse(tune.text)
        self._title = tune.title
        self._opening = tune.tempos[0].quarters_per_minute
        self._shift = tune.bars[0].line - self._tune.bars[0].line
        self._header, self._body = read_header(
            Block(tune.text, 1, is_cut=False).lines(), Problems()
        )
        self._marks = _marks_of(self._tune, self._body)
        self._heads: list[NoteHead] = []
        self._rests = self._graces = 0
        self._divisions = 1
        self._lines: list[str] = []

    def write(self) -> MusicXml:
        voices = [
            _VoiceWriter(voice, self._marks) for voice in self._tune.voices if _bars_of(voice)
        ]
        for voice in voices:
            for part in voice.all_parts():
                self._divisions = lcm(self._divisions, (4 * part.duration).denominator)
            for bar in voice.bars:
                self._divisions = lcm(self._divisions, (4 * bar.length).denominator)
        add = self._lines.append
        add('<?xml version="1.0" encoding="UTF-8"?>')
        # No DOCTYPE: the version says it all, and no reader goes online for a DTD.
        add('<score-partwise version="4.0">')
        if title := xml_text(self._title):
            add(f"<work><work-title>{escape(title)}</work-title></work>")
        add("<identification>")
        composer = xml_text(self._field("C"))
        if composer:
            add(f'<creator type="composer">{escape(composer)}</creator>')
        add("<encoding><software>abcrun</software></encoding>")
        add("</identification>")
        add("<part-list>")
        for number in range(1, len(voices) + 1):
            add(
                f'<score-part id="P{number}"><part-name print-object="no">Voice {number}</part-name></score-part>'
            )
        add("</part-list>")
        measures = max(len(voice.bars) for voice in voices)
        first = 0
        for number, voice in enumerate(voices, 1):
            add(f'<part id="P{number}">')
            self._write_voice(voice, first, is_first=number == 1)
            for missing in range(len(voice.bars), measures):  # parts have as many measures each
                add(f'<measure number="{missing + 1}" id="x{number}-{missing}"/>')
            add("</part>")
            first += len(voice.bars)
        add("</score-partwise>")
        return MusicXml(
            "\n".join(self._lines) + "\n", tuple(self._heads), composer, self._header.play_order
        )

    def _field(self, letter: str) -> str:
        """The first field of the header with this letter."""
        for text in self._tune.text.splitlines():
            if text.startswith(f"{letter}:"):
                return text[2:]
            if text.startswith("K:"):
                break
        return ""

    def _write_voice(self, voice: "_VoiceWriter", first: int, *, is_first: bool) -> None:
        add = self._lines.append
        number = 0
        key: Key | None = None
        meter: Meter | None = None
        edges = _edges_of(voice.voice.items)
        for place, (bar, layers) in enumerate(zip(voice.bars, voice.layers, strict=True)):
            if bar.is_pickup:
                name = "0" if place == 0 else f"X{place}"
                add(f'<measure number="{name}" implicit="yes" id="m{first + place}">')
            else:
                number += 1
                add(f'<measure number="{number}" id="m{first + place}">')
            edge = edges[place]
            _write_left(add, edge)
            attributes = []
            if place == 0:
                attributes.append(f"<divisions>{self._divisions}</divisions>")
            if bar.key != key:
                attributes.append(_key_xml(bar.key))
            if bar.meter != meter:
                attributes.append(_time_xml(bar.meter))
            if place == 0:
                attributes.append(voice.clef())
            if attributes:
                add(f"<attributes>{''.join(attributes)}</attributes>")
            key, meter = bar.key, bar.meter
            for label in edge.labels:
                add(
                    f'<direction placement="above"><direction-type><rehearsal>{escape(label)}</rehearsal>'
                    "</direction-type></direction>"
                )
            tempos = list(bar.tempos)
            if place == 0 and is_first:
                opening = self._opening
                if not any(offset == 0 for offset, _ in tempos):
                    if self._header.tempo_field is not None:
                        tempos.insert(0, (Fraction(0), opening))
                    else:  # a tempo that nobody wrote is played, not shown
                        add(f'<sound tempo="{float(opening):.9g}"/>')
            self._write_bar(voice, first + place, bar, layers, tempos)
            _write_right(add, edge)
            add("</measure>")

    def _write_bar(
        self,
        voice: "_VoiceWriter",
        place: int,
        bar: Bar,
        layers: list[list[_Part]],
        tempos: list[tuple[Fraction, Fraction]],
    ) -> None:
        add = self._lines.append
        for layer, parts in enumerate(layers):
            staff = _Staff.of(bar.key)
            now = Fraction(0)
            for part in parts:
                while layer == 0 and tempos and tempos[0][0] <= part.offset:
                    add(_tempo_xml(tempos.pop(0)[1], bar.meter))
                self._write_part(voice, place, part, layer + 1, staff)
                now = part.offset + part.duration
            if layer == 0:
                for _, tempo in tempos:
                    add(_tempo_xml(tempo, bar.meter))
            if layer + 1 < len(layers) and now:
                add(f"<backup><duration>{int(4 * now * self._divisions)}</duration></backup>")

    def _write_part(
        self, voice: "_VoiceWriter", place: int, part: _Part, layer: int, staff: "_Staff"
    ) -> None:
        add = self._lines.append
        note = part.note
        marks = self._marks.get((note.line, note.column), _NO_MARKS) if part.is_first else _NO_MARKS
        if part.is_first and note.text[:1] in "ZX":
            # A rest of several bars is several notes at one place: what stands before
            # it is drawn once.
            self._marks.pop((note.line, note.column), None)
        for text in marks.texts:
            add(_text_xml(text))
        for sign in marks.signs:
            if (direction := _direction_of(sign)) is not None:
                add(direction)
        duration = int(4 * part.duration * self._divisions)
        value = "" if part.fills_bar else f"<type>{part.value}</type>{'<dot/>' * part.dots}"
        ratio = ""
        if part.ratio is not None:
            actual, normal = part.ratio
            ratio = (
                f"<time-modification><actual-notes>{actual}</actual-notes>"
                f"<normal-notes>{normal}</normal-notes></time-modification>"
            )
        beams = "".join(
            f'<beam number="{level}">{kind}</beam>' for level, kind in enumerate(part.beams, 1)
        )
        notations = [f'<tuplet type="{edge}" number="1"/>' for edge in part.edges]
        notations += _notations_of(marks.signs, is_rest=not note.pitches)
        if not note.pitches:
            hidden = ' print-object="no"' if note.text[:1] in "xX" else ""
            rest = '<rest measure="yes"/>' if part.fills_bar else "<rest/>"
            add(
                f'<note id="r{self._rests}"{hidden}>{rest}<duration>{duration}</duration><voice>{layer}</voice>'
                f"{value}{ratio}{_notations_xml(notations)}</note>"
            )
            self._rests += 1
            return
        if part.is_first:
            notations += [
                f'<slur type="stop" number="{number}"/>'
                for number in voice.slurs_ended.get(id(note), ())
            ]
            notations += [
                f'<slur type="start" number="{number}"/>'
                for number in voice.slurs_begun.get(id(note), ())
            ]
        places = _places_of(note)
        for group in marks.graces:
            self._write_graces(group, staff, layer, note.pitches[0] - staff.pitch(places[0]))
        for index, (pitch, (letter_place, written_sign)) in enumerate(
            zip(note.pitches, places, strict=True)
        ):
            stops = not part.is_first or (id(note), pitch) in voice.ties_ended
            starts = not part.is_last or (id(note), pitch) in voice.ties_begun
            letter_place, alteration = _spelled(letter_place, pitch)
            shown = staff.accidental(letter_place, alteration, written_sign, is_held=stops)
            ties = '<tie type="stop"/>' * stops + '<tie type="start"/>' * starts
            tied = ['<tied type="stop"/>'] * stops + ['<tied type="start"/>'] * starts
            add(
                f'<note id="n{len(self._heads)}">{"<chord/>" if index else ""}{_pitch_xml(letter_place, alteration)}'
                f"<duration>{duration}</duration>{ties}<voice>{layer}</voice>{value}"
                f"{f'<accidental>{shown}</accidental>' if shown else ''}{ratio}{'' if index else beams}"
                f"{_notations_xml(tied + ([] if index else notations))}</note>"
            )
            self._heads.append(
                NoteHead(
                    f"n{len(self._heads)}", place, note.line + self._shift, note.column, part.offset, part.duration,
                    pitch, stops,
                )
            )  # fmt: skip

    def _write_graces(self, group: str, staff: "_Staff", layer: int, shift: int) -> None:
        """Grace notes; their accidentals do not last."""
        staff = staff.copy()
        slash = ' slash="yes"' if group.startswith("{/") else ""
        found = [token for token in tokens(group[1:-1]) if token.lastgroup == "note"]
        value = "eighth" if len(found) == 1 else "16th"
        for index, token in enumerate(found):
            place, sign = _place_of(token)
            alteration = staff.alteration(place, sign)
            pitch = _natural(place) + alteration + (shift if shift % 12 == 0 else 0)
            place, alteration = _spelled(place, min(max(pitch, 0), 127))
            shown = staff.accidental(place, alteration, sign, is_held=False)
            beams = ""
            if len(found) > 1:
                kind = "begin" if index == 0 else "end" if index == len(found) - 1 else "continue"
                beams = f'<beam number="1">{kind}</beam><beam number="2">{kind}</beam>'
            self._lines.append(
                f'<note id="g{self._graces}"><grace{slash}/>{_pitch_xml(place, alteration)}<voice>{layer}</voice>'
                f"<type>{value}</type>{f'<accidental>{shown}</accidental>' if shown else ''}{beams}</note>"
            )
            self._graces += 1


class _VoiceWriter:
    """A voice laid out: each bar in layers, each layer in parts that one note value can
    show."""

    def __init__(self, voice: Voice, marks: dict[tuple[int, int], _Marks]) -> None:
        self.voice = voice
        self.bars = _bars_of(voice)
        self.layers: list[list[list[_Part]]] = []
        self._signs = 0
        self._ratio: tuple[int, int] | None = None
        self._left = 0
        for bar in self.bars:
            layers = [self._parts(layer, marks) for layer in _layers_of(bar)]
            for parts in layers:
                _mark_tuplets(parts)
                _beam(parts, bar)
                if (
                    len(parts) == 1
                    and not parts[0].note.pitches
                    and parts[0].duration == bar.meter.length
                ):
                    parts[0].fills_bar = True
            self.layers.append(layers)
        self.ties_begun: set[tuple[int, int]] = set()
        self.ties_ended: set[tuple[int, int]] = set()
        self._join_ties()
        self.slurs_begun: dict[int, list[int]] = {}
        self.slurs_ended: dict[int, list[int]] = {}
        self._join_slurs(marks)

    def all_parts(self) -> Iterator[_Part]:
        return (part for layers in self.layers for parts in layers for part in parts)

    def clef(self) -> str:
        """Treble, unless it lies so low that the bass clef takes fewer ledger lines."""
        pitches = [pitch for part in self.all_parts() for pitch in part.note.pitches]
        if pitches and median(pitches) < 55:
            return "<clef><sign>F</sign><line>4</line></clef>"
        return "<clef><sign>G</sign><line>2</line></clef>"

    def _parts(
        self, notes: Sequence[WrittenNote], marks: dict[tuple[int, int], _Marks]
    ) -> list[_Part]:
        parts: list[_Part] = []
        for note in notes:
            found = marks.get((note.line, note.column), _NO_MARKS)
            if found.tuplet is not None and not self._left:
                self._signs += 1
                actual, normal, self._left = found.tuplet
                self._ratio = (actual, normal)
            asked = None
            if self._left:
                self._left -= 1
                asked = self._ratio
            values, ratio = _values(note.duration, asked)
            offset = note.offset
            for index, (duration, value, dots) in enumerate(values):
                is_last = index == len(values) - 1
                parts.append(_Part(note, offset, duration, value, dots, ratio, index == 0, is_last))
                if asked is not None and ratio == asked:
                    parts[-1].tuplet = self._signs
                offset += duration
        return parts

    def _join_ties(self) -> None:
        """Ties that lead to a note of their pitch, in written order."""
        held: dict[
            int, tuple[WrittenNote, Fraction]
        ] = {}  # pitch → the note that holds it, and when it ends
        start = Fraction(0)
        for bar in self.bars:
            for note in bar.notes:
                began = start + note.offset
                for pitch in note.pitches:
                    holder = held.pop(pitch, None)
                    if holder is not None and holder[1] == began:
                        self.ties_begun.add((id(holder[0]), pitch))
                        self.ties_ended.add((id(note), pitch))
                    if pitch in note.tied:
                        held[pitch] = (note, began + note.duration)
            start += bar.length

    def _join_slurs(self, marks: dict[tuple[int, int], _Marks]) -> None:
        """Slurs that have both ends, on notes, and span at least two."""
        open_slurs: list[WrittenNote] = []
        for bar in self.bars:
            for note in bar.notes:
                found = marks.get((note.line, note.column), _NO_MARKS)
                open_slurs += [note] * found.slurs_begun
                for _ in range(min(found.slurs_ended, len(open_slurs))):
                    begun = open_slurs.pop()
                    number = len(open_slurs) + 1
                    if (
                        begun is not note
                        and begun.pitches
                        and note.pitches
                        and number <= _MAX_SLURS
                    ):
                        self.slurs_begun.setdefault(id(begun), []).append(number)
                        self.slurs_ended.setdefault(id(note), []).append(number)


_NO_MARKS = _Marks()
_MAX_SLURS = 6


def _bars_of(voice: Voice) -> list[Bar]:
    return [item for item in voice.items if isinstance(item, Bar)]


def _layers_of(bar: Bar) -> list[list[WrittenNote]]:
    """The notes of a bar, parted where a `&` goes back to its start."""
    layers: list[list[WrittenNote]] = [[]]
    end = Fraction(0)
    for note in bar.notes:
        if note.offset < end:
            layers.append([])
        layers[-1].append(note)
        end = note.offset + note.duration
    return layers


# Lengths


def _values(
    duration: Fraction, asked: tuple[int, int] | None
) -> tuple[list[tuple[Fraction, str, int]], tuple[int, int] | None]:
    """Note values (duration, name, dots) that last `duration` together, and the ratio
    of tuplet that they stand in.

    `asked` is the ratio that a tuplet sign calls for; another one is found where it
    does not make note values.
    """
    ratio = asked
    nominal = duration if ratio is None else duration * ratio[0] / ratio[1]
    odd = _odd_part(nominal.denominator)
    if odd > 1:
        odd = _odd_part(duration.denominator)
        ratio = (odd, 1 << (odd.bit_length() - 1)) if odd > 1 else None
        nominal = duration if ratio is None else duration * ratio[0] / ratio[1]
    scale = duration / nominal
    if (
        nominal.denominator > 1024
    ):  # shorter than any note value: drawn as the shortest, its exact time is kept
        return [(duration, _VALUES[-1][1], 0)], ratio
    if nominal in _PLAIN:
        return [(duration, *_PLAIN[nominal])], ratio
    values: list[tuple[Fraction, str, int]] = []
    while nominal:
        value = next(value for value in _SPLIT if value <= nominal)
        values.append((value * scale, *_PLAIN[value]))
        nominal -= value
    return values, ratio


_SPLIT = sorted((value for value, (_, dots) in _PLAIN.items() if dots <= 1), reverse=True)


def _odd_part(number: int) -> int:
    return number // (number & -number)


def _mark_tuplets(parts: Sequence[_Part]) -> None:
    """Where tuplets start and stop: a sign's notes in this bar."""
    for index, part in enumerate(parts):
        if part.tuplet:
            if index == 0 or parts[index - 1].tuplet != part.tuplet:
                part.edges.append("start")
            if index == len(parts) - 1 or parts[index + 1].tuplet != part.tuplet:
                part.edges.append("stop")


def _beat_of(meter: Meter) -> Fraction:
    """What one beam may span."""
    if meter.is_compound or (meter.numerator == 3 and meter.denominator >= 8):
        return Fraction(3, meter.denominator)
    if meter.denominator == 2 or (meter.numerator, meter.denominator) == (4, 4):
        return Fraction(1, 2)
    return Fraction(1, 4)


def _beam(parts: Sequence[_Part], bar: Bar) -> None:
    """Join the flags of neighbours in one beat; a half-bar beam of a reel holds nothing
    shorter than quavers."""
    beat = _beat_of(bar.meter)
    start = Fraction(0)
    if bar.is_pickup and bar.meter.length is not None:
        start = bar.meter.length - bar.length
    if beat == Fraction(1, 2) and any(_FLAGS.get(part.value, 0) > 1 for part in parts):
        beat = Fraction(1, 4)
    group: list[_Part] = []
    window = -1
    for part in parts:
        here = (start + part.offset) // beat
        if not part.note.pitches or part.value not in _FLAGS or here != window:
            _join_beam(group)
            group = []
        window = here
        if part.note.pitches and part.value in _FLAGS:
            group.append(part)
    _join_beam(group)


def _join_beam(group: Sequence[_Part]) -> None:
    if len(group) < 2:
        return
    flags = [0, *(_FLAGS[part.value] for part in group), 0]
    for index, part in enumerate(group, 1):
        for level in range(1, min(flags[index], 8) + 1):
            before, after = flags[index - 1] >= level, flags[index + 1] >= level
            if before and after:
                part.beams.append("continue")
            elif before or after:
                part.beams.append("end" if before else "begin")
            else:
                part.beams.append("forward hook" if index == 1 else "backward hook")


# Pitches


class _Staff:
    """Which accidentals a reader of the staff has in mind: by letter in ABC, by line of
    the staff in a score."""

    def __init__(self, signature: Mapping[int, int]) -> None:
        self._signature = signature
        self._letters: dict[int, int] = {}
        self._lines: dict[int, int] = {}

    @classmethod
    def of(cls, key: Key) -> Self:
        return cls({_LETTERS.index(letter): alteration for letter, alteration in key.accidentals})

    def copy(self) -> Self:
        """The same, for notes whose accidentals do not last."""
        other = type(self)(self._signature)
        other._letters, other._lines = dict(self._letters), dict(self._lines)
        return other

    def alteration(self, place: int, sign: str | None) -> int:
        """How a note of the ABC text sounds."""
        if sign is not None:
            return _ALTERATIONS[sign]
        return self._letters.get(place % 7, self._signature.get(place % 7, 0))

    def pitch(self, note: tuple[int, str | None]) -> int:
        return _natural(note[0]) + self.alteration(*note)

    def accidental(self, place: int, alteration: int, sign: str | None, *, is_held: bool) -> str:
        """The accidental that the score needs before a note, or that the text has; none
        for a note that a tie holds."""
        if is_held:
            return ""
        known = self._lines.get(place, self._signature.get(place % 7, 0))
        self._letters[place % 7] = self._lines[place] = alteration
        return _ACCIDENTALS[alteration] if alteration != known or sign is not None else ""


def _natural(place: int) -> int:
    """The pitch of a letter without sign, places counted in letters from `C`."""
    return 60 + _SEMITONES[place % 7] + 12 * (place // 7)


def _place_of(token: re.Match[str]) -> tuple[int, str | None]:
    sign, letter, marks = token.group(NOTE + 1, NOTE + 2, NOTE + 3)
    return _LETTERS.index(letter.upper()) + 7 * (
        marks.count("'") - marks.count(",") + letter.islower()
    ), sign


def _places_of(note: WrittenNote) -> list[tuple[int, str | None]]:
    """The place and sign in the text of each pitch of a note or chord."""
    written = [_place_of(token) for token in tokens(note.text) if token.lastgroup == "note"]
    places: list[tuple[int, str | None]] = []
    for pitch in note.pitches:
        fits = (
            index
            for index, (place, _) in enumerate(written)
            if (pitch - _natural(place) + 2) % 12 <= 4
        )  # also where octave= or transpose= shift what sounds by octaves
        index = next(fits, None)
        places.append((_spelled(0, pitch)[0], None) if index is None else written.pop(index))
    return places


def _spelled(place: int, pitch: int) -> tuple[int, int]:
    """The place that `pitch` stands at and its alteration, -2 to 2: the letter of
    `place` where it can be that."""
    octaves = round((pitch - _natural(place)) / 12)
    place += 7 * octaves
    alteration = pitch - _natural(place)
    while abs(alteration) > 2:
        place += 1 if alteration > 0 else -1
        alteration = pitch - _natural(place)
    return place, alteration


def _pitch_xml(place: int, alteration: int) -> str:
    # MusicXML has octaves 0 to 9; what lies lower, no instrument plays.
    octave = min(max(place // 7 + 4, 0), 9)
    alter = f"<alter>{alteration}</alter>" if alteration else ""
    return f"<pitch><step>{_LETTERS[place % 7]}</step>{alter}<octave>{octave}</octave></pitch>"


def _key_xml(key: Key) -> str:
    altered = {letter: alteration for letter, alteration in key.accidentals if alteration}
    order, sign = (_SHARPS, 1) if 1 in altered.values() else (_FLATS, -1)
    if altered == dict.fromkeys(order[: len(altered)], sign):
        mode = f"<mode>{key.mode}</mode>" if key.mode in _MODES else ""
        return f"<key><fifths>{sign * len(altered)}</fifths>{mode}</key>"
    steps = "".join(
        f"<key-step>{letter}</key-step><key-alter>{alteration}</key-alter>"
        for letter, alteration in altered.items()
    )
    return f"<key>{steps}</key>"


def _time_xml(meter: Meter) -> str:
    if meter.length is None:
        return "<time><senza-misura/></time>"
    symbol = {"C": ' symbol="common"', "C|": ' symbol="cut"'}.get(meter.text, "")
    parts = (
        re.sub(r"[()\s]", "", meter.text.rpartition("/")[0])
        if "+" in meter.text
        else str(meter.numerator)
    )
    return f"<time{symbol}><beats>{parts}</beats><beat-type>{meter.denominator}</beat-type></time>"


def _tempo_xml(quarters: Fraction, meter: Meter) -> str:
    """A tempo mark in the beat of the meter."""
    if meter.is_compound and meter.denominator in (4, 8, 16):
        unit, dot, beat = (
            {4: "half", 8: "quarter", 16: "eighth"}[meter.denominator],
            "<beat-unit-dot/>",
            3,
        )
        beat_length = Fraction(beat * 4, meter.denominator)
    elif meter.denominator == 2:
        unit, dot, beat_length = "half", "", Fraction(2)
    else:
        unit, dot, beat_length = "quarter", "", Fraction(1)
    beats = f"{round(float(quarters / beat_length), 1):g}"
    return (
        f'<direction placement="above"><direction-type><metronome><beat-unit>{unit}</beat-unit>{dot}'
        f"<per-minute>{beats}</per-minute></metronome></direction-type>"
        f'<sound tempo="{float(quarters):.9g}"/></direction>'
    )


# Signs and text


def _marks_of(tune: Tune, body: Sequence[Line]) -> dict[tuple[int, int], _Marks]:
    """What stands around each note of the text, by the line and column of the note."""
    places = {(note.line, note.column) for bar in tune.bars for note in bar.notes}
    meters = {(bar.line, bar.column): bar.meter for bar in tune.bars}
    is_compound = tune.meter.is_compound
    marks: dict[tuple[int, int], _Marks] = {}
    before = _Marks()
    last: _Marks | None = None
    for line in body:
        if line.text.startswith("%") or field_of(line) is not None:
            continue
        in_chord = False
        for token in tokens(without_comment(line.text)):
            kind, text = token.lastgroup, token.group()
            place = (line.number, token.start() + 1)
            if place in meters:
                is_compound = meters[place].is_compound
            if place in places:
                marks[place] = last = before
                before = _Marks()
            if kind == "chord":
                in_chord = True
            elif kind == "chordend" or kind == "bar":
                in_chord = False
            elif kind == "slur":
                if text == ")":
                    if last is not None:
                        last.slurs_ended += 1
                else:
                    before.slurs_begun += 1
            elif in_chord:
                continue
            elif kind == "grace":
                before.graces.append(text)
            elif kind in ("decoration", "symbol"):
                before.signs.append(f"!{text[1:-1]}!" if kind == "decoration" else text)
            elif kind == "quoted":
                before.texts.append(text[1:-1])
            elif kind == "tuplet" and before.tuplet is None:
                before.tuplet = _tuplet_of(
                    *token.group(TUPLET + 1, TUPLET + 2, TUPLET + 3), is_compound=is_compound
                )
    return marks


def _tuplet_of(
    notes: str, times: str | None, reach: str | None, *, is_compound: bool
) -> tuple[int, int, int] | None:
    """The numbers of a tuplet sign as the reader takes them; None for one that it
    passes over."""
    count, in_time_of, reaching = (int(number) if number else 0 for number in (notes, times, reach))
    if not count or not (in_time_of or 2 <= count <= 9):
        return None
    return (
        count,
        in_time_of or TUPLET_TIMES.get(count) or (3 if is_compound else 2),
        reaching or count,
    )


def _notations_xml(notations: Sequence[str]) -> str:
    return f"<notations>{''.join(notations)}</notations>" if notations else ""


def _notations_of(signs: Sequence[str], *, is_rest: bool) -> list[str]:
    found: list[str] = []
    if not is_rest:
        for name, table in (
            ("ornaments", _ORNAMENTS),
            ("technical", _TECHNICAL),
            ("articulations", _ARTICULATIONS),
        ):
            chosen = dict.fromkeys(table[sign] for sign in signs if sign in table)
            if chosen:
                found.append(f"<{name}>{''.join(f'<{element}/>' for element in chosen)}</{name}>")
    fermatas = dict.fromkeys(_FERMATAS[sign] for sign in signs if sign in _FERMATAS)
    return found + [f'<fermata type="{kind}"/>' for kind in fermatas]


def _direction_of(sign: str) -> str | None:
    """A decoration that stands by itself above or below the staff."""
    name = sign.strip("!")
    if name in _DYNAMICS and sign != name:
        return f'<direction placement="below"><direction-type><dynamics><{name}/></dynamics></direction-type></direction>'
    if sign in ("S", "!segno!", "O", "!coda!"):
        element = "segno" if sign in ("S", "!segno!") else "coda"
        return f'<direction placement="above"><direction-type><{element}/></direction-type></direction>'
    if name in ("D.C.", "D.S.", "fine", "dacoda", "dacapo"):
        return _words_xml(name, "above")
    return None


def _words_xml(text: str, placement: str) -> str:
    return f'<direction placement="{placement}"><direction-type><words>{escape(text)}</words></direction-type></direction>'


def _text_xml(text: str) -> str:
    """Quoted text: a chord symbol, or a remark where its first character or the text
    itself says so."""
    placement = {"^": "above", "_": "below", "<": "above", ">": "above", "@": "above"}.get(text[:1])
    if placement is not None:
        remark = xml_text(re.sub(r"\A@[-0-9.,\s]*", "", text) if text[0] == "@" else text[1:])
        return _words_xml(remark, placement) if remark else ""
    chord = _CHORD.fullmatch(text.strip())
    if chord is None:
        remark = xml_text(text)
        return _words_xml(remark, "above") if remark else ""
    letter, sign, quality, bass, bass_sign = chord.groups()
    return (
        f"<harmony><root><root-step>{letter}</root-step>{_name_alter('root', sign)}</root>"
        f'<kind text="{quality or ""}">{_KINDS[quality or ""]}</kind>'
        + (
            f"<bass><bass-step>{bass}</bass-step>{_name_alter('bass', bass_sign)}</bass>"
            if bass
            else ""
        )
        + "</harmony>"
    )


def _name_alter(name: str, sign: str) -> str:
    alteration = _NAME_ALTERATIONS[sign]
    return f"<{name}-alter>{alteration}</{name}-alter>" if alteration else ""


# Bar lines, repeats and endings


def _edges_of(items: tuple[Item, ...]) -> list[_Edges]:
    """What stands at the ends of each bar. Repeats that ABC leaves to the reader are
    written out."""
    places: list[int] = []  # of the bars among the items
    edges: list[_Edges] = []
    pending = _Edges()
    has_line = True
    for index, item in enumerate(items):
        if isinstance(item, Bar):
            if edges and not has_line:
                edges[-1].style = "none"
            places.append(index)
            edges.append(pending)
            pending, has_line = _Edges(), False
        elif isinstance(item, PartLabel):
            if label := xml_text(item.label):
                pending.labels.append(label)
        elif isinstance(item, BarLine):
            has_line = True
            if edges:
                last = edges[-1]
                if item.ends:
                    last.backward = max(last.backward, item.ends + 1)
                last.style = _style(item) or last.style
            if item.starts:
                pending.forward = True
    bar_at = {place: number for number, place in enumerate(places)}
    for repeat in repeats(items, 0, len(items)):
        inside = [bar_at[index] for index in range(repeat.start, repeat.end) if index in bar_at]
        if not inside or repeat.passes < 2:
            continue
        if inside[0] > 0:
            edges[inside[0]].forward = True
        endings = [
            index for index in range(repeat.start, repeat.end) if isinstance(items[index], Ending)
        ]
        if not endings and not any(edges[number].backward for number in inside):
            edges[inside[-1]].backward = repeat.passes
        for begin, end in pairwise([*endings, repeat.end]):
            _write_ending(items, edges, bar_at, begin, end, repeat.passes)
    return edges


def _write_ending(
    items: Sequence[Item],
    edges: list[_Edges],
    bar_at: dict[int, int],
    begin: int,
    end: int,
    passes: int,
) -> None:
    """The bracket over the bars of an ending, up to the bar line that closes it, and
    the repeat at its end."""
    ending = items[begin]
    bars: list[int] = []
    closed = False
    for index in range(begin + 1, end):
        if index in bar_at:
            bars.append(bar_at[index])
        elif isinstance(line := items[index], BarLine) and not line.is_plain and bars:
            closed = True
            break
    if not bars or not isinstance(ending, Ending):
        return
    goes_back = min(ending.passes) < passes
    last = bars[-1] if closed or goes_back or len(bars) <= _LONGEST_OPEN_ENDING else bars[0]
    edges[bars[0]].begins = edges[last].ends = ",".join(map(str, ending.passes))
    edges[last].end_kind = "stop" if closed or goes_back else "discontinue"
    edges[last].backward = max(2, passes) if goes_back else 0


_LONGEST_OPEN_ENDING = 4
"""Bars: the bracket of a last ending that nothing closes is drawn over so many, or over
one."""


def _style(line: BarLine) -> str:
    if line.ends or line.starts or line.text.startswith("[|") or not line.text:
        return {"[|]": "none", "[|": "heavy-light"}.get(line.text, "")
    if line.is_double:
        return "light-heavy" if line.text.endswith("]") else "light-light"
    return "dotted" if line.text.startswith(".") else ""


def _write_left(add: Callable[[str], None], edge: _Edges) -> None:
    if edge.forward or edge.begins:
        style = "<bar-style>heavy-light</bar-style>" if edge.forward else ""
        ending = f'<ending number="{edge.begins}" type="start"/>' if edge.begins else ""
        repeat = '<repeat direction="forward"/>' if edge.forward else ""
        add(f'<barline location="left">{style}{ending}{repeat}</barline>')


def _write_right(add: Callable[[str], None], edge: _Edges) -> None:
    style = "light-heavy" if edge.backward else edge.style
    if style or edge.ends:
        ending = f'<ending number="{edge.ends}" type="{edge.end_kind}"/>' if edge.ends else ""
        repeat = ""
        if edge.backward:
            times = f' times="{edge.backward}"' if edge.backward > 2 else ""
            repeat = f'<repeat direction="backward"{times}/>'
        style = f"<bar-style>{style}</bar-style>" if style else ""
        add(f'<barline location="right">{style}{ending}{repeat}</barline>')
