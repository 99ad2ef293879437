"""What the tests of data share: the four books, cleaned, and tunes drawn at random."""

import pickle
import random
from pathlib import Path

import pytest

from abctrain.data.collection import KNOWN_BOOKS, Collection
from tests import books
from tests.once import built_once

NOTES = "CDEFGABcdefgab"


@pytest.fixture(scope="session")
def folk(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The four books, cleaned once for all tests."""
    if not all(books.at_hand(name) for name in KNOWN_BOOKS):
        pytest.skip(books.HOW_TO_GET)

    def clean(folder: Path) -> None:
        (folder / "folk").write_bytes(pickle.dumps(Collection.of_sources(KNOWN_BOOKS)))

    folder = built_once(tmp_path_factory, "folk", clean)
    found: Collection = pickle.loads((folder / "folk").read_bytes())
    return found


def random_tune(seed: int, title: str = "", shift: int = 0) -> str:
    """Sixteen bars in C that no other seed has; `shift` moves all notes by steps."""
    choose = random.Random(seed)
    bars = ["".join(NOTES[choose.randrange(7) + shift] for _ in range(8)) for _ in range(16)]
    return f"X:{seed}\nT:{title or f'Tune {seed}'}\nM:4/4\nL:1/8\nK:C\n{'|'.join(bars)}|]\n"


def random_book(count: int) -> str:
    return "\n".join(random_tune(seed) for seed in range(1, count + 1))
