"""A model with recall: what its file says of itself, and that its figures are those of
the network."""

import re
from pathlib import Path

import pytest

from abcrun import Model
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.signs import SIGNS, is_sign
from abcrun.composition.sketch import NOTE_CHARACTERS
from abctrain.export.check import bits_of_file
from abctrain.export.export import Exported, Trained, export
from abctrain.training.encoding import Encoder
from abctrain.training.evaluation import HeldOut, bits


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported") / "mine.onnx"


@pytest.fixture(scope="module")
def exported(path: Path, recalling_run: Path) -> Exported:
    return export(recalling_run, path)


@pytest.fixture
def model(path: Path, exported: Exported) -> Model:
    return Model.load(path, "cpu", "float32", threads=1)


def test_the_file_says_that_its_text_has_signs(model: Model) -> None:
    assert model.spec.recall
    assert {*SIGNS, *NOTE_CHARACTERS} <= {*model.spec.vocabulary.characters}
    assert model.spec.provenance["recipe"]["corpus"]["recall"] is True
    plans = Repertoire.from_text(model.spec.repertoire).plans
    assert len(plans) > 30
    assert {plan.letters for plan in plans} == {"AB"}


def test_bits_of_the_file_are_those_of_the_network(
    path: Path, exported: Exported, recalling_run: Path
) -> None:
    trained = Trained.load(recalling_run)
    trained.round_to_half()
    tunes = trained.checkpoint["corpus"]["held_out"]
    held_out = HeldOut.of(tunes, Encoder(trained.vocabulary, recall=True), "cpu")
    expected = bits(held_out.cross_entropy(trained.network))
    assert exported.metrics.held_out_bits_per_character == pytest.approx(expected, abs=1e-5)
    assert bits_of_file(path, tunes, "float32") == pytest.approx(expected, abs=1e-4)


def test_the_card_tells_of_signs(path: Path, exported: Exported) -> None:
    card = path.with_suffix(".md").read_text()
    assert "with signs of recall" in card
    assert "Bits per character, signs of recall counted" in card
    assert "does not know what a bar is" not in card


def test_the_card_says_how_many_tunes_are_left_out_and_why(
    path: Path, model: Model, exported: Exported
) -> None:
    left_out = {"bar-length": 1, "too short": 1}
    assert model.spec.provenance["split"]["left_out"] == left_out
    card = path.with_suffix(".md").read_text()
    assert re.search(r"Of all tunes 2 are left out: 1 [a-z -]+, 1 [a-z -]+\.\n", card)


def test_the_card_says_what_can_be_asked_for_and_what_has_too_few_tunes(
    path: Path, model: Model, exported: Exported
) -> None:
    card = path.with_suffix(".md").read_text()
    count = len(Repertoire.from_text(model.spec.repertoire).plans)
    assert f"| Rhythm | not said {count} |\n| Meter | 4/4 {count} |" in card
    assert "- It has no regular tune that says its rhythm, so none can be asked for.\n" in card


@pytest.mark.parametrize("level", ["off", "bars", "full"])
def test_what_it_composes_is_plain_text(model: Model, level: str) -> None:
    """It has learned next to nothing: most tunes are given up."""
    for tune in model.generate(2, seed=1, guide=level, max_chars=400, meter="4/4", key="G"):
        assert tune.text.startswith(f"X:{tune.index + 1}\nT:Tune in G major\nM:4/4\n")
        assert not any(map(is_sign, tune.text + tune.written))
