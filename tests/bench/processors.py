"""The logits of int8 files on this processor and on an emulated one without VNNI.

    python -m tests.bench.processors [--cpu Haswell] [FILE.int8.onnx ...]

It needs qemu-x86_64-static (Debian: qemu-user-static), and says so where it is not.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import onnxruntime

ROOT = Path(__file__).parents[2]
STEPS, ROWS = 40, 3


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True))
@click.option("--cpu", default="Haswell", show_default=True, help="As qemu names it.")
@click.option("--hash", "only_hash", is_flag=True, hidden=True)
def main(files: tuple[str, ...], cpu: str, only_hash: bool) -> None:
    """Print the sha256 of over 10,000 logits of each file, here and there; exit with an
    error where they differ."""
    if only_hash:
        print("\n".join(map(_hash, files)))
        return
    qemu = shutil.which("qemu-x86_64-static")
    if qemu is None:
        raise click.ClickException("qemu-x86_64-static is not installed (qemu-user-static)")
    files = files or tuple(str(ROOT / "exported" / f"{n}.int8.onnx") for n in ("folk", "irish"))
    here = list(map(_hash, files))
    python = os.path.realpath(sys.executable)  # a link would be followed by nobody there
    path = os.pathsep.join(filter(None, sys.path))
    command = [qemu, "-cpu", cpu, "-E", f"PYTHONPATH={path}", python, "-m", __spec__.name]
    result = subprocess.run([*command, "--hash", *files], capture_output=True, text=True, cwd=ROOT)
    there = result.stdout.split("\n")[: len(files)] if result.returncode == 0 else []
    if len(there) != len(files):
        raise click.ClickException(f"nothing came from the emulated processor: {result.stderr}")
    for file, one, other in zip(files, here, there, strict=True):
        print(f"{Path(file).name}: here {one[:16]}, {cpu} {other[:16]}")
    if here != there:
        sys.exit(1)


def _hash(path: str) -> str:
    """Return the sha256 of the logits of random characters, a state carried along."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    states = {
        one.name: np.zeros((ROWS, one.shape[1]), np.float32) for one in session.get_inputs()[1:]
    }
    tokens = np.random.default_rng(0).integers(0, 80, (STEPS, ROWS, 1))
    names = [one.name.replace("_out_", "_in_") for one in session.get_outputs()[1:]]
    checksum = hashlib.sha256()
    for step in tokens:
        logits, *new = session.run(None, {"tokens": step, **states})
        checksum.update(logits.tobytes())
        states = dict(zip(names, new, strict=True))
    return checksum.hexdigest()


if __name__ == "__main__":
    main()
