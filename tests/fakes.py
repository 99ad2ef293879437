"""Stand-ins for what this machine lacks."""

import ctypes
import sys
from collections.abc import Callable

import numpy as np
import pytest

from abcrun.inference.session import onnx_runtime

REAL = onnx_runtime()


def put_in_place(monkeypatch: pytest.MonkeyPatch, runtime: "FakeRuntime") -> None:
    """Let `import onnxruntime` give a fake."""
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)


class FakeRuntime:
    """ONNX Runtime as it looks with CUDA compiled in, on a machine where CUDA fails at
    the stage `fails_at`."""

    def __init__(self, fails_at: str) -> None:
        self._fails_at = fails_at
        self.SessionOptions = REAL.SessionOptions
        self.cuda_version = "13.0"
        self.gpu = FakeGpu()
        self.OrtValue = self.gpu
        self.__version__ = REAL.__version__

    def get_available_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def preload_dlls(self) -> None:
        print("*** noise that must not reach stdout ***")

    def set_default_logger_severity(self, severity: int) -> None:
        pass

    def InferenceSession(self, path: str, *, providers: list[str], **options: object) -> object:  # noqa: N802
        if providers == ["CPUExecutionProvider"]:
            return REAL.InferenceSession(path, providers=providers)
        if self._fails_at == "load":
            raise RuntimeError("libcudnn.so.9: cannot open\nshared object file")
        session = REAL.InferenceSession(path, providers=["CPUExecutionProvider"])
        return FakeCudaSession(session, self._fails_at, self.gpu)


class FakeGpu:
    """A GPU whose memory is some of the host's: it knows which addresses are its own,
    and what was copied."""

    def __init__(self) -> None:
        self._arrays: list[np.ndarray] = []
        self.fetched = self.sent = 0  # bytes
        self.fails = 0
        self.cudaMemcpy2D = Function(self._copy)
        self.cudaGetErrorString = Function(lambda status: b"unspecified launch failure")

    def ortvalue_from_shape_and_type(
        self, shape: list[int], dtype: type, device: str, number: int
    ) -> object:
        assert (device, number) == ("cuda", 0)
        self._arrays.append(np.full(shape, -7, dtype))  # memory of the GPU comes as it was left
        return FakeOrtValue(self._arrays[-1])

    def owns(self, address: int) -> bool:
        return any(0 <= address - array.ctypes.data < array.nbytes for array in self._arrays)

    def _copy(
        self, target: int, to: int, source: int, by: int, width: int, height: int, kind: int
    ) -> int:
        assert kind == 4
        if self.fails:
            return self.fails
        assert self.owns(target) or self.owns(source)
        for row in range(height):
            first, last = target + row * to, target + row * to + width - 1
            assert self.owns(first) == self.owns(last) == self.owns(target)
            ctypes.memmove(first, source + row * by, width)
        self.sent += 0 if self.owns(source) else width * height
        self.fetched += 0 if self.owns(target) else width * height
        return 0


class Function:
    """Takes attributes, as functions of a library loaded by ctypes do."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *arguments: object) -> object:
        return self._function(*arguments)


class FakeOrtValue:
    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def data_ptr(self) -> int:
        return self._array.ctypes.data


class FakeBinding:
    """A binding of the real session, which runs on the CPU, with memory that says it is
    the GPU's."""

    def __init__(self, binding: object, gpu: FakeGpu) -> None:
        self.real = binding
        self._gpu = gpu

    def bind_input(self, name: str, device: str, *rest: object) -> None:
        assert (device == "cuda") == self._gpu.owns(rest[-1])
        self.real.bind_input(name, "cpu", *rest)

    def bind_output(self, name: str, device: str, *rest: object) -> None:
        assert (device == "cuda") == self._gpu.owns(rest[-1])
        assert (device == "cuda") == (name != "logits")
        self.real.bind_output(name, "cpu", *rest)


class FakeCudaSession:
    def __init__(self, session: object, fails_at: str, gpu: FakeGpu) -> None:
        self._session = session
        self._fails_at = fails_at
        self._gpu = gpu

    def io_binding(self) -> FakeBinding:
        return FakeBinding(self._session.io_binding(), self._gpu)

    def run_with_iobinding(self, binding: FakeBinding) -> None:
        self._session.run_with_iobinding(binding.real)

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"] if self._fails_at == "silent" else ["CUDAExecutionProvider"]

    def run(self, *arguments: object) -> object:
        if self._fails_at == "run":
            raise RuntimeError("CUDNN_STATUS_NOT_INITIALIZED")
        return self._session.run(*arguments)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)
