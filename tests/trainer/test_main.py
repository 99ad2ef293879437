"""The command line of the trainer: what is wrong is told in one line, and what is
exported is what the same options train."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, abctrain, abctrain_here, run

MAKE = [
    "make", "-f", ROOT / "Makefile", "-o", ".venv/.train", f"BIN={Path(sys.executable).parent}",
]  # fmt: skip


def test_an_unusable_option_is_a_usage_error(tmp_path: Path) -> None:
    result = abctrain("train", "--recipe", "scottish", cwd=tmp_path)
    assert result.returncode == 2
    assert b"there are folk, irish" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_short_corpus_says_how_many_characters_are_needed(tmp_path: Path) -> None:
    (tmp_path / "short.abc").write_text("X:1\nK:D\nABc|\n\nX:2\nK:D\ndef|\n")
    result = abctrain_here("train", "--recipe", "irish", "--corpus", "short.abc", cwd=tmp_path)
    assert result.returncode == 1
    assert b"needs 12,801" in result.stderr


def test_train_says_what_it_does_before_it_loads_torch(workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit('torch is loaded')")
    options = ["--corpus", workshop / "songs (1).txt"]
    result = abctrain("train", *options, "--recipe", "irish", cwd=tmp_path)
    assert result.stderr.decode().splitlines() == [
        "runs/songs-1: recipe irish; reading the tunes",
        "torch is loaded",
    ]
    result = abctrain("train", *options, cwd=tmp_path)
    assert result.stderr.decode().splitlines()[0] == "runs/songs-1: reading the tunes"
    assert result.stderr.decode().splitlines()[-1] == "torch is loaded"
    # Without a corpus
    result = abctrain("train", cwd=tmp_path)
    assert result.stderr.decode().splitlines()[0] == "runs/irish: recipe irish; reading the tunes"


def test_an_end_while_torch_is_loaded_waits_for_it_and_leaves_nothing(
    workshop: Path, tmp_path: Path
) -> None:
    """An exception in the middle of its libraries would crash the program."""
    (tmp_path / "torch.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nprint('torch is loaded')\n"
    )
    options = ["--corpus", workshop / "songs (1).txt", "--recipe", workshop / "tiny.toml"]
    result = abctrain("train", *options, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout == b"torch is loaded\n"
    assert result.stderr.endswith(b"Aborted!\n")
    assert b"Traceback" not in result.stderr
    assert not (tmp_path / "runs").exists()
    assert abctrain("export", cwd=tmp_path).stderr.endswith(b"Aborted!\n")


def test_export_without_a_run_says_what_to_do(tmp_path: Path) -> None:
    result = abctrain_here("export", cwd=tmp_path)
    assert result.returncode == 2
    assert b"make train" in result.stderr


@pytest.mark.long
def test_train_export_exports_the_run_that_it_finds_complete_and_not_the_newest(
    workshop: Path, tmp_path: Path
) -> None:
    for name in ("songs (1).txt", "tiny.toml"):
        shutil.copy(workshop / name, tmp_path)
    shutil.copytree(workshop / "runs" / "songs-1", tmp_path / "runs" / "songs-1")
    newer = tmp_path / "runs" / "newer"
    newer.mkdir()
    (newer / "best.pt").write_bytes(b"of another training")
    options = ["CORPUS=songs (1).txt", "RECIPE=tiny.toml", "ARGS=--device cpu"]
    result = run(*MAKE, "train", "export", *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert b"trained already" in result.stderr
    assert [path.name for path in (tmp_path / "exported").glob("*.md")] == ["songs-1.md"]
    # A run with a name of its own is not there yet: another one is not taken for it.
    result = run(*MAKE, "export", *options, "NAME=mine", cwd=tmp_path)
    assert result.returncode != 0
    assert b"runs/mine holds no trained run" in result.stderr
    assert b"runs/newer, runs/songs-1" in result.stderr


@pytest.mark.parametrize(
    ("options", "meant"),
    [
        ([], "irish"),
        (["--recipe", "folk"], "folk"),
        (["--recipe", "some/mine.toml"], "mine"),
        (["--recipe", "folk", "--corpus", "my tunes.abc"], "my-tunes"),
        (["--corpus", "my tunes.abc", "--name", "third"], "third"),
    ],
)
def test_export_means_the_run_that_train_with_the_same_options_trains(
    tmp_path: Path, options: list[str], meant: str
) -> None:
    result = abctrain_here("export", *options, cwd=tmp_path)
    assert result.returncode == 2
    assert f"runs/{meant} holds no trained run".encode() in result.stderr


def test_a_wrong_proposal_for_generation_is_told_before_the_training(
    workshop: Path, tmp_path: Path
) -> None:
    text = (workshop / "tiny.toml").read_text()
    (tmp_path / "hot.toml").write_text(f"{text}[generation]\ntemperature = 0\n")
    result = abctrain_here(
        "train", "--recipe", "hot.toml", "--corpus", workshop / "songs (1).txt", cwd=tmp_path
    )
    assert result.returncode == 2
    assert b"generation.temperature is 0; it must be a number above 0" in result.stderr
    assert not (tmp_path / "runs").exists()


def test_the_configuration_of_a_run_holds_the_recipe_as_it_was_set(
    workshop: Path, tmp_path: Path
) -> None:
    for name in ("songs (1).txt", "tiny.toml"):
        shutil.copy(workshop / name, tmp_path)
    result = run(
        *MAKE, "train", "CORPUS=songs (1).txt", "RECIPE=tiny.toml", "NAME=set", "ARGS=--device cpu",
        "SET=training.epochs=1 network.hidden=16 generation.prompt=X:2",
        cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    recipe = json.loads((tmp_path / "runs" / "set" / "config.json").read_text())["recipe"]
    assert (recipe["training"]["epochs"], recipe["training"]["streams"]) == (1, 8)
    assert recipe["network"] == {**recipe["network"], "layers": 2, "hidden": 16}
    assert recipe["generation"]["prompt"] == "X:2"
