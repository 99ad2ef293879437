"""The decoding loop: rows of one batch, each with its own state and random stream, refilled as tunes end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .network import Network, State
from .sampling import Logits, Sampling, choose

_DRAWS = 256  # random numbers taken from a row's generator at a time


def fresh_seed() -> int:
    """A seed that nobody has used: 32 bits from the operating system, short enough to be typed again."""
    return int.from_bytes(os.urandom(4), "big")


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose: its prompt (text and tokens int64 [characters]), sampling, random stream and limit."""

    prompt: str
    tokens: NDArray[np.int64]
    sampling: Sampling
    seed: int
    index: int
    max_chars: int

    def numbered(self, index: int) -> Self:
        """The same request for tune number `index` of its seed."""
        return replace(self, index=index)


@dataclass(frozen=True, slots=True)
class Generated:
    """A composed text: the prompt and what followed. `complete` is false when it was cut at `max_chars`."""

    text: str
    complete: bool
    seed: int
    index: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step added to tune number `index`; `ended` is the whole of it when this was its last piece."""

    index: int
    text: str
    ended: Generated | None = None


class _Row:
    """One tune while it is composed."""

    def __init__(self, request: Request, separator: str) -> None:
        self.request = request
        self._separator = separator
        self._characters = [request.prompt]
        self._tail = request.prompt[-len(separator) :]
        self._count = 0
        # Counter-based (Salmon et al. 2011): tune i of a seed draws the same numbers in any batch.
        self._generator = np.random.Generator(np.random.Philox(key=np.array([request.seed, request.index], np.uint64)))
        self._draws: Iterator[float] = iter(())

    def draw(self) -> float:
        """The next number of the row's stream, from [0, 1)."""
        number = next(self._draws, None)
        if number is None:
            self._draws = iter(self._generator.random(_DRAWS).tolist())
            number = next(self._draws)
        return number

    def add(self, character: str) -> Piece:
        """Append a character; the separator's last one ends the tune and is not part of it."""
        self._count += 1
        self._tail = (self._tail + character)[-len(self._separator) :]
        complete = self._tail == self._separator
        text = "" if complete else character
        self._characters.append(text)
        if not complete and self._count < self.request.max_chars:
            return Piece(self.request.index, text)
        whole = Generated("".join(self._characters), complete, self.request.seed, self.request.index)
        return Piece(self.request.index, text, whole)


def decode(network: Network, requests: Iterator[Request], slots: int) -> Iterator[Piece]:
    """Compose all `requests`, up to `slots` at a time, and yield what each step adds to each of them.

    A row whose tune has ended takes the next request at once, so that the batch stays full. All requests share one
    sampling; a prompt that several have in common is read by the network once.
    """
    characters = network.spec.vocabulary.characters
    rows: list[_Row] = []
    logits = np.empty((0, len(characters)), np.float32)
    state = network.initial_state(0)
    prefilled: tuple[str, Logits, State] | None = None
    while True:
        while len(rows) < slots and (request := next(requests, None)) is not None:
            if prefilled is None or prefilled[0] != request.prompt:
                prefilled = (request.prompt, *network.prefill(request.tokens))
            rows.append(_Row(request, network.spec.separator))
            logits = np.concatenate([logits, prefilled[1]])
            state = tuple(np.concatenate(pair) for pair in zip(state, prefilled[2], strict=True))
            yield Piece(request.index, request.prompt)
        if not rows:
            return
        uniform = np.array([row.draw() for row in rows])
        tokens = choose(logits, uniform, rows[0].request.sampling)
        running = []
        for i, (row, token) in enumerate(zip(rows, tokens.tolist(), strict=True)):
            piece = row.add(characters[token])
            if piece.ended is None:
                running.append(i)
            yield piece
        if len(running) < len(rows):
            rows = [rows[i] for i in running]
            tokens = tokens[running]
            state = tuple(part[running] for part in state)
        if rows:
            stepped, state = network.step(tokens[:, None], state)
            logits = stepped[:, 0]
        else:
            logits = logits[:0]


class Stream:
    """One tune as an iterator of text; knows its `seed`, and after the last piece whether it is `complete`."""

    def __init__(self, network: Network, request: Request) -> None:
        self.seed = request.seed
        self.complete = False
        self._pieces = decode(network, iter([request]), 1)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        for piece in self._pieces:
            if piece.ended is not None:
                self.complete = piece.ended.complete
            if piece.text:
                return piece.text
        raise StopIteration
