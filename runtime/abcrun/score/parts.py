"""The measures of one part of MusicXML: bar lines, keys, meters, clefs, and the notes
of its voices, one behind the other."""

from fractions import Fraction
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.notation.clef import Clef
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.tempo import TempoMark
from abcrun.notation.written import Bar
from abcrun.score.accidentals import Accidentals
from abcrun.score.attributes import (
    PIPES,
    attributes_xml,
    clef_xml,
    key_xml,
    time_xml,
    transpose_xml,
)
from abcrun.score.barlines import BarEdges, left_barline_xml, right_barline_xml
from abcrun.score.directions import direction_xml, title_xml
from abcrun.score.layout import NoteSegment
from abcrun.score.notes import NoteWriter, Place, placed
from abcrun.score.staves import Part, StaffVoice
from abcrun.score.systems import Measures
from abcrun.score.tempo import sound_xml, tempo_xml, unseen_tempo_xml
from abcrun.sound.course import beat_of

_Present = list[tuple[StaffVoice, Bar]]
"""The voices of a part that have a certain measure, with their bar there."""

_MIDDLE_C = 60
_PLAIN = Place()


class PartWriter:
    """Writes the measures of a part into the lines of the file.

    `ids` are those of its measures, in order.
    """

    def __init__(
        self,
        tune: Tune,
        part: Part,
        number: int,
        edges: dict[str, list[BarEdges]],
        measures: Measures,
        notes: NoteWriter,
    ) -> None:
        """`number` counts the parts from 1; `edges` are what stands at the ends of the
        bars of each voice."""
        self.ids: list[str] = []
        self._tune = tune
        self._part = part
        self._number = number
        self._edges = edges
        self._measures = measures
        self._notes = notes
        self._add = notes.lines.append
        # What is in force at the place that has been reached.
        self._key: Key | None = None
        self._meter: Meter | None = None
        self._transpositions: dict[int, int] = {}
        self._clefs: dict[int, Clef] = {}

    def write(self) -> None:
        """Write all measures."""
        for index in range(len(self._measures.numbers)):
            present: _Present = [
                (voice, voice.layout.bars[index])
                for voice in self._part.voices
                if index < len(voice.layout.bars)
            ]
            if present:
                self._write_measure(index, present)
            else:
                # The format asks that all parts have the same number of measures.
                self._open(f"x{self._number}-{index}", index)
                self._add("</measure>")

    def _open(self, identifier: str, index: int) -> None:
        self.ids.append(identifier)
        self._add(f'<measure {self._measures.numbers[index]} id="{identifier}">')
        if self._number == 1 and (begins := self._measures.print_xml(index)):
            self._add(begins)

    def _write_measure(self, index: int, present: _Present) -> None:
        lead, bar = present[0]
        self._open(f"m{lead.first_bar + index}", index)
        edges = self._edges[lead.voice.name][index]
        if barline := left_barline_xml(edges):
            self._add(barline)
        self._write_attributes(index, present)
        if self._number == 1:
            for title in dict.fromkeys(title for _, own in present for title in own.titles):
                self._add(title_xml(title))
            for label in edges.labels:
                self._add(direction_xml(f"<rehearsal>{escape(label)}</rehearsal>", "above"))
        tempos = list(bar.tempos)
        if index == 0 and self._number == 1:
            self._write_opening_tempo(tempos)
        now = Fraction(0)
        for voice, own in present:
            now = self._write_voice(
                index, voice, own, tempos if voice is lead else [*own.tempos], now, present
            )
        if barline := right_barline_xml(edges, self._notes.fermata_behind(bar)):
            self._add(barline)
        self._add("</measure>")

    def _write_opening_tempo(self, tempos: list[tuple[Fraction, TempoMark]]) -> None:
        """Write the tempo of the header, unless the music begins with another one."""
        if any(offset == 0 for offset, _ in tempos):
            return
        mark = self._tune.header.tempo
        if mark is not None:
            tempos.insert(0, (Fraction(0), mark))
        # A tempo that nobody wrote is played, not shown.
        opening = self._tune.tempos[0].quarters_per_minute
        if mark is None:
            self._add(unseen_tempo_xml(beat_of(self._tune.meter), opening))
        elif mark.quarters_per_minute is None:
            self._add(sound_xml(opening))

    def _write_attributes(self, index: int, present: _Present) -> None:
        """Write what comes into force with a measure, in the schema's order."""
        bar = present[0][1]
        part = self._part
        is_first = self._key is None
        found: list[str] = []
        if is_first:
            found.append(f"<divisions>{self._notes.divisions}</divisions>")
        if bar.key != self._key:
            found.append(key_xml(bar.key, self._key))
        if bar.meter != self._meter:
            found.append(time_xml(bar.meter))
        if is_first and part.staves > 1:
            found.append(f"<staves>{part.staves}</staves>")
        found += self._clefs_xml(present)
        if is_first:
            found += self._staff_lines_xml()
        found += self._transpositions_xml(present)
        if rests := self._measures.rests.get(index):
            found.append(f"<measure-style><multiple-rest>{rests}</multiple-rest></measure-style>")
        self._key, self._meter = bar.key, bar.meter
        if found:
            self._add(attributes_xml(found))

    def _clefs_xml(self, present: _Present) -> list[str]:
        """Return the clefs of the staves that begin with another one."""
        found: list[str] = []
        for staff in range(1, self._part.staves + 1):
            bar = next((bar for voice, bar in present if voice.staff == staff), None)
            known = self._clefs.get(staff)
            if bar is not None and bar.clef is not None:
                clef = bar.clef
            elif known is None:
                clef = self._part.usual_clef(staff)
            else:
                continue
            if clef != known:
                self._clefs[staff] = clef
                found.append(clef_xml(clef, staff if self._part.staves > 1 else 0))
        return found

    def _transpositions_xml(self, present: _Present) -> list[str]:
        """Return the transpositions of the staves that begin with another one; the
        first voice of a staff has a say."""
        found: list[str] = []
        for staff in range(1, self._part.staves + 1):
            bar = next((bar for voice, bar in present if voice.staff == staff), None)
            if bar is not None and bar.transposition != self._transpositions.get(staff, 0):
                self._transpositions[staff] = bar.transposition
                number = staff if self._part.staves > 1 else 0
                found.append(transpose_xml(bar.transposition, number))
        return found

    def _staff_lines_xml(self) -> list[str]:
        found: list[str] = []
        of_all = self._tune.header.key_field.parameters.properties
        for staff in range(1, self._part.staves + 1):
            asked = dict(of_all)
            for voice in reversed(self._part.on(staff)):
                asked |= dict(voice.voice.properties)
            lines = asked.get("stafflines", "")
            if lines in ("0", "1", "2", "3", "4", "6"):
                number = f' number="{staff}"' if self._part.staves > 1 else ""
                found.append(
                    f"<staff-details{number}><staff-lines>{lines}</staff-lines></staff-details>"
                )
        return found

    def _write_voice(
        self,
        index: int,
        voice: StaffVoice,
        bar: Bar,
        tempos: list[tuple[Fraction, TempoMark]],
        now: Fraction,
        present: _Present,
    ) -> Fraction:
        """Write the layers of a voice in a measure, of which `now` has been reached;
        return what is reached then. The first layer has the changes of tempo."""
        layers = voice.layout.layers[index]
        transposition = self._transpositions.get(voice.staff, 0)
        cuts = self._measures.cuts.get(index)
        self._notes.is_piped = bar.key.mode in PIPES
        stem = voice.stem or _stem(voice, present)
        if self._notes.is_piped and not stem and len(layers) == 1:
            stem = "down"  # grace notes alone point up there
        for number, layer in enumerate(layers):
            if now:
                self._add(f"<backup><duration>{self._notes.duration(now)}</duration></backup>")
                now = Fraction(0)
            place = _PLAIN
            is_percussion = self._clefs[voice.staff].sign == "percussion"
            if number or stem or is_percussion or len(self._part.voices) > 1:
                staff = voice.staff if self._part.staves > 1 else 0
                is_lower = bool(number) or (
                    stem == "down" and voice is not self._part.on(voice.staff)[0]
                )
                place = Place(voice.number + number, staff, stem, is_percussion, is_lower)
            accidentals = Accidentals.of(bar.key, present[0][1].key)
            for position, segment in enumerate(layer):
                if cuts and position in cuts:
                    self._cut(index, position, begins_system=cuts[position])
                if number == 0:
                    while tempos and tempos[0][0] <= segment.offset:
                        self._add(placed(tempo_xml(tempos.pop(0)[1]), place))
                signs = segment.note.signs
                if signs is not None and segment.offset and segment.is_first:
                    if signs.key is not None:
                        accidentals = Accidentals.of(signs.key)
                    self._write_change(voice, segment, present)
                if voice.floats:
                    place = _floating(place, voice, segment)
                self._notes.write(
                    voice.first_bar + index, segment, place, accidentals, transposition
                )
                now = segment.offset + segment.duration
            if number == 0:
                for _, tempo in tempos:
                    self._add(placed(tempo_xml(tempo), place))
            if number == len(layers) - 1 and bar.end_signs is not None:
                self._notes.write_behind(bar, place)
        return now

    def _cut(self, index: int, position: int, *, begins_system: bool) -> None:
        """End a measure without a bar line, and go on in another one."""
        self._add('<barline location="right"><bar-style>none</bar-style></barline>')
        self._add("</measure>")
        name = f"X{index}-{position}"
        self._add(f'<measure number="{name}" implicit="yes" id="{self.ids[-1]}-{position}">')
        if begins_system:
            self._add('<print new-system="yes"/>')

    def _write_change(self, voice: StaffVoice, segment: NoteSegment, present: _Present) -> None:
        """Write a change of key, meter or clef inside of a measure. Key and meter are
        those of the first voice, a clef that of the first voice on its staff."""
        signs = segment.note.signs
        if signs is None or not (signs.key or signs.meter or signs.clef):
            return
        found: list[str] = []
        if voice is present[0][0]:
            if signs.key is not None and signs.key != self._key:
                found.append(key_xml(signs.key, self._key))
                self._key = signs.key
            if signs.meter is not None and signs.meter != self._meter:
                found.append(time_xml(signs.meter))
                self._meter = signs.meter
        if signs.clef is not None and voice is self._part.on(voice.staff)[0]:
            self._clefs[voice.staff] = signs.clef
            found.append(clef_xml(signs.clef, voice.staff if self._part.staves > 1 else 0))
        if found:
            self._add(attributes_xml(found))


def _stem(voice: StaffVoice, present: _Present) -> str:
    """Return which way stems point where several voices share a staff: those of the
    upper ones up. A voice that is alone there in a measure has them as it lies."""
    if len(present) == 1:
        return ""
    sounding = [
        other
        for other, bar in present
        if other.staff == voice.staff and any(note.pitches for note in bar.notes)
    ]
    if len(sounding) < 2 or voice not in sounding or voice.floats:
        return ""
    return "up" if sounding.index(voice) < len(sounding) / 2 else "down"


def _floating(place: Place, voice: StaffVoice, segment: NoteSegment) -> Place:
    """Return the place of a note of a voice that floats between two staves: the lower
    one has what lies under middle C."""
    pitches = segment.note.pitches
    is_low = bool(pitches) and sum(pitches) < _MIDDLE_C * len(pitches)
    return Place(place.voice, voice.staff + is_low, place.stem)
