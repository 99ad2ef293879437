"""The wheel: what is in it, how large it is, and that it works alone in a clean
environment."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(folder),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_runtime_and_the_model_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"abcrun"}
    assert {
        "abcrun/models/folk.onnx",
        "abcrun/models/folk.int8.onnx",
        "abcrun/models/folk.melodies",
    } <= set(names)
    assert "abcrun/py.typed" in names
    assert wheel.stat().st_size < 20e6


def test_the_wheel_works_in_a_clean_environment_without_pytorch(
    wheel: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "clean"
    venv.create(environment, with_pip=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    installed = subprocess.run(
        [binaries / "python", "-m", "pip", "install", "-q", "--prefer-binary", f"{wheel}[cpu]"],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(
            f"pip cannot install the wheel's dependencies here: {installed.stderr.strip().splitlines()[-1]}"
        )
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [
        binaries / "abcrun",
        "generate",
        "--seed",
        "7",
        "--out",
        "music",
        "--formats",
        "abc,midi,wav",
    ]
    result = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert sorted(path.suffix for path in (empty / "music").iterdir()) == [".abc", ".mid", ".wav"]
    packages = subprocess.run(
        [binaries / "python", "-m", "pip", "list", "--format", "freeze"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.lower()
    for unwanted in ("torch", "matplotlib", "tqdm", "onnx=="):
        assert unwanted not in packages
