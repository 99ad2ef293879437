"""The engine Ray: a task for each shard, on this machine or on the cluster that
RAY_ADDRESS names.

Tasks, not an actor pool: actors that hold all CPUs leave none to the tasks that feed
them, and Ray waits without a word. Processes of tasks are used again, so the model
stays loaded in them, too.
"""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Generator
from itertools import islice

from abcrun.bulk.shard import Done, Job, make_shard
from abcrun.errors import OutputError

# Ray reads it when it is imported: abcrun sends nothing anywhere.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
import ray

_AHEAD = 1000  # tasks that wait: a cluster that can grow sees what there is to do
_OBJECTS = 80 * 2**20  # bytes of shared memory; what comes back is small


def run(job: Job, numbers: list[int], workers: int | None) -> Generator[Done, None, None]:
    """Make shards, as `engines.Run` says."""
    waiting = iter(numbers)
    # Ray prints what it has to say of tasks that are begun anew; stdout is for data.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            _connect(workers)
            make = ray.remote(num_cpus=1)(make_shard)
            running = [make.remote(job, one) for one in islice(waiting, workers or _AHEAD)]
            while running:
                ended, running = ray.wait(running)
                running += [make.remote(job, one) for one in islice(waiting, len(ended))]
                yield from ray.get(ended)
        except (ray.exceptions.RayError, ConnectionError) as error:
            raise OutputError(f"Ray: {error}") from None
        finally:
            ray.shutdown()


def _connect(workers: int | None) -> None:
    """Join the cluster that the environment names, or begin one on this machine."""
    alone = {
        "address": "local",
        "num_cpus": workers,
        "include_dashboard": False,
        "object_store_memory": _OBJECTS,
    }
    # Ray would have SIGTERM end the program in its own way.
    ends = signal.getsignal(signal.SIGTERM)
    ray.init(
        **({} if "RAY_ADDRESS" in os.environ else alone),
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    signal.signal(signal.SIGTERM, ends)
