"""Opening an ONNX Runtime session on the device that was asked for, and making sure that it really runs there."""

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from .errors import DeviceError, ModelError, UsageError

log = logging.getLogger(__name__)

Device = Literal["auto", "cpu", "cuda"]

THREADS = 1
"""Threads within an operator. A second one gains nothing at batch 1 and takes a core from the host application."""

_creating = threading.Lock()  # creating sessions concurrently can race inside ONNX Runtime


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that abcrun uses; `run` may be called from several threads."""

    def run(self, output_names: list[str] | None, feed: Mapping[str, Any], /) -> list[Any]: ...
    def get_inputs(self) -> list[Any]: ...
    def get_outputs(self) -> list[Any]: ...
    def get_providers(self) -> list[str]: ...
    def get_modelmeta(self) -> Any: ...


def open_session(path: Path, device: Device = "auto") -> Session:
    """Load the ONNX file `path`.

    `cpu` runs on the CPU. `cuda` runs on the GPU or raises a `DeviceError`. `auto` takes the GPU where ONNX Runtime
    offers one that works, else the CPU, and logs why. `ModelError` for a file that ONNX Runtime can't load.
    """
    if device not in get_args(Device):
        raise UsageError(f"device is {device!r}; choose {', '.join(get_args(Device))}")
    runtime = _runtime()
    if not path.is_file():
        raise ModelError(f"{path}: no such model file; give the path of an exported .onnx file")
    offered = "CUDAExecutionProvider" in runtime.get_available_providers()
    if device == "cpu" or (device == "auto" and not offered):
        return _create(runtime, path, cuda=False)
    if not offered:
        raise DeviceError(
            "device cuda: the ONNX Runtime installed here was built without CUDA; pip uninstall onnxruntime, then "
            'pip install "abcrun[cuda]"'
        )
    try:
        session = _create(runtime, path, cuda=True)
        _warm_up(session)
    except (DeviceError, ModelError) as error:
        if device == "cuda":
            raise DeviceError(f"device cuda: it does not work here ({error})") from None
        log.warning("CUDA does not work here, running on the CPU (%s)", error)
        return _create(runtime, path, cuda=False)
    return session


def _runtime() -> Any:
    """ONNX Runtime, which comes by extra."""
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError(
            f'ONNX Runtime cannot be imported ({error}); pip install "abcrun[cpu]", or "abcrun[cuda]" for an NVIDIA GPU'
        ) from None
    return onnxruntime


def _create(runtime: Any, path: Path, *, cuda: bool) -> Session:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if cuda:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        providers = ["CUDAExecutionProvider"]
    with _creating:
        try:
            if cuda:
                with _stdout_to_stderr():
                    runtime.preload_dlls()
            session: Session = runtime.InferenceSession(
                str(path), sess_options=options, providers=providers, enable_fallback=0
            )
        except Exception as error:  # noqa: BLE001  (ONNX Runtime's errors have no root of their own)
            kind = DeviceError if cuda else ModelError
            raise kind(f"{path}: ONNX Runtime cannot load it ({_one_line(error)}); is it a whole .onnx file?") from None
    if cuda and session.get_providers()[0] != "CUDAExecutionProvider":
        raise DeviceError(f"ONNX Runtime chose {session.get_providers()[0]}")
    return session


def _warm_up(session: Session) -> None:
    """One step with zeros: a provider can be listed, loaded, and fail only at the first LSTM (missing cuDNN)."""
    import numpy as np

    kinds = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    feed = {
        entry.name: np.zeros([size if isinstance(size, int) else 1 for size in entry.shape], kinds[entry.type])
        for entry in session.get_inputs()
        if entry.type in kinds
    }
    try:
        session.run(None, feed)
    except Exception as error:  # noqa: BLE001  (as above)
        raise DeviceError(f"the first step failed: {_one_line(error)}") from None


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """ONNX Runtime's CUDA preloading prints to stdout, which is for data."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
