"""What the tests of training share: a tiny recipe on a short real corpus."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.trainer import Trainer

CPU = torch.device("cpu")


def new_trainer(
    workshop: Path, run: Path, seed: int = 0, settings: Sequence[str] = (), keep_every: int = 0
) -> Trainer:
    recipe = Recipe.load(str(workshop / "tiny.toml"), settings)
    corpus = Corpus.of_path(workshop / "songs (1).txt", 0.05)
    return Trainer(recipe, corpus, run, CPU, seed, keep_every=keep_every)


@pytest.fixture
def trainer(workshop: Path, tmp_path: Path) -> Trainer:
    return new_trainer(workshop, tmp_path / "run")
