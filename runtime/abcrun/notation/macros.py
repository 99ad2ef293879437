"""Macros (ABC 2.1, 9): m: fields, and the text that they stand for.

A static macro, `m:~G3=G{A}G{F}G`, stands for one text. A transposing one,
`m:~n3=n{o}n{m}n`, stands for as many as there are notes: `n` is the note that is met,
and the letters from h to z are the notes around it, in their order.
"""

import re
from collections.abc import Iterator

from abcrun.notation.limits import MAX_MACRO_CHARACTERS, MAX_MACROS
from abcrun.notation.pitch import step_text, written_pitch

_KEPT = r'"[^"]*"|![^!\s]*!|\[[A-Za-z]:[^\]]*\]'
"""Text in the music in which nothing is replaced."""
_RELATIVE = re.compile(r'"[^"]*"|![^!\s]*!|([h-z])')


class Macros:
    """The macros that are in force."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._texts)

    def define(self, value: str) -> str:
        """Take the value of an m: field; a later one with the same target replaces it.
        Return what is wrong with it, empty for nothing."""
        target, sign, text = (part.strip() for part in value.partition("="))
        if not target or not sign:
            return "m: should be a target, = and a text"
        if max(len(target), len(text)) > MAX_MACRO_CHARACTERS or len(self._texts) >= MAX_MACROS:
            return (
                f"m: is passed over: at most {MAX_MACROS} macros of {MAX_MACRO_CHARACTERS} "
                "characters are read"
            )
        self._texts[target] = text
        # The longest target first: `~G3` is not the `~G` in it.
        patterns = sorted(map(_pattern, self._texts), key=len, reverse=True)
        self._pattern = re.compile("|".join([_KEPT, *patterns]))
        return ""

    def expand(self, line: str, longest: int) -> tuple[str, list[int]] | None:
        """Return a line of music with the text of its macros, and the column in `line`
        of each character; None where there is no macro in it. Raises `OverflowError`
        when the text would have over `longest` characters."""
        if self._pattern is None:
            return None
        pieces: list[str] = []
        columns: list[int] = []
        position = 0
        for start, end, text in self._found(line):
            pieces += (line[position:start], text)
            columns += range(position + 1, start + 1)
            columns += [start + 1] * len(text)
            position = end
            if len(columns) > longest:
                raise OverflowError
        if not pieces:
            return None
        pieces.append(line[position:])
        columns += range(position + 1, len(line) + 2)
        return "".join(pieces), columns

    def _found(self, line: str) -> Iterator[tuple[int, int, str]]:
        if self._pattern is None:
            return
        for found in self._pattern.finditer(line):
            note = found.group(found.lastindex) if found.lastindex else None
            if found.group() in self._texts and note is None:
                yield found.start(), found.end(), self._texts[found.group()]
            elif note is not None:
                at = found.start(found.lastindex or 0) - found.start()
                target = f"{found.group()[:at]}n{found.group()[at + len(note) :]}"
                yield found.start(), found.end(), _around(self._texts[target], note)


def _pattern(target: str) -> str:
    """Return the pattern of a target: a transposing one has its note in a group."""
    before, note, behind = target.partition("n")
    if note:
        return f"{re.escape(before)}([A-Ga-g][,']*){re.escape(behind)}(?![0-9/,'])"
    return re.escape(target) + ("(?![0-9/])" if target[-1].isdigit() else "")


def _around(text: str, note: str) -> str:
    """Return the text of a transposing macro for one note."""
    step = written_pitch(None, note[0], note[1:]).step

    def moved(found: re.Match[str]) -> str:
        letter = found.group(1)
        return found.group() if letter is None else step_text(step + ord(letter) - ord("n"))

    return _RELATIVE.sub(moved, text)
