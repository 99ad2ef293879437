"""A process beside ours that engraves scores: started when it is first needed, kept,
watched, and replaced.

Verovio kills the process that it works in on some input. So it works in a child
(`engraver.py`), which gets one request at a time. A child that crashes or takes too
long is ended; the request fails with one line, and the next one gets a new child. The
child ends with our process, however that ends: its input is closed then.
"""

import atexit
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

from abcrun.errors import RenderError
from abcrun.files import packaged
from abcrun.processes import MEBIBYTE, Limits, short_environment, start_limited
from abcrun.score.engraved import for_verovio
from abcrun.score.engraver import (
    MAX_SECONDS,
    PICTURES_AT_ONCE,
    EngraverRequest,
    receive,
    send,
)
from abcrun.score.fonts import font_folders, warn_of_missing
from abcrun.score.head import Head
from abcrun.score.page import HeadLayout, drawn_pages
from abcrun.score.page_breaks import pages_apart

ENGRAVER = "--abcrun-engraver"
"""The first argument of a frozen app that is to engrave, before the engraver's path."""

MAX_WAIT = 60.0
"""Seconds of wall clock that one request may take on a busy machine. Of processor time
it may take `engraver.MAX_SECONDS`."""
MAX_REQUESTS = 2_000
"""Requests that one child answers before it is replaced: what its libraries leak does
not pile up."""

# The libraries map some 300 MiB. The engraver limits its processor time itself, anew
# for each request. It has nothing to write, so no file may grow.
_LIMITS = Limits(seconds=None, memory=4096 * MEBIBYTE, file_size=0)
_PACKAGES = ("verovio", "typst")
_NO_HEAD = Head()
MOST_BARS = 8
"""Bars of a system, but for authors who ask for more."""


def engrave(
    musicxml: str,
    width: int,
    height: int = 0,
    *,
    head: Head = _NO_HEAD,
    bars: int = MOST_BARS,
    max_wait: float = MAX_WAIT,
) -> list[str]:
    """Return a score as SVG pages, `width` units wide and `height` units high.

    Without a height there is one page, as high as it needs to be. `head` is what is
    drawn above and below the music. A system has at most `bars` bars. `max_wait` is in
    seconds of wall clock.

    Raises `RenderError` when the extra `score` is missing, or verovio crashes, fails or
    takes too long.
    """
    layout = HeadLayout(head, width)
    pages: list[str] = []
    # A picture without a height is one page.
    for text in pages_apart(musicxml) if height else [musicxml]:
        rows = 0 if pages else layout.credits
        request: EngraverRequest = {
            "do": "engrave",
            "musicxml": for_verovio(text, rows),
            "width": width,
            "height": height,
            "header": "auto" if rows else "none",
            "bars": bars,
        }
        pages += json.loads(kept.ask(request, max_wait))["pages"]
    verses = (*head.verses, layout.rest) if layout.rest else head.verses
    return drawn_pages(pages, layout, verses, height)


def png(svg: str, width: int) -> bytes:
    """Return a page as a PNG of `width` pixels. Raises as `engrave` does, warns with
    `MissingGlyphsWarning` where no font has a character."""
    answer = kept.ask({"do": "png", "svg": svg, "width": width, "fonts": font_folders()})
    return _file_of(answer)


def pdf(template: str, layout: str, pictures: dict[str, str]) -> bytes:
    """Return a document of typst's as a PDF, with what it finds in its inputs. Raises
    and warns as `png` does."""
    request: EngraverRequest = {
        "do": "pdf",
        "template": template,
        "layout": layout,
        "pictures": pictures,
        "fonts": font_folders(),
    }
    return _file_of(kept.ask(request, MAX_WAIT * (1 + len(pictures) // PICTURES_AT_ONCE)))


def _file_of(answer: bytes) -> bytes:
    """Return the file in an answer; warn of what no font has."""
    missing, _, made = answer[1:].partition(b"\n")
    warn_of_missing(json.loads(missing))
    return made


def missing_packages() -> list[str]:
    """Return the packages that engraving needs and that are not installed; none with
    the extra `score`."""
    return [name for name in _PACKAGES if find_spec(name) is None]


class EngraverProcess:
    """A running engraver; of no use any more after an error."""

    def __init__(self) -> None:
        if missing := missing_packages():
            raise RenderError(f'a score needs {" and ".join(missing)}: pip install "abcrun[score]"')
        # By its path and with -P: no package of ours is loaded, and no module beside
        # the file is taken for one of the standard library.
        command = [sys.executable, "-P", str(packaged("score/engraver.py"))]
        if is_frozen := getattr(sys, "frozen", False):
            # There is no Python beside a frozen app. It starts itself, and a hook makes
            # an engraver of it, as abcrun.frozen says.
            command[1] = ENGRAVER
        # By these a frozen app finds what it has unpacked.
        own = [name for name in os.environ if name.startswith(("_PYI_", "LD_LIBRARY_"))]
        environment = short_environment("HOME", *(own if is_frozen else ())) | {
            # The very packages that this process would import.
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "RAYON_NUM_THREADS": "1",  # typst would start a thread for each core
        }
        folder = Path(tempfile.gettempdir())
        try:
            self.popen = start_limited(command, folder, _LIMITS, environment)
        except OSError as error:
            raise RenderError(
                f"the engraver cannot be started: {error.strerror or error}"
            ) from error
        self.owner = os.getpid()
        """The process that started it; one that is forked from that must not use it."""
        self.requests = 0
        self._receive(
            MAX_WAIT, 'the engraver does not start: is the extra whole? pip install "abcrun[score]"'
        )

    def ask(self, request: bytes, max_wait: float) -> bytes:
        """Return the answer to a request. Raises `RenderError`."""
        self.requests += 1
        # A child that is gone takes no request; that it answers nothing is told below.
        with contextlib.suppress(OSError):
            if self.popen.stdin is not None:
                send(self.popen.stdin, request)
        return self._receive(max_wait, "the engraver crashed on this tune")

    def _receive(self, seconds: float, failure: str) -> bytes:
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self.popen.kill()

        # A read from a pipe has no time limit on every system; killing the child ends
        # it.
        watch = threading.Timer(seconds, stop)
        watch.daemon = True
        watch.start()
        try:
            answer = receive(self.popen.stdout) if self.popen.stdout is not None else None
        finally:
            watch.cancel()
        if answer is not None:
            return answer
        self.popen.kill()
        status = self.popen.wait()
        if is_late.is_set():
            raise RenderError(f"the engraver took longer than {seconds:g} s and was stopped")
        if os.name == "posix" and -status == signal.SIGXCPU:
            raise RenderError(
                f"the engraver took longer than {MAX_SECONDS} s of CPU time and was stopped"
            )
        raise RenderError(failure)

    def close(self) -> None:
        """End it and wait for it, or let go of it where another process started it."""
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self.owner == os.getpid():
            self.popen.kill()
            self.popen.wait()
        else:
            # Not our child: waiting for it would fail, and without a return code Popen
            # warns that it still runs.
            self.popen.returncode = 0


class KeptEngraver:
    """The engraver that all threads of our process share, one request at a time."""

    def __init__(self) -> None:
        self.process: EngraverProcess | None = None
        self._lock = threading.Lock()

    def ask(self, request: EngraverRequest, max_wait: float = MAX_WAIT) -> bytes:
        """Return the answer to a request, from a new process where the last one is gone
        or worn out. Raises `RenderError`."""
        data = json.dumps(request).encode()
        with self._lock:
            process = self.process
            if process is not None and (
                process.owner != os.getpid() or process.requests >= MAX_REQUESTS
            ):
                self.close()
            if self.process is None:
                self.process = EngraverProcess()
            try:
                answer = self.process.ask(data, max_wait)
            except BaseException:
                # Also after an interrupt: its answer would be taken for the next one's.
                self.close()
                raise
        # Files begin with "!", all else is JSON.
        if answer[:1] == b"{" and "error" in (told := json.loads(answer)):
            raise RenderError(f"the score cannot be engraved: {told['error']}")
        return answer

    def close(self) -> None:
        """End the process; the next request starts another."""
        process, self.process = self.process, None
        if process is not None:
            process.close()

    def renew_lock(self) -> None:
        """Forget the lock, which a thread may have held when our process was forked."""
        self._lock = threading.Lock()


kept = KeptEngraver()
atexit.register(kept.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=kept.renew_lock)
