"""Other programs, within limits of time, memory and file size."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from abcrun.errors import RenderError

_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may take: seconds of wall clock and of CPU, bytes of memory, bytes
    of any file it writes."""

    seconds: int = 20
    memory: int = 512 * _MEBIBYTE
    file_size: int = 4 * _MEBIBYTE


# A limit that the caller's own hard limit does not let be set is already tighter. Sizes
# in KiB and in 512-byte blocks.
_LAUNCH = (
    'ulimit -t "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; ulimit -f "$3" 2>/dev/null; ulimit -c 0 2>/dev/null; '
    'shift 3; exec "$@"'
)


def run_guarded(program: str, arguments: list[str], folder: Path, limits: Limits) -> str:
    """Run a program in `folder` under `limits`; return the end of what it printed.

    Raises `RenderError` when it is not installed, runs out of a limit, crashes, or
    reports failure.
    """
    path = shutil.which(program)
    if path is None:
        packages = _PACKAGES.get(program, program)
        raise RenderError(f"{program} is not installed: sudo apt-get install {packages}")
    command = [path, *arguments]
    if os.name == "posix":
        sizes = [str(limits.seconds), str(limits.memory // 1024), str(-(-limits.file_size // 512))]
        command = ["/bin/sh", "-c", _LAUNCH, "abcrun", *sizes, *command]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment = kept | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        # fluidsynth opens every audio driver, even to write a file; PulseAudio's would
        # ask for 64 MiB of shared memory.
        "SDL_AUDIODRIVER": "dummy",
    }
    log = folder / "log.txt"
    try:
        with log.open(
            "wb"
        ) as output:  # a file, so that what is printed falls under the limit of size
            status = subprocess.run(
                command,
                cwd=folder,
                env=environment,
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


def _cause_of_death(number: int, limits: Limits) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name in ("SIGXCPU", "SIGKILL"):
        return f"took longer than {limits.seconds} s of CPU time and was stopped"
    if name == "SIGXFSZ":
        return f"wrote more than {limits.file_size} bytes and was stopped"
    return f"crashed on this tune ({name})"


_PACKAGES = {
    "abc2midi": "abcmidi",
    "timidity": "timidity fluid-soundfont-gm",
    "fluidsynth": "fluidsynth fluid-soundfont-gm",
}
