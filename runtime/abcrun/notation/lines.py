"""The lines of a text: which hold fields, music, or text that is none of both."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from abcrun.notation.tokens import tokens, without_comment

LINE_END = re.compile(r"\r\n|\r|\n")
"""All three are met in collections that went through several computers."""

# Notes and rests may stand before a bar line, `d:|` and `z:|`; other letters may not.
FIELD = re.compile(r"[ \t]*([A-Za-z+]):(?:(?<=[HIK-WZmrsw+]:)|(?![|:]))")
"""The start of a line that is a field, not music: `d:|` is music, `w:|` a field."""

# Named one by one: any name would have to be searched for in all of the text.
TYPESET = "text|ps|svg|ml|js|css"
"""What may stand between `%%begin…` and `%%end…`."""
_BEGIN = re.compile(rf"%%[ \t]*begin({TYPESET})(?![a-z])")
_END = re.compile(rf"%%[ \t]*end({TYPESET})(?![a-z])")
TEXT_FIELDS = frozenset("ABCDFGHNORSTZ")
"""Fields of the header whose value is a text string (8.2)."""
_MUSIC = frozenset(("microtone", "note", "rest", "restbars"))
_NO_MUSIC = frozenset(("late_octave", "linebreak", "overlay", "symbol", "unclosed", "unreadable"))
_LOOKED_AT = 300  # characters of a line


class Line(NamedTuple):
    """A line of a tune; `number` counts from 1 in the text given. `is_text`: it stands
    between `%%begintext` and `%%endtext` or the like, and is neither field nor music.
    """

    number: int
    text: str
    is_text: bool = False


def lines_of(text: str, first: int) -> list[Line]:
    """Return the lines of a text, the first of which is number `first`."""
    found = [Line(first + index, line) for index, line in enumerate(LINE_END.split(text))]
    return _with_text_marked(found) if "%%" in text and "begin" in text else found


def _with_text_marked(lines: list[Line]) -> list[Line]:
    """Mark what stands between `%%begintext`, `%%beginps` … and their ends. One that
    has no end begins nothing."""
    marked: list[Line] = []
    ends: dict[str, int] = {}  # the last line that ends text of each name
    for index, line in enumerate(lines):
        if (found := _END.match(line.text)) is not None:
            ends[found.group(1)] = index
    end = ""
    for index, line in enumerate(lines):
        if end:
            found = _END.match(line.text)
            is_end = found is not None and found.group(1) == end
            marked.append(Line(line.number, line.text, is_text=not is_end))
            end = "" if is_end else end
            continue
        marked.append(line)
        begins = _BEGIN.match(line.text)
        if begins is not None and ends.get(begins.group(1), -1) > index:
            end = begins.group(1)
    return marked


def joined(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with fields that `+:` continues (3.3) as one line each.

    So is a field of words that ends with a backslash, as before ABC 2.1, and goes on
    with a line that is no field; of lyrics, with another w:.
    """
    joints = [line for line in lines if line.text[-1:] == "\\" or line.text[:2] == "+:"]
    if not joints:  # nearly every tune
        return list(lines)
    found: list[Line] = []
    at, letter = -1, ""  # where the last field stands; empty for a line of music
    for line in lines:
        # Comments and directives may stand between a field and its `+:`.
        if line.is_text or line.text.lstrip()[:1] in ("%", ""):
            found.append(line)
            continue
        field = FIELD.match(line.text)
        own = field.group(1) if field is not None else ""
        is_open = bool(letter) and _ends_open(found[at].text)
        if (own == "+" and letter) or (
            is_open and (own == letter == "w" or (letter in TEXT_FIELDS and not own))
        ):
            start = field.end() if field is not None else 0
            found[at] = _continued(found[at], line.text[start:])
            continue
        if is_open and letter == "w":
            found[at] = _continued(found[at], "")
        found.append(line)
        at, letter = len(found) - 1, own
    return found


def _ends_open(text: str) -> bool:
    return len(text) - len(text.rstrip("\\")) == 1


def _continued(line: Line, text: str) -> Line:
    begun = without_comment(line.text).rstrip()
    if _ends_open(begun):
        begun = begun[:-1].rstrip()
    return Line(line.number, f"{begun} {without_comment(text).strip()}")


def looks_like_music(line: str) -> bool:
    """Return whether a line that is no field holds music rather than words: bar lines,
    and few letters that are no notes."""
    if not line.strip():
        return False
    notes = bars = others = 0
    for token in tokens(without_comment(line)[:_LOOKED_AT]):
        kind = token.lastgroup
        notes += kind in _MUSIC
        bars += kind == "bar"
        others += kind in _NO_MUSIC
    return (bars > 0 and notes > 0 and others * 4 <= notes) or (notes >= 8 and not others)
