"""A folder on a disk that gets full after so many bytes."""

import errno
import io
import os
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
