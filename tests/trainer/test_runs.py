"""Which run is meant: never that of another corpus or recipe, and none under a name
that its model could not have."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abcrun import Model
from abctrain.__main__ import main
from abctrain.runs import default_target, run_folder
from abctrain.training import checkpoint as checkpoints


@pytest.fixture
def desk(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run of x/tunes.abc by the recipe tiny, and other tunes of that
    name."""
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        shutil.copy(workshop / "songs (1).txt", tmp_path / folder / "tunes.abc")
    with (tmp_path / "y" / "tunes.abc").open("a") as file:
        file.write("\n\nX:999\nT:One more\nK:D\nDEFG ABcd|\n")
    shutil.copy(workshop / "tiny.toml", tmp_path)
    run = tmp_path / "runs" / "tunes"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    configuration = json.loads((run / "config.json").read_text())
    configuration["corpus"]["path"] = str(tmp_path / "x" / "tunes.abc")
    (run / "config.json").write_text(json.dumps(configuration))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def abctrain(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--corpus", "y/tunes.abc"], "on {desk}/x/tunes.abc, not on y/tunes.abc"),
        (["--corpus", "x/tunes.abc", "--recipe", "folk"], "by recipe tiny, not folk"),
    ],
)
def test_a_run_of_another_corpus_or_recipe_is_not_exported_for_the_one_asked_for(
    desk: Path, options: list[str], why: str
) -> None:
    result = abctrain("export", *options)
    assert result.exit_code == 2
    assert f"runs/tunes was trained {why.format(desk=desk)}; export it with --run" in result.stderr
    assert not (desk / "exported").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--corpus", "x/tunes.abc", "--recipe", "tiny.toml"],
        ["--corpus", "./y/../x/tunes.abc"],
        ["--name", "tunes"],
        ["--run", "runs/tunes", "--corpus", "y/tunes.abc"],
    ],
)
def test_the_run_asked_for_is_exported(desk: Path, options: list[str]) -> None:
    result = abctrain("export", *options)
    assert result.exit_code == 0, result.stderr
    assert (desk / "exported" / "tunes.onnx").is_file()


def test_a_corpus_that_has_been_moved_or_copied_is_the_same(desk: Path) -> None:
    shutil.copytree(desk / "x", desk / "copy")
    assert abctrain("export", "--corpus", "copy/tunes.abc").exit_code == 0
    shutil.rmtree(desk / "y")
    (desk / "x").rename(desk / "y")
    assert abctrain("export", "--corpus", "y/tunes.abc").exit_code == 0


@pytest.mark.parametrize(
    "name", ["a/b", "", " ", ".", "..", "x.int8", "a\nb", "n" * 201, "ü" * 101]
)
def test_a_name_that_no_model_can_have_is_told_before_the_training(desk: Path, name: str) -> None:
    for command in ("train", "export"):
        result = abctrain(command, "--name", name)
        assert result.exit_code == 2
        assert "the name " in result.stderr
        assert result.stderr.count("\n") == 1
    assert [path.name for path in (desk / "runs").iterdir()] == ["tunes"]


def test_names_of_corpora_are_names_of_runs() -> None:
    for path, name in (
        ("Müllers Lieder (2).abc", "M-llers-Lieder-2"),
        ("песни.abc", "corpus"),
        (f"{'n' * 240}.abc", "n" * 200),
    ):
        assert run_folder(None, Path(path), None) == Path("runs") / name


def test_a_run_that_is_named_by_its_own_folder(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk / "runs" / "tunes")
    assert (
        default_target(Path()) == default_target(Path("../tunes/")) == Path("exported/tunes.onnx")
    )
    (desk / "runs" / "link").symlink_to("tunes")
    assert default_target(desk / "runs" / "link") == Path("exported/link.onnx")


@pytest.mark.parametrize("name", ["a\tb", "n" * 230])
def test_a_file_that_could_not_be_loaded_is_not_exported(desk: Path, name: str) -> None:
    result = abctrain("export", "--run", "runs/tunes", "--out", f"{name}.onnx")
    assert result.exit_code == 2
    assert "the name " in result.stderr


def test_a_run_without_its_last_checkpoint_is_not_trained_away(desk: Path) -> None:
    """As one of which only the best was copied from another machine."""
    command = ("train", "--recipe", "tiny.toml", "--corpus", "x/tunes.abc", "--device", "cpu")
    (desk / "runs" / "tunes" / "last.pt").unlink()
    before = (desk / "runs" / "tunes" / "best.pt").read_bytes()
    result = abctrain(*command)
    assert result.exit_code == 2
    assert "holds best.pt without last.pt" in result.stderr
    assert (desk / "runs" / "tunes" / "best.pt").read_bytes() == before
    assert abctrain(*command, "--restart").exit_code == 0


def test_a_checkpoint_that_lacks_something_is_one_line(desk: Path) -> None:
    for name in ("best.pt", "last.pt"):
        path = desk / "runs" / "tunes" / name
        entries = checkpoints.load(path)
        checkpoints.save({key: one for key, one in entries.items() if key != "history"}, path)
        result = abctrain("export", "--run", "runs/tunes")
        assert result.exit_code == 1
        assert "it has no history; train with --restart\n" in result.stderr
        checkpoints.save(entries, path)


@pytest.mark.parametrize("file", [b"two  spaces.abc", b"Gr\xfcn.abc", "žluť ☘.abc".encode()])
def test_a_book_of_any_name_gives_an_index_with_its_name(
    desk: Path, workshop: Path, file: bytes
) -> None:
    path = Path(file.decode(errors="surrogateescape"))
    try:
        shutil.copy(workshop / "songs (1).txt", path)
    except OSError:
        pytest.skip("this file system has no such names")
    command = ["--recipe", "tiny.toml", "--corpus", str(path), "--name", "named"]
    epochs = "training.epochs=1"
    assert abctrain("train", *command, "--device", "cpu", "--set", epochs).exit_code == 0
    result = abctrain("export", *command)
    assert result.exit_code == 0, result.stderr
    with Model.load(desk / "exported" / "named.onnx", "cpu", "float32") as model:
        known = model.melodies
        (source,) = model.spec.provenance["corpora"]
    ((book, title),) = known.books.items()
    assert title == source["title"] == " ".join(file.decode(errors="replace").split())
    assert book == Path(title).stem
