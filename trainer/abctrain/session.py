"""One session of a training: what was asked of `abctrain train`, and its work."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from abcrun.errors import UsageError
from abctrain.choice import RECIPE, Choice
from abctrain.data.corpus import Corpus
from abctrain.export.shipped import objection
from abctrain.recipe import Recipe
from abctrain.runs import DEFAULT_RECIPE, default_target, run_folder
from abctrain.training.lock import locked

if TYPE_CHECKING:
    import torch

    from abctrain.training.base import Base
    from abctrain.training.trainer import Trainer


@dataclass(frozen=True)
class Session:
    """What was asked; each field is an option of `abctrain train`.

    recipe_name: a recipe's name or a .toml file; None is `DEFAULT_RECIPE`, or for a
        corpus what `Choice` says.
    corpus_path: the user's own file or folder, in place of the recipe's books.
    name: the run's.
    base_path: the model to fine-tune, by its own recipe.
    settings: "section.key=value" for entries of the recipe.
    device: one of `abcrun.formats.DEVICES`, or cuda:N.
    samples_every, keep_every: epochs between two files of sample tunes, and between
        two networks that are kept; 0 is never.
    restart: begin anew, even where the run can go on.
    """

    recipe_name: str | None = None
    corpus_path: Path | None = None
    name: str | None = None
    base_path: Path | None = None
    settings: tuple[str, ...] = ()
    device: str = "auto"
    seed: int = 0
    samples_every: int = 0
    keep_every: int = 0
    restart: bool = False

    @property
    def run(self) -> Path:
        """The run's folder."""
        return run_folder(self.recipe_name, self.corpus_path, self.name)

    def train(self) -> None:
        """Train, from the beginning or from where the run stopped. Raises an
        `AbcrunError`."""
        work = self._work()
        with locked(self.run):
            work()

    def _work(self) -> Callable[[], None]:
        """Return what is to be done. Raises `UsageError` for wrong options, before a
        folder is made."""
        base, corpus, name = self.base_path, self.corpus_path, self.recipe_name
        if base is not None:
            return partial(self._fine_tune, base, self._corpus_for(base))
        if corpus is not None and name is None:
            Recipe.load(RECIPE, self.settings)  # a wrong setting is told at once
            return partial(self._learn, corpus)
        return partial(self._from_scratch, Recipe.load(name or DEFAULT_RECIPE, self.settings))

    def _corpus_for(self, base_path: Path) -> Path:
        """Return the corpus to fine-tune a base on."""
        if self.corpus_path is None:
            raise UsageError("--from needs --corpus: the tunes to fine-tune the model on")
        if self.recipe_name is not None:
            raise UsageError(
                "--recipe does not go with --from, which takes the recipe of its model; "
                "--set replaces entries of that"
            )
        if base_path.resolve() == self.run.resolve():
            raise UsageError(
                f"{self.run} is the model itself; give the new run a --name of its own"
            )
        return self.corpus_path

    # What is said comes before the corpus and torch are loaded, which takes seconds.

    def _from_scratch(self, recipe: Recipe) -> None:
        click.echo(f"{self.run}: recipe {recipe.name}; reading the tunes", err=True)
        self._train(recipe, Corpus.of_recipe(recipe.corpus, self.corpus_path))

    def _learn(self, corpus_path: Path) -> None:
        """Learn a book in the way that suits it, or that its run was begun in."""
        choice = None if self.restart else Choice.as_begun(self.run)
        if choice is None:
            click.echo(f"{self.run}: reading the tunes", err=True)
            choice = Choice.for_book(corpus_path)
        click.echo(f"{self.run}: {choice.why}", err=True)
        recipe = Recipe.load(choice.recipe_name, self.settings)
        if choice.base_path is not None:
            self._fine_tune(choice.base_path, corpus_path)
        elif choice.collection is not None:
            corpus = Corpus.of_collection(recipe.corpus, choice.collection)
            del choice  # its tunes would stay in memory beside the corpus
            self._train(recipe, corpus)
        else:
            self._from_scratch(recipe)

    def _fine_tune(self, base_path: Path, corpus_path: Path) -> None:
        click.echo(f"{self.run}: from {base_path}; reading it and the tunes", err=True)
        from abctrain.export.reading import base_of  # loads torch

        base = base_of(base_path)
        self._train(*base.task(corpus_path, self.settings), base)

    def _train(self, recipe: Recipe, corpus: Corpus, base: "Base | None" = None) -> None:
        # Here, because torch takes seconds to load.
        from abctrain.training.device import choose_device, enough_memory

        device = choose_device(self.device)
        with enough_memory():
            self._train_on(device, recipe, corpus, base)

    def _train_on(
        self, device: "torch.device", recipe: Recipe, corpus: Corpus, base: "Base | None"
    ) -> None:
        from abctrain.training.checkpoint import LAST
        from abctrain.training.trainer import Trainer

        run = self.run
        trainer = Trainer(recipe, corpus, run, device, self.seed, base, self.keep_every)
        if (run / LAST).exists() and not self.restart:
            trainer.resume()
        # `make train` may be called again and again: a trained run is no error.
        if trainer.is_over:
            click.echo(
                f"{run} is trained already: {trainer.ending}; --set training.epochs=N or "
                "training.patience=N prolongs it, --restart trains it anew",
                err=True,
            )
            return
        # Told before hours of training, not only behind them.
        sources = [source.to_dict() for source in corpus.sources]
        if (why_not := objection(default_target(run), recipe, sources)) is not None:
            click.echo(f"the export will be refused: {why_not}", err=True)
        trainer.train(self._sample)
        click.echo(f"{run} is trained; `make export RUN={run}` makes the model file", err=True)

    def _sample(self, trainer: "Trainer") -> None:
        from abctrain.export.samples import write_samples  # loads torch

        every = self.samples_every
        if every and (trainer.epoch % every == 0 or trainer.is_over):
            write_samples(trainer)
