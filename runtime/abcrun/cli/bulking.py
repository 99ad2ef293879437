"""The work of `abcrun bulk`: shards made here or by an engine, and folders checked."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Unpack

import click

from abcrun.bulk.check import check_folder
from abcrun.bulk.engines import engine_named, make_shards
from abcrun.bulk.plan import check_shard, claim, missing, read_manifest, spans
from abcrun.bulk.settings import Settings
from abcrun.bulk.shard import Job, Worker
from abcrun.bulk.store import Store
from abcrun.cli.composing import resolve
from abcrun.cli.options import SamplingOptions, SoundOptions, formats_of
from abcrun.cli.progress import progress
from abcrun.cli.sources import FAILURE
from abcrun.cli.writing import render_settings
from abcrun.composition.conditions import Asked
from abcrun.errors import UsageError
from abcrun.formats import Device, Precision
from abcrun.model import Model

_EVERY = 30.0  # seconds between two lines in a log


def make(
    *,
    out: str,
    shard: int | None,
    engine: str,
    workers: int | None,
    model_path: Path | None,
    device: Device,
    precision: Precision,
    **given: Any,
) -> None:
    """Make the shards that are missing of a folder, or one of them.

    Raises the errors of `Model.generate`, `UsageError` for a folder of other tunes,
    `OutputError`.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}; it must be at least 1")
    run = engine_named(engine)
    store = Store(out)
    with Model.load(model_path, device, precision, threads=1) as model:
        settings = _settings(model, **given)
    path = None if model_path is None else str(model_path.resolve())
    job = Job(store.out, path, settings.text)
    if shard is not None:
        check_shard(settings, shard)
    claim(store, settings)
    with _ended_by_sigterm():
        if shard is not None:
            _tell_unrendered(Worker(job).make(shard).unrendered)
            return
        store.clear()
        numbers = missing(settings, store.names())
        pace = Pace(settings, numbers)
        unrendered = 0
        try:
            # A cluster is not begun for nothing.
            for done in make_shards(run, job, numbers, workers) if numbers else ():
                unrendered += done.unrendered
                pace.add(done.number)
        finally:
            pace.end()
        _tell_unrendered(unrendered)


def _settings(
    model: Model,
    *,
    count: int,
    shard_size: int,
    best_of: int,
    formats: str | None,
    sound: SoundOptions,
    drawing: SamplingOptions,
    **asked: Unpack[Asked],
) -> Settings:
    resolve(model, asked, drawing, sound)
    return Settings.of(
        model,
        asked,
        count=count,
        shard_size=shard_size,
        best_of=best_of,
        formats=formats_of(formats) if formats is not None else [],
        sound=render_settings(sound),
    )


def check(folder: str) -> int:
    """Print what of a folder is there, missing and damaged; return the exit status: 0
    where it is whole."""
    store = Store(folder)
    settings = read_manifest(store)
    with progress(settings.shards, "reading") as advance:
        found = check_folder(store, settings, advance)
    click.echo(
        f"{settings.shards:,} shards of {settings.shard_size:,} tunes: {len(found.there):,} there, "
        f"{len(found.missing):,} missing, {len(found.damaged):,} files damaged"
    )
    if found.missing:
        click.echo(f"missing: {spans(found.missing)}")
    for name, fault in found.damaged.items():
        click.echo(f"damaged: {name}: {fault}")
    if not found.is_whole:
        first = "remove what is damaged; then " if found.damaged else ""
        click.echo(f"abcrun: {first}the same command makes what is missing", err=True)
    return 0 if found.is_whole else FAILURE


class Pace:
    """How far the shards have come, told on stderr: in place on a terminal, else in a
    line now and then."""

    def __init__(self, settings: Settings, missing: list[int]) -> None:
        """Begin to count the time, and say what is left to do."""
        self._settings = settings
        self._left = sum(len(settings.span(number)) for number in missing)
        self._made = 0
        self._begun = self._told = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._say(f"{len(missing):,} of {settings.shards:,} shards to make")

    def add(self, number: int) -> None:
        """Count a shard."""
        tunes = len(self._settings.span(number))
        self._made += tunes
        self._left -= tunes
        now = time.monotonic()
        if self._is_terminal or now - self._told >= _EVERY:
            self._told = now
            self._say(self._line(now))

    def end(self) -> None:
        """Say the last figures."""
        if self._made:
            self._say(self._line(time.monotonic()))
        if self._is_terminal:
            click.echo(err=True)

    def _line(self, now: float) -> str:
        rate = self._made / max(now - self._begun, 1e-9)
        done = self._settings.count - self._left
        left = f", {_duration(self._left / rate)} left" if self._left else ""
        return f"{done:,} of {self._settings.count:,} tunes, {rate:.1f} tunes/s{left}"

    def _say(self, line: str) -> None:
        # Behind what was longer, a terminal's line is cleared to its end.
        start, end = ("\r", "\x1b[K") if self._is_terminal else ("", "\n")
        click.echo(f"{start}abcrun: {line}{end}", err=True, nl=False)


def _duration(seconds: float) -> str:
    """Write a time in its two largest units: 3 h 20 min."""
    whole = round(seconds)
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, length in units:
        count, whole = divmod(whole, length)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])


def _tell_unrendered(count: int) -> None:
    if count:
        click.echo(f"abcrun: {count:,} tunes could not be rendered; they have no media", err=True)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, with which schedulers end a job, do what Ctrl-C does."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("abcrun: ended early; the same command goes on", err=True)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
