"""The random numbers of a tune: one table of the streams, so that no two uses share
any."""

from enum import IntEnum

import numpy as np


class Draws(IntEnum):
    """What a stream of random numbers is for; the value is a part of its counter."""

    CHARACTERS = 0
    """The characters of a row."""
    PLAN = 1
    """The form plan, mode and tonic of a tune."""
    LEADING = 2
    """Whether a bar leads well enough into what returns behind it."""
    EDIT = 3
    """What is chosen once for a change to a tune."""


def random_stream(seed: int, index: int, attempt: int, draws: Draws) -> np.random.Generator:
    """Return the random numbers for attempt number `attempt`, from 0, at tune `index`
    of a seed.

    They are the same in any batch, thread and order: Philox computes them from key and
    counter alone (Salmon et al. 2011, doi:10.1145/2063384.2063405).
    """
    key = np.array([seed, index], np.uint64)
    # NumPy counts up from the first word: a stream would have to draw 2**128 numbers
    # before it ran into the next one.
    counter = np.array([0, 0, draws, attempt], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
