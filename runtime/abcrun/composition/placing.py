"""Where a tune for a compass is composed: on which tonic, in which octave, and between
which notes of the model's own key.

A network writes everything on one tonic, and the tune is transposed at the end. So the
place has to be known before the first note: then the compass, moved the other way, is
that of the network's text.
"""

from collections.abc import Sequence
from typing import NamedTuple

from abcrun.composition.compass import BOOKS
from abcrun.composition.finishing import way_to
from abcrun.composition.repertoire import Repertoire
from abcrun.notation.compass import Compass

OCTAVES = (0, -1, 1, -2, 2, -3, 3, -4, 4)
"""Octaves from the nearest tonic; of those that do as well, the first is taken."""


class Place(NamedTuple):
    """A tonic, octaves above the nearest one, and the compass in the model's key."""

    tonic: str
    octave: int
    compass: Compass


def place(
    repertoire: Repertoire,
    compass: Compass,
    mode: str,
    tonic: str | None,
    chance: float,
    octaves: Sequence[int] = OCTAVES,
) -> Place:
    """Return the place of a tune in a mode ("dor").

    tonic: None leaves it to `chance`, from 0 to 1, among those that tunes of the mode
        have; each is as likely as it is common and as tunes on it fit the compass.
    octaves: those to choose from. That is taken in which most tunes of the mode fit.
    """
    known = repertoire.tonics.get(mode) or {repertoire.canonical or "D": 1}
    tonics = {tonic: 1} if tonic is not None else known
    found = [_best(repertoire, compass, mode, one, octaves) for one in tonics]
    weights = [count * fit for count, (fit, _) in zip(tonics.values(), found, strict=True)]
    share = chance * sum(weights)
    for weight, (_, here) in zip(weights, found, strict=True):
        share -= weight
        if share < 0:
            return here
    # Nothing fits: the tonic that is likeliest anyway.
    return found[max(range(len(found)), key=[*tonics.values()].__getitem__)][1]


def _best(
    repertoire: Repertoire, compass: Compass, mode: str, tonic: str, octaves: Sequence[int]
) -> tuple[float, Place]:
    """Return the best place on a tonic, and which share of the mode's tunes fit
    there."""
    way = way_to(repertoire.canonical or tonic, tonic)
    registers = repertoire.registers(mode)
    lows, highs = registers[:, 0], registers[:, 1]
    middle = (float(lows.mean()) + float(highs.mean())) / 2

    def fit(one: Compass) -> float:
        return float(((one.lowest <= lows) & (highs <= one.highest)).mean())

    rated = []
    for octave in octaves:
        by = way + 12 * octave
        here = compass.moved(-by)
        share = fit(here)
        # A wide compass holds the tunes in several octaves: take the usual one. One
        # that holds none is taken as near to them as can be.
        usual = fit(here.within(BOOKS.moved(-by)))
        off = abs((here.lowest + here.highest) / 2 - middle)
        rated.append(((share + usual, -off), share, Place(tonic, octave, here)))
    _, share, best = max(rated, key=lambda one: one[0])
    return share, best
