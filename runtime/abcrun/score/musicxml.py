"""A tune as MusicXML 4.0, for notation programs and for our own engraving:
`abcrun.notation` → text.

Pitches, lengths, ties and keys are those that the reader worked out. Lengths in
`<duration>` are exact. A note that no single note value can show is written as several,
tied.

Each `<note>` has an id: `n0`, `n1`, ... those with a pitch, `r0`, ... rests, `g0`, ...
grace notes. A measure is `m0`, `m1`, ... after the index of its bar in `tune.bars`.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import LETTERS, SHARPS, NoteName
from abcrun.notation.tempo import TempoMark
from abcrun.notation.written import Bar, Graces, Signs
from abcrun.score.accidentals import Accidentals, names_of, spell_near
from abcrun.score.barlines import BarEdges, bar_edges, left_barline_xml, right_barline_xml
from abcrun.score.layout import NoteSegment, Ratio, VoiceLayout
from abcrun.score.signs import decoration_direction, direction_xml, notations_of, quoted_text_xml
from abcrun.score.text import xml_text

_PIPES = ("HP", "Hp")
"""Modes of `Key` that MusicXML has no name for: the Highland bagpipes'."""

_NO_SIGNS = Signs()

_TREBLE = "<clef><sign>G</sign><line>2</line></clef>"
_BASS = "<clef><sign>F</sign><line>4</line></clef>"
_METER_SYMBOLS = {"C": ' symbol="common"', "C|": ' symbol="cut"'}
_DOTTED_BEATS = {4: "half", 8: "quarter", 16: "eighth"}
"""The note that is dotted for a beat of a compound meter, by its denominator."""


@dataclass(frozen=True, slots=True)
class NoteHead:
    """A note as it stands on the staff.

    A chord has several, and so has a note that no single value can show. `id` is that
    of its `<note>`; `bar` is the index of its bar in `tune.bars`; `line` and `column`
    are those of the `WrittenNote`. `offset` from the start of the bar and `duration`
    are in whole notes, `pitch` is a MIDI note number. `continues`: a tie leads to it,
    it does not sound anew.
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


def to_musicxml(tune: Tune) -> MusicXml:
    """Write the score of a tune: a part for each voice, which is one for nearly every
    tune."""
    return _Writer(tune).write()


class _Writer:
    """The file as it is being written, line by line."""

    def __init__(self, tune: Tune) -> None:
        self._tune = tune
        self._lines: list[str] = []
        self._heads: list[NoteHead] = []
        self._rests = self._graces = 0
        layouts = [VoiceLayout(voice) for voice in tune.voices]
        self._voices = [layout for layout in layouts if layout.bars]
        self._divisions = self._common_divisions()

    def _common_divisions(self) -> int:
        """Return the parts of a crotchet in which every length is a whole number."""
        divisions = 1
        for voice in self._voices:
            for segment in voice.segments():
                divisions = lcm(divisions, (4 * segment.duration).denominator)
            for bar in voice.bars:
                divisions = lcm(divisions, (4 * bar.length).denominator)
        return divisions

    def write(self) -> MusicXml:
        """Write the whole file; to be called once."""
        self._write_head()
        add = self._lines.append
        measures = max(len(voice.bars) for voice in self._voices)
        first = 0
        for number, voice in enumerate(self._voices, 1):
            add(f'<part id="P{number}">')
            self._write_voice(voice, first, is_first=number == 1)
            # The format asks that all parts have the same number of measures.
            for missing in range(len(voice.bars), measures):
                add(f'<measure number="{missing + 1}" id="x{number}-{missing}"/>')
            add("</part>")
            first += len(voice.bars)
        add("</score-partwise>")
        return MusicXml("\n".join(self._lines) + "\n", tuple(self._heads))

    def _write_head(self) -> None:
        add = self._lines.append
        add('<?xml version="1.0" encoding="UTF-8"?>')
        # No DOCTYPE: the version says it all, and no reader goes online for a DTD.
        add('<score-partwise version="4.0">')
        if title := xml_text(self._tune.title):
            add(f"<work><work-title>{escape(title)}</work-title></work>")
        add("<identification>")
        if composer := xml_text(self._tune.header.composer or ""):
            add(f'<creator type="composer">{escape(composer)}</creator>')
        add("<encoding><software>abcrun</software></encoding>")
        add("</identification>")
        add("<part-list>")
        for number in range(1, len(self._voices) + 1):
            add(
                f'<score-part id="P{number}"><part-name print-object="no">Voice {number}'
                "</part-name></score-part>"
            )
        add("</part-list>")

    def _write_voice(self, voice: VoiceLayout, first: int, *, is_first: bool) -> None:
        """Write the measures of a voice, whose first bar has the index `first` in
        `tune.bars`."""
        add = self._lines.append
        counted = 0
        previous: Bar | None = None
        edges = bar_edges(voice.items)
        for index, (bar, layers) in enumerate(zip(voice.bars, voice.layers, strict=True)):
            # A pickup is not counted: "0" before the first bar, "X..." later on.
            if bar.is_pickup:
                name = "0" if index == 0 else f"X{index}"
                add(f'<measure number="{name}" implicit="yes" id="m{first + index}">')
            else:
                counted += 1
                add(f'<measure number="{counted}" id="m{first + index}">')
            tempos = list(bar.tempos)
            self._write_start(voice, bar, previous, edges[index])
            if index == 0 and is_first and not any(offset == 0 for offset, _ in tempos):
                if self._tune.header.tempo is not None:
                    tempos.insert(0, (Fraction(0), self._tune.header.tempo))
                else:  # a tempo that nobody wrote is played, not shown
                    opening = self._tune.tempos[0].quarters_per_minute
                    add(f'<sound tempo="{float(opening):.9g}"/>')
            self._write_layers(first + index, bar, layers, tempos)
            if barline := right_barline_xml(edges[index]):
                add(barline)
            add("</measure>")
            previous = bar

    def _write_start(
        self, voice: VoiceLayout, bar: Bar, previous: Bar | None, edges: BarEdges
    ) -> None:
        """Write what stands before the notes of a bar: bar line, key, meter, clef and
        part labels."""
        add = self._lines.append
        if barline := left_barline_xml(edges):
            add(barline)
        attributes: list[str] = []
        if previous is None:
            attributes.append(f"<divisions>{self._divisions}</divisions>")
        if previous is None or bar.key != previous.key:
            attributes.append(_key_xml(bar.key))
        if previous is None or bar.meter != previous.meter:
            attributes.append(_time_xml(bar.meter))
        if previous is None:
            attributes.append(_BASS if voice.is_low() else _TREBLE)
        if attributes:
            add(f"<attributes>{''.join(attributes)}</attributes>")
        for label in edges.labels:
            add(direction_xml(f"<rehearsal>{escape(label)}</rehearsal>", "above"))

    def _write_layers(
        self,
        index: int,
        bar: Bar,
        layers: list[list[NoteSegment]],
        tempos: list[tuple[Fraction, TempoMark]],
    ) -> None:
        """Write the notes of a bar; the first layer has its changes of tempo."""
        add = self._lines.append
        for number, layer in enumerate(layers, 1):
            accidentals = Accidentals.of(bar.key)
            now = Fraction(0)
            for segment in layer:
                while number == 1 and tempos and tempos[0][0] <= segment.offset:
                    add(_tempo_xml(tempos.pop(0)[1], bar.meter))
                self._write_segment(index, segment, number, accidentals)
                now = segment.offset + segment.duration
            if number == 1:
                for _, tempo in tempos:
                    add(_tempo_xml(tempo, bar.meter))
            if number < len(layers) and now:
                add(f"<backup><duration>{self._duration(now)}</duration></backup>")

    def _duration(self, length: Fraction) -> int:
        return int(4 * length * self._divisions)

    def _write_segment(
        self, index: int, segment: NoteSegment, layer: int, accidentals: Accidentals
    ) -> None:
        add = self._lines.append
        note = segment.note
        signs = note.signs if note.signs is not None and segment.is_first else _NO_SIGNS
        for text in signs.texts:
            add(quoted_text_xml(text))
        for sign in signs.decorations:
            if direction := decoration_direction(sign):
                add(direction)
        notations = [f'<tuplet type="{edge}" number="1"/>' for edge in segment.tuplet_edges]
        notations += notations_of(signs.decorations, is_rest=not note.pitches)
        if not note.pitches:
            self._write_rest(segment, layer, notations)
            return
        for number in segment.slurs_ended:
            notations.append(f'<slur type="stop" number="{number}"/>')
        for number in segment.slurs_begun:
            notations.append(f'<slur type="start" number="{number}"/>')
        names = names_of(note)
        for graces in signs.graces:
            shift = note.pitches[0] - accidentals.pitch(names[0])
            self._write_graces(graces, layer, accidentals.copy(), shift)
        self._write_heads(index, segment, layer, accidentals, names, notations)

    def _write_rest(self, segment: NoteSegment, layer: int, notations: list[str]) -> None:
        hidden = ' print-object="no"' if segment.note.text[:1] in "xX" else ""
        rest = '<rest measure="yes"/>' if segment.fills_bar else "<rest/>"
        self._lines.append(
            f'<note id="r{self._rests}"{hidden}>{rest}'
            f"<duration>{self._duration(segment.duration)}</duration><voice>{layer}</voice>"
            f"{_value_xml(segment)}{_ratio_xml(segment.ratio)}{_notations_xml(notations)}</note>"
        )
        self._rests += 1

    def _write_heads(
        self,
        index: int,
        segment: NoteSegment,
        layer: int,
        accidentals: Accidentals,
        names: list[NoteName],
        notations: list[str],
    ) -> None:
        """Write the note, or the notes of a chord; the first has what belongs to the
        whole."""
        note = segment.note
        timing = f"<duration>{self._duration(segment.duration)}</duration>"
        value, ratio = _value_xml(segment), _ratio_xml(segment.ratio)
        beams = "".join(
            f'<beam number="{level}">{kind}</beam>' for level, kind in enumerate(segment.beams, 1)
        )
        chord = ""
        for pitch, name in zip(note.pitches, names, strict=True):
            stops = pitch in segment.ties_ended
            starts = pitch in segment.ties_begun
            step, alteration = spell_near(name.step, pitch)
            shown = accidentals.show(
                step, alteration, is_written=bool(name.accidental), is_held=stops
            )
            ties = '<tie type="stop"/>' * stops + '<tie type="start"/>' * starts
            tied = ['<tied type="stop"/>'] * stops + ['<tied type="start"/>'] * starts
            identifier = f"n{len(self._heads)}"
            self._lines.append(
                f'<note id="{identifier}">{chord}{_pitch_xml(step, alteration)}{timing}{ties}'
                f"<voice>{layer}</voice>{value}{_accidental_xml(shown)}{ratio}{beams}"
                f"{_notations_xml(tied + notations)}</note>"
            )
            self._heads.append(
                NoteHead(
                    identifier,
                    index,
                    note.line,
                    note.column,
                    segment.offset,
                    segment.duration,
                    pitch,
                    stops,
                )
            )
            chord, beams, notations = "<chord/>", "", []

    def _write_graces(
        self, graces: Graces, layer: int, accidentals: Accidentals, shift: int
    ) -> None:
        """Write a group of grace notes, with `accidentals` of their own.

        `shift` is how far the note behind them sounds from where it is written, in
        semitones.
        """
        slash = ' slash="yes"' if graces.is_slashed else ""
        last = len(graces.notes) - 1
        value = "16th" if last else "eighth"
        for index, grace in enumerate(graces.notes):
            name = grace.names[0]
            # Another key is not worked out for grace notes, only another octave.
            pitch = accidentals.pitch(name) + (shift if shift % 12 == 0 else 0)
            step, alteration = spell_near(name.step, min(max(pitch, 0), 127))
            shown = accidentals.show(
                step, alteration, is_written=bool(name.accidental), is_held=False
            )
            beams = ""
            if last:
                kind = "begin" if index == 0 else "end" if index == last else "continue"
                beams = f'<beam number="1">{kind}</beam><beam number="2">{kind}</beam>'
            self._lines.append(
                f'<note id="g{self._graces}"><grace{slash}/>{_pitch_xml(step, alteration)}'
                f"<voice>{layer}</voice><type>{value}</type>{_accidental_xml(shown)}{beams}</note>"
            )
            self._graces += 1


def _value_xml(segment: NoteSegment) -> str:
    if segment.fills_bar:  # a rest of a whole bar has no note value, whatever the meter
        return ""
    return f"<type>{segment.value}</type>{'<dot/>' * segment.dots}"


def _ratio_xml(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    return (
        f"<time-modification><actual-notes>{ratio[0]}</actual-notes>"
        f"<normal-notes>{ratio[1]}</normal-notes></time-modification>"
    )


def _notations_xml(notations: list[str]) -> str:
    return f"<notations>{''.join(notations)}</notations>" if notations else ""


def _accidental_xml(name: str) -> str:
    return f"<accidental>{name}</accidental>" if name else ""


def _pitch_xml(step: int, alteration: int) -> str:
    # MusicXML has octaves 0 to 9; what lies lower, no instrument plays.
    octave = min(max(step // 7 + 4, 0), 9)
    alter = f"<alter>{alteration}</alter>" if alteration else ""
    return f"<pitch><step>{LETTERS[step % 7]}</step>{alter}<octave>{octave}</octave></pitch>"


def _key_xml(key: Key) -> str:
    altered = {letter: alteration for letter, alteration in key.accidentals if alteration}
    order, sign = (SHARPS, 1) if 1 in altered.values() else (SHARPS[::-1], -1)
    if altered == dict.fromkeys(order[: len(altered)], sign):
        mode = "" if key.mode in _PIPES else f"<mode>{key.mode}</mode>"
        return f"<key><fifths>{sign * len(altered)}</fifths>{mode}</key>"
    # No circle of fifths has this signature: it is written sign by sign.
    steps = "".join(
        f"<key-step>{letter}</key-step><key-alter>{alteration}</key-alter>"
        for letter, alteration in altered.items()
    )
    return f"<key>{steps}</key>"


def _time_xml(meter: Meter) -> str:
    if meter.length is None:
        return "<time><senza-misura/></time>"
    symbol = _METER_SYMBOLS.get(meter.text, "")
    beats = str(meter.numerator)
    if "+" in meter.text:  # MusicXML shows (2+3)/8 as it is written
        beats = re.sub(r"[()\s]", "", meter.text.rpartition("/")[0])
    return f"<time{symbol}><beats>{beats}</beats><beat-type>{meter.denominator}</beat-type></time>"


def _tempo_xml(mark: TempoMark, meter: Meter) -> str:
    """Return a tempo mark in the beat of the meter; empty for words alone."""
    if mark.quarters_per_minute is None:
        return ""
    quarters = mark.quarters_per_minute
    unit, dot, beat = "quarter", "", Fraction(1)
    if meter.is_compound and meter.denominator in _DOTTED_BEATS:
        unit, dot = _DOTTED_BEATS[meter.denominator], "<beat-unit-dot/>"
        beat = Fraction(12, meter.denominator)
    elif meter.denominator == 2:
        unit, beat = "half", Fraction(2)
    beats = f"{round(float(quarters / beat), 1):g}"
    return direction_xml(
        f"<metronome><beat-unit>{unit}</beat-unit>{dot}"
        f"<per-minute>{beats}</per-minute></metronome>",
        "above",
        f'<sound tempo="{float(quarters):.9g}"/>',
    )
