"""Tunes to transpose, and what must be equal afterwards."""

from fractions import Fraction

from abcrun.notation import Tune
from abcrun.notation.key import read_key
from abcrun.notation.transpose import transpose_text

TONICS = (
    "C",
    "G",
    "D",
    "A",
    "E",
    "B",
    "F#",
    "C#",
    "G#",
    "D#",
    "A#",
    "F",
    "Bb",
    "Eb",
    "Ab",
    "Db",
    "Gb",
    "Cb",
)


def text(body: str, key: str) -> str:
    return f"X:1\nT:Specimen\nM:none\nL:1/4\nK:{key}\n{body}"


def moved(body: str, key: str, to: str, octave: int = 0) -> str:
    """The body of a tune in `key`, in the key `to`."""
    before, after = (
        Tune.parse(text(body, key)),
        Tune.parse(transpose_text(text(body, key), to, octave)),
    )
    assert differences(before, after) == []
    return after.text.partition("\nK:")[2].partition("\n")[2]


def interval(before: Tune, after: Tune) -> int:
    """Semitones from tonic to tonic, the nearest."""
    assert before.key.tonic_pitch_class is not None
    assert after.key.tonic_pitch_class is not None
    return (after.key.tonic_pitch_class - before.key.tonic_pitch_class + 5) % 12 - 5


def sounding(tune: Tune, semitones: int = 0) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.onset, note.duration, note.pitch + semitones) for note in tune.notes]


def differences(before: Tune, after: Tune) -> list[str]:
    """What is not as it was an interval away; octaves don't count."""
    semitones = interval(before, after)
    semitones += round((after.notes[0].pitch - before.notes[0].pitch - semitones) / 12) * 12
    found: list[str] = []
    if sounding(after) != sounding(before, semitones):
        found.append("notes")
    if _problems(Tune.parse(before.text)) != _problems(after):
        found.append("problems")
    if (after.title, after.rhythm, after.meter, after.tempos) != (
        before.title,
        before.rhythm,
        before.meter,
        before.tempos,
    ):
        found.append("header")
    return found


def keys_of_mode(mode: str) -> list[str]:
    return [f"{tonic} {mode}" for tonic in TONICS if read_key(f"{tonic} {mode}") is not None]


def there_and_back(tune: Tune, to: str) -> tuple[Tune, Tune]:
    there = tune.transpose(to)
    tritone = interval(tune, there) == 6  # up both ways
    return there, there.transpose(f"{tune.key.tonic} {tune.key.mode}", octave=-1 if tritone else 0)


def _problems(tune: Tune) -> list[tuple[int, str]]:
    # Where a microtone is altered in another way than before, it loses its fraction.
    # Signs of no ABC are written as those of ABC.
    return [
        (one.line, one.kind)
        for one in tune.problems
        if "microtone" not in one.reason and "is no sign of ABC" not in one.reason
    ]
