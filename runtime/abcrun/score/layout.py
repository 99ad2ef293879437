"""Notes laid out for the eye: note values, tuplets, beams, ties and slurs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from abcrun.notation.written import Bar, BarLine, Ending, Graces, Item, Voice, WrittenNote

Ratio = tuple[int, int]
"""Of a tuplet: the notes that are written, and the notes in whose time they sound."""

# Note values in whole notes by MusicXML's names, longest first.
_VALUES = (
    (Fraction(8), "maxima"),
    (Fraction(4), "long"),
    (Fraction(2), "breve"),
    (Fraction(1), "whole"),
    (Fraction(1, 2), "half"),
    (Fraction(1, 4), "quarter"),
    (Fraction(1, 8), "eighth"),
    *(
        (Fraction(1, 1 << power), f"{1 << power}{'nd' if power == 5 else 'th'}")
        for power in range(4, 11)
    ),
)
_SHORTEST = _VALUES[-1]
_FLAGS = {name: count for count, (_, name) in enumerate(_VALUES[6:], 1)}
_DOTTED = {
    value * (2 - Fraction(1, 1 << dots)): (name, dots)
    for value, name in reversed(_VALUES)
    for dots in (3, 2, 1, 0)
    # The last dot stands for a note value too, and there is none under 1024th.
    if value * Fraction(1, 1 << dots) >= _SHORTEST[0]
}
# A length that takes several notes is written in values of at most one dot: two dots
# and a tie in one place are hard to read.
_SPLIT = sorted((value for value, (_, dots) in _DOTTED.items() if dots <= 1), reverse=True)

_MAX_BEAMS = 8  # MusicXML's type beam-level ends there
_MAX_SLURS = 6  # open at once: programs older than MusicXML 4.0 know no higher number


@dataclass(slots=True)
class NoteSegment:
    """A stretch of a written note that one note value can show, with all its pitches.

    `offset` in the bar and `duration` are in whole notes; `value` is MusicXML's name of
    the note value ("eighth") and `dots` its dots.
    """

    note: WrittenNote
    offset: Fraction
    duration: Fraction
    value: str
    dots: int
    ratio: Ratio | None
    is_first: bool
    """Of its note: what stands around the note is drawn with this segment."""
    tuplet: int = 0
    """The number of the tuplet sign that it stands under, from 1; 0: under none."""
    tuplet_edges: list[str] = field(default_factory=list)
    """`start` and `stop`, where its tuplet does so."""
    beams: list[str] = field(default_factory=list)
    """MusicXML's kinds of beam, by level."""
    fills_bar: bool = False
    """A rest that is alone in its bar and as long as the meter."""
    ties_begun: set[int] = field(default_factory=set)
    """The pitches that a tie binds to the next segment."""
    ties_ended: set[int] = field(default_factory=set)
    slurs_begun: list[tuple[int, bool]] = field(default_factory=list)
    """Numbers of slurs, and whether they are dotted; those that are open at once have
    different numbers."""
    slurs_ended: list[int] = field(default_factory=list)


_Ends = tuple[NoteSegment, NoteSegment]
"""The first and the last segment of a note: where ties and slurs end and begin."""


class VoiceLayout:
    """A voice laid out: each bar in layers, each layer in segments."""

    def __init__(self, voice: Voice) -> None:
        self.items = voice.items
        self.bars = [item for item in voice.items if isinstance(item, Bar)]
        self.layers: list[list[list[NoteSegment]]] = []
        self._tuplets = 0
        self._ratio: Ratio | None = None
        self._left = 0  # notes that the tuplet sign under way still reaches
        ends = [self._lay_out(bar) for bar in self.bars]
        _join_ties(voice.items, ends)
        _join_slurs(ends)

    def segments(self) -> Iterator[NoteSegment]:
        """Iterate over the segments of all bars and layers, in written order."""
        return (segment for layers in self.layers for layer in layers for segment in layer)

    def _lay_out(self, bar: Bar) -> list[_Ends]:
        """Lay out a bar; return the first and the last segment of each of its notes."""
        layers: list[list[NoteSegment]] = [[]]
        ends: list[_Ends] = []
        reached = Fraction(0)
        for note in bar.notes:
            if note.offset < reached:  # a `&` went back to the start of the bar
                layers.append([])
            reached = note.offset + note.duration
            segments = self._segments(note)
            layers[-1] += segments
            ends.append((segments[0], segments[-1]))
        for layer in layers:
            _mark_tuplets(layer)
            _beam(layer)
            if len(layer) == 1 and not layer[0].note.pitches:
                layer[0].fills_bar = layer[0].duration == bar.meter.length
        self.layers.append(layers)
        return ends

    def _segments(self, note: WrittenNote) -> list[NoteSegment]:
        if note.signs is not None and note.signs.tuplet is not None:
            tuplet = note.signs.tuplet
            self._tuplets += 1
            self._ratio = (tuplet.actual, tuplet.normal)
            self._left = tuplet.reach
        asked = None
        if self._left:
            self._left -= 1
            asked = self._ratio
        values, ratio = note_values(note.duration, asked)
        segments: list[NoteSegment] = []
        offset = note.offset
        for index, (duration, value, dots) in enumerate(values):
            segment = NoteSegment(note, offset, duration, value, dots, ratio, index == 0)
            if asked is not None and ratio == asked:
                segment.tuplet = self._tuplets
            if index:
                segment.ties_ended.update(note.pitches)
                segments[-1].ties_begun.update(note.pitches)
            segments.append(segment)
            offset += duration
        return segments


def _join_slurs(ends: Sequence[Sequence[_Ends]]) -> None:
    """Join slurs that have both ends, on notes, and span at least two."""
    open_slurs: list[tuple[NoteSegment, bool]] = []
    for bar in ends:
        for segment, _ in bar:
            signs = segment.note.signs
            if signs is None:
                continue
            open_slurs += [
                (segment, index < signs.slurs_dotted) for index in range(signs.slurs_begun)
            ]
            for _ in range(min(signs.slurs_ended, len(open_slurs))):
                begun, is_dotted = open_slurs.pop()
                number = len(open_slurs) + 1
                has_ends = begun is not segment and begun.note.pitches and segment.note.pitches
                if has_ends and number <= _MAX_SLURS:
                    begun.slurs_begun.append((number, is_dotted))
                    segment.slurs_ended.append(number)


def _join_ties(items: Sequence[Item], ends: Sequence[Sequence[_Ends]]) -> None:
    """Join ties that lead to a note of their pitch, in written order.

    From the end of a repeat, or of an ending, a tie leads to the bar that is played
    next, not to the one that is written next.
    """
    held: dict[int, tuple[NoteSegment, Fraction]] = {}  # pitch → who holds it, until when
    start = Fraction(0)
    notes_of_bars = iter(ends)
    for item in items:
        if isinstance(item, BarLine):
            if item.ends:
                held.clear()
        elif isinstance(item, Ending):
            if min(item.passes) > 1:
                held.clear()
        elif isinstance(item, Bar):
            for first, last in next(notes_of_bars):
                note = first.note
                if not (held or note.tied):
                    continue
                began = start + note.offset
                for pitch in note.pitches:
                    holder = held.pop(pitch, None)
                    # A note of this pitch that begins later is struck anew.
                    if holder is not None and holder[1] == began:
                        holder[0].ties_begun.add(pitch)
                        first.ties_ended.add(pitch)
                    if pitch in note.tied:
                        held[pitch] = (last, began + note.duration)
            start += item.length


def note_values(
    duration: Fraction, asked: Ratio | None
) -> tuple[list[tuple[Fraction, str, int]], Ratio | None]:
    """Return note values (duration, name, dots) that last `duration` together, and the
    ratio of the tuplet that they stand in.

    `asked` is the ratio that a tuplet sign calls for. Where it does not make note
    values, another one is found.
    """
    ratio = asked
    nominal = duration if ratio is None else duration * ratio[0] / ratio[1]
    if _odd_part(nominal.denominator) > 1:
        odd = _odd_part(duration.denominator)
        # As many notes in the time of the next lower power of two: a triplet, a
        # quintuplet in the time of 4, a septuplet in the time of 4.
        ratio = (odd, 1 << (odd.bit_length() - 1)) if odd > 1 else None
        nominal = duration if ratio is None else duration * ratio[0] / ratio[1]
    if nominal.denominator > _SHORTEST[0].denominator:
        # Shorter than any note value: it is drawn as the shortest, and its exact time
        # is kept.
        return [(duration, _SHORTEST[1], 0)], ratio
    if nominal in _DOTTED:
        return [(duration, *_DOTTED[nominal])], ratio
    scale = duration / nominal
    values: list[tuple[Fraction, str, int]] = []
    while nominal:
        value = next(value for value in _SPLIT if value <= nominal)
        values.append((value * scale, *_DOTTED[value]))
        nominal -= value
    return values, ratio


def _odd_part(number: int) -> int:
    return number // (number & -number)


def _mark_tuplets(layer: Sequence[NoteSegment]) -> None:
    """Mark where the tuplets of a layer start and stop.

    A tuplet that reaches over a bar line has a bracket in each bar.
    """
    # Notation programs such as MuseScore hold no tuplet that crosses a bar line.
    for index, segment in enumerate(layer):
        if segment.tuplet:
            if index == 0 or layer[index - 1].tuplet != segment.tuplet:
                segment.tuplet_edges.append("start")
            if index == len(layer) - 1 or layer[index + 1].tuplet != segment.tuplet:
                segment.tuplet_edges.append("stop")


def _beam(layer: Sequence[NoteSegment]) -> None:
    """Join the flags of neighbours that no space parts (ABC 2.1, 4.7).

    A short rest stands inside of a beam, a longer note or rest ends it.
    """
    group: list[NoteSegment] = []
    for segment in layer:
        if segment.value not in _FLAGS:
            _join_beam(group)
            group = []
            continue
        if group and segment.is_first and _parts_beam(segment.note):
            _join_beam(group)
            group = []
        if segment.note.pitches:
            group.append(segment)
    _join_beam(group)


def _parts_beam(note: WrittenNote) -> bool:
    """Return whether no beam leads to a note: behind a space, or another signature."""
    signs = note.signs
    return not note.is_beamed or (
        signs is not None and (signs.key is not None or signs.meter is not None)
    )


def _join_beam(group: Sequence[NoteSegment]) -> None:
    if len(group) > 1:
        kinds = _beam_kinds([_FLAGS[segment.value] for segment in group])
        for segment, beams in zip(group, kinds, strict=True):
            segment.beams += beams


def _beam_kinds(flags: Sequence[int]) -> list[list[str]]:
    """Return MusicXML's kinds of beam, by level, for each note of a beam; `flags` are
    the numbers of their flags."""
    padded = [0, *flags, 0]
    found: list[list[str]] = []
    for index, count in enumerate(flags, 1):
        kinds: list[str] = []
        for level in range(1, min(count, _MAX_BEAMS) + 1):
            before, after = padded[index - 1] >= level, padded[index + 1] >= level
            if before and after:
                kinds.append("continue")
            elif before or after:
                kinds.append("end" if before else "begin")
            else:
                # Longer neighbours on both sides: a stump that points into the group.
                kinds.append("forward hook" if index == 1 else "backward hook")
        found.append(kinds)
    return found


def grace_values(graces: Graces, *, is_piped: bool) -> list[tuple[str, int]]:
    """Return note values of grace notes, as names and dots: quavers alone, semiquavers
    in a group, demisemiquavers for the pipes (`is_piped`), and longer ones as their
    lengths ask for beside the shortest."""
    shortest = min(grace.duration for grace in graces.notes)
    base = Fraction(1, 32 if is_piped else 8 if len(graces.notes) == 1 else 16)
    return [_DOTTED.get(base * grace.duration / shortest, _DOTTED[base]) for grace in graces.notes]


def grace_beams(values: Sequence[tuple[str, int]]) -> list[list[str]]:
    """Return MusicXML's kinds of beam, by level, of grace notes with these values."""
    flags = [_FLAGS.get(value, 0) for value, _ in values]
    if len(flags) < 2 or not all(flags):
        return [[] for _ in values]
    return _beam_kinds(flags)
