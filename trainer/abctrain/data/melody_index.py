"""The index of known melodies that comes with the model; `abcrun.originality` reads it."""

import json
import zlib
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from abcrun.originality import BETWEEN_TUNES, MAGIC, SCHEMA, intervals
from abctrain.data.collection import CleanTune, Collection


def training_index(collection: Collection) -> bytes:
    """The index of a collection's training part."""
    books = {str(source["name"]): str(source["title"]) for source in collection.sources}
    return build([tune for tune in collection.tunes if tune.part == "train"], books)


def build(tunes: Iterable[CleanTune], books: Mapping[str, str]) -> bytes:
    """The index of `tunes`, as `abcrun.originality.MelodyIndex` reads it; `books` are
    titles of books by name."""
    tunes = list(tunes)
    names = "\n".join(
        f"{_line(tune.book)}\t{tune.number}\t{_line(tune.title)}" for tune in tunes
    ).encode()
    steps = bytes([BETWEEN_TUNES]).join(intervals(tune.melody) for tune in tunes)
    order = suffix_array(steps)
    places = order[np.frombuffer(steps, np.uint8)[order] != BETWEEN_TUNES].astype("<u4").tobytes()
    head = {"schema": SCHEMA, "books": books, "sizes": [len(names), len(steps), len(places)]}
    content: bytes = MAGIC + json.dumps(head).encode() + b"\n" + names + steps + places
    return content + zlib.crc32(content).to_bytes(4, "little")


def _line(text: str) -> str:
    return " ".join(text.split())


def suffix_array(text: bytes) -> NDArray[np.int64]:
    """The places in `text` sorted by what stands from there on, by prefix doubling
    (Manber and Myers 1990)."""
    size = len(text)
    rank = np.unique(np.frombuffer(text, np.uint8), return_inverse=True)[1].astype(np.int64)
    order = np.argsort(rank, kind="stable")
    width = 1  # as far as `order` and `rank` look
    while size and rank[order[-1]] < size - 1:  # until all ranks differ
        behind = np.zeros(
            size, np.int64
        )  # the rank of what stands `width` further on; 0 for nothing
        behind[:-width] = rank[width:] + 1
        keys = rank * (size + 1) + behind
        order = np.argsort(keys, kind="stable")
        rank[order] = np.concatenate([[0], np.diff(keys[order]) != 0]).cumsum()
        width *= 2
    return order
