"""An exported file as the base of a fine-tuning: what `abctrain.export.graph` wrote,
read back."""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import numpy_helper

from abcrun.composition.copies import index_content
from abcrun.errors import ModelError
from abcrun.files import index_path
from abcrun.inference.spec import METADATA_KEY, ModelSpec
from abctrain.data.teaching import Counts, Teaching, counts_of_plans, read_counts
from abctrain.export.export import Trained
from abctrain.export.graph import Weights
from abctrain.recipe import Recipe
from abctrain.training.base import Base
from abctrain.training.checkpoint import BEST

log = logging.getLogger(__name__)


def base_of(path: Path) -> Base:
    """Read a run's folder or an exported file.

    Raises `ModelError` or `CheckpointError`, and a `UsageError` for a recipe that this
    trainer does not know.
    """
    return _base_of_run(path) if path.is_dir() else _base_of_file(path)


def _base_of_run(run: Path) -> Base:
    sha256 = _sha256(run / BEST)
    trained = Trained.load(run)
    if _sha256(run / BEST) != sha256:
        raise ModelError(f"{run}: it is being trained, and has just become better; try again")
    return Base(
        name=run.resolve().name,
        sha256=sha256,
        recipe=trained.recipe,
        vocabulary=trained.vocabulary,
        weights=trained.checkpoint["network"],
        corpora=_corpora(
            {
                "base": trained.checkpoint.get("base"),
                "corpora": trained.checkpoint["corpus"]["sources"],
            }
        ),
        melodies=trained.melodies,
        repertoire=trained.checkpoint["corpus"]["repertoire"],
        taught=_taught(trained.checkpoint["corpus"]["repertoire"], trained.checkpoint.get("base")),
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _base_of_file(path: Path) -> Base:
    try:
        content = path.read_bytes()
        model = onnx.load_model_from_string(content)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (DecodeError, ValueError):
        raise ModelError(f"{path}: no ONNX file; give an exported .onnx file or a run") from None
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    if METADATA_KEY not in metadata:
        raise ModelError(f"{path}: no model that abctrain has exported")
    spec = ModelSpec.from_json(metadata[METADATA_KEY], str(path))
    if spec.precision != "float32":
        raise ModelError(
            f"{path}: its weights are {spec.precision}, too coarse to train on; "
            "give the file without .int8 in its name, or the run"
        )
    entries = spec.provenance.get("recipe")
    if not isinstance(entries, dict):
        raise ModelError(f"{path}: it does not say by which recipe it was trained")
    recipe = Recipe.from_dict(entries)
    if (recipe.network.layers, recipe.network.hidden) != (spec.layers, spec.hidden):
        raise ModelError(f"{path}: its recipe is of another network; export it again")
    weights = weights_of(model, spec, str(path))
    # The file's logits are divided by it; those of the network in training are not.
    calibration = recipe.generation.calibration
    scaled = {
        name: values * calibration if name.startswith("linear.") else values
        for name, values in weights.items()
    }
    return Base(
        name=spec.name,
        sha256=hashlib.sha256(content).hexdigest(),
        recipe=recipe,
        vocabulary=spec.vocabulary,
        weights={name: torch.from_numpy(values.copy()) for name, values in scaled.items()},
        corpora=_corpora(spec.provenance),
        melodies=_melodies(path, spec),
        repertoire=spec.repertoire,
        taught=_taught(spec.repertoire, spec.provenance.get("base")),
    )


def _corpora(provenance: Mapping[str, Any]) -> list[dict[str, str | int]]:
    """Return the sources that a network was trained on, and its own base before it."""
    base = provenance.get("base") or {}
    found = [*base.get("corpora", []), *provenance.get("corpora", [])]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def _taught(repertoire: str, base: object) -> Counts:
    """Return what a network was taught, by its own base, too."""
    entry = base.get("taught") if isinstance(base, Mapping) else None
    return Teaching(counts_of_plans(repertoire), read_counts(entry)).together


def _melodies(path: Path, spec: ModelSpec) -> bytes:
    """Return the index of the melodies that the model was trained on; nothing, and a
    warning, without one that is the model's own."""
    try:
        return index_content(index_path(path), spec)
    except ModelError as error:
        log.warning("%s", error)
        return b""


def weights_of(model: onnx.ModelProto, spec: ModelSpec, source: str) -> Weights:
    """Return the state dictionary that `graph.build` put into a model: matrices as they
    are after float16, biases as they were.

    Raises `ModelError`, naming `source`, where they lack or have another shape than
    `spec` says.
    """
    stored = {tensor.name: tensor for tensor in model.graph.initializer}

    def read(name: str, *shape: int) -> NDArray[np.float32]:
        if name not in stored or tuple(stored[name].dims) != shape:
            raise ModelError(
                f"{source}: it has no weights {name} of the shape {shape}; export it again"
            )
        try:
            values = numpy_helper.to_array(stored[name]).astype(np.float32)
        except (ValueError, TypeError, KeyError):
            raise ModelError(f"{source}: its weights {name} cannot be read") from None
        if not np.isfinite(values).all():
            raise ModelError(f"{source}: its weights {name} are not all numbers")
        return values

    size, hidden = len(spec.vocabulary), spec.hidden
    weights = {
        "linear.weight": read("W_linear_half", hidden, size).T,
        "linear.bias": read("B_linear", size),
    }
    for layer in range(spec.layers):
        below = hidden if layer else size
        bias = read(f"B_{layer}", 1, 8 * hidden)[0]
        parts = {
            "weight_ih": read(f"W_{layer}_half", 1, 4 * hidden, below)[0],
            "weight_hh": read(f"R_{layer}_half", 1, 4 * hidden, hidden)[0],
            "bias_ih": bias[: 4 * hidden],
            "bias_hh": bias[4 * hidden :],
        }
        for kind, values in parts.items():
            # Back from the order of ONNX (`graph._gates`).
            i, o, f, g = np.split(values, 4)
            weights[f"lstm.{kind}_l{layer}"] = np.concatenate([i, f, g, o])
    return weights
