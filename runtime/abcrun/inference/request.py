"""One tune's way through an engine: the request, the row that composes it, and the text
that comes out."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from abcrun.inference.network import State
from abcrun.inference.sampling import Sampling
from abcrun.inference.strategy import DecodingStrategy


def fresh_seed() -> int:
    """Return a seed that nobody has used.

    It has 32 bits from the operating system, and is short enough to be typed again.
    """
    return int.from_bytes(os.urandom(4), "big")


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose.

    prompt, tokens: the text that it starts with, also as int64 [characters].
    seed, index: the random stream of the tune, number `index` of its seed.
    max_chars: the most characters behind the prompt.
    strategy: makes the decoding strategy of the row, each time the row begins; None
        leaves the row to plain sampling.
    """

    prompt: str
    tokens: NDArray[np.int64]
    sampling: Sampling
    seed: int
    index: int
    max_chars: int
    strategy: "Callable[[Row], DecodingStrategy] | None" = None

    def numbered(self, index: int) -> Self:
        """Return the same request for tune number `index` of its seed."""
        return replace(self, index=index)


class FinishReason(StrEnum):
    """Why a tune ended, in the words that servers of language models use."""

    STOP = "stop"
    """It came to its end: the separator was drawn, or its sketch was filled."""
    LENGTH = "length"
    """It was cut at `max_chars`."""
    ABORT = "abort"
    """It was cancelled, or its decoding strategy gave it up."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A composed text: the prompt and what followed.

    complete: whether the tune came to its end, that is `finish_reason` is "stop".
    written: the text as the model wrote it, before it was brought into its key.
    characters: how many the network read for it, with those that were taken back.
    redrawn: bars and sketches that were taken back. attempts: tunes begun, with this
        one.
    finish_reason: why it ended; None in one that no engine made.
    """

    text: str
    complete: bool
    seed: int
    index: int
    written: str = field(default="", compare=False, repr=False)
    characters: int = field(default=0, compare=False)
    redrawn: int = field(default=0, compare=False)
    attempts: int = field(default=1, compare=False)
    finish_reason: FinishReason | None = field(default=None, compare=False, repr=False)


class Row(Protocol):
    """A request in an engine, from `Engine.submit` on.

    It waits for a slot, is composed in it, and has `generated` once it is out again.
    Its methods may be called from any thread; all but `text` and `so_far` raise a
    `UsageError` for a row that is in no slot.
    """

    # The interface stands beside `Request`, as each names the other. The engine has the
    # only implementation.

    @property
    def request(self) -> Request:
        """What is composed: the request that was submitted, or that of `restart`."""

    @property
    def generated(self) -> Generated | None:
        """The tune, once it has ended."""

    @property
    def attempts(self) -> int:
        """Tunes begun in this row, the present one counted."""

    @property
    def length(self) -> int:
        """The number of characters of `text`."""

    def text(self, start: int = 0) -> str:
        """Return what the row holds so far, the prompt first, from character number
        `start` on."""

    def so_far(self, start: int = 0) -> str:
        """Return the text that could be handed out now, from character number `start`
        on: without what only the network reads."""

    def snapshot(self) -> "Snapshot":
        """Keep what `rewind` needs to come back to here."""

    def rewind(self, snapshot: "Snapshot") -> None:
        """Forget what was composed since the snapshot; new random numbers draw what
        follows.

        Snapshots that were taken later are void. `UsageError` for one of them, or for
        that of another row.
        """

    def append(self, text: str, *, instead: bool = False) -> None:
        """Give the row its next characters; the strategy's `on_fed` follows when the
        network has them.

        instead: the first of them replaces the row's last character, which the network
        has not read yet.
        """

    def suppress(self, characters: str) -> None:
        """Keep the next step from drawing any of these characters."""

    def resample(self, sampling: Sampling) -> None:
        """Draw what follows with another `sampling`."""

    def restart(self, request: Request) -> None:
        """Give up what the row has, and begin `request` in its slot.

        Each attempt has random numbers of its own.
        """

    def finish(self, *, complete: bool = True) -> None:
        """End the tune as it stands."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where `row` stood: `length` characters, the prompt's among them, and the state
    before the last of them."""

    row: Row
    length: int
    state: State
