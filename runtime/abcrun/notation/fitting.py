"""Where an instrument can play a tune: the fewest notes that it lacks, and the least
change."""

from collections import Counter
from collections.abc import Iterable

from abcrun.notation.instruments import Instrument
from abcrun.notation.intervals import interval_by, moved_tonic
from abcrun.notation.key import Key, read_key

_FURTHEST = 24
"""Semitones that a tune is moved at most: two octaves."""
_USUAL_SIGNS = 3
"""Sharps or flats of a key that players of folk tunes know."""


def best_move(pitches: Iterable[int], key: Key, instrument: Instrument) -> int:
    """Return by how many semitones a tune in `key` is moved best for an instrument.

    `pitches` are its notes, each as often as it comes. Of the moves that leave the
    fewest notes unplayable, those to a key of few sharps or flats are taken, and of
    those the nearest, up rather than down.
    """
    counts = Counter(pitches)
    # The key that it has is known: no other is easier for whoever plays along.
    most_signs = max(_USUAL_SIGNS, _signs(key, -instrument.transposition))

    def cost(semitones: int) -> tuple[int, int, int, bool]:
        unplayable = sum(
            count for pitch, count in counts.items() if not instrument.plays(pitch + semitones)
        )
        signs = _signs(key, semitones - instrument.transposition)
        awkward = max(0, signs - most_signs)
        return unplayable, awkward, abs(semitones), semitones < 0

    return min(range(-_FURTHEST, _FURTHEST + 1), key=cost)


def _signs(key: Key, semitones: int) -> int:
    """Return how many sharps or flats a key has that is moved."""
    if not key.tonic:
        return 0
    tonic, _ = moved_tonic(key.tonic, interval_by(key, semitones), key.mode)
    read = read_key(tonic + key.mode)
    return len(read.key.accidentals) if read is not None and read.key is not None else 0
