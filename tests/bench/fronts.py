"""The load of `tests.bench.studio` through what stands before servers: nginx before two
of them (deploy/nginx.conf), Ray Serve (deploy/ray_serve.py), and `--workers 2` alone.

    python -m tests.bench.fronts [nginx] [ray] [--seconds 30]

Each front is measured with `--workers 2` before and after it. Printed are failures, and
whole tunes and renderings a second. What is not installed is said and left out.
"""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click

from tests.bench.studio import Record, client, percentile, start

ROOT = Path(__file__).parents[2]


@click.command()
@click.argument("fronts", nargs=-1, type=click.Choice(["nginx", "ray"]))
@click.option("--clients", default=64, show_default=True)
@click.option("--seconds", default=30.0, show_default=True)
def main(fronts: tuple[str, ...], clients: int, seconds: float) -> None:
    """Print what the clients have seen, front after front."""
    for front in fronts or ("nginx", "ray"):
        if front == "ray" and not _is_ray_serve_there():
            print("ray: not installed (pip install 'ray[serve]')")
            continue
        if front == "nginx" and shutil.which("nginx") is None:
            print("nginx: not installed")
            continue
        rates = []
        for name, opened in (("workers", _workers), (front, FRONTS[front]), ("workers", _workers)):
            with opened() as port:
                record = asyncio.run(_load(port, clients, seconds))
            tunes = len(record.whole_tunes) / seconds
            rates.append(tunes)
            print(
                f"{name:8} {tunes:6.1f} tunes/s, {len(record.renderings) / seconds:5.1f} "
                f"renderings/s, first event p95 {percentile(record.first_events, 95):.2f} s, "
                f"failures {dict(record.failures) or 'none'}"
            )
        print(f"{front} / workers: {rates[1] / ((rates[0] + rates[2]) / 2):.2f}")


async def _load(port: int, clients: int, seconds: float) -> Record:
    record = Record()
    until = time.monotonic() + seconds
    await asyncio.gather(*(client(port, record, n, until, 0.75, 0.0) for n in range(clients)))
    return record


@contextlib.contextmanager
def _workers() -> Iterator[int]:
    """One server with two workers, 64 rows in all."""
    with _server(32, "--workers", "2") as port:
        yield port


@contextlib.contextmanager
def _server(slots: int, *arguments: str) -> Iterator[int]:
    process, port = start(slots, list(arguments))
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def _nginx() -> Iterator[int]:
    """Two servers of one worker and one core each, behind nginx as deploy/ sets it up,
    without TLS, and without the rate of an address, as all clients have one."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    own = ("--threads", "1", "--renderers", "1")
    with _server(32, *own) as one, _server(32, *own) as other, _free_port() as port:
        text = re.sub(r".*(?:ssl_certificate|limit_req).*\n", "", text)
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
        text = text.replace("tunes.example.org", "localhost")
        text = text.replace(":8228", f":{one}").replace(":8229", f":{other}")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "nginx.conf"
            path.write_text(
                f"daemon off; pid {folder}/pid; worker_processes 1; error_log {folder}/log;"
                f"events {{}} http {{ access_log off; {text} }}"
            )
            with subprocess.Popen(["nginx", "-p", folder, "-c", str(path)]) as process:
                _wait_for(port)
                yield port
                process.terminate()


@contextlib.contextmanager
def _ray() -> Iterator[int]:
    """Two replicas behind Ray's proxy."""
    environment = os.environ | {
        "ABCRUN_SLOTS": "32",
        "ABCRUN_THREADS": "1",
        "ABCRUN_RENDERERS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    command = [sys.executable, "-m", "ray.serve.scripts", "run", "deploy.ray_serve:app"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(8000)
            yield 8000
        finally:
            process.send_signal(2)
            process.wait()


FRONTS = {"nginx": _nginx, "ray": _ray}


def _is_ray_serve_there() -> bool:
    try:
        import ray.serve  # noqa: F401
    except ImportError:
        return False
    return True


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    yield port


def _wait_for(port: int) -> None:
    until = time.monotonic() + 120
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
            return
        if time.monotonic() > until:
            raise RuntimeError(f"nothing answers on port {port}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
