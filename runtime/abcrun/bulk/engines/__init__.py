"""Engines: who makes the shards, each process one at a time.

Each is a module with a function `run` like `Run`. It is imported when it is asked for,
with the packages that it needs.
"""

import contextlib
from collections.abc import Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from abcrun.bulk.packages import require

# Start-up time: the command line reads the names of the engines.
if TYPE_CHECKING:
    from abcrun.bulk.shard import Done, Job

ENGINES = ("local", "ray", "dask")
_PACKAGES = {"local": (), "ray": ("ray",), "dask": ("dask", "distributed")}


class Run(Protocol):
    """Makes shards by `abcrun.bulk.shard.make_shard` in other processes.

    It yields what became of each as it is done; closing the generator ends what runs. A
    shard whose process dies is begun anew in another one, and is an `OutputError` when
    it has cost several. workers: processes at most; None is one for each core.
    """

    def __call__(
        self, job: "Job", numbers: list[int], workers: int | None
    ) -> Generator["Done", None, None]: ...


def engine_named(name: str) -> Run:
    """Return an engine. `UsageError` where its packages are not installed."""
    require(name, *_PACKAGES[name])
    return cast("Run", import_module(f"{__name__}.{name}").run)


def make_shards(
    engine: Run, job: "Job", numbers: list[int], workers: int | None = None
) -> Iterator["Done"]:
    """Have an engine make shards, and yield what became of each.

    Raises the error of the first one that could not be made; what runs is ended then.
    """
    with contextlib.closing(engine(job, numbers, workers)) as made:
        for done in made:
            if done.error is not None:
                raise done.error
            yield done
