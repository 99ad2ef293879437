"""Chord symbols as they are played: a bass and a chord, in a pattern that follows meter
and kind of tune.

Patterns are strings of equal steps that fill a bar, in the letters of abc2midi's
`%%MIDI gchord`: `f` the bass, `c` the chord, `b` both, `z` silence, `g h i j` the tones
of the chord from the root up, `G H I J` an octave lower; `-` lets the stroke before it
ring. What the standard leaves open (4.18): a chord holds until the next one, over bar
lines and repeats, but not into a section without any chord symbol.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from abcrun.notation.chord_symbols import ChordSymbol, read_quoted
from abcrun.notation.meter import Meter
from abcrun.notation.midi_directives import MidiDirective
from abcrun.notation.performance import PlayedBar
from abcrun.notation.written import Bar, BarLine, Ending, Item
from abcrun.sound.dynamics import Dynamics
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS
from abcrun.sound.patterns import BarPlace, bar_places, latest, steps_in
from abcrun.sound.played import DOWNBEAT, MAX_NOTES, Part, ProgramChange
from abcrun.sound.strikes import strikes_of, tick
from abcrun.sound.swing import swung_times
from abcrun.sound.tones import Signed
from abcrun.sound.voices import VoicePlayer

CHORD_VELOCITY, BASS_VELOCITY = 44, 56
"""Three tones of a chord at 44 are about as loud as one of the melody at 70, and a
guitar dies away: the melody, at 80 to 96, stays above."""
_LONGEST_STROKE = Fraction(2)
"""Whole notes that a stroke may ring."""
_LOWEST_BASS = 40
"""E2, the lowest string of a guitar: the bass is within an octave above."""
_LOWEST_CHORD = 52
"""E3: the tones of a chord are within an octave above, below most melodies."""
_MOST_TONES = 4
_ATTACK_DIVISION = 480  # ticks to a crotchet, in which abc2midi counts a chordattack
_OCTAVE = 12
_FIFTH = 7
_STILL_KINDS = frozenset(("air", "airs", "lament", "laments"))
"""Words in the R: of tunes in which a chord is struck once a bar, and held."""


class Chord(NamedTuple):
    """What a chord symbol sounds like: pitches of the chord from the lowest, that of
    the bass, None for silence, and the tones one by one from the root up."""

    tones: tuple[int, ...]
    bass: int | None
    from_root: tuple[int, ...]


_SILENCE = Chord((), None, ())


class ChordChange(NamedTuple):
    """The chord from `onset` (whole notes) on; `is_new`: it differs from the one
    before."""

    onset: Fraction
    chord: Chord
    is_new: bool


class Stroke(NamedTuple):
    """Tones that are struck together; times in whole notes."""

    onset: Fraction
    end: Fraction
    pitches: tuple[int, ...]
    is_bass: bool


@dataclass(frozen=True, slots=True)
class Voicing:
    """Who plays the accompaniment, as `%%MIDI` says or by default."""

    chord_program: int = INSTRUMENT_PROGRAMS["guitar"]
    bass_program: int = INSTRUMENT_PROGRAMS["guitar"]
    chord_octave: int = 0
    bass_octave: int = 0
    chord_velocity: int | None = None
    bass_velocity: int | None = None
    spread: int = 0
    """Ticks, of 480 to a crotchet, from one tone of a chord to the next."""

    @classmethod
    def of(cls, directives: Sequence[tuple[Fraction, MidiDirective]]) -> "Voicing":
        """Read the directives of a tune; the last of a kind counts."""
        found = {one.name: one.numbers for _, one in directives}
        usual = cls()
        chord = found.get("chordprog", (usual.chord_program, 0))
        bass = found.get("bassprog", (usual.bass_program, 0))
        return cls(
            chord[0],
            bass[0],
            chord[1],
            bass[1],
            found.get("chordvol", (None,))[0],
            found.get("bassvol", (None,))[0],
            found.get("chordattack", (0,))[0],
        )


def chord_changes(players: Sequence[VoicePlayer]) -> list[ChordChange]:
    """Return the changes of chord in the order of time. Where two voices name a chord
    at one time, the first voice's counts. The chords of a transposing voice sound as
    far from where they are written as its notes do."""
    symbols: dict[Fraction, tuple[ChordSymbol, int]] = {}
    for player in players:
        own: dict[Fraction, tuple[ChordSymbol, int]] = {}
        for onset, bar, note in player.signed:
            if note.signs is not None and note.signs.texts:
                symbol = _symbol_in(note.signs.texts)
                if symbol is not None:  # before a bar line it gives way to one behind it
                    shift = player.shift_at(onset) + player.bars[bar].bar.transposition
                    own[onset] = (symbol, shift)
        symbols = own | symbols
    changes: list[ChordChange] = []
    chord = _SILENCE
    for onset in sorted(symbols):
        before, chord = chord, _chord(*symbols[onset], chord)
        changes.append(ChordChange(onset, chord, chord != before))
    return changes


def _symbol_in(texts: Sequence[str]) -> ChordSymbol | None:
    """Return the first chord symbol that is no alternate."""
    for text in texts:
        for part in read_quoted(text):
            for symbol in part.symbols:
                if not symbol.is_optional:
                    return symbol
    return None


def _chord(symbol: ChordSymbol, shift: int, before: Chord) -> Chord:
    bass_class = symbol.bass_pitch_class
    if bass_class is None:
        return _SILENCE
    bass = _LOWEST_BASS + (bass_class + shift - _LOWEST_BASS) % _OCTAVE
    if not symbol.root:  # "/F#": another bass under the same chord
        return before._replace(bass=bass)
    classes = list(symbol.pitch_classes)
    fifth = (classes[0] + _FIFTH) % _OCTAVE if classes else 0
    if len(classes) > _MOST_TONES and fifth in classes:
        classes.remove(fifth)  # as players do: it says least of the chord
    # The last of a ninth, eleventh or thirteenth names it: five tones, then.
    tones = [
        _LOWEST_CHORD + (one + shift - _LOWEST_CHORD) % _OCTAVE
        for one in classes[: _MOST_TONES + 1]
    ]
    from_root = [tones[0] + (one - tones[0]) % _OCTAVE for one in tones] if tones else []
    return Chord(tuple(sorted(tones)), bass, tuple(from_root))


def usual_pattern(meter: Meter, rhythm: str) -> str:
    """Return the pattern of a bar of a meter, for a kind of tune (R:).

    A beat of a compound meter is a bass and a chord on its last third (6/8: `f-cf-c`);
    a triple bar is a bass and two chords; other bars are bass and chord in turn, an odd
    one with three at its end (5/8: `fcfcc`). Half notes as beats are two crotchets.
    """
    if not _STILL_KINDS.isdisjoint(re.findall(r"\w+", rhythm.lower())):
        return "b"
    if meter.is_compound:
        return "f-c" * (meter.numerator // 3)
    if "+" in meter.text:
        groups = [int(one) for one in meter.text.split("/")[0].strip("( )").split("+")]
        return "".join(_group(count) for count in groups)
    numerator = meter.numerator
    if numerator == 3:
        return "fcc"
    if numerator == 2:
        return "fcfc"
    if numerator % 2:
        return "fc" * (numerator // 2 - 1) + "fcc" if numerator > 1 else "b"
    return "fc" * (numerator // 2)


def _group(count: int) -> str:
    """Return the strokes of so many steps that stand together in a mixed meter."""
    return {1: "f", 2: "fc", 3: "f-c"}.get(count, "fc" * (count // 2) + "-" * (count % 2))


class Accompanist:
    """Plays the chords of a tune along the bars of one voice."""

    def __init__(
        self,
        bars: Sequence[PlayedBar],
        items: Sequence[Item],
        changes: Sequence[ChordChange],
        directives: Sequence[tuple[Fraction, MidiDirective]],
        rhythm: str,
    ) -> None:
        """`bars` and `items` are those of the voice; `directives` those of all voices,
        by onset."""
        self._bars = bars
        self._changes = changes
        self._onsets = [change.onset for change in changes]
        self._new = [change.onset for change in changes if change.is_new]
        self._end = sum((played.bar.length for played in bars), Fraction(0))
        self._rhythm = rhythm
        self._silent = _silent_items(items, bars, self._onsets)
        self._patterns = [(onset, one.text) for onset, one in directives if one.name == "gchord"]
        self._spans = [
            (onset, one.numbers[0]) for onset, one in directives if one.name == "gchordbars"
        ]
        self._switches = [
            (onset, one.name == "gchordon")
            for onset, one in directives
            if one.name in ("gchordon", "gchordoff")
        ]

    def strokes(self) -> Iterator[Stroke]:
        """Iterate over the strokes in the order of time."""
        own: tuple[Fraction, Meter] | None = None  # since when a gchord holds, and in what
        index = 0
        for place in bar_places(self._bars):
            bar, meter = place.played.bar, place.played.bar.meter
            pattern, since = latest(self._patterns, place.start, "")
            if pattern and (own is None or own[0] != since):
                own, index = (since, meter), 0
            if pattern and own is not None and own[1] != meter:
                pattern = ""  # it was made for another meter
            is_on, _ = latest(self._switches, place.start, True)
            # Before the first bar line, an accompanist waits for it.
            waits = not place.start and bar.is_pickup and 2 * place.phase > (meter.length or 0)
            if is_on and not waits and place.played.item not in self._silent:
                yield from self._bar(place, pattern, index)
            index += 1

    def _bar(self, place: BarPlace, pattern: str, index: int) -> Iterator[Stroke]:
        """Play a bar in a pattern of the tune's own, if there is one, that began
        `index` bars before."""
        meter = place.played.bar.meter
        if meter.length is None:
            return self._held(place.start, place.end)
        if not pattern:
            return self._usual(usual_pattern(meter, self._rhythm), place, meter.length)
        bars, _ = latest(self._spans, place.start, 1)
        behind = place.phase + index % bars * meter.length
        return self._own(pattern, place, behind, bars * meter.length)

    def _chord_at(self, onset: Fraction) -> Chord:
        last = bisect_right(self._onsets, onset) - 1
        return self._changes[last].chord if last >= 0 else _SILENCE

    def _held(self, start: Fraction, end: Fraction) -> Iterator[Stroke]:
        """Play a stretch without a meter: each chord where it is written, held until
        the next."""
        first, last = bisect_left(self._onsets, start), bisect_left(self._onsets, end)
        for onset, following in zip(
            self._onsets[first:last], [*self._onsets[first + 1 :], self._end][: last - first],
            strict=True,
        ):  # fmt: skip
            yield from self._struck("b", onset, following)

    def _usual(self, pattern: str, place: BarPlace, length: Fraction) -> Iterator[Stroke]:
        """Play a bar in a pattern of ours. A chord is heard where it changes, with its
        bass, between the strokes of the pattern too."""
        start, end = place.start, place.end
        steps = steps_in(pattern, start, end, place.phase, length)
        strokes = {onset: kind for onset, kind, _ in steps}
        for onset in _between(self._new, start, end):
            strokes[onset] = "f" if strokes.get(onset) == "f" else "b"
        for onset, following in pairwise([*sorted(strokes), end]):
            yield from self._struck(strokes[onset], onset, following)

    def _own(
        self, pattern: str, place: BarPlace, behind: Fraction, length: Fraction
    ) -> Iterator[Stroke]:
        """Play a bar in the tune's own pattern, to the letter: `behind` of the `length`
        that it fills are over."""
        for onset, kind, stop in steps_in(pattern, place.start, place.end, behind, length):
            following = [*_between(self._new, onset, stop), stop]
            yield from self._struck(kind, onset, following[0])

    def _struck(self, kind: str, onset: Fraction, end: Fraction) -> Iterator[Stroke]:
        chord = self._chord_at(onset)
        end = min(end, onset + _LONGEST_STROKE)
        if chord.bass is not None and kind in "fb":
            yield Stroke(onset, end, (chord.bass,), True)
        if kind in "cb" and chord.tones:
            yield Stroke(onset, end, chord.tones, False)
        elif kind in "ghijGHIJ" and chord.from_root:
            place = "ghij".index(kind.lower())
            octaves, tone = divmod(place, len(chord.from_root))
            pitch = chord.from_root[tone] + _OCTAVE * (octaves - kind.isupper())
            yield Stroke(onset, end, (pitch,), False)


def _between(onsets: Sequence[Fraction], start: Fraction, end: Fraction) -> Sequence[Fraction]:
    """Return the onsets behind `start` and before `end`."""
    return onsets[bisect_right(onsets, start) : bisect_left(onsets, end)]


def _silent_items(
    items: Sequence[Item], bars: Sequence[PlayedBar], onsets: Sequence[Fraction]
) -> frozenset[int]:
    """Return the indices of the bars in sections without any chord symbol; `onsets` are
    those of the symbols."""
    sections: dict[int, int] = {}
    section = 0
    for index, item in enumerate(items):
        if isinstance(item, Bar):
            sections[index] = section
        elif isinstance(item, BarLine) and not item.is_plain:
            # An ending belongs to the section that it ends.
            following = items[index + 1] if index + 1 < len(items) else None
            section += not isinstance(following, Ending)
    heard: set[int] = set()
    now = Fraction(0)
    for item_index, bar, _ in bars:
        end = now + bar.length
        if bisect_left(onsets, now) < bisect_left(onsets, end):
            heard.add(sections[item_index])
        now = end
    return frozenset(index for index, one in sections.items() if one not in heard)


def accompaniment(
    players: Sequence[VoicePlayer],
    directives: Sequence[tuple[Fraction, MidiDirective]],
    channels: Sequence[int],
    division: int,
    rhythm: str,
    *,
    does_swing: bool,
) -> list[Part]:
    """Return the parts of chords and bass of a tune, on two channels; none where it has
    no chord symbols. `directives` are those of all voices, by onset.

    The bars are those of the voice with most symbols. Raises `RenderError` for far more
    notes than sound is made of.
    """
    changes = chord_changes(players)
    if not any(change.chord.tones or change.chord.bass is not None for change in changes):
        return []
    leader = max(players, key=lambda player: sum(map(_has_text, player.signed)))
    accompanist = Accompanist(leader.bars, leader.voice.items, changes, directives, rhythm)
    moved = swung_times(leader.bars) if does_swing else {}
    voicing = Voicing.of(directives)
    chords: list[tuple[int, int, int, int]] = []
    bass: list[tuple[int, int, int, int]] = []
    spread = Fraction(voicing.spread, 4 * _ATTACK_DIVISION)
    loudness = Dynamics([(onset, note) for onset, _, note in leader.signed], ())
    for onset, end, pitches, is_bass in accompanist.strokes():
        begin, stop = moved.get(onset, onset), moved.get(end, end)
        share = Fraction(loudness.stress(onset).downbeat, DOWNBEAT)
        if is_bass:
            given, usual = voicing.bass_velocity, BASS_VELOCITY
            tones, shift = bass, _OCTAVE * voicing.bass_octave
        else:
            given, usual = voicing.chord_velocity, CHORD_VELOCITY
            tones, shift = chords, _OCTAVE * voicing.chord_octave
        velocity = round(usual * share) if given is None else given
        for place, pitch in enumerate(pitches):
            late = min(place * spread, (stop - begin) / 2)
            start, stop_tick = tick(begin + late, division), tick(stop, division)
            tones.append((start, stop_tick, pitch + shift, min(127, max(1, velocity))))
        if len(chords) + len(bass) > 2 * MAX_NOTES:
            break  # far over the bound: the caller says so
    programs = (voicing.chord_program, voicing.bass_program)
    return [
        Part(name, channel, strikes_of(sorted(tones), division), (ProgramChange(0, program),))
        for name, channel, tones, program in zip(
            ("Chords", "Bass"), channels, (chords, bass), programs, strict=True
        )
        if tones
    ]


def _has_text(signed: Signed) -> bool:
    return signed.note.signs is not None and bool(signed.note.signs.texts)
