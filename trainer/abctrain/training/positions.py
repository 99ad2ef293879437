"""The position of each character of a tune in its bar and its section.

An LSTM trained on characters forgets its position: how long the last bar of a section
may be depends on a pickup a hundred characters before. So a network is asked for the
position too while it is trained. A second linear layer reads the answers off the last
layer's output, so that the state has to hold them (multi-task learning; Caruana 1997).
The exported network does not have that layer.
"""

from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from abcrun.notation import Bar, BarLine, Ending, PartLabel, Tune
from abctrain.training.batches import IGNORED

GRAIN = Fraction(1, 48)
"""Times are told in this part of a whole note: a third of a semiquaver."""

SIZES = (97, 97, 33)
"""The number of answers to each question: times from 0 to two whole notes, and 0 to 32
bars. What is longer counts as the longest."""


def positions_of(text: str) -> NDArray[np.int64]:
    """Return the positions in a tune in normal form, int64 [characters, 3].

    Behind each character: how far it is to the end of the bar, how long the section's
    pickup was, and how many bars' worth of the section has been played since. The first
    two are in `GRAIN`. In a header all is 0, and within a pickup the pickup is still 0.
    """
    tune = Tune.parse(text)
    starts = np.cumsum([0, *(len(line) + 1 for line in text.split("\n"))])
    positions = np.zeros((len(text), len(SIZES)), np.int64)
    # Of the section, in whole notes; the pickup is not in what has been played.
    pickup = played = Fraction(0)
    before_endings = pickup, played
    is_first = True
    # Each event fills all that stands behind it: the next one overwrites its own part.
    for item in tune.voices[0].items:
        if isinstance(item, Bar):
            full = item.meter.length or item.length
            begin = int(starts[item.line - 1]) + item.column - 1
            end = int(starts[item.end_line - 1]) + item.end_column - 1
            positions[begin:] = _clipped(item.length, pickup, played // full)
            for note in item.notes:
                # A note's text tells its length only at its last character.
                heard = int(starts[note.line - 1]) + note.column - 1 + len(note.text) - 1
                done = note.offset + note.duration
                positions[heard:] = _clipped(item.length - done, pickup, (played + done) // full)
            if is_first and item.is_pickup:
                pickup = item.length
            else:
                played += item.length
            is_first = False
            positions[end:] = _clipped(Fraction(0), pickup, played // full)
        elif isinstance(item, Ending):
            # Each later ending goes on from the same bar as the first one.
            if item.passes[0] == 1:
                before_endings = pickup, played
            else:
                pickup, played = before_endings
                is_first = False
        elif isinstance(item, PartLabel) or (isinstance(item, BarLine) and not item.is_plain):
            pickup = played = Fraction(0)
            is_first = True
    return positions


def _clipped(left: Fraction, pickup: Fraction, bars: int) -> tuple[int, ...]:
    answers = (round(left / GRAIN), round(pickup / GRAIN), bars)
    return tuple(min(max(answer, 0), size - 1) for answer, size in zip(answers, SIZES, strict=True))


class PositionReader(nn.Module):
    """Reads the positions off the last layer's output."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.linear = nn.Linear(hidden, sum(SIZES))

    def loss(self, output: Tensor, positions: Tensor) -> Tensor:
        """Return the cross entropies of all answers, summed, in nats.

        `output` is float [batch, time, hidden], `positions` int64 [batch, time, 3].
        """
        logits = self.linear(output).float().split(SIZES, dim=2)
        losses = [
            functional.cross_entropy(
                one.flatten(0, 1),
                positions[:, :, number].flatten(),
                ignore_index=IGNORED,
                reduction="sum",
            )
            for number, one in enumerate(logits)
        ]
        return torch.stack(losses).sum()
