"""The model files that come with abcrun, and which models may take their places."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from abcrun.files import default_model_path, index_path
from abctrain.data.sources import SourceEntry
from abctrain.recipe import Recipe

SHIPPED = ("folk", "irish")
"""The models of a checkout; each has the name of its recipe."""


def files_of(target: Path) -> tuple[Path, Path, Path, Path, Path]:
    """Return what an export as `target`, NAME.onnx, writes: float32, int8, card, index
    of melodies, metadata."""
    return (
        target,
        target.with_suffix(".int8.onnx"),
        target.with_suffix(".md"),
        index_path(target),
        target.with_suffix(".json"),
    )


def shipped_at(target: Path) -> str | None:
    """Return the name of the shipped model whose files an export as `target` would
    replace, or None."""
    # The models of the installed package, and those of the checkout that trains.
    folders = {default_model_path().parent, Path(__file__).parents[3] / "exported"}
    for folder, name in product(folders, SHIPPED):
        places = files_of(folder / f"{name}.onnx")
        if any(_is_same(*pair) for pair in product(files_of(target), places)):
            return name
    return None


def objection(
    target: Path, recipe: Recipe, sources: Sequence[SourceEntry], *, is_best: bool = True
) -> str | None:
    """Return why a model must not be exported as `target` unless somebody insists: it
    would replace a shipped model. Else return None.

    The best epoch of the shipped model's own recipe, unchanged and trained on its own
    books, may replace it: that is how the file is made.
    """
    name = shipped_at(target)
    if name is None:
        return None
    own = [str(source["name"]) for source in sources if "package" not in source]
    is_own = not own and recipe == Recipe.load(name)
    if is_own and is_best:
        return None
    other = (
        "an epoch that is not its best" if is_own else f"a recipe that is not {name} as it comes"
    )
    of = ", ".join(own) or other
    return (
        f"{target} comes with abcrun, and a model of {of} would replace it; "
        "export with --out NAME.onnx, or with --force (make export FORCE=1)"
    )


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two paths are one file, through links and whatever its case."""
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return path.resolve() == other.resolve()
