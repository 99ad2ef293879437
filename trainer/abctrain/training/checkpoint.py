"""Checkpoints: written whole or not at all, read without running code from the file."""

import os
import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

import numpy as np
import torch
from torch import Tensor

from abcrun.errors import AbcrunError
from abctrain.data.corpus import Corpus

SCHEMA = 1

LAST, BEST = "last.pt", "best.pt"
"""The two checkpoints in a run's folder."""

SAMPLES = "samples"
"""The folder in a run's folder for what its network composed meanwhile."""


# What stands in the files. `torch.load(weights_only=True)` takes tensors, numbers,
# strings, lists and dictionaries, but no classes of ours: hence typed dictionaries.


class EpochRow(TypedDict):
    """The figures of a finished epoch: its row in metrics.csv.

    The losses are in nats per character. Older checkpoints have no `learning_rate`,
    which is that of the last step.
    """

    epoch: int
    loss: float
    bits_per_character: float
    held_out_loss: float
    held_out_bits_per_character: float
    learning_rate: NotRequired[float]
    gradient_norm_max: float
    characters_per_second: float


class CorpusEntry(TypedDict):
    """A corpus: what `abctrain.data.corpus.Corpus` holds.

    `path` is where the user's own was read, and goes into no model file. Older
    checkpoints tell neither that nor `rhythms_by_name`.
    """

    name: str
    sha256: str
    sources: list[dict[str, str | int]]
    training: list[str]
    origins: list[str]
    held_out: list[str]
    test: list[str]
    split: str
    repertoire: str
    training_tunes: int
    training_characters: int
    left_out: dict[str, int]
    rhythms_by_name: NotRequired[int]
    path: NotRequired[str | None]


def corpus_entry(corpus: Corpus) -> CorpusEntry:
    """Return what checkpoints say of `corpus`."""
    return {
        "name": corpus.name,
        "sha256": corpus.sha256,
        "sources": [source.to_dict() for source in corpus.sources],
        "training": list(corpus.training),
        "origins": list(corpus.origins),
        "held_out": list(corpus.held_out),
        "test": list(corpus.test),
        "split": corpus.split,
        "repertoire": corpus.repertoire,
        "training_tunes": len(corpus.training),
        "training_characters": sum(map(len, corpus.training)),
        "left_out": dict(corpus.left_out),
        "rhythms_by_name": corpus.rhythms_by_name,
        "path": next((str(source.path) for source in corpus.sources if source.path), None),
    }


class BaseEntry(TypedDict):
    """The network that a fine-tuning began with.

    `sha256` is that of its file, `corpora` are the sources that it was trained on.
    `known_tunes` of the corpus stood in them, or None where that could not be told;
    `known_held_out` of these are held out, as there were no others.
    `taught` is what it has learned from, as `abctrain.data.teaching.Counts`.
    `held_out_bits_per_character` are its own, on what the fine-tuning holds out.
    """

    name: str
    sha256: str
    corpora: list[dict[str, str | int]]
    known_tunes: int | None
    known_held_out: NotRequired[int]
    taught: NotRequired[dict[str, dict[str, int]]]
    held_out_bits_per_character: float


class Description(TypedDict):
    """Where a network comes from.

    `recipe` is what `Recipe.to_dict` gives. Older checkpoints have no `base`.
    """

    recipe: dict[str, Any]
    vocabulary: str
    seed: int
    precision: str
    device: str
    epoch: int
    history: list[EpochRow]
    corpus: CorpusEntry
    base: NotRequired[BaseEntry | None]


class BestCheckpoint(Description):
    """The best epoch's network, ready to be exported."""

    network: dict[str, Tensor]


class LearnerEntry(TypedDict):
    """What changes at a step: see `abctrain.training.learner`.

    Older checkpoints have no `scaler`.
    """

    network: dict[str, Tensor]
    places: dict[str, Tensor] | None
    optimiser: dict[str, Any]
    average: dict[str, Tensor] | None
    precision: str
    scaler: NotRequired[dict[str, Any]]


class ProgressEntry(TypedDict):
    """How far an epoch has come: see `abctrain.training.progress`."""

    state: list[Tensor] | None
    window: int
    loss_sum: Tensor
    norm_max: Tensor
    counted: int
    seconds: float


class ProcessEntry(TypedDict):
    """What is each process's own: its sum of losses, and the state of its random
    numbers."""

    loss_sum: Tensor
    random: dict[str, Tensor]


class LastCheckpoint(Description, LearnerEntry, ProgressEntry):
    """All that a training needs to go on at its next step."""

    processes: list[ProcessEntry]


class CheckpointError(AbcrunError):
    """A checkpoint that cannot be written or read."""


def save(checkpoint: Mapping[str, object], path: Path) -> None:
    """Write `checkpoint` so that `path` holds, at every moment, the old file or the new
    one, whole.

    Raises `CheckpointError` when the disk is full or the folder is gone; the old file
    is then still there.
    """
    # Not by `abcrun.files`, which takes bytes: torch writes tens of megabytes straight
    # to the file. It is on the disk before it gets its name, or a power cut could leave
    # an empty file in place of a training of hours.
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save({"schema": SCHEMA, **_with_texts(checkpoint, _packed)}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch reports a failed write as a RuntimeError
        temporary.unlink(missing_ok=True)
        raise CheckpointError(
            f"{path}: the checkpoint could not be written ({_reason(error)}); the last one is kept"
        ) from None


def load_best(path: Path) -> BestCheckpoint:
    """Read a best checkpoint onto the CPU. Raises `CheckpointError`."""
    return cast(BestCheckpoint, _complete(load(path), path, BestCheckpoint.__required_keys__))


def load_last(path: Path) -> LastCheckpoint:
    """Read a last checkpoint onto the CPU. Raises `CheckpointError`."""
    checkpoint = load(path)
    if "processes" not in checkpoint:  # an older one, of a single process
        checkpoint["processes"] = [{name: checkpoint.get(name) for name in ("loss_sum", "random")}]
    return cast(LastCheckpoint, _complete(checkpoint, path, LastCheckpoint.__required_keys__))


def _complete(entries: dict[str, Any], path: Path, names: Collection[str]) -> dict[str, Any]:
    if lacking := sorted(set(names) - set(entries)):
        raise CheckpointError(f"{path}: it has no {', '.join(lacking)}; train with --restart")
    return entries


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote onto the CPU.

    Raises `CheckpointError` for a missing, damaged or foreign file.
    """
    try:
        # Weights only: unpickling anything else runs code that the file names.
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path}: no checkpoint of this trainer, or damaged ({_reason(error)})"
        ) from None
    if not isinstance(checkpoint, dict) or checkpoint.get("schema") != SCHEMA:
        raise CheckpointError(f"{path}: no checkpoint of this trainer's schema {SCHEMA}")
    return _with_texts(checkpoint, _unpacked)


_TEXTS = ("training", "origins", "held_out", "test")
"""Entries of the corpus that may hold a hundred thousand texts."""


def _with_texts(
    checkpoint: Mapping[str, Any], change: Callable[[Sequence[str] | Tensor], object]
) -> dict[str, Any]:
    """Return the checkpoint with the texts of its corpus changed."""
    corpus = checkpoint.get("corpus", {})
    texts = {name: change(corpus[name]) for name in _TEXTS if name in corpus}
    return {**checkpoint, **({"corpus": {**corpus, **texts}} if corpus else {})}


def _packed(texts: Sequence[str] | Tensor) -> Tensor:
    """Return texts as their bytes, uint8, a zero byte behind each.

    Of strings, pickle would keep the whole file in memory, and an entry for each: twice
    the size of the corpus. Tensors are written as they are.
    """
    content = bytearray()
    for text in texts:
        content += text.encode() + b"\0"
    return torch.from_numpy(np.frombuffer(content, np.uint8))


def _unpacked(texts: Sequence[str] | Tensor) -> list[str]:
    """Return the texts that `_packed` was given; older checkpoints have them as they
    are."""
    if not isinstance(texts, Tensor):
        return list(texts)
    content = texts.numpy()
    ends = np.flatnonzero(content == 0).tolist()
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [str(content.data[start:end], "utf-8") for start, end in zip(starts, ends, strict=False)]


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
