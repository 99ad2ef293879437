"""The check of a file: PyTorch's numbers, or a refusal."""

from pathlib import Path

import pytest

from abctrain.export.check import bits_of_file, check
from abctrain.export.export import Trained
from abctrain.training.encoding import Encoder
from abctrain.training.evaluation import HeldOut, bits


def test_logits_states_and_greedy_text_are_pytorchs(tiny_path: Path, trained: Trained) -> None:
    trained.round_to_half()
    found = check(tiny_path, trained.network, trained.checkpoint["corpus"]["held_out"])
    assert found.largest_difference <= 1e-4
    assert found.greedy_characters == 500


def test_bits_of_the_file_are_those_of_the_checkpoint(tiny_path: Path, trained: Trained) -> None:
    held_out = trained.checkpoint["corpus"]["held_out"]
    network = HeldOut.of(held_out, Encoder(trained.vocabulary), "cpu")
    expected = bits(network.cross_entropy(trained.network))
    assert bits_of_file(tiny_path, held_out, "float32") == pytest.approx(expected, abs=0.002)
