"""What takes long to build is built once for all processes of a test run."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Return a new folder with a copy of what `build` has put into the one it is given.

    The first of the processes that asks builds; a build that fails is tried anew.
    """
    base = factory.getbasetemp()
    # Of pytest-xdist each process has a folder in the folder of the run.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "built once"
    shared.mkdir(exist_ok=True)
    with FileLock(shared / f"{name}.lock"):
        if not (whole := shared / name).exists():
            part = shared / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            build(part)
            part.rename(whole)
    own = factory.mktemp(name)
    shutil.copytree(whole, own, dirs_exist_ok=True)
    return own
