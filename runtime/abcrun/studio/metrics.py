"""The server's metrics, in Prometheus' own words and units."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import Collector

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The metrics of one app.

    Several workers share them through files in the folder `PROMETHEUS_MULTIPROC_DIR`.
    """

    def __init__(self) -> None:
        # Its own registry: the library's global one refuses a second app in a process.
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "abcrun_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "abcrun_request_seconds",
            "From a request to the end of its answer.",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.tunes = Counter("abcrun_tunes", "Tunes composed.", registry=registry)
        self.characters = Counter(
            "abcrun_characters", "Characters read by the network.", registry=registry
        )
        # Gauges of workers that have ended no longer count: "livesum", "livemax".
        self.build = Gauge(
            "abcrun_build_info",
            "1, with the versions and the SHA-256 of the model's file.",
            ["version", "python", "model", "model_sha256"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.capacity = Gauge(
            "abcrun_capacity",
            "How many there is room for, of all workers together.",
            ["of"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.rows = Gauge(
            "abcrun_rows", "Tunes being composed.", registry=registry, multiprocess_mode="livesum"
        )
        self.waiting = Gauge(
            "abcrun_waiting_tunes",
            "Tunes that wait for a row.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.first_event = Histogram(
            "abcrun_first_event_seconds",
            "From a request to its first event.",
            registry=registry,
            buckets=_SECONDS,
        )
        self.rendering = Histogram(
            "abcrun_rendering_seconds",
            "Renderings, their wait included.",
            ["kind"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.renderings = Gauge(
            "abcrun_renderings",
            "Renderings that wait or run.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        together = CollectorRegistry()
        together.register(_Processes())
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry) + generate_latest(together)
        # Whichever worker is asked answers for all: each has counted into its files.
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class _Processes(Collector):
    """Memory, CPU time and open files of all processes of the server, by `pid`, as
    Linux tells them."""

    def collect(self) -> Iterable[Metric]:
        """Return the figures, each with a sample for each process."""
        together: dict[str, Metric] = {}
        # Workers are the children of one that serves nothing itself.
        parent = multiprocessing.parent_process()
        for pid in _family(os.getpid() if parent is None else parent.pid or os.getpid()):
            one = ProcessCollector(pid=lambda pid=pid: pid, registry=None)  # type: ignore[misc]
            for metric in one.collect():
                samples = [sample._replace(labels={"pid": str(pid)}) for sample in metric.samples]
                kept = together.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                kept.samples.extend(samples)
        return together.values()


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            own = children.read_text().split()
        except OSError:  # it has ended meanwhile
            continue
        for child in own:
            yield from _family(int(child))
