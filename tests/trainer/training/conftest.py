"""What the tests of training share: a tiny recipe on a short real corpus."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.trainer import Trainer

CPU = torch.device("cpu")


def new_trainer(workshop: Path, run: Path, seed: int = 0, settings: Sequence[str] = ()) -> Trainer:
    recipe = Recipe.load(str(workshop / "tiny.toml"), settings)
    return Trainer(recipe, Corpus.of_path(workshop / "songs (1).txt", 0.05), run, CPU, seed)


@pytest.fixture
def trainer(workshop: Path, tmp_path: Path) -> Trainer:
    return new_trainer(workshop, tmp_path / "run")
