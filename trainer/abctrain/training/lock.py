"""A run's folder, for one trainer at a time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from abcrun.errors import AbcrunError
from abcrun.files import make_folder

LOCK = ".lock"
"""The file in a run's folder that the operating system locks. It stays there: what
counts is whether a living process holds it."""


class LockedError(AbcrunError):
    """Another program trains this run, or nobody can lock its folder."""


@contextlib.contextmanager
def locked(run: Path) -> Iterator[None]:
    """Keep others from training the run `run`; its folder is made where it lacks, and
    removed where nothing came into it.

    The lock ends with the process, however that ends. Raises `LockedError` at once,
    without waiting, or `OutputError` for a folder that cannot be made.
    """
    is_new = not run.exists()
    make_folder(run)
    lock = FileLock(run / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"{run}: another program is training this run; wait for its end, "
            "or choose another --name"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise LockedError(f"{run}: its folder cannot be locked ({error})") from None
    try:
        yield
    finally:
        if is_new:
            _remove_unused(run)
        lock.release()


def _remove_unused(run: Path) -> None:
    """Remove a run's folder that holds a lock alone, and that of all runs where it was
    the only one."""
    if [path.name for path in run.iterdir()] != [LOCK]:
        return
    with contextlib.suppress(OSError):  # others may have put something there meanwhile
        (run / LOCK).unlink()
        run.rmdir()
        run.parent.rmdir()
