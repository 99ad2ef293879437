"""The machine that abcrun runs on: its cores and its processor."""

import os
import platform
import sys
from pathlib import Path

THREADS = 2
"""Threads within an operator, where the machine has them.

The second gains half at batch 1, and more at 64.
"""


def default_threads() -> int:
    """Return how many threads work on one step where nobody says how many."""
    return min(THREADS, usable_cores())


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    # A container's or taskset's share; elsewhere the system does not tell it.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def processor() -> str:
    """Return the processor's own name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
