"""The folders of runs: which one is meant, and where its model goes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from abcrun.errors import UsageError
from abcrun.inference.spec import ModelSpec
from abctrain.data.sources import read_own

RUNS = Path("runs")

DEFAULT_RECIPE = "irish"

MOST_NAME = 200
"""Bytes of a name, as far as a file's name with its suffix may go."""


def run_folder(recipe_name: str | None, corpus_path: Path | None, name: str | None) -> Path:
    """Return the folder of the run that these options mean: `train` and `export` with
    the same ones are about the same run.

    `name` counts, else the corpus's name, else the recipe's. Raises `UsageError` for
    one that no folder and no model can have.
    """
    if name is None and corpus_path is None:
        name = Path(recipe_name or DEFAULT_RECIPE).stem
    elif name is None and corpus_path is not None:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", corpus_path.stem)[:MOST_NAME]
        name = plain.strip("-.") or "corpus"
    return RUNS / checked_name(str(name))


def checked_name(name: str) -> str:
    """Return the name of a run or model. Raises `UsageError` for one that no folder and
    no model file can have."""
    if (
        not name.strip()
        or name in (".", "..")
        or name.endswith(".int8")
        or not set(name).isdisjoint("/\\")
        or not name.isprintable()
        or len(name.encode(errors="replace")) > MOST_NAME
    ):
        raise UsageError(
            f"the name {name[:MOST_NAME]!r}: it must have from 1 to {MOST_NAME} characters that "
            "can be printed, no / among them, and not end with .int8"
        )
    return name


def check_asked(run: Path, recipe_name: str | None, corpus_path: Path | None) -> None:
    """Refuse to take a run for that of another recipe or corpus, which has the same
    name. `UsageError`.

    A corpus that is no longer where it was has been moved, and one of the same text is
    a copy.
    """
    try:
        begun = json.loads((run / "config.json").read_text(encoding="utf-8"))
        recipe, where = str(begun["recipe"]["name"]), begun["corpus"].get("path")
        checksums = [source["sha256"] for source in begun["corpus"]["sources"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # of an older trainer, or copied without it
    other = None
    if recipe_name is not None and Path(recipe_name).stem != recipe:
        other = f"by recipe {recipe}, not {Path(recipe_name).stem}"
    elif corpus_path is not None and where is not None and Path(where).exists():
        if (
            corpus_path.resolve() != Path(where)
            and read_own(corpus_path).source.sha256 not in checksums
        ):
            other = f"on {where}, not on {corpus_path}"
    elif corpus_path is not None and where is None and "path" in begun["corpus"]:
        other = f"on the books of its recipe, not on {corpus_path}"
    if other is not None:
        raise UsageError(
            f"{run} was trained {other}; export it with --run {run} (make export RUN=...), or "
            "give the other one a --name of its own and train it"
        )


def own_corpus(spec: ModelSpec) -> Path | None:
    """Return where the user's own corpus is that a model was trained on, as its run
    tells; None for a model of books, and where no run tells it.

    Raises `UsageError` where it is not there any more.
    """
    sha256 = spec.provenance["split"]["sha256"]
    path = next((path for found, path in _corpora_of_runs() if found == sha256), None)
    if path is not None and not path.exists():
        raise UsageError(
            f"model {spec.name} was trained on {path}, which is not there any more; give --corpus "
            "with where it is now (make quality CORPUS=...)"
        )
    return path


def _corpora_of_runs() -> Iterator[tuple[str, Path]]:
    """Yield the checksums of the splits of all runs on the user's own corpora, and
    where these are."""
    for file in sorted(RUNS.glob("*/config.json")):
        try:
            corpus = json.loads(file.read_text(encoding="utf-8"))["corpus"]
            yield str(corpus["sha256"]), Path(corpus["path"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # of books, of an older trainer, or no configuration at all


def default_target(run: Path) -> Path:
    """Return the model file that a run is exported as unless another one is named."""
    # A link has its own name; "." and ".." have none.
    name = run.name if run.name not in ("", "..") else run.resolve().name
    return Path("exported") / f"{name}.onnx"


def other_runs() -> str:
    """Return what could be exported instead of a run that is not there, as the end of
    an error message."""
    from abctrain.training.checkpoint import BEST  # loads torch

    folders = sorted(str(path.parent) for path in RUNS.glob(f"*/{BEST}"))
    if not folders:
        return "; run `make train` first, with the same options"
    return f"; `make train` with the same options first, or give --run: {', '.join(folders)}"
