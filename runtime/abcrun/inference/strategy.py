"""What decides about a row after a drawn sign."""

from typing import Protocol


class Watcher(Protocol):
    """Looks after a row while it is composed; the engine calls it, and it may call the
    engine for that row."""

    stops: str
    """The drawn characters that it wants to hear of."""

    def fed(self) -> None:
        """The row has its prompt, or all that `Engine.feed` gave it; what follows is
        drawn."""

    def stopped(self) -> None:
        """One of `stops` was drawn."""

    def ended(self) -> bool:
        """The tune's end was drawn. If it is to go on, the row was rolled back, and the
        answer is False."""

    def final(self, text: str) -> tuple[str, str]:
        """From what the row holds: the text that it hands out, and that text as the
        model wrote it."""
