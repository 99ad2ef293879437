"""What a musician asks for: meter, key, rhythm, length, form; checked against what the
model's form plans offer."""

from dataclasses import dataclass

MODES = {"major": "maj", "minor": "min", "dorian": "dor", "mixolydian": "mix", "lydian": "lyd", "phrygian": "phr",
         "locrian": "loc"}  # fmt: skip
"""How a key's mode is spelled in a tune."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a tune is to be; None leaves it to the statistics of the tunes that the
    model was trained on.

    meter: "6/8", "C", "C|". key: "Ador", "D", "Bm"; its mode is the tune's. rhythm:
    "jig". unit: the unit note length, "1/8". bars: of its sections, each counted once.
    form: its sections as played, "AABB". title: its T: line.
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
        return all(
            getattr(self, name) is None
            for name in ("meter", "key", "rhythm", "unit", "bars", "form")
        )
