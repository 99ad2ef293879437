"""What fine-tuning gains on a book that the model has not seen, beside a training from
scratch, told by tunes that none of them has seen.

    python -m tests.bench.tuning BOOK                 # a file or folder of ABC tunes
    python -m tests.bench.tuning BOOK --first 2       # the first two folds only
"""

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import torch

from abcrun.files import default_model_path
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.collection import CleanTune, Collection
from abctrain.data.corpus import Corpus
from abctrain.data.keys import CANONICAL, in_key
from abctrain.data.related import components, title_key
from abctrain.data.sharing import Sharing
from abctrain.export.reading import base_of
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.base import Base
from abctrain.training.checkpoint import BEST
from abctrain.training.encoding import Encoder
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.network import CharacterLSTM
from abctrain.training.trainer import Trainer

SCRATCH = ("training.epochs=60", "training.patience=8", "training.average=0.9")
"""Settings, beside the base's recipe, of the training that begins with random weights.
It may go on for as long as the held-out tunes become better; the average of the weights
looks back over ten steps."""


@dataclass
class Sums:
    """Nats on the tunes of all folds, and the characters that they are told by."""

    nats: float = 0.0
    characters: int = 0
    epochs: list[int] = field(default_factory=list)

    def add(self, network: CharacterLSTM, test: HeldOut, epoch: int) -> None:
        self.nats += test.cross_entropy(network) * test.characters
        self.characters += test.characters
        self.epochs.append(epoch)

    @property
    def bits(self) -> float:
        return bits(self.nats / self.characters)


Tested = tuple[CharacterLSTM, Vocabulary, int]
"""A network, its vocabulary, and the epoch that it is of; 0 where it is as it was."""


def folds_of(tunes: Sequence[CleanTune], count: int) -> list[list[CleanTune]]:
    """Part the tunes that the base does not know into folds of about one size.

    Tunes that share 16 notes in a row or their title are in one fold, and none is
    related to a tune that the base knows.
    """
    shared = Sharing(tune.melody for tune in tunes)
    links = [(index, other) for index, others in enumerate(shared) for other in others]
    titles: dict[str, int] = {}
    for index, tune in enumerate(tunes):
        if key := title_key(tune.title):
            links.append((index, titles.setdefault(key, index)))
    groups: dict[int, list[CleanTune]] = defaultdict(list)
    for tune, root in zip(tunes, components(len(tunes), links), strict=True):
        groups[root].append(tune)
    folds: list[list[CleanTune]] = [[] for _ in range(count)]
    for group in sorted(groups.values(), key=len, reverse=True):
        if not any(tune.is_known for tune in group):
            min(folds, key=len).extend(group)
    return folds


def corpus_of(
    collection: Collection, folds: Sequence[Sequence[CleanTune]], number: int, keys: str
) -> Corpus:
    """Return the corpus that tests on one fold and chooses the epoch by the next."""
    test, held_out = folds[number], folds[(number + 1) % len(folds)]
    away = {tune.id for tune in (*test, *held_out)}
    training = [tune for tune in collection.tunes if tune.id not in away]

    def texts(tunes: Sequence[CleanTune]) -> tuple[str, ...]:
        if keys == "canonical":
            return tuple(in_key(tune.text, CANONICAL) for tune in tunes)
        return tuple(tune.text for tune in tunes)

    return Corpus(
        "+".join(collection.books),
        texts(training),
        texts(held_out),
        collection.sources,
        texts(test),
    )


def tested(base: Base, corpus: Corpus, scratch: bool) -> Iterator[Tested]:
    """Yield the networks to be tested: the base, the base fine-tuned, and, where it is
    asked for, one from scratch."""
    vocabulary = base.vocabulary_with(corpus.characters)
    unchanged = CharacterLSTM(len(vocabulary), base.recipe.network)
    unchanged.load_state_dict(base.weights_for(vocabulary))
    yield unchanged, vocabulary, 0
    training = base.recipe.training.tuned(sum(map(len, corpus.training)))
    yield trained(replace(base.recipe, training=training), corpus, base)
    if scratch:
        # As many batches an epoch as the fine-tuning has: a book of a hundred tunes
        # would make a handful of the recipe's own.
        streamed = replace(base.recipe.training, streams=training.streams)
        recipe = replace(base.recipe, training=streamed)
        yield trained(Recipe.from_dict(recipe.to_dict(), SCRATCH), corpus)


def trained(recipe: Recipe, corpus: Corpus, base: Base | None = None) -> Tested:
    """Train in a folder that is thrown away; return the best network."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(recipe, corpus, Path(folder), torch.device("cpu"), 0, base)
        trainer.train()
        best = checkpoints.load_best(Path(folder) / BEST)
    network = CharacterLSTM(len(trainer.vocabulary), recipe.network)
    network.load_state_dict(best["network"])
    return network, trainer.vocabulary, best["epoch"]


@click.command()
@click.argument("book", type=click.Path(exists=True, path_type=Path))
@click.option("--base", "base_path", type=click.Path(exists=True, path_type=Path))
@click.option("--folds", default=8, show_default=True, help="Parts of the new tunes.")
@click.option("--first", default=8, show_default=True, help="How many folds to test on.")
@click.option("--scratch/--no-scratch", default=True, help="It takes most of the time.")
def main(book: Path, base_path: Path | None, folds: int, first: int, scratch: bool) -> None:
    """Print bits per character on the folds, each tested by networks that have seen
    none of its tunes; the next fold chooses their epoch."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    base = base_of(base_path or default_model_path())
    collection = Collection.of_sources((str(book),), base.known)
    parts = folds_of(collection.tunes, folds)
    new = sum(map(len, parts))
    click.echo(f"{book.stem}: {len(collection.tunes)} tunes, {new} of them new to {base.name}")
    names = [f"{base.name} unchanged", "fine-tuned", *(["from scratch"] if scratch else [])]
    sums = {name: Sums() for name in names}
    for number in range(min(first, folds)):
        corpus = corpus_of(collection, parts, number, base.recipe.corpus.keys)
        for one, (network, vocabulary, epoch) in zip(
            sums.values(), tested(base, corpus, scratch), strict=True
        ):
            encoder = Encoder(vocabulary, base.recipe.corpus.recall)
            one.add(network, HeldOut.of(corpus.test, encoder, "cpu"), epoch)
            logging.info("fold %d of %d: %.4f so far", number + 1, folds, one.bits)
    click.echo("| | bits per character | best epoch |\n|---|---|---|")
    for name, one in sums.items():
        epochs = f"{min(one.epochs)} to {max(one.epochs)}" if max(one.epochs) else "–"
        click.echo(f"| {name} | {one.bits:.4f} | {epochs} |")


if __name__ == "__main__":
    main()
