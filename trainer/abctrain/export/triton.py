"""A model repository for NVIDIA Triton: the exported file as it is, and how to batch
it.

Triton keeps the states of each sequence itself (sequence batching, implicit state): a
client sends characters under an id of its own, and gets the logits of the next one.
That is plain sampling. What abcrun composes, it composes with states that it goes back
to, which no client of Triton can.

https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/
"""

from pathlib import Path

from abcrun.errors import ModelError
from abcrun.files import make_folder, write_together
from abcrun.inference.spec import ModelSpec
from abcrun.model import Model

MOST_ROWS, MOST_SEQUENCES = 64, 1024
IDLE_MINUTES = 10
"""How long a sequence that nobody asks for keeps its states."""


def write_repository(folder: Path, model: Path) -> Path:
    """Write an exported file as a model of the repository `folder`: all its files or
    none; return the model's folder.

    Raises `ModelError` for a model with signs of recall, and `OutputError`.
    """
    with Model.load(model, "cpu", "float32") as loaded:
        spec = loaded.spec
    if spec.recall:
        raise ModelError(
            f"{model}: it writes signs of recall, and what they recall has to be fed; Triton "
            "serves models that write plain ABC, such as those of recipe irish"
        )
    root = folder / spec.name
    make_folder(root / "1")
    write_together(
        {
            root / "config.pbtxt": configuration(spec),
            root / "1" / "model.onnx": model.read_bytes(),
            root / f"{spec.name}.json": spec.to_json(),
        }
    )
    return root


def configuration(spec: ModelSpec) -> str:
    """Return the text of config.pbtxt: a ModelConfig in protobuf's text format."""
    states = "\n".join(
        f"""    state {{
      input_name: "{kind}_in_{layer}"
      output_name: "{kind}_out_{layer}"
      data_type: TYPE_FP32
      dims: [ {spec.hidden} ]
      initial_state {{
        name: "{kind}_{layer}"
        data_type: TYPE_FP32
        dims: [ {spec.hidden} ]
        zero_data: true
      }}
    }}"""
        for layer in range(spec.layers)
        for kind in "hc"
    )
    return f"""\
name: "{spec.name}"
backend: "onnxruntime"
max_batch_size: {MOST_ROWS}
input {{
  name: "tokens"
  data_type: TYPE_INT64
  dims: [ -1 ]
}}
output {{
  name: "logits"
  data_type: TYPE_FP32
  dims: [ -1, {len(spec.vocabulary)} ]
}}
sequence_batching {{
  max_sequence_idle_microseconds: {IDLE_MINUTES * 60 * 1_000_000}
  oldest {{
    max_candidate_sequences: {MOST_SEQUENCES}
    max_queue_delay_microseconds: 500
  }}
{states}
}}
"""
