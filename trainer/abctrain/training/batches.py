"""Batches of training text, held on the device: contiguous streams, or whole tunes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from abcrun.errors import CorpusError

IGNORED = -100
"""The target behind the end of a tune that is shorter than the longest of its batch,
and that of a character which is fed and not predicted."""

_FED = -1_000
"""Below this, an encoded character is one that is fed: `_FED` less its token."""


def fed(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mark tokens as fed: a network reads them, and need not predict them."""
    return _FED - tokens


class Window(NamedTuple):
    """Inputs and targets, int64 [rows, time] each, on the device.

    `characters` of the targets are not `IGNORED`. `positions` are those of the inputs,
    int64 [rows, time, 3], where the tunes have them (`abctrain.training.positions`);
    `placed` of the inputs, int64 [], have one.
    """

    inputs: Tensor
    targets: Tensor
    characters: int
    positions: Tensor | None = None
    placed: Tensor | None = None

    @classmethod
    def of(cls, rows: Tensor, characters: int) -> Self:
        """Cut inputs and targets out of encoded tunes, int64 [rows, time + 1].

        With positions the tunes are int64 [rows, time + 1, 1 + 3]. `characters` were
        counted on the host (`_predicted`): a GPU would have to be waited for.
        """
        tokens, positions = (rows, None) if rows.dim() == 2 else (rows[:, :, 0], rows[:, :-1, 1:])
        # Not `where`: it may copy a number to the device, and wait for it.
        targets = tokens[:, 1:].masked_fill(tokens[:, 1:] <= _FED, IGNORED)
        inputs = torch.where(tokens[:, :-1] <= _FED, _FED - tokens[:, :-1], tokens[:, :-1])
        # An input must be a character; behind a tune's end any will do.
        inputs = inputs.clamp(min=0)
        placed = None if positions is None else (positions[:, :, 0] != IGNORED).sum()
        return cls(inputs, targets, characters, positions, placed)


class Batches(Protocol):
    """The windows of one epoch."""

    carries_state: bool
    """Whether a window goes on where the one before it ended, row by row."""

    @property
    def characters(self) -> int:
        """The number of characters predicted in one epoch."""

    def __len__(self) -> int:
        """Return the number of windows in one epoch."""

    def windows(self, first: int = 0) -> Iterator[Window]:
        """Yield the windows from number `first` on."""


def _predicted(tokens: NDArray[np.int64]) -> int:
    """Count the tokens that are neither fed nor `IGNORED`."""
    return int((tokens >= 0).sum())


def _predicted_in(tunes: Sequence[NDArray[np.int64]]) -> int:
    """Count what is to be predicted of encoded tunes: not their first characters."""
    return sum(_predicted((tune if tune.ndim == 1 else tune[:, 0])[1:]) for tune in tunes)


def _in_rows(tunes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Lay encoded tunes below each other, `IGNORED` behind a tune's end."""
    longest = max(map(len, tunes))
    rows = np.full((len(tunes), longest, *tunes[0].shape[1:]), IGNORED)
    for row, tune in zip(rows, tunes, strict=True):
        row[: len(tune)] = tune
    return rows


def _on(device: torch.device | str, array: NDArray[np.int64]) -> Tensor:
    """Bring an array to the device, without waiting for a GPU to have it."""
    tensor = torch.from_numpy(array)
    if torch.device(device).type == "cuda":
        # Out of pageable memory the copy would be waited for.
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def padded(tunes: Sequence[NDArray[np.int64]], device: torch.device | str) -> Window:
    """Make one window of whole encoded tunes.

    Behind a tune's end targets and positions are `IGNORED`.
    """
    return Window.of(_on(device, _in_rows(tunes)), _predicted_in(tunes))


@dataclass(frozen=True)
class Tunes:
    """Whole tunes: tunes of about one length share a batch, and every one starts from
    the initial state.

    `batches` are the rows and the number of characters of each (see `Window.of`).
    """

    batches: tuple[tuple[Tensor, int], ...]
    carries_state = False

    @classmethod
    def of(
        cls,
        tunes: Sequence[NDArray[np.int64]],
        characters: int,
        random: np.random.Generator,
        device: torch.device,
    ) -> Self:
        """Cut batches of at most `characters` each, padding included.

        Their order is drawn by `random`.
        """
        if not tunes:
            raise CorpusError("the corpus has no tune to train on")
        # Lengths are blurred, so that a tune meets other mates at each epoch.
        lengths = np.array([len(tune) for tune in tunes])
        order = np.argsort(lengths * random.uniform(0.9, 1.1, len(tunes)), kind="stable")
        groups: list[list[int]] = [[]]
        longest = 0
        for number in order.tolist():
            longest = max(longest, len(tunes[number]) - 1)
            if groups[-1] and longest * (len(groups[-1]) + 1) > characters:
                groups.append([])
                longest = len(tunes[number]) - 1
            groups[-1].append(number)
        random.shuffle(groups)
        chosen = [[tunes[number] for number in group] for group in groups]
        epoch = list(map(_in_rows, chosen))
        # All of it in one copy
        flat = _on(device, np.concatenate([rows.reshape(-1) for rows in epoch]))
        parts = torch.split(flat, [rows.size for rows in epoch])
        on_device = (part.view(rows.shape) for part, rows in zip(parts, epoch, strict=True))
        return cls(tuple(zip(on_device, map(_predicted_in, chosen), strict=True)))

    @property
    def characters(self) -> int:
        """The number of characters predicted in one epoch."""
        return sum(characters for _, characters in self.batches)

    def __len__(self) -> int:
        """Return the number of windows in one epoch."""
        return len(self.batches)

    def windows(self, first: int = 0) -> Iterator[Window]:
        """Yield the windows from number `first` on."""
        for rows, characters in self.batches[first:]:
            yield Window.of(rows, characters)


@dataclass(frozen=True)
class Streams:
    """Contiguous streams: each row of `tokens` is one stretch of the text, so that
    state can be carried along it.

    `tokens` is int64 [streams, length + 1], or with positions [streams, length + 1,
    1 + 3]. A window is `tokens[:, start : start + window]`; its targets are one
    character further on. The last window of an epoch may be shorter. `counts` are the
    characters predicted in each window.
    """

    tokens: Tensor
    window: int
    counts: tuple[int, ...]
    carries_state = True

    @classmethod
    def cut(
        cls, tunes: Sequence[NDArray[np.int64]], streams: int, window: int, device: torch.device
    ) -> Self:
        """Lay encoded tunes end to end and cut the text into `streams` rows of one
        length.

        A tune is int64 [characters], with positions [characters, 1 + 3]. A row begins
        at the last start of a tune at or before its share of the text. So some
        characters at the rows' ends are seen twice and some not at all, unless the
        tunes come in another order at each epoch. Within a tune longer than a row, rows
        begin anywhere. Raises `CorpusError` for too little text for one batch.
        """
        text = np.concatenate(tunes)
        needed = streams * window + 1
        if len(text) < needed:
            raise CorpusError(
                f"the corpus has {len(text):,} characters to train on, but one batch of {streams} "
                f"sequences of {window} characters needs {needed:,}; give more text, or a recipe "
                "with fewer or shorter sequences"
            )
        length = (len(text) - 1) // streams
        # Rows begin with the initial state, as does a network that is asked for a tune:
        # so rows should begin with tunes.
        tune_starts = np.cumsum([0, *map(len, tunes[:-1])])
        shares = np.arange(streams) * length
        nearest = tune_starts[np.searchsorted(tune_starts, shares, side="right") - 1]
        starts = np.where(shares - nearest < length, nearest, shares)
        rows = text[starts[:, None] + np.arange(length + 1)]
        targets = (rows if rows.ndim == 2 else rows[:, :, 0])[:, 1:]
        counts = tuple(
            _predicted(targets[:, start : start + window]) for start in range(0, length, window)
        )
        return cls(_on(device, rows), window, counts)

    @property
    def characters(self) -> int:
        """The number of characters predicted in one epoch."""
        return sum(self.counts)

    def __len__(self) -> int:
        """Return the number of windows in one epoch."""
        return len(self.counts)

    def windows(self, first: int = 0) -> Iterator[Window]:
        """Yield the windows from number `first` on."""
        for number, characters in enumerate(self.counts[first:], first):
            start = number * self.window
            # A slice ends at the last character anyway.
            yield Window.of(self.tokens[:, start : start + self.window + 1], characters)
