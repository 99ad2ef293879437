"""The ONNX graph of a network: one LSTM node a layer, explicit states, weights as initialisers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from abcrun.spec import METADATA_KEY, ModelSpec

OPSET = 20  # 21 at most: the CUDA kernel does not match the LSTM of opset 22
IR_VERSION = 10  # newer ones are refused by ONNX Runtimes in use

Weights = Mapping[str, NDArray[np.float32]]
"""A network's state dictionary as float32 arrays."""


def build(weights: Weights, spec: ModelSpec, *, half: bool = True) -> onnx.ModelProto:
    """The model file of design: tokens and states in, logits and states out, batch and time free.

    `half` stores the weight matrices as float16 with a Cast to float32 behind them, which ONNX Runtime folds when it
    loads: half the size, the same speed. Biases stay float32.
    """
    graph = _Graph(half)
    size = len(spec.vocabulary)
    graph.initialiser("one_hot", np.eye(size, dtype=np.float32))
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
            "",  # all sequences of a batch are equally long
            graph.node("Unsqueeze", [f"h_in_{layer}", "axis_0"], f"h_begin_{layer}"),
            graph.node("Unsqueeze", [f"c_in_{layer}", "axis_0"], f"c_begin_{layer}"),
        ]
        outputs = [f"{name}_{layer}" for name in ("y", "h_end", "c_end")]
        graph.nodes.append(helper.make_node("LSTM", inputs, outputs, f"lstm_{layer}", hidden_size=spec.hidden))
        graph.node("Squeeze", [f"h_end_{layer}", "axis_0"], f"h_out_{layer}")
        graph.node("Squeeze", [f"c_end_{layer}", "axis_0"], f"c_out_{layer}")
        hidden = graph.node("Squeeze", [f"y_{layer}", "axis_1"], f"hidden_{layer}")
    projected = graph.node("MatMul", [hidden, graph.matrix("W_linear", weights["linear.weight"].T)], "projected")
    biased = graph.node("Add", [projected, graph.initialiser("B_linear", weights["linear.bias"])], "logits_time_first")
    graph.node("Transpose", [biased], "logits", perm=[1, 0, 2])

    states = [f"{kind}_{{}}_{layer}" for layer in range(spec.layers) for kind in "hc"]
    float_: int = TensorProto.FLOAT
    state_shape: list[str | int | None] = ["batch", spec.hidden]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "abcrun",
            [
                helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "time"]),
                *(helper.make_tensor_value_info(name.format("in"), float_, state_shape) for name in states),
            ],
            [
                helper.make_tensor_value_info("logits", float_, ["batch", "time", size]),
                *(helper.make_tensor_value_info(name.format("out"), float_, state_shape) for name in states),
            ],
            graph.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="abctrain",
    )
    helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Nodes and initialisers as they are collected."""

    def __init__(self, half: bool) -> None:
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def initialiser(self, name: str, value: NDArray[np.generic]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def matrix(self, name: str, value: NDArray[np.float32]) -> str:
        if not self.half:
            return self.initialiser(name, value)
        stored = self.initialiser(f"{name}_half", value.astype(np.float16))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], f"make_{output}", **attributes))
        return output


def _gates(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """PyTorch stacks input, forget, cell, output along the first axis; ONNX input, output, forget, cell."""
    i, f, g, o = np.split(values, 4)
    return np.concatenate([i, o, f, g])
