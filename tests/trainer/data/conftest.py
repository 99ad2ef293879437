"""What the tests of data share: the four books, cleaned, and tunes drawn at random."""

import random

import pytest

from abctrain.data.collection import KNOWN_BOOKS, Collection
from tests import books

NOTES = "CDEFGABcdefgab"


@pytest.fixture(scope="session")
def folk() -> Collection:
    """The four books, cleaned once for all tests."""
    if not all(books.at_hand(name) for name in KNOWN_BOOKS):
        pytest.skip(books.HOW_TO_GET)
    return Collection.of_sources(KNOWN_BOOKS)


def random_tune(seed: int, title: str = "", shift: int = 0) -> str:
    """Sixteen bars in C that no other seed has; `shift` moves all notes by steps."""
    choose = random.Random(seed)
    bars = ["".join(NOTES[choose.randrange(7) + shift] for _ in range(8)) for _ in range(16)]
    return f"X:{seed}\nT:{title or f'Tune {seed}'}\nM:4/4\nL:1/8\nK:C\n{'|'.join(bars)}|]\n"


def random_book(count: int) -> str:
    return "\n".join(random_tune(seed) for seed in range(1, count + 1))
