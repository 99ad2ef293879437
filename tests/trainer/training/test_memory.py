"""What a corpus takes of the memory grows with its text, and by little."""

import tracemalloc
from pathlib import Path

import numpy as np

from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.corpus import Corpus
from abctrain.recipe import CorpusRecipe
from abctrain.training.batches import EncodedTunes, Streams
from abctrain.training.encoding import Encoder


def peak(path: Path, tunes: int) -> int:
    """Return the bytes that the tunes of a book take at most, up to the first batch."""
    path.write_text(
        "\n".join(
            f"X:{number}\nT:Tune {number}\nK:D\n{'DEFG ABcd|' * 30}\n" for number in range(tunes)
        )
    )
    tracemalloc.start()
    corpus = Corpus.of_recipe(CorpusRecipe(), path)
    encode = Encoder(Vocabulary.of(corpus.characters))
    text = EncodedTunes.of(map(encode, corpus.training), "cpu")
    streams = Streams.cut(text, np.random.default_rng(0).permutation(len(text)), 16, 100)
    next(streams.windows())
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_a_corpus_takes_a_few_bytes_for_each_character(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    peak(path, 100)  # what is loaded once
    small = peak(path, 1_000)
    size = path.stat().st_size
    large = peak(path, 3_000)
    growth = (large - small) / (path.stat().st_size - size)
    # Bytes, text and tunes at once while it is read; the tunes and their tokens behind.
    assert growth < 5
