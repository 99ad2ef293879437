"""Which of many melodies share a run of notes, in memory that grows with their notes.

Pairs of melodies would not: a hundred variants of one tune are five thousand pairs.
Nor do dictionaries do, which take a hundred bytes for each run of a corpus. So all runs
are sorted, in NumPy arrays.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from abcrun.originality import BETWEEN_TUNES, intervals
from abctrain.data.related import RUN

_SIZE = RUN - 1
"""The intervals in a run."""

_AT_ONCE = 1_000_000
"""About how many runs are sorted at a time. They take some 60 bytes each then."""

_Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _Table:
    """Rows of several lengths, end to end: row `i` is `values[ends[i] : ends[i + 1]]`,
    int32."""

    values: NDArray[np.int32]
    ends: _Integers

    @classmethod
    def of(cls, values: NDArray[np.int32], lengths: _Integers) -> Self:
        return cls(values, np.concatenate([[0], np.cumsum(lengths)]))

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.values[self.ends[row] : self.ends[row + 1]]


class Sharing:
    """For each melody those that share a run of `RUN` notes with it, in any key.

    A melody holds the MIDI note numbers of its successive onsets.
    """

    def __init__(self, melodies: Iterable[Sequence[int]]) -> None:
        steps = list(map(intervals, melodies))
        self._melodies = _shared_runs(steps)
        # Turned around: for each melody the numbers of the runs that others have too.
        owners = self._melodies.values
        numbers = np.arange(len(self._melodies.ends) - 1, dtype=np.int32)
        runs = np.repeat(numbers, np.diff(self._melodies.ends))
        order = np.argsort(owners, kind="stable")
        self._runs = _Table.of(runs[order], np.bincount(owners, minlength=len(steps)))

    def __len__(self) -> int:
        return len(self._runs.ends) - 1

    def __getitem__(self, index: int) -> list[int]:
        """Return the indices of the others that share a run with a melody, in order."""
        rows = [self._melodies[run] for run in self._runs[index].tolist()]
        found = np.unique(np.concatenate(rows)).tolist() if rows else []
        return [other for other in found if other != index]

    def __iter__(self) -> Iterator[list[int]]:
        return (self[index] for index in range(len(self)))


def _shared_runs(steps: Sequence[bytes]) -> _Table:
    """Return for each run that several melodies have which melodies these are.

    `steps` are their `intervals`.
    """
    text = np.frombuffer(bytes([BETWEEN_TUNES]).join(steps), np.uint8)
    lengths = np.array([len(one) for one in steps], np.int64)
    starts = np.cumsum(lengths + 1) - lengths - 1
    owners, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for places in _portions(text, starts, lengths):
        order, is_new = _sorted(text, places)
        owner = np.searchsorted(starts, places[order], side="right") - 1
        # A melody that has a run twice counts once.
        is_other = is_new | np.concatenate([[True], np.diff(owner) != 0])
        size = np.bincount(np.cumsum(is_new)[is_other] - 1)
        is_shared = np.repeat(size > 1, size)
        owners.append(owner[is_other][is_shared].astype(np.int32))
        sizes.append(size[size > 1])
    return _Table.of(np.concatenate(owners), np.concatenate(sizes))


def _portions(
    text: NDArray[np.uint8], starts: _Integers, lengths: _Integers
) -> Iterator[_Integers]:
    """Yield the places of all runs, portion by portion: equal runs are in one."""
    counts = np.maximum(lengths - _SIZE + 1, 0)
    count = int(counts.sum())
    if not count:
        return
    # 1 where runs of a melody begin, and -1 where they no longer fit into it.
    edges = np.zeros(len(text) + 1, np.int8)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + counts, -1)
    is_run = np.cumsum(edges, dtype=np.int8)[: len(text) - _SIZE + 1] == 1
    # Of three intervals of each run, as a small number.
    portions = min(1 + count // _AT_ONCE, 251)
    first, middle, last = (text[at : at + len(is_run)] for at in (0, _SIZE // 2, _SIZE - 1))
    portion = (first + 3 * middle + 5 * last) % np.uint8(portions)
    for number in range(portions):
        yield np.flatnonzero(is_run & (portion == number))


def _sorted(text: NDArray[np.uint8], places: _Integers) -> tuple[_Integers, NDArray[np.bool_]]:
    """Sort the runs at `places`; equal ones stay in their order.

    The second array is true for a run that differs from the one before it.
    """
    # Eight intervals make one number.
    keys = []
    for begin in range(0, _SIZE, 8):
        key = np.zeros(len(places), np.uint64)
        for at in range(begin, min(begin + 8, _SIZE)):
            key = key << np.uint64(8) | text[places + at]
        keys.append(key)
    order = np.lexsort(keys)
    is_new = np.ones(len(places), np.bool_)
    is_new[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    return order, is_new
