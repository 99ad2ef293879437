"""Batches of training text, held on the device: contiguous streams, or whole tunes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from abcrun.errors import CorpusError
from abctrain.training.rank import Rank

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
    def of(cls, tokens: Tensor, characters: int, positions: Tensor | None = None) -> Self:
        """Cut inputs and targets out of encoded tunes, int64 [rows, time + 1].

        `positions` are those of the inputs. `characters` were counted on the host: a
        GPU would have to be waited for.
        """
        # Not `where`: it may copy a number to the device, and wait for it.
        targets = tokens[:, 1:].masked_fill(tokens[:, 1:] <= _FED, IGNORED)
        inputs = torch.where(tokens[:, :-1] <= _FED, _FED - tokens[:, :-1], tokens[:, :-1])
        # An input must be a character; behind a tune's end any will do.
        inputs = inputs.clamp(min=0)
        placed = None if positions is None else (positions[:, :, 0] != IGNORED).sum()
        return cls(inputs, targets, characters, positions, placed)

    def share(self, rank: Rank) -> Self:
        """Return the rows that are this process's own; what is counted is still of all
        rows.

        Where there is none for it, it gets a row with nothing to predict: it has to
        take part in the step.
        """
        if rank.count == 1:
            return self
        if rank.share(len(self.inputs)) == 0:
            nothing = (
                None if self.positions is None else torch.full_like(self.positions[:1], IGNORED)
            )
            return self._replace(
                inputs=self.inputs[:1],
                targets=torch.full_like(self.targets[:1], IGNORED),
                positions=nothing,
            )
        positions = None if self.positions is None else rank.part(self.positions)
        return self._replace(
            inputs=rank.part(self.inputs), targets=rank.part(self.targets), positions=positions
        )


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


def _on(device: torch.device | str, array: NDArray[Any]) -> Tensor:
    """Bring an array to the device, without waiting for a GPU to have it."""
    tensor = torch.from_numpy(array)
    if torch.device(device).type == "cuda":
        # Out of pageable memory the copy would be waited for.
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


_WIDER: Mapping[np.dtype[Any], np.dtype[Any]] = {
    np.dtype(np.uint8): np.dtype(np.int16),
    np.dtype(np.int16): np.dtype(np.int32),
    np.dtype(np.int32): np.dtype(np.int64),
}


@dataclass(frozen=True)
class EncodedTunes:
    """Encoded tunes, end to end on the device, in as few bytes as they fit into: what
    a window has of them is widened.

    tokens: uint8 [characters], or int16 where some are fed, or int32.
    places: uint8 [characters, 3], the positions, or None.
    starts: int64 [tunes + 1], where each begins, and the end, on the host.
    predicted: int64 [tunes], how many characters of each are to be predicted, on the
        host; its first one is not.
    on_host: `tokens` on the host, or None where all of them are to be predicted.
    """

    tokens: Tensor
    places: Tensor | None
    starts: NDArray[np.int64]
    predicted: NDArray[np.int64]
    on_host: NDArray[np.integer[Any]] | None

    @classmethod
    def of(cls, tunes: Iterable[NDArray[np.int64]], device: torch.device | str) -> Self:
        """Lay encoded tunes end to end, one by one.

        A tune is int64 [characters], with positions [characters, 1 + 3].
        """
        kind: np.dtype[Any] = np.dtype(np.uint8)
        tokens, places = bytearray(), bytearray()
        starts, predicted, is_plain = [0], [], True
        for tune in tunes:
            own = tune if tune.ndim == 1 else tune[:, 0]
            while own.min() < np.iinfo(kind).min or own.max() > np.iinfo(kind).max:
                wider = _WIDER[kind]
                tokens = bytearray(np.frombuffer(tokens, kind).astype(wider).tobytes())
                kind = wider
            tokens += own.astype(kind).tobytes()
            if tune.ndim == 2:
                places += tune[:, 1:].astype(np.uint8).tobytes()
            starts.append(starts[-1] + len(own))
            to_predict = own >= 0
            predicted.append(int(to_predict[1:].sum()))
            is_plain = is_plain and bool(to_predict.all())
        on_host = np.frombuffer(tokens, kind)
        return cls(
            _on(device, on_host),
            _on(device, np.frombuffer(places, np.uint8).reshape(-1, 3)) if places else None,
            np.array(starts),
            np.array(predicted, np.int64),
            None if is_plain else on_host,
        )

    def __len__(self) -> int:
        """Return how many tunes there are."""
        return len(self.predicted)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The characters of each tune, int64 [tunes]."""
        return np.diff(self.starts)

    def count(self, at: Tensor) -> int:
        """Count the characters at these places, int64 on the host, that are to be
        predicted."""
        if self.on_host is None:
            return at.numel()
        return int((self.on_host[at.numpy()] >= 0).sum())

    def window(self, at: Tensor, characters: int, is_text: Tensor | None = None) -> Window:
        """Return the window whose rows, int64 [rows, time + 1], stand `at` these
        places.

        `characters` are its targets' that are predicted. Where `is_text`, bool, of the
        same shape, is false there is nothing.
        """
        tokens = self.tokens[at].long()
        places = None if self.places is None else self.places[at[:, :-1]].long()
        if is_text is not None:
            tokens = tokens.masked_fill(~is_text, IGNORED)
            if places is not None:
                places = places.masked_fill(~is_text[:, :-1, None], IGNORED)
        return Window.of(tokens, characters, places)


def padded(tunes: Sequence[NDArray[np.int64]], device: torch.device | str) -> Window:
    """Make one window of whole encoded tunes.

    Behind a tune's end targets and positions are `IGNORED`.
    """
    text = EncodedTunes.of(tunes, device)
    return next(Tunes.grouped(text, [list(range(len(text)))]).windows())


def rounded_up(length: int, multiple: int) -> int:
    """Return the least multiple that is not below `length`."""
    return -(-length // multiple) * multiple


@dataclass(frozen=True)
class Tunes:
    """Whole tunes: tunes of about one length share a batch, and every one starts from
    the initial state.

    `bounds`, int64 [tunes, 2] on the device, are where they begin and end in `text`,
    batch after batch. `sizes` are the tunes of each batch, the characters of its
    longest one, and those that are predicted.
    """

    text: EncodedTunes
    bounds: Tensor
    sizes: tuple[tuple[int, int, int], ...]
    carries_state = False

    @classmethod
    def of(
        cls,
        text: EncodedTunes,
        order: NDArray[np.int64],
        characters: int,
        random: np.random.Generator,
    ) -> Self:
        """Cut batches of at most `characters` each, padding included.

        `order` has the numbers of the tunes. That of the batches is drawn by `random`.
        """
        if not len(text):
            raise CorpusError("the corpus has no tune to train on")
        lengths = text.lengths[order]
        # Lengths are blurred, so that a tune meets other mates at each epoch.
        by_length = np.argsort(lengths * random.uniform(0.9, 1.1, len(order)), kind="stable")
        groups: list[list[int]] = [[]]
        longest = 0
        for number, length in zip(
            order[by_length].tolist(), lengths[by_length].tolist(), strict=True
        ):
            longest = max(longest, length - 1)
            if groups[-1] and longest * (len(groups[-1]) + 1) > characters:
                groups.append([])
                longest = length - 1
            groups[-1].append(number)
        random.shuffle(groups)
        return cls.grouped(text, groups)

    @classmethod
    def grouped(
        cls, text: EncodedTunes, groups: Sequence[Sequence[int]], multiple: int = 1
    ) -> Self:
        """Make a batch of each of `groups` of the numbers of tunes, as long as its
        longest tune, rounded up to a `multiple`."""
        order = np.concatenate(groups)
        bounds = np.column_stack((text.starts[order], text.starts[order + 1]))
        lengths = text.lengths
        sizes = tuple(
            (
                len(group),
                rounded_up(int(lengths[group].max()), multiple),
                int(text.predicted[group].sum()),
            )
            for group in map(list, groups)
        )
        return cls(text, _on(text.tokens.device, bounds), sizes)

    @property
    def characters(self) -> int:
        """The number of characters predicted in one epoch."""
        return sum(characters for _, _, characters in self.sizes)

    def __len__(self) -> int:
        """Return the number of windows in one epoch."""
        return len(self.sizes)

    def windows(self, first: int = 0) -> Iterator[Window]:
        """Yield the windows from number `first` on."""
        begin = sum(rows for rows, _, _ in self.sizes[:first])
        for rows, longest, characters in self.sizes[first:]:
            start, end = torch.split(self.bounds[begin : begin + rows], 1, dim=1)
            at = start + torch.arange(longest, device=start.device)
            # Behind a tune's end its last character stands in.
            yield self.text.window(torch.minimum(at, end - 1), characters, at < end)
            begin += rows


class _Layout(NamedTuple):
    """Where rows of an epoch's text are in `EncodedTunes`, whose order is another one.

    ends: int64 [tunes], where the tunes end in the epoch's text.
    moved: int64 [tunes], how much further on they are among the encoded ones.
    starts: int64 [rows], where the rows begin in the epoch's text.
    """

    ends: Tensor
    moved: Tensor
    starts: Tensor

    def places(self, begin: int, end: int) -> Tensor:
        """Return the places of the characters from `begin` to before `end` of each row,
        int64 [rows, time]."""
        at = self.starts[:, None] + torch.arange(begin, end, device=self.starts.device)
        return at + self.moved[torch.searchsorted(self.ends, at, right=True)]


@dataclass(frozen=True)
class Streams:
    """Contiguous streams: each row is one stretch of the epoch's text, so that state
    can be carried along it.

    A row has `length` characters and one. A window is `window` characters of all rows;
    its targets are one character further on. The last one of an epoch may be shorter.
    `counts` are the characters predicted in each.
    """

    text: EncodedTunes
    layout: _Layout
    length: int
    window: int
    counts: tuple[int, ...]
    carries_state = True

    @classmethod
    def cut(cls, text: EncodedTunes, order: NDArray[np.int64], streams: int, window: int) -> Self:
        """Lay the tunes end to end in this order of their numbers, and cut that text
        into `streams` rows of one length.

        A row begins at the last start of a tune at or before its share of the text. So
        some characters at the rows' ends are seen twice and some not at all, unless the
        tunes come in another order at each epoch. Within a tune longer than a row, rows
        begin anywhere. Raises `CorpusError` for too little text for one batch.
        """
        lengths = text.lengths[order]
        ends = np.cumsum(lengths)
        needed = streams * window + 1
        if ends[-1] < needed:
            raise CorpusError(
                f"the corpus has {ends[-1]:,} characters to train on, but one batch of {streams} "
                f"sequences of {window} characters needs {needed:,}; give more text, or a recipe "
                "with fewer or shorter sequences"
            )
        length = int(ends[-1] - 1) // streams
        # Rows begin with the initial state, as does a network that is asked for a tune:
        # so rows should begin with tunes.
        tune_starts = ends - lengths
        shares = np.arange(streams) * length
        nearest = tune_starts[np.searchsorted(tune_starts, shares, side="right") - 1]
        starts = np.where(shares - nearest < length, nearest, shares)
        parts = (ends, text.starts[order] - tune_starts, starts)
        layout = _Layout(*map(torch.from_numpy, parts))
        spans = [(begin, min(begin + window, length)) for begin in range(0, length, window)]
        counts = tuple(text.count(layout.places(begin + 1, end + 1)) for begin, end in spans)
        # All of it in one copy
        flat = _on(text.tokens.device, np.concatenate(parts))
        layout = _Layout(*torch.split(flat, [len(part) for part in parts]))
        return cls(text, layout, length, window, counts)

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
            begin = number * self.window
            end = min(begin + self.window, self.length)
            yield self.text.window(self.layout.places(begin, end + 1), characters)
