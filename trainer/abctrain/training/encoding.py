"""Tunes as a network reads them: tokens, and which of them it has to predict."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.recall import coded, parted
from abcrun.composition.signs import CLOSE, OPEN, is_sign
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.text import SEPARATOR
from abctrain.training.batches import fed
from abctrain.training.positions import positions_of


@dataclass(frozen=True)
class Encoder:
    """Encodes tunes, each with the blank line that ends it.

    recall: tunes are written with signs of recall; what is recalled is fed.
    places: each character has its position in bar and section too.
    """

    vocabulary: Vocabulary
    recall: bool = False
    places: bool = False

    def __call__(self, tune: str) -> NDArray[np.int64]:
        """Encode a tune: int64 [characters], or with places [characters, 1 + 3]."""
        if self.recall:
            return self._coded(tune)
        tokens = self.vocabulary.encode(tune + SEPARATOR)
        return np.column_stack((tokens, positions_of(tune + SEPARATOR))) if self.places else tokens

    def _coded(self, tune: str) -> NDArray[np.int64]:
        # The sketch tells where the tune ends: its last line end follows from it.
        pieces = [(piece.text, piece.is_drawn) for piece in coded(tune)] + [("\n", False)]
        encoded = [
            self.vocabulary.encode(text) if is_drawn else fed(self.vocabulary.encode(text))
            for text, is_drawn in pieces
        ]
        tokens = np.concatenate(encoded)
        if not self.places:
            return tokens
        at = _plain_places("".join(text for text, _ in pieces), tune + SEPARATOR)
        return np.column_stack((tokens, positions_of(tune + SEPARATOR)[at]))


def _plain_places(text: str, tune: str) -> list[int]:
    """Return for each character of a tune with signs which one of the tune stands
    there: the same, or for signs, and what they say, the last one before."""
    header = len(parted(tune)[0])
    behind = text.index("\n", header) + 1  # the sketch
    places = [*range(header), *[header - 1] * (behind - header)]
    at = header
    is_old = False  # within a group that is shown, and changed
    for character in text[behind:]:
        is_old = character != CLOSE and (is_old or character == OPEN)
        if not (is_old or is_sign(character)):
            # A tune on one line has fewer line ends, and bar lines at them.
            while tune[at] != character and tune[at] in "|\n":
                at += 1
            at += 1
        places.append(at - 1)
    return places


def plain_characters(tunes: Iterable[str]) -> int:
    """Count the characters that tunes have without signs, as bits per character are
    told by: those behind the first one of each, up to the blank line that ends it."""
    return sum(len(tune) + len(SEPARATOR) - 1 for tune in tunes)
