"""Ctrl-C and SIGTERM, kept until a training can save its state."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def deferred_signals(is_alone: bool = True) -> Iterator[list[int]]:
    """Collect the signals that ask for an end in a list, instead of ending.

    The caller looks at the list between two steps. A second signal raises
    `KeyboardInterrupt` at once, but not in one of several processes: torchrun sends on
    what it gets, which may have reached the process before. It kills who takes too
    long. Outside of the main thread nothing is collected.
    """
    received: list[int] = []
    # As in Ray Train: Python hears signals in the main thread alone.
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def note(number: int, _frame: FrameType | None) -> None:
        # Whoever presses Ctrl-C twice does not want to wait for the step to end.
        if received and is_alone:
            raise KeyboardInterrupt
        received.append(number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def load_torch() -> None:
    """Load torch; a signal that asks for an end counts when it is there.

    It takes seconds, and an exception in the middle of it crashes the program.
    """
    with deferred_signals() as received:
        import torch  # noqa: F401  # here, because the commands without it need not wait
    if received:
        raise KeyboardInterrupt
