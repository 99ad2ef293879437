"""The folders of runs: which one is meant, and where its model goes."""

import re
from pathlib import Path

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
