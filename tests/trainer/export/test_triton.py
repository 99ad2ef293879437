"""The repository for Triton says of each input and output what the graph says."""

import re
from pathlib import Path

import onnx
import pytest

from abcrun import Model
from abcrun.errors import ModelError
from abctrain.export.triton import write_repository
from tests.conftest import abctrain_here


def test_export_writes_a_repository_whose_states_are_those_of_the_graph(
    workshop: Path, tmp_path: Path
) -> None:
    run = workshop / "runs" / "songs-1"
    target = tmp_path / "songs.onnx"
    result = abctrain_here(
        "export", "--run", run, "--out", target, "--triton", "models", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr.decode()
    assert "models/songs: for Triton" in result.stderr.decode()
    root = tmp_path / "models" / "songs"
    assert (root / "1" / "model.onnx").read_bytes() == target.read_bytes()
    assert (root / "songs.json").read_text() == target.with_suffix(".json").read_text()
    text = (root / "config.pbtxt").read_text()
    assert text.count("{") == text.count("}")
    graph = onnx.load(target).graph
    names = re.findall(r'(?:input_|output_|^  )name: "(.+)"', text, re.MULTILINE)
    assert set(names) == {one.name for one in (*graph.input, *graph.output)}
    size = graph.input[1].type.tensor_type.shape.dim[1].dim_value
    assert text.count(f"dims: [ {size} ]") == 2 * (len(graph.input) - 1)
    assert f"dims: [ -1, {graph.output[0].type.tensor_type.shape.dim[2].dim_value} ]" in text


def test_a_model_with_signs_of_recall_is_refused(folk_path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="it writes signs of recall") as raised:
        write_repository(tmp_path / "models", folk_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "models").exists()


def test_the_states_come_in_pairs_for_each_layer(
    tiny: Model, tiny_path: Path, tmp_path: Path
) -> None:
    text = (write_repository(tmp_path, tiny_path) / "config.pbtxt").read_text()
    assert text.count("    state {") == 2 * tiny.spec.layers
    assert text.count("zero_data: true") == 2 * tiny.spec.layers
