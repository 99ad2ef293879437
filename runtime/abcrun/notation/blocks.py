"""The tunes in a text that may hold anything: a book, a letter, a network's output."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from abcrun.notation.header import Line
from abcrun.notation.limits import MAX_TEXT_CHARACTERS, MAX_TUNE_CHARACTERS
from abcrun.notation.problem import out_of_bounds

# All three line ends are met in collections that went through several computers.
_LINE_END = re.compile(r"\r\n|\r|\n")
_TUNE_START = re.compile(r"(?:\A\ufeff?|(?<=[\n\r]))(X:)")
# Atomic: without it, "\r\n" would also match as a lone "\r" before a "\n", which looks
# like a blank line.
_TUNE_END = re.compile(r"(?>\r\n|\r|\n)(?=[ \t\f\v]*(?:[\n\r]|\Z)|X:)")
_KEY_LINE = re.compile(r"(?:\A\ufeff?|(?<=[\n\r]))[ \t]*K:[^\n\r]*")
_FIELD_LINE = re.compile(r"(?:\A\ufeff?|(?<=[\n\r]))([ \t]*[A-Za-z]:(?![|:]))")
# With the number of an ending, a line break or a comment's beginning behind it.
_CLOSING_BAR = re.compile(r"[|\]:][0-9]?[ \t!\\*]*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A tune's text: from one `X:` line up to a blank line, the next `X:`, or the end.

    `first_line` counts from 1; `is_cut`: the text ends in it without a line end.
    """

    text: str
    first_line: int
    is_cut: bool

    def lines(self) -> list[Line]:
        """Return the lines, with their numbers in the text that the block is from."""
        return [
            Line(self.first_line + index, text)
            for index, text in enumerate(_LINE_END.split(self.text))
        ]

    def is_complete(self) -> bool:
        """Return whether it has a reference, a key and something behind it, and does
        not break off inside a bar."""
        if not self.text.startswith("X:") or len(self.text) > MAX_TUNE_CHARACTERS:
            return False
        key = _KEY_LINE.search(self.text)
        if key is None or not self.text[key.end() :].strip():
            return False
        return not self.is_cut or _CLOSING_BAR.search(self.text) is not None


def blocks(text: str) -> Iterator[Block]:
    """Iterate over the tunes in a text, complete or not, in order.

    A text without any `X:` line that has a `K:` line is one tune, from its first line
    that is a field. Raises `UnreadableTuneError` at the call when the text has over
    `MAX_TEXT_CHARACTERS` characters.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise out_of_bounds(1, 1, f"the text has over {MAX_TEXT_CHARACTERS:,} characters")
    # A generator of its own, so that the error comes at the call.
    return _blocks(text)


def _blocks(text: str) -> Iterator[Block]:
    first_line = 1
    counted = 0  # characters whose line ends are counted: each of them only once
    found = _TUNE_START.search(text)
    if found is None and _KEY_LINE.search(text):
        found = _FIELD_LINE.search(text)
    while found is not None:
        start = found.start(1)
        ended = _TUNE_END.search(text, start)
        end = len(text) if ended is None else ended.start()
        first_line += _line_ends(text, counted, start)
        counted = start
        yield Block(text[start:end], first_line, ended is None)
        found = _TUNE_START.search(text, end)


def _line_ends(text: str, start: int, end: int) -> int:
    return (
        text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)
    )


def find_tunes(text: str) -> Iterator[str]:
    """Iterate over the complete tunes in any text, each from its `X:` line to its last,
    without the last line end.

    A tune starts at an `X:` line, has a `K:` line and something behind it, and ends at
    a blank line, at the next `X:` or with the text. Where the text breaks off inside a
    line, its last tune counts only if it ends with a bar line. Raises
    `UnreadableTuneError` at the call when the text has over `MAX_TEXT_CHARACTERS`
    characters; a tune of over `MAX_TUNE_CHARACTERS` is passed over.
    """
    return (block.text for block in blocks(text) if block.is_complete())
