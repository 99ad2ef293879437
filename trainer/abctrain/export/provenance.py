"""What a model file says of its origin: the entry `provenance` of its metadata."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from abcrun import processes
from abcrun.inference.spec import ModelSpec
from abctrain.training.checkpoint import BaseEntry, Description


@dataclass(frozen=True)
class Metrics:
    """The figures of a network, those in bits per character on held-out tunes.

    epoch, epochs: the one that the weights are of, and how many there were.
    best_epoch: the one with the lowest held-out loss, where it is not `epoch`.
    held_out_bits_per_character: of the weights as they are stored, in float16.
    held_out_bits_per_character_checkpoint: of those of the checkpoint, calibrated.
    largest_difference: of a logit or state of the file from PyTorch's.
    greedy_characters: how many of the most likely characters are PyTorch's too.
    test_bits_per_character: of the file, on the test tunes, if there are any.
    stopped_early: see `abctrain.training.stopping`; None where all epochs were trained.
    critic_area, critic_tunes: see `abctrain.export.critic.TrainedCritic`.

    The fields without a default are known before there is a file.
    """

    epoch: int
    epochs: int
    held_out_bits_per_character: float
    held_out_bits_per_character_checkpoint: float
    training_bits_per_character: float
    parameters: int
    largest_difference: float | None = None
    greedy_characters: int | None = None
    held_out_bits_per_character_int8: float | None = None
    test_bits_per_character: float | None = None
    stopped_early: bool | None = None
    best_epoch: int | None = None
    critic_area: float | None = None
    critic_tunes: int | None = None

    def to_dict(self) -> dict[str, int | float]:
        """Return what is known, as plain JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class SplitEntry(TypedDict):
    """How many tunes were learned, held out, left out for each reason, and have the
    rhythm that their file's name tells.

    `how` they were chosen is in words.
    """

    how: str
    training_tunes: int
    held_out_tunes: int
    test_tunes: int
    left_out: dict[str, int]
    rhythms_by_name: int
    sha256: str


class TrainerEntry(TypedDict):
    """The versions of the exporting program; `commit` may be "unknown"."""

    abcrun: str
    torch: str
    commit: str


class Provenance(TypedDict):
    """All of it, as plain JSON. `base` is that of a fine-tuned network."""

    recipe: dict[str, Any]
    seed: int
    precision: str
    device: str
    corpora: list[dict[str, str | int]]
    split: SplitEntry
    metrics: dict[str, int | float]
    trainer: TrainerEntry
    base: NotRequired[BaseEntry]


def provenance_of(checkpoint: Description, recipe: dict[str, Any], metrics: Metrics) -> Provenance:
    """Return where the network of a checkpoint comes from."""
    corpus = checkpoint["corpus"]
    provenance: Provenance = {
        "recipe": recipe,
        "seed": checkpoint["seed"],
        "precision": checkpoint["precision"],
        "device": checkpoint["device"],
        "corpora": corpus["sources"],
        "split": {
            "how": corpus["split"],
            "training_tunes": corpus["training_tunes"],
            "held_out_tunes": len(corpus["held_out"]),
            "test_tunes": len(corpus["test"]),
            # Older checkpoints do not tell.
            "left_out": corpus.get("left_out", {}),
            "rhythms_by_name": corpus.get("rhythms_by_name", 0),
            "sha256": corpus["sha256"],
        },
        "metrics": metrics.to_dict(),
        "trainer": {
            "abcrun": metadata.version("abcrun"),
            "torch": torch.__version__,
            "commit": _commit(),
        },
    }
    if (base := checkpoint.get("base")) is not None:
        provenance["base"] = base
    return provenance


def export_id(weights: Mapping[str, NDArray[np.float32]], spec: ModelSpec) -> str:
    """Return a checksum of all that goes into the two files of an export: the float32
    weights, and what the files say of themselves."""
    checksum = hashlib.sha256(spec.to_json().encode())
    for name in sorted(weights):
        checksum.update(name.encode())
        checksum.update(np.ascontiguousarray(weights[name]).tobytes())
    return checksum.hexdigest()


def _commit() -> str:
    """Return the commit of the checkout that the trainer runs from, or "unknown"."""
    # A wheel has no checkout, and a machine may have no git: neither spoils an export.
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        result = processes.run(command, folder=Path(__file__).parent, check=True)
    except OSError:
        return "unknown"
    return result.stdout.strip()
