"""The bar that shows how far long work has come."""

import io
import sys

import pytest

from abcrun.cli.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_bar_is_shown_on_a_terminal_when_something_takes_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for stream, after, shown in (
        (Terminal(), -1.0, True),
        (Terminal(), 600.0, False),
        (io.StringIO(), -1.0, False),
    ):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress(3, "composing", after=after) as advance:
            for _ in range(3):
                advance()
        assert ("composing" in stream.getvalue()) == shown
