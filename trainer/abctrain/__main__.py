"""`python -m abctrain`: fetch books, train a recipe, export the result."""

import logging
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from abcrun.composition.levels import LEVELS, GuideLevel
from abcrun.errors import AbcrunError, UsageError
from abcrun.files import default_model_path, make_folder, write_atomically
from abcrun.formats import DEVICES
from abctrain.data.books import BOOKS, book_path
from abctrain.data.collection import KNOWN_BOOKS, Collection
from abctrain.data.corpus import Corpus
from abctrain.data.melody_index import training_index
from abctrain.data.related import RUN
from abctrain.data.report import report, write_corpus
from abctrain.export.shipped import shipped_at
from abctrain.recipe import Recipe
from abctrain.runs import (
    DEFAULT_RECIPE,
    RUNS,
    check_asked,
    checked_name,
    default_target,
    other_runs,
    own_corpus,
    run_folder,
)
from abctrain.session import Session
from abctrain.training.interruption import load_torch
from abctrain.training.rank import ElsewhereError, Rank

P = ParamSpec("P")
T = TypeVar("T")


class Program(click.Group):
    """The program, which tells an `AbcrunError` in one line.

    Its exit status is then 1, or 2 where the usage is wrong.
    """

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except ElsewhereError:
            sys.exit(1)
        except AbcrunError as error:
            click.echo(f"abctrain: {error}", err=True)
            sys.exit(2 if isinstance(error, UsageError) else 1)


def _device(context: click.Context, option: click.Parameter, name: str) -> str:
    """Check the name of a device."""
    if name not in DEVICES and not re.fullmatch(r"cuda:\d{1,3}", name):
        raise click.BadParameter(f"{name!r} is none of {', '.join((*DEVICES, 'cuda:N'))}.")
    return name


# With several cards, cuda:N is one of them.
_device_option = click.option(
    "--device",
    callback=_device,
    metavar="|".join((*DEVICES, "cuda:N")),
    default="auto",
    show_default=True,
)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train a character LSTM on ABC notation and export it to one ONNX file."""
    # To stderr: what stands on stdout is for other programs.
    # Of several processes that train, the first one says what all do.
    level = logging.INFO if Rank.here().is_first else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)


def _run_options(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options that say which run is meant: `train` and `export` with the same
    ones are about the same run."""
    for option in reversed(
        (
            click.option(
                "--recipe",
                "recipe_name",
                show_default=f"{DEFAULT_RECIPE}; for a corpus of your own, what suits it",
                help="A recipe's name, or a .toml file.",
            ),
            click.option(
                "--corpus",
                "corpus_path",
                type=click.Path(path_type=Path),
                help="Your own ABC file or folder of files.",
            ),
            click.option(
                "--name",
                help="The run's name below runs/; by default the corpus file's, else the recipe's.",
            ),
        )
    ):
        command = option(command)
    return command


@main.command()
@click.argument("names", nargs=-1)
def books(names: tuple[str, ...]) -> None:
    """Fetch the books NAMES (all of them without) into the user's cache, and print
    where they are."""
    for name in names or BOOKS:
        click.echo(f"{name}\t{book_path(name)}")


@main.command()
@click.argument("names", nargs=-1)
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path),
    default=RUNS / "corpus" / "folk",
    show_default=True,
)
def corpus(names: tuple[str, ...], out: Path) -> None:
    """Clean the tunes of NAMES, which are books or your own files, and write them split
    to a folder, with a report."""
    collection = Collection.of_sources(names or KNOWN_BOOKS)
    write_corpus(collection, out)
    click.echo(report(collection), nl=False)


@main.command()
@click.option(
    "--books",
    "names",
    help="Books or your own files, separated by commas.  [default: those of `corpus`]",
)
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path),
    default=Path("exported/folk.melodies"),
    show_default=True,
)
def index(names: str | None, out: Path) -> None:
    """Write the index of the melodies that are trained on, for `abcrun check
    --originality`."""
    chosen = KNOWN_BOOKS if names is None else tuple(names.split(","))
    if chosen != KNOWN_BOOKS and shipped_at(out.with_suffix(".onnx")) is not None:
        raise UsageError(f"{out} comes with abcrun and is of other books; name a file with --out")
    content = training_index(Collection.of_sources(chosen))
    make_folder(out.parent)
    write_atomically(out, content)
    click.echo(f"{out}: {len(content) / 1e6:.1f} MB", err=True)


@main.command()
@_run_options
@click.option(
    "--from",
    "base_path",
    type=click.Path(path_type=Path),
    help="A model to fine-tune on your corpus, by its recipe: NAME.onnx, or a run's folder.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="Of any entry of the recipe, as in training.epochs=50; several times for several.",
)
@_device_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--samples",
    "samples_every",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="EPOCHS",
    help="Every so many epochs, write some tunes into the run's folder; 0 is never.",
)
@click.option(
    "--keep",
    "keep_every",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="EPOCHS",
    help="Every so many epochs, keep the network, for `export --epoch`; 0 is never.",
)
@click.option(
    "--restart", is_flag=True, help="Begin anew, even where a run of that name can go on."
)
def train(**asked: Any) -> None:
    """Train a recipe; the same command goes on where an interrupted training
    stopped."""
    Session(**asked).train()


@main.command()
@_run_options
@click.option(
    "--run",
    "run",
    type=click.Path(path_type=Path),
    help="The run's folder; by default the one that `train` with the same options trains.",
)
@click.option(
    "--out", "out", type=click.Path(path_type=Path), help="The file; by default exported/NAME.onnx."
)
@click.option(
    "--epoch",
    type=click.IntRange(min=1),
    help="The epoch whose network is exported: the last one, or one that `train --keep` has kept.  "
    "[default: that with the lowest held-out loss]",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="generation.KEY=VALUE",
    help="Of an entry of the recipe's [generation], as in generation.temperature=0.9; several "
    "times for several.",
)
@click.option(
    "--triton",
    type=click.Path(path_type=Path),
    help="Write the file into this model repository for NVIDIA Triton, too.",
)
@click.option("--force", is_flag=True, help="Replace even a model that comes with abcrun.")
def export(
    recipe_name: str | None,
    corpus_path: Path | None,
    name: str | None,
    run: Path | None,
    out: Path | None,
    epoch: int | None,
    settings: tuple[str, ...],
    force: bool,
    triton: Path | None,
) -> None:
    """Turn the network of a run's best epoch into one checked ONNX file with its model
    card."""
    load_torch()
    from abctrain.export.export import export as export_run
    from abctrain.export.triton import write_repository
    from abctrain.training.checkpoint import BEST

    folder = run or run_folder(recipe_name, corpus_path, name)
    if not (folder / BEST).is_file():
        raise UsageError(f"{folder} holds no trained run{other_runs()}")
    if run is None:
        check_asked(folder, recipe_name, corpus_path)
    target = out or default_target(folder)
    if not target.name.endswith(".onnx") or target.name.endswith(".int8.onnx"):
        raise UsageError(f"{target}: the file must be NAME.onnx; NAME.int8.onnx is made beside it")
    checked_name(target.stem)
    exported = export_run(folder, target, epoch=epoch, settings=settings, force=force)
    metrics = exported.metrics
    click.echo(
        f"{target}: {exported.file_bytes / 1e6:.1f} MB, epoch {metrics.epoch}, "
        f"held out {metrics.held_out_bits_per_character:.4f} bits per character, "
        f"within {metrics.largest_difference:.1e} of PyTorch; "
        f"card in {target.with_suffix('.md')}",
        err=True,
    )
    if triton is not None:
        click.echo(f"{write_repository(triton, target)}: for Triton", err=True)


@main.command()
@click.argument("path", metavar="[MODEL]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--tunes",
    type=click.IntRange(min=1),
    default=300,
    show_default=True,
    help="How many for each level; the listener hears five times as many of the highest.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--guide",
    "guides",
    type=click.Choice(LEVELS),
    multiple=True,
    help="Of guidance; several times for several.  [default: all that MODEL can do]",
)
@click.option(
    "--corpus",
    "corpus_path",
    type=click.Path(path_type=Path),
    help="Your own corpus, if MODEL was trained on it.  [default: where its run read it]",
)
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path),
    help="The model card; by default the one beside MODEL.",
)
def evaluate(
    path: Path | None,
    tunes: int,
    seed: int,
    guides: tuple[GuideLevel, ...],
    corpus_path: Path | None,
    out: Path | None,
) -> None:
    """Compose tunes with MODEL on the CPU, print their figures beside those of real
    ones, and put them in its card.

    Without MODEL, it is the one that comes with abcrun.
    """
    from abcrun import Model  # loads ONNX Runtime
    from abctrain.quality.comparison import RealTunes, compare, write_quality

    file = path or default_model_path()
    card = out or file.with_suffix(".md")
    if out is not None and not card.is_file():
        raise UsageError(f"{card}: no such model card; `make export` makes one")
    with Model.load(file, "cpu") as model:
        corpus = corpus_path or own_corpus(model.spec)
        known = None
        # Of one's own clean corpus it is not known what has become of its file.
        if "base" in model.spec.provenance or (corpus and model.spec.recall):
            known = partial(model.melodies.has_run, length=RUN)
        real = RealTunes.of(model.spec, corpus, known)
        levels = guides or (LEVELS if model.spec.repertoire else ("off",))
        section = compare(model, real, levels, tunes, seed)
    click.echo(section, nl=False)
    if card.is_file():
        write_quality(card, section)
        click.echo(f"written into {card}", err=True)


@main.command()
@click.option(
    "--recipe",
    "recipe_name",
    default=DEFAULT_RECIPE,
    show_default=True,
    help="A recipe's name, or a .toml file.",
)
@_device_option
@click.option(
    "--steps", type=click.IntRange(min=1), default=3, show_default=True, help="Windows a round."
)
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
def bench(recipe_name: str, device: str, steps: int, rounds: int) -> None:
    """Train beside a plain loop, in turn, and print the ratio of characters a
    second."""
    from abctrain.training.bench import bench as bench_training  # loads torch
    from abctrain.training.device import choose_device, enough_memory

    recipe = Recipe.load(recipe_name)
    corpus = Corpus.of_books(recipe.corpus.books, recipe.corpus.held_out)
    with enough_memory():
        ratio = bench_training(recipe, corpus, choose_device(device), steps, rounds)
    click.echo(
        f"{ratio:.3f} times the characters a second of a plain loop (median of {rounds} rounds)"
    )


if __name__ == "__main__":
    main(prog_name="abctrain")
