"""The network: one-hot characters, dropout between layers, and how it starts."""

import torch

from abctrain.recipe import NetworkRecipe
from abctrain.training.network import CharacterLSTM
from abctrain.training.trainer import Trainer


def test_input_is_one_hot_and_dropout_is_between_the_layers() -> None:
    network = CharacterLSTM(7, NetworkRecipe(layers=3, hidden=5, dropout=0.5))
    assert network.lstm.input_size == 7
    assert (network.lstm.num_layers, network.lstm.dropout) == (3, 0.5)
    logits, (hidden, cell) = network(torch.tensor([[1, 2, 3], [4, 5, 6]]))
    assert logits.shape == (2, 3, 7)
    assert hidden.shape == cell.shape == (3, 2, 5)


def test_the_one_hot_layer_is_drawn_for_a_fan_in_of_one(trainer: Trainer) -> None:
    weights = dict(trainer.network.named_parameters())
    assert 0.95 < weights["lstm.weight_ih_l0"].abs().max() <= 1
    bound = trainer.recipe.network.hidden**-0.5
    for name in ("lstm.weight_hh_l0", "lstm.weight_ih_l1", "linear.weight"):
        assert 0.9 * bound < weights[name].abs().max() <= bound
