"""The work of `abcrun bench`: how fast a model composes on this machine, measured."""

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from abcrun.errors import DeviceError, ModelError
from abcrun.formats import Device, Precision
from abcrun.inference.engine import Engine
from abcrun.model import Model

BATCHES = (1, 16, 64, 256)
AT_HAND: tuple[tuple[Device, Precision], ...] = (
    ("cpu", "float32"),
    ("cpu", "int8"),
    ("cuda", "float32"),
)
STARTS = 5  # processes of which the median is told

# `abcrun generate` as the command is, and what it says of its memory at the end.
_FIRST = """
import sys
from abcrun.cli import main
try:
    main(sys.argv[1:])
except SystemExit as error:
    status = error.code
peak = "0"
try:
    with open("/proc/self/status") as lines:
        peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
except (OSError, StopIteration):
    pass
sys.stderr.write("\\npeak " + peak)
sys.exit(status)
"""


@dataclass(frozen=True)
class Figures:
    """What was measured on one device with one precision."""

    device: str
    precision: str
    load_seconds: float
    """Of `Model.load`, with the file in the system's cache."""
    characters_per_second: dict[int, float]
    """By batch size, with sampling and text."""
    latency_p50: float
    """Seconds from character to character of a single tune."""
    latency_p99: float
    first_character: float
    """Median seconds from the start of a process `abcrun generate` to the first
    character that it draws."""
    peak_bytes: int
    """The most memory of such a process; 0 where the system does not tell."""

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        return asdict(self)


def measure(
    path: Path | None, seconds: float, batches: Sequence[int] = BATCHES
) -> Iterator[Figures]:
    """Measure each device and precision at hand, each batch size for about `seconds`.

    The call raises the errors of `Model.load`; later, a device or precision that cannot
    be had is left out.
    """
    Model.load(path, "cpu").close()
    return _measure_all(path, seconds, batches)


def _measure_all(path: Path | None, seconds: float, batches: Sequence[int]) -> Iterator[Figures]:
    for device, precision in AT_HAND:
        with contextlib.suppress(DeviceError, ModelError):
            yield _measure(path, device, precision, seconds, batches)


def _measure(
    path: Path | None, device: Device, precision: Precision, seconds: float, batches: Sequence[int]
) -> Figures:
    begun = time.perf_counter()
    model = Model.load(path, device, precision)
    loaded = time.perf_counter() - begun
    with model:
        latencies = steps(model, 1, seconds)
        speeds = {
            batch: batch / statistics.fmean(steps(model, batch, seconds)) for batch in batches
        }
    command = ["generate", "--seed", "1", "--device", device, "--precision", precision]
    if path is not None:
        command += ["--model", str(path)]
    starts = [_start(command, len(model.spec.prompt)) for _ in range(STARTS)]
    latencies.sort()
    return Figures(
        device,
        precision,
        loaded,
        speeds,
        statistics.median(latencies),
        latencies[len(latencies) * 99 // 100],
        statistics.median(first for first, _ in starts),
        max(peak for _, peak in starts),
    )


def steps(model: Model, batch: int, seconds: float) -> list[float]:
    """Measure the seconds of each step with `batch` rows in work all the time.

    Sampling, text and new rows for those that end are part of a step.
    """
    first = model.request(seed=1)
    engine = Engine(model.network, batch)
    index = 0
    taken: list[float] = []
    until = time.perf_counter() + seconds
    # The first tenth warms up caches and the processor's clock.
    before = warm = time.perf_counter() + seconds / 10
    while before < until or not taken:
        while not engine.is_full:
            engine.submit(first.numbered(index))
            index += 1
        engine.step()
        now = time.perf_counter()
        if now > warm:
            taken.append(now - before)
        before = now
    return taken


def _start(command: list[str], prompt: int) -> tuple[float, int]:
    """Measure a process: the seconds to the first character behind its prompt, and its
    peak memory in bytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _FIRST, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    cast(IO[bytes], process.stdout).read(prompt + 1)
    first = time.perf_counter() - begun
    _, said = process.communicate()
    return first, int(said.rsplit(b"peak", 1)[-1]) * 1024


def table(figures: Sequence[Figures]) -> str:
    """Return the figures as a Markdown table."""
    batches = sorted({batch for one in figures for batch in one.characters_per_second})
    head = [
        "device",
        "precision",
        *(f"batch {batch}" for batch in batches),
        "p50",
        "p99",
        "load",
        "first",
        "peak",
    ]
    rows = [
        [
            one.device,
            one.precision,
            *(f"{one.characters_per_second[batch]:,.0f}/s" for batch in batches),
            f"{one.latency_p50 * 1e3:.2f} ms",
            f"{one.latency_p99 * 1e3:.2f} ms",
            f"{one.load_seconds * 1e3:.0f} ms",
            f"{one.first_character:.3f} s",
            f"{one.peak_bytes / 1e6:.0f} MB" if one.peak_bytes else "?",
        ]
        for one in figures
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))
