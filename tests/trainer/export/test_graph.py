"""The graph: the contract's names, types and shapes, small and self-contained."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from abcrun.inference.spec import METADATA_KEY, ModelSpec
from abctrain.export.export import HALF_TOLERANCE, INT8_TOLERANCE, Trained
from abctrain.export.graph import build
from tests.conftest import ROOT


def shape(entry: onnx.ValueInfoProto) -> list[str | int]:
    return [size.dim_param or size.dim_value for size in entry.type.tensor_type.shape.dim]


def test_names_types_and_shapes_are_the_contract(exported: onnx.ModelProto) -> None:
    states = [f"{kind}_{{}}_{layer}" for layer in range(2) for kind in "hc"]
    inputs = {entry.name: entry for entry in exported.graph.input}
    outputs = {entry.name: entry for entry in exported.graph.output}
    assert list(inputs) == ["tokens", *(name.format("in") for name in states)]
    assert list(outputs) == ["logits", *(name.format("out") for name in states)]
    assert shape(inputs["tokens"]) == ["batch", "time"]
    assert inputs["tokens"].type.tensor_type.elem_type == onnx.TensorProto.INT64
    assert shape(outputs["logits"])[:2] == ["batch", "time"]
    for name in states:
        for entry in (inputs[name.format("in")], outputs[name.format("out")]):
            assert shape(entry) == ["batch", 48]
            assert entry.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_the_graph_is_small_old_enough_and_self_contained(exported: onnx.ModelProto) -> None:
    assert exported.ir_version == 10
    assert [entry.version for entry in exported.opset_import] == [20]
    kinds = [node.op_type for node in exported.graph.node]
    assert kinds.count("LSTM") == 2
    assert len([kind for kind in kinds if kind != "Cast"]) <= 24
    assert not any(tensor.external_data for tensor in exported.graph.initializer)


def test_metadata_is_json_that_holds_everything(exported: onnx.ModelProto) -> None:
    metadata = {entry.key: entry.value for entry in exported.metadata_props}
    assert "\n" not in metadata[METADATA_KEY]
    spec = ModelSpec.from_json(metadata[METADATA_KEY], "file")
    assert ModelSpec.from_json(spec.to_json(), "file") == spec
    assert "\n" in spec.vocabulary
    provenance = spec.provenance
    assert set(provenance) == {
        "recipe",
        "seed",
        "precision",
        "device",
        "corpora",
        "split",
        "metrics",
        "trainer",
    }
    assert len(provenance["corpora"][0]["sha256"]) == 64
    assert provenance["metrics"]["held_out_bits_per_character"] > 0


def test_gathering_from_the_identity_is_one_hot_times_weights(trained: Trained) -> None:
    weights = trained.network.state_dict()["lstm.weight_ih_l0"]
    one_hot = torch.nn.functional.one_hot(
        torch.arange(len(trained.vocabulary)), len(trained.vocabulary)
    ).float()
    assert torch.equal(one_hot @ weights.T, weights.T)


def test_float16_storage_halves_the_file_and_changes_little(
    trained: Trained, exported: onnx.ModelProto
) -> None:
    spec = ModelSpec.from_json(exported.metadata_props[0].value, "file")
    weights = trained.weights
    matrices = [value for value in weights.values() if value.ndim == 2]
    rest = (
        build(weights, spec).ByteSize()
        - len(spec.to_json())
        - sum(value.nbytes // 2 for value in matrices)
    )
    assert rest < 0.3 * sum(
        value.nbytes for value in weights.values()
    )  # biases, the one-hot table, names
    stored = {tensor.name: tensor for tensor in exported.graph.initializer}
    assert numpy_helper.to_array(stored["W_0_half"]).dtype == np.float16
    metrics = spec.provenance["metrics"]
    assert (
        abs(
            metrics["held_out_bits_per_character"]
            - metrics["held_out_bits_per_character_checkpoint"]
        )
        <= HALF_TOLERANCE
    )


def test_weights_are_constants_when_the_session_is_loaded(tiny_path: Path, tmp_path: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(tiny_path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "optimised.onnx").graph
    constants = {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        assert node.op_type != "Cast"
        if node.op_type == "LSTM":
            assert set(node.input[1:4]) <= constants


SHIPPED = [ROOT / "exported" / f"{name}.int8.onnx" for name in ("folk", "irish")]


@pytest.mark.parametrize("path", [None, *SHIPPED], ids=["tiny", "folk", "irish"])
def test_no_sum_of_two_int8_products_saturates_an_int16(path: Path | None, tiny_path: Path) -> None:
    small = onnx.load(path or tiny_path.with_suffix(".int8.onnx"))
    matrices = [
        numpy_helper.to_array(tensor).astype(int)
        for tensor in small.graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
    ]
    assert matrices
    for matrix in matrices:
        # The largest weight of a column is the end of its scale: none is wasted.
        assert (np.abs(matrix).max(axis=0) == 64).all()
        # What AVX2 adds up in an int16: two neighbours of a column, for the largest
        # activations of a uint8.
        pairs = np.abs(matrix[: len(matrix) // 2 * 2]).reshape(-1, 2, matrix.shape[1]).sum(axis=1)
        assert (255 * pairs).max() <= np.iinfo(np.int16).max


def test_the_metadata_stand_beside_the_file_too(tiny_path: Path) -> None:
    (entry,) = [one for one in onnx.load(tiny_path).metadata_props if one.key == METADATA_KEY]
    assert tiny_path.with_suffix(".json").read_text("utf-8") == entry.value


def test_the_int8_file_has_int8_matrices_and_the_same_contract(
    tiny_path: Path, exported: onnx.ModelProto
) -> None:
    small = onnx.load(tiny_path.with_suffix(".int8.onnx"))
    (scan,) = small.graph.node
    kinds = [node.op_type for node in scan.attribute[0].g.node]
    assert kinds.count("MatMulIntegerToFloat") == 2 + 1
    assert not {"LSTM", "MatMul", "DequantizeLinear"} & set(kinds)
    matrices = [tensor for tensor in small.graph.initializer if len(tensor.dims) == 2]
    assert {tensor.data_type for tensor in matrices} == {
        onnx.TensorProto.INT8,
        onnx.TensorProto.FLOAT,
    }
    assert [tensor.name for tensor in matrices if tensor.data_type == onnx.TensorProto.FLOAT] == [
        "W_0"
    ]
    assert list(map(str, small.graph.input)) == list(map(str, exported.graph.input))
    assert list(map(str, small.graph.output)) == list(map(str, exported.graph.output))
    spec = ModelSpec.from_json(small.metadata_props[0].value, "file")
    assert spec.precision == "int8"
    metrics = spec.provenance["metrics"]
    assert metrics["held_out_bits_per_character_int8"] == pytest.approx(
        metrics["held_out_bits_per_character"], rel=INT8_TOLERANCE
    )
    assert metrics["held_out_bits_per_character_int8"] != metrics["held_out_bits_per_character"]
