"""The work of `abcrun doctor`: what this machine offers, and what is chosen."""

import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from abcrun import processes
from abcrun.errors import AbcrunError, DeviceError, ModelError
from abcrun.files import default_model_path, index_path
from abcrun.formats import Device
from abcrun.inference.checksum import compare_checksum
from abcrun.inference.machine import default_threads, processor, usable_cores
from abcrun.inference.session import onnx_runtime, quiet_fallback
from abcrun.model import Model

WHEELS = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-directml",
    "onnxruntime-openvino",
    "onnxruntime-silicon",
)
"""Distributions that own the same folder `onnxruntime`: the last one installed wins."""

VersionOf = Callable[[str], str]
"""Returns the version of a distribution, or raises `PackageNotFoundError`."""


class Finding(NamedTuple):
    """One line of the doctor's report."""

    name: str
    text: str


def examine(
    path: Path | None = None,
    *,
    version_of: VersionOf = metadata.version,
    driver_seconds: float = 10,
) -> Iterator[Finding]:
    """Yield findings about this machine and a model, by default that of abcrun.

    `driver_seconds` is how long the driver of a GPU may take to answer.
    """
    file = path or default_model_path()
    versions = {name: _version(name, version_of) for name in ("abcrun", *WHEELS)}
    yield Finding(
        "abcrun",
        f"{versions['abcrun'] or 'not installed'}, Python {platform.python_version()}, "
        f"{platform.platform()}",
    )
    yield Finding("processor", f"{processor()}, {usable_cores()} cores usable")
    wheels = [f"{name} {versions[name]}" for name in WHEELS if versions[name]]
    yield Finding("wheels", ", ".join(wheels) or "none of " + ", ".join(WHEELS))
    if len(wheels) > 1:
        yield Finding(
            "conflict",
            "these wheels share one folder and the last one installed wins; pip uninstall all of "
            'them, then pip install "abcrun[cpu]" or "abcrun[cuda]"',
        )
    try:
        runtime = onnx_runtime()
    except DeviceError as error:
        yield Finding("runtime", str(error))
        return
    yield Finding("runtime", f"ONNX Runtime {runtime.__version__}")
    providers = runtime.get_available_providers()
    yield Finding("providers", f"compiled in: {', '.join(providers)}")
    yield Finding("driver", _driver(driver_seconds))
    yield Finding("model", str(file))
    try:
        yield Finding("checksum", checksums(file))
    except ModelError as error:
        yield Finding("checksum", str(error))
    yield Finding("melodies", _index(file))
    yield Finding("cpu", _tried(file, "cpu"))
    if "CUDAExecutionProvider" in providers:
        yield Finding("cuda", _tried(file, "cuda"))
    else:
        yield Finding("cuda", "not compiled into this ONNX Runtime")
    yield Finding("auto", _choice(file))


def is_fit(findings: Iterable[Finding]) -> bool:
    """Return whether abcrun can compose here."""
    found = {finding.name: finding.text for finding in findings}
    return found.get("cpu") == "works" or found.get("cuda") == "works"


def _version(distribution: str, version_of: VersionOf) -> str | None:
    try:
        return version_of(distribution)
    except metadata.PackageNotFoundError:
        return None


def _driver(seconds: float) -> str:
    """Return what nvidia-smi tells of the NVIDIA driver and its cards."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "no NVIDIA driver (nvidia-smi is not there)"
    command = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        # With a driver that is stuck, nvidia-smi never ends.
        result = processes.run(command, seconds=seconds)
    except OSError as error:
        return f"nvidia-smi does not answer ({error})"
    lines = (result.stdout or result.stderr).splitlines()
    said = "; ".join(line.strip() for line in lines if line.strip())
    return said if result.returncode == 0 else f"nvidia-smi fails ({said[:200]})"


def checksums(file: Path) -> str:
    """Tell the checksums of a model's file and of the int8 one beside it. `ModelError`
    for a file that does not match its own."""
    found = []
    for path in (file, file.with_suffix(".int8.onnx")):
        if path.is_file():
            stated = compare_checksum(path)
            says = f"as exported (sha256 {stated[:12]})" if stated else "no checksum"
            found.append(f"{path.name} {says}")
    return ", ".join(found) or "no file"


def melodies(model: Model, file: Path) -> str:
    """Tell of the index of the melodies that the model of a file learned from, or why
    it cannot be used."""
    try:
        known = model.melodies
    except ModelError as error:
        return str(error)
    books = len(known.books)
    return f"{index_path(file).name}, {len(known):,} tunes of {books} book{'s' * (books != 1)}"


def _index(file: Path) -> str:
    try:
        with Model.load(file, "cpu") as model:
            return melodies(model, file)
    except AbcrunError:
        return "the model cannot be read"


def _tried(file: Path, device: Device) -> str:
    """Return "works" if the model takes a step on a device, or else the reason."""
    # CUDA that is listed may still fail to load, or fail at the first step.
    try:
        with Model.load(file, device) as model:
            model.network.prefill(model.spec.vocabulary.encode(model.spec.prompt))
    except AbcrunError as error:
        return str(error)
    return "works"


def _choice(file: Path) -> str:
    """Return what `--device auto` takes here, and why."""
    try:
        # Why CUDA does not work has been told before.
        with quiet_fallback(), Model.load(file) as model:
            device, precision = model.device, model.spec.precision
    except AbcrunError as error:
        return str(error)
    if device == "cuda":
        return f"cuda, {precision}: the GPU works"
    why = {
        "int8": "int8 weights are beside the model and are faster on the CPU",
        "float32": f"there is no {file.with_suffix('.int8.onnx').name} of the same export",
    }
    return f"cpu, {precision}, {default_threads()} threads: no GPU works; {why.get(precision, '')}"
