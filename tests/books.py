"""The real books for tests: read from the user's cache, never fetched here."""

from abcrun.notation.blocks import blocks
from abctrain.data.books import BOOKS, cached_path
from abctrain.data.sources import read_text

NAMES = ("irish", "oneill", "ryan", "aird")

HOW_TO_GET = "the books are not in the cache: fetch them with `python -m abctrain books`"


def at_hand(name: str) -> bool:
    """Whether a book is in the cache."""
    return cached_path(BOOKS[name]).exists()


def book_texts(name: str) -> list[tuple[str, str]]:
    """The tunes of a book that is at hand, complete or not, in order, each with an id
    such as "irish:17"."""
    return [
        (f"{name}:{number}", block.text)
        for number, block in enumerate(blocks(read_text(cached_path(BOOKS[name]))), start=1)
    ]
