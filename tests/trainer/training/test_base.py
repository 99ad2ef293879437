"""Fine-tuning: it begins where a trained network is, and says so."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from abctrain.data.corpus import Corpus, melody_in
from abctrain.training import checkpoint as checkpoints
from abctrain.training.base import Base, told
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.network import CharacterLSTM
from abctrain.training.trainer import Trainer, TrainingError
from tests.trainer.conftest import returning_tune

CPU = torch.device("cpu")


@pytest.fixture
def base(recalling_run: Path) -> Base:
    return Base.of_run(recalling_run)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Sixty tunes, half of which the base was trained on; one has a new character."""
    path = tmp_path / "new.abc"
    path.write_text(
        "\n".join(map(returning_tune, range(31, 91))).replace("M:4/4\n", "M:4/4\nR:ßlip\n", 1)
    )
    return path


def logits(base: Base, weights: dict[str, torch.Tensor], size: int) -> torch.Tensor:
    network = CharacterLSTM(size, base.recipe.network).eval()
    network.load_state_dict(weights)
    with torch.no_grad():
        found, _ = network(torch.arange(len(base.vocabulary))[None])
    return found[0]


def test_new_characters_leave_the_known_ones_as_they_are(base: Base) -> None:
    vocabulary = base.vocabulary_with("λßX")
    assert vocabulary.characters == base.vocabulary.characters + "ßλ"
    known = len(base.vocabulary)
    before = logits(base, base.weights_for(base.vocabulary), known)
    after = logits(base, base.weights_for(vocabulary), known + 2)
    torch.testing.assert_close(after[:, :known], before)
    new = after.softmax(1)[:, known:]
    assert (new > 0).all(), "they can be learned"
    assert (new <= 1 / known).all(), "and take little before they are"


def test_it_begins_with_the_base_and_tells_what_that_predicts(
    recalling: Trainer, base: Base, book: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    corpus = Corpus.of_recipe(base.recipe.corpus, book, base.known)
    trainer = Trainer(base.recipe, corpus, tmp_path / "run", CPU, seed=1, base=base)
    assert trainer.base is not None
    assert trainer.base["known_tunes"] == sum(
        base.known(melody) for melody in map(melody_in, [*corpus.training])
    )
    own = Trainer(base.recipe, recalling.corpus, tmp_path / "own", CPU, seed=1, base=base)
    assert own.base is not None
    assert own.base["held_out_bits_per_character"] == pytest.approx(
        min(row["held_out_bits_per_character"] for row in recalling.history), rel=1e-5
    )
    with caplog.at_level("INFO"):
        trainer.train()
    assert told(trainer.base) in caplog.text
    for name in (BEST, LAST):
        assert checkpoints.load(trainer.run / name)["base"] == trainer.base
    losses = [row["held_out_bits_per_character"] for row in trainer.history]
    assert losses[-1] < trainer.base["held_out_bits_per_character"], "it goes on learning"


def test_a_run_goes_on_from_its_own_base_alone(base: Base, book: Path, tmp_path: Path) -> None:
    corpus = Corpus.of_recipe(base.recipe.corpus, book, base.known)

    def trainer(base: Base | None) -> Trainer:
        return Trainer(base_recipe, corpus, tmp_path / "run", CPU, seed=1, base=base)

    base_recipe = base.recipe
    trainer(base).train()
    trainer(base).resume()
    for other in (None, replace(base, sha256="0" * 64)):
        with pytest.raises(TrainingError, match="another base"):
            trainer(other).resume()


def test_a_run_knows_what_it_was_trained_on(recalling: Trainer, base: Base) -> None:
    assert base.known is not None
    assert all(base.known(melody_in(tune)) for tune in recalling.corpus.training)
    assert not any(base.known(melody_in(tune)) for tune in recalling.corpus.held_out)
    assert not base.known(melody_in(returning_tune(200)))
