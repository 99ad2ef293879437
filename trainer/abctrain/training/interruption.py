"""Ctrl-C and SIGTERM, kept until a training can save its state."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def deferred_signals() -> Iterator[list[int]]:
    """Collect the signals that ask for an end in a list, instead of ending.

    The caller looks at the list between two steps. A second signal raises
    `KeyboardInterrupt` at once.
    """
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        # Whoever presses Ctrl-C twice does not want to wait for the step to end.
        if received:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
