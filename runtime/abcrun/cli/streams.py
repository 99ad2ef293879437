"""The standard streams: there even where they are closed, in UTF-8, and talk that
nobody can hear stops no work."""

import io
import os
import sys
from typing import Any, TextIO


def open_streams() -> None:
    """Make stdout and stderr fit for use, whatever the caller has given.

    They may be closed (`>&-`), missing (pythonw, a daemon), on a full disk or a pipe
    that nobody reads. What goes to a closed one is dropped. stdin stays None where it
    is closed.
    """
    _fill_descriptors()
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    # Consoles of Windows take no bytes, and a test may have put in a stream of its own.
    own: TextIO = sys.stderr
    is_bytes = own is sys.__stderr__ and not (os.name == "nt" and own.isatty())
    if is_bytes and own.fileno() == 2:
        sys.stderr = io.TextIOWrapper(_Talk(2, "w", closefd=False), write_through=True)
    for stream in (sys.stdout, sys.stderr):
        # A notebook may have put a stream there that is no file.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def drop_output() -> None:
    """Let the interpreter's last flush of a stdout that is gone go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class _Talk(io.FileIO):
    """A descriptor for messages: one that cannot be written is dropped."""

    def write(self, data: Any, /) -> int:
        """Write bytes, if that is possible, and return their number."""
        try:
            written = super().write(data)
        except OSError:
            written = None
        return len(data) if written is None else written


def _fill_descriptors() -> None:
    """Open what is closed of the descriptors 0, 1 and 2."""
    # Else the next file gets the number, and what a library prints lands in it.
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The system takes the lowest number that is free. Children inherit it.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _nowhere() -> TextIO:
    # Not closed by anyone: it lasts as long as the process, as the one it stands for.
    return open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
