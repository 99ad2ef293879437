"""The networks of single epochs in a run's folder: the best one, the last one, and
those that are kept because somebody asked for them."""

import contextlib
import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from torch import Tensor

from abcrun.errors import UsageError
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import (
    BEST,
    LAST,
    SAMPLES,
    BestCheckpoint,
    CheckpointError,
    Description,
)
from abctrain.training.events import FILES
from abctrain.training.resuming import spoiling
from abctrain.training.stopping import epochs_since_best

log = logging.getLogger(__name__)


class Best:
    """The best network so far, in memory until it is written.

    Where epochs are short, writing each one that is better takes longer than training.
    """

    def __init__(self) -> None:
        self._unwritten: BestCheckpoint | None = None

    def note(self, description: Description, network: Mapping[str, Tensor]) -> None:
        """Keep the network of the epoch that has just ended, if it is the best."""
        if epochs_since_best(description["history"])[-1] == 0:
            self._unwritten = {
                **description,
                "history": list(description["history"]),
                "network": {name: part.detach().clone() for name, part in network.items()},
            }

    def write(self, run: Path) -> None:
        """Write it, where it is not yet written. Raises `CheckpointError`."""
        if self._unwritten is not None:
            checkpoints.save(self._unwritten, run / BEST)
            self._unwritten = None


def keep(checkpoint: BestCheckpoint, run: Path) -> None:
    """Write the network of the epoch that has just ended under its own name.

    What fails is a warning: no reason to lose a training.
    """
    epoch = checkpoint["epoch"]
    path = _path(run, epoch)
    try:
        checkpoints.save(checkpoint, path)
        log.info("kept: %s, %.1f MB", path, path.stat().st_size / 1e6)
    except (CheckpointError, OSError) as error:
        log.warning("epoch %d is not kept: %s", epoch, error)


def forget(run: Path) -> None:
    """Remove what is of a training that another one replaces: its networks must not be
    exported, nor its figures and tunes be taken for the new one's.

    Raises `CheckpointError`.
    """
    for path in (run / BEST, *_kept(run).values()):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"{path}: cannot be removed ({error.strerror}); it is of the training that "
                "this one replaces"
            ) from None
    for path in (run / "metrics.csv", run / "loss.png", *run.glob(FILES)):
        # One that is open in another program is written over by the first epoch.
        with contextlib.suppress(OSError):
            path.unlink()
    shutil.rmtree(run / SAMPLES, ignore_errors=True)


def load_epoch(run: Path, epoch: int | None = None) -> BestCheckpoint:
    """Read the network of an epoch, without one that of the best.

    Raises `UsageError`, naming the epochs that there are, where it is not there any
    more, and `CheckpointError` for what is damaged or of another training.
    """
    best = checkpoints.load_best(run / BEST)
    if epoch in (None, best["epoch"]):
        return best
    kept = _kept(run)
    if epoch in kept:
        found = checkpoints.load_best(kept[epoch])
        if found["epoch"] != epoch or not is_same_training(found, best):
            raise CheckpointError(f"{kept[epoch]}: it is of another epoch or training; remove it")
        return found
    last = _last_epoch(run)
    if last is not None and last["epoch"] == epoch and is_same_training(last, best):
        return last
    there = {best["epoch"], *kept, *([] if last is None else [last["epoch"]])}
    raise UsageError(
        f"{run} has no network of epoch {epoch}; there are those of {_in_words(there)} "
        f"(the best is {best['epoch']}); `train --keep N` keeps that of every Nth epoch"
    )


def is_same_training(one: Description, other: Description) -> bool:
    """Tell whether two checkpoints are of one training, maybe prolonged."""
    corpus = other["corpus"]["sha256"]
    return not spoiling(one, Recipe.from_dict(other["recipe"]), corpus, other["seed"]) and one.get(
        "base"
    ) == other.get("base")


def _path(run: Path, epoch: int) -> Path:
    return run / f"epoch-{epoch:04}.pt"


def _kept(run: Path) -> dict[int, Path]:
    """Return the files of kept networks by their epochs."""
    found = {path: re.fullmatch(r"epoch-(\d+)\.pt", path.name) for path in run.glob("epoch-*.pt")}
    return {int(match[1]): path for path, match in found.items() if match}


def _last_epoch(run: Path) -> BestCheckpoint | None:
    """Return the network of the last epoch; None where the next one was begun, as its
    network is on its way."""
    if not (run / LAST).exists():
        return None
    last = checkpoints.load_last(run / LAST)
    if last["window"] or not last["epoch"]:
        return None
    network = last["network"]
    if last["average"] is not None:
        prefix = "module."
        network = {
            name.removeprefix(prefix): tensor
            for name, tensor in last["average"].items()
            if name.startswith(prefix)
        }
    return cast(BestCheckpoint, {**last, "network": network})


def _in_words(epochs: set[int]) -> str:
    return ", ".join(map(str, sorted(epochs)))
