"""The ONNX graph of a network: one LSTM node a layer, explicit states, weights as
initialisers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from abcrun.inference.spec import METADATA_KEY, ModelSpec

# 21 at most: ONNX Runtime's CUDA kernel does not match the LSTM of opset 22.
OPSET = 20
# Newer ones are refused by versions of ONNX Runtime that are in use.
IR_VERSION = 10

Weights = Mapping[str, NDArray[np.float32]]
"""A network's state dictionary as float32 arrays."""


def build(weights: Weights, spec: ModelSpec) -> onnx.ModelProto:
    """Build the model file: tokens and states in, logits and states out.

    The sizes of batch and time are free. Weight matrices are stored as float16 with a
    Cast to float32 behind them, which ONNX Runtime folds when it loads: half the size,
    the same speed. Biases stay float32.
    """
    graph = _Graph()
    # The one-hot vector of a token is a row of the identity.
    graph.initialiser("one_hot", np.eye(len(spec.vocabulary), dtype=np.float32))
    graph.initialiser("axis_0", np.array([0], np.int64))
    graph.initialiser("axis_1", np.array([1], np.int64))
    tokens = graph.node("Transpose", ["tokens"], "tokens_time_first", perm=[1, 0])
    hidden = graph.node("Gather", ["one_hot", tokens], "characters", axis=0)
    for layer in range(spec.layers):
        w, r = (_gates(weights[f"lstm.weight_{kind}_l{layer}"]) for kind in ("ih", "hh"))
        b = np.concatenate([_gates(weights[f"lstm.bias_{kind}_l{layer}"]) for kind in ("ih", "hh")])
        inputs = [
            hidden,
            graph.matrix(f"W_{layer}", w[None]),
            graph.matrix(f"R_{layer}", r[None]),
            graph.initialiser(f"B_{layer}", b[None]),
            # No lengths: all sequences of a batch are equally long.
            "",
            graph.node("Unsqueeze", [f"h_in_{layer}", "axis_0"], f"h_begin_{layer}"),
            graph.node("Unsqueeze", [f"c_in_{layer}", "axis_0"], f"c_begin_{layer}"),
        ]
        outputs = [f"{name}_{layer}" for name in ("y", "h_end", "c_end")]
        graph.nodes.append(
            helper.make_node("LSTM", inputs, outputs, f"lstm_{layer}", hidden_size=spec.hidden)
        )
        graph.node("Squeeze", [f"h_end_{layer}", "axis_0"], f"h_out_{layer}")
        graph.node("Squeeze", [f"c_end_{layer}", "axis_0"], f"c_out_{layer}")
        hidden = graph.node("Squeeze", [f"y_{layer}", "axis_1"], f"hidden_{layer}")
    projected = graph.node(
        "MatMul", [hidden, graph.matrix("W_linear", weights["linear.weight"].T)], "projected"
    )
    biased = graph.node(
        "Add",
        [projected, graph.initialiser("B_linear", weights["linear.bias"])],
        "logits_time_first",
    )
    graph.node("Transpose", [biased], "logits", perm=[1, 0, 2])

    return _model(graph, spec)


def build_int8(weights: Weights, spec: ModelSpec) -> onnx.ModelProto:
    """Build the same contract with int8 weight matrices, a scale for each output unit.

    It is for the CPU only. The gates are spelled out, inside a Scan over time, which
    costs nothing measurable at batch 1 and up to a fifth at 64.
    """
    graph = _Int8Graph()
    # Hidden states lie between -1 and 1, so they are quantised to uint8 with one fixed
    # scale. Dynamic quantisation takes one from the batch at each step: a tune would
    # depend on those that are composed beside it, and a step would cost more.
    graph.initialiser("activation_scale", np.array(1 / 127, np.float32))
    graph.initialiser("activation_zero", np.array(128, np.uint8))
    graph.initialiser("sigmoids_and_tanh", np.array([3 * spec.hidden, spec.hidden], np.int64))
    graph.initialiser("three_gates", np.array([spec.hidden] * 3, np.int64))
    below = ""  # the quantised output of the layer below
    for layer in range(spec.layers):
        w, r = (_gates(weights[f"lstm.weight_{kind}_l{layer}"]).T for kind in ("ih", "hh"))
        b = _gates(weights[f"lstm.bias_ih_l{layer}"] + weights[f"lstm.bias_hh_l{layer}"])
        hidden = graph.quantised(f"h_in_{layer}")
        if layer == 0:
            # One-hot times W is a row of W, which stays float32; the bias is in it.
            row = graph.node("Gather", [graph.initialiser("W_0", w + b), "token"], "row", axis=0)
            gates = graph.node("Add", [graph.product(hidden, "R_0", r, None), row], "gates_0")
        else:
            both = graph.node("Concat", [below, hidden], f"inputs_{layer}", axis=1)
            gates = graph.product(both, f"WR_{layer}", np.concatenate([w, r]), b)
        below = graph.quantised(graph.cell(gates, layer))
    graph.product(below, "linear", weights["linear.weight"].T, weights["linear.bias"])
    graph.nodes = [_over_time(graph.nodes, spec)]
    return _model(graph, replace(spec, precision="int8"), helper.make_opsetid("com.microsoft", 1))


def _over_time(step: list[onnx.NodeProto], spec: ModelSpec) -> onnx.NodeProto:
    """Return the Scan that takes the nodes of one step for each character."""
    states = _state_names(spec)
    shape: list[str | int | None] = ["batch", spec.hidden]
    body = helper.make_graph(
        step,
        "step",
        [
            *(
                helper.make_tensor_value_info(name.format("in"), TensorProto.FLOAT, shape)
                for name in states
            ),
            helper.make_tensor_value_info("token", TensorProto.INT64, ["batch"]),
        ],
        [
            *(
                helper.make_tensor_value_info(name.format("out"), TensorProto.FLOAT, shape)
                for name in states
            ),
            helper.make_tensor_value_info(
                "linear_product", TensorProto.FLOAT, ["batch", len(spec.vocabulary)]
            ),
        ],
    )
    return helper.make_node(
        "Scan",
        [*(name.format("in") for name in states), "tokens"],
        [*(name.format("out") for name in states), "logits"],
        "over_time",
        body=body,
        num_scan_inputs=1,
        scan_input_axes=[1],
        scan_output_axes=[1],
    )


def describe(model: onnx.ModelProto, spec: ModelSpec) -> None:
    """Put `spec` into the file's metadata in place of what it says of itself."""
    del model.metadata_props[:]
    helper.set_model_props(model, {METADATA_KEY: spec.to_json()})


def _state_names(spec: ModelSpec) -> list[str]:
    return [f"{kind}_{{}}_{layer}" for layer in range(spec.layers) for kind in "hc"]


def _model(
    graph: "_Graph", spec: ModelSpec, *extensions: onnx.OperatorSetIdProto
) -> onnx.ModelProto:
    """Return the graph with the inputs and outputs of the contract.

    `extensions` name further sets of operators that it uses.
    """
    states = _state_names(spec)
    float_: int = TensorProto.FLOAT
    state_shape: list[str | int | None] = ["batch", spec.hidden]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "abcrun",
            [
                helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "time"]),
                *(
                    helper.make_tensor_value_info(name.format("in"), float_, state_shape)
                    for name in states
                ),
            ],
            [
                helper.make_tensor_value_info(
                    "logits", float_, ["batch", "time", len(spec.vocabulary)]
                ),
                *(
                    helper.make_tensor_value_info(name.format("out"), float_, state_shape)
                    for name in states
                ),
            ],
            graph.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), *extensions],
        ir_version=IR_VERSION,
        producer_name="abctrain",
    )
    describe(model, spec)
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Nodes and initialisers as they are collected.

    Methods return the name of the value that they make.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def initialiser(self, name: str, value: NDArray[np.generic]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    # Not for biases: they are few, so nothing would be saved.
    def matrix(self, name: str, value: NDArray[np.float32]) -> str:
        stored = self.initialiser(f"{name}_half", value.astype(np.float16))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def split(self, value: str, sizes: str, outputs: list[str]) -> None:
        self.nodes.append(
            helper.make_node("Split", [value, sizes], outputs, f"split_{value}", axis=1)
        )

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], f"make_{output}", **attributes))
        return output


LARGEST_WEIGHT = 64
"""The largest magnitude of a quantised weight.

AVX2 adds the products of two neighbours, of uint8 and int8, in an int16 that saturates
at 32,767. Two of 255 times 64 stay below, so that a processor without VNNI (Haswell to
Zen 3) has the same sums as one with it. Weights up to 127 would not, for the seventh
bit more of precision that costs less than a thousandth of a bit per character.
"""


class _Int8Graph(_Graph):
    """A graph whose matrices are int8 and whose activations are uint8."""

    def quantised(self, value: str) -> str:
        inputs = [value, "activation_scale", "activation_zero"]
        return self.node("QuantizeLinear", inputs, f"{value}_uint8")

    def product(
        self,
        activations: str,
        name: str,
        matrix: NDArray[np.float32],
        bias: NDArray[np.float32] | None,
    ) -> str:
        """Multiply quantised activations by a matrix quantised by columns."""
        # A column of zeros must not divide by nothing.
        largest = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny)
        scale = largest / LARGEST_WEIGHT
        inputs = [
            activations,
            self.initialiser(f"{name}_int8", np.rint(matrix / scale).astype(np.int8)),
            "activation_scale",
            self.initialiser(f"{name}_scale", scale.astype(np.float32)),
            "activation_zero",
            self.initialiser(f"{name}_zero", np.zeros(matrix.shape[1], np.int8)),
        ]
        if bias is not None:
            inputs.append(self.initialiser(f"{name}_bias", bias))
        return self.node("MatMulIntegerToFloat", inputs, f"{name}_product", domain="com.microsoft")

    def cell(self, gates: str, layer: int) -> str:
        """Make the new states of an LSTM layer from its gates.

        Return the hidden one.
        """
        # One Sigmoid for the three gates that have it: ONNX keeps them side by side.
        self.split(gates, "sigmoids_and_tanh", [f"iof_{layer}", f"g_{layer}"])
        sigmoids = self.node("Sigmoid", [f"iof_{layer}"], f"sigmoids_{layer}")
        self.split(sigmoids, "three_gates", [f"i_{layer}", f"o_{layer}", f"f_{layer}"])
        candidate = self.node("Tanh", [f"g_{layer}"], f"candidate_{layer}")
        kept = self.node("Mul", [f"f_{layer}", f"c_in_{layer}"], f"kept_{layer}")
        new = self.node("Mul", [f"i_{layer}", candidate], f"new_{layer}")
        cell = self.node("Add", [kept, new], f"c_out_{layer}")
        squashed = self.node("Tanh", [cell], f"squashed_{layer}")
        return self.node("Mul", [f"o_{layer}", squashed], f"h_out_{layer}")


def _gates(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put the gates of PyTorch, stacked along the first axis, in the order of ONNX."""
    # PyTorch has input, forget, cell, output; ONNX input, output, forget, cell.
    i, f, g, o = np.split(values, 4)
    return np.concatenate([i, o, f, g])
