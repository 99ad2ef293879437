"""Tunes as a network reads them: tokens, and which of them it has to predict."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.recall import coded
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
        tokens = []
        for piece in coded(tune):
            encoded = self.vocabulary.encode(piece.text)
            tokens.append(encoded if piece.is_drawn else fed(encoded))
        # The sketch tells where the tune ends: its last line end follows from it.
        tokens.append(fed(self.vocabulary.encode("\n")))
        return np.concatenate(tokens)


def plain_characters(tunes: Iterable[str]) -> int:
    """Count the characters that tunes have without signs, as bits per character are
    told by: those behind the first one of each, up to the blank line that ends it."""
    return sum(len(tune) + len(SEPARATOR) - 1 for tune in tunes)
