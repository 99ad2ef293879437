"""A tune as MusicXML 4.0, for notation programs and for our own engraving:
`abcrun.notation` → text.

Pitches, lengths, ties and keys are those that the reader worked out. Lengths in
`<duration>` are exact. A note that no single note value can show is written as several,
tied.

Each `<note>` has an id: `n0`, `n1`, ... those with a pitch, `r0`, ... rests, `g0`, ...
grace notes. A measure is `m0`, `m1`, ... after the index of its bar in `tune.bars`.
"""

from dataclasses import dataclass
from math import lcm

from abcrun.notation import Tune
from abcrun.score.around import signs_around
from abcrun.score.barlines import bar_edges
from abcrun.score.head import head_xml, names_fonts
from abcrun.score.notes import NoteHead, NoteWriter
from abcrun.score.parts import PartWriter
from abcrun.score.staves import Staves, part_list_xml, staves_of
from abcrun.score.systems import measures_of
from abcrun.score.text import without_font_switches

__all__ = ["MusicXml", "NoteHead", "to_musicxml"]


@dataclass(frozen=True, slots=True)
class MusicXml:
    """A score: the text of the file, its notes in the order of the file, and line and
    column of its rests.

    `measures` are the ids of the measures, one for all bars that stand above each
    other. Of a rest of several bars, all have the id of the first.
    """

    text: str
    heads: tuple[NoteHead, ...]
    rests: tuple[tuple[int, int], ...]
    measures: tuple[str, ...]


def to_musicxml(tune: Tune, program: int | None = None) -> MusicXml:
    """Write the score of a tune: a part for each voice, which is one for nearly every
    tune, or the parts and staves that `%%score` asks for.

    `program` is the General MIDI program, from 0, of parts to which the tune gives
    none; without it, they have no instrument.
    """
    staves = staves_of(tune)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        # No DOCTYPE: the version says it all, and no reader goes online for a DTD.
        '<score-partwise version="4.0">',
        *head_xml(tune),
        *part_list_xml(staves, tune.header, program),
    ]
    voices = list(staves.voices())
    around = signs_around([voice.layout.bars for voice in voices])
    notes = NoteWriter(lines, _common_divisions(staves), around)
    edges = {voice.voice.name: bar_edges(voice.voice.items) for voice in voices}
    measures = measures_of(
        [(voice, edges[voice.voice.name]) for voice in voices], tune.header.directives
    )
    ids: list[str] = []
    for number, part in enumerate(staves.parts, 1):
        lines.append(f'<part id="P{number}">')
        writer = PartWriter(tune, part, number, edges, measures, notes)
        writer.write()
        ids = ids or writer.ids
        lines.append("</part>")
    lines.append("</score-partwise>")
    for first, count in measures.rests.items():
        ids[first : first + count] = [ids[first]] * count
    text = "\n".join(lines) + "\n"
    if names_fonts(tune):  # a dollar stands in texts alone
        text = without_font_switches(text)
    return MusicXml(text, tuple(notes.heads), tuple(notes.rests), tuple(ids))


def _common_divisions(staves: Staves) -> int:
    """Return the parts of a crotchet in which every length is a whole number."""
    divisions = 1
    for voice in staves.voices():
        for segment in voice.layout.segments():
            divisions = lcm(divisions, (4 * segment.duration).denominator)
        for bar in voice.layout.bars:
            divisions = lcm(divisions, (4 * bar.length).denominator)
    return divisions
