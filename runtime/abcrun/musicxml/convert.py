"""MusicXML to ABC text: a tune of as many voices as the score has."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from abcrun.musicxml.header import (
    head_fields,
    instrument_directives,
    is_own,
    parameters,
    score_directive,
    voice_fields,
)
from abcrun.musicxml.music import MusicWriter, multiple
from abcrun.musicxml.parts import Edges, Mark, Part, Remarks
from abcrun.musicxml.reader import read_parts
from abcrun.musicxml.source import read_score
from abcrun.musicxml.voices import AbcVoice, voices_of
from abcrun.notation.bar_signs import passes_in, passes_of
from abcrun.notation.limits import MAX_TUNE_CHARACTERS
from abcrun.notation.meter import FREE_METER, read_meter
from abcrun.notation.text_strings import encode

_BARS_A_LINE = 4
_MOST_CHARACTERS_A_LINE = 100
_MOST_CHARACTERS = 4_000
"""Of a line, where the file tells its systems."""
_UNITS = tuple(Fraction(1, 1 << power) for power in (3, 2, 4))
"""Unit lengths to choose from, the most usual first."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """ABC text, one tune, and what of the MusicXML is not in it: `remarks`, a line
    each, with place and number."""

    abc: str
    remarks: tuple[str, ...]


def musicxml_to_abc(data: bytes | str, *, reference: int = 1) -> Conversion:
    """Convert a MusicXML score, the content of a .musicxml, .xml or .mxl file, to ABC.

    `reference` is the number in X:. Raises `abcrun.NotationError` for what is no
    MusicXML, or over the bounds.
    """
    root = read_score(data)
    remarks = Remarks()
    parts = read_parts(root, remarks)
    lines = _Writer(root, parts, remarks).lines()
    text = "\n".join((f"X:{reference}", *lines)) + "\n"
    if len(text) > MAX_TUNE_CHARACTERS:
        remarks.place = ""
        remarks.add(
            f"the tune has {len(text):,} characters, more than abcrun itself reads in one "
            f"({MAX_TUNE_CHARACTERS:,})"
        )
    return Conversion(text, remarks.lines())


class _Writer:
    """A tune as it is being written, line by line."""

    def __init__(self, root: Element, parts: list[Part], remarks: Remarks) -> None:
        self._root = root
        self._parts = parts
        self._remarks = remarks
        count = max(len(part.measures) for part in parts)
        self._lengths = [
            max(part.measures[index].length for part in parts if index < len(part.measures))
            for index in range(count)
        ]
        self._edges = [self._edges_at(index) for index in range(count)]
        _merge_tempos(parts)
        _name_hidden_signature(parts)
        self._voices = voices_of(parts, self._lengths, remarks)
        remarks.place = ""
        self._unit = self._best_unit()

    def _edges_at(self, index: int) -> Edges:
        """Return what stands at the ends of a measure, whatever part says it."""
        found = [part.measures[index].edges for part in self._parts if index < len(part.measures)]
        edges = found[0]
        for other in found[1:]:
            edges.forward |= other.forward
            edges.backward = max(edges.backward, other.backward)
            edges.style = edges.style or other.style
            edges.left_style = edges.left_style or other.left_style
            edges.begins = edges.begins or other.begins
            edges.ending_text = edges.ending_text or other.ending_text
            edges.ends |= other.ends
            edges.breaks_line |= other.breaks_line
        return edges

    def _best_unit(self) -> Fraction:
        """Return the unit length that spells the lengths in the fewest characters."""
        lengths = Counter(
            chord.duration * chord.ratio[0] / chord.ratio[1] if chord.ratio else chord.duration
            for voice in self._voices
            for bar in voice.bars
            for layer in bar.layers
            for chord in layer
            if chord.heads
        )
        return min(
            _UNITS,
            key=lambda unit: sum(
                count * len(multiple(length / unit)) for length, count in lengths.items()
            ),
        )

    def lines(self) -> list[str]:
        """Return the lines of the tune behind X:."""
        starts = [
            _taken_start(voice, is_first=not index) for index, voice in enumerate(self._voices)
        ]
        start = starts[0]
        lines = head_fields(self._root)
        lines.append(f"M:{start.get('meter', 'none')}")
        lines.append(f"L:{self._unit.numerator}/{self._unit.denominator}")
        if tempo := start.get("tempo"):
            lines.append(f"Q:{tempo}")
        is_alone = len(self._voices) == 1
        if not is_alone:
            lines.append(score_directive(self._root, self._voices))
        # One voice needs no V: but for its name.
        has_fields = not is_alone or self._parts[0].name or self._parts[0].staff_lines
        if has_fields:
            lines += voice_fields(self._voices, starts)
        else:
            lines += instrument_directives(self._parts[0])
        key = start.get("key", "none")
        lines.append(f"K:{key}" + ("" if has_fields else parameters(start)))
        return lines + self._body(starts, key)

    def _body(self, starts: list[dict[str, str]], key: str) -> list[str]:
        writers = [
            self._writer(voice, start) for voice, start in zip(self._voices, starts, strict=True)
        ]
        lines: list[str] = []
        for first, end in self._systems():
            if label := self._edges[first].label:
                lines.append(f"P:{encode(label)}")
            lines += [f"T:{encode(title)}" for title in self._edges[first].titles]
            for voice, start, writer in zip(self._voices, starts, writers, strict=True):
                opening = "" if len(self._voices) == 1 else f"[V:{voice.name}] "
                if not first and start.get("key", key) != key:
                    opening += f"[K:{start['key']}]"
                lines.append(opening + self._line(voice, writer, first, end))
                lines += writer.verses.lines()
        return lines

    def _systems(self) -> list[tuple[int, int]]:
        """Return the systems: pairs of their first measure and the one behind.

        They are those of the file. Where it has none, a line has four measures, fewer
        where they are long.
        """
        edges = self._edges
        is_told = is_own(self._root) or any(one.breaks_line for one in edges[1:])
        starts = [0]
        written = 0
        rests = 0  # bars that a rest of several bars still reaches
        for index in range(1, len(edges)):
            written += max(3 * len(voice.bars[index - 1].layers[0]) for voice in self._voices)
            is_full = written > (_MOST_CHARACTERS if is_told else _MOST_CHARACTERS_A_LINE)
            is_over = edges[index].breaks_line if is_told else index - starts[-1] >= _BARS_A_LINE
            rests = max(rests - 1, edges[index - 1].rest_bars - 1)
            if rests > 0:
                continue
            # A part label or title stands before a line of music: it parts two of them.
            if is_over or is_full or edges[index].label or edges[index].titles:
                starts.append(index)
                written = 0
        return list(pairwise([*starts, len(edges)]))

    def _writer(self, voice: AbcVoice, start: dict[str, str]) -> MusicWriter:
        found = read_meter(start.get("meter", "none"))
        return MusicWriter(
            self._unit,
            FREE_METER if found is None else found[0],
            start.get("key", "none"),
            start.get("clef", ""),
            int(start.get("transpose", "0")),
            has_beams=any(
                chord.beam for bar in voice.bars for layer in bar.layers for chord in layer
            ),
        )

    def _line(self, voice: AbcVoice, writer: MusicWriter, first: int, end: int) -> str:
        """Return the music of a voice in a system: the measures `first` up to `end`."""
        pieces: list[str] = []
        index = first
        while index < end:
            edges = self._edges[index]
            if index == first:
                pieces.append(opening_line(edges))
            if (count := self._rest_bars(index, end)) > 1:
                pieces.append(writer.rest_bars(count))
                index += count
            else:
                pieces.append(writer.bar(voice.bars[index]))
                index += 1
            behind = self._edges[index] if index < end else None
            is_last = index == len(self._edges)
            pieces.append(" " + bar_line(self._edges[index - 1], behind, is_last=is_last))
        return "".join(pieces).rstrip()

    def _rest_bars(self, index: int, end: int) -> int:
        """Return how many bars one sign Z writes from here on; 0 for none."""
        count = self._edges[index].rest_bars
        if len(self._voices) > 1 or not 1 < count <= end - index:
            return 0
        bars = self._voices[0].bars[index : index + count]
        plain = [
            bar_line(one, next_one)
            for one, next_one in pairwise(self._edges[index : index + count])
        ]
        return count if all(bar.is_rest for bar in bars) and set(plain) == {"| "} else 0


def opening_line(edges: Edges) -> str:
    """Return the bar line at the beginning of a line of music, with its ending."""
    line = "|:" if edges.forward else ""
    if edges.begins:
        return f"{line}[{_ending(edges)} "
    return line + " " * bool(line)


def bar_line(before: Edges, behind: Edges | None, *, is_last: bool = False) -> str:
    """Return the bar line between two measures, with the ending that begins there.

    `behind` is None at the end of a line: what begins with the next measure stands on
    the next line.
    """
    line = before.style or (behind.left_style if behind is not None else "") or "|"
    is_closing = before.ends and not before.backward and line == "|" and not is_last
    if is_closing and (behind is None or not behind.begins):
        line = "||"  # ABC closes the bracket of an ending by its bar line
    if before.backward:
        line = ":" * (before.backward - 1) + "|"
        if behind is not None and behind.forward:
            line = "::" if before.backward == 2 else line + ":"
    elif behind is not None and behind.forward:
        line = "|:"
    if behind is None or not behind.begins:
        return line + " "
    # A digit goes with its bar line; behind other lines it needs its bracket.
    ending = _ending(behind)
    bracket = "" if line[-1] in "|:" and ending[0].isdecimal() else "["
    return f"{line}{bracket}{ending} "


def _ending(edges: Edges) -> str:
    """Return the passes of an ending, or its text where it begins with them."""
    text = edges.ending_text
    if text and passes_of(passes_in(text) or "0") == passes_of(edges.begins):
        return f'"{encode(text, is_quoted=True)}"'
    # Text without numbers: ABC has a place for it above the first note.
    return edges.begins + (f' "^{encode(text, is_quoted=True)}"' if text else "")


def _name_hidden_signature(parts: list[Part]) -> None:
    """Call a score without signature and accidentals, whose F and C are sharp
    throughout, what it is: music of the Highland pipes (ABC 2.1, 3.1.14)."""
    measures = [measure for part in parts for measure in part.measures]
    keys = [mark for measure in measures for mark in measure.marks if mark.kind == "key"]
    heads = [head for one in measures for chord in one.chords for head in chord.heads]
    altered = {(head.step % 7, head.alteration) for head in heads}
    is_piping = {one for one in altered if one[1] or one[0] in (0, 3)} == {(0, 1), (3, 1)}
    is_hidden = not any(head.is_shown for head in heads)
    if is_piping and is_hidden and all(mark.text == "C" for mark in keys):
        for mark in keys:
            mark.text = "HP"


def _merge_tempos(parts: list[Part]) -> None:
    """Keep one mark of the tempo at each time, of the first part that has it, and one
    label of a part, which goes to the edge of its measure."""
    seen: dict[tuple[int, Fraction], Mark] = {}
    for part in parts:
        for index, measure in enumerate(part.measures):
            kept: list[Mark] = []
            for mark in measure.marks:
                if mark.kind == "tempo":
                    other = seen.setdefault((index, mark.at), mark)
                    if other is not mark:
                        # Words and a number are often said in two places.
                        if other in kept and len(mark.text) > len(other.text):
                            other.text = mark.text
                        continue
                if mark.kind == "label" and not mark.at:
                    parts[0].measures[index].edges.label = mark.text
                    continue
                if mark.kind == "title" and not mark.at:
                    parts[0].measures[index].edges.titles.append(mark.text)
                    continue
                kept.append(mark)
            measure.marks = kept


def _taken_start(voice: AbcVoice, *, is_first: bool) -> dict[str, str]:
    """Take what holds from the beginning of a voice out of its first bar: the values of
    its fields, by their kinds."""
    found: dict[str, str] = {}
    chord = voice.bars[0].layers[0][0]
    kept: list[Mark] = []
    for mark in chord.marks:
        is_start = mark.kind in ("key", "clef", "transpose", "meter")
        if not mark.at and (is_start or (mark.kind == "tempo" and is_first)):
            found[mark.kind] = mark.text
        else:
            kept.append(mark)
    chord.marks = kept
    return found
