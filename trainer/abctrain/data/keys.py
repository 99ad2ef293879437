"""Tunes of a clean corpus in other keys, as training text."""

import re

import numpy as np

from abcrun.notation.key import read_key
from abcrun.notation.pitch import LETTERS, NAME_SIGNS, SEMITONES
from abcrun.notation.transpose import transpose_text

CANONICAL = "D"
"""The tonic of a canonical corpus, whatever the mode: so a letter is a degree of the
scale, and the range of most tunes lies where ABC needs few octave marks."""

CHARACTERS = f"{LETTERS}{LETTERS.lower()}#b^_=,'"
"""Characters that a tune may need in another key and not in its own."""

_MODE = re.compile(r"^K:[A-G][#b]?([a-z]{3})$", re.MULTILINE)


def in_key(text: str, tonic: str) -> str:
    """Return a tune in normal form, moved to the nearest `tonic` ("D", "Bb").

    Its mode stays.
    """
    return transpose_text(text, tonic + _mode(text))


def in_random_key(text: str, random: np.random.Generator) -> str:
    """Return a tune in normal form on any of the twelve tonics, each as likely.

    The tonic is spelled with the fewest sharps or flats.
    """
    mode = _mode(text)
    pitch_class = int(random.integers(12))
    names = [
        letter + sign
        for alteration, sign in NAME_SIGNS.items()
        for letter, semitones in zip(LETTERS, SEMITONES, strict=True)
        if semitones + alteration == pitch_class
    ]
    # Some names have no key signature: D# major would need nine sharps.
    fields = {name: read_key(name + mode) for name in names}
    fewest = {
        name: len(field.key.accidentals) for name, field in fields.items() if field and field.key
    }
    return in_key(text, min(fewest, key=fewest.__getitem__))


def _mode(text: str) -> str:
    found = _MODE.search(text)
    if found is None:
        raise ValueError("a tune of a clean corpus has a K: of a tonic and three letters")
    return found.group(1)
