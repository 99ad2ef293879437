"""Short tunes for the tests of scores, as another program reads their MusicXML."""

from abcrun import Tune
from tests.score.musicxml_reader import ReadMeasure, ReadNote, read


def tune_of(body: str, *fields: str) -> Tune:
    """Return a tune in 4/4, L:1/8 and C major, or with these fields instead."""
    return Tune.parse(
        "\n".join(("X:1", "T:t", *(fields or ("M:4/4", "L:1/8", "K:C")), body)) + "\n"
    )


def measures_of(body: str, *fields: str) -> list[ReadMeasure]:
    """Return the measures of a tune of one voice."""
    (part,) = read(tune_of(body, *fields).musicxml())
    return part


def notes_of(body: str, *fields: str) -> list[ReadNote]:
    """Return the notes of a tune of one voice, graces and rests included."""
    return [note for measure in measures_of(body, *fields) for note in measure.notes]
