"""A model that knows its book by heart, on purpose: guidance keeps its tunes off the
book all the same."""

import pytest
import torch

from abcrun import Generated, GuideLevel, Model, Sampling
from abcrun.composition.levels import MAX_COPIED
from abctrain.data.corpus import Corpus, melody_in
from abctrain.data.related import runs
from abctrain.data.text import join_tunes
from abctrain.export.export import export
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.trainer import Trainer

pytestmark = pytest.mark.long

RECIPE = {
    "corpus": {"clean": True, "keys": "canonical", "recall": True},
    "network": {"layers": 1, "hidden": 96, "dropout": 0.0},
    "training": {
        "batches": "tunes",
        "streams": 4,
        "window": 200,
        "epochs": 60,
        "learning_rate": 0.005,
        "precision": "float32",
    },
    "generation": {"prompt": "X:1\nM:"},
}


@pytest.fixture(scope="module")
def parrot(irish_tunes: list[str], tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model of twenty real tunes, as it is after its last epoch, not its best one."""
    folder = tmp_path_factory.mktemp("overfitted")
    (folder / "mine.abc").write_text(join_tunes(irish_tunes[:20]), encoding="utf-8")
    recipe = Recipe.from_dict(RECIPE)
    corpus = Corpus.of_recipe(recipe.corpus, folder / "mine.abc")
    Trainer(recipe, corpus, folder / "run", torch.device("cpu"), seed=0).train()
    checkpoints.save(checkpoints.load(folder / "run" / LAST), folder / "run" / BEST)
    export(folder / "run", folder / "mine.onnx")
    return Model.load(folder / "mine.onnx", "cpu", threads=1)


@pytest.fixture(scope="module")
def book_runs(irish_tunes: list[str]) -> set[bytes]:
    """All stretches of 16 notes of the book itself, whatever the model's index says."""
    return set().union(*(runs(melody_in(tune)) for tune in irish_tunes[:20]))


def composed(model: Model, guide: GuideLevel) -> list[tuple[int, ...]]:
    """The melodies of 200 tunes at a temperature that brings out what is known by
    heart."""
    tunes: list[Generated] = list(
        model.generate(200, seed=1, guide=guide, sampling=Sampling(temperature=0.3))
    )
    melodies = [melody_in(tune.text) for tune in tunes]
    assert guide == "off" or all(len(melody) > 20 for melody in melodies)
    return melodies


def test_without_guidance_it_writes_out_its_book(parrot: Model, book_runs: set[bytes]) -> None:
    melodies = composed(parrot, "off")
    assert sum(bool(runs(melody) & book_runs) for melody in melodies) >= 3
    longest = [parrot.melodies.compare(melody).longest_run for melody in melodies]
    assert sum(run > MAX_COPIED for run in longest) >= 3


@pytest.mark.parametrize("guide", ["bars", "full"])
def test_no_guided_tune_passes_15_notes_in_a_row_of_its_book(
    parrot: Model, guide: GuideLevel, book_runs: set[bytes]
) -> None:
    assert parrot.melodies.books == {"mine": "mine.abc"}
    melodies = composed(parrot, guide)
    assert not any(runs(melody) & book_runs for melody in melodies), "16 in a row"
    longest = [parrot.melodies.compare(melody).longest_run for melody in melodies]
    assert max(longest) <= 15 == MAX_COPIED
