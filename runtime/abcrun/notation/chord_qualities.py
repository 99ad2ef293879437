"""Qualities of chord symbols: what stands between root and bass ("m7b5"), and which
tones it means.

Kinds and degrees are those of MusicXML (4.0, `kind-value` and `degree`), so that one
table serves score, sound and import.
"""

import re
from typing import NamedTuple

SIGNS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "♯♯": 2, "𝄪": 2}
SIGNS |= {"bb": -2, "♭♭": -2, "𝄫": -2, "=": 0, "♮": 0}
"""Of a root or degree: what each alters, in semitones."""
NAME_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}

INTERVALS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "augmented": (0, 4, 8),
    "diminished": (0, 3, 6),
    "dominant": (0, 4, 7, 10),
    "major-seventh": (0, 4, 7, 11),
    "minor-seventh": (0, 3, 7, 10),
    "major-minor": (0, 3, 7, 11),
    "diminished-seventh": (0, 3, 6, 9),
    "augmented-seventh": (0, 4, 8, 10),
    "half-diminished": (0, 3, 6, 10),
    "major-sixth": (0, 4, 7, 9),
    "minor-sixth": (0, 3, 7, 9),
    "dominant-ninth": (0, 4, 7, 10, 14),
    "major-ninth": (0, 4, 7, 11, 14),
    "minor-ninth": (0, 3, 7, 10, 14),
    "dominant-11th": (0, 4, 7, 10, 14, 17),
    "major-11th": (0, 4, 7, 11, 14, 17),
    "minor-11th": (0, 3, 7, 10, 14, 17),
    # The eleventh of a chord of the thirteenth is named and left out, as players do.
    "dominant-13th": (0, 4, 7, 10, 14, 21),
    "major-13th": (0, 4, 7, 11, 14, 21),
    "minor-13th": (0, 3, 7, 10, 14, 21),
    "suspended-second": (0, 2, 7),
    "suspended-fourth": (0, 5, 7),
    "power": (0, 7),
    "none": (),
}
"""Kinds by their names in MusicXML, and their tones in semitones above the root."""

_SPELLINGS = {
    "major": "",
    "minor": "m",
    "augmented": "aug",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "m7",
    "major-minor": "m(maj7)",
    "diminished-seventh": "dim7",
    "augmented-seventh": "aug7",
    "half-diminished": "m7b5",
    "major-sixth": "6",
    "minor-sixth": "m6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "m9",
    "dominant-11th": "11",
    "major-11th": "maj11",
    "minor-11th": "m11",
    "dominant-13th": "13",
    "major-13th": "maj13",
    "minor-13th": "m13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus4",
    "power": "5",
}

# Semitones of the degrees of a dominant chord, which MusicXML counts alterations from.
_DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 10, 8: 12, 9: 14, 10: 16, 11: 17, 12: 19, 13: 21}

_PIECE = re.compile(
    r"""
      (?P<altered>(?:[#b♯♭]|[+-](?=5)|(?<=[0-9])[+-])(?:13|11|[2-79]))
    | /?(?P<major>[Mm]aj|MAJ|Ma|ma(?!dd)|M|[Δ△∆])
    | (?P<minor>[Mm]in|MIN|Mi|mi|m|[-–−](?![A-G]))
    | (?P<diminished>[Dd]im|[°º]|o(?=7)|0)
    | (?P<half>[øØ])
    | (?P<augmented>[Aa]ug|\+)
    | (?P<suspended>sus(?:24|[249])?)
    | (?P<alt>alt)
    | (?P<added>add[#b♯♭]?(?:13|11|[24679]))
    | (?P<omitted>(?:omit|no|drop)[ ]?[1357])
    | (?P<sixnine>6(?:/|add)?9)
    | /?(?P<number>13|11|9|(?<!/)[24-7])
    """,
    re.VERBOSE,
)
_BRACKETED = re.compile(r"[ ]?\(([^()]+)\)|(,)(?=[#b♯♭])")


class Degree(NamedTuple):
    """A tone that is added to a chord, left out of it or altered.

    `deed` is "add", "subtract" or "alter"; `value` the degree (9 for the ninth);
    `alteration` is in semitones: of an added tone from that of a dominant chord (whose
    seventh is minor), of an altered one from what it was, as MusicXML counts.
    """

    deed: str
    value: int
    alteration: int = 0


def tones_of(kind: str, degrees: tuple[Degree, ...]) -> tuple[int, ...]:
    """Return the tones of a chord in semitones above its root, the lowest first."""
    tones = list(INTERVALS[kind])
    for deed, value, alteration in degrees:
        interval = _DEGREES[value]
        if deed == "add":
            tones.append(interval + alteration)
            continue
        # An altered third is altered from where it is: a minor chord has a low one.
        old = next((tone for tone in tones if _degree_of(tone) == value), None)
        if old is not None:
            tones.remove(old)
        if deed == "alter":
            tones.append((interval if old is None else old) + alteration)
    return tuple(sorted(set(tones)))


def _degree_of(interval: int) -> int:
    """Return the degree that a tone of a usual chord is."""
    return {0: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 8: 5, 9: 6, 14: 9, 17: 11, 21: 13}.get(
        interval, 7
    )


def quality_at(text: str, position: int) -> tuple[list[tuple[str, str]], int]:
    """Return the pieces of a quality, as pairs of kind and text, and where it ends."""
    pieces: list[tuple[str, str]] = []
    while position < len(text):
        found = _PIECE.match(text, position)
        if found is not None and found.lastgroup is not None:
            pieces.append((found.lastgroup, found[found.lastgroup]))
        else:
            found = _BRACKETED.match(text, position)
            if found is None:
                break
            if found.group(1) is not None:
                inner = re.sub(r"[, ]", "", found.group(1))
                bracketed, end = quality_at(inner, 0)
                if end < len(inner):
                    break
                pieces += bracketed
        position = found.end()
    return pieces, position


class _Quality:
    """A quality as it is read, piece by piece."""

    def __init__(self) -> None:
        self.triad = "major"
        self.suspended = ""
        self.is_half = False
        self.has_major_seventh = False
        self.number = 0
        """The highest third piled up (7, 9, 11, 13), or 6 or 5."""
        self.degrees: list[Degree] = []

    def take(self, kind: str, text: str, *, is_first: bool) -> bool:
        """Take a piece; return False where it makes no chord."""
        if kind in ("minor", "diminished", "half"):
            self.triad = "minor" if kind == "minor" else "diminished"
            self.is_half = kind == "half"
            if self.is_half:
                self.number = 7
            return is_first
        if kind == "major":
            self.has_major_seventh = True
            if text in "Δ△∆" or self.triad == "minor":
                self.number = 7
        elif kind == "augmented":
            self.triad = "augmented"
        elif kind == "suspended":
            self.suspended = text[3:] or "4"
        elif kind == "alt":
            self.number = 7
            self.degrees += [Degree("alter", 5, 1), Degree("add", 9, -1)]
        elif kind == "added":
            self.degrees.append(_altered("add", text[3:]))
        elif kind == "omitted":
            self.degrees.append(Degree("subtract", int(text[-1])))
        elif kind == "altered":
            self._alter(_altered("alter", text))
        elif kind == "sixnine":
            self.number = 6
            self.degrees.append(Degree("add", 9))
        else:
            return self._take_number(int(text), is_first=is_first)
        return True

    def _take_number(self, number: int, *, is_first: bool) -> bool:
        if number in (2, 4):
            self.suspended = str(number)
        elif number == 5:
            self.number = 5
            return is_first
        elif not self.number or (self.number == 7 and self.has_major_seventh):
            self.number = number
        elif not self.is_half or number > 7:
            self.degrees.append(Degree("add", number))
        return True

    def _alter(self, degree: Degree) -> None:
        if degree.value == 7:
            self.number = self.number or 7
            self.has_major_seventh = degree.alteration > 0
        elif degree.value in (3, 5) or 9 <= degree.value <= self.number:
            self.degrees.append(degree)
        else:
            self.degrees.append(degree._replace(deed="add"))

    def meaning(self) -> tuple[str, tuple[Degree, ...]]:
        """Return its kind in MusicXML, and the degrees that differ from it."""
        kind, more = self._kind()
        degrees = [*more, *self.degrees]
        if kind == "minor-seventh" and Degree("alter", 5, -1) in degrees:
            kind = "half-diminished"
            degrees.remove(Degree("alter", 5, -1))
        return kind, tuple(dict.fromkeys(degrees))

    def _kind(self) -> tuple[str, list[Degree]]:
        seventh = Degree("add", 7, int(self.has_major_seventh))
        piled = [Degree("add", value) for value in (9, 11, 13) if value <= self.number]
        if self.number == 5:
            return "power", []
        if self.suspended:
            more = [seventh] if self.number >= 7 else []
            more += [Degree("add", 6)] if self.number == 6 else []
            more += [one for one in piled if one.value in (9, self.number)]
            more += [Degree("add", int(self.suspended[-1]))] * (self.suspended == "9")
            more += [Degree("add", 2)] * (self.suspended == "24")
            return f"suspended-{'second' if self.suspended == '2' else 'fourth'}", more
        if not self.number:
            return self.triad, []
        if self.number == 6:
            is_plain = self.triad in ("major", "minor")
            return (f"{self.triad}-sixth", []) if is_plain else (self.triad, [Degree("add", 6)])
        if self.triad == "diminished":
            if self.has_major_seventh:
                return "diminished", [seventh, *piled]
            return "half-diminished" if self.is_half else "diminished-seventh", piled
        if self.triad == "minor" and self.has_major_seventh:
            return "major-minor", piled
        sharp_fifth = [Degree("alter", 5, 1)] if self.triad == "augmented" else []
        if sharp_fifth and self.number == 7 and not self.has_major_seventh:
            return "augmented-seventh", []
        family = "minor" if self.triad == "minor" else "dominant"
        if self.has_major_seventh:
            family = "major"
        if self.number == 7:
            return ("dominant" if family == "dominant" else f"{family}-seventh"), sharp_fifth
        return f"{family}-{'ninth' if self.number == 9 else f'{self.number}th'}", sharp_fifth


def meaning_of(pieces: list[tuple[str, str]]) -> tuple[str, tuple[Degree, ...]] | None:
    quality = _Quality()
    for index, (kind, text) in enumerate(pieces):
        if not quality.take(kind, text, is_first=index == 0):
            return None
    if quality.number == 5 and len(pieces) > 1:
        return None
    return quality.meaning()


def _altered(deed: str, text: str) -> Degree:
    """Return the degree that "b9", "+5" or "9" names."""
    value = text.lstrip("#b♯♭+-")
    sign = text[: len(text) - len(value)]
    return Degree(deed, int(value), SIGNS[sign.replace("+", "#").replace("-", "b")])


def spell_quality(kind: str, degrees: tuple[Degree, ...]) -> str | None:
    """Return the text of a quality that reads as this one; None for a kind that has no
    spelling."""
    if kind not in _SPELLINGS:
        return None
    rest = list(degrees)
    quality = _SPELLINGS[kind]
    if kind.startswith("suspended"):
        for alteration, number in ((1, "maj7"), (0, "7")):
            if Degree("add", 7, alteration) in rest:
                rest.remove(Degree("add", 7, alteration))
                quality = number + quality
    for deed, value, alteration in rest:
        sign = NAME_SIGNS.get(alteration, "")
        word = {"subtract": "no", "add": "add"}.get(deed, "")
        quality += f"({word}{sign}{value})"
    return quality
