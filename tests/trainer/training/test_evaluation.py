"""Evaluation: every held-out tune counts from its own beginning, and what is fed does
not count."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from abcrun.composition.recall import coded
from abctrain.training.batches import fed
from abctrain.training.encoding import plain_characters
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.trainer import Trainer
from tests.trainer.training.conftest import CPU


def test_held_out_loss_starts_every_tune_from_the_initial_state(trainer: Trainer) -> None:
    tunes = trainer.corpus.held_out
    together = trainer.held_out.cross_entropy(trainer.network)
    nats = count = 0.0
    for tune in tunes:
        characters = len(tune) + 1  # the blank line's two, but the first character is given
        alone = HeldOut.of([tune], trainer.encode, CPU)
        nats += alone.cross_entropy(trainer.network) * characters
        count += characters
    assert together == pytest.approx(nats / count, rel=1e-5)


def test_bits_of_a_fair_coin() -> None:
    assert bits(0.6931471805599453) == pytest.approx(1.0)


# With signs of recall


def test_what_is_drawn_counts_and_is_told_by_plain_characters(recalling: Trainer) -> None:
    tunes = recalling.corpus.held_out
    drawn = sum(len(piece.text) for tune in tunes for piece in coded(tune) if piece.is_drawn) - len(
        tunes
    )  # the first character of each is given

    found = recalling.held_out.cross_entropy(Forgetful(recalling, even=True))  # type: ignore[arg-type]
    plain = plain_characters(tunes)
    assert plain == sum(len(tune) + 1 for tune in tunes)
    assert found == pytest.approx(math.log(len(recalling.vocabulary)) * drawn / plain, rel=1e-6)


class Forgetful(torch.nn.Module):
    """A network that expects the same characters everywhere, whatever it reads."""

    def __init__(self, trainer: Trainer, *, even: bool = False) -> None:
        super().__init__()
        size = len(trainer.vocabulary)
        self.logits = torch.zeros(size) if even else torch.linspace(-2, 2, size)

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, None]:
        return self.logits.expand(*tokens.shape, -1), None


def test_a_character_that_is_fed_is_in_no_loss_whatever_it_is(recalling: Trainer) -> None:
    tunes = recalling.corpus.held_out

    def loss(change: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> float:
        def encode(tune: str) -> NDArray[np.int64]:
            return change(recalling.encode(tune))

        held_out = HeldOut.of(tunes, encode, CPU)  # type: ignore[arg-type]
        return held_out.cross_entropy(Forgetful(recalling))  # type: ignore[arg-type]

    is_fed = [tokens < 0 for tokens in map(recalling.encode, tunes)]
    assert 0.1 < np.concatenate(is_fed).mean() < 0.9
    whole = loss(lambda tokens: tokens)
    other = fed(np.array(7))
    assert loss(lambda tokens: np.where(tokens < 0, other, tokens)) == whole
    assert loss(lambda tokens: np.where(tokens < 0, tokens, 7)) != pytest.approx(whole)


def test_losses_of_epochs_are_told_by_plain_characters_too(recalling: Trainer) -> None:
    first, last = recalling.history[0], recalling.history[-1]
    assert last["held_out_loss"] < first["held_out_loss"]
    assert last["held_out_loss"] == pytest.approx(
        recalling.held_out.cross_entropy(recalling.evaluated())
    )
    # Before and after it learned the epoch's tunes: the figures are of one kind.
    training = HeldOut.of(recalling.corpus.training, recalling.encode, CPU)
    after = training.cross_entropy(recalling.evaluated())
    assert after < first["loss"] < 3 * after
