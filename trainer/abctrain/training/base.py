"""The network that a fine-tuning begins with, and room in it for new characters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from abcrun.composition.repertoire import Repertoire
from abcrun.errors import UsageError
from abcrun.inference.vocabulary import Vocabulary
from abcrun.originality import MelodyIndex
from abctrain.data.corpus import MOST_PLANS, Corpus
from abctrain.data.related import RUN, Known
from abctrain.data.teaching import Counts, Teaching
from abctrain.recipe import Recipe
from abctrain.training.checkpoint import BaseEntry, CheckpointError

MELODIES = "base.melodies"
"""The file in a run's folder that keeps the base's index: what the fine-tuned network
composes may be of those tunes, too."""


@dataclass(frozen=True)
class Base:
    """A trained network.

    sha256: that of its file.
    weights: its state dictionary.
    corpora: the sources that it was trained on, as `Source.to_dict` gives them.
    taught: how many tunes of each rhythm, meter and mode these had.
    repertoire: the form plans of these tunes; empty where there are none.
    melodies: the index of those that it was trained on; empty where there is none.
    """

    name: str
    sha256: str
    recipe: Recipe
    vocabulary: Vocabulary
    weights: Mapping[str, Tensor]
    corpora: Sequence[Mapping[str, str | int]]
    melodies: bytes
    taught: Counts = field(default_factory=dict)
    repertoire: str = ""

    @cached_property
    def known(self) -> Known | None:
        """Whether it was trained on a melody; None where that cannot be told."""
        if not self.melodies:
            return None
        index = MelodyIndex.from_bytes(self.melodies, self.name)
        return lambda melody: index.has_run(melody, RUN)

    def task(self, path: Path, settings: Sequence[str] = ()) -> tuple[Recipe, Corpus]:
        """Return recipe and corpus of its fine-tuning on the file or folder `path`.

        The recipe is its own, with settings for the size of the book
        (`TrainingRecipe.tuned`) and then those given, as `Recipe.load` takes them.
        Raises `CorpusError`, or `UsageError` for another network.
        """
        recipe = Recipe.from_dict(self.recipe.to_dict(), settings)
        corpus = Corpus.of_recipe(recipe.corpus, path, self.known)
        training = self.recipe.training.tuned(sum(map(len, corpus.training)))
        fitted = replace(self.recipe, training=training)
        tuned = Recipe.from_dict(fitted.to_dict(), settings)
        for size in ("layers", "hidden"):
            own, asked = getattr(self.recipe.network, size), getattr(tuned.network, size)
            if own != asked:
                raise UsageError(
                    f"network.{size} is {asked}; {self.name} has {own}, and a fine-tuning "
                    "goes on with its network"
                )
        return tuned, replace(corpus, repertoire=self._repertoire_with(corpus.repertoire))

    def _repertoire_with(self, book: str) -> str:
        """Return the repertoire of a book, with its own plans for what the book has
        none for: the network still knows such tunes."""
        if not (book and self.repertoire):
            return book
        own, before = Repertoire.from_text(book), Repertoire.from_text(self.repertoire)
        return replace(
            own,
            tonics={**before.tonics, **own.tonics},
            base_plans=before.offered[:MOST_PLANS],
        ).to_text()

    def entry(self, corpus: Corpus, held_out_bits: float) -> BaseEntry:
        """Return what the checkpoints of a fine-tuning on `corpus` say of this base."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "corpora": [dict(source) for source in self.corpora],
            "known_tunes": None if self.known is None else corpus.known,
            "known_held_out": corpus.known_held_out,
            "taught": {kind: dict(counts) for kind, counts in self.taught.items()},
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


def teaching(repertoire: str, base: BaseEntry | None) -> Teaching:
    """Return what a book with this repertoire teaches, with a base before it."""
    if base is None:
        return Teaching.of(repertoire)
    return Teaching.of(repertoire, base.get("taught", {}), base["name"])


def told(base: BaseEntry) -> str:
    """Return the line that a log has of a base."""
    known, held_out = base["known_tunes"], base.get("known_held_out", 0)
    beginning = (
        f"from {base['name']}, which has {base['held_out_bits_per_character']:.4f} bits per "
        "character on the tunes held out; "
    )
    if known is None:
        return beginning + (
            "it has no index of melodies: whether it was trained on some of them is not known"
        )
    beginning += f"{known:,} tunes that it knows, by 16 notes in a row, "
    if not held_out:
        return f"{beginning}are not held out"
    return f"{beginning}are in the book, and {known_in_words(held_out)}"


def known_in_words(held_out: int) -> str:
    """Return what it means that a base knows so many tunes held out, as half a
    sentence."""
    return (
        f"as hardly any others are there, {held_out:,} of them are held out all the same: "
        "their figures say how well it remembers them, not what it has learned"
    )


def base_melodies(run: Path, base: BaseEntry | None) -> bytes:
    """Return the index that a run keeps of its base; empty where there is none. Raises
    `CheckpointError` where it is lost."""
    if base is None or base["known_tunes"] is None:
        return b""
    try:
        return (run / MELODIES).read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{run / MELODIES}: cannot be read ({error.strerror or error}); it is the index of "
            f"melodies of {base['name']}: copy {base['name']}.melodies there, or train with "
            "--restart"
        ) from None
