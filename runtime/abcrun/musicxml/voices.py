"""Parts to the voices of ABC: each voice of a staff one after the other, with the gaps
between its notes filled and the signs at the notes that they belong to.

A voice that a staff has only now and then is laid over the first one (`&`); one that
it has in half of its measures or more is a voice of its own.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction

from abcrun.musicxml.numbers import by_number
from abcrun.musicxml.parts import Chord, Edges, Mark, Measure, Part, Remarks
from abcrun.notation.decorations import DYNAMICS
from abcrun.notation.limits import MAX_DENOMINATOR, MAX_OVERLAYS, MAX_VOICES

_ZERO = Fraction(0)
_FINEST = MAX_DENOMINATOR // 1000

_Place = tuple[int, str]
"""Staff and voice."""


@dataclass(slots=True)
class VoiceBar:
    """A bar of a voice: its layers, and the marks behind its last note."""

    layers: list[list[Chord]]
    behind: list[Mark] = field(default_factory=list)

    @property
    def is_rest(self) -> bool:
        """Whether it is nothing but a rest, with nothing around it."""
        first = self.layers[0][0]
        return len(self.layers) == len(self.layers[0]) == 1 and not (
            first.heads or first.decorations or first.marks or self.behind
        )


@dataclass(slots=True)
class AbcVoice:
    """A voice of the tune: `staff` of `part`, with its bars."""

    part: Part
    staff: int
    bars: list[VoiceBar]
    is_first_of_staff: bool
    name: str = ""


def voices_of(parts: list[Part], lengths: list[Fraction], remarks: Remarks) -> list[AbcVoice]:
    """Return the voices of all parts; `lengths` are those of the measures."""
    found: list[AbcVoice] = []
    for part in parts:
        found += _of_part(part, lengths, remarks)
    if len(found) > MAX_VOICES:
        remarks.place = ""
        remarks.add(f"voices beyond {MAX_VOICES}")
        del found[MAX_VOICES:]
    for number, voice in enumerate(found, 1):
        voice.name = str(number)
    return found


def _of_part(part: Part, lengths: list[Fraction], remarks: Remarks) -> list[AbcVoice]:
    for _ in range(len(part.measures), len(lengths)):  # it ends before the others
        meter = part.measures[-1].meter
        part.measures.append(Measure("", meter, [], [], Edges(), Fraction(0)))
    _join_staves(part, remarks)
    used: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sounding: dict[int, int] = defaultdict(int)  # measures of each staff that have notes
    for measure in part.measures:
        places = {(one.staff, one.voice) for one in measure.chords if not _is_filler(one)}
        for staff, voice in places:
            used[staff][voice] += 1
        for staff in {staff for staff, _ in places}:
            sounding[staff] += 1
    voices = []
    chords = [measure.of_voices() for measure in part.measures]
    for staff in range(1, part.staves + 1):
        counts = used[staff]
        names = sorted(counts, key=by_number)[: MAX_OVERLAYS + 1] or [""]
        if len(counts) > len(names):
            remarks.place = f"part {part.id}"
            remarks.add(f"voices of a staff beyond {MAX_OVERLAYS + 1}")
        # The first voice carries what belongs to the staff: it is always there. A voice
        # that is rare is laid over the one before it.
        home: dict[str, str] = {}
        own = ""
        for name in names:
            if not own or 2 * counts[name] >= sounding[staff]:
                own = name
            home[name] = own
        for name in dict.fromkeys(home.values()):
            stave = _Stave(part, staff, names[0], home, remarks)
            bars = [
                stave.bar(name, measure, places, length)
                for measure, places, length in zip(part.measures, chords, lengths, strict=True)
            ]
            voices.append(AbcVoice(part, staff, bars, name == names[0]))
    return voices


def _is_filler(chord: Chord) -> bool:
    return not chord.heads and chord.is_hidden


def _join_staves(part: Part, remarks: Remarks) -> None:
    """Put each voice that goes from staff to staff on the one where most of its notes
    stand, unless it is in two places at a time."""
    if part.staves == 1:
        return
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    is_doubled: set[str] = set()
    for measure in part.measures:
        reached: dict[str, tuple[Fraction, int]] = {}
        for chord in sorted(measure.chords, key=lambda one: one.onset):
            counts[chord.voice][chord.staff] += 1
            end, staff = reached.get(chord.voice, (_ZERO, chord.staff))
            if chord.onset < end and staff != chord.staff:
                is_doubled.add(chord.voice)
            reached[chord.voice] = (chord.end, chord.staff)
    for voice, staves in counts.items():
        if len(staves) == 1 or voice in is_doubled:
            continue
        home = max(staves, key=lambda staff: staves[staff])
        for measure in part.measures:
            for chord in measure.chords:
                if chord.voice == voice and chord.staff != home:
                    remarks.place = f"part {part.id}, measure {measure.number}"
                    remarks.add("notes that a voice has on another staff: they stand on its own")
                    chord.staff = home


@dataclass(frozen=True, slots=True)
class _Stave:
    """A staff whose voices are being put together: `home` says for each of them which
    one it is laid over, itself for most."""

    part: Part
    staff: int
    first: str
    home: dict[str, str]
    remarks: Remarks

    def bar(
        self, name: str, measure: Measure, chords: dict[_Place, list[Chord]], length: Fraction
    ) -> VoiceBar:
        """Return the bar of a voice, with those that are laid over it."""
        self.remarks.place = f"part {self.part.id}, measure {measure.number}"
        layers = _layered(chords.get((self.staff, name), [])) or [[]]
        for other, own in self.home.items():
            if own == name != other:
                layers += _layered(chords.get((self.staff, other), []))
        layers = [layers[0], *(one for one in layers[1:] if any(chord.heads for chord in one))]
        if len(layers) > MAX_OVERLAYS:
            self.remarks.add(f"layers of a bar beyond {MAX_OVERLAYS}")
            del layers[MAX_OVERLAYS:]
        filled = [_filled(one, None if index else length) for index, one in enumerate(layers)]
        bar = VoiceBar(filled)
        _attach(bar, [one for one in measure.marks if self._has(name, one)], filled)
        for layer in filled[1:]:
            if any(chord.sung for chord in layer):
                self.remarks.add("lyrics of a voice that is laid over another")
        return bar

    def _has(self, name: str, mark: Mark) -> bool:
        """Return whether a mark is for a voice of this staff."""
        if mark.kind in ("key", "clef", "transpose", "meter"):
            return mark.staff in (0, self.staff)
        if mark.staff and mark.staff != self.staff:
            return False
        # Without a staff it is the voice that tells, else the first staff of all.
        if not mark.staff and mark.voice not in self.home and self.staff > 1:
            return False
        return self.home.get(mark.voice, self.first) == name


def _layered(chords: list[Chord]) -> list[list[Chord]]:
    """Return the notes of a voice in layers in which none overlaps another."""
    layers: list[list[Chord]] = []
    for chord in chords:
        for layer in layers:
            if chord.onset >= layer[-1].end:
                layer.append(chord)
                break
        else:
            if len(layers) <= MAX_OVERLAYS:  # more are counted below, and named
                layers.append([chord])
    return layers


def _rest(onset: Fraction, length: Fraction, like: Chord | None = None) -> Chord:
    """Return a rest that is not shown."""
    length = length.limit_denominator(_FINEST)
    voice, staff = ("", 1) if like is None else (like.voice, like.staff)
    return Chord(onset, length, length, voice, staff, is_hidden=True)


def _filled(layer: list[Chord], length: Fraction | None) -> list[Chord]:
    """Return a layer with rests in its gaps, and up to `length` behind its last
    note."""
    found: list[Chord] = []
    reached = _ZERO
    for chord in layer:
        if chord.onset > reached:
            found.append(_rest(reached, chord.onset - reached, chord))
        found.append(chord)
        reached = max(reached, chord.end)
    if length is not None and reached < length:
        found.append(_rest(reached, length - reached))
    return found


def _attach(bar: VoiceBar, marks: list[Mark], filled: list[list[Chord]]) -> None:
    """Put marks at the notes that they belong to."""
    layer = filled[0]
    onsets = [chord.onset for chord in layer]
    loud = {mark.at for mark in marks if mark.kind == "decoration" and mark.text in DYNAMICS}
    between: list[Mark] = []  # chord symbols in the middle of a note
    for mark in sorted(marks, key=lambda one: one.at):
        index = bisect_left(onsets, mark.at)
        if mark.kind == "decoration":
            # A hairpin that leads to a mark of loudness ends there; one that begins
            # within a note begins with it.
            is_inside = index == len(layer) or onsets[index] != mark.at
            if (mark.ends and mark.at not in loud) or (is_inside and mark.text.endswith("(")):
                index = max(0, index - 1)
        is_behind = index == len(layer)
        if mark.kind == "decoration" and not is_behind:
            if mark.text not in layer[index].decorations:
                layer[index].decorations.append(mark.text)
        elif mark.kind == "chord" and is_behind and mark.at >= layer[-1].end:
            bar.behind.append(mark)  # before the bar line
        elif mark.kind == "chord" and (is_behind or onsets[index] != mark.at):
            between.append(mark)
        elif not is_behind:
            layer[index].marks.append(mark)
        elif mark.text.startswith("<"):  # left of the bar line
            bar.behind.append(replace(mark, text="^" + mark.text[1:]))
        else:
            bar.behind.append(mark)
    if between:
        filled.append(_chords_alone(between, layer[-1].end))


def _chords_alone(marks: list[Mark], end: Fraction) -> list[Chord]:
    """Return a layer of hidden rests that carries chord symbols which begin in the
    middle of notes."""
    marks_at: dict[Fraction, list[Mark]] = {_ZERO: []}
    for mark in marks:
        marks_at.setdefault(mark.at, []).append(mark)
    times = sorted(marks_at)
    found = []
    for at, until in zip(times, [*times[1:], max(end, times[-1] + Fraction(1, 8))], strict=True):
        rest = _rest(at, until - at)
        rest.marks = marks_at[at]
        found.append(rest)
    return found
