"""The files that a command is given: patterns, folders and stdin, and what cannot be
done with one of them, which does not stop the others."""

import glob
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from abcrun.errors import AbcrunError, UsageError

FAILURE = 1
WRONG_USAGE = 2

SUFFIXES = (".abc",)
"""Of the files that are taken from folders."""
STDIN = Path("-")


class Source(NamedTuple):
    """A file to read. `folder` is where it lies below the folder that was named."""

    path: Path
    folder: Path = Path()


class Failures:
    """What could not be done, said on stderr in one line each as it comes."""

    def __init__(self) -> None:
        self._are_usage: list[bool] = []

    def tell(self, error: AbcrunError) -> None:
        """Say it, and go on."""
        self._are_usage.append(isinstance(error, UsageError))
        sys.stdout.flush()  # on a terminal the lines keep their order
        click.echo(f"abcrun: {' '.join(str(error).split())}", err=True)

    def status(self, *, is_any_done: bool) -> int:
        """Return the exit status: wrong usage where nothing could be done at all."""
        if not self._are_usage:
            return 0
        return FAILURE if is_any_done or not all(self._are_usage) else WRONG_USAGE


def sources(
    given: Sequence[Path],
    recursive: bool,
    failures: Failures,
    suffixes: tuple[str, ...] = SUFFIXES,
) -> Iterator[Source]:
    """Yield the files that are named, each once, and with `recursive` those that end
    with one of the `suffixes` in the folders, in the order of their names.

    Links to folders are not followed, so that none leads back; hidden files are passed
    over. What is no file is told to `failures`.
    """
    seen: set[Path] = set()
    for path in _expanded(given, failures):
        if path == STDIN or not path.is_dir():
            found: Iterator[Source] = iter([Source(path)])
        elif recursive:
            found = _in_folder(path, failures, suffixes)
        else:
            named = ", ".join(suffixes)
            failures.tell(UsageError(f"{path}: is a folder; -r reads the {named} files in it"))
            continue
        for source in found:
            if (key := source.path.absolute()) not in seen:
                seen.add(key)
                yield source


def _expanded(given: Sequence[Path], failures: Failures) -> Iterator[Path]:
    """Yield paths, patterns such as *.abc replaced by what they match: the shells of
    Windows leave that to the programs."""
    for path in given:
        text = str(path)
        if path == STDIN or os.path.lexists(path) or not glob.has_magic(text):
            yield path
            continue
        matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207
        if not matches:
            failures.tell(UsageError(f"{path}: no file matches"))
        yield from map(Path, matches)


def _in_folder(folder: Path, failures: Failures, suffixes: tuple[str, ...]) -> Iterator[Source]:
    """Yield the files below a folder that end with one of the suffixes."""

    def skip(error: OSError) -> None:
        failures.tell(UsageError(f"{error.filename}: cannot be read ({error.strerror})"))

    is_empty = True
    for root, folders, names in os.walk(folder, onerror=skip):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(suffixes):
                continue
            is_empty = False
            path = Path(root, name)
            try:
                # A pipe that nobody writes would be waited for.
                if not stat.S_ISREG(path.stat().st_mode):
                    raise OSError(None, "no regular file")
            except OSError as error:
                failures.tell(UsageError(f"{path}: cannot be read ({error.strerror})"))
                continue
            yield Source(path, Path(root).relative_to(folder))
    if is_empty:
        failures.tell(UsageError(f"{folder}: no file in it ends with {', '.join(suffixes)}"))
