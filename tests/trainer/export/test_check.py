"""The check of a file: PyTorch's numbers, or a refusal."""

from pathlib import Path

import pytest
import torch

from abctrain.export import graph
from abctrain.export.check import ExportError, bits_of_file, check
from abctrain.export.export import Trained, spec_of
from abctrain.training.encoding import Encoder
from abctrain.training.evaluation import HeldOut, bits


def test_logits_states_and_greedy_text_are_pytorchs(tiny_path: Path, trained: Trained) -> None:
    trained.round_to_half()
    found = check(tiny_path, trained.network, trained.checkpoint["corpus"]["held_out"])
    assert found.largest_difference <= 1e-4
    assert found.greedy_characters == 500


def built(trained: Trained, path: Path) -> Path:
    """Write the file of a network without what it would learn from its own tunes."""
    content = graph.build(trained.weights, spec_of("a test", trained)).SerializeToString()
    path.write_bytes(content)
    return path


def scaled(trained: Trained, within: float, logits: float) -> Trained:
    """Multiply the weights of the LSTM, and those behind it."""
    with torch.no_grad():
        for name, parameter in trained.network.named_parameters():
            parameter.mul_(logits if name.startswith("linear") else within)
    trained.round_to_half()
    return trained


@pytest.mark.parametrize(("within", "logits"), [(10, 1), (1, 1000), (8, 300)])
def test_a_network_that_amplifies_rounding_is_exported(
    trained: Trained, tmp_path: Path, within: float, logits: float
) -> None:
    """As one does that has learned some tunes by heart at a high rate."""
    large = scaled(trained, within, logits)
    found = check(built(large, tmp_path / "a.onnx"), large.network, held_out(large))
    assert found.largest_difference > 1e-4, "else this test tests nothing"
    assert found.greedy_characters > 0


@pytest.mark.parametrize(("within", "logits"), [(1, 1), (10, 1), (30, 1), (1, 1000)])
@pytest.mark.parametrize("name", ["lstm.weight_hh_l1", "linear.bias"])
def test_a_weight_that_is_a_little_wrong_is_found_all_the_same(
    trained: Trained, tmp_path: Path, within: float, logits: float, name: str
) -> None:
    path = built(scaled(trained, within, logits), tmp_path / "a.onnx")
    with torch.no_grad():
        trained.network.get_parameter(name).mul_(1.01)
    with pytest.raises(ExportError, match="differ from PyTorch's"):
        check(path, trained.network, held_out(trained))


def held_out(trained: Trained) -> list[str]:
    return trained.checkpoint["corpus"]["held_out"]


def test_bits_of_the_file_are_those_of_the_checkpoint(tiny_path: Path, trained: Trained) -> None:
    held_out = trained.checkpoint["corpus"]["held_out"]
    network = HeldOut.of(held_out, Encoder(trained.vocabulary), "cpu")
    expected = bits(network.cross_entropy(trained.network))
    assert bits_of_file(tiny_path, held_out, "float32") == pytest.approx(expected, abs=0.002)
