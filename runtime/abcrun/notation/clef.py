"""Clefs: `clef=` of the fields K: and V:, or its value alone."""

import re
from dataclasses import dataclass, replace

_NAMES = "treble|bass|alto|tenor|soprano|mezzosoprano|baritone|french|subbass|perc|none|auto"
_FIGURE = "[+^_-](?:8|15)(?:[vm][ab])?"
_CLEF = re.compile(
    rf"(?P<name>{_NAMES}|(?-i:[GFCP]))?(?P<line>[1-5])?(?P<octave>{_FIGURE})?",
    re.ASCII | re.IGNORECASE,
)
CLEF_WORD = re.compile(
    r"(?<!(?-i:[a-z]))(?:(?P<name>(?:(?!none)(?:"
    rf"{_NAMES}))[1-5]?)|(?<=\s)(?:none|(?-i:[GFC])[1-5]))(?:{_FIGURE})?(?![A-Za-z0-9=])",
    re.ASCII | re.IGNORECASE,
)
"""A clef that stands without `clef=` in a field. `name` is None for what could be a key
as well: `none`, `G2`."""
_SHAPES = {
    "treble": ("G", 2),
    "G": ("G", 2),
    "bass": ("F", 4),
    "F": ("F", 4),
    "baritone": ("F", 3),
    "subbass": ("F", 5),
    "french": ("G", 1),
    "alto": ("C", 3),
    "C": ("C", 3),
    "tenor": ("C", 4),
    "mezzosoprano": ("C", 2),
    "soprano": ("C", 1),
    "perc": ("percussion", 3),
    "P": ("percussion", 3),
    "none": ("none", 3),
}
_OCTAVES = {"8": 1, "15": 2}
_MIDDLES = {"G": 4, "F": -4, "C": 0}
"""Steps on the middle line where the sign stands on it."""


@dataclass(frozen=True, slots=True)
class Clef:
    """A clef.

    `text` is the clef as written ("treble-8"); `sign` is "G", "F", "C", "percussion" or
    "none", and stands on `line`, counted from the lowest. `octave` is the number of
    octaves that the figure at it moves the sound: -1 for "-8", 2 for "+15".
    """

    text: str
    sign: str
    line: int
    octave: int = 0


def read_clef(value: str) -> Clef | None:
    """Read the value of `clef=`; None for what is no clef, and for "auto", which leaves
    it to the engraver."""
    text = value.strip()
    if len(text) > 2:
        text = text.lower() if text[1:2].isalpha() else text
    found = _CLEF.fullmatch(text)
    if not text or found is None:
        return None
    name, line, figure = found.group("name", "line", "octave")
    if name == "auto" or (name is None and line is None and figure is None):
        return None
    sign, usual_line = _SHAPES[name or "treble"]
    octave = 0
    if figure is not None:
        octave = _OCTAVES[figure[1:].rstrip("vmab")] * (1 if figure[0] in "+^" else -1)
    return Clef(text, sign, int(line or usual_line), octave)


def with_middle(clef: Clef | None, step: int) -> tuple[Clef, int]:
    """Return the clef that has the note `step` on its middle line (`middle=`), and the
    number of octaves that notes are drawn lower for it.

    Where the note is an octave of the one that stands there anyway, the clef stays;
    otherwise it stands on another line. Without a clef it is a treble clef.
    """
    clef = clef or Clef("treble", "G", 2)
    base = _MIDDLES.get(clef.sign, _MIDDLES["G"])
    for line in (clef.line, 1, 2, 3, 4, 5):
        octaves, rest = divmod(step - (base + 2 * (3 - line)), 7)
        if not rest:
            return replace(clef, line=line), octaves
    return clef, 0
