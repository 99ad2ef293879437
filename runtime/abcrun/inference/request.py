"""What is asked of an engine, and what it gives."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from abcrun.inference.sampling import Sampling
from abcrun.inference.strategy import Watcher

if TYPE_CHECKING:
    from abcrun.inference.engine import Engine, Row


def fresh_seed() -> int:
    """A seed that nobody has used: 32 bits from the operating system, short enough to
    be typed again."""
    return int.from_bytes(os.urandom(4), "big")


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose: its prompt (text and tokens int64 [characters]), sampling,
    random stream and limit.

    `watch` makes the watcher of its row, if it has one.
    """

    prompt: str
    tokens: NDArray[np.int64]
    sampling: Sampling
    seed: int
    index: int
    max_chars: int
    watch: "Callable[[Engine, Row], Watcher] | None" = None

    def numbered(self, index: int) -> Self:
        """The same request for tune number `index` of its seed."""
        return replace(self, index=index)


@dataclass(frozen=True, slots=True)
class Generated:
    """A composed text: the prompt and what followed. `complete` is false when it was
    cut at `max_chars`.

    written: the text as the model wrote it, before it was brought into its key.
    characters: read by the network for it, those that were taken back among them.
    redrawn: bars that were taken back. attempts: tunes begun, this one counted.
    """

    text: str
    complete: bool
    seed: int
    index: int
    written: str = field(default="", compare=False, repr=False)
    characters: int = field(default=0, compare=False)
    redrawn: int = field(default=0, compare=False)
    attempts: int = field(default=1, compare=False)
