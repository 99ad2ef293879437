"""The bars of a voice as music in ABC."""

from dataclasses import dataclass, field
from fractions import Fraction

from abcrun.musicxml.lyrics import VerseWriter
from abcrun.musicxml.parts import Chord, Grace, Head, Mark
from abcrun.musicxml.voices import VoiceBar
from abcrun.notation.clef import read_clef
from abcrun.notation.key import read_key
from abcrun.notation.limits import MAX_NOTE_LENGTH
from abcrun.notation.meter import Meter, read_meter
from abcrun.notation.pitch import ACCIDENTALS, LETTERS, natural_pitch, step_text, written_pitch
from abcrun.notation.staff import Staff, signature_of
from abcrun.notation.text_strings import encode

_FIELDS = {
    "key": "K:",
    "clef": "K:clef=",
    "transpose": "K:transpose=",
    "meter": "M:",
    "tempo": "Q:",
}
_SHORT = {"staccato": ".", "roll": "~", "upbow": "u", "downbow": "v", "trill": "T"}
"""Decorations that are usually written in one letter."""
_USUAL_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_CROTCHET = Fraction(1, 4)


def multiple(length: Fraction) -> str:
    """Return a multiple of the unit length as ABC spells it: `2`, `/`, `3/2`."""
    above, below = length.as_integer_ratio()
    if below == 1:
        return "" if above == 1 else str(above)
    if above == 1:
        return "/" if below == 2 else f"/{below}"
    return f"{above}/{below}" if below > 2 else f"{above}/"


def beat_of(meter: Meter) -> Fraction:
    """Return what a beam may span where the file has no beams, in whole notes."""
    if meter.is_compound or (meter.numerator == 3 and meter.denominator >= 8):
        return Fraction(3, meter.denominator)
    return Fraction(1, 2) if meter.denominator == 2 else _CROTCHET


@dataclass(slots=True)
class MusicWriter:
    """Writes the bars of one voice, one after the other: what is in force goes on from
    bar to bar.

    `unit` is the unit length in whole notes; `key` and `clef` are values of the fields,
    `transpose` is in semitones. Without `has_beams`, notes are joined by the beats.
    """

    unit: Fraction
    meter: Meter
    key: str = "none"
    clef: str = ""
    transpose: int = 0
    has_beams: bool = True
    verses: VerseWriter = field(default_factory=VerseWriter)
    _staff: Staff = field(init=False)
    _octaves: int = field(init=False)

    def __post_init__(self) -> None:
        self._staff = Staff((0,) * 7)
        self._change_key(self.key)
        self._change_shift()

    def bar(self, bar: VoiceBar) -> str:
        """Return the music of a bar, without bar lines."""
        layers = []
        for index, layer in enumerate(bar.layers):
            if index:
                self._staff.begin_layer()
            layers.append(self._layer(layer, is_main=not index))
        behind = "".join(self._mark(mark) for mark in bar.behind)
        self._staff.finish_bar(has_notes=True)
        return " & ".join(layers) + behind

    def rest_bars(self, count: int) -> str:
        """Return a rest of whole bars."""
        self._staff.finish_bar(has_notes=True)
        return f"Z{count}"

    def _layer(self, layer: list[Chord], *, is_main: bool) -> str:
        pieces: list[str] = []
        offset = Fraction(0)
        left = 0  # chords that the tuplet sign under way still reaches
        is_open = False  # whether a beam goes on, over rests too
        for index, chord in enumerate(layer):
            if self.has_beams:
                is_joined = is_open and (not chord.heads or chord.beam in ("continue", "end"))
                if chord.heads:
                    is_open = chord.beam in ("begin", "continue")
            else:
                is_joined = bool(index) and self._is_in_beat(layer[index - 1], chord, offset)
            if index and not is_joined:
                pieces.append(" ")
            pieces += [self._mark(mark) for mark in chord.marks]
            if not left and chord.ratio is not None:
                left = tuplet_reach(layer, index)
                pieces.append(_tuplet_sign(chord.ratio, left))
            ratio = chord.ratio if left else None
            left -= bool(left)
            pieces.append(self._chord(chord, ratio))
            if is_main and chord.heads:
                self.verses.sing(chord.sung)
            elif is_main:
                self.verses.rest()
            offset += chord.duration
        return "".join(pieces)

    def _is_in_beat(self, before: Chord, chord: Chord, offset: Fraction) -> bool:
        """Return whether two chords have flags and stand in one beat."""
        beat = beat_of(self.meter) if self.meter.length is not None else _CROTCHET
        return (
            bool(before.heads and chord.heads)
            and max(_value(before), _value(chord)) < _CROTCHET
            and (offset - before.duration) // beat == offset // beat
        )

    def _mark(self, mark: Mark) -> str:
        """Return a mark as an inline field or quoted text, and take it into force."""
        if mark.kind in _FIELDS:
            if mark.kind == "key":
                self._change_key(mark.text)
            elif mark.kind == "meter":
                found = read_meter(mark.text)
                self.meter = self.meter if found is None else found[0]
            elif mark.kind != "tempo":
                if mark.kind == "clef":
                    self.clef = mark.text
                else:
                    self.transpose = int(mark.text)
                self._change_shift()
            return f"[{_FIELDS[mark.kind]}{mark.text}]"
        if mark.kind == "decoration":
            return f"!{encode(mark.text)}!"
        text = "^" + mark.text if mark.kind in ("label", "title") else mark.text
        return f'"{encode(text, is_quoted=True)}"'

    def _change_key(self, value: str) -> None:
        read = read_key(value)
        key = None if read is None else read.key
        self._staff.change_key((0,) * 7 if key is None else signature_of(key))

    def _change_shift(self) -> None:
        clef = read_clef(self.clef)
        self._octaves = 0 if clef is None else clef.octave
        self._staff.shift = self.transpose + 12 * self._octaves

    # Notes

    def _chord(self, chord: Chord, ratio: tuple[int, int] | None) -> str:
        slurs = "".join(".(" if is_dotted else "(" for is_dotted in chord.slurs_begun)
        signs = "".join(_SHORT.get(name) or f"!{encode(name)}!" for name in chord.decorations)
        text = slurs + self._graces(chord.graces) + signs
        length = chord.duration
        if ratio is not None:
            length = length * ratio[0] / ratio[1]
        spelled = multiple(min(length, Fraction(MAX_NOTE_LENGTH)) / self.unit)
        if not chord.heads:
            self._staff.release()
            return text + ("x" if chord.is_hidden else "z") + spelled + ")" * chord.slurs_ended
        tied = [head for head in chord.heads if head.is_tied]
        names = [self._head(self._staff, head) for head in chord.heads]
        if len(names) == 1:
            text += names[0] + spelled + "-" * bool(tied)
        else:
            is_whole = len(tied) == len(names)
            inside = "".join(
                name + "-" * (head.is_tied and not is_whole)
                for name, head in zip(names, chord.heads, strict=True)
            )
            text += f"[{inside}]{spelled}" + "-" * is_whole
        self._staff.release()
        if tied:
            self._staff.hold({self._step(head): self._pitch(head) for head in tied})
        return text + ")" * chord.slurs_ended

    def _graces(self, graces: list[Grace]) -> str:
        if not graces:
            return ""
        staff = self._staff.copy()  # their accidentals do not last
        values = {grace.value for grace in graces}
        # Their lengths are the engraver's affair, where all are alike.
        is_plain = len(values) == 1
        notes = []
        for grace in graces:
            names = [self._head(staff, head) for head in grace.heads]
            text = names[0] if len(names) == 1 else f"[{''.join(names)}]"
            notes.append(
                text + ("" if is_plain or not grace.value else multiple(grace.value / self.unit))
            )
        return "{" + "/" * graces[0].is_slashed + "".join(notes) + "}"

    def _step(self, head: Head) -> int:
        return head.step - 7 * self._octaves

    def _pitch(self, head: Head) -> int:
        """Return the MIDI note number at which a note sounds."""
        return natural_pitch(head.step) + head.alteration + self.transpose

    def _head(self, staff: Staff, head: Head) -> str:
        """Return a note with the accidental that it needs, or has in the file."""
        step = self._step(head)
        text = step_text(step)
        letter, marks = LETTERS[step % 7], text[1:]
        letter = letter.lower() if text[0].islower() else letter
        plain = staff.read(written_pitch(None, letter, marks))
        if plain == self._pitch(head) and not head.is_shown:
            return text
        accidental = ACCIDENTALS[head.alteration]
        staff.read(written_pitch(accidental, letter, marks))
        return accidental + text


def _value(chord: Chord) -> Fraction:
    if chord.value is not None:
        return chord.value
    ratio = chord.ratio or (1, 1)
    return chord.duration * ratio[0] / ratio[1]


def tuplet_reach(layer: list[Chord], start: int) -> int:
    """Return how many chords the tuplet that begins at an index of a layer has."""
    ratio = layer[start].ratio
    is_marked = layer[start].opens_tuplet
    total = Fraction(0)
    shortest = _value(layer[start])
    for index in range(start, len(layer)):
        chord = layer[index]
        if chord.ratio != ratio or (index > start and chord.opens_tuplet):
            return index - start
        total += _value(chord)
        shortest = min(shortest, _value(chord))
        if is_marked and chord.closes_tuplet:
            return index - start + 1
        # Without marks: as many of the shortest note as the tuplet has.
        if not is_marked and ratio is not None and (total / shortest) % ratio[0] == 0:
            return index - start + 1
        if index - start + 1 == 32:
            break
    return min(len(layer) - start, 32)


def _tuplet_sign(ratio: tuple[int, int], reach: int) -> str:
    actual, normal = ratio
    if _USUAL_TUPLETS.get(actual) == normal:
        return f"({actual}" if reach == actual else f"({actual}::{reach}"
    return f"({actual}:{normal}" if reach == actual else f"({actual}:{normal}:{reach}"
