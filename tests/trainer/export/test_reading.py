"""Reading an exported file back, for a training to begin with."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch

from abcrun.errors import AbcrunError, ModelError
from abcrun.files import default_index_path
from abcrun.inference.spec import ModelSpec
from abctrain.data.corpus import melody_in
from abctrain.data.related import RUN
from abctrain.export.export import Trained, export
from abctrain.export.graph import build, describe
from abctrain.export.reading import base_of, weights_of
from abctrain.training import checkpoint as checkpoints


def test_what_is_read_is_what_was_built(trained: Trained, exported: onnx.ModelProto) -> None:
    spec = ModelSpec.from_json(exported.metadata_props[0].value, "file")
    trained.round_to_half()
    # Through bytes, as a file is.
    model = onnx.load_model_from_string(build(trained.weights, spec).SerializeToString())
    read = weights_of(model, spec, "file")
    assert read.keys() == trained.weights.keys()
    for name, values in trained.weights.items():
        assert (read[name] == values).all(), name


def test_a_file_and_its_run_are_the_same_base(
    workshop: Path, trained: Trained, tiny_path: Path
) -> None:
    run, file = base_of(workshop / "runs" / "songs-1"), base_of(tiny_path)
    assert (run.name, file.name) == ("songs-1", "songs-1")
    assert file.recipe == run.recipe == trained.recipe
    assert file.vocabulary == run.vocabulary == trained.vocabulary
    assert file.corpora == run.corpora
    assert file.sha256 != run.sha256
    for name, tensor in run.weights.items():
        torch.testing.assert_close(file.weights[name], tensor, atol=1e-3, rtol=1e-3)


def test_weights_are_those_of_the_training_whatever_the_file_is_calibrated_by(
    calibrated: Path, tmp_path: Path
) -> None:
    export(calibrated, tmp_path / "model.onnx")
    weights = base_of(tmp_path / "model.onnx").weights
    for name, tensor in base_of(calibrated).weights.items():
        torch.testing.assert_close(weights[name], tensor, atol=1e-3, rtol=1e-3)


def test_a_file_knows_its_tunes_by_its_own_index_alone(
    workshop: Path, tiny_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "model.onnx"
    shutil.copy(tiny_path, path)
    assert base_of(path).known is None
    assert "model.melodies: cannot be read" in caplog.text
    shutil.copy(tiny_path.with_suffix(".melodies"), tmp_path / "model.melodies")
    known = base_of(path).known
    assert known is not None
    run = checkpoints.load_best(workshop / "runs" / "songs-1" / "best.pt")
    melody = melody_in(run["corpus"]["training"][1])
    assert known([pitch + 2 for pitch in melody[-RUN:]])
    assert not known(melody[1 - RUN :])
    caplog.clear()
    other = Path(shutil.copy(path, tmp_path / "other.onnx"))
    shutil.copy(default_index_path(), tmp_path / "other.melodies")
    assert base_of(other).known is None
    assert "its sha256 differs" in caplog.text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda good: good.with_name("none.onnx"), "cannot be read"),
        (lambda good: good.with_suffix(".md"), "no ONNX file"),
        (lambda good: good.with_suffix(".int8.onnx"), "too coarse to train on"),
        (lambda good: good.parent, "no such checkpoint"),
    ],
)
def test_what_is_no_base_is_told_in_one_line(
    tiny_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(AbcrunError, match=message) as told:
        base_of(make(tiny_path))
    assert "\n" not in str(told.value)


def test_a_run_that_becomes_better_while_it_is_read_is_told(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights and its checksum must be of one file."""
    run = tmp_path / "run"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    usual = checkpoints.load

    def load(path: Path) -> dict[str, object]:
        found = usual(path)
        checkpoints.save({**found, "seed": 1}, path)  # as its trainer does
        return found

    monkeypatch.setattr(checkpoints, "load", load)
    with pytest.raises(ModelError, match="it is being trained, and has just become better"):
        base_of(run)
    monkeypatch.undo()
    assert base_of(run).sha256


def test_a_file_without_its_weights_or_description_is_told(
    exported: onnx.ModelProto, tmp_path: Path
) -> None:
    broken = onnx.ModelProto()
    broken.CopyFrom(exported)
    broken.graph.initializer.remove(
        next(one for one in broken.graph.initializer if one.name == "R_1_half")
    )
    path = tmp_path / "broken.onnx"
    path.write_bytes(broken.SerializeToString())
    with pytest.raises(ModelError, match="no weights R_1_half of the shape"):
        base_of(path)
    lying = ModelSpec.from_json(exported.metadata_props[0].value, "file")
    recipe = lying.provenance["recipe"]
    for provenance, message in (
        ({}, "by which recipe"),
        ({"recipe": {**recipe, "network": {**recipe["network"], "layers": 3}}}, "another network"),
    ):
        describe(broken, replace(lying, provenance=provenance))
        path.write_bytes(broken.SerializeToString())
        with pytest.raises(ModelError, match=message):
            base_of(path)
    del broken.metadata_props[:]
    path.write_bytes(broken.SerializeToString())
    with pytest.raises(ModelError, match="no model that abctrain has exported"):
        base_of(path)
