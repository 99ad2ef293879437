"""Recipes: the shipped one is the source document's, and a wrong entry is named."""

from pathlib import Path

import pytest

from abcrun.errors import ModelError, UsageError
from abcrun.inference.sampling import Sampling
from abcrun.inference.spec import (
    MOST_CHARACTERS,
    MOST_CHARS,
    MOST_HIDDEN,
    MOST_LAYERS,
    MOST_PROMPT,
    MOST_TEMPERATURE,
    ModelSpec,
)
from abcrun.inference.vocabulary import Vocabulary
from abctrain.recipe import Recipe


def test_the_recipe_irish_is_the_source_documents() -> None:
    recipe = Recipe.load("irish")
    assert (recipe.network.layers, recipe.network.hidden, recipe.network.dropout) == (3, 512, 0.5)
    training = recipe.training
    assert (training.streams, training.window, training.epochs) == (128, 100, 100)
    assert (training.learning_rate, training.clip_norm) == (0.001, 5.0)


def test_a_recipe_survives_the_way_through_plain_dictionaries() -> None:
    recipe = Recipe.load("irish")
    assert Recipe.from_dict(recipe.to_dict()) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nhiden = 3", "unknown entry network.hiden"),
        ("[netwerk]\n", "unknown section netwerk"),
        ("[network]\nhidden = 0", "network.hidden is 0"),
        ("[network]\nhidden = '512'", "must be a whole number"),
        ("[training]\nlearning_rate = nan", "learning_rate is nan"),
        ("[generation]\ncalibration = 0.0", "generation.calibration is 0.0"),
        ("[generation]\ntop_k = 0", "generation.top_k is 0"),
        ("[generation]\ntemperature = -1", "generation.temperature is -1"),
        ("[generation]\nmax_chars = 0", "generation.max_chars is 0"),
        ("[generation]\nprompt = ''", "generation.prompt has 0 characters"),
        (
            "[corpus]\nclean = true\nrecall = true\n[generation]\nprompt = 'K:'",
            "generation.prompt is 'K:'; with corpus.recall it must begin with X:",
        ),
        ("[training]\nprecision = 'float16'", "float32, bfloat16"),
        ("[corpus]\nbooks = [1]", "a list of strings"),
        ("[corpus]\nrecall = true", "corpus.recall needs corpus.clean = true"),
        ("[corpus\n", "no valid TOML"),
        ("network = 3", "must be a table"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        Recipe.load(str(path))


@pytest.mark.parametrize(
    ("section", "name", "most"),
    [
        ("network", "layers", MOST_LAYERS),
        ("network", "hidden", MOST_HIDDEN),
        ("generation", "max_chars", MOST_CHARS),
        ("generation", "top_k", MOST_CHARACTERS),
        ("generation", "temperature", MOST_TEMPERATURE),
        ("generation", "prompt", MOST_PROMPT),
    ],
)
def test_a_recipe_takes_what_a_model_file_may_say_and_no_more(
    section: str, name: str, most: int
) -> None:
    """Or the file of a training of hours could not be loaded."""

    def value_of(size: int) -> int | str:
        return f"X:{'0' * (size - 2)}" if name == "prompt" else size

    def loads(size: int) -> None:
        spec = {"vocabulary": Vocabulary("X:0\n"), "layers": 1, "hidden": 1}
        if name in ("top_k", "temperature"):
            spec["sampling"] = Sampling(**{name: value_of(size)})
        else:
            spec[name] = value_of(size)
        ModelSpec.from_json(ModelSpec(name="a test", **spec).to_json(), "a test")

    Recipe.from_dict({section: {name: value_of(most)}})
    loads(most)
    with pytest.raises(UsageError, match=f"{section}.{name}"):
        Recipe.from_dict({section: {name: value_of(most + 1)}})
    with pytest.raises(ModelError, match=name):
        loads(most + 1)


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="there are folk, irish"):
        Recipe.load("scottish")


def test_settings_replace_entries_by_the_type_of_their_field() -> None:
    recipe = Recipe.load(
        "folk",
        (
            "training.epochs=3",
            "training.epochs = 50",  # the last one counts
            "training.learning_rate=1e-4",
            "training.clip_norm=2",
            "corpus.recall=false",
            "corpus.books=irish, ryan",
            "training.precision=float32",
            'generation.prompt="X:1\\nM:"',
        ),
    )
    assert (recipe.training.epochs, recipe.training.learning_rate) == (50, 0.0001)
    assert recipe.training.clip_norm == 2.0
    assert recipe.corpus.recall is False
    assert recipe.corpus.books == ("irish", "ryan")
    assert recipe.training.precision == "float32"
    assert recipe.generation.prompt == "X:1\nM:"
    assert recipe.network == Recipe.load("folk").network, "the rest is as it was"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.epochs=many", "training.epochs is 'many'; it must be a whole number"),
        ("training.epochs=1.5", "training.epochs is 1.5; it must be a whole number"),
        ("training.epochs=", "training.epochs is ''; it must be a whole number"),
        ("training.epochs=0", "training.epochs is 0; it must be at least 1"),
        ("corpus.clean=yes", "corpus.clean is 'yes'; it must be true or false"),
        ("training.epoch=3", "unknown entry training.epoch; there are streams"),
        ("trainig.epochs=3", "setting 'trainig.epochs=3': .* the sections are corpus, network"),
        ("training.epochs", "write section.key=value"),
        ("epochs=3", "write section.key=value"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe.load("irish", [setting])


def test_a_fine_tuning_fits_the_size_of_the_book() -> None:
    training = Recipe.load("folk").training
    small, large = training.tuned(20_000), training.tuned(2_000_000)
    assert small.streams < large.streams == training.streams
    assert small.epochs < training.epochs
    assert small.learning_rate < training.learning_rate
    # The average forgets where the training began, however short that is.
    updates = small.epochs * 20_000 / (small.streams * small.window)
    assert small.average**updates < 0.001
    assert small.average < large.average <= training.average
    assert training.tuned(1).streams == 1
    assert Recipe.load("irish").training.tuned(20_000).average == 0
