"""Keys: tonic, mode and the accidentals that they put on the staff."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from abcrun.errors import UsageError
from abcrun.notation.pitch import ALTERATIONS, LETTERS, NAME_ALTERATIONS, SEMITONES, SHARPS
from abcrun.notation.problem import shown

_MODE_FIFTHS = {
    "major": 0,
    "ionian": 0,
    "minor": -3,
    "aeolian": -3,
    "dorian": -2,
    "mixolydian": -1,
    "lydian": 1,
    "phrygian": -4,
    "locrian": -5,
}
"""Sharps that a mode has more than major on the same tonic, flats counted negative."""
_MODES_BY_LETTERS = {mode[:3]: mode for mode in _MODE_FIFTHS}
_USUAL_MODES = {"ionian": "major", "aeolian": "minor"}
SHORT_MODES = {mode: mode[:3] for mode in _MODE_FIFTHS if mode not in _USUAL_MODES}
"""Usual modes, and how a tune in normal form spells them: dorian is `dor`."""
# Sharps first: of several spellings, `tonic_and_mode` takes the first with a signature.
_TONICS = (
    *("C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#"),
    *("F", "Bb", "Eb", "Ab", "Db", "Gb", "Cb", "Fb"),
)

_TONIC = re.compile(r"\s*([A-G])([#b♯♭]?)", re.ASCII)
_MODE = re.compile(r"\s*([A-Za-z]+)", re.ASCII)
_ACCIDENTAL = re.compile(r"\s*(\^{1,2}|_{1,2}|=)([A-Ga-g])", re.ASCII)
_PARAMETER = re.compile(
    r"(?<![A-Za-z])(clef|middle|transpose|octave|stafflines|staffscale|shift|score"
    r"|sound|instrument|style|stems?|cue|name|nm|subname|sname|snm|merge|up|down)"
    r"\s*(?:=\s*(\"[^\"]*\"|[^\s\"]+))?(?![A-Za-z])",
    re.ASCII,
)
_CLEF = re.compile(
    r"\s*(?:treble|bass|alto|tenor|perc|auto)\d?(?:[+-](?:8|15))?(?![A-Za-z])", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    `text` is the key as written ("Ador"); `tonic` a letter with # or b, empty for no
    key ("none", bagpipes). `mode` is its full name ("dorian"); `accidentals` the
    altered letters in the order of the signature, with +1 for a sharp, -1 for a flat, 0
    for a natural that is written out.
    """

    text: str
    tonic: str
    mode: str
    accidentals: tuple[tuple[str, int], ...]

    @property
    def tonic_pitch_class(self) -> int | None:
        """Semitones of the tonic above C, 0 to 11; None without a tonic."""
        if not self.tonic:
            return None
        semitones = SEMITONES[LETTERS.index(self.tonic[0])]
        return (semitones + NAME_ALTERATIONS[self.tonic[1:]]) % 12


class Parameters(NamedTuple):
    """What a K: or V: field says beside key or name.

    `transpose` is in semitones. `properties` are all of them, as pairs of name and
    value without quotes; a clef that stands alone is one, too. `kept` are the indices
    of the characters that belong to none of them.
    """

    transpose: int | None
    octave: int | None
    properties: tuple[tuple[str, str], ...]
    kept: tuple[int, ...]

    @property
    def clef(self) -> str:
        """The clef as written ("bass", "treble-8"), empty without one."""
        return dict(self.properties).get("clef", "")

    @property
    def shift(self) -> int | None:
        """How far notes sound from where they are written, in semitones; None where
        nothing is said of it."""
        if self.transpose is None and self.octave is None:
            return None
        return (self.transpose or 0) + 12 * (self.octave or 0)

    @property
    def moves_sound(self) -> bool:
        """Whether notes sound elsewhere than they are written."""
        return bool(self.transpose or self.octave)


NO_PARAMETERS = Parameters(None, None, (), ())


@dataclass(frozen=True, slots=True)
class KeyField:
    """What a K: field says: a key (None when it only sets a clef or a transposition),
    its parameters, and the text left behind the key."""

    key: Key | None
    parameters: Parameters
    rest: str


def _signature(fifths: int) -> tuple[tuple[str, int], ...]:
    if fifths >= 0:
        return tuple((letter, 1) for letter in SHARPS[:fifths])
    return tuple((letter, -1) for letter in reversed(SHARPS[fifths:]))


def read_parameters(value: str) -> Parameters:
    """Read the parameters and the clef in the value of a K: field, or of a V: field
    behind its name."""
    transpose: int | None = None
    octave: int | None = None
    properties: list[tuple[str, str]] = []
    kept: list[int] = []
    position = 0
    while position < len(value):
        if parameter := _PARAMETER.match(value, position):
            name, written = parameter.group(1), parameter.group(2)
            if (
                name in ("transpose", "octave")
                and written
                and re.fullmatch(r"[+-]?[0-9]{1,2}", written)
            ):
                if name == "octave":
                    octave = max(-4, min(4, int(written)))
                else:
                    transpose = max(-36, min(36, int(written)))
            properties.append((name, (written or "").strip('"')))
            position = parameter.end()
        elif clef := _CLEF.match(value, position):
            properties.append(("clef", clef.group().strip()))
            position = clef.end()
        else:
            kept.append(position)
            position += 1
    return Parameters(transpose, octave, tuple(properties), tuple(kept))


def read_key(value: str) -> KeyField | None:
    """Read the value of a K: field; None when it has no meaning. An empty value is no
    key signature."""
    parameters = read_parameters(value)
    text = "".join([value[position] for position in parameters.kept])
    written = text.strip()
    if not written and value.strip():
        return KeyField(None, parameters, "")
    if not written or written.lower() == "none":
        return KeyField(Key(written, "", "none", ()), parameters, "")
    if written[:2] in ("HP", "Hp"):
        # Both sound so. Only Hp would show it on the staff.
        highland_pipes = Key(written[:2], "", written[:2], (("F", 1), ("C", 1), ("G", 0)))
        return KeyField(highland_pipes, parameters, written[2:])
    tonic = _TONIC.match(text)
    position = 0
    altered: dict[str, int] = {}
    name, mode = "", "none"
    if tonic is not None:
        position = tonic.end()
        name = _tonic_name(tonic)
        mode = "major"
        explicit = False
        if (word := _MODE.match(text, position)) is not None:
            written_mode = word.group(1)
            if written_mode.lower() == "exp":
                explicit = True
            elif written_mode.lower() == "m":  # capitals mean nothing in modes: "EM" is E minor too
                mode = "minor"
            elif (known := _MODES_BY_LETTERS.get(written_mode.lower()[:3])) is not None:
                mode = known
            else:
                return None
            position = word.end()
        if not explicit:
            fifths = SHARPS.index(name[0]) - 1 + 7 * NAME_ALTERATIONS[name[1:]]
            fifths += _MODE_FIFTHS[mode]
            # Beyond 7 there is no signature: G# major would need a double sharp.
            if not -7 <= fifths <= 7:
                return None
            altered = dict(_signature(fifths))
    started = position
    while (accidental := _ACCIDENTAL.match(text, position)) is not None:
        altered[accidental.group(2).upper()] = ALTERATIONS[accidental.group(1)]
        position = accidental.end()
    if tonic is None and position == started:
        return None
    key = Key(text[:position].strip(), name, mode, tuple(altered.items()))
    return KeyField(key, parameters, text[position:])


def with_key(value: str, text: str) -> str:
    """Return the value of a K: field with the key `text` in place of the one that it
    names; clefs and shifts stay."""
    field = read_key(value)
    if field is None or field.key is None or not field.key.text:
        return value
    kept = read_parameters(value).kept
    start = next(index for index, position in enumerate(kept) if not value[position].isspace())
    named = kept[start : start + len(field.key.text)]
    first, end = named[0], named[-1] + 1
    inside = set(named)  # a clef may stand in the middle of a key: "A treble dor"
    parameters = "".join(
        value[position] for position in range(first, end) if position not in inside
    )
    if parameters or (text[-1].isalpha() and value[end : end + 1].isalpha()):
        text += " "
    return value[:first] + text + parameters + value[end:]


def usual_mode(mode: str) -> str:
    """Return a mode of `Key` under its usual name: ionian is major, aeolian minor."""
    return _USUAL_MODES.get(mode, mode)


def tonic_and_mode(text: str) -> tuple[str, str]:
    """Return tonic ("F#") and usual mode ("dorian", "minor") of a key as a musician
    writes it: "F# dorian", "Bm", "G".

    Raises `UsageError` for what is no key, has more to it than tonic and mode, or over
    7 sharps or flats.
    """
    written = text.strip()
    written = written[:1].upper() + written[1:]
    key = _key_alone(written)
    if key is not None:
        return key.tonic, usual_mode(key.mode)
    named = _TONIC.match(written)
    pitch_class = (
        Key("", _tonic_name(named), "", ()).tonic_pitch_class if named is not None else None
    )
    for tonic in _TONICS:
        if named is not None and Key("", tonic, "", ()).tonic_pitch_class == pitch_class:
            key = _key_alone(tonic + written[named.end() :])
            if key is not None:
                other = f"{tonic} {usual_mode(key.mode)}"
                raise UsageError(
                    f"{shown(text)} has over 7 sharps or flats: the same key is written {other}"
                )
    raise UsageError(f"{shown(text)} is no key: give tonic and mode, such as G, Bm or A dorian")


def _key_alone(text: str) -> Key | None:
    """Return the key that a text names, if it is a tonic with or without a mode and
    nothing else."""
    field = read_key(text)
    key = field.key if field is not None else None
    if key is None or not key.tonic or key.text != text:
        return None
    mode = text[len(key.tonic) :].strip()
    return None if mode.lower() == "exp" or not (mode + "m").isalpha() else key


def _tonic_name(named: re.Match[str]) -> str:
    return named.group(1) + named.group(2).replace("♯", "#").replace("♭", "b")
