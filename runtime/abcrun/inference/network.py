"""The bare network: one immutable session, stepped with a state that belongs to the
caller."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import AbcrunError, DeviceError, ModelError, UsageError
from abcrun.files import default_model_path
from abcrun.formats import PRECISIONS, Device, Precision
from abcrun.inference.checksum import compare_checksum
from abcrun.inference.entries import shown
from abcrun.inference.machine import default_threads
from abcrun.inference.partner import int8_file
from abcrun.inference.sampling import Logits
from abcrun.inference.session import Binding, Session, one_line, open_session
from abcrun.inference.spec import METADATA_KEY, ModelSpec

State = tuple[NDArray[np.float32], ...]
"""Hidden and cell state of every layer in the order h_0, c_0, h_1, c_1 …, float32
[batch, hidden] each."""

# Characters of a prompt that go through the network in one call: the logits of all of
# them come back, some 1.5 MB.
_PREFILL = 4096

_REMEMBERED = 512  # texts whose state is kept


class PrefixCache:
    """The states after up to `capacity` texts, so that tunes that begin alike are read
    once. Threads may share it."""

    def __init__(self, capacity: int = _REMEMBERED) -> None:
        self._capacity = capacity
        self._states: dict[str, State] = {}
        # Between a look-up and its use another thread may empty the dictionary.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._states)

    def longest(self, text: str) -> tuple[int, State] | None:
        """Return how much of a text is known, and the state after it: all of the text,
        or whole lines of its beginning. None where nothing is known."""
        with self._lock:
            known = len(text)
            while known:
                if (state := self._states.get(text[:known])) is not None:
                    return known, state
                known = text.rfind("\n", 0, known - 1) + 1
        return None

    def add(self, text: str, state: State) -> None:
        """Remember the state after a text; a full cache forgets all others first."""
        with self._lock:
            if len(self._states) >= self._capacity:
                self._states.clear()
            self._states[text] = state


class Network:
    """Predicts the next character of a text from the one before it and a state.

    Its methods may be called from several threads. It keeps no state of theirs, only a
    cache of states after beginnings that are read again and again (`state_after`).
    """

    def __init__(self, session: Session, spec: ModelSpec) -> None:
        """Wrap a session that the caller made. `ModelError` where the session does not
        fit `spec`."""
        self.spec = spec
        self.file: Path | None = None  # what it was loaded from
        self.device = "cuda" if session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"
        self.threads = 1
        self._session: Session | None = session
        self._open_for_one_thread: Callable[[], Session] | None = None
        self._for_one_thread: Self | None = None
        self._opening = threading.Lock()
        self.prefixes = PrefixCache()
        states = [f"{kind}_{{}}_{layer}" for layer in range(spec.layers) for kind in "hc"]
        self._inputs = ["tokens", *(name.format("in") for name in states)]
        self._outputs = ["logits", *(name.format("out") for name in states)]
        _check_shapes(session, spec, self._inputs, self._outputs)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        device: Device = "auto",
        precision: Precision = "auto",
        threads: int | None = None,
    ) -> Self:
        """Load an exported .onnx file; without a path, the model that comes with
        abcrun.

        device: auto, cpu or cuda; cuda works or raises `DeviceError`.
        precision: auto, float32 or int8. The int8 weights of NAME.onnx are in
            NAME.int8.onnx beside it: faster, on the CPU only, and barely worse (the
            model card says how much). auto takes them on the CPU where they exist and
            come from the same export; else it logs a warning.
        threads: how many work on one step, the caller's among them; by default two
            where there are two cores.

        `ModelError` for a file that is missing, no ONNX, damaged, of another schema, or
        without abcrun's metadata.
        """
        if precision not in PRECISIONS:
            raise UsageError(f"precision is {precision!r}; choose {', '.join(PRECISIONS)}")
        file = default_model_path() if path is None else Path(path)
        if precision == "int8" and device == "cuda":
            raise UsageError(
                "precision int8 runs on the CPU only; use --device cpu, or --precision float32"
            )
        small = None
        if precision != "float32" and device != "cuda":
            small = int8_file(file, is_required=precision == "int8")
        if precision == "int8" and small is not None:
            file, device = small, "cpu"
        session = open_session(file, device, small, threads)
        if small is not None and session.get_providers()[0] == "CPUExecutionProvider":
            file = small
        try:
            text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        except UnicodeDecodeError:
            raise ModelError(
                f"{file}: its metadata is no UTF-8, the file is damaged; export the model again"
            ) from None
        if text is None:
            raise ModelError(
                f"{file}: an ONNX file without abcrun metadata; export it with `make export`"
            )
        try:
            network = cls(session, ModelSpec.from_json(text, str(file)))
        except ModelError as error:
            raise ModelError(
                str(error) if str(error).startswith(str(file)) else f"{file}: {error}"
            ) from None
        # Behind the checks that say more.
        compare_checksum(file)
        network.file = file
        if precision not in ("auto", network.spec.precision):
            raise ModelError(
                f"{file}: its weights are {network.spec.precision}, {precision} was asked for; "
                "export the model again, or choose another --precision"
            )
        if network.device == "cpu":
            network.threads = default_threads() if threads is None else threads
            network._open_for_one_thread = lambda: open_session(file, "cpu", threads=1)
        return network

    def for_one_thread(self) -> Self:
        """Return this network for threads that each take steps of their own, side by
        side, instead of working together on one step.

        It is opened once and shared, and closed with this one. A network around a
        caller's session returns itself.
        """
        if self.threads == 1 or self._open_for_one_thread is None:
            return self
        with self._opening:
            _ = self.session  # raises after `close`
            if self._for_one_thread is None:
                self._for_one_thread = type(self)(self._open_for_one_thread(), self.spec)
                self._for_one_thread.file = self.file
            return self._for_one_thread

    @property
    def session(self) -> Session:
        """The ONNX Runtime session. `ModelError` after `close`."""
        if self._session is None:
            raise ModelError("the model was closed; load it again")
        return self._session

    def close(self) -> None:
        """Let the session and its memory go. What still composes with it gets a
        `ModelError` at its next step."""
        with self._opening:
            self._session = None
            if self._for_one_thread is not None:
                self._for_one_thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def initial_state(self, batch: int = 1) -> State:
        """Return the state before the first character: zeros."""
        return tuple(
            np.zeros((batch, self.spec.hidden), np.float32) for _ in range(2 * self.spec.layers)
        )

    def step(self, tokens: NDArray[np.int64], state: State) -> tuple[Logits, State]:
        """Return the logits, float32 [batch, time, vocabulary], and the new state, for
        tokens int64 [batch, time]."""
        feed = dict(zip(self._inputs, (tokens, *state), strict=True))
        session = self.session
        try:
            logits, *new_state = session.run(self._outputs, feed)
        # ONNX Runtime's errors have no root of their own.
        except Exception as error:  # noqa: BLE001
            raise self._failed(error) from None
        # ONNX Runtime lets a graph give other shapes than it declares.
        expected = (*tokens.shape, len(self.spec.vocabulary))
        if logits.shape != expected or any(
            new.shape != old.shape for new, old in zip(new_state, state, strict=True)
        ):
            raise ModelError("a step of the network has results of other shapes than it declares")
        return logits, tuple(new_state)

    def bind(
        self, rows: int, tokens: int, state: Sequence[int], logits: int, new_state: Sequence[int]
    ) -> Binding:
        """Prepare a step of one character that reads and writes memory in place
        whenever it is `run`.

        The arguments are addresses of contiguous arrays, which the caller keeps alive.
        The step reads `tokens` int64 [rows, 1] and each `state` float32 [rows, hidden];
        it writes `logits` float32 [rows, 1, vocabulary] and each `new_state`. The
        logits lie in the host's memory, all others on the network's `device`.
        """
        binding = self.session.io_binding()
        state_shape = (rows, self.spec.hidden)
        binding.bind_input(self._inputs[0], self.device, 0, np.int64, (rows, 1), tokens)
        for name, address in zip(self._inputs[1:], state, strict=True):
            binding.bind_input(name, self.device, 0, np.float32, state_shape, address)
        binding.bind_output(
            self._outputs[0], "cpu", 0, np.float32, (rows, 1, len(self.spec.vocabulary)), logits
        )
        for name, address in zip(self._outputs[1:], new_state, strict=True):
            binding.bind_output(name, self.device, 0, np.float32, state_shape, address)
        return binding

    def run(self, binding: Binding) -> None:
        """Take the step that was bound."""
        session = self.session
        try:
            session.run_with_iobinding(binding)
        except Exception as error:  # noqa: BLE001  (as in `step`)
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> AbcrunError:
        """Return the error for a step that ONNX Runtime could not take."""
        kind = DeviceError if self.device == "cuda" else ModelError
        return kind(
            f"the network cannot take a step ({one_line(error)}); export the model again, "
            "or see what abcrun doctor says"
        )

    def state_after(self, text: str) -> State:
        """Return the state after reading a text from the initial state.

        The states after it and after each of its lines are remembered. The arrays are
        shared: do not change them.
        """
        known, state = self.prefixes.longest(text) or (0, self.initial_state())
        # Line by line: headers of other tunes share the first lines, not the last.
        while known < len(text):
            stop = text.find("\n", known) + 1 or len(text)
            for start in range(known, stop, _PREFILL):
                tokens = self.spec.vocabulary.encode(text[start : min(start + _PREFILL, stop)])
                state = self.step(tokens[None], state)[1]
            known = stop
            self.prefixes.add(text[:known], state)
        return state

    def prefill(self, tokens: NDArray[np.int64]) -> tuple[Logits, State]:
        """Read a text from the initial state. Return the logits after it, float32
        [1, vocabulary], and the state after it."""
        if not len(tokens):
            raise UsageError("the prompt is empty; it needs at least one character")
        state = self.initial_state()
        for start in range(0, len(tokens), _PREFILL):
            logits, state = self.step(tokens[None, start : start + _PREFILL], state)
        return logits[:, -1], state


def _check_shapes(session: Session, spec: ModelSpec, inputs: list[str], outputs: list[str]) -> None:
    """Raise a `ModelError` where a session's inputs and outputs are not those that
    `spec` says."""
    try:
        sides = (session.get_inputs(), inputs), (session.get_outputs(), outputs)
        found = {entry.name: entry for entries, _ in sides for entry in entries}
    except UnicodeDecodeError:
        raise ModelError(
            "the names in it are no UTF-8, the file is damaged; export it again"
        ) from None
    for entries, names in sides:
        for name in names:
            if name not in found:
                raise ModelError(
                    f"it has no {name!r} as abcrun's model files have; export the model again"
                )
            _check_shape(found[name], spec)
        if more := {entry.name for entry in entries} - set(names):
            raise ModelError(
                f"it has {shown(min(more))}, which its metadata does not say; export it again"
            )


def _check_shape(entry: Any, spec: ModelSpec) -> None:
    """Raise a `ModelError` where an input or output has another shape or type than
    `spec` says."""
    # Only the last axis has a fixed size; batch and time are the caller's.
    last = {"tokens": None, "logits": len(spec.vocabulary)}
    expected = last.get(entry.name, spec.hidden)
    shape = list(entry.shape)
    if expected is not None and shape[-1:] != [expected]:
        raise ModelError(
            f"{entry.name!r} has shape {shown(shape)}, its metadata says {expected} at the end; "
            "export it again"
        )
    axes = {"tokens": 2, "logits": 3}.get(entry.name, 2)
    free = shape if expected is None else shape[:-1]
    kind = "tensor(int64)" if entry.name == "tokens" else "tensor(float)"
    if len(shape) != axes or any(isinstance(size, int) for size in free) or entry.type != kind:
        raise ModelError(
            f"{entry.name!r} is {entry.type} of shape {shown(shape)}, which is not that of "
            "abcrun's model files; export it again"
        )
