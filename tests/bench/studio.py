"""The studio's server under load: many clients at once that compose and render, against
the bare engine.

    python -m tests.bench.studio [--clients 64] [--seconds 60] [--workers 2] [--slots
    64] [--gone 0.1]

The server is `abcrun serve`, a worker for each core; the clients are here, in one event
loop. Printed are failed requests, the time to the first event, characters a second
beside those of `Model.generate_many` with as many slots, and the memory of the server's
processes early and late. The tunes that are rendered are three: the server keeps what
it has made of them, unless it is told `--max-kept 0`.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abcrun import Model
from tests.traditional import ALL

RHYTHMS = ("jig", "reel", "hornpipe", "polka", "air", "waltz")
RENDERINGS = (
    ("score", {"width": 900}),
    ("render", {"format": "mid"}),
    ("render", {"format": "wav"}),
    ("check", {}),
)


@dataclass
class Record:
    """What the clients have seen."""

    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    first_events: list[float] = field(default_factory=list)
    whole_tunes: list[float] = field(default_factory=list)
    renderings: list[float] = field(default_factory=list)
    gone: int = 0


async def request(
    port: int, path: str, body: dict[str, Any], accept: str = "application/json"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int, dict[str, str]]:
    """Send a request on a connection of its own: the streams, the status, and the
    headers of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    content = json.dumps(body).encode()
    head = (
        f"POST /v1/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: {accept}\r\n"
    )
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    status = int((await reader.readline()).split()[1])
    headers: dict[str, str] = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return reader, writer, status, headers


async def compose(port: int, record: Record, chance: random.Random, gone: float) -> None:
    """Ask for a tune, bar by bar; leave it at its first event with chance `gone`."""
    body = {"rhythm": chance.choice(RHYTHMS), "seed": chance.getrandbits(32)}
    begun = time.monotonic()
    reader, writer, status, headers = await request(port, "tunes", body, "text/event-stream")
    try:
        record.statuses[f"compose {status}"] += 1
        if status == 429:
            await asyncio.sleep(float(headers["retry-after"]))
            return
        if status != 200:
            record.failures[f"compose {status}"] += 1
            return
        is_first, last = True, b""
        while line := await reader.readline():
            if not line.startswith(b"event: ") or line.strip() == b"event: begin":
                continue
            last = line.strip()
            if is_first:
                is_first = False
                record.first_events.append(time.monotonic() - begun)
                if chance.random() < gone:
                    record.gone += 1
                    return
            if last == b"event: error":
                record.failures["compose error"] += 1
        record.whole_tunes.append(time.monotonic() - begun)
        if last != b"event: end":
            record.failures["compose broke off"] += 1
    finally:
        writer.close()


async def render(port: int, record: Record, chance: random.Random) -> None:
    """Have a tune engraved, played or checked."""
    path, body = chance.choice(RENDERINGS)
    begun = time.monotonic()
    reader, writer, status, headers = await request(port, path, {"abc": chance.choice(ALL), **body})
    try:
        content = await reader.read()
        record.statuses[f"render {status}"] += 1
        if status == 429:
            await asyncio.sleep(float(headers["retry-after"]))
        elif status != 200 or len(content) != int(headers["content-length"]):
            record.failures[f"{path} {status}"] += 1
        else:
            record.renderings.append(time.monotonic() - begun)
    finally:
        writer.close()


async def client(
    port: int, record: Record, number: int, until: float, share: float, gone: float
) -> None:
    """Compose or render, again and again; `share` of the requests compose."""
    chance = random.Random(number)
    while time.monotonic() < until:
        try:
            if chance.random() < share:
                await compose(port, record, chance, gone)
            else:
                await render(port, record, chance)
        except (OSError, asyncio.IncompleteReadError, IndexError) as error:
            record.failures[type(error).__name__] += 1


def figures(port: int) -> dict[str, float]:
    """The server's own figures, those with labels summed."""
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found: dict[str, float] = {}
    for line in lines:
        if not line.startswith("#"):
            name = line.partition(" ")[0].partition("{")[0]
            found[name] = found.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def memory(pid: int) -> float:
    """MiB that a process and its children keep for themselves and share (proportional
    set size)."""
    total = 0.0
    for process in [pid, *children(pid)]:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        total += int(found.group(1)) / 1024 if found else 0.0
    return total


def children(pid: int) -> list[int]:
    """All descendants of a process."""
    own = [
        int(one)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for one in (task / "children").read_text().split()
    ]
    return [*own, *(further for one in own for further in children(one))]


def start(slots: int, arguments: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """`abcrun serve` on a free port, ready."""
    import urllib.error
    import urllib.request

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "abcrun",
        "serve",
        "--port",
        str(port),
        "--slots",
        str(slots),
        *arguments,
    ]
    # Nobody reads the log: in a pipe it would get stuck, and the server with it.
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
            return process, port
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError("the server ended")


async def rows_left(port: int) -> float:
    """Wait until no tune is in a row, for a minute at most; return how many are."""
    until = time.monotonic() + 60
    while True:
        rows = (await asyncio.to_thread(figures, port))["abcrun_rows"]
        if not rows or time.monotonic() > until:
            return rows
        await asyncio.sleep(0.1)


@dataclass
class Load:
    """What a run under load has shown."""

    record: Record
    characters: float
    seconds: float
    early: float
    late: float
    rows_left: float


async def load(
    pid: int,
    port: int,
    clients: int,
    seconds: float,
    share: float = 0.75,
    gone: float = 0.0,
    warm_up: float = 0.25,
) -> Load:
    """Many clients for a while. Characters are counted, and memory measured, after the
    share `warm_up` of it."""
    record = Record()
    begun = time.monotonic()
    tasks = [
        asyncio.ensure_future(client(port, record, number, begun + seconds, share, gone))
        for number in range(clients)
    ]
    await asyncio.sleep(seconds * warm_up)
    before, early, since = await asyncio.to_thread(figures, port), memory(pid), time.monotonic()
    await asyncio.sleep(begun + seconds - time.monotonic())
    after, late, until = await asyncio.to_thread(figures, port), memory(pid), time.monotonic()
    await asyncio.gather(*tasks)
    left = await rows_left(port)
    characters = (after["abcrun_characters_total"] - before["abcrun_characters_total"]) / (
        until - since
    )
    return Load(record, characters, until - since, early, late, left)


def bare(slots: int, seconds: float) -> float:
    """Characters a second of `generate_many` with as many slots, the same kinds of
    tunes, and nothing else to do."""
    model = Model.load(None, "cpu")
    chance = random.Random(0)

    def requests() -> Any:
        while True:
            yield next(
                model.requests(1, rhythm=chance.choice(RHYTHMS), seed=chance.getrandbits(32))
            )

    tunes = model.generate_many(requests(), slots=slots, in_order=False)
    for _ in range(slots):
        next(tunes)
    characters, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        characters += next(tunes).characters
    return characters / (time.monotonic() - begun)


def percentile(values: list[float], share: float) -> float:
    """The value that so many per cent do not exceed; not a number without any."""
    return (
        sorted(values)[min(len(values) - 1, int(share / 100 * len(values)))]
        if values
        else float("nan")
    )


def main() -> None:
    """Measure and print."""
    import uvloop  # takes less of the cores than the clients of asyncio's own loop

    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--slots", type=int, default=64, help="of all workers together")
    parser.add_argument("--share", type=float, default=0.75, help="of the requests that compose")
    parser.add_argument(
        "--gone", type=float, default=0.0, help="share of composing clients that leave half-way"
    )
    arguments, more = parser.parse_known_args()
    alone = [bare(arguments.slots, min(20.0, arguments.seconds) / 2)]
    process, port = start(
        arguments.slots // arguments.workers, ["--workers", str(arguments.workers), *more]
    )
    try:
        run = uvloop.run(
            load(
                process.pid,
                port,
                arguments.clients,
                arguments.seconds,
                arguments.share,
                arguments.gone,
            )
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    # Before and after: a machine's speed drifts.
    alone.append(bare(arguments.slots, min(20.0, arguments.seconds) / 2))
    print(
        f"{arguments.clients} clients, {arguments.seconds:g} s, {arguments.workers} workers, "
        f"{arguments.slots} slots, {os.cpu_count()} cores"
    )
    report(run, alone)


def report(run: Load, alone: list[float]) -> None:
    """Print what the clients have seen, beside the speed of the bare engine."""
    record = run.record
    print("answers        ", dict(sorted(record.statuses.items())), f"{record.gone} left half-way")
    print("failures       ", dict(record.failures) or "none")
    for name, values in (
        ("first event", record.first_events),
        ("whole tune", record.whole_tunes),
        ("rendering", record.renderings),
    ):
        median = statistics.median(values) if values else float("nan")
        print(
            f"{name:15} median {median:.3f} s, p95 {percentile(values, 95):.3f} s, of {len(values)}"
        )
    ratio = run.characters / statistics.mean(alone)
    told = " and ".join(f"{rate:,.0f}" for rate in alone)
    print(
        f"characters/s    {run.characters:,.0f}; generate_many before and after {told}; "
        f"ratio {ratio:.2f}"
    )
    print(
        f"memory          {run.early:.0f} MiB, {run.seconds:.0f} s later {run.late:.0f}; "
        f"rows left {run.rows_left:g}"
    )


if __name__ == "__main__":
    main()
