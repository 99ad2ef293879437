"""The index of known melodies that `abcrun.originality` reads."""

import json
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from abcrun.originality import BETWEEN_TUNES, MAGIC, SCHEMA, intervals
from abctrain.data.collection import Collection
from abctrain.data.corpus import melody_in, origin
from abctrain.data.sources import SourceEntry, book_of


def training_index(collection: Collection) -> bytes:
    """Return the index of a collection's training part."""
    learned = [tune for tune in collection.tunes if tune.part == "train"]
    return build(
        [origin(tune.book, tune.number, tune.title) for tune in learned],
        [tune.melody for tune in learned],
        _titles([source.to_dict() for source in collection.sources]),
    )


def index_of_texts(
    origins: Sequence[str], texts: Sequence[str], sources: Sequence[SourceEntry]
) -> bytes:
    """Return the index of the texts of tunes; nothing where none of them has a melody.

    `origins` are theirs, one by one, as `abctrain.data.corpus.origin` writes them.
    """
    melodies = list(map(melody_in, texts))
    if not any(len(one) > 1 for one in melodies):
        return b""
    return build(origins, melodies, _titles(sources))


def build(
    origins: Sequence[str], melodies: Sequence[Sequence[int]], books: Mapping[str, str]
) -> bytes:
    """Return the index of melodies, each with its origin; `books` holds the titles of
    books by name."""
    return _written(
        "\n".join(origins).encode(), bytes([BETWEEN_TUNES]).join(map(intervals, melodies)), books
    )


def joined(one: bytes, other: bytes) -> bytes:
    """Return the index of all that two indices hold; either may be empty."""
    if not (one and other):
        return one or other
    (names, steps, books), (more_names, more_steps, more_books) = map(_parts, (one, other))
    return _written(
        b"\n".join([names, more_names]),
        bytes([BETWEEN_TUNES]).join([steps, more_steps]),
        {**books, **more_books},
    )


def _parts(content: bytes) -> tuple[bytes, bytes, dict[str, str]]:
    """Return what an index is made of: lines of tunes, their intervals, and the titles
    of books."""
    start = content.index(b"\n", len(MAGIC)) + 1
    head = json.loads(content[len(MAGIC) : start])
    names, steps, _ = head["sizes"]
    middle = start + names
    return content[start:middle], content[middle : middle + steps], head["books"]


def _written(names: bytes, steps: bytes, books: Mapping[str, str]) -> bytes:
    order = suffix_array(steps)
    # No search begins between two tunes, so those suffixes are left out.
    starts = order[np.frombuffer(steps, np.uint8)[order] != BETWEEN_TUNES].astype("<u4").tobytes()
    head = {"schema": SCHEMA, "books": books, "sizes": [len(names), len(steps), len(starts)]}
    content: bytes = MAGIC + json.dumps(head).encode() + b"\n" + names + steps + starts
    return content + zlib.crc32(content).to_bytes(4, "little")


def _titles(sources: Sequence[SourceEntry]) -> dict[str, str]:
    return {book_of(source): str(source["title"]) for source in sources}


def suffix_array(text: bytes) -> NDArray[np.int64]:
    """Return the starts of all suffixes of `text`, int64, in the order of the suffixes.

    They are sorted by prefix doubling (Manber and Myers 1990).
    """
    size = len(text)
    rank = np.unique(np.frombuffer(text, np.uint8), return_inverse=True)[1].astype(np.int64)
    order = np.argsort(rank, kind="stable")
    width = 1  # `order` and `rank` compare this many characters of each suffix
    while size and rank[order[-1]] < size - 1:  # until all ranks differ
        # The rank of the suffix `width` further on. 0 for none: a shorter one is less.
        behind = np.zeros(size, np.int64)
        behind[:-width] = rank[width:] + 1
        keys = rank * (size + 1) + behind
        order = np.argsort(keys, kind="stable")
        rank[order] = np.concatenate([[0], np.diff(keys[order]) != 0]).cumsum()
        width *= 2
    return order
