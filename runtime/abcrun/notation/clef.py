"""Clefs: `clef=` of the fields K: and V:, or its value alone."""

import re
from dataclasses import dataclass

_CLEF = re.compile(
    r"(?P<name>treble|bass|alto|tenor|soprano|mezzosoprano|baritone|perc|none|auto|[GFC])?"
    r"(?P<line>[1-5])?(?P<octave>[+^_-](?:8|15))?",
    re.ASCII,
)
_SHAPES = {
    "treble": ("G", 2),
    "G": ("G", 2),
    "bass": ("F", 4),
    "F": ("F", 4),
    "baritone": ("F", 3),
    "alto": ("C", 3),
    "C": ("C", 3),
    "tenor": ("C", 4),
    "mezzosoprano": ("C", 2),
    "soprano": ("C", 1),
    "perc": ("percussion", 3),
    "none": ("none", 3),
}
_OCTAVES = {"8": 1, "15": 2}


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
    found = _CLEF.fullmatch(text)
    if not text or found is None:
        return None
    name, line, figure = found.group("name", "line", "octave")
    if name == "auto" or (name is None and line is None and figure is None):
        return None
    sign, usual_line = _SHAPES[name or "treble"]
    octave = 0
    if figure is not None:
        octave = _OCTAVES[figure[1:]] * (1 if figure[0] in "+^" else -1)
    return Clef(text, sign, int(line or usual_line), octave)
