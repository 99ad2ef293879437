"""When a training is over: behind its last epoch, or when it has no longer become
better for a while (early stopping; Prechelt 1998, doi:10.1007/3-540-49430-8_3)."""

import math
from collections.abc import Sequence

from abctrain.recipe import TrainingRecipe
from abctrain.training.checkpoint import EpochRow


def epochs_since_best(history: Sequence[EpochRow]) -> list[int]:
    """Return for each epoch how many have followed, up to it, the one with the lowest
    held-out loss.

    Of equal losses the first counts: its network is the one that is kept.
    """
    counts: list[int] = []
    best, count = math.inf, 0
    for row in history:
        count = 0 if row["held_out_loss"] < best else count + 1
        best = min(best, row["held_out_loss"])
        counts.append(count)
    return counts


def is_stopped_early(history: Sequence[EpochRow], training: TrainingRecipe) -> bool:
    """Tell whether the recipe's patience was at an end before its last epoch."""
    if not history or len(history) >= training.epochs:
        return False
    return 0 < training.patience <= epochs_since_best(history)[-1]


def is_over(history: Sequence[EpochRow], training: TrainingRecipe) -> bool:
    """Tell whether a training with these epochs behind it is over."""
    return len(history) >= training.epochs or is_stopped_early(history, training)


def ending(history: Sequence[EpochRow], training: TrainingRecipe) -> str:
    """Say, for a log, how a training that is over ended."""
    epochs = len(history)
    if not is_stopped_early(history, training):
        return f"{epochs} epochs"
    best = epochs - epochs_since_best(history)[-1]
    return (
        f"stopped early after epoch {epochs} of {training.epochs}, "
        f"as no held-out loss was below that of epoch {best} (training.patience)"
    )
