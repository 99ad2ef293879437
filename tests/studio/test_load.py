"""Many clients at once, some of which leave half-way: a short version of
`tests.bench.studio`, without its figures."""

import signal
import sys
from collections.abc import Iterator

import pytest

from tests.bench.studio import load, start
from tests.studio.server import PATIENCE, result_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="memory is measured as Linux counts it"
)


@pytest.fixture
def served() -> Iterator[tuple[int, int]]:
    """Start a small server; give its process and port."""
    limits = "--max-queue 4 --max-count 4 --renderers 1 --max-rendering 3 --max-kept 1"
    patience = f"--compose-timeout {PATIENCE} --render-timeout {PATIENCE}"
    process, port = start(8, f"{limits} {patience}".split())
    yield process.pid, port
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)


def test_nobody_is_failed_and_nothing_is_left_behind(served: tuple[int, int]) -> None:
    pid, port = served
    run = result_of(load(pid, port, clients=24, seconds=6, share=0.8, gone=0.3, warm_up=0.6))
    record = run.record
    assert not record.failures
    assert set(record.statuses) <= {"compose 200", "compose 429", "render 200", "render 429"}
    assert record.statuses["compose 429"] > 0  # more clients than rows and places in the queue
    assert record.whole_tunes
    assert record.renderings
    assert record.gone > 0
    assert run.rows_left == 0
    assert run.late < 1.1 * run.early + 20
