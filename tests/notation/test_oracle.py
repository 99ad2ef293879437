"""Our reader beside abc2midi: `tests.abc2midi` says what is compared, and
`python -m tests.bench.agreement` compares all."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import books
from tests.abc2midi import compare
from tests.notation.made_tunes import FEATURES, made_tunes

pytestmark = pytest.mark.skipif(
    shutil.which("abc2midi") is None, reason="abc2midi is not installed (apt install abcmidi)"
)


def verdicts(tunes: Iterable[tuple[str, str]]) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        return Counter(compare(tune_id, text, Path(folder)).verdict for tune_id, text in tunes)


@pytest.mark.parametrize("name", books.NAMES)
def test_a_sample_of_each_book_sounds_as_abc2midi_plays_it(name: str) -> None:
    if not books.at_hand(name):
        pytest.skip(books.HOW_TO_GET)
    tunes = books.book_texts(name)
    found = verdicts(tunes[:: len(tunes) // 100])
    read = found.total() - found["error"]
    assert read >= 50
    assert found["agrees"] >= 0.88 * read
    assert found["differs"] + found["unread"] <= 0.01 * read


def test_tunes_over_every_construct_sound_as_abc2midi_plays_them() -> None:
    made = list(made_tunes(250, seed=1_000))
    assert {feature for tune in made for feature in tune.features} == set(FEATURES)
    found = verdicts((str(tune.seed), tune.text) for tune in made)
    assert found["error"] <= 10
    assert found["agrees"] >= 0.8 * found.total()
    assert found["differs"] + found["unread"] == 0
