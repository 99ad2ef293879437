"""The exported file: the contract's names and shapes, PyTorch's numbers, and a refusal
where they differ."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from abcrun import Model, ModelError
from abcrun.inference.spec import METADATA_KEY, ModelSpec
from abctrain.export import export as exporting
from abctrain.export.export import ExportError, Trained, check, export
from abctrain.export.graph import build
from abctrain.training import checkpoint as checkpoints
from abctrain.training.evaluation import HeldOut, bits
from tests.conftest import abctrain


@pytest.fixture(scope="module")
def trained(workshop: Path) -> Trained:
    return Trained.load(workshop / "runs" / "songs-1" / "best.pt")


@pytest.fixture(scope="module")
def exported(tiny_path: Path) -> onnx.ModelProto:
    return onnx.load(tiny_path)


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
    weights = {name: tensor.numpy() for name, tensor in trained.network.state_dict().items()}
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
        <= exporting.HALF_TOLERANCE
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


def test_logits_states_and_greedy_text_are_pytorchs(tiny_path: Path, trained: Trained) -> None:
    exporting._round_to_half(trained.network)
    figures = check(tiny_path, trained, trained.checkpoint["corpus"]["held_out"])
    assert figures["largest_difference"] <= 1e-4
    assert figures["greedy_characters"] == 500


def test_a_file_that_differs_from_pytorch_is_refused_and_the_old_one_stays(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"the old one")

    def wrong_gates(values: np.ndarray) -> np.ndarray:
        return values  # PyTorch's order, which is not ONNX's

    monkeypatch.setattr("abctrain.export.graph._gates", wrong_gates)
    with pytest.raises(ExportError, match="differ from PyTorch's"):
        export(workshop / "runs" / "songs-1", target)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


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
        metrics["held_out_bits_per_character"], rel=exporting.INT8_TOLERANCE
    )
    assert metrics["held_out_bits_per_character_int8"] != metrics["held_out_bits_per_character"]


def test_bits_of_the_file_are_those_of_the_checkpoint(tiny_path: Path, trained: Trained) -> None:
    held_out = trained.checkpoint["corpus"]["held_out"]
    network = HeldOut.of(held_out, trained.vocabulary, "cpu")
    expected = bits(network.cross_entropy(trained.network))
    assert exporting.bits_of_file(tiny_path, held_out, "float32") == pytest.approx(
        expected, abs=0.002
    )


def test_int8_that_predicts_too_much_worse_is_left_out_and_an_older_one_goes(
    workshop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = tmp_path / "model.int8.onnx"
    old.write_bytes(b"of an older model")
    monkeypatch.setattr(exporting, "INT8_TOLERANCE", -0.5)
    export(workshop / "runs" / "songs-1", tmp_path / "model.onnx")
    assert not old.exists()
    assert "model.int8.onnx is left out" in caplog.text
    assert "not exported" in (tmp_path / "model.md").read_text()


def test_a_calibrated_file_divides_the_logits_and_its_figures_are_its_own(
    workshop: Path, tiny_path: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    best = checkpoints.load(run / "best.pt")
    best["recipe"]["generation"]["calibration"] = 1.5
    checkpoints.save(best, run / "best.pt")
    metrics = export(run, tmp_path / "model.onnx")
    tokens = np.array([[1, 2, 3]])
    whole, softened = (
        Model.load(path, "cpu", "float32") for path in (tiny_path, tmp_path / "model.onnx")
    )
    expected, _ = whole.step(tokens, whole.initial_state())
    logits, _ = softened.step(tokens, softened.initial_state())
    np.testing.assert_allclose(logits, expected / 1.5, atol=0.01)
    told = exporting.bits_of_file(tmp_path / "model.onnx", best["corpus"]["held_out"], "float32")
    assert metrics["held_out_bits_per_character"] == pytest.approx(told, abs=1e-4)
    assert metrics["held_out_bits_per_character"] != pytest.approx(
        best["history"][-1]["held_out_bits_per_character"]
    )
    assert "divided by 1.5" in (tmp_path / "model.md").read_text()


def test_the_model_card_tells_what_is_inside(workshop: Path) -> None:
    card = (workshop / "exported" / "songs-1.md").read_text()
    for word in (
        "Held-out bits per character",
        "songs (1).txt",
        "sha256",
        "What it can't do",
        "| 3",
    ):
        assert word in card


def test_export_without_a_run_says_what_to_do(tmp_path: Path) -> None:
    result = abctrain("export", cwd=tmp_path)
    assert result.returncode == 2
    assert b"make train" in result.stderr


def test_the_shipped_model_is_the_full_recipe(shipped: Model) -> None:
    assert (shipped.spec.layers, shipped.spec.hidden, len(shipped.spec.vocabulary)) == (3, 512, 83)
    metrics = shipped.spec.provenance["metrics"]
    assert metrics["epochs"] == 100
    # A compressor (PPMd of order 8, which reads the training tunes first) takes 1.651
    # for the same tunes.
    assert metrics["held_out_bits_per_character"] <= 1.60
    assert shipped.spec.provenance["corpora"][0]["sha256"].startswith("df3782d5f7b5")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"X:1\nK:D\nABc|\n", "is it a whole .onnx file"),
        (lambda content: content[: len(content) // 2], "is it a whole .onnx file"),
        (lambda content: b"", "is it a whole .onnx file|without abcrun metadata"),
        (lambda content: content.replace(b'"schema": 1', b'"schema": 9'), "schema 9"),
        (
            lambda content: content.replace(METADATA_KEY.encode() + b"\x12", b"abcxxx\x12"),
            "without abcrun metadata",
        ),
        (lambda content: content.replace(b'"vocabulary"', b'"vocabulery"'), "lacks or misstates"),
        (lambda content: content.replace(b'"hidden": 48', b'"hidden": 49'), "its metadata says 49"),
        (lambda content: content.replace(b'"layers": 2', b'"layers": 3'), "'h_in_2'"),
    ],
    ids=[
        "text",
        "truncated",
        "empty",
        "schema",
        "no metadata",
        "lacks an entry",
        "sizes",
        "layers",
    ],
)
def test_a_damaged_file_is_a_model_error_of_one_line(
    tiny_path: Path, tmp_path: Path, damage: object, message: str
) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(damage(tiny_path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=message) as caught:
        Model.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        Model.load(tmp_path / "none.onnx")
