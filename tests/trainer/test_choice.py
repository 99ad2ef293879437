"""A book is learned in the way that suits it, which is said in one line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from abcrun.errors import CorpusError
from abctrain import choice
from abctrain.__main__ import main
from abctrain.choice import Choice
from tests.trainer.conftest import returning_tune


@pytest.fixture(autouse=True)
def shipped(recalling_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny run in place of the model that comes with abcrun."""
    monkeypatch.setattr(choice, "default_model_path", lambda: recalling_run)
    return recalling_run


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of thirty tunes that are new to that run; `runs` will stand beside it."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "reels.abc"
    path.write_text("\n".join(map(returning_tune, range(101, 131))))
    return path


def train(*options: str) -> list[str]:
    """What `abctrain train` says on this book."""
    command = ["train", "--corpus", "reels.abc", "--device", "cpu", *options]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def configuration() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path("runs/reels/config.json").read_text())
    return found


def test_a_small_book_is_learned_from_the_shipped_model_on(book: Path, shipped: Path) -> None:
    chosen = Choice.for_book(book)
    assert chosen.base_path == shipped
    assert chosen.why == (
        "30 of 30 tunes can be used, too few to learn music from (that takes 2,000): the model run "
        "is fine-tuned on them; --recipe folk or irish learns from scratch (make train RECIPE=...)"
    )


def test_a_large_book_is_learned_from_scratch(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ENOUGH", 30)
    chosen = Choice.for_book(book)
    assert (chosen.recipe_name, chosen.base_path) == ("folk", None)
    assert chosen.why == (
        "30 of 30 tunes can be used, enough to learn music from: recipe folk, from scratch; "
        "--from MODEL fine-tunes one (make train FROM=...)"
    )
    assert chosen.collection is not None, "it is not cleaned twice"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            [*map(returning_tune, range(101, 111)), returning_tune(111).replace("|", "C|", 2)],
            "it can use 10 of 11 tunes; 1 are left out: 1 bar-length",
        ),
        (
            [f"X:{number}\nT:Words\nK:C\nw:la la\nC{number}|\n" for number in range(1, 31)],
            "no tune of the corpus can be used; 30 are left out: 30 no meter",
        ),
    ],
    ids=["few", "none"],
)
def test_a_text_with_few_clean_tunes_is_refused_and_recipe_irish_named(
    book: Path, texts: list[str], message: str
) -> None:
    book.write_text("\n".join(texts))
    with pytest.raises(CorpusError) as error:
        Choice.for_book(book)
    assert str(error.value) == (
        f"{book}: recipe folk needs 20 tunes or more: {message}; --recipe irish "
        "(make train RECIPE=irish) learns any text as it is written"
    )


def test_a_run_goes_on_as_it_was_begun(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = train("--set", "training.epochs=1")
    assert said[:2] == ["runs/reels: reading the tunes", f"runs/reels: {Choice.for_book(book).why}"]
    assert configuration()["base"] is not None
    # By now it would be enough to learn from scratch.
    monkeypatch.setattr(choice, "ENOUGH", 30)
    said = train("--set", "training.epochs=1")
    assert said[0] == "runs/reels: the model run is fine-tuned, as the run was begun"
    assert "is trained already: 1 epoch" in said[-1]
    said = train("--set", "training.epochs=2")
    assert said[-1].startswith("runs/reels is trained;"), "prolonged"
    # Anew, it is chosen anew.
    tiny = ("network.layers=1", "network.hidden=16", "training.epochs=1", "training.streams=2")
    settings = [word for setting in tiny for word in ("--set", setting)]
    said = train("--restart", *settings)
    assert "recipe folk, from scratch" in said[1]
    assert configuration()["base"] is None
    monkeypatch.setattr(choice, "ENOUGH", 2_000)
    said = train(*settings)
    assert said[0] == "runs/reels: recipe folk, as the run was begun"
    assert "is trained already" in said[-1]


@pytest.mark.parametrize(
    ("recipe", "base", "wish"),
    [("tiny", None, "--recipe tiny"), ("folk", {"name": "mine"}, "--from mine")],
)
def test_a_run_that_somebody_wished_for_asks_for_the_wish_again(
    book: Path, recipe: str, base: object, wish: str
) -> None:
    Path("runs/reels").mkdir(parents=True)
    Path("runs/reels/config.json").write_text(
        json.dumps({"recipe": {"name": recipe}, "base": base})
    )
    result = CliRunner().invoke(main, ["train", "--corpus", "reels.abc"])
    assert result.exit_code == 2
    assert result.output == (
        f"abctrain: runs/reels was begun with {wish}: give that again to go on, "
        "or --restart to begin anew\n"
    )


def test_a_wrong_setting_is_told_before_anything_is_read(book: Path) -> None:
    command = ["train", "--corpus", "none.abc", "--set", "training.epoch=1"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert "unknown entry training.epoch" in result.output
    assert not Path("runs").exists()
