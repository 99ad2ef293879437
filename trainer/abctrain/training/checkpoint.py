"""Checkpoints: written to a temporary name and renamed, read without running code from
the file."""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from abcrun.errors import AbcrunError

Checkpoint = dict[str, Any]
"""Tensors, numbers, strings, lists and dictionaries, as `torch.load(weights_only=True)`
accepts them."""

SCHEMA = 1


class CheckpointError(AbcrunError):
    """A checkpoint that cannot be written or read."""


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write `checkpoint` so that `path` holds, at every moment, the old file or the new
    one, whole.

    `CheckpointError` when the disk is full or the folder is gone; the old file is then
    still there.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save({"schema": SCHEMA, **checkpoint}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch reports a failed write as a RuntimeError
        temporary.unlink(missing_ok=True)
        raise CheckpointError(
            f"{path}: the checkpoint could not be written ({_reason(error)}); the last one is kept"
        ) from None


def load(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read what `save` wrote. `CheckpointError` for a missing, damaged or foreign file."""
    try:
        checkpoint = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path}: no checkpoint of this trainer, or damaged ({_reason(error)})"
        ) from None
    if not isinstance(checkpoint, dict) or checkpoint.get("schema") != SCHEMA:
        raise CheckpointError(f"{path}: no checkpoint of this trainer's schema {SCHEMA}")
    return checkpoint


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
