"""Killed between the renames of the files that belong together: whoever loads the model
then gets the old one or the new one, whole, or is told which file does not fit."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from abcrun import Model
from abcrun.errors import ModelError
from abctrain.export.export import export
from abctrain.export.shipped import files_of
from abctrain.training import checkpoint as checkpoints

KILLED = """\
import os, signal, sys
from pathlib import Path
from abcrun.files import write_together

folder, new = Path(sys.argv[1]), Path(sys.argv[2])
left = int(sys.argv[3])

def dying(call):
    def called(*arguments, **named):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*arguments, **named)
    return called

files = [f"mine{suffix}" for suffix in (".onnx", ".int8.onnx", ".md", ".melodies", ".json")]
contents = {name: (new / name).read_bytes() if (new / name).exists() else None for name in files}
# Each of them changes one file under its own name.
Path.replace = dying(Path.replace)
if None in contents.values():
    Path.unlink = dying(Path.unlink)
write_together({folder / name: content for name, content in contents.items()})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def exports(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two exports of one name: "old", and "new", which has learned from a tune less."""
    folder = tmp_path_factory.mktemp("exports")
    run = folder / "run"
    shutil.copytree(workshop / "runs" / "songs-1", run)
    export(run, folder / "old" / "mine.onnx", int8_tolerance=1)
    best = checkpoints.load(run / "best.pt")
    best["corpus"]["training"].pop()
    best["corpus"]["origins"].pop()
    checkpoints.save(best, run / "best.pt")
    export(run, folder / "new" / "mine.onnx", int8_tolerance=1)
    return folder


def id_of(path: Path, precision: str = "float32") -> str:
    with Model.load(path, "cpu", precision) as model:
        return model.spec.export_id


@pytest.mark.parametrize("has_int8", [True, False])
@pytest.mark.parametrize("renames", range(5))
def test_a_loader_sees_one_export_or_is_told_what_does_not_fit(
    exports: Path,
    tmp_path: Path,
    renames: int,
    has_int8: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shutil.copytree(exports / "old", tmp_path / "mine")
    shutil.copytree(exports / "new", tmp_path / "new")
    target, new = tmp_path / "mine" / "mine.onnx", tmp_path / "new" / "mine.onnx"
    if not has_int8:
        new.with_suffix(".int8.onnx").unlink()
    command = [sys.executable, "-c", KILLED, str(target.parent), str(new.parent), str(renames)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

    ids = {id_of(exports / name / "mine.onnx") for name in ("old", "new")}
    assert len(ids) == 2
    with Model.load(target, "cpu") as model:
        precision, found = model.spec.precision, model.spec.export_id
        try:
            count = len(model.melodies)
        except ModelError as error:
            count = 0
            assert f"{target.with_suffix('.melodies')}: not the index" in str(error)
    assert found == id_of(target) in ids
    if precision == "float32" and target.with_suffix(".int8.onnx").exists():
        assert "mine.int8.onnx is of another export than mine.onnx" in caplog.text
    own = new if found == id_of(new) else exports / "old" / "mine.onnx"
    assert count in (0, len(Model.load(own, "cpu", "float32").melodies))
    if renames == 0:
        assert (own, precision, count > 0) == (exports / "old" / "mine.onnx", "int8", True)
    if renames == 4:
        assert (own, precision, count > 0) == (new, "int8" if has_int8 else "float32", True)

    # The next export puts it right.
    export(exports / "run", target, int8_tolerance=1)
    with Model.load(target, "cpu") as model:
        assert (model.spec.precision, len(model.melodies) > 0) == ("int8", True)
    assert all(path.is_file() for path in files_of(target))
