"""Bulk: how fast each engine is beside `generate_many`, what its workers hold, and what
is left when they are killed.

    python -m tests.bench.bulk [ratio] [memory] [kills] [long] [--count 20000]
        [--shard-size 1000] [--engines local,ray,dask] [--rounds 2]

ratio: tunes a second of each engine, in turn with `generate_many` on all cores in one
process. What starting takes is measured alone - a shard of one tune for each core - and
left out. memory: what the process of one worker holds after each shard. kills: a worker
is killed, then the driver, then SIGTERM ends the same command, and the same command
makes the rest. long: the rate over the time of one run with `local`.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from abcrun import Model, Sampling
from abcrun.bulk.engines import ENGINES, engine_named, make_shards
from abcrun.bulk.plan import claim
from abcrun.bulk.settings import Settings
from abcrun.bulk.shard import Job
from abcrun.bulk.store import Store
from abcrun.composition.conditions import Asked
from abcrun.inference.machine import usable_cores
from abcrun.rendering import RenderSettings

SEED = 7


def job(folder: str, model: Model, count: int, shard_size: int) -> tuple[Job, Settings]:
    """Return the job for a folder that is new."""
    sampling: Sampling = model.spec.sampling
    settings = Settings.of(
        model,
        Asked(seed=SEED, sampling=sampling),
        count=count,
        shard_size=shard_size,
        formats=[],
        sound=RenderSettings(),
    )
    claim(Store(folder), settings)
    return Job(folder, None, settings.text), settings


def seconds(engine: str, model: Model, count: int, shard_size: int) -> float:
    """Return the wall time that an engine takes, its start among it."""
    with tempfile.TemporaryDirectory(prefix="abcrun-bulk-") as folder:
        work, settings = job(folder, model, count, shard_size)
        begun = time.monotonic()
        for _ in make_shards(engine_named(engine), work, list(range(settings.shards))):
            pass
        return time.monotonic() - begun


def ratio(engines: list[str], count: int, shard_size: int, rounds: int) -> None:
    """Print each engine's rate beside that of `generate_many`, in turn."""
    model = Model.load(device="cpu")
    print(f"{count:,} tunes, shards of {shard_size:,}, {usable_cores()} cores, one process first")
    for _ in range(rounds):
        begun = time.monotonic()
        for _ in model.generate_many(model.requests(count, seed=SEED), in_order=False):
            pass
        alone = time.monotonic() - begun
        print(f"generate_many  {count / alone:6.1f} tunes/s", flush=True)
        for engine in engines:
            start = seconds(engine, model, usable_cores(), 1)
            took = seconds(engine, model, count, shard_size) - start
            print(
                f"{engine:13}  {count / took:6.1f} tunes/s, ratio {alone / took:.2f}, "
                f"start {start:.1f} s",
                flush=True,
            )


def memory(count: int, shard_size: int) -> None:
    """Print what one worker of `local` holds after each shard."""
    model = Model.load(device="cpu")
    with tempfile.TemporaryDirectory(prefix="abcrun-bulk-") as folder:
        work, settings = job(folder, model, count, shard_size)
        model.close()
        for done in make_shards(engine_named("local"), work, list(range(settings.shards)), 1):
            (worker,) = [
                one for one in psutil.Process().children() if "spawn_main" in str(one.cmdline())
            ]
            held = worker.memory_info().rss / 1e6
            print(f"{settings.span(done.number).stop:6,} tunes: {held:.1f} MB", flush=True)


def workers(driver: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the processes that compose for a driver."""
    words = ("spawn_main", "ray::make_shard")
    return [
        one
        for one in psutil.Process(driver.pid).children(recursive=True)
        if any(word in " ".join(one.cmdline()) for word in words)
    ]


def kills(engine: str, count: int, shard_size: int) -> None:
    """Kill a worker, then the driver; end the next driver by SIGTERM; make the rest,
    and compare 200 rows with tunes that are composed alone."""
    with tempfile.TemporaryDirectory(prefix="abcrun-bulk-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "abcrun", "bulk", "--engine", engine, "--out", name]
        command += f"--seed {SEED} --count {count} --shard-size {shard_size} --device cpu".split()

        def made() -> int:
            return len(list(folder.glob("tunes-*.parquet")))

        def after(shards: int, act: Callable[[], object]) -> None:
            target = made() + shards
            while made() < target:
                if driver.poll() is not None:
                    raise SystemExit(f"{engine} ended too early; give a larger --count")
                time.sleep(0.05)
            act()

        driver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        after(2, lambda: workers(driver)[0].kill())
        after(2, lambda: None)
        others = workers(driver)
        driver.kill()
        driver.wait()
        alive = psutil.wait_procs(others, timeout=60)[1]
        killed_at = made()
        driver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        after(2, lambda: driver.send_signal(signal.SIGTERM))
        status, ended_at = driver.wait(), made()
        last = subprocess.run(command, capture_output=True, text=True, check=False)
        rows = sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["index"])
        left = list(folder.glob(".*"))
        model = Model.load(device="cpu", threads=1)
        compared = random.Random(1).sample(range(count), min(200, count))
        alike = sum(
            next(model.generate(1, seed=SEED, first=index)).text == rows[index]["text"]
            for index in compared
        )
        print(
            f"{engine}: driver killed at {killed_at} shards, {len(alive)} workers left; SIGTERM at "
            f"{ended_at}, status {status}; then status {last.returncode}, {len(rows):,} rows, "
            f"{len({row['index'] for row in rows}):,} different, {len(left)} temporary files, "
            f"{alike} of {len(compared)} as composed alone",
            flush=True,
        )


def long(count: int, shard_size: int) -> None:
    """Print the rate of each tenth of one run with `local`."""
    model = Model.load(device="cpu")
    with tempfile.TemporaryDirectory(prefix="abcrun-bulk-") as folder:
        work, settings = job(folder, model, count, shard_size)
        model.close()
        begun = last = time.monotonic()
        tunes = before = 0
        for done in make_shards(engine_named("local"), work, list(range(settings.shards))):
            tunes += done.tunes
            if tunes - before >= count / 10 or tunes == count:
                now = time.monotonic()
                print(
                    f"{tunes:8,} tunes, {now - begun:7.0f} s: "
                    f"{(tunes - before) / (now - last):6.1f} tunes/s",
                    flush=True,
                )
                last, before = now, tunes
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        print(f"{size / count:.0f} bytes a tune")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["ratio", "memory", "kills"])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--shard-size", type=int, default=1000)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    engines = given.engines.split(",")
    if "ratio" in given.parts:
        ratio(engines, given.count, given.shard_size, given.rounds)
    if "memory" in given.parts:
        memory(min(given.count, 10 * given.shard_size), given.shard_size)
    if "kills" in given.parts:
        for engine in engines:
            kills(engine, given.count, given.shard_size)
    if "long" in given.parts:
        long(given.count, given.shard_size)


if __name__ == "__main__":
    main()
