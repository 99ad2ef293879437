"""What the tests of the trainer share: a tiny network with recall, trained for real."""

import random
from pathlib import Path

import pytest
import torch

from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.trainer import Trainer

RECIPE = {
    "corpus": {"clean": True, "keys": "canonical", "recall": True},
    "network": {"layers": 1, "hidden": 24, "dropout": 0.0},
    "training": {"batches": "tunes", "streams": 8, "window": 100, "epochs": 2, "average": 0.9},
    "generation": {"prompt": "X:1\nM:"},
}


def returning_tune(seed: int) -> str:
    """Sixteen bars, of which some return and some return with another end."""
    choose = random.Random(seed)

    def group() -> str:
        return "".join(choose.choice("DEFGABcde") for _ in range(4))

    lines = []
    for _ in range(2):
        first, second, third = (f"{group()} {group()}" for _ in range(3))
        varied = f"{second[:4]} {group()}"
        end = f"{group()} d4"
        lines += [f"{first}|{second}|{first}|{third}|", f"{first}|{varied}|{first}|{end}||"]
    music = "\n".join(lines).removesuffix("||")
    return f"X:{seed}\nT:Tune {seed}\nM:4/4\nL:1/8\nK:D\n{music}|]\n"


@pytest.fixture(scope="session")
def recalling(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A trainer with recall, as it is after its last epoch."""
    folder = tmp_path_factory.mktemp("recall")
    book = folder / "mine.abc"
    tunes = map(returning_tune, range(1, 61))
    # And two that are left out
    wrong = returning_tune(61).replace("|", "C|", 2)
    short = "X:62\nT:Tune 62\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|]\n"
    book.write_text("\n".join([*tunes, wrong, short]))
    recipe = Recipe.from_dict(RECIPE)
    corpus = Corpus.of_recipe(recipe.corpus, book)
    trainer = Trainer(recipe, corpus, folder / "run", torch.device("cpu"), seed=0)
    trainer.train()
    return trainer


@pytest.fixture(scope="session")
def recalling_run(recalling: Trainer) -> Path:
    """The folder of its run."""
    return recalling.run
