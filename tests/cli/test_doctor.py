"""`abcrun doctor`: what is there, what works, what is picked and why; failures
injected."""

import importlib
import sys
from importlib import metadata
from pathlib import Path

import pytest

from abcrun.cli.doctor import examine, is_fit
from abcrun.inference import session as sessions
from tests.conftest import abcrun
from tests.fakes import FakeRuntime

doctor = importlib.import_module("abcrun.cli.doctor")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The wheels that pip would find."""
    wheels = {"onnxruntime": "1.30.0"}

    def version(name: str) -> str:
        if name in doctor.WHEELS and name not in wheels:
            raise metadata.PackageNotFoundError(name)
        return wheels.get(name, "0")

    monkeypatch.setattr(metadata, "version", version)
    return wheels


def with_cuda(monkeypatch: pytest.MonkeyPatch, fails_at: str) -> None:
    for module in (sessions, doctor):
        monkeypatch.setattr(module, "onnx_runtime", lambda: FakeRuntime(fails_at))


def test_this_machine(tiny_path: Path) -> None:
    result = abcrun("doctor", tiny_path)
    assert result.returncode == 0, result.stderr
    found = dict(line.split(maxsplit=1) for line in result.stdout.decode().splitlines())
    assert found["cpu"] == "works"
    assert "ONNX Runtime" in found["runtime"]
    assert "CPUExecutionProvider" in found["providers"]
    assert found["auto"].startswith(("cpu, int8", "cuda, float32"))


def test_two_wheels_in_one_folder_are_a_conflict(
    tiny_path: Path, installed: dict[str, str]
) -> None:
    assert "conflict" not in dict(examine(tiny_path))
    installed["onnxruntime-gpu"] = "1.29.0"
    found = dict(examine(tiny_path))
    assert found["wheels"] == "onnxruntime 1.30.0, onnxruntime-gpu 1.29.0"
    assert "pip uninstall" in found["conflict"]


def test_without_onnx_runtime(
    tiny_path: Path, installed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = list(examine(tiny_path))
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
    monkeypatch.setattr(doctor, "DRIVER_SECONDS", 0.2)
    for script, said in (
        ("echo 'Tesla T4, 580.1, 15360 MiB'", "Tesla T4, 580.1, 15360 MiB"),
        ("echo 'NVIDIA-SMI has failed'; exit 9", "nvidia-smi fails (NVIDIA-SMI has failed)"),
        ("exec sleep 5", "does not answer"),
    ):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        assert said in dict(examine(tiny_path))["driver"]


def test_no_model_no_fitness(tmp_path: Path) -> None:
    result = abcrun("doctor", tmp_path / "none.onnx")
    assert result.returncode == 1
    assert b"no such model file" in result.stdout
    assert b"Traceback" not in result.stderr
