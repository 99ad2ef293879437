"""What the readers of a body share: where they are in the text, and what they count."""

from abcrun.notation.limits import MAX_BARS, MAX_WRITTEN_NOTES
from abcrun.notation.problem import Problems, UnreadableTuneError, out_of_bounds
from abcrun.notation.tokens import ALWAYS_SYMBOLS


class Reading:
    """A body as it is being read: the line at hand, and bounds that hold for all voices
    together."""

    # Counted here, not by each voice: 32 voices would make any bound 32 times itself.
    __slots__ = ("bars", "line", "notes", "problems", "symbols", "text")

    def __init__(self, problems: Problems, symbols: set[str], line: int) -> None:
        """`symbols` are those that a U: field of the header defines."""
        self.problems = problems
        self.symbols = ALWAYS_SYMBOLS | symbols
        self.line = line
        self.text = ""
        self.notes = 0
        self.bars = 0

    def problem(self, column: int, kind: str, reason: str) -> None:
        """Note a problem in the line at hand."""
        self.problems.add(self.line, column, kind, reason)

    def unreadable(self, column: int, reason: str) -> None:
        """Note that something has no meaning where it stands."""
        self.problems.add(self.line, column, "unreadable", reason)

    def stray_sign(self, column: int, reason: str) -> None:
        """Note a sign that means nothing, and could be taken out."""
        self.problems.add(self.line, column, "unreadable", reason, is_stray_sign=True)

    def out_of_bounds(self, column: int, reason: str) -> UnreadableTuneError:
        """Return the error for something in the line at hand that passes a bound."""
        return out_of_bounds(self.line, column, reason)

    def too_many_notes(self, column: int) -> UnreadableTuneError:
        """Return the error for a tune with over `MAX_WRITTEN_NOTES`."""
        return self.out_of_bounds(column, f"the tune has over {MAX_WRITTEN_NOTES:,} notes")

    def count_bar(self, line: int, column: int) -> None:
        """Count a bar that ends there. Raises `UnreadableTuneError` over the bound."""
        self.bars += 1
        if self.bars > MAX_BARS:
            raise out_of_bounds(line, column, f"the tune has over {MAX_BARS:,} bars")
