"""Files: written whole or not at all, text of any age read, and what comes with abcrun
found."""

import secrets
from pathlib import Path
from typing import Literal

from abcrun.errors import OutputError


def write_atomically(path: str | Path, data: str | bytes) -> Path:
    """Write `data` (text as UTF-8, line ends kept, lone surrogates as `?`) to `path`
    and return the path.

    The folder must exist. A file that is there is replaced in one step: whoever opens
    `path` sees the old content or the new, never a part. A device or a pipe
    (`/dev/full`, `/dev/stdout`) is written to directly, because a rename would put a
    file in its place. Raises `OutputError` in one line when the disk is full, the
    folder is missing or read-only, or `path` is a folder; nothing is left behind then.
    """
    path = Path(path)
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    try:
        # A link keeps pointing at its file: the file is what gets replaced.
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return path
        temporary = target.with_name(f".abcrun-{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(content)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # ValueError: a NUL in the name; RuntimeError: a loop of links
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OutputError(f"cannot write {path}: {reason}") from error
    return path


def make_folder(path: str | Path) -> Path:
    """Make the folder `path`, and those above it, unless it is there; return the path.
    Raises `OutputError`."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OutputError(f"cannot make the folder {path}: {reason}") from error
    return path


def decode_text(content: bytes) -> tuple[str, Literal["UTF-8", "Latin-1"]]:
    """Return the text that `content` holds, and its encoding.

    It is UTF-8 with or without a byte order mark, or else Latin-1, which reads any
    bytes.
    """
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


DEFAULT_MODEL = "folk"


def default_model_path() -> Path:
    """Locate the model that comes with abcrun."""
    return _coming_along(f"{DEFAULT_MODEL}.onnx")


def default_index_path() -> Path:
    """Locate the index of known melodies that comes with abcrun."""
    return _coming_along(f"{DEFAULT_MODEL}.melodies")


def _coming_along(name: str) -> Path:
    """Locate a file inside the installed package, or in a checkout's `exported/`."""
    package = Path(__file__).parent
    installed = package / "models" / name
    return installed if installed.exists() else package.parents[1] / "exported" / name
