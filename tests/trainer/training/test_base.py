"""Fine-tuning: it begins where a trained network is, and says so."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from abcrun import Model
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import UsageError
from abctrain.data.corpus import Corpus, melody_in
from abctrain.data.text import join_tunes
from abctrain.export.reading import base_of
from abctrain.training import checkpoint as checkpoints
from abctrain.training.base import MELODIES, Base, told
from abctrain.training.checkpoint import BEST, LAST
from abctrain.training.network import CharacterLSTM
from abctrain.training.trainer import Trainer, TrainingError
from tests.conftest import abctrain_here
from tests.trainer.conftest import returning_tune

CPU = torch.device("cpu")


@pytest.fixture
def base(recalling_run: Path) -> Base:
    return base_of(recalling_run)


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
    assert trainer.base["taught"] == {
        "rhythm": {"": len(recalling.corpus.training)},
        "meter": {"4/4": len(recalling.corpus.training)},
        "mode": {"major": len(recalling.corpus.training)},
    }
    assert "no regular tune that says its rhythm, so none can be asked for" in caplog.messages
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


def test_a_fine_tuned_model_offers_what_its_base_knows_and_the_book_lacks(
    base: Base, book: Path
) -> None:
    _, corpus = base.task(book)
    before = Repertoire.from_text(base.repertoire)
    own = Repertoire.from_text(corpus.repertoire)
    assert own.base_plans == before.plans
    assert Counter(plan.rhythm for plan in own.plans) == {"": len(own.plans)}
    # And the next one, from that model on
    next_base = replace(base, repertoire=corpus.repertoire)
    again = Repertoire.from_text(next_base.task(book)[1].repertoire)
    assert again.base_plans == own.offered
    assert Repertoire.from_text(replace(base, repertoire="").task(book)[1].repertoire) == replace(
        own, base_plans=()
    )


def test_a_task_has_the_recipe_of_the_base_with_a_small_book_s_training(
    base: Base, book: Path
) -> None:
    recipe, corpus = base.task(book, ["training.epochs=9", "network.dropout=0.1"])
    assert 25 < corpus.known < 30, "those that the base held out are new to it"
    assert (recipe.corpus, recipe.generation) == (base.recipe.corpus, base.recipe.generation)
    assert recipe.network == replace(base.recipe.network, dropout=0.1)
    assert recipe.training.epochs == 9, "what is set counts"
    assert recipe.training.learning_rate < base.recipe.training.learning_rate
    with pytest.raises(UsageError, match=r"network.hidden is 48; run has 24"):
        base.task(book, ["network.hidden=48"])


# The command


@pytest.mark.long
def test_the_command_fine_tunes_a_model_and_its_export_says_from_which(
    workshop: Path, tiny_path: Path, irish_tunes: list[str]
) -> None:
    (workshop / "more.abc").write_text(join_tunes(irish_tunes[60:100]))
    command = ("train", "--from", tiny_path, "--corpus", "more.abc", "--device", "cpu")
    result = abctrain_here(*command, cwd=workshop)
    assert result.returncode == 0, result.stderr.decode()
    assert b"from songs-1, which has " in result.stderr
    assert b"trained already" in abctrain_here(*command, cwd=workshop).stderr
    assert abctrain_here("export", "--corpus", "more.abc", cwd=workshop).returncode == 0
    exported = workshop / "exported"
    more, songs = (Model.load(exported / name, "cpu") for name in ("more.onnx", tiny_path.name))
    base = more.spec.provenance["base"]
    assert base["name"] == "songs-1"
    assert base["sha256"] == hashlib.sha256(tiny_path.read_bytes()).hexdigest()
    assert base["corpora"] == songs.spec.provenance["corpora"]
    assert more.spec.vocabulary.characters.startswith(songs.spec.vocabulary.characters)
    for run in ("more", "songs-1"):
        for tune in checkpoints.load(workshop / "runs" / run / BEST)["corpus"]["training"]:
            assert more.melodies.has_run(melody_in(tune), 16), "of the book, and of its base"
    card = (exported / "more.md").read_text()
    assert f"Fine-tuned from `songs-1` (sha256 `{base['sha256']}`)" in card
    assert "songs (1).txt" in card
    assert "can be asked for" not in card, "these have no form plans"
    again = base_of(exported / "more.onnx")
    assert [source["name"] for source in again.corpora] == ["songs (1).txt", "more.abc"]
    assert again.corpora == base_of(workshop / "runs" / "more").corpora
    (workshop / "runs" / "more" / MELODIES).unlink()
    result = abctrain_here("export", "--corpus", "more.abc", cwd=workshop)
    assert result.returncode == 1
    assert b"base.melodies: cannot be read" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "tiny.toml"], b"--from needs --corpus"),
        (["--from", "x.onnx", "--corpus", "x.abc", "--recipe", "folk"], b"--recipe does not go"),
        (["--from", "tiny.toml", "--corpus", "songs (1).txt"], b"tiny.toml: no ONNX file"),
        (["--from", "runs/songs-1", "--corpus", "songs (1).txt"], b"is the model itself"),
        (["--from", "runs", "--corpus", "songs (1).txt"], b"runs/best.pt: no such checkpoint"),
    ],
)
def test_what_cannot_be_fine_tuned_is_told_in_one_line(
    workshop: Path, options: list[str], message: bytes
) -> None:
    result = abctrain_here("train", *options, cwd=workshop)
    assert result.returncode in (1, 2)
    assert message in result.stderr
    assert result.stderr.splitlines()[-1].startswith(b"abctrain: ")
    assert b"Traceback" not in result.stderr
