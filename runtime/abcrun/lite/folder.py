"""A page without a server: a folder of files, whose network runs in the visitor's
browser.

It composes by plain sampling: forms, copies and instruments are looked after by the
runtime in Python alone.
"""

from importlib import resources
from pathlib import Path

from abcrun.errors import ModelError, UsageError
from abcrun.files import make_folder, write_together
from abcrun.model import Model

ONNXRUNTIME_WEB = "1.30.0"
"""The version of onnxruntime-web that the page is tested with."""

# The smallest build: WebAssembly alone, without WebGPU and WebGL.
_NEEDED = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


def write_lite(out: Path, model: Path, onnxruntime_web: Path) -> list[Path]:
    """Write the page into the folder `out`, made if need be: all files or none.

    `model` is an exported file that writes plain ABC, `onnxruntime_web` the folder of
    that npm package, `node_modules/onnxruntime-web`. Returns the files. Raises
    `ModelError` for a model with signs of recall, `UsageError` where the package is
    not, and `OutputError`.
    """
    with Model.load(model, "cpu", "float32") as loaded:
        spec = loaded.spec
    if spec.recall:
        raise ModelError(
            f"{model}: it writes signs of recall, which only abcrun turns into ABC; take a model "
            "that writes plain ABC, such as exported/irish.onnx"
        )
    folder = make_folder(out)
    make_folder(folder / "onnxruntime")
    files: dict[Path, str | bytes | None] = {
        folder / page.name: page.read_bytes()
        for page in (resources.files("abcrun.lite") / "page").iterdir()
    }
    for name in _NEEDED:
        files[folder / "onnxruntime" / name] = _content(onnxruntime_web / "dist" / name)
    files[folder / "model.onnx"] = model.read_bytes()
    files[folder / "model.json"] = spec.to_json()
    write_together(files)
    return list(files)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror or error}); npm install "
            f"onnxruntime-web@{ONNXRUNTIME_WEB}, or name its folder with --onnxruntime-web"
        ) from None
