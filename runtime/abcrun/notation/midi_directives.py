"""The directives `%%MIDI` and `I:MIDI` (abc2midi's): which of them abcrun plays, and
what they say.

Numbers are those of the directive: channels from 1, programs from 0.
"""

import re
from typing import NamedTuple

from abcrun.notation.pitch import written_pitch

_MAX_WORDS = 140

# The numbers that a directive takes, as pairs of lowest and highest, and how many of
# them it needs.
_NUMBERS: dict[str, tuple[int, tuple[tuple[int, int], ...]]] = {
    "bassprog": (1, ((0, 127),)),
    "bassvol": (1, ((0, 127),)),
    "beat": (3, ((0, 127), (0, 127), (0, 127), (0, 64))),
    "channel": (1, ((1, 16),)),
    "chordattack": (1, ((0, 480),)),
    "chordprog": (1, ((0, 127),)),
    "chordvol": (1, ((0, 127),)),
    "control": (2, ((0, 119), (0, 127))),
    "drone": (1, ((0, 127),) * 5),
    "drumbars": (1, ((1, 16),)),
    "gchordbars": (1, ((1, 16),)),
    "gracedivider": (1, ((1, 64),)),
    "rtranspose": (1, ((-60, 60),)),
    "transpose": (1, ((-60, 60),)),
    "vol": (1, ((0, 127),)),
}
_NOTE = re.compile(r"(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']{0,8})")
_BARE = frozenset(
    (
        "beataccents",
        "droneoff",
        "droneon",
        "drumoff",
        "drumon",
        "gchordoff",
        "gchordon",
        "nobeataccents",
    )
)
_DRUM, _DRUM_VELOCITY = 35, 80  # where a drum directive gives none
_DRONE = (70, 45, 33, 80, 80)
_STROKES = frozenset("bcfghijzGHIJ")
_MAX_STROKES = 64
_MAX_OCTAVE = 3


class MidiDirective(NamedTuple):
    """One directive: `numbers` are what stands behind its name; `text` the pattern of a
    `gchord` or `drum`, a letter for each of its equal steps (`f3c` is `f--c`)."""

    name: str
    numbers: tuple[int, ...] = ()
    text: str = ""


def read_midi_directive(value: str) -> MidiDirective | None:
    """Read what stands behind `%%MIDI`; None for what abcrun does not play.

    `program [channel] n` has the channel first, 0 where none is written. `chordprog n
    octave=k` and `bassprog n octave=k` have k as their second number. `grace a/b` has
    the numbers a and b, `drummap ^c 38` the pitch of the note and the drum's,
    `drone` always program, two pitches and their velocities, `drum dzd 35 38 100 80`
    the drums of all strokes and then their velocities.
    """
    words = value.split()
    if not words or len(words) > _MAX_WORDS:
        return None
    name, *rest = words
    name = name.lower()
    if name in _BARE:
        return MidiDirective(name)
    if name == "gchord":
        pattern = _pattern("".join(rest), _STROKES)
        return None if pattern is None else MidiDirective(name, (), pattern)
    if name == "drum":
        return _drum_pattern(rest)
    if name == "drummap":
        return _drum(rest)
    if name == "grace":
        return _grace("".join(rest))
    octave = 0
    if name in ("bassprog", "chordprog") and rest and rest[-1].lower().startswith("octave="):
        found = _number(rest.pop()[7:], -_MAX_OCTAVE, _MAX_OCTAVE)
        if found is None:
            return None
        octave = found
    if name == "program":
        bounds: tuple[tuple[int, int], ...] = ((0, 127),) if len(rest) == 1 else ((1, 16), (0, 127))
        needed = len(bounds)
    elif name in _NUMBERS:
        needed, bounds = _NUMBERS[name]
    else:
        return None
    if not needed <= len(rest) <= len(bounds):
        return None
    numbers = [_number(word, *bound) for word, bound in zip(rest, bounds, strict=False)]
    known = tuple(number for number in numbers if number is not None)
    if len(known) < len(numbers):
        return None
    if name == "program" and len(known) == 1:
        known = (0, *known)
    elif name in ("bassprog", "chordprog"):
        known = (*known, octave)
    elif name == "drone":
        known += _DRONE[len(known) :]
    return MidiDirective(name, known)


def _number(word: str, lowest: int, highest: int) -> int | None:
    digits = word.lstrip("+-")
    if len(word) - len(digits) > 1 or not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) > 4:
        return None
    number = int(word)
    return number if lowest <= number <= highest else None


def _grace(text: str) -> MidiDirective | None:
    above, _, below = text.partition("/")
    numerator, denominator = _number(above, 1, 64), _number(below, 1, 64)
    if numerator is None or denominator is None or numerator >= denominator:
        return None
    return MidiDirective("grace", (numerator, denominator))


def _drum(words: list[str]) -> MidiDirective | None:
    note = _NOTE.fullmatch(words[0]) if len(words) == 2 else None
    drum = _number(words[1], 0, 127) if len(words) == 2 else None
    if note is None or drum is None:
        return None
    written = written_pitch(*note.groups())
    return MidiDirective("drummap", (written.natural + (written.alteration or 0), drum))


def _drum_pattern(words: list[str]) -> MidiDirective | None:
    pattern = _pattern(words[0], frozenset("dz")) if words else None
    given = [_number(word, 0, 127) for word in words[1:]]
    numbers = [number for number in given if number is not None]
    count = pattern.count("d") if pattern else 0
    if pattern is None or len(numbers) < len(given) or len(numbers) > 2 * count:
        return None
    drums = [*numbers[:count], *([_DRUM] * (count - len(numbers)))]
    velocities = [*numbers[count:], *([_DRUM_VELOCITY] * (2 * count - len(numbers)))]
    return MidiDirective("drum", (*drums, *velocities[:count]), pattern)


def _pattern(text: str, strokes: frozenset[str]) -> str | None:
    """Spread the numbers behind letters: `f2zc` is `f-zc`."""
    steps = ""
    for character in text:
        if character in strokes:
            steps += character
        elif character in "123456789" and steps:
            steps += "-" * (int(character) - 1)
        else:
            return None
        if len(steps) > _MAX_STROKES:
            return None
    return steps or None
