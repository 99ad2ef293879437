"""The index of known melodies that `abcrun.originality` reads."""

import json
import zlib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from abcrun.originality import BETWEEN_TUNES, MAGIC, SCHEMA, intervals
from abctrain.data.collection import CleanTune, Collection


def training_index(collection: Collection) -> bytes:
    """Return the index of a collection's training part."""
    titles = {
        book: source.title
        for book, source in zip(collection.books, collection.sources, strict=True)
    }
    return build([tune for tune in collection.tunes if tune.part == "train"], titles)


def build(tunes: Iterable[CleanTune], books: Mapping[str, str]) -> bytes:
    """Return the index of `tunes`; `books` holds the titles of books by name."""
    tunes = list(tunes)
    names = "\n".join(
        f"{_line(tune.book)}\t{tune.number}\t{_line(tune.title)}" for tune in tunes
    ).encode()
    steps = bytes([BETWEEN_TUNES]).join(intervals(tune.melody) for tune in tunes)
    order = suffix_array(steps)
    # No search begins between two tunes, so those suffixes are left out.
    starts = order[np.frombuffer(steps, np.uint8)[order] != BETWEEN_TUNES].astype("<u4").tobytes()
    head = {"schema": SCHEMA, "books": books, "sizes": [len(names), len(steps), len(starts)]}
    content: bytes = MAGIC + json.dumps(head).encode() + b"\n" + names + steps + starts
    return content + zlib.crc32(content).to_bytes(4, "little")


def _line(text: str) -> str:
    return " ".join(text.split())


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
