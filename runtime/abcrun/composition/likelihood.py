"""How probable a model finds a tune: the bits that it needs for what it would draw.

In the text of a model with recall what returns is fed: it costs the signs that recall
it, and no more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.given import GivenTune
from abcrun.composition.recall import coded, text_of
from abcrun.inference import scoring
from abcrun.inference.network import Network


class TuneBits(NamedTuple):
    """The bits for a tune in all, and for each of its bars: its part of the sketch, and
    what is drawn of it.

    bars: float64 [bars].
    """

    total: float
    bars: NDArray[np.float64]


def bits_of_text(network: Network, text: str) -> float:
    """Return the bits that a network needs to predict a text from its first character
    on.

    A network with recall is given it as it learned tunes: in normal form, in its key,
    with the signs of recall. Errors are then those of `GivenTune.of`.
    """
    if not network.spec.recall:
        return float(scoring.bits(network, text).sum())
    return bits_of_tune(network, GivenTune.of(network.spec, text).text).total


def bits_of_tune(network: Network, text: str) -> TuneBits:
    """Return the bits that a network with recall needs for a tune in normal form and
    its own key.

    `ValueError` for a text that is no such tune.
    """
    pieces = coded(text)
    needed = scoring.bits(network, text_of(pieces))
    count = 1 + max(piece.bar for piece in pieces if piece.bar is not None)
    bars, total, at = np.zeros(count), 0.0, 0
    for piece in pieces:
        stop = at + len(piece.text)
        if piece.is_drawn:
            found = float(needed[at:stop].sum())
            total += found
            if piece.bar is not None:
                bars[piece.bar] += found
        at = stop
    return TuneBits(total, bars)
