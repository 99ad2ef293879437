"""A process beside ours that engraves scores: started when it is first needed, kept,
watched, and replaced.

Verovio kills the process that it works in on some input. So it works in a child
(`engraver.py`), which gets one request at a time; a child that crashes or takes too
long is ended, the request fails with one line, and the next one gets a new child. It
closes with ours, however that ends: its input ends then.
"""

import atexit
import contextlib
import json
import os
import signal
import struct
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from abcrun.errors import RenderError
from abcrun.processes import MEBIBYTE, Limits, short_environment, start_limited
from abcrun.score.engraver import MAX_SECONDS

MAX_WAIT = 60.0
"""Seconds of wall clock that one request may take on a busy machine; of CPU time it may
take `engraver.MAX_SECONDS`."""
MAX_REQUESTS = 2_000
"""That one child answers before it is replaced: what its libraries leak does not pile
up."""

# The libraries map some 300 MiB. The engraver limits its processor time itself, anew for
# each request.
_LIMITS = Limits(seconds=None, memory=4096 * MEBIBYTE, file_size=0)
_NEEDED = ("verovio", "typst")


def engrave(
    musicxml: str, width: int, height: int = 0, *, left: str = "", right: str = ""
) -> list[str]:
    """A score as SVG pages, `width` units wide; without a height, one page that is as
    high as it needs to be.

    `left` and `right` are lines of small text at the sides of the title; without a
    title they are left out.

    Raises `RenderError` when the extra `score` is missing, or verovio crashes, fails or
    takes too long.
    """
    answer = _request(
        {
            "do": "engrave",
            "musicxml": musicxml,
            "width": width,
            "height": height,
            "left": left,
            "right": right,
        }
    )
    pages: list[str] = json.loads(answer)["pages"]
    return pages


def png(svg: str, width: int) -> bytes:
    """A page as a PNG of `width` pixels. Raises `RenderError` as `engrave` does."""
    return _request({"do": "png", "pages": [svg], "width": width})[1:]


def pdf(pages: list[str], title: str) -> bytes:
    """Pages as a PDF of A4 pages. Raises `RenderError` as `engrave` does."""
    return _request({"do": "pdf", "pages": pages, "title": title})[1:]


def missing_packages() -> list[str]:
    """What engraving needs and is not installed; none with the extra `score`."""
    return [name for name in _NEEDED if find_spec(name) is None]


class _Child:
    """A running engraver."""

    def __init__(self) -> None:
        if missing := missing_packages():
            raise RenderError(f'a score needs {" and ".join(missing)}: pip install "abcrun[score]"')
        command = [sys.executable, "-P", str(Path(__file__).with_name("engraver.py"))]
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = short_environment("HOME") | {
            "PYTHONPATH": paths,  # the very packages that this process would import
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "RAYON_NUM_THREADS": "1",
        }
        try:
            folder = Path(tempfile.gettempdir())
            self.process = start_limited(command, folder, _LIMITS, environment)
        except OSError as error:
            raise RenderError(
                f"the engraver cannot be started: {error.strerror or error}"
            ) from error
        self.owner = os.getpid()
        self.requests = 0
        self._receive(
            MAX_WAIT, 'the engraver does not start: is the extra whole? pip install "abcrun[score]"'
        )

    def ask(self, request: bytes) -> bytes:
        """The answer to a request; the child is of no use after an error."""
        self.requests += 1
        stdin = self.process.stdin
        with contextlib.suppress(OSError):  # it is gone; what it says then is nothing
            if stdin is not None:
                stdin.write(struct.pack(">I", len(request)) + request)
                stdin.flush()
        return self._receive(MAX_WAIT, "the engraver crashed on this tune")

    def _receive(self, seconds: float, failure: str) -> bytes:
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self.process.kill()

        watch = threading.Timer(seconds, stop)
        watch.daemon = True
        watch.start()
        try:
            stdout = self.process.stdout
            head = stdout.read(4) if stdout is not None else b""
            body = (
                stdout.read(struct.unpack(">I", head)[0])
                if stdout is not None and len(head) == 4
                else b""
            )
        finally:
            watch.cancel()
        if len(head) == 4 and len(body) == struct.unpack(">I", head)[0]:
            return body
        self.process.kill()
        status = self.process.wait()
        if is_late.is_set():
            raise RenderError(f"the engraver took longer than {seconds:g} s and was stopped")
        if os.name == "posix" and -status == signal.SIGXCPU:
            raise RenderError(
                f"the engraver took longer than {MAX_SECONDS} s of CPU time and was stopped"
            )
        raise RenderError(failure)

    def close(self) -> None:
        """End it and wait for it; where it belongs to the process that ours was forked
        from, only let go of it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        else:
            self.process.returncode = 0


_lock = threading.Lock()
_child: _Child | None = None


def _request(request: dict[str, Any]) -> bytes:
    global _child
    data = json.dumps(request).encode()
    with _lock:
        if _child is not None and (_child.owner != os.getpid() or _child.requests >= MAX_REQUESTS):
            close()
        if _child is None:
            _child = _Child()
        try:
            answer = _child.ask(data)
        except BaseException:
            close()
            raise
    if answer[:1] == b"{" and "error" in (told := json.loads(answer)):
        raise RenderError(f"the score cannot be engraved: {told['error']}")
    return answer


def close() -> None:
    """End the child; the next request starts another."""
    global _child
    child, _child = _child, None
    if child is not None:
        child.close()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
