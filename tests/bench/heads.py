"""A server whose connections others hold: many heads that never end, and a client
beside them.

    python -m tests.bench.heads [--heads 1000] [--seconds 30]

The heads are opened again as soon as the server closes them. Printed are how long the
client's requests took, each on a connection of its own, and how often it was failed.
"""

import argparse
import asyncio
import signal
import time

from tests.bench.studio import percentile, start

HALF = b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
WHOLE = b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def hold(port: int, until: float) -> int:
    """Hold connections with half a head, one after the other; return how many."""
    count = 0
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HALF)
            count += 1
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await reader.read(1)
            writer.close()
        except (OSError, TimeoutError):
            await asyncio.sleep(0.01)
    return count


async def ask(port: int, until: float) -> tuple[list[float], int]:
    """Ask again and again; return the seconds that each answer took, and the number of
    those that failed."""
    seconds, failed = [], 0
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(WHOLE)
            answer = await reader.read()
            writer.close()
        except OSError:
            answer = b""
        failed += not answer.startswith(b"HTTP/1.1 200 ")
        seconds.append(time.monotonic() - begun)
        await asyncio.sleep(0.05)
    return seconds, failed


async def measure(port: int, heads: int, seconds: float) -> None:
    """Measure and print."""
    until = time.monotonic() + seconds
    holding = [asyncio.ensure_future(hold(port, until)) for _ in range(heads)]
    await asyncio.sleep(1)
    taken, failed = await ask(port, until)
    held = sum(await asyncio.gather(*holding))
    print(f"{heads} half heads at a time, {held} in {seconds:g} s")
    print(
        f"another client: {len(taken)} requests, {failed} failed, median "
        f"{percentile(taken, 50):.3f} s, p95 {percentile(taken, 95):.3f} s"
    )


def main() -> None:
    """Start a server and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--heads", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments, more = parser.parse_known_args()
    process, port = start(16, more)
    try:
        asyncio.run(measure(port, arguments.heads, arguments.seconds))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
