"""A bar that shows how far long work has come."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import click


@contextlib.contextmanager
def progress(length: int, label: str, *, after: float = 1.0) -> Iterator[Callable[[], None]]:
    """Show a bar on stderr, where that is a terminal, once the work has taken a while.

    The block is given a function to call after each of `length` steps. The bar comes
    with the first step that ends more than `after` seconds from the beginning.
    """
    # One step has no middle to show, and a file or a pipe has no use for a bar.
    if length == 1 or not sys.stderr.isatty():
        yield lambda: None
        return
    begun = time.monotonic()
    done = 0
    with contextlib.ExitStack() as stack:
        bar: Any = None

        def advance() -> None:
            nonlocal bar, done
            done += 1
            if bar is not None:
                bar.update(1)
            elif time.monotonic() - begun > after:
                bar = stack.enter_context(
                    click.progressbar(length=length, label=label, file=sys.stderr)
                )
                bar.update(done)

        yield advance
