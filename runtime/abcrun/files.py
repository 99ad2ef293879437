"""Files: written whole or not at all, decoded whatever their age, and found where they
come with abcrun."""

import codecs
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from abcrun.errors import OutputError


def write_atomically(path: str | Path, data: str | bytes) -> Path:
    """Write `data` to `path`, whole or not at all; return the path.

    Text is written as UTF-8, with its line ends as they are and lone surrogates as `?`.
    The folder must exist. A file that is there is replaced in one step: whoever opens
    `path` sees the old content or the new, never a part. A device or a pipe
    (`/dev/full`, `/dev/stdout`) is written to directly, because a rename would put a
    file in its place.

    Raises `OutputError` in one line when the disk is full, the folder is missing or
    read-only, or `path` is a folder; nothing is left behind then.
    """
    path = Path(path)
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    try:
        # A link keeps pointing at its file: the file is what gets replaced.
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return path
        temporary = _hidden(target)
        try:
            with temporary.open("xb") as file:
                file.write(content)
            temporary.replace(target)
        except BaseException:  # an interrupt, too, leaves nothing behind
            temporary.unlink(missing_ok=True)
            raise
    # ValueError: a NUL in the name. RuntimeError: a loop of links.
    except (OSError, RuntimeError, ValueError) as error:
        raise OutputError(f"cannot write {path}: {_reason(error)}") from error
    return path


def write_together(files: Mapping[Path, str | bytes | None]) -> None:
    """Write several files, each whole, all of them or none; None removes a file.

    All are on the disk under other names before the first old one is replaced. Their
    folders must exist.

    Raises `OutputError` in one line, as `write_atomically` does; all files are as they
    were then.
    """
    staged: dict[Path, Path] = {}
    kept: dict[Path, Path] = {}
    changed: list[Path] = []
    path = Path()
    try:
        try:
            for path, data in files.items():
                if data is not None:
                    _stage(path, data, staged)
            for path in files:
                _keep(path, kept)
            for path in files:
                changed.append(path)
                if path in staged:
                    staged[path].replace(path.resolve())
                else:
                    path.resolve().unlink(missing_ok=True)
        except BaseException:  # an interrupt, too, changes nothing
            for done in changed:
                if done in kept:
                    kept[done].replace(done.resolve())
                else:
                    done.unlink(missing_ok=True)
            raise
        finally:
            for temporary in (*staged.values(), *kept.values()):
                temporary.unlink(missing_ok=True)
    except (OSError, RuntimeError, ValueError) as error:  # as above
        raise OutputError(
            f"cannot write {path}: {_reason(error)}; all files are as they were"
        ) from error


def _stage(path: Path, data: str | bytes, staged: dict[Path, Path]) -> None:
    """Write what `path` is to hold, to the disk, under a hidden name."""
    target = path.resolve()
    staged[path] = _hidden(target)
    with staged[path].open("xb") as file:
        file.write(data.encode("utf-8", "replace") if isinstance(data, str) else data)
        file.flush()
        # Some file systems find out only now that they are full.
        os.fsync(file.fileno())


def _keep(path: Path, kept: dict[Path, Path]) -> None:
    """Give what `path` holds, if it is there, a second name."""
    target = path.resolve()
    if not target.exists():
        return
    if not target.is_file():
        raise ValueError("what is there is no file")
    kept[path] = _hidden(target)
    try:
        kept[path].hardlink_to(target)
    except OSError:  # a file system without links
        shutil.copy2(target, kept[path])


def _hidden(target: Path) -> Path:
    """Return an unused name for a temporary file beside `target`."""
    # In the same folder: there is no rename from one file system to another.
    return target.with_name(f".abcrun-{os.urandom(8).hex()}.tmp")


def make_folder(path: str | Path) -> Path:
    """Make the folder `path` and those above it, unless they are there; return the
    path. Raises `OutputError`."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot make the folder {path}: {_reason(error)}") from error
    return path


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


_CHARSET = re.compile(
    rb"^(?:%%|I:)[ \t]*(?:abc-)?charset[ \t]+(iso-?8859-\d{1,2}|(?:windows-|cp)125\d|koi8-[ru])\b",
    re.MULTILINE | re.IGNORECASE,
)


def decode_text(content: bytes) -> tuple[str, str]:
    """Return the text that `content` holds, and the name of its encoding.

    It is UTF-8 with or without a byte order mark, or UTF-16 with one; else what
    `%%abc-charset` names (an encoding of one byte for each character), Windows-1252 or
    Latin-1. The sign with which DOS ended a file is left out.
    """
    content = content.rstrip(b"\x1a")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "UTF-16"
    # ABC was in Latin-1 before version 2.1 of the standard; it reads any bytes. What
    # are control characters there are quotation marks and dashes on Windows.
    named = _CHARSET.search(content)
    candidates = ["utf-8-sig", *([] if named is None else [named.group(1).decode("ascii")])]
    if _CONTROLS.search(content):
        candidates.append("windows-1252")
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if encoding.lower() not in ("iso-8859-1", "iso8859-1"):
            return text, _ENCODING_NAMES.get(encoding, encoding.upper())
    return content.decode("latin-1"), "Latin-1"


_CONTROLS = re.compile(rb"[\x80-\x9f]")
_ENCODING_NAMES = {"utf-8-sig": "UTF-8", "windows-1252": "Windows-1252"}


DEFAULT_MODEL = "folk"


def default_model_path() -> Path:
    """Locate the model that comes with abcrun."""
    return _shipped(f"{DEFAULT_MODEL}.onnx")


def default_index_path() -> Path:
    """Locate the index of known melodies that comes with abcrun."""
    return _shipped(f"{DEFAULT_MODEL}.melodies")


def index_path(model: Path) -> Path:
    """Return where the index of melodies of a model file is: NAME.melodies beside
    NAME.onnx, and beside NAME.int8.onnx, too."""
    return model.with_name(f"{model.name.removesuffix('.onnx').removesuffix('.int8')}.melodies")


def _shipped(name: str) -> Path:
    """Locate a file inside the installed package, or in a checkout's `exported/`."""
    # The wheel has these files in the package (pyproject.toml, force-include).
    installed = packaged("models") / name
    return installed if installed.exists() else _PACKAGE.parents[1] / "exported" / name


_PACKAGE = Path(__file__).parent


def packaged(name: str) -> Path:
    """Locate a file or folder of the package on a disk.

    Out of a zip file that Python runs, it is copied to a temporary folder, which goes
    when the process ends.
    """
    path = _PACKAGE / name
    return path if path.exists() or _PACKAGE.is_dir() else _unpacked(name)


@cache
def _unpacked(name: str) -> Path:
    # Only those who run a zip file wait for these.
    import atexit
    from importlib import resources
    from importlib.resources.abc import Traversable

    def copy(source: Traversable, target: Path) -> None:
        if source.is_dir():
            target.mkdir(parents=True)
            for one in source.iterdir():
                copy(one, target / one.name)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())

    folder = Path(tempfile.mkdtemp(prefix="abcrun-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy(resources.files("abcrun").joinpath(name), folder / name)
    return folder / name
