"""The average of the weights: PyTorch's, to the bit; and copies of a network."""

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from abctrain.recipe import NetworkRecipe
from abctrain.training.average import MovingAverage
from abctrain.training.network import CharacterLSTM


def network() -> CharacterLSTM:
    return CharacterLSTM(20, NetworkRecipe(layers=2, hidden=8))


def change(network: CharacterLSTM) -> None:
    with torch.no_grad():
        for part in network.parameters():
            part += torch.randn_like(part)


def test_it_is_pytorchs_to_the_bit_and_goes_on_where_that_was_saved() -> None:
    trained = network()
    theirs = AveragedModel(trained, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    ours = MovingAverage(trained, 0.9)
    for step in range(6):
        change(trained)
        theirs.update_parameters(trained)
        ours.update(trained)
        if step == 3:  # a checkpoint of either
            saved = ours.state_dict()
            assert saved.keys() == theirs.state_dict().keys()
            ours = MovingAverage(network(), 0.9)
            ours.load_state_dict(theirs.state_dict())
            theirs.load_state_dict(saved)
    for one, other in zip(ours.network.parameters(), theirs.module.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_copied_network_has_weights_of_its_own_in_one_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = network()
    flattened: list[nn.LSTM] = []
    monkeypatch.setattr(nn.LSTM, "flatten_parameters", lambda lstm: flattened.append(lstm))
    copied = original.copy()
    assert flattened == [copied.lstm]
    before = copied.linear.weight.clone()
    change(original)
    assert torch.equal(before, copied.linear.weight)
