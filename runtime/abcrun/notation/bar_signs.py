"""Bar lines and endings as they are spelled: `|:`, `::`, `|]`, `[1,3`."""

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


def read_ending(reading: Reading, column: int, written: str) -> Ending | None:
    """Read the passes of an ending; None and a problem for what names none."""
    passes = passes_of(written)
    if not passes:
        reading.unreadable(column, f"{shown(written)} names no pass of a repeat")
        return None
    if max(passes) > MAX_PASSES:
        raise _too_many_passes(reading, column)
    return Ending(reading.line, column, tuple(sorted(passes)))


def _too_many_passes(reading: Reading, column: int) -> UnreadableTuneError:
    return reading.out_of_bounds(column, f"the section is played over {MAX_PASSES} times")
