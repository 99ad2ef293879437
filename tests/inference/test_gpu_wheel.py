"""ONNX Runtime's GPU wheel on a machine without a GPU: it imports, `auto` falls back
and tells, `cuda` says why not.

The wheel has 260 MB, so this runs only where ABCRUN_TEST_GPU_WHEEL is set, as .ci/run
does.
"""

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.skipif(
        "ABCRUN_TEST_GPU_WHEEL" not in os.environ, reason="ABCRUN_TEST_GPU_WHEEL is not set"
    ),
    pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="there is an NVIDIA driver"),
    pytest.mark.skipif(sys.platform == "darwin", reason="there is no GPU wheel for macOS"),
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("gpu-wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--no-deps",
        "--target",
        str(folder),
    ]
    subprocess.run([*command, "onnxruntime-gpu>=1.28"], check=True)
    return {**os.environ, "PYTHONPATH": str(folder)}


def abcrun(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "abcrun", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_auto_falls_back_and_tells_in_one_line(environment: dict[str, str]) -> None:
    result = abcrun(environment, "generate", "--seed", "1", "--count", "2", "--max-chars", "500")
    assert result.returncode == 0
    assert result.stdout.startswith("X:")
    told = [line for line in result.stderr.splitlines() if "CUDA" in line]
    assert len(told) == 1
    assert told[0].startswith("abcrun: CUDA does not work here, running on the CPU (")
    assert "onnxruntime_src" not in result.stderr


def test_cuda_works_or_fails_in_one_line(environment: dict[str, str]) -> None:
    result = abcrun(environment, "generate", "--device", "cuda")
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("abcrun: device cuda: it does not work here (")


def test_doctor_knows_the_wheel_and_what_works(environment: dict[str, str]) -> None:
    result = abcrun(environment, "doctor")
    assert result.returncode == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert any(line.startswith("providers") and "CUDAExecutionProvider" in line for line in lines)
    assert "cpu  works" in lines
    assert any(line.startswith("cuda  device cuda: it does not work here") for line in lines)
