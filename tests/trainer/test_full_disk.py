"""A real disk that is full: one line, and what was there before stays whole."""

import shutil
import sys
from pathlib import Path

import pytest

from abctrain.training import checkpoint as checkpoints
from tests.full_disk import on_small_disk

EVERY_SIZE = """\
import subprocess, sys
from pathlib import Path
from abcrun.errors import OutputError
from abcrun.files import write_together

folder, old, new = map(Path, sys.argv[1:])

def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

before, after = contents(old), contents(new)
for name, content in before.items():
    (folder / name).write_bytes(content)
pages = sum(-(-len(content) // 4096) for content in before.values())
refused = 0
while True:
    pages += 1
    subprocess.run(["mount", "-o", f"remount,size={4 * pages}k", folder], check=True)
    try:
        write_together({folder / name: content for name, content in after.items()})
    except OutputError as error:
        assert str(error).endswith("No space left on device; all files are as they were"), error
        assert contents(folder) == before, pages
        refused += 1
    else:
        break
assert contents(folder) == after
needed = sum(-(-len(content) // 4096) for content in after.values())
assert refused == needed - 1, (refused, needed)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def test_files_of_an_export_are_all_old_or_all_new_on_a_disk_of_any_size(
    tiny_path: Path, tmp_path: Path, disk: Path
) -> None:
    """One page more each time, from none at all to enough."""
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(tiny_path.parent, new)
    old.mkdir()
    for path in new.iterdir():
        (old / path.name).write_bytes(path.read_bytes()[::-1])
    result = on_small_disk(
        disk, 4096, '"$1" -c "$2" "$0" "$3" "$4"', sys.executable, EVERY_SIZE, old, new
    )
    assert result.returncode == 0, result.stderr


def test_an_export_to_a_full_disk_is_one_line(workshop: Path, disk: Path) -> None:
    result = on_small_disk(
        disk,
        64,
        '"$1" -m abctrain export --run "$2" --out disk/mine.onnx; echo $?; ls -A disk',
        sys.executable,
        workshop / "runs" / "songs-1",
    )
    (line,) = result.stderr.splitlines()
    assert line.startswith("abctrain: cannot write disk/mine")
    assert line.endswith("No space left on device; all files are as they were")
    assert result.stdout == "1\n"


def test_a_training_on_a_disk_that_gets_full_keeps_its_last_checkpoint(
    workshop: Path, disk: Path, tmp_path: Path
) -> None:
    """And it goes on from there when there is room again."""
    whole = checkpoints.load(workshop / "runs" / "songs-1" / "last.pt")
    for name in ("songs (1).txt", "tiny.toml"):
        shutil.copy(workshop / name, tmp_path)
    size = (workshop / "runs" / "songs-1" / "last.pt").stat().st_size // 1024
    train = '"$1" -m abctrain train --recipe tiny.toml --corpus "songs (1).txt" --device cpu'
    result = on_small_disk(
        disk,
        2 * size,  # a checkpoint and the best, and not the next one beside them
        f"ln -s disk runs; {train}; echo $?; cp -a disk kept",
        sys.executable,
    )
    assert result.stdout == "1\n", result.stderr
    told = result.stderr.splitlines()[-1]
    assert told.startswith("abctrain: runs/songs-1/")
    assert "could not be written" in told
    assert told.endswith("the last one is kept")
    assert "Traceback" not in result.stderr
    last = checkpoints.load_last(tmp_path / "kept" / "songs-1" / "last.pt")
    assert last["epoch"] == 1
    result = on_small_disk(
        disk, size * 100, f"cp -a kept/. disk; {train}; echo $?; cp -a disk done", sys.executable
    )
    assert result.stdout == "0\n", result.stderr
    found = checkpoints.load(tmp_path / "done" / "songs-1" / "last.pt")
    assert all((found["network"][name] == one).all() for name, one in whole["network"].items())
