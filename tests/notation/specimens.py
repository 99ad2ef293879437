"""Short music for the tests of the reader, and what it is read as."""

from fractions import Fraction

from abcrun.notation import Tune, check

C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71
c, d, e, f, g = 72, 74, 76, 77, 79
QUARTER = Fraction(1, 4)


def tune(body: str, key: str = "C", meter: str = "4/4", unit: str = "1/4", more: str = "") -> Tune:
    return Tune.parse(f"X:1\nT:Specimen\nM:{meter}\nL:{unit}\n{more}K:{key}\n{body}\n")


def pitches(
    body: str, key: str = "C", meter: str = "4/4", unit: str = "1/4", more: str = ""
) -> list[int]:
    return [note.pitch for note in tune(body, key, meter, unit, more).notes]


def lengths(body: str, meter: str = "4/4", unit: str = "1/4") -> list[Fraction]:
    return [note.duration for note in tune(body, meter=meter, unit=unit).notes]


def quarters(body: str, meter: str = "4/4") -> list[tuple[Fraction, int, Fraction]]:
    """Return onset, pitch and length of each note, in crotchets."""
    return [
        (note.onset * 4, note.pitch, note.duration * 4) for note in tune(body, meter=meter).notes
    ]


def kinds(text: str) -> list[str]:
    return [problem.kind for problem in check(text)]
