"""What this machine offers for running a model, and what abcrun makes of it."""

import logging
import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from abcrun import processes
from abcrun.errors import AbcrunError, DeviceError
from abcrun.files import default_model_path
from abcrun.formats import Device
from abcrun.inference.machine import default_threads, processor, usable_cores
from abcrun.inference.session import onnx_runtime
from abcrun.model import Model

WHEELS = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-directml",
    "onnxruntime-openvino",
    "onnxruntime-silicon",
)
"""Distributions that own the same folder `onnxruntime`: the last one installed wins."""
DRIVER_SECONDS = 10


def examine(path: Path | None = None) -> Iterator[tuple[str, str]]:
    """Findings as pairs of a name and a line of text, for the model `path` or the one
    that comes with abcrun."""
    file = path or default_model_path()
    yield (
        "abcrun",
        f"{_version('abcrun') or 'not installed'}, Python {platform.python_version()}, {platform.platform()}",
    )
    yield "processor", f"{processor()}, {usable_cores()} cores usable"
    wheels = [f"{name} {version}" for name in WHEELS if (version := _version(name))]
    yield "wheels", ", ".join(wheels) or "none of " + ", ".join(WHEELS)
    if len(wheels) > 1:
        yield (
            "conflict",
            (
                "these wheels share one folder and the last one installed wins; pip uninstall all of them, "
                'then pip install "abcrun[cpu]" or "abcrun[cuda]"'
            ),
        )
    try:
        runtime = onnx_runtime()
    except DeviceError as error:
        yield "runtime", str(error)
        return
    yield "runtime", f"ONNX Runtime {runtime.__version__}"
    providers = runtime.get_available_providers()
    yield "providers", f"compiled in: {', '.join(providers)}"
    yield "driver", _driver()
    yield "model", str(file)
    yield "cpu", _tried(file, "cpu")
    if "CUDAExecutionProvider" in providers:
        yield "cuda", _tried(file, "cuda")
    else:
        yield "cuda", "not compiled into this ONNX Runtime"
    yield "auto", _choice(file)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _driver() -> str:
    """The NVIDIA driver and its cards, as nvidia-smi tells."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "no NVIDIA driver (nvidia-smi is not there)"
    command = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        result = processes.run(command, seconds=DRIVER_SECONDS)
    except OSError as error:
        return f"nvidia-smi does not answer ({error})"
    said = "; ".join(
        line.strip() for line in (result.stdout or result.stderr).splitlines() if line.strip()
    )
    return said if result.returncode == 0 else f"nvidia-smi fails ({said[:200]})"


def _tried(file: Path, device: Device) -> str:
    """Whether a step works there."""
    try:
        with Model.load(file, device) as model:
            model.network.prefill(model.spec.vocabulary.encode(model.spec.prompt))
    except AbcrunError as error:
        return str(error)
    return "works"


def _choice(file: Path) -> str:
    log = logging.getLogger("abcrun.inference.session")
    before = log.disabled
    log.disabled = True  # why CUDA does not work was told above
    try:
        with Model.load(file) as model:
            device, precision = model.device, model.spec.precision
    except AbcrunError as error:
        return str(error)
    finally:
        log.disabled = before
    if device == "cuda":
        return f"cuda, {precision}: the GPU works"
    why = {
        "int8": "int8 weights are beside the model and are faster on the CPU",
        "float32": f"there is no {file.with_suffix('.int8.onnx').name}",
    }
    return f"cpu, {precision}, {default_threads()} threads: no GPU works; {why.get(precision, '')}"


def is_fit(findings: list[tuple[str, str]]) -> bool:
    """Whether abcrun can compose here."""
    found = dict(findings)
    return found.get("cpu") == "works" or found.get("cuda") == "works"
