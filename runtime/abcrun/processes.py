"""Other programs, run within limits of time, memory and file size.

The limits are set by a line of `/bin/sh` that becomes the program: they hold from its
first instruction, on any Unix. Nothing of the input goes through the shell's parser.
Windows has no such limits: there, only the wall clock guards.
"""

import multiprocessing
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abcrun.errors import RenderError

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may take. None sets no limit."""

    seconds: int | None = 20
    """Seconds of processor time, and of wall clock where the program is waited for."""
    memory: int | None = 512 * MEBIBYTE
    """Bytes of address space."""
    file_size: int | None = 4 * MEBIBYTE
    """Bytes of any one file that it writes."""


def run(
    command: Sequence[str],
    *,
    seconds: float | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    captured: bool = True,
    check: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program that is trusted, with nothing on its standard input, to its end.

    What it prints is in the result, or goes where our own prints go if `captured` is
    False.

    Raises `OSError` when it cannot be started; its subclass `TimeoutError` when it
    takes longer than `seconds` of wall clock; its subclass `ChildProcessError` when it
    reports failure and `check` is set.
    """
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=captured,
            text=True,
            timeout=seconds,
            check=check,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise ChildProcessError(str(error)) from error


def run_limited(
    program: str,
    arguments: Sequence[str],
    folder: Path,
    limits: Limits,
    *,
    environment: Mapping[str, str] | None = None,
    packages: str = "",
) -> str:
    """Run a program in `folder` within `limits`; return the end of what it printed.

    All that it printed is in `folder / "log.txt"`. Its environment is short:
    `short_environment`, a home in `folder`, and what `environment` adds.

    Raises `RenderError` when it is not installed (which tells the Debian `packages`
    that bring it), runs out of a limit, crashes, or reports failure.
    """
    path = shutil.which(program)
    if path is None:
        raise RenderError(f"{program} is not installed: sudo apt-get install {packages or program}")
    home = {"HOME": str(folder), "TMPDIR": str(folder)}
    log = folder / "log.txt"
    try:
        # Not a pipe: what is printed to a file falls under the limit of size.
        with log.open("wb") as output:
            status = subprocess.run(
                _limited([path, *arguments], limits),
                cwd=folder,
                env={**short_environment(), **home, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=limits.seconds,
                check=False,
            ).returncode
    except subprocess.TimeoutExpired as error:
        raise RenderError(
            f"{program} took longer than {limits.seconds} s and was stopped"
        ) from error
    except OSError as error:
        raise RenderError(f"{program} cannot be started: {error.strerror or error}") from error
    with log.open("rb") as output:
        output.seek(max(0, log.stat().st_size - 4096))
        printed = output.read().decode("utf-8", "replace")
    if status < 0:
        raise RenderError(f"{program} {_cause_of_death(-status, limits)}")
    if status > 0:
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        raise RenderError(
            f"{program} failed with status {status}: {lines[-1] if lines else 'no message'}"
        )
    return printed


def start_limited(
    command: Sequence[str], folder: Path, limits: Limits, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program in `folder` within `limits`, and talk to it over two pipes.

    `environment` is all that it gets. Its errors go nowhere. Raises `OSError`.
    """
    return subprocess.Popen(
        _limited(command, limits),
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def short_environment(*kept: str) -> dict[str, str]:
    """Return what a program needs to start, and our own variables named `kept`."""
    names = ("PATH", "SYSTEMROOT", *kept)
    own = {name: os.environ[name] for name in names if name in os.environ}
    return own | {"LC_ALL": "C.UTF-8"}


def limit_own_memory(most: int) -> None:
    """Limit the address space of this very process to `most` bytes, where the system
    has such limits."""
    if os.name == "posix":
        import resource  # Windows has no such module

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def allow_open_files(least: int) -> None:
    """Let this process have `least` files and sockets open, or as many as the system
    allows, where it has such limits."""
    if os.name == "posix":
        import resource  # as above

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = least if hard == resource.RLIM_INFINITY else min(least, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def end_with_parent(clean_up: Callable[[], None] = lambda: None) -> None:
    """Have this process, which `multiprocessing` has started, end at once when its
    parent has ended, however that came about; `clean_up` is called before."""
    # Each holds an end of a pipe, which the system closes even for who is killed.
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        clean_up()
        os._exit(1)

    threading.Thread(target=watch, name="abcrun-parent", daemon=True).start()


def _limited(command: Sequence[str], limits: Limits) -> list[str]:
    """Return the command that sets `limits` and becomes `command`.

    `preexec_fn` would run Python between fork and exec, which may deadlock in a process
    with threads.
    """
    if os.name != "posix":
        return list(command)
    settings = {"-c": 0}
    if limits.seconds is not None:
        settings["-t"] = limits.seconds
    if limits.memory is not None:
        settings["-v"] = limits.memory // 1024  # KiB
    if limits.file_size is not None:
        settings["-f"] = -(-limits.file_size // 512)  # blocks
    # A limit above the hard one of our own is refused; that one is tighter already.
    lines = [f"ulimit {option} {value} 2>/dev/null;" for option, value in settings.items()]
    return ["/bin/sh", "-c", " ".join([*lines, 'exec "$@"']), "abcrun", *command]


def _cause_of_death(number: int, limits: Limits) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    # The kernel sends SIGXCPU at the soft limit and SIGKILL at the hard one.
    if name in ("SIGXCPU", "SIGKILL"):
        return f"took longer than {limits.seconds} s of CPU time and was stopped"
    if name == "SIGXFSZ":
        return f"wrote more than {limits.file_size} bytes and was stopped"
    return f"crashed on this tune ({name})"
