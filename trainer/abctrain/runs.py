"""The folders of runs: which one is meant, and where its model goes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from abcrun.errors import UsageError
from abcrun.inference.spec import ModelSpec

RUNS = Path("runs")

DEFAULT_RECIPE = "irish"


def run_folder(recipe_name: str | None, corpus_path: Path | None, name: str | None) -> Path:
    """Return the folder of the run that these options mean: `train` and `export` with
    the same ones are about the same run.

    `name` counts, else the corpus's name, else the recipe's.
    """
    if name is None and corpus_path is None:
        name = Path(recipe_name or DEFAULT_RECIPE).stem
    elif name is None and corpus_path is not None:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", corpus_path.stem).strip("-.") or "corpus"
    return RUNS / str(name)


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
    return Path("exported") / f"{run.name}.onnx"


def other_runs() -> str:
    """Return what could be exported instead of a run that is not there, as the end of
    an error message."""
    from abctrain.training.checkpoint import BEST  # loads torch

    folders = sorted(str(path.parent) for path in RUNS.glob(f"*/{BEST}"))
    if not folders:
        return "; run `make train` first, with the same options"
    return f"; `make train` with the same options first, or give --run: {', '.join(folders)}"
