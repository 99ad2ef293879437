"""`abcrun doctor`: what is there, what works, what is chosen and why; failures too."""

import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

from abcrun.cli import doctor
from abcrun.cli.doctor import VersionOf, examine, is_fit
from abcrun.files import default_index_path
from abcrun.inference.checksum import with_checksum
from tests.conftest import abcrun
from tests.fakes import FakeRuntime, put_in_place
from tests.mutants import model_file


def installed(**wheels: str) -> VersionOf:
    """Find these wheels of ONNX Runtime as pip would, and no other."""
    versions = {name.replace("_", "-"): version for name, version in wheels.items()}

    def version_of(name: str) -> str:
        if name in doctor.WHEELS and name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions.get(name, "0")

    return version_of


def with_cuda(monkeypatch: pytest.MonkeyPatch, fails_at: str) -> None:
    """Run with an ONNX Runtime that has CUDA, which fails at a step."""
    put_in_place(monkeypatch, FakeRuntime(fails_at))


def test_this_machine(tiny_path: Path) -> None:
    result = abcrun("doctor", tiny_path)
    assert result.returncode == 0, result.stderr
    found = dict(line.split(maxsplit=1) for line in result.stdout.decode().splitlines())
    assert found["cpu"] == "works"
    assert "ONNX Runtime" in found["runtime"]
    assert "CPUExecutionProvider" in found["providers"]
    assert found["auto"].startswith(("cpu, int8", "cuda, float32"))


def test_checksums_of_a_model_and_its_int8_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(with_checksum(model_file()))
    path.with_suffix(".int8.onnx").write_bytes(model_file())
    found = dict(examine(path, version_of=installed()))
    assert found["checksum"].startswith("mine.onnx as exported (sha256 ")
    assert found["checksum"].endswith("), mine.int8.onnx no checksum")
    path.write_bytes(with_checksum(model_file()).replace(b"B_linear", b"B_lineal"))
    found = dict(examine(path, version_of=installed()))
    assert "mine.onnx: it does not match its checksum" in found["checksum"]


def test_the_index_of_melodies_that_goes_with_a_model(tiny_path: Path, tmp_path: Path) -> None:
    found = dict(examine(tiny_path, version_of=installed()))
    assert found["melodies"] == f"{tiny_path.stem}.melodies, 58 tunes of 1 book"
    alone = Path(shutil.copy(tiny_path, tmp_path / "alone.onnx"))
    (tmp_path / "alone.melodies").write_bytes(default_index_path().read_bytes())
    found = dict(examine(alone, version_of=installed()))
    assert "not the index of melodies that the model songs-1 was exported with" in found["melodies"]
    assert found["cpu"] == "works"


def test_two_wheels_in_one_folder_are_a_conflict(tiny_path: Path) -> None:
    one = installed(onnxruntime="1.30.0")
    assert "conflict" not in dict(examine(tiny_path, version_of=one))
    two = installed(onnxruntime="1.30.0", onnxruntime_gpu="1.29.0")
    found = dict(examine(tiny_path, version_of=two))
    assert found["wheels"] == "onnxruntime 1.30.0, onnxruntime-gpu 1.29.0"
    assert "pip uninstall" in found["conflict"]


def test_without_onnx_runtime(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = list(examine(tiny_path, version_of=installed()))
    assert dict(found)["wheels"].startswith("none of")
    assert "abcrun[cpu]" in dict(found)["runtime"]
    assert not is_fit(found)


def test_cuda_that_is_listed_and_fails_at_the_first_step(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cuda(monkeypatch, "run")
    found = dict(examine(tiny_path))
    assert "CUDNN_STATUS_NOT_INITIALIZED" in found["cuda"]
    assert found["auto"].startswith("cpu, int8")


def test_cuda_that_works(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_cuda(monkeypatch, "never")
    found = dict(examine(tiny_path))
    assert found["cuda"] == "works"
    assert found["auto"] == "cuda, float32: the GPU works"


def test_a_driver_that_hangs_or_fails(
    tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    # One that answers has as long as a busy machine needs; one that hangs, hangs longer
    # than it is waited for.
    for script, seconds, said in (
        ("echo 'Tesla T4, 580.1, 15360 MiB'", 300, "Tesla T4, 580.1, 15360 MiB"),
        ("echo 'NVIDIA-SMI has failed'; exit 9", 300, "nvidia-smi fails (NVIDIA-SMI has failed)"),
        ("exec sleep 3600", 0.2, "does not answer"),
    ):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        assert said in dict(examine(tiny_path, driver_seconds=seconds))["driver"]


def test_no_model_no_fitness(tmp_path: Path) -> None:
    result = abcrun("doctor", tmp_path / "none.onnx")
    assert result.returncode == 1
    assert b"no such model file" in result.stdout
    assert b"Traceback" not in result.stderr
