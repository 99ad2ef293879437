"""The real books for tests: read from the user's cache, never fetched here."""

from pathlib import Path

from abcrun.notation.blocks import blocks
from abctrain.data.corpus import BOOKS, cache_folder, read_text

NAMES = ("irish", "oneill", "ryan", "aird")

HOW_TO_GET = "the books are not in the cache: fetch them with `python -m abctrain books`"


def _cached(name: str) -> Path:
    book = BOOKS[name]
    return cache_folder() / f"{book.package}-{book.version}" / Path(book.member).name


def at_hand(name: str) -> bool:
    """Whether a book is in the cache."""
    return _cached(name).exists()


def book_texts(name: str) -> list[tuple[str, str]]:
    """The tunes of a book that is at hand, complete or not, in order, each with an id
    such as "irish:17"."""
    return [
        (f"{name}:{number}", block.text)
        for number, block in enumerate(blocks(read_text(_cached(name))), start=1)
    ]
