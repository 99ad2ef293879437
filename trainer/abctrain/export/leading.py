"""How the bars of a model lead into what returns: learned from real tunes beside those
that the model composes by itself."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from abcrun import Model
from abcrun.composition.leading import Leading, Leap, leaps_of

log = logging.getLogger(__name__)

COMPOSED = 1500
"""Tunes that are composed to learn from."""

LEAST = 200
"""With fewer tunes to train on nothing is learned."""

_SEED = 1


def leading_of(path: Path, training: Sequence[str]) -> Leading | None:
    """Compose tunes as a model file proposes, on the CPU, and compare how they lead
    with the tunes that the model was trained on, as it has learned them.

    None where these are too few, or hardly any tune is composed to its end.
    """
    if len(training) < LEAST:
        return None
    with Model.load(path, "cpu") as model:
        first = [tune.complete for tune in model.generate(LEAST // 4, seed=_SEED)]
        if sum(first) < LEAST / 8:  # a network that learned next to nothing takes hours
            return None
        composed = [tune.written for tune in model.generate(COMPOSED, seed=_SEED) if tune.complete]
    found = Leading.of(_leaps(training), _leaps(composed))
    log.info("leading notes: learned from %d tunes", len(composed))
    return found


def _leaps(tunes: Iterable[str]) -> Iterator[Leap]:
    for tune in tunes:
        try:
            yield from leaps_of(tune)
        except ValueError:
            continue  # a tune that cannot be sketched leads nowhere
