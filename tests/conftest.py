"""What the tests share: the shipped model, and a tiny one that is really trained and
exported, once a session."""

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import settings

from abcrun import Model
from abctrain.__main__ import main
from abctrain.data.text import join_tunes
from tests import books
from tests.once import built_once

settings.register_profile(
    "abcrun", deadline=None
)  # how long a test takes is no property of the code
settings.load_profile("abcrun")

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # tiny networks: a second thread only waits; set before torch is loaded

ROOT = Path(__file__).parents[1]

TINY = """\
[network]
layers = 2
hidden = 48
[training]
streams = 8
window = 50
epochs = {epochs}
precision = "float32"
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first: at the end one process would be alone with the last."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def run(
    *command: str | Path,
    cwd: Path | None = None,
    input: str | bytes | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command for real; its output as bytes."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=input.encode() if isinstance(input, str) else input,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=600,
    )


def abctrain(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return run(sys.executable, "-m", "abctrain", *arguments, cwd=cwd)


class Echo(logging.Handler):
    """Writes messages to stderr as it is now, as the trainer's program does."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(record.getMessage(), err=True)


def abctrain_here(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the trainer's command in this process, which need not load PyTorch anew."""
    root, echo = logging.getLogger(), Echo(logging.INFO)
    level = root.level
    root.addHandler(echo)
    root.setLevel(logging.INFO)
    try:
        with contextlib.chdir(cwd):
            done = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    finally:
        root.removeHandler(echo)
        root.setLevel(level)
    return subprocess.CompletedProcess(
        arguments, done.exit_code, done.stdout_bytes, done.stderr_bytes
    )


def abcrun(
    *arguments: str | Path, cwd: Path | None = None, **more: object
) -> subprocess.CompletedProcess[bytes]:
    return run(sys.executable, "-m", "abcrun", *arguments, cwd=cwd, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def irish_tunes() -> list[str]:
    """The text of the tunes of the Irish book."""
    if not books.at_hand("irish"):
        pytest.skip(books.HOW_TO_GET)
    return [text for _, text in books.book_texts("irish")]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, irish_tunes: list[str]) -> Path:
    """A folder with a short real corpus, a tiny recipe, and what `make train export`
    made of them."""

    def build(folder: Path) -> None:
        (folder / "songs (1).txt").write_text(join_tunes(irish_tunes[:60]), encoding="utf-8")
        (folder / "tiny.toml").write_text(TINY.format(epochs=3))
        result = run(
            "make", "-f", ROOT / "Makefile", "-o", ".venv/.train",
            f"BIN={Path(sys.executable).parent}", "train", "export", "CORPUS=songs (1).txt",
            "RECIPE=tiny.toml", "ARGS=--device cpu",
            cwd=folder,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr.decode()

    return built_once(tmp_path_factory, "work shop (1)", build)


@pytest.fixture(scope="session")
def tiny_path(workshop: Path) -> Path:
    return workshop / "exported" / "songs-1.onnx"


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> Model:
    return Model.load(tiny_path, "cpu", "float32", threads=1)


@pytest.fixture(scope="session")
def shipped() -> Model:
    """The source document's model, without form plans: what it writes is plain."""
    return Model.load(ROOT / "exported" / "irish.onnx", "cpu", "float32", threads=1)


@pytest.fixture(scope="session")
def folk_path() -> Path:
    """The model with form plans: the one that the environment names, else as it is
    shipped."""
    path = Path(os.environ.get("ABCRUN_TEST_FOLK", ROOT / "exported" / "folk.onnx"))
    if not path.exists():
        pytest.skip(f"{path} is not there: train recipe folk, or name a model in ABCRUN_TEST_FOLK")
    return path


@pytest.fixture(scope="session")
def folk(folk_path: Path) -> Model:
    return Model.load(folk_path, "cpu", threads=1)
