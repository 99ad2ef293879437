"""Another program may hang, crash, or take what it finds: it is stopped at its limits,
and one line says why."""

import os
import sys
from pathlib import Path

import pytest

from abcrun import processes
from abcrun.errors import RenderError
from abcrun.processes import Limits, run_limited

posix = pytest.mark.skipif(sys.platform == "win32", reason="no limits but time on Windows")
UNIGNORED = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"  # Python ignores it


def limited(script: str, folder: Path, **limits: int) -> str:
    return run_limited(sys.executable, ["-c", script], folder, Limits(**limits))


def test_a_program_runs_in_its_folder_with_a_short_environment_and_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "word")
    script = (
        "import os, sys; "
        "print(os.getcwd(), os.environ['HOME'], 'SECRET' in os.environ, repr(sys.stdin.read()))"
    )
    assert limited(script, tmp_path, memory=1 << 30).split() == [
        str(tmp_path),
        str(tmp_path),
        "False",
        "''",
    ]


def test_arguments_reach_the_program_as_they_are(tmp_path: Path) -> None:
    odd = ["$(touch here)", "`touch here`", "; touch here", "a b", '"', "*", ""]
    script = "import sys; print(sys.argv[1:])"
    printed = run_limited(sys.executable, ["-c", script, *odd], tmp_path, Limits(memory=1 << 30))
    assert printed.strip() == repr(odd)
    assert not (tmp_path / "here").exists()


@posix
def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    script = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(3600)"
    with pytest.raises(RenderError, match="took longer than 2 s and was stopped"):
        limited(script, tmp_path, seconds=2, memory=1 << 30)
    written = tmp_path / "pid"
    if written.exists() and (pid := written.read_text()):  # on a busy machine it may not be
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@posix
def test_a_program_cannot_take_more_memory_than_it_may(tmp_path: Path) -> None:
    script = "bytearray(600 << 20)"
    with pytest.raises(RenderError, match="MemoryError"):
        limited(script, tmp_path, memory=500 << 20)
    limited(script, tmp_path, memory=2 << 30)


@posix
def test_a_program_cannot_write_larger_files_than_it_may(tmp_path: Path) -> None:
    script = UNIGNORED + "open('big', 'wb').write(bytes({}))"
    with pytest.raises(RenderError, match="wrote more than 100000 bytes"):
        limited(script.format(300_000), tmp_path, memory=1 << 30, file_size=100_000)
    limited(script.format(90_000), tmp_path, memory=1 << 30, file_size=100_000)


@posix
def test_what_a_program_prints_is_bounded_too(tmp_path: Path) -> None:
    script = UNIGNORED + "while True: print('x' * 1000)"
    with pytest.raises(RenderError, match="wrote more than"):
        limited(script, tmp_path, memory=1 << 30, file_size=100_000)


@posix
def test_a_crash_and_a_failure_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"crashed on this tune \(SIGSEGV\)"):
        limited("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", tmp_path, memory=1 << 30)
    with pytest.raises(RenderError, match="failed with status 3: no such key"):
        limited("import sys; print('no such key'); sys.exit(3)", tmp_path, memory=1 << 30)


def test_what_is_not_installed_is_named_with_what_brings_it(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"^nonesuch is not installed: sudo apt-get install it$"):
        run_limited("nonesuch", [], tmp_path, Limits(), packages="it")


# Programs that answer over pipes, and programs that are trusted


def test_a_program_is_talked_to_over_pipes(tmp_path: Path) -> None:
    script = (
        "import os, sys; print(os.environ['GIVEN'], sys.stdin.readline().strip()[::-1], flush=True)"
    )
    environment = processes.short_environment() | {"GIVEN": "word"}
    command = [sys.executable, "-c", script]
    process = processes.start_limited(command, tmp_path, Limits(memory=1 << 30), environment)
    answer, _ = process.communicate(b"abc\n", timeout=60)
    assert answer.split() == [b"word", b"cba"]


@posix
def test_only_the_limits_that_are_given_are_set(tmp_path: Path) -> None:
    script = (
        "from resource import *\n"
        "print(*(getrlimit(kind)[0] for kind in (RLIMIT_CPU, RLIMIT_AS, RLIMIT_FSIZE)))"
    )

    def found(limits: Limits) -> list[int]:
        return [
            int(value)
            for value in run_limited(sys.executable, ["-c", script], tmp_path, limits).split()
        ]

    own = found(Limits(None, None, None))
    assert found(Limits(50, 1 << 30, 1 << 20)) == [50, 1 << 30, 1 << 20]
    assert found(Limits(None, 1 << 30, None)) == [own[0], 1 << 30, own[2]]


def test_a_trusted_program_runs_to_its_end(tmp_path: Path) -> None:
    script = (
        "import os, sys; print(os.getcwd()); print(repr(sys.stdin.read()), file=sys.stderr); "
        "sys.exit(3)"
    )
    result = processes.run([sys.executable, "-c", script], folder=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (3, f"{tmp_path}\n", "''\n")
    with pytest.raises(ChildProcessError, match="returned non-zero exit status 3"):
        processes.run([sys.executable, "-c", script], check=True)
    with pytest.raises(TimeoutError, match=r"timed out after 0\.2 seconds"):
        processes.run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.2)
    with pytest.raises(FileNotFoundError):
        processes.run([str(tmp_path / "nonesuch")])


@posix
def test_a_process_limits_its_own_memory(tmp_path: Path) -> None:
    script = (
        "from abcrun.processes import limit_own_memory; limit_own_memory(500 << 20)\n"
        "try: bytearray(600 << 20)\n"
        "except MemoryError: print('refused')"
    )
    assert processes.run([sys.executable, "-c", script]).stdout == "refused\n"
