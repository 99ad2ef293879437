"""What `test_distributed` has torchrun start: some steps in several processes."""

import sys
from pathlib import Path

import torch

from abcrun.errors import AbcrunError, CorpusError
from abctrain.data.corpus import Corpus
from abctrain.recipe import Recipe
from abctrain.training.processes import Processes
from abctrain.training.rank import Rank
from abctrain.training.trainer import Trainer

CPU = torch.device("cpu")


def trainer_of(batches: str, book: Path, processes: Processes | None = None) -> Trainer:
    """A training without dropout, with an average of the weights and with places."""
    recipe = Recipe.from_dict(
        {
            "corpus": {"clean": True, "keys": "canonical", "recall": batches == "tunes"},
            "network": {"layers": 2, "hidden": 24, "dropout": 0.0},
            "training": {
                "batches": batches,
                "streams": 15,
                "window": 100,
                "average": 0.9,
                "places": 0.2,
                "epochs": 9,
                "precision": "float32",
                "clip_norm": 0.1,
            },
        }
    )
    corpus = Corpus.of_recipe(recipe.corpus, book)
    return Trainer(recipe, corpus, book.parent, CPU, seed=1, processes=processes)


def twenty_steps(trainer: Trainer) -> dict[str, torch.Tensor]:
    """The network and its average behind twenty steps, with the mean loss and the
    largest norm of the gradients, to which Adam is all but blind."""
    windows = [window for _ in range(20) for window in trainer.batches.windows()][:20]
    for window in windows:
        trainer.step(window)
    loss = sum(trainer.processes.gathered(trainer.progress.loss_sum))
    named = {"network": trainer.network, "average": trainer.evaluated()}
    weights = {
        f"{name}.{part}": tensor
        for name, module in named.items()
        for part, tensor in module.state_dict().items()
    }
    norm = trainer.progress.norm_max
    return {**weights, "loss": loss / trainer.progress.counted, "norm": norm}


def failure_of(processes: Processes) -> str:
    """What this process is told when the second one cannot go on."""
    try:
        with processes.together():
            if not processes.is_first:
                raise CorpusError("the second process has no tunes")
    except AbcrunError as error:
        return type(error).__name__
    return "nothing"


def main(book: Path, out: Path) -> None:
    with Processes.joined(Rank.here(), CPU) as processes:
        for batches in ("streams", "tunes"):
            behind = twenty_steps(trainer_of(batches, book, processes))
            if processes.is_first:
                torch.save(behind, out / f"{batches}.pt")
        failures = processes.gathered(failure_of(processes))
        if processes.is_first:
            (out / "failures").write_text(" ".join(failures))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
