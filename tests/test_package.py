"""The wheel: what is in it, how large it is, and that it works alone in a clean
environment."""

import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

import pytest

import abcrun
from abcrun.score import engraving
from tests.conftest import ROOT

PUBLIC_FACE = ROOT / "tests" / "public_face.py"


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


FROM_A_ZIP = """
import abcrun
assert ".whl" in abcrun.__file__, abcrun.__file__
model = abcrun.Model.load(device="cpu")
assert model.spec.precision == "int8" and len(model.melodies)
tune = abcrun.Tune.parse(next(model.generate(1, seed=7)).text)
assert abcrun.render(tune, "wav")[:4] == b"RIFF"
assert abcrun.render(tune, "pdf")[:5] == b"%PDF-"
"""


def test_it_runs_out_of_a_zip_file_and_leaves_nothing_behind(wheel: Path, tmp_path: Path) -> None:
    # A wheel is a zip file; what else is needed is installed beside it.
    environment = {**os.environ, "PYTHONPATH": str(wheel), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-P", "-c", FROM_A_ZIP], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []


def test_pyinstaller_is_told_where_our_hooks_are(wheel: Path) -> None:
    # Whether they do is tried by tests.bench.frozen: building an app takes minutes.
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    assert "hook-dirs = abcrun.frozen:hook_directories" in archive.read(entry_points).decode()
    assert {
        "abcrun/frozen/hooks/hook-abcrun.py",
        "abcrun/frozen/hooks/rthooks.dat",
        "abcrun/frozen/hooks/rthooks/pyi_rth_abcrun.py",
    } <= set(names)


HOOK = ROOT / "runtime" / "abcrun" / "frozen" / "hooks" / "rthooks" / "pyi_rth_abcrun.py"


def test_a_frozen_app_engraves_by_starting_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An app as PyInstaller makes it: the hook runs first, whatever it was started with.
    app = tmp_path / "app"
    app.write_text(f"#!{sys.executable}\n{HOOK.read_text()}\nraise SystemExit('the app itself')\n")
    app.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(app))
    engraving.kept.close()
    try:
        assert (
            abcrun.render(abcrun.Tune.parse("X:1\nL:1/8\nK:D\nDEFG ABcd|"), "pdf")[:5] == b"%PDF-"
        )
    finally:
        engraving.kept.close()


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and what it asks for."""
    environment = tmp_path_factory.mktemp("clean")
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Installed alone, without a registry: a fault here is the wheel's own.
    alone = _pip(python, "install", "--no-compile", "--no-deps", "--no-index", wheel)
    assert alone.returncode == 0, alone.stderr
    rest = _pip(python, "install", "--no-compile", "--prefer-binary", f"{wheel}[cpu]")
    if rest.returncode:
        if _reaches_a_registry(python):
            pytest.fail(f"pip cannot install what the wheel asks for: {rest.stderr}")
        pytest.skip("no package registry can be reached from here")
    return python


def _pip(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def _reaches_a_registry(python: Path) -> bool:
    """Whether pip can fetch anything at all: a small package that needs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        fetched = _pip(python, "download", "--no-deps", "--no-cache-dir", "-d", folder, "click")
    return fetched.returncode == 0


def test_the_wheel_works_in_a_clean_environment_without_pytorch(
    clean: Path, tmp_path: Path
) -> None:
    command = [
        clean.with_name("abcrun"), "generate", "--seed", "7",
        "--out", "music", "--formats", "abc,midi,wav",
    ]  # fmt: skip
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    written = sorted(path.suffix for path in (tmp_path / "music").iterdir())
    assert written == [".abc", ".mid", ".wav"]
    packages = _pip(clean, "list", "--format", "freeze").stdout.lower()
    assert "abcrun==" in packages
    for unwanted in ("torch", "matplotlib", "tqdm", "onnx=="):
        assert unwanted not in packages


def test_the_script_of_the_public_face_uses_every_public_name() -> None:
    used = set(re.findall(r"\babcrun\.(\w+)", PUBLIC_FACE.read_text(encoding="utf-8")))
    assert set(abcrun.__all__) <= used


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_script_that_uses_every_public_name_is_typed(
    checker: str, clean: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(PUBLIC_FACE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "wrong.py").write_text(
        "import abcrun\nabcrun.Model.load().generate(rythm='jig')\nabcrun.Tunes\n"
    )
    command = {
        "mypy": ["mypy", "--strict", "--python-executable", clean],
        "pyright": ["pyright", "--pythonpath", clean],
    }[checker]

    def run(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *map(str, command), name],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    result = run("script.py")
    assert result.returncode == 0, result.stdout + result.stderr
    wrong = run("wrong.py")
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert "rythm" in wrong.stdout
    assert "Tunes" in wrong.stdout


def test_the_script_of_the_public_face_runs(clean: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [clean, "-W", "error", PUBLIC_FACE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
