"""The training loop beside a plain one, in turn, as a ratio of characters a second."""

import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.corpus import Corpus
from abctrain.data.text import join_tunes
from abctrain.recipe import Recipe
from abctrain.training.trainer import Trainer

log = logging.getLogger(__name__)


class PlainLoop:
    """The loop as the source document describes it.

    One-hot vectors are made in NumPy for every batch and copied to the device. It
    computes in float32, with Adam as PyTorch sets it up by default, and fetches the
    loss at every step.
    """

    def __init__(self, recipe: Recipe, corpus: Corpus, device: torch.device) -> None:
        self.vocabulary = Vocabulary.of(corpus.characters)
        training, network = recipe.training, recipe.network
        encoded = self.vocabulary.encode(join_tunes(corpus.training))
        length = len(encoded) // training.streams
        self.rows = encoded[: length * training.streams].reshape(training.streams, length)
        self.window, self.clip_norm, self.device = training.window, training.clip_norm, device
        size = len(self.vocabulary)
        self.lstm = nn.LSTM(
            size, network.hidden, network.layers, dropout=network.dropout, batch_first=True
        ).to(device)
        self.linear = nn.Linear(network.hidden, size).to(device)
        self.parameters = [*self.lstm.parameters(), *self.linear.parameters()]
        self.optimiser = torch.optim.Adam(self.parameters, lr=training.learning_rate)
        self.loss = nn.CrossEntropyLoss()

    def steps(self, count: int) -> int:
        """Train `count` windows; return the number of characters trained on."""
        state = None
        characters = 0
        for number in range(count):
            start = number * self.window % (self.rows.shape[1] - self.window - 1)
            inputs = self.rows[:, start : start + self.window]
            targets = torch.from_numpy(self.rows[:, start + 1 : start + self.window + 1].copy()).to(
                self.device
            )
            one_hot = np.zeros((*inputs.shape, len(self.vocabulary)), np.float32)
            one_hot[np.arange(inputs.shape[0])[:, None], np.arange(inputs.shape[1]), inputs] = 1.0
            if state is not None:
                state = tuple(part.detach() for part in state)
            self.optimiser.zero_grad()
            output, state = self.lstm(torch.from_numpy(one_hot).to(self.device), state)
            loss = self.loss(self.linear(output).flatten(0, 1), targets.flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
            self.optimiser.step()
            loss.item()
            characters += inputs.size
        return characters


def bench(recipe: Recipe, corpus: Corpus, device: torch.device, steps: int, rounds: int) -> float:
    """Return the median ratio of speeds, ours over plain.

    The two take turns in `rounds` rounds of `steps` windows each: so a machine that
    slows down slows both.
    """
    ours = Trainer(recipe, corpus, Path(), device, seed=0)
    ours.learner.choose_precision(next(ours.batches.windows()), ours.progress.state)
    plain = PlainLoop(recipe, corpus, device)

    def our_steps(count: int) -> int:
        ours.begin_epoch()
        windows = list(ours.batches.windows())
        for number in range(count):
            # The last window may be shorter.
            ours.step(windows[number % (len(windows) - 1)])
        # Fetching a number waits for the device, as at the end of an epoch.
        float(ours.progress.loss_sum)
        return ours.progress.counted

    ratios = []
    # One round more, which is not counted: caches fill, and clocks rise.
    for number in range(rounds + 1):
        speeds = [_speed(run, steps) for run in (plain.steps, our_steps)]
        if number:
            ratios.append(speeds[1] / speeds[0])
            log.info(
                f"round {number}: plain {speeds[0]:,.0f}, ours {speeds[1]:,.0f} characters/s, "
                f"ratio {ratios[-1]:.3f}"
            )
    return statistics.median(ratios)


def _speed(run: Callable[[int], int], steps: int) -> float:
    begun = time.perf_counter()
    characters = run(steps)
    return characters / (time.perf_counter() - begun)
