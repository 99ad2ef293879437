"""The books that can be fetched: each at its pinned version, with its checksum."""

import hashlib
import logging
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from abcrun.errors import CorpusError
from abcrun.processes import run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Book:
    """A book inside a released Python package.

    `member` is a file in the package's archive, or a folder with .abc files.
    `source_only`: only the source archive holds the book, not the wheel.
    """

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
            licence=(
                "MIT package (MIT Introduction to Deep Learning); "
                "traditional tunes, as transcribed for the web"
            ),
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

Download = Callable[[Book, Path], Path]
"""Puts the archive of a book's package into an empty folder and returns its path."""


def cache_folder() -> Path:
    """Locate the folder of fetched books: `$ABCRUN_CACHE`, else the user's cache."""
    if chosen := os.environ.get("ABCRUN_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "abcrun"


def cached_path(book: Book) -> Path:
    """Locate the file or folder of a book in the cache, whether it is there or not."""
    return cache_folder() / f"{book.package}-{book.version}" / Path(book.member).name


def pip_download(book: Book, folder: Path) -> Path:
    """Download the archive of the book's package with pip.

    Raises `CorpusError` when pip fails, as it does without a network.
    """
    constraints = folder / "constraints.txt"
    # The build of a source archive asks for pkg_resources, gone from setuptools 81 on.
    constraints.write_text("setuptools<81\n")
    kind = ("--no-binary", ":all:") if book.source_only else ("--only-binary", ":all:")
    options = ("--quiet", "--no-deps", "--disable-pip-version-check", *kind, "--dest", str(folder))
    # No limit of time: a download takes as long as the line needs.
    result = run(
        [sys.executable, "-m", "pip", "download", *options, f"{book.package}=={book.version}"],
        environment={
            **os.environ,
            "PIP_CONSTRAINT": str(constraints),
            "PIP_BUILD_CONSTRAINT": str(constraints),
        },
    )
    archives = [path for path in folder.iterdir() if path != constraints]
    if result.returncode or len(archives) != 1:
        reason = (result.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise CorpusError(
            f"book {book.name}: pip could not download {book.package} {book.version} ({reason}); "
            f"go online once (it is then kept in {cache_folder()}), or train on a file of your own"
        )
    return archives[0]


def book_path(name: str, download: Download = pip_download) -> Path:
    """Return the file or folder of a book, fetched if it is not in the cache yet.

    Raises `CorpusError` for an unknown name, when `download` fails, or when the
    checksum of the archive differs.
    """
    if name not in BOOKS:
        raise CorpusError(
            f"no book {name!r}; there are {', '.join(BOOKS)}; or give a file or folder of your own"
        )
    path = cached_path(BOOKS[name])
    if not path.exists():
        _fetch(BOOKS[name], path.parent, download)
    return path


def _fetch(book: Book, folder: Path, download: Download) -> None:
    """Unpack every book that `book`'s package holds into `folder`, all or nothing."""
    log.info("fetching %s %s", book.package, book.version)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside its target, so that the last step is a rename within one file system.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as temporary:
            archive = download(book, Path(temporary))
            _check(book, archive)
            unpacked = Path(temporary) / "unpacked"
            # The wheel of music21 holds three books: it is downloaded once.
            for other in BOOKS.values():
                if (other.package, other.version) == (book.package, book.version):
                    _unpack(archive, other.member, unpacked)
            if folder.exists():
                shutil.rmtree(folder)
            unpacked.replace(folder)
    except OSError as error:
        raise CorpusError(f"book {book.name}: cannot be kept in {folder} ({error})") from None


def _check(book: Book, archive: Path) -> None:
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    if checksum != book.archive_sha256:
        raise CorpusError(
            f"book {book.name}: {archive.name} is not used, its sha256 is {checksum}, "
            f"not {book.archive_sha256}"
        )


def _unpack(archive: Path, member: str, folder: Path) -> None:
    """Write `member` of a wheel or source archive to `folder`.

    Of a folder only the .abc files are written, without their subfolders.
    """
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
                # A source archive has all below a top folder, NAME-VERSION.
                name = entry.name.partition("/")[2]
                if (
                    entry.isfile()
                    and _belongs(name, member)
                    and (file := source.extractfile(entry))
                ):
                    members[name] = file.read()
    if not members:
        raise CorpusError(f"{archive.name} holds no {member}")
    for name, content in sorted(members.items()):
        # Only the last part of a name is used: no archive can write outside `folder`.
        path = root if name == member else root / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _belongs(name: str, member: str) -> bool:
    return name == member or (name.startswith(member + "/") and name.endswith(".abc"))
