"""A folder on a disk that gets full: a stand-in that counts bytes, and a real one."""

import errno
import functools
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


class FullDisk:
    """`room` bytes more can be written below `folder`, by `Path.open`."""

    def __init__(self, folder: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self.room = folder.resolve(), room
        self._usual: Callable[..., object] = Path.open
        disk = self

        def open_here(path: Path, mode: str = "r", *more: object, **named: object) -> object:
            return disk._open(path, mode, *more, **named)

        monkeypatch.setattr(Path, "open", open_here)

    def _open(self, path: Path, mode: str, *more: object, **named: object) -> object:
        if "r" in mode or self._folder not in path.resolve().parents:
            return self._usual(path, mode, *more, **named)
        return _File(path, mode, self)


class _File(io.FileIO):
    def __init__(self, path: Path, mode: str, disk: FullDisk) -> None:
        super().__init__(path, mode.replace("b", ""))
        self._disk = disk

    def write(self, content: bytes) -> int:  # type: ignore[override]
        written = super().write(content[: self._disk.room])
        self._disk.room -= written
        if written < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written


@functools.cache
def _can_mount() -> bool:
    """Tell whether this user may mount a file system in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def on_small_disk(
    folder: Path, kilobytes: int, script: str, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a shell script, `$1` and on being the arguments, where `folder` is a disk of
    its own (tmpfs) that holds so much. The test is skipped where nobody may mount one.
    """
    if not _can_mount():
        pytest.skip("no file system may be mounted here (unshare -rm)")
    mount = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$0" && cd "$0/.." && {{ {script}\n}}'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, str(folder), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
