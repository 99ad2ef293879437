"""What K: and V: fields say beside key and name (section 4.6 of the standard), and
where the notes of a voice sound and stand because of it."""

import re
from functools import lru_cache
from typing import NamedTuple

from abcrun.notation.clef import CLEF_WORD, Clef, read_clef, with_middle
from abcrun.notation.pitch import ALTERATIONS, written_pitch
from abcrun.notation.problem import shown
from abcrun.notation.text_strings import decode

# Names that could be the end of a key ("Dm=c") must stand alone.
_NAMES = (
    "clef|middle|m|transpose|t|octave|shift|name|nm|subname|sname|snm|sn"
    "|stems?|gstem|staffscale|scale|space|dyn|dynamics?|lyrics|gchords?|pos|brk"
    "|stafflines|strings|cue|style|score|sound|instrument|program|gch"
)
_FLAGS = "merge|up|down"
_PARAMETER = re.compile(
    rf"(?<![A-Za-z])(?:({_NAMES})\s*=\s*(?![A-Za-z]+=)"
    rf"(\"(?:[^\"\\]|\\.)*\"?|[^\s\"]+)|({_FLAGS})(?![A-Za-z]))",
    re.ASCII | re.IGNORECASE,
)
_UNKNOWN_WORD = re.compile(r"(?:\"[^\"]*\"?|[^\s\"])+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}", re.ASCII)
_PITCH = re.compile(r"(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']{0,4})", re.ASCII)

_MAX_TRANSPOSE = 36
_MAX_OCTAVE = 4
_TRANSPOSING = ("transpose", "t", "shift")
_LONG_NAMES = {"t": "transpose", "m": "middle"}
# The score acts on them.
_OTHERS = frozenset(["stafflines", "merge", "stem", "stems", "up", "down"])
_TEXTS = frozenset(("name", "nm", "subname", "sname", "snm", "sn"))
# How a staff looks, which is abcrun's own affair.
_LAYOUT = frozenset(
    ("gstem", "staffscale", "scale", "space", "dyn", "dynamic", "dynamics", "pos", "brk")
) | {"lyrics", "gchord", "gchords"}


Remark = tuple[int, str, str]
"""What has to be said of something in a field: how many characters into its value it
stands, what it is about (empty for a fault; of the rest, one remark is enough for a
tune), and the reason."""


class Parameters(NamedTuple):
    """What a K: or V: field says beside key or name.

    `transpose` is in semitones (`transpose=`, `t=` and `shift=` together) and `middle`
    the step of the note on the middle line; None where nothing is said. `properties`
    are all parameters, as pairs of name and value without quotes; a clef that stands
    alone is one, too. `kept` are the indices of the characters that belong to none of
    them; `remarks` say what is not read or not acted on: how many characters into the
    value it stands, what it is about, and the reason.
    """

    transpose: int | None = None
    octave: int | None = None
    clef: Clef | None = None
    middle: int | None = None
    properties: tuple[tuple[str, str], ...] = ()
    kept: tuple[int, ...] = ()
    remarks: tuple[tuple[int, str, str], ...] = ()  # `Remark`, which is private

    @property
    def moves_sound(self) -> bool:
        """Whether notes sound elsewhere than they are written."""
        return bool(self.transpose or self.octave or (self.clef and self.clef.octave))


NO_PARAMETERS = Parameters()


# A tune in several voices names them line by line.
@lru_cache(maxsize=1 << 8)
def read_parameters(value: str, *, has_key: bool = True) -> Parameters:
    """Read the parameters and the clef in the value of a K: field, or (without
    `has_key`) of a V: field behind its name."""
    reader = _Reader(value)
    while reader.position < len(value):
        if (parameter := _PARAMETER.match(value, reader.position)) is not None:
            reader.take(parameter)
        elif (clef := CLEF_WORD.match(value, reader.position)) is not None and (
            # `K:G2` is a key with a number behind it, and `K:none` no key.
            not has_key or reader.has_kept_word or clef.group("name") is not None
        ):
            reader.take_clef(clef.group(), clef.group())
            reader.position = clef.end()
        else:
            reader.keep()
    if not has_key:
        reader.remarks += [
            (offset, word, f"V: says {shown(word)}, which abcrun does not know")
            for offset, word in words(value, tuple(reader.kept))
        ]
    return reader.finished()


def words(value: str, kept: tuple[int, ...]) -> list[tuple[int, str]]:
    """Return the words, with their offsets, that `kept` characters of a value make."""
    positions = set(kept)
    text = "".join(
        character if position in positions else " " for position, character in enumerate(value)
    )
    return [
        (found.start(), found.group())
        for found in _UNKNOWN_WORD.finditer(text)
        if found.group() != ","
    ]


def with_transposition(value: str, semitones: int | None) -> str:
    """Return the value of a K: field that says `transpose=` so many semitones, in place
    of what it says of that; None: that says nothing."""

    def kept(found: re.Match[str]) -> str:
        return "" if (found.group(1) or "").lower() in _TRANSPOSING else found.group()

    rest = re.sub("  +", " ", _PARAMETER.sub(kept, value).rstrip())
    said = "" if semitones is None else f" transpose={semitones}"
    return rest + said + value[len(value.rstrip()) :]  # a comment may follow


class _Reader:
    """Parameters as they are read."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.position = 0
        self.kept: list[int] = []
        self.has_kept_word = False
        self.remarks: list[Remark] = []
        self._numbers: dict[str, int] = {}
        self._shift: int | None = None
        self._clef: Clef | None = None
        self._middle: int | None = None
        self._properties: list[tuple[str, str]] = []

    def keep(self) -> None:
        """Leave a character to the key."""
        self.kept.append(self.position)
        self.has_kept_word = self.has_kept_word or not self.value[self.position].isspace()
        self.position += 1

    def take(self, found: re.Match[str]) -> None:
        """Take a parameter."""
        written, value, flag = found.groups()
        written = (written or flag).lower()
        self.position = found.end()
        name = _LONG_NAMES.get(written, written)
        value = _unquoted(value or "")
        if name not in ("middle", "shift"):  # a comma may part it from the next parameter
            value = value.rstrip(",")
        if name == "clef":
            self.take_clef(value, found.group())
            return
        if name in _TEXTS:
            value = decode(value)
        self._properties.append((written, value))
        if name == "middle":
            pitch = _PITCH.fullmatch(value)
            if pitch is None:
                self._fault(found, f"{shown(found.group())} names no note")
            else:
                self._middle = written_pitch(*pitch.groups()).step
        elif name in ("transpose", "octave"):
            self._take_number(found, name, value)
        elif name == "shift":
            self._take_shift(found, value)
        elif name in _LAYOUT - _OTHERS:
            reason = f"layout is abcrun's own affair: {name} is not acted on"
            self.remarks.append((found.start(), "%%", reason))
        elif name not in _TEXTS | _OTHERS:
            self.remarks.append((found.start(), name, f"the parameter {name}= is not acted on"))

    def take_clef(self, text: str, written: str) -> None:
        """Take a clef, named by `clef=` or alone."""
        text = text.strip()
        self._properties.append(("clef", text))
        self._clef = read_clef(text)
        if self._clef is None and text.lower() != "auto":
            self.remarks.append((self.position - len(written), "", f"{shown(text)} is no clef"))

    def _take_number(self, found: re.Match[str], name: str, value: str) -> None:
        most = _MAX_OCTAVE if name == "octave" else _MAX_TRANSPOSE
        if _NUMBER.fullmatch(value) is None:
            self._fault(found, f"{shown(found.group())} names no number")
        elif abs(int(value)) > most:
            self._fault(found, f"{shown(found.group())} is out of -{most} to {most}")
            self._numbers[name] = most if int(value) > 0 else -most
        else:
            self._numbers[name] = int(value)

    def _take_shift(self, found: re.Match[str], value: str) -> None:
        """Take `shift=GD`: what is written as G sounds as D."""
        first = _PITCH.match(value)
        second = _PITCH.fullmatch(value, first.end()) if first is not None else None
        if first is None or second is None:
            self._fault(found, f"{shown(found.group())} does not name two notes")
            return
        low, high = (
            written_pitch(None, letter, marks).natural + ALTERATIONS.get(accidental or "", 0)
            for accidental, letter, marks in (first.groups(), second.groups())
        )
        self._shift = max(-_MAX_TRANSPOSE, min(_MAX_TRANSPOSE, high - low))
        self.remarks.append(
            (found.start(), "shift", "shift= is played; the score shows what is written")
        )

    def _fault(self, found: re.Match[str], reason: str) -> None:
        self.remarks.append((found.start(), "", reason))

    def finished(self) -> Parameters:
        """Return what was read."""
        transpose = self._numbers.get("transpose")
        if self._shift is not None:
            transpose = (transpose or 0) + self._shift
        return Parameters(
            transpose,
            self._numbers.get("octave"),
            self._clef,
            self._middle,
            tuple(self._properties),
            tuple(self.kept),
            tuple(self.remarks),
        )


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:].removesuffix('"') if not value.endswith('\\"') else value[1:]


class Placement:
    """Where the notes of one voice sound, and where a score draws them, as its K: and
    V: fields say.

    `clef` is the clef in force, None where none is named. What is said last holds,
    whether K: or V: says it; but `transpose=` of the key and of the voice add up, as
    they do in abc2midi.
    """

    __slots__ = ("_key", "_middle", "_octave", "_voice", "clef")

    def __init__(self, parameters: Parameters) -> None:
        """`parameters` are those of the K: field that ends the header."""
        self.clef: Clef | None = None
        self._key = 0  # semitones
        self._voice = 0
        self._octave = 0
        self._middle = 0  # octaves that notes are drawn lower
        self.take_key(parameters)

    def take_key(self, parameters: Parameters) -> None:
        """Take the parameters of a K: field."""
        if parameters.transpose is not None:
            self._key = parameters.transpose
        self._take(parameters)

    def take_voice(self, parameters: Parameters) -> None:
        """Take the parameters of a V: field."""
        if parameters.transpose is not None:
            self._voice = parameters.transpose
        self._take(parameters)

    def _take(self, parameters: Parameters) -> None:
        if parameters.octave is not None:
            self._octave = parameters.octave
        if parameters.clef is not None:
            self.clef = parameters.clef
            self._middle = 0
        if parameters.middle is not None:
            self.clef, self._middle = with_middle(self.clef, parameters.middle)

    @property
    def shift(self) -> int:
        """Semitones from where a note is written to where it sounds."""
        octaves = self._octave + (self.clef.octave if self.clef is not None else 0)
        return self._key + self._voice + 12 * octaves

    @property
    def transposition(self) -> int:
        """Semitones from where a note is drawn, its clef's figure minded, to where it
        sounds: `octave=` and `middle=` move what is drawn."""
        return self._key + self._voice + 12 * self._middle
