"""A tune as MusicXML 4.0, for notation programs and for our own engraving:
`abcrun.notation` → text.

Pitches, lengths, ties and keys are those that the reader worked out. Lengths in
`<duration>` are exact. A note that no single note value can show is written as several,
tied.

Each `<note>` has an id: `n0`, `n1`, ... those with a pitch, `r0`, ... rests, `g0`, ...
grace notes. A measure is `m0`, `m1`, ... after the index of its bar in `tune.bars`.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.notation.tempo import TempoMark
from abcrun.notation.written import Bar
from abcrun.score.accidentals import Accidentals
from abcrun.score.attributes import BASS, TREBLE, key_xml, time_xml
from abcrun.score.barlines import BarEdges, bar_edges, left_barline_xml, right_barline_xml
from abcrun.score.head import head_xml
from abcrun.score.layout import NoteSegment, VoiceLayout
from abcrun.score.notes import NoteHead, NoteWriter, Place
from abcrun.score.signs import direction_xml
from abcrun.score.tempo import tempo_xml

__all__ = ["MusicXml", "NoteHead", "to_musicxml"]


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
        layouts = [VoiceLayout(voice) for voice in tune.voices]
        self._voices = [layout for layout in layouts if layout.bars]
        self._divisions = self._common_divisions()
        self._notes = NoteWriter(self._lines, self._divisions)

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
        return MusicXml("\n".join(self._lines) + "\n", tuple(self._notes.heads))

    def _write_head(self) -> None:
        add = self._lines.append
        add('<?xml version="1.0" encoding="UTF-8"?>')
        # No DOCTYPE: the version says it all, and no reader goes online for a DTD.
        add('<score-partwise version="4.0">')
        self._lines += head_xml(self._tune)
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
            attributes.append(key_xml(bar.key))
        if previous is None or bar.meter != previous.meter:
            attributes.append(time_xml(bar.meter))
        if previous is None:
            attributes.append(BASS if voice.is_low() else TREBLE)
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
                    add(tempo_xml(tempos.pop(0)[1], bar.meter))
                self._notes.write(index, segment, Place(number), accidentals)
                now = segment.offset + segment.duration
            if number == 1:
                for _, tempo in tempos:
                    add(tempo_xml(tempo, bar.meter))
            if number < len(layers) and now:
                add(f"<backup><duration>{self._notes.duration(now)}</duration></backup>")
