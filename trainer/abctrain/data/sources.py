"""The sources of a corpus: their text, and what a model file says of them."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from abcrun.errors import CorpusError
from abctrain.data.books import BOOKS, book_path
from abctrain.data.rhythms import rhythms_in_name
from abctrain.data.text import SEPARATOR, decode, readable_share, split_tunes

log = logging.getLogger(__name__)

LEAST_READABLE = 0.5
"""The share of a file of the user's own that must be ABC; the rest may be words between
its tunes."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is said of one source: a book, or the user's own file or folder.

    `sha256` is that of the bytes of its files in order. `package` names the released
    package of a book and its version; it is None for the user's own. `path` is where
    the latter was read, which stays on this machine.
    """

    name: str
    title: str
    licence: str
    sha256: str
    characters: int
    tunes: int
    package: str | None = None
    path: Path | None = None

    def to_dict(self) -> dict[str, str | int]:
        """Return the entry of a checkpoint, a model file and `config.json`, which does
        not tell the path."""
        return {
            "name": self.name,
            "title": self.title,
            **({} if self.package is None else {"package": self.package}),
            "licence": self.licence,
            "sha256": self.sha256,
            "characters": self.characters,
            "tunes": self.tunes,
        }


SourceEntry = Mapping[str, str | int]
"""What `Source.to_dict` gives."""


def book_of(entry: SourceEntry) -> str:
    """Return the name by which the tunes of a source are told: the book's, or that of
    the user's file without its suffix."""
    name = str(entry["name"])
    return name if "package" in entry else Path(name).stem


class SourceFile(NamedTuple):
    """The text of a file of a source.

    `rhythms` are those that its name tells, or else the name of the nearest folder that
    tells one; they are none for a book.
    """

    text: str
    rhythms: tuple[str, ...] = ()


class SourceText(NamedTuple):
    """A source with its text, file by file."""

    source: Source
    files: tuple[SourceFile, ...]

    @property
    def text(self) -> str:
        """The whole text, the files parted by blank lines."""
        return _text(file.text for file in self.files)


def read_source(name: str) -> SourceText:
    """Read the book `name`, or else the file or folder at that path."""
    return read_book(name) if name in BOOKS else read_own(Path(name))


def read_book(name: str) -> SourceText:
    """Read a book, fetched where needed. Raises `CorpusError` for an unknown one."""
    files, book = _files(book_path(name)), BOOKS[name]
    return _source(files, name, book.title, book.licence, f"{book.package} {book.version}")


def read_own(path: Path) -> SourceText:
    """Read the user's own file or folder.

    Files of a folder that are mostly no ABC are left out, and named in the log. Raises
    `CorpusError` where nothing else is there.
    """
    files = _abc(path, _files(path))
    named = (file._replace(rhythms=_rhythms(Path(file.name), path)) for file in files)
    name = one_line_name(path)
    read = _source(named, name, name, "the user's own", None)
    return read._replace(source=replace(read.source, path=path.resolve()))


def one_line_name(path: Path) -> str:
    """Return the name of a file or folder as text: in one line, with single spaces, and
    without bytes that are no UTF-8."""
    return " ".join(os.fsencode(path.name).decode("utf-8", "replace").split())


def read_text(path: Path) -> str:
    """Return the text of a file, or of all .abc and .txt files below a folder.

    The files of a folder come in the order of their paths, parted by blank lines.
    """
    return _text(file.text for file in _files(path))


class _File(NamedTuple):
    name: str
    content: bytes
    text: str
    rhythms: tuple[str, ...] = ()


def _source(
    files: Iterable[_File], name: str, title: str, licence: str, package: str | None
) -> SourceText:
    # Of the bytes, so that anybody can compare it with what sha256sum says.
    checksum = hashlib.sha256()
    kept: list[SourceFile] = []
    characters = tunes = 0
    for file in files:
        checksum.update(file.content)
        if file.text:
            characters += len(file.text) + (len(SEPARATOR) if kept else 0)
            tunes += sum(1 for _ in split_tunes(file.text))
            kept.append(SourceFile(file.text, file.rhythms))
    source = Source(name, title, licence, checksum.hexdigest(), characters, tunes, package)
    return SourceText(source, tuple(kept))


def _rhythms(file: Path, root: Path) -> tuple[str, ...]:
    """Return the rhythms that the name of a file at or below `root` tells, or else the
    name of the nearest folder."""
    names = [file.stem]
    if file != root:
        names += [*reversed(file.relative_to(root).parent.parts), root.resolve().name]
    return next(filter(None, map(rhythms_in_name, names)), ())


def _text(texts: Iterable[str]) -> str:
    return SEPARATOR.join(filter(None, texts))


def _files(path: Path) -> Iterator[_File]:
    for name, content in _contents(path):
        yield _File(name, content, decode(content, name).strip("\n"))


def _abc(path: Path, files: Iterable[_File]) -> Iterator[_File]:
    """Yield the files that are ABC for the most part."""
    left_out: dict[str, float] = {}
    is_empty = True
    for file in files:
        share = readable_share(split_tunes(file.text))
        if share < LEAST_READABLE:
            left_out[file.name] = share
        else:
            is_empty = False
            yield file
    if is_empty:
        what = "it" if len(left_out) == 1 else "its best file"
        raise CorpusError(
            f"{path}: {_percent(max(left_out.values()))} of {what} can be read as ABC; "
            "a corpus is tunes, each with a K: field, with blank lines between them"
        )
    for name, share in left_out.items():
        log.warning("%s: left out, as %s of it can be read as ABC", name, _percent(share))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the bytes of a file, or of the files of a folder."""
    try:
        if path.is_dir():
            files = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in (".abc", ".txt") and file.is_file()
            )
            if not files:
                raise CorpusError(f"{path}: the folder holds no .abc or .txt file")
        else:
            files = [path]
        for file in files:
            yield str(file), file.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from None
