"""The network that a fine-tuning begins with, and room in it for new characters."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.corpus import Corpus, melody_in
from abctrain.data.related import Known, runs
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST, BaseEntry


@dataclass(frozen=True)
class Base:
    """A trained network.

    sha256: that of its file.
    weights: its state dictionary.
    corpora: the sources that it was trained on, as `Source.to_dict` gives them.
    known: whether it was trained on a melody; None where that cannot be told.
    """

    name: str
    sha256: str
    recipe: Recipe
    vocabulary: Vocabulary
    weights: Mapping[str, Tensor]
    corpora: Sequence[Mapping[str, str | int]]
    known: Known | None

    @classmethod
    def of_run(cls, run: Path) -> Self:
        """Read a run's best checkpoint. Raises `CheckpointError`."""
        path = run / BEST
        checkpoint = checkpoints.load_best(path)
        corpus = checkpoint["corpus"]
        trained = {part for tune in corpus["training"] for part in runs(melody_in(tune))}
        return cls(
            name=run.resolve().name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            recipe=Recipe.from_dict(checkpoint["recipe"]),
            vocabulary=Vocabulary(checkpoint["vocabulary"]),
            weights=checkpoint["network"],
            corpora=corpus["sources"],
            known=lambda melody: not trained.isdisjoint(runs(melody)),
        )

    def entry(self, corpus: Corpus, held_out_bits: float) -> BaseEntry:
        """Return what the checkpoints of a fine-tuning on `corpus` say of this base."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "corpora": [dict(source) for source in self.corpora],
            "known_tunes": None if self.known is None else corpus.known,
            "held_out_bits_per_character": held_out_bits,
        }

    def vocabulary_with(self, text: str) -> Vocabulary:
        """Return the vocabulary, with the characters of `text` that it lacks behind."""
        known = self.vocabulary.characters
        return Vocabulary(known + "".join(sorted(set(text) - set(known))))

    def weights_for(self, vocabulary: Vocabulary) -> dict[str, Tensor]:
        """Return the weights, with those of the characters that `vocabulary` has
        further.

        A new character is read and predicted as the mean of the known ones. Its logit
        is then the mean of theirs, and by Jensen's inequality it takes no more of the
        probability than they have on average: among the known ones, all stays as it
        is (Hewitt 2021, "Initializing new word embeddings for pretrained language
        models").
        """
        new = len(vocabulary) - len(self.vocabulary)
        weights = {name: tensor.float().clone() for name, tensor in self.weights.items()}
        for name, axis in (("lstm.weight_ih_l0", 1), ("linear.weight", 0), ("linear.bias", 0)):
            mean = weights[name].mean(axis, keepdim=True)
            weights[name] = torch.cat([weights[name], *[mean] * new], axis)
        return weights


def checksum(base: BaseEntry | None) -> str | None:
    """Return that of a base's file, or None without a base."""
    return None if base is None else base["sha256"]


def told(base: BaseEntry) -> str:
    """Return the line that a log has of a base."""
    known = base["known_tunes"]
    return (
        f"from {base['name']}, which has {base['held_out_bits_per_character']:.4f} bits per "
        "character on the tunes held out; "
    ) + (
        "it has no index of melodies: whether it was trained on some of them is not known"
        if known is None
        else f"{known:,} tunes that it knows, by 16 notes in a row, are not held out"
    )
