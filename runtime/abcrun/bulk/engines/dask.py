"""The engine Dask: a task for each shard, on this machine or on the cluster that
DASK_SCHEDULER_ADDRESS names."""

import contextlib
import logging
import os
import signal
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from distributed import Client, KilledWorker, LocalCluster, as_completed

from abcrun.bulk.shard import Done, Job, make_shard
from abcrun.errors import OutputError
from abcrun.inference.machine import usable_cores

# It tells at length what it is at, and of workers that die and are begun anew.
logging.getLogger("distributed").setLevel(logging.CRITICAL)

_AHEAD = 1000  # tasks that wait: a cluster that can grow sees what there is to do


def run(job: Job, numbers: list[int], workers: int | None) -> Generator[Done, None, None]:
    """Make shards, as `engines.Run` says."""
    waiting = iter(numbers)
    try:
        with _client(workers) as client:

            def begin(count: int) -> list[Any]:
                # Not pure: the same shard may have to be made a second time.
                numbers = islice(waiting, count)
                return [client.submit(make_shard, job, one, pure=False) for one in numbers]

            running = as_completed(begin(workers or _AHEAD))
            for future in running:
                running.update(begin(1))
                yield future.result()
    except (KilledWorker, OSError) as error:
        raise OutputError(f"Dask: {error}") from None


@contextlib.contextmanager
def _client(workers: int | None) -> Iterator[Any]:
    """Join the cluster that the environment names, or begin one on this machine."""
    with contextlib.ExitStack() as stack:
        if "DASK_SCHEDULER_ADDRESS" in os.environ:
            yield stack.enter_context(Client())
            return
        # Ctrl-C goes to all processes of a terminal; this one ends the others, which
        # begin with what is ignored here.
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            cluster = LocalCluster(
                n_workers=workers or usable_cores(),
                threads_per_worker=1,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            )
        finally:
            signal.signal(signal.SIGINT, heard)
        yield stack.enter_context(Client(stack.enter_context(cluster)))
