"""What a musician asks for: meter, key, rhythm, length, form. A `Repertoire` checks it
against what the model's form plans offer."""

from dataclasses import dataclass, fields, replace
from typing import Self

MODES = {
    "major": "maj",
    "minor": "min",
    "dorian": "dor",
    "mixolydian": "mix",
    "lydian": "lyd",
    "phrygian": "phr",
    "locrian": "loc",
}
"""How a key's mode is spelled in a tune in normal form."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a tune is to be. None leaves a field to the statistics of the tunes that the
    model was trained on.

    meter: "6/8", "C", "C|". key: tonic and mode, "Ador", "D", "Bm". rhythm: "jig".
    unit: the unit note length, "1/8". bars: of the sections, each counted once. form:
    the sections as played, "AABB". title: of the T: line.
    """

    meter: str | None = None
    key: str | None = None
    rhythm: str | None = None
    unit: str | None = None
    bars: int | None = None
    form: str | None = None
    title: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for but, at most, a title."""
        return replace(self, title=None) == Conditions()

    def over(self, other: Self) -> Self:
        """Return these conditions, and those of `other` where these ask for nothing."""
        mine = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return replace(other, **mine)
