"""Bar lines and endings as they are spelled: `|:`, `::`, `|]`, `[1,3`."""

import re

from abcrun.notation.limits import MAX_PASSES
from abcrun.notation.problem import UnreadableTuneError, shown
from abcrun.notation.reading import Reading
from abcrun.notation.written import BarLine, Ending

_PLAIN = frozenset(("|", ".|", "[|]"))


def read_bar_line(reading: Reading, column: int, text: str) -> BarLine | None:
    """Read a bar line; None and a problem for what is none."""
    if text == "|":  # most of them
        return BarLine(reading.line, column, text, 0, 0, False)
    # A field that has lost its letter, or half of a `::`: nobody can tell which.
    if text == ":":
        reading.unreadable(column, "':' alone is no bar line")
        return None
    left = len(text) - len(text.lstrip(":"))
    right = len(text) - len(text.rstrip(":"))
    if left == len(text):  # "::" and longer
        left = right = 1
    if max(left, right) >= MAX_PASSES:
        raise _too_many_passes(reading, column)
    is_double = not (left or right) and text not in _PLAIN
    return BarLine(reading.line, column, text, left, right, is_double)


def passes_of(written: str) -> frozenset[int]:
    """Return the passes that an ending names: `1`, `1,3`, `1-3`, `1.3`. Those over
    `MAX_PASSES` are one more than that."""
    passes: set[int] = set()
    for part in written.replace(".", ",").split(","):
        first, _, last = part.partition("-")
        if max(len(first), len(last)) > 2 or not first:
            passes.add(MAX_PASSES + 1)
        else:
            passes.update(range(int(first), min(int(last or first), MAX_PASSES) + 1))
            passes.add(min(int(last or first), MAX_PASSES + 1))
    return frozenset(passes - {0})


_ORDINALS = re.compile(r"\s*([0-9]{1,2})(?:st|nd|rd|th|\.)?(?![0-9A-Za-z])\s*(and\b|[-&,+\u2013])?")


def passes_in(text: str) -> str:
    """Return the passes that the text of an ending begins with, as an ending would
    name them: "1.", "1st time", "1 & 2", "1.-3."; empty where it has none."""
    found = ""
    position = 0
    while (number := _ORDINALS.match(text, position)) is not None:
        found += number.group(1)
        position = number.end()
        if not number.group(2) or _ORDINALS.match(text, position) is None:
            break
        found += "-" if number.group(2) in "-\u2013" else ","
    return found


def closes_endings(line: str) -> bool:
    """Return whether the endings behind a bar line are those of another repeat."""
    return line.endswith(":") or (len(line) > 1 and ":" not in line and line not in _PLAIN)


def read_ending(reading: Reading, column: int, written: str, text: str = "") -> Ending | None:
    """Read the passes of an ending; None and a problem for what names none."""
    passes = passes_of(written)
    if not passes:
        reading.unreadable(column, f"{shown(written)} names no pass of a repeat")
        return None
    if max(passes) > MAX_PASSES:
        raise _too_many_passes(reading, column)
    return Ending(reading.line, column, tuple(sorted(passes)), text)


def _too_many_passes(reading: Reading, column: int) -> UnreadableTuneError:
    return reading.out_of_bounds(column, f"the section is played over {MAX_PASSES} times")
