"""The known melodies, and how much of another melody stands in them, in any key and any
note values.

The known melodies are one string of intervals with its suffix array (Manber and Myers
1990): all places where it can be read from, in lexicographic order. Two bisections find
every place of a run, exactly and whatever its length.
"""

import itertools
import json
import os
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from abcrun.errors import ModelError
from abcrun.files import default_index_path

COPY = 16
"""Notes in the shortest shared run that counts as copied.

Real tunes of different origin mostly share 12 to 15 notes somewhere: scales, arpeggios,
common turns. The trainer takes two tunes that share this many for related.
"""

MAGIC = b"abcrun melodies\0\n"  # the zero byte tells git that this is no text
SCHEMA = 1
BETWEEN_TUNES = 128
"""The byte between two tunes, -128 semitones: no two MIDI notes are so far apart."""

_FACTOR, _SHIFT = 0x9E3779B1, 10  # of hashes: 4 million for 400,000 notes

_MAKE = "make one with `python -m abctrain index`"


@dataclass(frozen=True, slots=True)
class Originality:
    """What a melody shares with the known tunes.

    `longest_run` is the greatest number of notes in a row that stand in one of them;
    `start` is the first of these notes, counted from 0 in the melody. `copied_share` is
    the share of notes, 0 to 1, that lie in shared runs of at least `COPY` notes.
    `title`, `book` and `number` (from 1) name the nearest tune: the first one that has
    the longest run. Without any shared interval they are empty, and all numbers 0.
    """

    longest_run: int
    start: int
    copied_share: float
    title: str
    book: str
    number: int


def intervals(melody: Sequence[int]) -> bytes:
    """Return the semitones from each onset to the next, modulo 256, a byte each."""
    # The modulus makes a byte of a falling interval; BETWEEN_TUNES stays free.
    return bytes((after - before) % 256 for before, after in itertools.pairwise(melody))


class MelodyIndex:
    """Known melodies in which runs of notes are looked up.

    An index does not change, and threads may share it. `books` holds the titles of the
    books by their names.
    """

    def __init__(
        self, books: Mapping[str, str], tunes: Sequence[str], steps: bytes, order: Sequence[int]
    ) -> None:
        """Make an index of the parts that a file holds.

        `tunes` are lines with book, number and title, parted by tabs. `steps` are the
        `intervals` of the tunes, with `BETWEEN_TUNES` between two. `order` holds the
        places in `steps`, without those between tunes, sorted by what stands from there
        on.
        """
        self.books = books
        self._tunes = tunes
        self._steps = steps
        self._order = order
        # By number of intervals: for each hash, 1 if a run with it is known.
        self._filters: dict[int, bytes] = {}

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> Self:
        """Read an index; without a path, the one that comes with abcrun.

        `ModelError` where it cannot be used.
        """
        file = default_index_path() if path is None else Path(path)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ModelError(
                f"{file}: cannot be read ({error.strerror or error}); {_MAKE}"
            ) from None
        return cls.from_bytes(content, str(file))

    @classmethod
    def from_bytes(cls, content: bytes, source: str) -> Self:
        """Read the content of an index file. `ModelError`, naming `source`, where it is
        damaged or no index.

        It is `MAGIC`, a line of JSON (schema, titles of the books by name, sizes of the
        three parts in bytes), the three parts (lines of tunes in UTF-8, intervals,
        their suffix array as uint32), and the CRC-32 of all that. Numbers are little
        endian.
        """
        if not content.startswith(MAGIC):
            raise ModelError(f"{source}: no index of melodies; {_MAKE}")
        if zlib.crc32(memoryview(content)[:-4]) != int.from_bytes(content[-4:], "little"):
            raise ModelError(
                f"{source}: damaged or cut off (its checksum differs); get it again, or {_MAKE}"
            )
        # Whoever makes a file can make its checksum right.
        try:
            start = content.index(b"\n", len(MAGIC)) + 1
            head = json.loads(content[len(MAGIC) : start])
            if (schema := head.get("schema")) != SCHEMA:
                raise ModelError(
                    f"{source}: its schema is {schema!r}, this abcrun reads {SCHEMA}; "
                    f"update abcrun, or {_MAKE}"
                )
            _, tunes, steps, end = itertools.accumulate(head["sizes"], initial=start)
            # A view copies nothing: the suffix array is most of the file.
            order: Sequence[int] = memoryview(content)[steps:end].cast("I")
            lines = content[start:tunes].decode().splitlines()
            _check_parts(head["books"], lines, content[tunes:steps])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ModelError(f"{source}: no index of melodies; {_MAKE}") from None
        if sys.byteorder == "big":
            order = array("I", order)
            order.byteswap()
        return cls(head["books"], lines, content[tunes:steps], order)

    def __len__(self) -> int:
        """Return how many tunes it knows."""
        return len(self._tunes)

    def compare(self, melody: Sequence[int]) -> Originality:
        """Compare a melody (MIDI note numbers of its onsets) with the known ones."""
        steps = intervals(melody)
        lengths = [self._shared(steps[start:]) for start in range(len(steps))]
        longest = max(lengths, default=0)
        if not longest:
            return Originality(0, 0, 0.0, "", "", 0)
        # Runs overlap: `reached` is the first note behind those counted so far.
        copied = reached = 0
        for start, length in enumerate(lengths):
            if length + 1 >= COPY and start + length + 1 > reached:
                copied += start + length + 1 - max(start, reached)
                reached = start + length + 1
        start = lengths.index(longest)
        book, number, title = self._tune_with(steps[start : start + longest])
        return Originality(longest + 1, start, copied / len(melody), title, book, number)

    def longest_run(self, melody: Sequence[int], since: int = 0) -> int:
        """Count the notes of the longest shared run that ends at note `since` (counted
        from 0) or behind it; 0 without one.

        This is for a melody that grows: with `since` the first new note, it takes the
        time of the new notes, not of all.
        """
        steps = intervals(melody)
        longest = 0
        # Of two runs the one that starts first ends first: the first start that does
        # not reach `since` ends the search.
        for start in range(min(since, len(steps)) - 1, -1, -1):
            length = self._shared(steps[start:])
            if start + length < since:
                break
            longest = max(longest, length)
        for start in range(max(since, 0), len(steps)):
            longest = max(longest, self._shared(steps[start:]))
        return longest + 1 if longest else 0

    def has_run(self, melody: Sequence[int], length: int, since: int = 0) -> bool:
        """Return whether a shared run of `length` notes (2 or more) ends at note
        `since` or behind it.

        This is `longest_run(melody, since) >= length` in a third of the time, for a
        check at every bar.
        """
        size = length - 1
        may_be = self._filters.get(size)
        if may_be is None:
            may_be = self._filters[size] = _filter(self._steps, size)
        steps = intervals(melody)
        first = max(since, size)
        found = _hash(steps[first - size : first])
        oldest = pow(_FACTOR, size - 1, 1 << 32)  # what a window's first step counts
        for end in range(first, len(steps) + 1):
            # The filter knows nearly all runs that are not there, without a bisection.
            if may_be[found >> _SHIFT] and self._shared(steps[end - size : end]) == size:
                return True
            # A rolling hash (Karp and Rabin 1987): one step goes, the next one comes.
            if end < len(steps):
                found -= steps[end - size] * oldest
                found = (found * _FACTOR + steps[end]) & 0xFFFFFFFF
        return False

    def _shared(self, wanted: bytes) -> int:
        """Count the first intervals of `wanted` that a known tune has in a row."""
        steps, order, size = self._steps, self._order, len(wanted)
        place = bisect_left(order, wanted, key=lambda at: steps[at : at + size])
        # In sorted order one of the two neighbours has the longest common prefix.
        return max(
            (_common(steps[at : at + size], wanted) for at in order[max(place - 1, 0) : place + 1]),
            default=0,
        )

    def _tune_with(self, run: bytes) -> tuple[str, int, str]:
        """Return book, number and title of the first tune with these intervals.

        There is one.
        """
        steps, order, size = self._steps, self._order, len(run)
        first = bisect_left(order, run, key=lambda at: steps[at : at + size])
        last = bisect_right(order, run, lo=first, key=lambda at: steps[at : at + size])
        if first == last:
            raise ModelError(f"the index of melodies is not in order; {_MAKE}")
        tune = steps.count(BETWEEN_TUNES, 0, min(order[first:last]))
        book, number, title = self._tunes[tune].split("\t", 2)
        return book, int(number), title


def _check_parts(books: Mapping[str, str], tunes: Sequence[str], steps: bytes) -> None:
    """Raise a `ValueError` where a tune has no book, number and title, and where there
    are not as many tunes as melodies."""
    if not all(isinstance(title, str) for title in books.values()):
        raise ValueError("a book without a title")
    for line in tunes:
        book, number, _ = line.split("\t", 2)
        if book not in books or not number.isdecimal():
            raise ValueError("a tune of no book")
    if steps.count(BETWEEN_TUNES) + 1 != max(len(tunes), 1):
        raise ValueError("other melodies than tunes")


def _hash(run: bytes) -> int:
    """Return a hash of a run, as `_filter` counts it in uint32."""
    found = 0
    for step in run:
        found = (found * _FACTOR + step) & 0xFFFFFFFF
    return found


def _filter(steps: bytes, size: int) -> bytes:
    """Return a byte for the upper bits of each `_hash`: 1 where `size` steps in a row
    have them."""
    import numpy as np  # start-up time: `check --originality` of one tune needs none

    values = np.frombuffer(steps, np.uint8).astype(np.uint32)
    count = max(len(values) - size + 1, 0)
    found = np.zeros(count, np.uint32)
    for place in range(size):
        found = found * np.uint32(_FACTOR) + values[place : place + count]
    there = np.zeros(1 << (32 - _SHIFT), np.uint8)
    there[found >> _SHIFT] = 1
    return there.tobytes()


def _common(one: bytes, other: bytes) -> int:
    """Return the length of the longest common prefix."""
    for length, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return length
    return min(len(one), len(other))


@lru_cache(maxsize=1)
def default_index() -> MelodyIndex:
    """Read the index that comes with abcrun, once. Errors are those of
    `MelodyIndex.load`."""
    return MelodyIndex.load()
