"""How well a model predicts a text: bits for each character."""

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


def bits(network: Network, text: str) -> NDArray[np.float64]:
    """Return the bits that a network needs to predict each character of a text:
    float64 [characters].

    The first has nothing before it, and counts as given: 0.
    """
    tokens = network.spec.vocabulary.encode(text)
    if len(tokens) < 2:
        return np.zeros(len(tokens))
    logits, _ = network.step(tokens[None, :-1], network.initial_state())
    return np.concatenate(([0.0], losses(logits[0], tokens[1:]) / log(2)))
