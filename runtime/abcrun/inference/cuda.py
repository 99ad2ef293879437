"""Memory on the GPU: allocated by ONNX Runtime, copied by CUDA's runtime library."""

import ctypes
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import DeviceError

_DEFAULT = 4  # cudaMemcpyDefault: the addresses tell the direction


class DeviceMemory:
    """Arrays on the GPU, of which parts can be read and written."""

    # ONNX Runtime offers no way to change a part of an array, which a row that comes or
    # goes needs.

    def __init__(self, runtime: Any) -> None:
        """Find CUDA's runtime library. `DeviceError` where it is missing.

        runtime: the module onnxruntime, with CUDA's libraries loaded.
        """
        self._runtime = runtime
        major = str(runtime.cuda_version).partition(".")[0]
        name = f"cudart64_{major}.dll" if sys.platform == "win32" else f"libcudart.so.{major}"
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise DeviceError(f"device cuda: {name} cannot be loaded ({error})") from None
        pointer, size, kind = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        # Without them ctypes cuts addresses to 32 bits.
        self._library.cudaMemcpy2D.argtypes = [pointer, size, pointer, size, size, size, kind]
        self._library.cudaGetErrorString.restype = ctypes.c_char_p

    def allocate(self, shape: tuple[int, ...], dtype: type[np.generic]) -> Any:
        """Return an `onnxruntime.OrtValue` of unset content; its `data_ptr()` is the
        address."""
        return self._runtime.OrtValue.ortvalue_from_shape_and_type(list(shape), dtype, "cuda", 0)

    def copy(
        self,
        target: int,
        target_pitch: int,
        source: int,
        source_pitch: int,
        width: int,
        height: int,
    ) -> None:
        """Copy `height` rows of `width` bytes that lie `pitch` bytes apart, and wait
        for it. Either address may be the host's or the GPU's.

        `DeviceError` when CUDA reports one.
        """
        status = self._library.cudaMemcpy2D(
            target, target_pitch, source, source_pitch, width, height, _DEFAULT
        )
        if status:
            reason = self._library.cudaGetErrorString(status).decode(errors="replace")
            raise DeviceError(f"device cuda: a copy failed ({reason})")


class DeviceStates:
    """The states of a batch on the GPU, float32 [states, slots, hidden]. Rows of them
    come from the host and go there."""

    def __init__(self, memory: DeviceMemory, states: int, slots: int, hidden: int) -> None:
        self._memory = memory
        self._value = memory.allocate((states, slots, hidden), np.float32)
        self._shape = (states, hidden)
        self._row, self._plane = 4 * hidden, 4 * hidden * slots  # bytes

    def address(self, state: int) -> int:
        """Return the address of the first row of a state."""
        return int(self._value.data_ptr()) + state * self._plane

    def read(self, row: int) -> NDArray[np.float32]:
        """Return the states of a row, float32 [states, hidden]."""
        found = np.empty(self._shape, np.float32)
        self._copy(found.ctypes.data, self._row, self.address(0) + row * self._row, self._plane)
        return found

    def write(self, row: int, values: NDArray[np.float32]) -> None:
        """Set the states of a row, float32 [states, hidden]."""
        values = np.ascontiguousarray(values, np.float32)
        self._copy(self.address(0) + row * self._row, self._plane, values.ctypes.data, self._row)

    def move(self, source: int, target: int) -> None:
        """Copy the states of the row `source` to `target`."""
        first = self.address(0)
        self._copy(first + target * self._row, self._plane, first + source * self._row, self._plane)

    def _copy(self, target: int, target_pitch: int, source: int, source_pitch: int) -> None:
        self._memory.copy(target, target_pitch, source, source_pitch, self._row, self._shape[0])
