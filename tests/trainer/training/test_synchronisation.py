"""A step and its window wait for nothing: a GPU is given work ahead, and would be idle
whenever a number is fetched from it.

They run on PyTorch's device "meta", whose tensors have no values: what fetches one
raises an error there, and copies between devices are counted.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.learner import Learner
from abctrain.training.trainer import Trainer
from tests.trainer.conftest import returning_tune

META = torch.device("meta")


class Copies(TorchDispatchMode):
    """Counts copies from one device to another, and operators that have tensors of
    both."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self,
        operator: Any,
        types: Iterable[type],
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        result = operator(*arguments, **(named or {}))
        parts = tree_leaves((arguments, named, result))
        devices = {part.device for part in parts if isinstance(part, Tensor)}
        self.count += len(devices) > 1
        return result


def recipe_of(batches: str) -> Recipe:
    """With all that a step can have: average, dropout, questions, signs of recall."""
    return Recipe.from_dict(
        {
            "corpus": {"clean": True, "keys": "canonical", "recall": batches == "tunes"},
            "network": {"layers": 2, "hidden": 24, "dropout": 0.3, "output_dropout": 0.1},
            "training": {
                "batches": batches,
                "streams": 4,
                "window": 30,
                "average": 0.9,
                "places": 0.2,
                "warm_up": 0.1,
                "decay": "cosine",
                "precision": "float32",
            },
        }
    )


BOTH_KINDS = pytest.mark.parametrize("trainer", ["streams", "tunes"], indirect=True)
ONE_KIND = pytest.mark.parametrize("trainer", ["streams"], indirect=True)


@pytest.fixture
def trainer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Trainer:
    """A trainer on the device without values, whose loss is scaled as on CUDA."""
    # PyTorch has the fused optimiser there, and does not say so.
    monkeypatch.setattr(
        sys.modules[torch.optim.Optimizer.__module__],
        "_get_fused_kernels_supported_devices",
        lambda: ["meta"],
    )
    book = tmp_path / "mine.abc"
    book.write_text("\n".join(map(returning_tune, range(1, 31))))
    recipe = recipe_of(request.param)
    trainer = Trainer(recipe, Corpus.of_recipe(recipe.corpus, book), tmp_path, META, seed=0)
    trainer.learner.scaler = torch.amp.GradScaler("meta")
    return trainer


def train_some(trainer: Trainer) -> int:
    """Train some windows; return how many tensors went from one device to another."""
    with Copies() as copies:
        windows = trainer.batches.windows()
        for _ in range(2):
            trainer.step(next(windows))
    assert trainer.progress.counted > 0
    return copies.count


@BOTH_KINDS
def test_a_step_and_its_window_wait_for_nothing(trainer: Trainer) -> None:
    assert train_some(trainer) == 0
    assert all(part.grad is not None for part in trainer.network.parameters())


@BOTH_KINDS
def test_an_epoch_goes_to_the_device_in_one_copy(trainer: Trainer) -> None:
    with Copies() as copies:
        trainer.begin_epoch()
    assert copies.count == 1


@ONE_KIND
@pytest.mark.parametrize("fetch", [float, Tensor.item, Tensor.tolist, Tensor.cpu, bool])
def test_a_step_that_fetches_something_would_be_found(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, fetch: Any
) -> None:
    step = Learner.step

    def fetching(learner: Learner, *arguments: Any) -> Any:
        done = step(learner, *arguments)
        fetch(done.loss)
        return done

    monkeypatch.setattr(Learner, "step", fetching)
    with pytest.raises((RuntimeError, NotImplementedError), match="meta tensor"):
        train_some(trainer)


@ONE_KIND
def test_a_step_that_copies_a_counter_to_the_device_would_be_found(trainer: Trainer) -> None:
    average = AveragedModel(trainer.network, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    with Copies() as copies:
        for _ in range(2):
            average.update_parameters(trainer.network)
    assert copies.count > 0
