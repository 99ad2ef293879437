"""A model file beside the PyTorch network that it was made of."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from abcrun.errors import AbcrunError
from abcrun.formats import Precision
from abcrun.inference.network import State
from abcrun.inference.scoring import losses
from abcrun.model import Model
from abctrain.data.text import SEPARATOR
from abctrain.training.batches import IGNORED, padded
from abctrain.training.encoding import Encoder, plain_characters
from abctrain.training.evaluation import bits
from abctrain.training.network import CharacterLSTM

TOLERANCE = 1e-4
"""The largest difference of a logit or state from PyTorch's."""

GREEDY_CHARACTERS = 500

_Step = Callable[[NDArray[np.int64]], int]
"""Feeds tokens int64 [time] to a network and returns its most likely next token."""


class ExportError(AbcrunError):
    """The file would not do what the checkpoint does; it is not written."""


class Checked(NamedTuple):
    """What a check found: how near the file is to PyTorch."""

    largest_difference: float
    greedy_characters: int


def check(path: Path, network: CharacterLSTM, tunes: Sequence[str]) -> Checked:
    """Run the file with abcrun itself beside PyTorch.

    Raises `ExportError` where they differ by more than `TOLERANCE`, or where the most
    likely characters after its prompt are others.
    """
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = Model.load(path, "cpu", "float32")
    largest = _largest_difference(model, network, tunes)
    # Not `largest > TOLERANCE`, which is false for NaN.
    if not largest <= TOLERANCE:
        raise ExportError(
            f"{path.name}: its logits or states differ from PyTorch's by {largest:.2e}, "
            f"over {TOLERANCE}"
        )
    tokens = model.spec.vocabulary.encode(model.spec.prompt)
    ours, theirs = (_greedy(step, tokens) for step in (_onnx_step(model), _torch_step(network)))
    if ours != theirs:
        first = next(i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
        raise ExportError(
            f"{path.name}: greedy text differs from PyTorch's from character {first + 1} on"
        )
    return Checked(largest, len(ours))


def bits_of_file(path: Path, tunes: Sequence[str], precision: Precision) -> float:
    """Return the file's own bits per character of the tunes.

    The network reads a character of each tune at a time, as when it generates.
    """
    model = Model.load(path, "cpu", precision)
    encode = Encoder(model.spec.vocabulary, model.spec.recall)
    rows_of = [padded([encode(tune)], "cpu") for tune in tunes]
    encoded = sorted(
        ((one.inputs[0].tolist(), one.targets[0].tolist()) for one in rows_of),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
    state = model.initial_state(len(encoded))
    total = 0.0
    for time in range(len(encoded[0][0])):
        # The longest tunes come first: those that have ended leave from the end.
        rows = sum(len(inputs) > time for inputs, _ in encoded)
        state = tuple(part[:rows] for part in state)
        tokens = np.array([[inputs[time]] for inputs, _ in encoded[:rows]])
        logits, state = model.step(tokens, state)
        targets = np.array([targets[time] for _, targets in encoded[:rows]])
        predicted = targets != IGNORED
        total += float(losses(logits[predicted, 0], targets[predicted]).sum())
    return bits(total / plain_characters(tunes))


def _largest_difference(model: Model, network: CharacterLSTM, tunes: Sequence[str]) -> float:
    """Compare the two on random and on real tokens, from random states."""
    vocabulary = model.spec.vocabulary
    # States far from zero: from the initial state some mistakes would not show.
    random = np.random.default_rng(0)
    encoded = vocabulary.encode(SEPARATOR.join(tunes) + SEPARATOR)
    largest = 0.0
    for batch in (1, 7):
        for time in (1, 50):
            real = np.resize(encoded, (batch, time))
            for tokens in (random.integers(len(vocabulary), size=(batch, time)), real):
                state = tuple(
                    random.uniform(-0.5, 0.5, part.shape).astype(np.float32)
                    for part in model.initial_state(batch)
                )
                largest = max(largest, _difference(model, network, tokens, state))
    return largest


def _difference(
    model: Model, network: CharacterLSTM, tokens: NDArray[np.int64], state: State
) -> float:
    """Return the largest difference between PyTorch all at once, the file all at once,
    and the file step by step."""
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
    # max() may pass over a NaN, depending on where it stands.
    return max(differences) if all(map(math.isfinite, differences)) else math.inf


def _onnx_step(model: Model) -> _Step:
    state = model.initial_state()

    def step(tokens: NDArray[np.int64]) -> int:
        nonlocal state
        logits, state = model.step(tokens[None], state)
        return int(logits[0, -1].argmax())

    return step


def _torch_step(network: CharacterLSTM) -> _Step:
    state = network.initial_state(1)

    def step(tokens: NDArray[np.int64]) -> int:
        nonlocal state
        with torch.inference_mode():
            logits, state = network(torch.from_numpy(tokens)[None], state)
        return int(logits[0, -1].argmax())

    return step


def _greedy(step: _Step, prompt: NDArray[np.int64]) -> list[int]:
    tokens = [step(prompt)]
    while len(tokens) < GREEDY_CHARACTERS:
        tokens.append(step(np.array(tokens[-1:])))
    return tokens
