"""What it takes to read, check, write and play the four books, beside another version:
processor time, in turns of one run.

    python -m tests.bench.reading                            # this version alone
    python -m tests.bench.reading --against OTHER/runtime    # beside a checkout
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

import abcrun
from tests import books

# How many tunes are taken: one of so many. Sounds take a hundred times as long.
_EVERY = {"parse": 6, "check": 6, "midi": 24, "wav": 300}
_TIMES = 4
"""That each stage is run in a turn; the quickest counts, as a machine is never quicker
than it can be."""


def _stages() -> dict[str, Callable[[str], object]]:
    return {
        "parse": lambda text: abcrun.Tune.parse(text).notes,
        "check": abcrun.check,
        "midi": lambda text: abcrun.render(abcrun.Tune.parse(text), "midi"),
        "wav": lambda text: abcrun.render(abcrun.Tune.parse(text), "wav"),
    }


def _measure() -> dict[str, float]:
    """Return the seconds of each stage, here and now."""
    texts = [text for name in books.NAMES for _, text in books.book_texts(name)]
    seconds: dict[str, float] = {}
    for stage, work in _stages().items():
        chosen = texts[:: _EVERY[stage]]
        _run(work, chosen[:3])  # what is loaded and made once
        seconds[stage] = min(_run(work, chosen) for _ in range(_TIMES))
    return seconds


def _run(work: Callable[[str], object], texts: Sequence[str]) -> float:
    start = time.process_time()
    for text in texts:
        try:
            work(text)
        except abcrun.AbcrunError:
            continue
    return time.process_time() - start


def _measure_in(runtime: Path) -> dict[str, float]:
    paths = [str(runtime), *(path for path in sys.path if path and Path(path) != runtime)]
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.reading", "--worker"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout)
    return found


@click.command()
@click.option("--against", type=click.Path(exists=True, path_type=Path))
@click.option("--turns", default=4, show_default=True)
@click.option("--worker", is_flag=True, hidden=True)
def main(against: Path | None, turns: int, *, worker: bool) -> None:
    """Print the least seconds of each stage, and the ratio."""
    if worker:
        print(json.dumps(_measure()))
        return
    here = Path(abcrun.__file__).resolve().parents[1]
    versions = {"here": here} | ({"there": against.resolve()} if against else {})
    best: dict[str, dict[str, float]] = {name: {} for name in versions}
    for _ in range(turns):
        for name, runtime in versions.items():
            for stage, seconds in _measure_in(runtime).items():
                best[name][stage] = min(seconds, best[name].get(stage, seconds))
    print("| | one tune of | here, s | there, s | ratio |")
    print("|---|---|---|---|---|")
    for stage, every in _EVERY.items():
        here_s, there_s = best["here"][stage], best.get("there", {}).get(stage)
        other = f"{there_s:.2f} | {here_s / there_s:.3f}" if there_s else " | "
        print(f"| {stage} | {every} | {here_s:.2f} | {other} |")


if __name__ == "__main__":
    main()
