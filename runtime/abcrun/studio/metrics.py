"""The server's metrics, in Prometheus' own words and units."""

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

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
        self.tunes = Counter("abcrun_tunes", "Tunes composed.", registry=registry)
        self.characters = Counter(
            "abcrun_characters", "Characters read by the network.", registry=registry
        )
        # Gauges of workers that have ended no longer count: "livesum".
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
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        # Whichever worker is asked answers for all: each has counted into its files.
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
