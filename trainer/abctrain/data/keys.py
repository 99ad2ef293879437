"""Tunes of a clean corpus in other keys, as training text."""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from abcrun.composition.plans import form_of
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import CorpusError
from abcrun.notation.key import read_key
from abcrun.notation.transpose import transpose_text
from abctrain.data.collection import Collection
from abctrain.data.corpus import Corpus, sources_of
from abctrain.recipe import CorpusRecipe

CANONICAL = "D"
"""The tonic of a canonical corpus, whatever the mode: so a letter is a degree of the
scale, and the range of most tunes lies where ABC needs few octave marks."""

SIGNS = "#b^_=,'"
"""Characters that a tune may need in another key and not in its own."""

_TONICS = (("C",), ("C#", "Db"), ("D",), ("D#", "Eb"), ("E",), ("F",), ("F#", "Gb"), ("G",), ("G#", "Ab"), ("A",),
           ("A#", "Bb"), ("B",))  # fmt: skip
_MODE = re.compile(r"^K:[A-G][#b]?([a-z]{3})$", re.MULTILINE)


def clean_corpus(recipe: CorpusRecipe, path: Path | None = None) -> Corpus:
    """The recipe's books, or the user's own file or folder, as a `Collection` cleans
    and splits them."""
    names = recipe.books if path is None else (str(path),)
    collection = Collection.of_sources(names)
    training, held_out, test = (
        tuple(
            in_key(text, CANONICAL) if recipe.keys == "canonical" else text
            for text in collection.part(part)
        )
        for part in ("train", "valid", "test")
    )
    name = "+".join(collection.books)
    if not training or not held_out:
        raise CorpusError(
            f"corpus {name}: {len(collection.tunes)} clean tunes are too few to hold some out"
        )
    tonics: dict[str, Counter[str]] = {}
    for tune in collection.tunes:
        tonics.setdefault(tune.key[-3:], Counter())[tune.key[:-3]] += 1
    repertoire = Repertoire(
        tuple(form.to_list() for form in map(form_of, training) if form is not None),
        {mode: dict(counts.most_common()) for mode, counts in tonics.items()},
        CANONICAL if recipe.keys == "canonical" else None,
    )
    split = "groups of tunes that share 16 notes in a row or their titles, by their sha256"
    return Corpus(name, training, held_out, sources_of(names), test, split, repertoire.to_text())


def in_key(text: str, tonic: str) -> str:
    """A tune in normal form, moved to the nearest `tonic` ("D", "Bb"); its mode stays."""
    return transpose_text(text, tonic + _mode(text))


def in_random_key(text: str, random: np.random.Generator) -> str:
    """The same on any of the twelve tonics, each as likely, spelled with the fewest
    sharps or flats."""
    mode = _mode(text)
    signatures = {name: read_key(name + mode) for name in _TONICS[random.integers(len(_TONICS))]}
    fewest = {
        name: len(field.key.accidentals)
        for name, field in signatures.items()
        if field and field.key
    }
    return in_key(text, min(fewest, key=fewest.__getitem__))


def _mode(text: str) -> str:
    found = _MODE.search(text)
    if found is None:
        raise ValueError("a tune of a clean corpus has a K: of a tonic and three letters")
    return found.group(1)
