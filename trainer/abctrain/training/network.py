"""The network: one-hot characters, stacked LSTM layers with dropout between them, one
linear layer."""

import copy
from typing import Self

import torch
from torch import Tensor, nn

from abctrain.recipe import NetworkRecipe

State = tuple[Tensor, Tensor]
"""Hidden and cell state of all layers, float32 [layers, batch, hidden] each."""


class CharacterLSTM(nn.Module):
    """Predicts the next character of a text from all before it (Graves 2013,
    arXiv:1308.0850)."""

    def __init__(self, vocabulary: int, recipe: NetworkRecipe) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        # PyTorch warns of dropout in an LSTM of one layer: there is no layer between.
        dropout = recipe.dropout if recipe.layers > 1 else 0.0
        self.lstm = nn.LSTM(
            vocabulary, recipe.hidden, recipe.layers, dropout=dropout, batch_first=True
        )
        self.output_dropout = nn.Dropout(recipe.output_dropout)
        self.linear = nn.Linear(recipe.hidden, vocabulary)
        # Uniform in ±1/sqrt(fan-in), like PyTorch's linear layers. Of a one-hot vector
        # one element is on: its fan-in is 1. With nn.LSTM's ±1/sqrt(hidden) the
        # characters drown, and the loss of the recipe irish stands still at that of
        # single characters for some 150 steps.
        nn.init.uniform_(self.lstm.get_parameter("weight_ih_l0"), -1, 1)

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return logits float [batch, time, vocabulary] and the new state.

        `tokens` are int64 [batch, time]. Without a `state` the network starts from
        zeros. The one-hot vectors are made on the tokens' own device.
        """
        output, state = self.last_layer(tokens, state)
        return self.logits(output), state

    def last_layer(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the last LSTM layer's output, float [batch, time, hidden], and the new
        state."""
        # functional.one_hot makes them of int64 first, twice as large.
        zeros = torch.zeros(
            *tokens.shape, self.vocabulary, dtype=self.linear.weight.dtype, device=tokens.device
        )
        output, state = self.lstm(zeros.scatter_(2, tokens.unsqueeze(2), 1.0), state)
        return output, state

    def logits(self, output: Tensor) -> Tensor:
        """Return the logits that belong to the last layer's output."""
        logits: Tensor = self.linear(self.output_dropout(output))
        return logits

    def copy(self) -> Self:
        """Return a network with weights of its own, of the same values."""
        copied = copy.deepcopy(self)
        # cuDNN wants the weights in one piece, or puts them together at each step.
        copied.lstm.flatten_parameters()
        return copied

    def initial_state(self, batch: int) -> State:
        """Return zeros, float32 [layers, batch, hidden] each."""
        weight = self.linear.weight
        zeros = torch.zeros(
            self.lstm.num_layers,
            batch,
            self.lstm.hidden_size,
            dtype=torch.float32,
            device=weight.device,
        )
        return zeros, zeros.clone()
