"""Evaluation: every held-out tune counts from its own beginning."""

import pytest

from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.trainer import Trainer
from tests.trainer.training.conftest import CPU


def test_held_out_loss_starts_every_tune_from_the_initial_state(trainer: Trainer) -> None:
    tunes = trainer.corpus.held_out
    together = trainer.held_out.cross_entropy(trainer.network)
    nats = count = 0.0
    for tune in tunes:
        characters = len(tune) + 1  # the blank line's two, but the first character is given
        nats += (
            HeldOut.of([tune], trainer.vocabulary, CPU).cross_entropy(trainer.network) * characters
        )
        count += characters
    assert together == pytest.approx(nats / count, rel=1e-5)


def test_bits_of_a_fair_coin() -> None:
    assert bits(0.6931471805599453) == pytest.approx(1.0)
