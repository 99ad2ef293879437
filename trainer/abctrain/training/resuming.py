"""What may change between two sessions of one training, and what comes of it."""

import math

from abctrain.recipe import Recipe
from abctrain.training.checkpoint import Description

MAY_CHANGE = ("training.epochs", "training.patience")
"""The entries of a recipe with which a training goes on, whatever they were before."""


def spoiling(saved: Description, recipe: Recipe, corpus_sha256: str, seed: int) -> list[str]:
    """Return what the checkpoint has otherwise, in words, and what keeps a training
    from going on from it."""
    changed = recipe.differences(Recipe.from_dict(saved["recipe"]))
    other = [
        f"{name} ({theirs}, not {mine}{_elsewhere(name)})"
        for name, (mine, theirs) in changed.items()
        if name not in MAY_CHANGE
    ]
    if corpus_sha256 != saved["corpus"]["sha256"]:
        other.append("corpus")
    if seed != saved["seed"]:
        other.append(f"seed ({saved['seed']}, not {seed})")
    return other


def change_of_rate(saved: Description, recipe: Recipe, epochs: float) -> str | None:
    """Say how the learning rate jumps where the training was planned for another number
    of epochs; None where it does not.

    `epochs` are done, with the share of the one that was begun. A cosine that had come
    near its end begins to fall anew from higher up, as at a warm restart (Loshchilov
    and Hutter 2017, arXiv:1608.03983).
    """
    planned = Recipe.from_dict(saved["recipe"]).training
    before = planned.rate_at(min(epochs / planned.epochs, 1.0))
    now = recipe.training.rate_at(epochs / recipe.training.epochs)
    if math.isclose(before, now):
        return None
    return (
        f"{recipe.training.epochs} epochs instead of {planned.epochs}: "
        f"the learning rate goes on at {now:.2g}, not at {before:.2g}"
    )


def _elsewhere(name: str) -> str:
    """Say where an entry is changed that a training makes nothing of."""
    return "; `export --set` changes it" if name.startswith("generation.") else ""
