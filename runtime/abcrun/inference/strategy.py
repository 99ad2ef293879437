"""The contract of decoding strategies: what decides about a row after a drawn
character."""

from typing import Protocol


class DecodingStrategy(Protocol):
    """Looks after one row while it is composed.

    The engine calls it between two steps. From within a call it may do with its row
    what `abcrun.inference.request.Row` offers, and should touch no other row.
    """

    wakes_on: str
    """The drawn characters that `on_drawn` is called for. They are read once, when the
    strategy is made."""

    def on_fed(self) -> None:
        """Hear that the row has its whole prompt, or all that was appended; what
        follows is drawn."""

    def on_drawn(self) -> None:
        """Hear that one of `wakes_on` was drawn; it is the row's last character."""

    def on_end(self) -> bool:
        """Answer whether the tune ends here, where its separator was drawn.

        Before the answer False the strategy has rewound, restarted or finished the row.
        """

    def so_far(self, start: int = 0) -> str:
        """Return what of the row's text could be handed out now, from character number
        `start` of it on."""

    def final(self, text: str) -> tuple[str, str]:
        """Return, from the row's whole text, the text to hand out, and that text as the
        model wrote it."""
