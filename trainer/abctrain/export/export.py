"""From a run's best checkpoint to one checked ONNX file and its model card."""

import logging
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from abcrun import processes
from abcrun.errors import AbcrunError
from abcrun.files import write_atomically
from abcrun.formats import Precision
from abcrun.inference.network import State
from abcrun.inference.sampling import Sampling
from abcrun.inference.spec import ModelSpec
from abcrun.inference.vocabulary import Vocabulary
from abcrun.model import Model
from abctrain.data.text import SEPARATOR
from abctrain.export.card import model_card
from abctrain.export.graph import build, build_int8, describe
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.network import CharacterLSTM

log = logging.getLogger(__name__)

TOLERANCE = 1e-4  # largest difference of a logit or state from PyTorch's
HALF_TOLERANCE = 0.002  # held-out bits per character that storing weights as float16 may cost
INT8_TOLERANCE = 0.01  # share of the held-out bits per character that int8 weights may cost
GREEDY_CHARACTERS = 500


class ExportError(AbcrunError):
    """The file would not do what the checkpoint does; it is not written."""


@dataclass(frozen=True)
class Trained:
    """A network with the recipe, vocabulary and history that it comes from."""

    network: CharacterLSTM
    recipe: Recipe
    vocabulary: Vocabulary
    checkpoint: checkpoints.Checkpoint

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a checkpoint onto the CPU, ready to predict."""
        checkpoint = checkpoints.load(path)
        recipe = Recipe.from_dict(checkpoint["recipe"])
        vocabulary = Vocabulary(checkpoint["vocabulary"])
        network = CharacterLSTM(len(vocabulary), recipe.network)
        network.load_state_dict(checkpoint["network"])
        return cls(network.eval(), recipe, vocabulary, checkpoint)


def export(run: Path, target: Path) -> dict[str, Any]:
    """Write `target` (NAME.onnx), NAME.int8.onnx and the card NAME.md from the run's
    best checkpoint; their figures.

    `ExportError` when a check fails: nothing is written then, and older files stay. An
    int8 file that predicts too much worse is left out, and an older one is removed, as
    it belongs to another model.
    """
    trained = Trained.load(run / "best.pt")
    _calibrate(trained.network, trained.recipe.generation.calibration)
    checkpoint = trained.checkpoint
    held_out_tunes = checkpoint["corpus"]["held_out"]
    held_out = HeldOut.of(held_out_tunes, trained.vocabulary, "cpu")
    exact = bits(held_out.cross_entropy(trained.network))
    _round_to_half(trained.network)
    metrics = {
        "epoch": checkpoint["epoch"],
        "epochs": trained.recipe.training.epochs,
        "held_out_bits_per_character": bits(held_out.cross_entropy(trained.network)),
        "held_out_bits_per_character_checkpoint": exact,
        "training_bits_per_character": checkpoint["history"][-1]["bits_per_character"],
        "parameters": sum(parameter.numel() for parameter in trained.network.parameters()),
    }
    spec = _spec(target.stem, trained, metrics)
    weights = {name: tensor.numpy() for name, tensor in trained.network.state_dict().items()}
    history = (
        checkpoints.load(run / "last.pt")["history"]
        if (run / "last.pt").exists()
        else checkpoint["history"]
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"{target.parent}: the folder cannot be made ({error.strerror})"
        ) from None
    difference = metrics["held_out_bits_per_character"] - exact
    if not difference <= HALF_TOLERANCE:
        raise ExportError(
            f"float16 weights cost {difference:.4f} held-out bits per character, over {HALF_TOLERANCE}"
        )
    content = build(weights, spec).SerializeToString()
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / target.name
        trial.write_bytes(content)
        metrics |= check(trial, trained, held_out_tunes)
        small = trial.with_suffix(".int8.onnx")
        quantised = build_int8(weights, spec)
        small.write_bytes(quantised.SerializeToString())
        metrics["held_out_bits_per_character_int8"] = bits_of_file(trial, held_out_tunes, "int8")
        if checkpoint["corpus"]["test"]:
            metrics["test_bits_per_character"] = bits_of_file(
                trial, checkpoint["corpus"]["test"], "float32"
            )
        describe(quantised, replace(spec, precision="int8"))  # with that figure
        small_content = quantised.SerializeToString()
    metrics["file_bytes"], metrics["file_bytes_int8"] = len(content), len(small_content)
    write_atomically(target, content)
    target_int8 = target.with_suffix(".int8.onnx")
    is_int8_good = (
        metrics["held_out_bits_per_character_int8"]
        <= (1 + INT8_TOLERANCE) * metrics["held_out_bits_per_character"]
    )
    if is_int8_good:
        write_atomically(target_int8, small_content)
    else:
        log.warning(
            "%s is left out: held out %.4f bits per character, over 1 %% more than %.4f",
            target_int8.name, metrics["held_out_bits_per_character_int8"], metrics["held_out_bits_per_character"],
        )  # fmt: skip
        target_int8.unlink(missing_ok=True)
    write_atomically(
        target.with_suffix(".md"),
        model_card(spec, metrics, history, checkpoint, is_int8_good=is_int8_good),
    )
    return metrics


def bits_of_file(path: Path, tunes: Sequence[str], precision: Precision) -> float:
    """Bits per character of the tunes by the file itself, a character of each at a
    time, as they are generated."""
    model = Model.load(path, "cpu", precision)
    encoded = sorted(
        (model.spec.vocabulary.encode(tune + SEPARATOR) for tune in tunes), key=len, reverse=True
    )
    state = model.initial_state(len(encoded))
    total, count = 0.0, 0
    for time in range(1, len(encoded[0])):
        rows = sum(len(tune) > time for tune in encoded)
        state = tuple(part[:rows] for part in state)
        tokens = np.array([[tune[time - 1]] for tune in encoded[:rows]])
        logits, state = model.step(tokens, state)
        scores = logits[:, 0].astype(np.float64)
        targets = [tune[time] for tune in encoded[:rows]]
        total += float(
            (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(rows), targets]).sum()
        )
        count += rows
    return bits(total / count)


def check(path: Path, trained: Trained, tunes: Sequence[str]) -> dict[str, Any]:
    """Run the file with abcrun itself beside PyTorch: the largest difference.
    `ExportError` where it is too large."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = Model.load(path, "cpu", "float32")
    random = np.random.default_rng(0)
    encoded = trained.vocabulary.encode(SEPARATOR.join(tunes) + SEPARATOR)
    largest = 0.0
    for batch in (1, 7):
        for time in (1, 50):
            real = np.resize(encoded, (batch, time))
            for tokens in (random.integers(len(trained.vocabulary), size=(batch, time)), real):
                state = tuple(
                    random.uniform(-0.5, 0.5, part.shape).astype(np.float32)
                    for part in model.initial_state(batch)
                )
                largest = max(largest, _difference(model, trained.network, tokens, state))
    if not largest <= TOLERANCE:
        raise ExportError(
            f"{path.name}: its logits or states differ from PyTorch's by {largest:.2e}, over {TOLERANCE}"
        )
    ours, theirs = (
        _greedy(step, trained) for step in (_onnx_step(model), _torch_step(trained.network))
    )
    if ours != theirs:
        place = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
        raise ExportError(
            f"{path.name}: greedy text differs from PyTorch's from character {place + 1} on"
        )
    return {"largest_difference": largest, "greedy_characters": len(ours)}


def _difference(
    model: Model, network: CharacterLSTM, tokens: NDArray[np.int64], state: State
) -> float:
    """Largest difference between PyTorch all at once, the file all at once, and the
    file step by step."""
    with torch.inference_mode():
        hidden, cell = (torch.from_numpy(np.stack(state[kind::2])) for kind in (0, 1))
        logits, (hidden, cell) = network(torch.from_numpy(tokens), (hidden, cell))
    expected = [
        logits.numpy(),
        *(part[layer].numpy() for layer in range(len(hidden)) for part in (hidden, cell)),
    ]
    at_once, at_once_state = model.step(tokens, state)
    steps = []
    for time in range(tokens.shape[1]):
        step, state = model.step(tokens[:, time : time + 1], state)
        steps.append(step)
    found = ([at_once, *at_once_state], [np.concatenate(steps, axis=1), *state])
    differences = [
        float(np.abs(a - b).max()) for ours in found for a, b in zip(ours, expected, strict=True)
    ]
    return max(differences) if all(map(math.isfinite, differences)) else math.inf


def _onnx_step(model: Model) -> Any:
    state = model.initial_state()

    def step(tokens: NDArray[np.int64]) -> int:
        nonlocal state
        logits, state = model.step(tokens[None], state)
        return int(logits[0, -1].argmax())

    return step


def _torch_step(network: CharacterLSTM) -> Any:
    state = network.initial_state(1)

    def step(tokens: NDArray[np.int64]) -> int:
        nonlocal state
        with torch.inference_mode():
            logits, state = network(torch.from_numpy(tokens)[None], state)
        return int(logits[0, -1].argmax())

    return step


def _greedy(step: Any, trained: Trained) -> list[int]:
    tokens = [step(trained.vocabulary.encode(trained.recipe.generation.prompt))]
    while len(tokens) < GREEDY_CHARACTERS:
        tokens.append(step(np.array(tokens[-1:])))
    return tokens


def _calibrate(network: CharacterLSTM, temperature: float) -> None:
    """Divide all logits by `temperature`."""
    with torch.no_grad():
        for parameter in network.linear.parameters():
            parameter.div_(temperature)


def _round_to_half(network: CharacterLSTM) -> None:
    """What the file will hold: matrices through float16, biases as they are."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.copy_(parameter.half().float())


def _spec(name: str, trained: Trained, metrics: dict[str, Any]) -> ModelSpec:
    checkpoint, generation = trained.checkpoint, trained.recipe.generation
    corpus = checkpoint["corpus"]
    return ModelSpec(
        name=name,
        vocabulary=trained.vocabulary,
        layers=trained.recipe.network.layers,
        hidden=trained.recipe.network.hidden,
        separator=SEPARATOR,
        prompt=generation.prompt
        if all(c in trained.vocabulary for c in generation.prompt)
        else corpus["held_out"][0][0],
        sampling=Sampling(top_k=generation.top_k, temperature=generation.temperature),
        max_chars=generation.max_chars,
        repertoire=corpus["repertoire"],
        provenance={
            "recipe": trained.recipe.to_dict(),
            "seed": checkpoint["seed"],
            "precision": checkpoint["precision"],
            "device": checkpoint["device"],
            "corpora": corpus["sources"],
            "split": {
                "how": corpus["split"],
                "training_tunes": corpus["training_tunes"],
                "held_out_tunes": len(corpus["held_out"]),
                "test_tunes": len(corpus["test"]),
                "sha256": corpus["sha256"],
            },
            "metrics": metrics,
            "trainer": {
                "abcrun": metadata.version("abcrun"),
                "torch": torch.__version__,
                "commit": _commit(),
            },
        },
    )


def _commit() -> str:
    """The commit of the checkout that the trainer runs from, or "unknown" outside one."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        result = processes.run(command, folder=Path(__file__).parent, check=True)
    except OSError:
        return "unknown"
    return result.stdout.strip()
