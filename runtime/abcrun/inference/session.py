"""ONNX Runtime sessions: opened on the device that was asked for, and tried there."""

import contextlib
import io
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from abcrun.errors import DeviceError, ModelError, UsageError
from abcrun.formats import DEVICES, Device
from abcrun.inference.machine import default_threads

log = logging.getLogger(__name__)

_ERROR, _FATAL = 3, 4  # severities of ONNX Runtime's log
_TELEMETRY = "ORT_DISABLE_TELEMETRY"
_creating = threading.Lock()  # creating sessions concurrently can race inside ONNX Runtime


class Binding(Protocol):
    """The part of `onnxruntime.IOBinding` that abcrun uses."""

    def bind_input(
        self,
        name: str,
        device_type: str,
        device_id: int,
        element_type: Any,
        shape: Any,
        buffer_ptr: int,
        /,
    ) -> None: ...
    def bind_output(
        self,
        name: str,
        device_type: str,
        device_id: int,
        element_type: Any,
        shape: Any,
        buffer_ptr: int,
        /,
    ) -> None: ...


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that abcrun uses.

    Several threads may call `run` at once.
    """

    def run(self, output_names: list[str] | None, feed: Mapping[str, Any], /) -> list[Any]: ...
    def io_binding(self) -> Binding: ...
    def run_with_iobinding(self, binding: Any, /) -> None: ...
    def get_inputs(self) -> list[Any]: ...
    def get_outputs(self) -> list[Any]: ...
    def get_providers(self) -> list[str]: ...
    def get_modelmeta(self) -> Any: ...


def open_session(
    path: Path, device: Device = "auto", on_cpu: Path | None = None, threads: int | None = None
) -> Session:
    """Load an ONNX file into a session on a device.

    device: `cpu` runs on the CPU. `cuda` runs on the GPU or raises a `DeviceError`.
        `auto` takes the GPU where ONNX Runtime offers one that works, else the CPU, and
        then logs a warning that says why.
    on_cpu: the file to load instead of `path` where the session runs on the CPU.
    threads: how many work on one step, the caller's among them; by default up to
        `THREADS`.

    `ModelError` for a file that ONNX Runtime can't load.
    """
    if device not in DEVICES:
        raise UsageError(f"device is {device!r}; choose {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise UsageError(f"threads is {threads}; it must be at least 1")
    count = default_threads() if threads is None else threads
    runtime = onnx_runtime()
    if not path.is_file():
        raise ModelError(f"{path}: no such model file; give the path of an exported .onnx file")
    offered = "CUDAExecutionProvider" in runtime.get_available_providers()
    if device == "cpu" or (device == "auto" and not offered):
        return _create(runtime, on_cpu or path, count, cuda=False)
    if not offered:
        raise DeviceError(
            "device cuda: the ONNX Runtime installed here was built without CUDA; "
            'pip uninstall onnxruntime, then pip install "abcrun[cuda]"'
        )
    try:
        session = _create(runtime, path, count, cuda=True)
        _warm_up(session)
    except (DeviceError, ModelError) as error:
        if device == "cuda":
            raise DeviceError(f"device cuda: it does not work here ({error})") from None
        log.warning("CUDA does not work here, running on the CPU (%s)", error)
        return _create(runtime, on_cpu or path, count, cuda=False)
    return session


@contextlib.contextmanager
def quiet_fallback() -> Iterator[None]:
    """Keep sessions that fall back to the CPU from logging why, in all threads, while
    the context lasts."""
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before


def onnx_runtime() -> Any:
    """Import and return the module `onnxruntime`. `DeviceError` where it is not
    installed."""
    # Since 1.29 it sends what it loads to its maker unless ORT_DISABLE_TELEMETRY says
    # not to while it is imported. We say so where the user has said nothing, and leave
    # the environment of the host application as it was.
    is_unsaid = _TELEMETRY not in os.environ
    if is_unsaid:
        os.environ[_TELEMETRY] = "1"
    try:
        # In here, as an extra brings it, and as it takes long to load.
        import onnxruntime
    except ImportError as error:
        raise DeviceError(
            f"ONNX Runtime cannot be imported ({error}); "
            'pip install "abcrun[cpu]", or "abcrun[cuda]" for an NVIDIA GPU'
        ) from None
    finally:
        if is_unsaid:
            os.environ.pop(_TELEMETRY, None)  # another thread may have been here at the same time
    return onnxruntime


def _create(runtime: Any, path: Path, threads: int, *, cuda: bool) -> Session:
    """Create a session on the CPU or on nothing but CUDA. `ModelError` on the CPU,
    `DeviceError` on CUDA."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its errors are raised, and say what it would print.
    options.log_severity_level = _FATAL
    # A step takes less than it takes to wake a thread: without spinning the second one
    # gains nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
    providers = ["CPUExecutionProvider"]
    complaint = ""
    with _creating:
        try:
            if cuda:
                options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
                providers = ["CUDAExecutionProvider"]
                complaint = _preload(runtime)
                # What it would print to stderr is in the error, but for its reason.
                runtime.set_default_logger_severity(_FATAL)
            session: Session = runtime.InferenceSession(
                str(path), sess_options=options, providers=providers, enable_fallback=0
            )
        # ONNX Runtime's errors have no root of their own.
        except Exception as error:  # noqa: BLE001
            if cuda:
                raise DeviceError(complaint or _why_not_cuda(runtime, path, error)) from None
            raise ModelError(
                f"{path}: ONNX Runtime cannot load it ({one_line(error)}); "
                "is it a whole .onnx file?"
            ) from None
        finally:
            if cuda:
                runtime.set_default_logger_severity(_ERROR)
    # It may fall back to the CPU without an error, although it was told not to.
    if cuda and session.get_providers()[0] != "CUDAExecutionProvider":
        raise DeviceError(complaint or f"ONNX Runtime chose {session.get_providers()[0]}")
    return session


def _why_not_cuda(runtime: Any, path: Path, error: Exception) -> str:
    """Return why a session that may use nothing but CUDA could not be created."""
    # ONNX Runtime's own error does not tell a missing GPU from a graph that CUDA can't
    # run. A session that may use the CPU as well does.
    options = runtime.SessionOptions()
    options.log_severity_level = _FATAL
    try:
        either = runtime.InferenceSession(
            str(path),
            sess_options=options,
            providers=["CUDAExecutionProvider", "CPUExecutionProvider"],
        )
        is_there = "CUDAExecutionProvider" in either.get_providers()
    except Exception:  # noqa: BLE001  (the first error says more)
        is_there = True
    if is_there:
        return f"ONNX Runtime cannot load {path.name}: {one_line(error)}"
    return (
        f"no NVIDIA GPU, or a driver too old for CUDA {runtime.cuda_version}; "
        "abcrun doctor shows what there is"
    )


def _preload(runtime: Any) -> str:
    """Load CUDA's libraries out of their wheels. Return what was missing in one line,
    or nothing."""
    # ONNX Runtime prints it, and stdout is for data.
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runtime.preload_dlls()
    missing = [line for line in printed.getvalue().splitlines() if line.startswith("Failed")]
    return f'{missing[0]}; pip install "abcrun[cuda]" brings it' if missing else ""


def _warm_up(session: Session) -> None:
    """Take one step with zeros. `DeviceError` where it fails."""
    # A provider can be listed and loaded, and fail only at the first LSTM, where cuDNN
    # is missing.
    kinds = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    feed = {
        entry.name: np.zeros(
            [size if isinstance(size, int) else 1 for size in entry.shape], kinds[entry.type]
        )
        for entry in session.get_inputs()
        if entry.type in kinds
    }
    try:
        session.run(None, feed)
    except Exception as error:  # noqa: BLE001  (as in `_create`)
        raise DeviceError(f"the first step failed: {one_line(error)}") from None


def one_line(error: Exception) -> str:
    """Return an error's message in one line of at most 300 characters."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
