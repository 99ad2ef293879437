"""One session of a training: what was asked of `abctrain train`, and its work."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
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
from abctrain.training.interruption import load_torch
from abctrain.training.lock import locked
from abctrain.training.rank import Rank, restarts

if TYPE_CHECKING:
    import torch

    from abctrain.training.base import Base
    from abctrain.training.processes import Processes
    from abctrain.training.trainer import Trainer

    Task = tuple[Recipe, Corpus, Base | None]


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
        `AbcrunError`.

        Of several processes the first one reads and writes, and tells the others.
        """
        if not Rank.here().is_first:
            self._take_part(None)
            return
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
        choice = None if self._begins_anew else Choice.as_begun(self.run)
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
        load_torch()
        from abctrain.export.reading import base_of

        base = base_of(base_path)
        self._train(*base.task(corpus_path, self.settings), base)

    @property
    def _begins_anew(self) -> bool:
        """Whether a run that is there does not count: torchrun, which starts again what
        has failed, repeats the whole command."""
        return self.restart and restarts() == 0

    def _train(self, recipe: Recipe, corpus: Corpus, base: "Base | None" = None) -> None:
        load_torch()
        from abctrain.training.checkpoint import BEST, LAST

        if (self.run / BEST).exists() and not (self.run / LAST).exists() and not self.restart:
            raise UsageError(
                f"{self.run} holds {BEST} without {LAST}: it can be exported and cannot go on; "
                "choose another --name, or --restart to replace it"
            )
        # A copy of the base without what it has cached, which cannot be told.
        self._take_part((recipe, corpus, None if base is None else replace(base)))

    def _take_part(self, task: "Task | None") -> None:
        """Train what the first process has read: it alone has a `task`."""
        # Here, because torch takes seconds to load.
        from abctrain.training.device import choose_device, enough_memory
        from abctrain.training.processes import Processes

        rank = Rank.here()
        device = choose_device(self.device, rank)
        with enough_memory(), Processes.joined(rank, device) as processes:
            self._train_on(device, processes, processes.told(task))

    def _train_on(self, device: "torch.device", processes: "Processes", task: "Task") -> None:
        from abctrain.training.checkpoint import LAST
        from abctrain.training.trainer import Trainer

        run = self.run
        recipe, corpus, base = task
        # Its errors come of what all were told, and so in all processes or in none.
        with processes.together():
            trainer = Trainer(
                recipe, corpus, run, device, self.seed, base, self.keep_every, processes
            )
        if processes.told((run / LAST).exists() and not self._begins_anew):
            trainer.resume()
        # `make train` may be called again and again: a trained run is no error.
        if trainer.is_over:
            self._say(
                f"{run} is trained already: {trainer.ending}; --set training.epochs=N or "
                "training.patience=N prolongs it, --restart trains it anew"
            )
            return
        # Told before hours of training, not only behind them.
        if processes.is_first:
            sources = [source.to_dict() for source in corpus.sources]
            if (why_not := objection(default_target(run), recipe, sources)) is not None:
                self._say(f"the export will be refused: {why_not}")
        trainer.train(self._sample)
        self._say(
            f"{run} is trained; `make export RUN={shlex.quote(str(run))}` makes the model file"
        )

    def _say(self, line: str) -> None:
        """Print a line to stderr, once for all processes."""
        if Rank.here().is_first:
            click.echo(line, err=True)

    def _sample(self, trainer: "Trainer") -> None:
        every = self.samples_every
        if every and (trainer.epoch % every == 0 or trainer.is_over):
            # Here, because it loads ONNX and its runtime, 90 MB.
            from abctrain.export.samples import write_samples

            write_samples(trainer)
