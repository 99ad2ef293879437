"""The engine for one machine: a process for each core, each with a pipe of its own, so
that one that dies takes no other along."""

import contextlib
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Generator, Iterable
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from abcrun.bulk.shard import Done, Job, make_shard
from abcrun.errors import OutputError
from abcrun.inference.machine import usable_cores

_ATTEMPTS = 3  # processes that one shard may cost
_GRACE = 10.0  # seconds for a process to take back what it has begun to write


def run(job: Job, numbers: list[int], workers: int | None) -> Generator[Done, None, None]:
    """Make shards, as `engines.Run` says."""
    waiting = list(numbers)[::-1]
    deaths: Counter[int] = Counter()
    processes: dict[Connection, BaseProcess] = {}
    at_work: dict[Connection, int] = {}
    try:
        while waiting or at_work:
            while waiting and len(processes) < (workers or usable_cores()):
                pipe, process = _start(job)
                processes[pipe] = process
            for pipe in processes.keys() - at_work.keys():
                if waiting:
                    at_work[pipe] = waiting.pop()
                    # To one that is dead already: its pipe ends below.
                    with contextlib.suppress(OSError):
                        pipe.send(at_work[pipe])
            for pipe in _ready(at_work):
                number = at_work.pop(pipe)
                try:
                    yield pipe.recv()
                except (EOFError, OSError):
                    processes.pop(pipe).join()
                    waiting.append(number)
                    deaths[number] += 1
                    if deaths[number] == _ATTEMPTS:
                        raise OutputError(
                            f"{_ATTEMPTS} processes have died on shard {number}; "
                            "is there memory enough for --workers?"
                        ) from None
    finally:
        _end(processes.values())


def _start(job: Job) -> tuple[Connection, BaseProcess]:
    # A fork would take along the threads' locks, and the memory of the driver.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(job, theirs), daemon=True)
    process.start()
    # The only one left is the process's own: its death ends the pipe.
    theirs.close()
    return ours, process


def _ready(at_work: dict[Connection, int]) -> list[Connection]:
    return [one for one in wait(list(at_work)) if isinstance(one, Connection)]


def _end(processes: Iterable[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_GRACE)
        process.kill()


def _serve(job: Job, pipe: Connection) -> None:
    """Make the shards that come through the pipe, until it ends."""
    # Ctrl-C goes to all processes of a terminal: the driver ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        while True:
            pipe.send(make_shard(job, pipe.recv()))
    except (EOFError, OSError):
        pass  # the driver is gone


def _follow_parent() -> None:
    """End this process when the driver is gone, whatever it is at."""
    if (parent := parent_process()) is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
