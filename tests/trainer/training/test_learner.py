"""A step: to the bit, what PyTorch's own parts do one after the other."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.batches import IGNORED
from abctrain.training.network import CharacterLSTM
from abctrain.training.positions import PositionReader
from abctrain.training.trainer import Trainer
from tests.trainer.conftest import returning_tune
from tests.trainer.training.conftest import CPU

NETWORK = {"layers": 2, "hidden": 24, "dropout": 0.3, "output_dropout": 0.1}
TRAINING = {"streams": 4, "window": 100, "epochs": 1, "average": 0.9, "precision": "float32"}
CORPORA = {
    "streams": {"clean": True, "keys": "canonical"},
    "tunes": {"clean": True, "keys": "canonical", "recall": True},
}


def recipe_of(batches: str, **training: object) -> Recipe:
    """A tiny recipe with dropout, with an average of the weights, asked for places."""
    return Recipe.from_dict(
        {
            "corpus": CORPORA[batches],
            "network": NETWORK,
            "training": {**TRAINING, "places": 0.2, "batches": batches, **training},
        }
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "mine.abc"
    path.write_text("\n".join(map(returning_tune, range(1, 31))))
    return path


def by_hand(recipe: Recipe, trainer: Trainer, steps: int) -> tuple[nn.Module, nn.Module]:
    """Train as the manuals say: means, one window after another.

    Returns the network and its average.
    """
    training = recipe.training
    torch.manual_seed(trainer.seed)
    network = CharacterLSTM(len(trainer.vocabulary), recipe.network)
    reader = PositionReader(recipe.network.hidden)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(training.average))
    parameters = [*network.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(
        parameters, training.learning_rate, weight_decay=training.weight_decay, fused=True
    )
    mean = nn.CrossEntropyLoss(ignore_index=IGNORED)
    state = None
    windows = list(trainer.batches.windows())
    for number, window in enumerate(windows[:steps]):
        output, behind = network.last_layer(window.inputs, state)
        loss = mean(network.logits(output).flatten(0, 1), window.targets.flatten())
        asked = reader.linear(output).split([97, 97, 33], dim=2)
        questions = [
            mean(one.flatten(0, 1), window.positions[:, :, column].flatten())
            for column, one in enumerate(asked)
        ]
        done = number / len(windows) / training.epochs
        optimiser.zero_grad()
        (loss + training.places * done * torch.stack(questions).sum()).backward()
        nn.utils.clip_grad_norm_(parameters, training.clip_norm)
        optimiser.step()
        average.update_parameters(network)
        if trainer.batches.carries_state:
            state = tuple(part.detach() for part in behind)
    return network, average.module


@pytest.mark.parametrize("batches", ["streams", "tunes"])
def test_weights_are_to_the_bit_those_of_mean_losses_step_by_step(batches: str, book: Path) -> None:
    recipe = recipe_of(batches)
    corpus = Corpus.of_recipe(recipe.corpus, book)
    trainer = Trainer(recipe, corpus, book.parent, CPU, seed=1)
    expected = by_hand(recipe, trainer, steps=12)
    trainer = Trainer(recipe, corpus, book.parent, CPU, seed=1)
    for window in list(trainer.batches.windows())[:12]:
        trainer.step(window)
    for ours, theirs in zip((trainer.network, trainer.evaluated()), expected, strict=True):
        ours_by_name, by_name = ours.state_dict(), theirs.state_dict()
        assert all(torch.equal(ours_by_name[name], by_name[name]) for name in by_name)
    assert not torch.equal(trainer.network.linear.weight, trainer.evaluated().linear.weight)
