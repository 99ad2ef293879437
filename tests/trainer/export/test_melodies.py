"""The index of melodies that an export writes: of the tunes that were trained on, and
the model's own."""

import hashlib
import shutil
from pathlib import Path

import pytest

from abcrun import MelodyIndex, Model, Tune
from abcrun.notation.blocks import blocks
from abctrain.data.collection import Collection
from abctrain.data.melody_index import training_index
from abctrain.export.export import export
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import BEST


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, recalling_run: Path) -> Path:
    path = tmp_path_factory.mktemp("exported") / "mine.onnx"
    export(recalling_run, path)
    return path


def test_both_files_of_a_model_own_the_index_beside_them(path: Path) -> None:
    content = path.with_suffix(".melodies").read_bytes()
    for file in (path, path.with_suffix(".int8.onnx")):
        with Model.load(file, "cpu") as model:
            assert model.spec.melodies == hashlib.sha256(content).hexdigest()
            assert model.melodies.books == {"mine": "mine.abc"}


def test_it_has_all_tunes_that_were_trained_on_with_number_and_title(
    path: Path, recalling_run: Path
) -> None:
    book = (recalling_run.parent / "mine.abc").read_text()
    tunes = [Tune.of_block(block) for block in blocks(book)]
    training = checkpoints.load_best(recalling_run / BEST)["corpus"]["training"]
    with Model.load(path, "cpu") as model:
        found = [tune.originality(model.melodies) for tune in tunes]
        assert len(model.melodies) == len(training) < len(tunes)
    learned = [number for number, one in enumerate(found, start=1) if one.copied_share == 1]
    assert len(learned) == len(training)
    for number in learned:
        one = found[number - 1]
        assert (one.book, one.number, one.title) == ("mine", number, f"Tune {number}")


def test_it_is_what_the_command_index_makes_of_the_book(path: Path, recalling_run: Path) -> None:
    book = Collection.of_sources([str(recalling_run.parent / "mine.abc")])
    assert path.with_suffix(".melodies").read_bytes() == training_index(book)


def test_a_corpus_as_it_is_written_has_one_too(tiny_path: Path, workshop: Path) -> None:
    tunes = (workshop / "songs (1).txt").read_text(encoding="utf-8")
    with Model.load(tiny_path, "cpu") as model:
        assert model.melodies.books == {"songs (1)": "songs (1).txt"}
        assert 40 < len(model.melodies) < 60
        found = Tune.parse(tunes).originality(model.melodies)
    assert (found.number, found.title) == (1, Tune.parse(tunes).title)


def test_a_run_of_before_is_exported_with_the_numbers_of_its_training_tunes(
    recalling_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(recalling_run, run)
    best = checkpoints.load(run / BEST)
    del best["corpus"]["origins"]
    checkpoints.save(best, run / BEST)
    export(run, tmp_path / "model.onnx")
    index = MelodyIndex.load(tmp_path / "model.melodies")
    found = Tune.parse(best["corpus"]["training"][3]).originality(index)
    assert (found.copied_share, found.book, found.number, found.title) == (1, "mine", 4, "")


def test_text_without_a_melody_has_none_and_an_older_one_goes(
    workshop: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    best = checkpoints.load(run / BEST)
    best["corpus"]["training"] = ["X:1\nT:A title alone\nK:D"] * 3
    checkpoints.save(best, run / BEST)
    (tmp_path / "model.melodies").write_bytes(b"of an older model")
    export(run, tmp_path / "model.onnx")
    assert not (tmp_path / "model.melodies").exists()
    with Model.load(tmp_path / "model.onnx", "cpu") as model:
        assert model.spec.melodies == ""
