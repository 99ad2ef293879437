"""A model that writes what a script says, in a real session and a real engine: so tests
know every character that it draws."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from abcrun import Model
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.signs import SIGNS
from abcrun.inference.sampling import Sampling
from abcrun.inference.session import onnx_runtime
from abcrun.inference.spec import ModelSpec
from abcrun.inference.vocabulary import Vocabulary

NEVER = -1e4  # a logit


def scripted(text: str, choices: Mapping[str, str] | None = None, plans: str = "") -> Model:
    """A model with recall whose character number n is that of the text, whatever was
    drawn before it.

    choices: characters of the text that stand for several ones, each as likely.
    plans: its form plans, as its file has them.
    """
    choices = choices or {}
    columns = [choices.get(character, character) for character in text]
    vocabulary = Vocabulary.of("".join(columns) + SIGNS + "\n")
    table = np.full((len(columns) + 1, len(vocabulary)), NEVER, np.float32)
    for row, characters in zip(table, [*columns, "\n"], strict=True):
        row[vocabulary.encode(characters)] = 0.0
    spec = ModelSpec(
        name="scripted",
        vocabulary=vocabulary,
        layers=1,
        hidden=1,
        prompt=text[:1],
        sampling=Sampling(temperature=1.0),
        repertoire=plans,
        recall=True,
    )
    content = _graph(table).SerializeToString()
    session = onnx_runtime().InferenceSession(content, providers=["CPUExecutionProvider"])
    return Model(session, spec)


def plans_of(*forms: object) -> str:
    """Form plans for a model that learned on the tonic D."""
    records = tuple(form.to_record() for form in forms)  # type: ignore[attr-defined]
    return Repertoire(records, {"maj": {"D": 1}}, "D").to_text()


def _graph(table: np.ndarray) -> onnx.ModelProto:
    """A network whose hidden state counts the characters that it has read, and whose
    logits are that row of a table."""
    number = TensorProto.FLOAT
    nodes = [
        helper.make_node("Shape", ["tokens"], ["shape"]),
        helper.make_node(
            "ConstantOfShape",
            ["shape"],
            ["ones"],
            value=numpy_helper.from_array(np.ones(1, np.float32)),
        ),
        helper.make_node("CumSum", ["ones", "axis"], ["read"]),
        helper.make_node("Add", ["read", "h_in_0"], ["place"]),
        helper.make_node("Min", ["place", "last"], ["row"]),
        helper.make_node("Cast", ["row"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["logits"]),
        helper.make_node("ReduceSum", ["ones", "axes"], ["count"], keepdims=1),
        helper.make_node("Add", ["count", "h_in_0"], ["h_out_0"]),
        helper.make_node("Identity", ["c_in_0"], ["c_out_0"]),
    ]
    constants = {
        "axis": np.array(1, np.int64),
        "axes": np.array([1], np.int64),
        "last": np.array(len(table) - 1, np.float32),
        "table": table,
    }
    states = [
        helper.make_tensor_value_info(name, number, ["batch", 1])
        for name in ("h_in_0", "c_in_0", "h_out_0", "c_out_0")
    ]
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "time"])
    logits = helper.make_tensor_value_info("logits", number, ["batch", "time", table.shape[1]])
    graph = helper.make_graph(
        nodes,
        "script",
        [tokens, *states[:2]],
        [logits, *states[2:]],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
