"""A model file beside the PyTorch network that it was made of."""

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
"""The largest difference of a logit or state from PyTorch's, for values of up to 10;
for larger ones, a tenth of that share of the largest."""

ROUNDING = 100
"""How many times more than PyTorch's own float32 differs from float64 a file may differ
over many steps: ONNX Runtime's sigmoid and tanh are ten times as coarse, and a network
that knows its book by heart makes more of a difference at each step."""

GREEDY_CHARACTERS = 500

_Step = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Feeds tokens int64 [time] to a network and returns the logits of the next one."""

_Values = list[NDArray[np.floating]]
"""Logits [batch, time, vocabulary], and hidden and cell state of each layer."""


class ExportError(AbcrunError):
    """The file would not do what the checkpoint does; it is not written."""


class Checked(NamedTuple):
    """What a check found: how near the file is to PyTorch."""

    largest_difference: float
    greedy_characters: int


class _Differences:
    """Differences of arrays, and what they may be."""

    def __init__(self) -> None:
        self.largest = 0.0
        self.allowed = TOLERANCE  # of the one that exceeds it the most
        self.is_wrong = False

    def add(self, found: _Values, expected: _Values, rounding: float = 0.0) -> None:
        """Compare arrays; `rounding` is how far PyTorch's own are from exact ones."""
        for ours, theirs in zip(found, expected, strict=True):
            difference = float(np.abs(ours - theirs).max())
            size = float(np.abs(theirs).max())
            allowed = TOLERANCE * max(1.0, size / 10) + ROUNDING * rounding
            # Not `difference > allowed`, which is false for NaN.
            if not difference <= allowed and not self.is_wrong:
                self.is_wrong, self.largest, self.allowed = True, difference, allowed
            if not self.is_wrong:
                self.largest = max(self.largest, difference)


def check(path: Path, network: CharacterLSTM, tunes: Sequence[str]) -> Checked:
    """Run the file with abcrun itself beside PyTorch.

    Raises `ExportError` where they differ by more than float32 explains (`TOLERANCE`,
    `ROUNDING`), or where the most likely characters after its prompt are others.
    """
    onnx.checker.check_model(onnx.load(path), full_check=True)
    model = Model.load(path, "cpu", "float32")
    found = _differences(model, network, tunes)
    if found.is_wrong:
        raise ExportError(
            f"{path.name}: its logits or states differ from PyTorch's by {found.largest:.2e}, "
            f"over {found.allowed:.0e}"
        )
    return Checked(found.largest, _greedy_characters(path.name, model, network, found.largest))


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


def _differences(model: Model, network: CharacterLSTM, tunes: Sequence[str]) -> _Differences:
    """Compare the two on random and on real tokens, from random states."""
    vocabulary = model.spec.vocabulary
    # States far from zero: from the initial state some mistakes would not show.
    random = np.random.default_rng(0)
    encoded = vocabulary.encode(SEPARATOR.join(tunes) + SEPARATOR)
    exact = network.copy().double()
    found = _Differences()
    for batch in (1, 7):
        for time in (1, 50):
            real = np.resize(encoded, (batch, time))
            for tokens in (random.integers(len(vocabulary), size=(batch, time)), real):
                state = tuple(
                    random.uniform(-0.5, 0.5, part.shape).astype(np.float32)
                    for part in model.initial_state(batch)
                )
                expected = _torch_values(network, tokens, state)
                at_once = _torch_values(exact, tokens, state)
                rounding = max(
                    float(np.abs(ours - theirs).max())
                    for ours, theirs in zip(expected, at_once, strict=True)
                )
                found.add(_single_steps(model, tokens, state), expected, rounding)
                found.add(_model_values(model, tokens, state), expected, rounding)
                _add_from_equal_states(found, model, network, tokens, state)
    return found


def _add_from_equal_states(
    found: _Differences,
    model: Model,
    network: CharacterLSTM,
    tokens: NDArray[np.int64],
    state: State,
) -> None:
    """Compare each step alone, from the state that PyTorch has there: nothing adds up,
    so that no rounding hides a mistake."""
    before, expected = [], []
    for time in range(tokens.shape[1]):
        before.append(state)
        expected.append(_torch_values(network, tokens[:, time : time + 1], state))
        state = tuple(expected[-1][1:])
    rows = tokens.T.reshape(-1, 1)  # all rows of the first step, then of the second
    states = tuple(np.concatenate(parts) for parts in zip(*before, strict=True))
    found.add(
        _model_values(model, rows, states),
        [np.concatenate(parts) for parts in zip(*expected, strict=True)],
    )


def _torch_values(network: CharacterLSTM, tokens: NDArray[np.int64], state: State) -> _Values:
    kind = network.linear.weight.dtype
    with torch.inference_mode():
        hidden, cell = (torch.from_numpy(np.stack(state[part::2])).to(kind) for part in (0, 1))
        logits, (hidden, cell) = network(torch.from_numpy(tokens), (hidden, cell))
    states = (part[layer].numpy() for layer in range(len(hidden)) for part in (hidden, cell))
    return [logits.numpy(), *states]


def _model_values(model: Model, tokens: NDArray[np.int64], state: State) -> _Values:
    logits, state = model.step(tokens, state)
    return [logits, *state]


def _single_steps(model: Model, tokens: NDArray[np.int64], state: State) -> _Values:
    """Return what a file gives token by token, as when it generates."""
    steps = []
    for time in range(tokens.shape[1]):
        logits, state = model.step(tokens[:, time : time + 1], state)
        steps.append(logits)
    return [np.concatenate(steps, axis=1), *state]


def _greedy_characters(name: str, model: Model, network: CharacterLSTM, difference: float) -> int:
    """Count the most likely characters behind the prompt that are the same for both.

    Where two characters are equally likely, as far as the `difference` of logits tells,
    either may come, and the count ends. Raises `ExportError` where another one comes.
    """
    ours, theirs = _onnx_step(model), _torch_step(network)
    tokens = model.spec.vocabulary.encode(model.spec.prompt)
    for count in range(GREEDY_CHARACTERS):
        expected = theirs(tokens)
        chosen, likeliest = int(ours(tokens).argmax()), int(expected.argmax())
        if chosen != likeliest:
            margin = float(expected[likeliest] - expected[chosen])
            if margin <= 2 * max(difference, TOLERANCE):
                return count
            raise ExportError(
                f"{name}: greedy text differs from PyTorch's from character {count + 1} on"
            )
        tokens = np.array([likeliest])
    return GREEDY_CHARACTERS


def _onnx_step(model: Model) -> _Step:
    state = model.initial_state()

    def step(tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        nonlocal state
        logits, state = model.step(tokens[None], state)
        last: NDArray[np.float32] = logits[0, -1]
        return last

    return step


def _torch_step(network: CharacterLSTM) -> _Step:
    state = network.initial_state(1)

    def step(tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        nonlocal state
        with torch.inference_mode():
            logits, state = network(torch.from_numpy(tokens)[None], state)
        last: NDArray[np.float32] = logits[0, -1].numpy()
        return last

    return step
