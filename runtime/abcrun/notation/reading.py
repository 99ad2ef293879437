"""What the readers of a body share: where they are in the text, and what they count."""

import re
from collections.abc import Iterable

from abcrun.notation.decorations import KNOWN, OF_NOTES, SYMBOL_MEANINGS, Meaning, read_meaning
from abcrun.notation.limits import MAX_BARS, MAX_WRITTEN_NOTES
from abcrun.notation.problem import Problems, UnreadableTuneError, out_of_bounds, shown
from abcrun.notation.tokens import without_microtone


class Reading:
    """A body as it is being read: the line at hand, and bounds that hold for all voices
    together."""

    # Counted here, not by each voice: 32 voices would make any bound 32 times itself.
    __slots__ = (
        "bars",
        "is_version_2_1",
        "line",
        "notes",
        "problems",
        "symbols",
        "text",
    )

    def __init__(self, problems: Problems, line: int, *, is_version_2_1: bool) -> None:
        self.problems = problems
        self.symbols = SYMBOL_MEANINGS.copy()
        """Letters, and the decorations and texts that they stand for."""
        self.line = line
        self.text = ""
        self.notes = 0
        self.bars = 0
        self.is_version_2_1 = is_version_2_1
        """Whether the file says that it keeps to version 2.1 of the standard."""

    def define_symbol(self, column: int, symbol: str, written: str) -> None:
        """Take a U: field."""
        meaning = read_meaning(written.strip(), SYMBOL_MEANINGS)
        if len(symbol.strip()) != 1 or meaning is None:
            self.problem(
                column, "field", f"U: gives no meaning to a letter: {shown(symbol.strip())}"
            )
        else:
            self.symbols[symbol.strip()] = meaning

    def meaning_of(self, line: int, column: int, written: str) -> Meaning:
        """Return what a symbol in a symbol line means; an empty one is a problem."""
        meaning = read_meaning(written, self.symbols)
        if meaning is None:
            self.problems.add(
                line, column, "unreadable", f"{shown(written)} has no meaning in a symbol line"
            )
            return Meaning()
        for name in meaning.decorations:
            self.check_decoration(line, column, name)
        return meaning

    def check_decoration(self, line: int, column: int, name: str) -> None:
        """Remark on a decoration that has no meaning, once for each name."""
        if name not in KNOWN:
            reason = f"the decoration {shown(name)} is not known"
            self.problems.remark(line, column, f"!{name}!", reason)

    def problem(self, column: int, kind: str, reason: str) -> None:
        """Note a problem in the line at hand."""
        self.problems.add(self.line, column, kind, reason)

    def unreadable(self, column: int, reason: str, sign: str = "") -> None:
        """Note that something has no meaning where it stands: `sign`, if it is all that
        is wrong."""
        values = (sign,) if sign else ()
        self.problems.add(self.line, column, "unreadable", reason, values=values)

    def on_rest(self, column: int, decorations: Iterable[str]) -> None:
        """Remark on decorations that a rest has no place for, once for each."""
        for name in decorations:
            if name in OF_NOTES:
                reason = f"the decoration {shown(name)} stands at a rest: it is not drawn"
                self.problems.remark(self.line, column, f"{name} at a rest", reason)

    def microtone(self, column: int, token: re.Match[str]) -> None:
        """Remark on a microtonal accidental, once in a tune."""
        plain = shown(without_microtone(token).group())
        reason = f"the microtone {shown(token.group())} is played as {plain}"
        self.problems.remark(self.line, column, "microtone", reason)

    def remark(self, column: int, reason: str) -> None:
        """Remark on something in the line at hand that is no fault, and not read as it
        may be meant."""
        self.problems.add(self.line, column, "unsupported", reason)

    def stray_sign(self, column: int, reason: str, sign: str = "") -> None:
        """Note a sign that means nothing, and could be taken out."""
        values = (sign,) if sign else ()
        self.problems.add(
            self.line, column, "unreadable", reason, is_stray_sign=True, values=values
        )

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
