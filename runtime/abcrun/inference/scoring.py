"""How well a model predicts a text: bits per character."""

from math import log

import numpy as np
from numpy.typing import NDArray

from abcrun.inference.network import Network
from abcrun.inference.sampling import Logits


def losses(logits: Logits, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cross-entropy of each token, -ln p: float64 [tokens], in nats.

    `logits` is float32 [tokens, vocabulary], `tokens` int64 [tokens].
    """
    # A sum over a tune in float32 would round away what decides between two texts.
    scores = logits.astype(np.float64)
    of_tokens = scores[np.arange(len(scores)), tokens]
    found: NDArray[np.float64] = np.logaddexp.reduce(scores, axis=1) - of_tokens
    return found


def bits(network: Network, text: str) -> float:
    """Return the bits that a network needs to predict a text from its first character
    on."""
    return float(_losses_behind(network, text, 1).sum() / log(2))


def bits_per_character(network: Network, text: str, known: int = 1) -> float:
    """Return the bits that a network needs for each character of a text behind its
    first `known` ones; 0 where there are none."""
    behind = _losses_behind(network, text, known) / log(2)
    return float(behind.mean()) if len(behind) else 0.0


def _losses_behind(network: Network, text: str, known: int) -> NDArray[np.float64]:
    """Return the losses of a text's characters behind its first `known`, 1 or more."""
    tokens = network.spec.vocabulary.encode(text)
    logits, _ = network.step(tokens[None, :-1], network.initial_state())
    return losses(logits[0], tokens[1:])[known - 1 :]
