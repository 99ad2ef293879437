"""Drums in a pattern, as `%%MIDI drum` and `drumon` ask for them."""

from collections.abc import Sequence
from fractions import Fraction

from abcrun.notation.midi_directives import MidiDirective
from abcrun.notation.performance import PlayedBar
from abcrun.sound.patterns import bar_places, latest, steps_in
from abcrun.sound.played import DRUM_CHANNEL, MAX_NOTES, Part, ProgramChange
from abcrun.sound.strikes import strikes_of, tick

_NO_DRUMS = MidiDirective("drum")


def drum_parts(
    bars: Sequence[PlayedBar],
    directives: Sequence[tuple[Fraction, MidiDirective]],
    division: int,
) -> list[Part]:
    """Return the part of the drums along `bars`; none where they are never on.

    `directives` are those of all voices, by onset.
    """
    patterns = [(onset, one) for onset, one in directives if one.name == "drum"]
    switches = [(onset, one.name == "drumon") for onset, one in directives if one.name in _SWITCHES]
    if not patterns or not switches:
        return []
    spans = [(onset, one.numbers[0]) for onset, one in directives if one.name == "drumbars"]
    tones: list[tuple[int, int, int, int]] = []
    index = 0
    for played, start, end, phase in bar_places(bars):
        length = played.bar.meter.length
        pattern, since = latest(patterns, start, _NO_DRUMS)
        index = 0 if since == start else index
        if length is not None and pattern.text and latest(switches, start, False)[0]:
            bars_filled, _ = latest(spans, start, 1)
            behind = phase + index % bars_filled * length
            for onset, stroke, stop in steps_in(
                _numbered(pattern.text), start, end, behind, bars_filled * length
            ):
                place = ord(stroke) - _FIRST
                drum = pattern.numbers[place]
                velocity = max(1, pattern.numbers[len(pattern.numbers) // 2 + place])
                tones.append((tick(onset, division), tick(stop, division), drum, velocity))
        index += 1
        if len(tones) > 2 * MAX_NOTES:
            break  # far over the bound: the caller says so
    strikes = strikes_of(tones, division)
    return [Part("Drums", DRUM_CHANNEL, strikes, (ProgramChange(0, 0),))] if strikes else []


_SWITCHES = ("drumon", "drumoff")
_FIRST = 0x2460


def _numbered(pattern: str) -> str:
    """Return a pattern with a character of its own for each stroke: the first is
    `_FIRST`."""
    count = 0
    numbered = ""
    for letter in pattern:
        numbered += chr(_FIRST + count) if letter == "d" else letter
        count += letter == "d"
    return numbered
