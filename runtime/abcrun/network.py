"""The bare network: one immutable session, stepped with a state that belongs to the caller."""

import os
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError, UsageError
from .sampling import Logits
from .session import Device, Session, open_session
from .spec import METADATA_KEY, ModelSpec

State = tuple[NDArray[np.float32], ...]
"""Hidden and cell state of every layer in the order h_0, c_0, h_1, c_1 …, float32 [batch, hidden] each."""

_PREFILL = 4096  # characters of a prompt that go through the network in one call

DEFAULT_MODEL = "irish"


def default_model_path() -> Path:
    """The model that comes with abcrun: inside the installed package, or in a checkout's `exported/`."""
    package = Path(__file__).parent
    installed = package / "models" / f"{DEFAULT_MODEL}.onnx"
    return installed if installed.exists() else package.parents[1] / "exported" / f"{DEFAULT_MODEL}.onnx"


class Network:
    """Predicts the next character of a text from the one before it and a state."""

    def __init__(self, session: Session, spec: ModelSpec) -> None:
        """A network around a session that the caller made. `ModelError` where the session does not fit `spec`."""
        self.spec = spec
        self.session = session
        states = [f"{kind}_{{}}_{layer}" for layer in range(spec.layers) for kind in "hc"]
        self._inputs = ["tokens", *(name.format("in") for name in states)]
        self._outputs = ["logits", *(name.format("out") for name in states)]
        _check_shapes(session, spec, self._inputs, self._outputs)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, device: Device = "auto") -> Self:
        """Load an exported .onnx file; without a path, the model that comes with abcrun.

        `device` is auto, cpu or cuda: cuda works or raises `DeviceError`. `ModelError` for a file that is missing, no
        ONNX, truncated, of another schema, or without abcrun's metadata.
        """
        file = default_model_path() if path is None else Path(path)
        session = open_session(file, device)
        text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if text is None:
            raise ModelError(f"{file}: an ONNX file without abcrun metadata; export it with `make export`")
        try:
            return cls(session, ModelSpec.from_json(text, str(file)))
        except ModelError as error:
            raise ModelError(str(error) if str(error).startswith(str(file)) else f"{file}: {error}") from None

    @property
    def device(self) -> str:
        """Where it runs: "cuda" or "cpu"."""
        return "cuda" if self.session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"

    def initial_state(self, batch: int = 1) -> State:
        """The state before the first character: zeros."""
        return tuple(np.zeros((batch, self.spec.hidden), np.float32) for _ in range(2 * self.spec.layers))

    def step(self, tokens: NDArray[np.int64], state: State) -> tuple[Logits, State]:
        """Logits float32 [batch, time, vocabulary] and the new state, from tokens int64 [batch, time]."""
        feed = dict(zip(self._inputs, (tokens, *state), strict=True))
        logits, *new_state = self.session.run(self._outputs, feed)
        return logits, tuple(new_state)

    def prefill(self, tokens: NDArray[np.int64]) -> tuple[Logits, State]:
        """Read a text from the initial state: logits after it, float32 [1, vocabulary], and the state after it."""
        if not len(tokens):
            raise UsageError("the prompt is empty; it needs at least one character")
        state = self.initial_state()
        for start in range(0, len(tokens), _PREFILL):
            logits, state = self.step(tokens[None, start : start + _PREFILL], state)
        return logits[:, -1], state


def _check_shapes(session: Session, spec: ModelSpec, inputs: list[str], outputs: list[str]) -> None:
    found = {entry.name: list(entry.shape) for entry in (*session.get_inputs(), *session.get_outputs())}
    last = {"tokens": None, "logits": len(spec.vocabulary)}
    for name in (*inputs, *outputs):
        if name not in found:
            raise ModelError(f"it has no {name!r} as abcrun's model files have; export the model again")
        expected = last.get(name, spec.hidden)
        if expected is not None and found[name][-1] != expected:
            raise ModelError(
                f"{name!r} has shape {found[name]}, its metadata says {expected} at the end; export it again"
            )
