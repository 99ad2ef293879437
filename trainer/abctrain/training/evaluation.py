"""How well a network predicts tunes that it has not seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch.nn import functional

from abctrain.training.batches import IGNORED, EncodedTunes, Tunes, rounded_up
from abctrain.training.encoding import Encoder, plain_characters
from abctrain.training.network import CharacterLSTM

_CHARACTERS_A_BATCH, _ON_A_GPU = 12_800, 250_000
"""The most that a batch may have, padding included. A CPU takes as long for many small
batches, and they need no more memory than a step. A GPU takes about as long for many
tunes as for one; 250,000 characters need some 2 GB of its memory."""

_MULTIPLE = 32
"""The lengths of batches are multiples of this: for every shape that a CPU has seen,
PyTorch's library (oneDNN) keeps memory."""


def bits(nats: float) -> float:
    """Convert a cross entropy in nats to bits."""
    return nats / math.log(2)


@dataclass(frozen=True)
class HeldOut:
    """Batches of whole tunes, on the device.

    characters: those that the tunes have without signs of recall.
    """

    batches: Tunes
    characters: int

    @classmethod
    def of(cls, tunes: Sequence[str], encoder: Encoder, device: torch.device | str) -> Self:
        """Encode `tunes`, each with the blank line that ends it, the longest first."""
        # Sorted, so that tunes of one batch have about one length and little padding.
        text = EncodedTunes.of(map(encoder, tunes), device)
        lengths = text.lengths
        order = np.argsort(-lengths, kind="stable").tolist()
        is_gpu = torch.device(device).type == "cuda"
        characters = _ON_A_GPU if is_gpu else _CHARACTERS_A_BATCH
        groups: list[list[int]] = []
        while order:
            rows = max(1, characters // rounded_up(int(lengths[order[0]]), _MULTIPLE))
            groups.append(order[:rows])
            order = order[rows:]
        return cls(Tunes.grouped(text, groups, _MULTIPLE), plain_characters(tunes))

    def cross_entropy(self, network: CharacterLSTM) -> float:
        """Return the mean negative log likelihood in nats per character, in float32.

        Every tune starts from the initial state. Its first character has nothing before
        it, so it is given and not predicted. Of tunes with signs of recall, all that is
        predicted counts, signs too, and is told by the characters without them.
        """
        was_training = network.training
        network.eval()
        # In float64: the sum of a million float32 losses would lose its last digits. It
        # stays on the device until all batches are on their way.
        total = torch.zeros((), dtype=torch.float64, device=self.batches.text.tokens.device)
        with torch.inference_mode():
            for window in self.batches.windows():
                logits, _ = network(window.inputs)
                losses = functional.cross_entropy(
                    logits.flatten(0, 1).float(),
                    window.targets.flatten(),
                    ignore_index=IGNORED,
                    reduction="sum",
                )
                total += losses.double()
        network.train(was_training)
        return float(total) / self.characters
