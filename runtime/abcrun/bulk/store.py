"""A folder, or what an address such as s3://bucket/tunes names: files that are there
whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from abcrun.errors import OutputError, UsageError

# In these a file comes into being when its upload is complete, and has no name before.
# Renaming would copy it.
_OBJECT_STORES = frozenset(
    ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "memory")
)


class Store:
    """The files of one folder.

    Whatever a file system raises is an `OutputError` in one line.
    """

    def __init__(self, out: str) -> None:
        """Open nothing yet. `UsageError` for an address that no package here knows."""
        try:
            self._fs, root = fsspec.core.url_to_fs(out)
        # Of an unknown kind, or of one whose package is not installed.
        except (ValueError, ImportError) as error:
            raise UsageError(f"{out}: {_line(error)}") from None
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self._root = str(root).rstrip("/") or "/"
        protocols = self._fs.protocol
        known = {protocols} if isinstance(protocols, str) else set(protocols)
        self._has_names_at_once = not known & _OBJECT_STORES
        self.out = self._root if self._is_local else out
        """The folder, as any process of this machine can find it."""

    def __str__(self) -> str:
        return self.out

    def make(self) -> None:
        """Make the folder, unless it is there or the store has none."""
        # In an object store this would make the bucket, which may be a slip of the pen.
        if self._has_names_at_once:
            with self._told("cannot make the folder"):
                self._fs.makedirs(self._root, exist_ok=True)

    def names(self) -> set[str]:
        """Return the names of the files that are there."""
        with self._told("cannot list"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._root, detail=False)
            except FileNotFoundError:
                return set()
        return {PurePosixPath(Path(one).as_posix()).name for one in found}

    def has(self, name: str) -> bool:
        """Return whether a file is there."""
        with self._told("cannot look into"):
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._path(name)))

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        with self._told("cannot read", name):
            return bytes(self._fs.cat_file(self._path(name)))

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file; its blocks are fetched as they are read."""
        with self._told("cannot read", name):
            file = self._fs.open(self._path(name), "rb")
        with file:
            yield file

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Write a file: when the block ends without an error, it is there, whole.

        Other writers may write the same at the same time.
        """
        with contextlib.ExitStack() as stack:
            hidden = self._hidden(name)
            with self._told("cannot write", name):
                if self._is_local:
                    here = Path(self._path(hidden))
                    stack.callback(here.unlink, missing_ok=True)
                    file: IO[bytes] = stack.enter_context(here.open("xb"))
                else:
                    # In one piece, and outside: an upload that breaks off has to be
                    # made again, and must not be taken for a whole one.
                    temporary = tempfile.NamedTemporaryFile()  # noqa: SIM115
                    file = stack.enter_context(temporary)
                    here = Path(temporary.name)
            with self._told("cannot write", name, only=OSError):
                yield file
                file.flush()
                # A power cut must not leave a name without its content.
                os.fsync(file.fileno())
            with self._told("cannot write", name):
                self._publish(here, hidden, name)
        self.clear(name)

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        with self.writing(name) as file:
            file.write(content)

    def clear(self, name: str = "*") -> None:
        """Remove what writers have left behind who were killed: those of a file that is
        there, or of all such files."""
        # One that still writes the same finds its temporary file gone, and the file
        # there: it is done, too.
        if not (self._is_local or self._has_names_at_once):
            return
        with self._told("cannot clear", name):
            for path in self._fs.glob(self._path(f".{name}.*.tmp")):
                whose = PurePosixPath(path).name.removeprefix(".").rsplit(".", 2)[0]
                with contextlib.suppress(FileNotFoundError):
                    if self._fs.exists(self._path(whose)):
                        self._fs.rm_file(path)

    def _publish(self, here: Path, hidden: str, name: str) -> None:
        """Give a file that is complete its name."""
        try:
            if self._is_local:
                here.replace(self._path(name))
            elif not self._has_names_at_once:
                self._fs.put_file(str(here), self._path(name))
            else:
                self._fs.put_file(str(here), self._path(hidden))
                self._fs.mv(self._path(hidden), self._path(name))
        except FileNotFoundError:
            if not self._fs.exists(self._path(name)):
                raise

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _hidden(self, name: str) -> str:
        """Return an unused name for a temporary file, which tells whose it is."""
        return f".{name}.{os.urandom(4).hex()}.tmp"

    @contextlib.contextmanager
    def _told(self, what: str, name: str = "", only: type[Exception] = Exception) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        # Each file system has errors of its own.
        except only as error:
            place = self._path(name) if name and self._is_local else f"{self.out} {name}".strip()
            raise OutputError(f"{what} {place}: {_line(error)}") from error


def _line(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(reason.split()) or type(error).__name__
