"""How a book of the user's own is learned where the user names neither a recipe nor a
model to fine-tune: by recipe `folk`, or from the model `folk` on, by what it holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from abcrun.errors import CorpusError, UsageError
from abcrun.files import default_model_path
from abctrain.data.collection import Collection, NoCleanTuneError, left_out_in_words
from abctrain.runs import DEFAULT_RECIPE

RECIPE = "folk"
"""The recipe, which is that of the model that comes with abcrun, too."""

ENOUGH = 2_000
"""The usable tunes from which on a book is learned from scratch. `folk` has twice as
many; on 650 foreign ones fine-tuning it takes 8 % fewer bits than a training from
scratch (BENCHMARKS.md). Where the two ways meet has not been measured."""

FEWEST = 20
"""The usable tunes that a fine-tuning takes, at least: with fewer, one tune or two to
hold out tell nothing."""


@dataclass(frozen=True)
class Choice:
    """A way to learn a book: a recipe from scratch, or a model to fine-tune.

    why: what was chosen, in words for the log. collection: the book as recipe `folk`
    cleans it, where it was read for the choice.
    """

    why: str
    recipe_name: str = RECIPE
    base_path: Path | None = None
    collection: Collection | None = None

    @classmethod
    def for_book(cls, path: Path) -> Self:
        """Choose by the tunes of the file or folder `path`.

        Raises `CorpusError`, naming recipe `irish`, where recipe `folk` can use too few
        of them.
        """
        try:
            collection = Collection.of_path(path)
        except NoCleanTuneError as error:
            raise _unusable(path, str(error)) from None
        usable = len(collection.tunes)
        whole = usable + len(collection.dropped)
        if usable < FEWEST:
            left_out = left_out_in_words(collection.left_out)
            raise _unusable(path, f"it can use {usable} of {whole:,} tunes; {left_out}")
        told = f"{usable:,} of {whole:,} tunes can be used"
        if usable >= ENOUGH:
            return cls(
                f"{told}, enough to learn music from: recipe {RECIPE}, from scratch; "
                "--from MODEL fine-tunes one (make train FROM=...)",
                collection=collection,
            )
        base = _base()
        return cls(
            f"{told}, too few to learn music from (that takes {ENOUGH:,}): the model "
            f"{base.stem} is fine-tuned on them; --recipe {RECIPE} or irish learns from "
            "scratch (make train RECIPE=...)",
            base_path=base,
        )

    @classmethod
    def as_begun(cls, run: Path) -> Self | None:
        """Return the choice that a run was begun with, whatever is chosen by now; None
        where there is no run.

        Raises `UsageError` where it was no choice, but somebody's wish.
        """
        try:
            begun = json.loads((run / "config.json").read_text(encoding="utf-8"))
            name, base = begun["recipe"]["name"], begun["base"]
            base_name = None if base is None else base["name"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        path = _base()
        if base_name == path.stem:
            return cls(f"the model {path.stem} is fine-tuned, as the run was begun", base_path=path)
        if base_name is None and name in (RECIPE, DEFAULT_RECIPE):
            return cls(f"recipe {name}, as the run was begun", name)
        wish = f"--recipe {name}" if base_name is None else f"--from {base_name}"
        raise UsageError(
            f"{run} was begun with {wish}: give that again to go on, or --restart to begin anew"
        )


def _base() -> Path:
    """Return the model that comes with abcrun, from here where it lies below."""
    path = default_model_path()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _unusable(path: Path, why: str) -> CorpusError:
    return CorpusError(
        f"{path}: recipe {RECIPE} needs {FEWEST} tunes or more: {why}; --recipe irish "
        "(make train RECIPE=irish) learns any text as it is written"
    )
