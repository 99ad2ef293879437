"""The models that come with abcrun: no other model takes their places unasked."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from abctrain.__main__ import main
from abctrain.export import shipped
from abctrain.export.shipped import objection
from abctrain.recipe import Recipe
from tests.conftest import ROOT, run

BOOK = [{"name": "irish", "package": "a package 1.0"}]
OWN = [{"name": "my tunes.abc"}]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the checkout, with shipped models, as the working
    folder."""
    exported = tmp_path / "exported"
    exported.mkdir()
    for name in ("folk.onnx", "folk.int8.onnx", "folk.md"):
        (exported / name).write_text("ours")
    monkeypatch.setattr(shipped, "default_model_path", lambda: exported / "folk.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_called_as_a_shipped_model_does_not_replace_it(
    workshop: Path, checkout: Path
) -> None:
    shutil.copytree(workshop / "runs" / "songs-1", checkout / "runs" / "folk")
    result = CliRunner().invoke(main, ["export", "--name", "folk"])
    assert result.exit_code == 1
    assert result.stderr == (
        "abctrain: exported/folk.onnx comes with abcrun, and a model of songs (1).txt would "
        "replace it; export with --out NAME.onnx, or with --force (make export FORCE=1)\n"
    )
    assert {file.read_text() for file in (checkout / "exported").iterdir()} == {"ours"}
    result = CliRunner().invoke(main, ["export", "--name", "folk", "--force"])
    assert result.exit_code == 0, result.stderr
    assert "A character model" in (checkout / "exported" / "folk.md").read_text()


def test_make_hands_force_on() -> None:
    result = run("make", "-n", "-o", ".venv/.train", "export", "FORCE=1", cwd=ROOT)
    assert b"--force" in result.stdout
    assert b"--force" not in run("make", "-n", "-o", ".venv/.train", "export", cwd=ROOT).stdout


def test_a_training_whose_export_will_be_refused_says_so_before(
    workshop: Path, checkout: Path
) -> None:
    shutil.copy(workshop / "songs (1).txt", checkout / "folk.abc")
    recipe = (workshop / "tiny.toml").read_text().replace("epochs = 3", "epochs = 1")
    (checkout / "tiny.toml").write_text(recipe)
    command = ["train", "--corpus", "folk.abc", "--recipe", "tiny.toml", "--device", "cpu"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert "the export will be refused: exported/folk.onnx comes with abcrun" in result.stderr


@pytest.mark.parametrize("name", ["folk", "irish"])
def test_the_recipe_of_a_shipped_model_makes_it_anew(checkout: Path, name: str) -> None:
    recipe = Recipe.load(name)
    target = checkout / "exported" / f"{name}.onnx"
    assert objection(target, recipe, BOOK) is None
    assert "a model of my tunes.abc" in (objection(target, recipe, OWN) or "")
    entries = recipe.to_dict()
    entries["training"]["epochs"] = 1
    changed = Recipe.from_dict(entries)
    assert f"not {name} as it comes" in (objection(target, changed, BOOK) or "")
    other = Recipe.load("irish" if name == "folk" else "folk")
    assert objection(target, other, BOOK) is not None


def test_a_shipped_file_is_known_under_any_path(checkout: Path) -> None:
    recipe = Recipe.load("irish")
    Path("elsewhere").symlink_to("exported")
    for target in ("elsewhere/folk.onnx", "runs/../exported/irish.onnx"):
        assert objection(Path(target), recipe, OWN) is not None
    for target in ("exported/mine.onnx", "folk.onnx", "other/folk.onnx"):
        assert objection(Path(target), recipe, OWN) is None
    # The files of this checkout are there as well, wherever the installed ones are.
    assert objection(ROOT / "exported" / "folk.onnx", recipe, OWN) is not None


def test_an_index_of_other_books_does_not_replace_the_shipped_one(checkout: Path) -> None:
    (checkout / "exported" / "folk.melodies").write_text("ours")
    result = CliRunner().invoke(main, ["index", "--books", "mine.abc"])
    assert result.exit_code == 2
    assert result.stderr == (
        "abctrain: exported/folk.melodies comes with abcrun and is of other books; "
        "name a file with --out\n"
    )
    assert (checkout / "exported" / "folk.melodies").read_text() == "ours"


@pytest.mark.parametrize("name", ["mine", "mine.md", "mine.int8.onnx"])
def test_the_file_is_named_so_that_those_beside_it_get_other_names(
    checkout: Path, name: str
) -> None:
    (checkout / "runs" / "mine").mkdir(parents=True)
    (checkout / "runs" / "mine" / "best.pt").touch()
    result = CliRunner().invoke(main, ["export", "--run", "runs/mine", "--out", name])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "must be NAME.onnx" in result.stderr
