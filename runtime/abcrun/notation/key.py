"""Keys: tonic, mode and the accidentals that they put on the staff."""

import re
from dataclasses import dataclass
from functools import lru_cache

from abcrun.errors import UsageError
from abcrun.notation.limits import MAX_FIELD_CHARACTERS
from abcrun.notation.parameters import Parameters, Remark, read_parameters, words
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
_MODE = re.compile(r"\s*-?([A-Za-z]+)", re.ASCII)
_ACCIDENTAL = re.compile(r"\s*(\^{1,2}|_{1,2}|=)([A-Ga-g])", re.ASCII)
_UNKNOWN_MODE = re.compile(r"\s+[A-Za-z]+(?=(?:\s+=|\s*[\^_]{1,2})[A-Ga-g])", re.ASCII)
# ABC 2.1 has no quarter tones: they are those of abc2midi and abcm2ps.
_MICROTONE = re.compile(r"\s*(?:\^+|_+)[0-9]*/?[0-9]*[A-Ga-g]", re.ASCII)
_SMALL_TONIC = re.compile(r"\s*([a-g])(?:[#b]?(?:\s|[\^_=]|\Z)|[#b]?([a-z]+))", re.ASCII)
_SPELLED_ACCIDENTAL = re.compile(r"\s+(sharp|flat)(?![A-Za-z])", re.ASCII | re.IGNORECASE)
_EXPLICIT = re.compile(r"\s*exp(?![A-Za-z])", re.IGNORECASE)
_PIPES = {"HP": "HP", "Hp": "Hp", "hp": "Hp"}


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


@dataclass(frozen=True, slots=True)
class KeyField:
    """What a K: field says: a key (None when it only sets a clef or a transposition)
    and its parameters; `remarks`, as those of `Parameters`, say what is not read."""

    key: Key | None
    parameters: Parameters
    remarks: tuple[tuple[int, str, str], ...] = ()


def _signature(fifths: int) -> tuple[tuple[str, int], ...]:
    if fifths >= 0:
        return tuple((letter, 1) for letter in SHARPS[:fifths])
    return tuple((letter, -1) for letter in reversed(SHARPS[fifths:]))


# Transposing tries each key that a tune could go to.
@lru_cache(maxsize=1 << 8)
def read_key(value: str) -> KeyField | None:
    """Read the value of a K: field; None when it has no meaning, or passes
    `MAX_FIELD_CHARACTERS`. An empty value is no key signature."""
    if len(value) > MAX_FIELD_CHARACTERS:
        return None
    parameters = read_parameters(value)
    text = "".join([value[position] for position in parameters.kept])
    written = text.strip()
    if not written and value.strip():
        return KeyField(None, parameters)
    if not written or written.lower() == "none":
        return KeyField(Key(written, "", "none", ()), parameters)
    reader = _KeyReader(text)
    if not reader.read():
        return None
    position = reader.position
    key = Key(text[:position].strip(), reader.tonic, reader.mode, tuple(reader.altered.items()))
    remarks = [
        _not_read(offset, word) for offset, word in words(value, parameters.kept[reader.skipped])
    ]
    remarks += [
        _not_read(offset, word, is_attached=reader.is_attached and not number)
        for number, (offset, word) in enumerate(words(value, parameters.kept[position:]))
    ]
    return KeyField(key, parameters, tuple(remarks))


def _not_read(offset: int, word: str, *, is_attached: bool = False) -> Remark:
    """Return what is to be said of a word behind a key."""
    if "=" in word[1:]:
        return (offset, word, f"K: says {shown(word)}, which abcrun does not know")
    if _MICROTONE.fullmatch(word) is not None:
        return (offset, "microtone", f"the microtone {shown(word)} is not played")
    if len(word) > 2 and word.isalpha() and not is_attached:
        reason = f"K: says {shown(word)}, which is no mode that abcrun knows"
        return (offset, word, reason)
    return (offset, "", f"K: does not name a key with {shown(word)} behind it")


class _KeyReader:
    """The text of a key as it is read, up to `position`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.tonic = ""
        self.mode = "none"
        self.altered: dict[str, int] = {}
        self.skipped = slice(0)
        """Where a word stands that means nothing, before accidentals that do."""
        self.is_attached = False
        """Whether something unknown follows without a space."""

    def read(self) -> bool:
        """Read as much as has a meaning; return whether anything has."""
        lead = len(self.text) - len(self.text.lstrip())
        pipes = _PIPES.get(self.text[lead : lead + 2])
        if pipes is not None:
            # Both sound so. Only Hp shows it on the staff (3.1.14).
            self.mode, self.position = pipes, lead + 2
            self.altered = {"F": 1, "C": 1, "G": 0}
        elif (tonic := self.read_tonic()) is not None:
            self.tonic, self.position, self.mode = *tonic, "major"
            if not self._read_mode():
                return False
        # The signature of the pipes is spelled out behind it, too: "Hp exp ^f ^c".
        exp = _EXPLICIT.match(self.text, self.position) if not self.tonic else None
        if exp is not None:
            self.position = exp.end()
        started = self.position
        unknown = _UNKNOWN_MODE.match(self.text, self.position)
        if unknown is not None:
            self.skipped = slice(*unknown.span())
            self.position = unknown.end()
        while (accidental := _ACCIDENTAL.match(self.text, self.position)) is not None:
            self.altered[accidental.group(2).upper()] = ALTERATIONS[accidental.group(1)]
            self.position = accidental.end()
        self.is_attached = not self.text[self.position : self.position + 1].isspace()
        return self.mode != "none" or self.position > started

    def read_tonic(self) -> tuple[str, int] | None:
        """Return the tonic, and where it ends."""
        text = self.text
        found = _TONIC.match(text)
        if found is None:
            # A small letter, where nothing else can be meant: "em", "bb", "f#m".
            small = _SMALL_TONIC.match(text)
            if small is None or not (small.group(2) is None or _is_mode(small.group(2))):
                return None
            found = _TONIC.match(text[: small.end(1)].upper() + text[small.end(1) :])
        if found is None:
            return None
        if not found.group(2) and (spelled := _SPELLED_ACCIDENTAL.match(text, found.end())):
            sign = "#" if spelled.group(1).lower() == "sharp" else "b"
            return found.group(1) + sign, spelled.end()
        return _tonic_name(found), found.end()

    def _read_mode(self) -> bool:
        """Read the mode and put its signature in force; return whether there is one."""
        word = _MODE.match(self.text, self.position)
        written = word.group(1).lower() if word is not None else ""
        if word is not None and (written == "exp" or _is_mode(written)):
            self.position = word.end()
            if written == "exp":
                return True
            # Capitals mean nothing in modes: "EM" is E minor, too.
            self.mode = "minor" if written in ("m", "mi") else _MODES_BY_LETTERS[written[:3]]
        fifths = SHARPS.index(self.tonic[0]) - 1 + 7 * NAME_ALTERATIONS[self.tonic[1:]]
        fifths += _MODE_FIFTHS[self.mode]
        # Beyond 7 there is no signature: G# major would need a double sharp.
        if not -7 <= fifths <= 7:
            return False
        self.altered = dict(_signature(fifths))
        return True


def _is_mode(word: str) -> bool:
    return word in ("m", "mi") or word[:3] in _MODES_BY_LETTERS


def behind_tonic(key: Key) -> str:
    """Return what a key's text says behind its tonic: the mode and accidentals."""
    tonic = _KeyReader(key.text).read_tonic() if key.tonic else None
    return key.text if tonic is None else key.text[tonic[1] :]


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
    if not parameters:
        replaced = value[:first] + text + value[end:]
        read = read_key(replaced)
        if read is not None and read.key is not None and read.key.text == text:
            return replaced
    return value[:first] + text + " " + parameters + value[end:]


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
    mode = behind_tonic(key).strip()
    return None if mode.lower() == "exp" or not (mode + "m").isalpha() else key


def _tonic_name(named: re.Match[str]) -> str:
    return named.group(1) + named.group(2).replace("♯", "#").replace("♭", "b")
