"""The tunes in a text that may hold anything: a book, a letter, a network's output."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from abcrun.notation.file_header import in_force, read_file_header
from abcrun.notation.limits import MAX_TEXT_CHARACTERS, MAX_TUNE_CHARACTERS
from abcrun.notation.lines import FIELD, LINE_END, TYPESET, Line, lines_of, looks_like_music
from abcrun.notation.problem import out_of_bounds

# The letter first: it is found faster than line ends. It may follow a tag of HTML.
_TUNE_START = re.compile(r"(X:)(?:(?<=[\n\r]X:)|(?<=\AX:)|(?<=\A\ufeffX:)|(?<=[A-Za-z\"']>X:))")
# Atomic: without it, "\r\n" would also match as a lone "\r" before a "\n", which looks
# like a blank line.
_TUNE_END = re.compile(
    r"(?>\r\n|\r|\n)(?=[ \t\f\v]*(?:[\n\r]|\Z)|X:|```|</?[a-z]+[0-9]?>|</?[A-Z]+>)"
)
_NEXT = ("X:", "```", "<")
"""What ends a tune without a blank line: the next one, or the end of a quotation in
Markdown or HTML. No music begins with it."""
# Models of language write fields on one line, the key last.
_KEY_LINE = re.compile(r"(?:\A\ufeff?|(?<=[\n\r]))[ \t]*(?:[LMQX]:[^\n\r]*[ \t])?K:[^\n\r]*")
_FIELD_LINE = re.compile(r"(?:\A\ufeff?|(?<=[\n\r]))([ \t]*[A-Za-z]:(?![|:]))")
_BEGIN_TYPESET = re.compile(rf"(?:\A|(?<=[\n\r]))%%[ \t]*begin({TYPESET})(?![a-z])")
_ENDS_TYPESET = {
    name: re.compile(rf"(?<=[\n\r])%%[ \t]*end{name}(?![a-z])") for name in TYPESET.split("|")
}
_BLANK_LINES = re.compile(r"(?>[ \t\f\v]*(?:\r\n|\r|\n))*")
_PARAGRAPH_END = re.compile(r"(?>\r\n|\r|\n)[ \t\f\v]*(?:[\n\r]|\Z)|\Z")
_VERSION_LINE = re.compile(r"\ufeff?%abc-([0-9]{1,2}\.[0-9]{1,2})")
_LYRICS = re.compile(r"[\n\r][ \t]*w:")
_LOOKED_AT = 4_000  # characters behind a blank line


@dataclass(frozen=True, slots=True)
class Block:
    """A tune's text: from one `X:` line up to a blank line, the next `X:`, or the end.

    `first_line` counts from 1; `is_cut`: the text ends in it without a line end.
    `defaults` are the lines of the file header. `blank_line` is the line that ends it
    though music seems to go on behind it, 0 for none; with `is_lenient`, blank lines
    within it are read over.
    """

    text: str
    first_line: int
    is_cut: bool
    defaults: tuple[Line, ...] = ()
    blank_line: int = 0
    is_lenient: bool = False

    def lines(self) -> list[Line]:
        """Return the lines, with their numbers in the text that the block is from:
        behind the first those of the file header that hold for the tune."""
        own = lines_of(self.text, self.first_line)
        if self.defaults:
            own[1:1] = in_force(self.defaults, own)
        return own

    @property
    def whole_text(self) -> str:
        """The text that reads the same wherever it stands: what the file header says is
        in it, and no blank line."""
        if not (self.defaults or self.is_lenient):
            return self.text
        return "\n".join(line.text for line in self.lines() if line.is_text or line.text.strip())

    def alone(self) -> "Block":
        """Return the block of its whole text: lines count from 1 in it."""
        text = self.whole_text
        blank_line = text.count("\n") + 2 if self.blank_line else 0
        return Block(text, 1, is_cut=False, blank_line=blank_line)

    def is_complete(self) -> bool:
        """Return whether it has a reference, a key and something behind it."""
        if not self.text.startswith("X:") or len(self.text) > MAX_TUNE_CHARACTERS:
            return False
        key = _KEY_LINE.search(self.text)
        return key is not None and bool(self.text[key.end() :].strip())


def blocks(
    text: str, *, lenient: bool = False, most: int | None = MAX_TEXT_CHARACTERS
) -> Iterator[Block]:
    """Iterate over the tunes in a text, complete or not, in order.

    A text without any `X:` line that has a `K:` line is one tune, from its first line
    that is a field. A file header (2.2.2), the fields before the first `X:`, holds for
    all tunes. With `lenient`, a blank line does not end a tune where music follows.
    Raises `UnreadableTuneError` at the call when the text has over `most` characters;
    None is for a text that nobody waits for, such as a corpus.
    """
    if most is not None and len(text) > most:
        raise out_of_bounds(1, 1, f"the text has over {most:,} characters")
    # A generator of its own, so that the error comes at the call.
    return _blocks(text, lenient)


def _blocks(text: str, lenient: bool) -> Iterator[Block]:
    typeset = _typeset(text)
    first_line = 1
    counted = 0  # characters whose line ends are counted: each of them only once
    found = _search(_TUNE_START, text, 0, typeset)
    defaults: tuple[Line, ...] = ()
    if found is not None:
        defaults = read_file_header(text[: found.start(1)])
    elif _KEY_LINE.search(text):
        found = _FIELD_LINE.search(text)
    version = _VERSION_LINE.match(text)
    while found is not None:
        start = found.start(1)
        blank = -1
        ended = _search(_TUNE_END, text, start, typeset)
        if ended is not None and not text.startswith(_NEXT, ended.end()):
            behind = _music_behind(text, start, ended.end(), typeset)
            while lenient and behind is not None:
                ended = _search(_TUNE_END, text, behind, typeset)
                if ended is None or text.startswith(_NEXT, ended.end()):
                    break
                behind = _music_behind(text, start, ended.end(), typeset)
            blank = ended.end() if ended is not None and not lenient and behind is not None else -1
        end = len(text) if ended is None else ended.start()
        first_line += _line_ends(text, counted, start)
        counted = start
        blank_line = first_line + _line_ends(text, start, blank) if blank >= 0 else 0
        inherited = defaults
        # Which notes a line of words belongs to depends on the version (5.1); no other
        # tune needs to carry it along.
        if version is not None and _LYRICS.search(text, start, end):
            inherited = (*defaults, Line(1, f"I:abc-version {version.group(1)}"))
        yield Block(text[start:end], first_line, ended is None, inherited, blank_line, lenient)
        found = _search(_TUNE_START, text, end, typeset)


def _music_behind(
    text: str, start: int, position: int, typeset: list[tuple[int, int]]
) -> int | None:
    """Return where music of the tune from `start`, or its words, seem to go on behind a
    blank line, before the next tune; None where they do not. A header without its key
    goes on with any field."""
    blank = _BLANK_LINES.match(text, position)
    position = blank.end() if blank is not None else position
    # So most tunes of a book are followed.
    if text.startswith("X:", position) or position == len(text):
        return None
    if _typeset_end(position, typeset) is not None:
        return None
    has_key = _KEY_LINE.search(text, start, position) is not None
    ended = _PARAGRAPH_END.search(text, position)
    end = min(position + _LOOKED_AT, ended.start() if ended is not None else len(text))
    for line in LINE_END.split(text[position:end]):
        if line.startswith("X:"):
            return None
        field = FIELD.match(line)
        # Words of a song count: only a tune has them.
        if field is not None and (not has_key or field.group(1) in "wW"):
            return position
        if field is None and looks_like_music(line):
            return position
    return None


def _typeset(text: str) -> list[tuple[int, int]]:
    """Return where typeset text stands, `%%begintext` up to `%%endtext` and the like,
    in order: no tune begins or ends in it. Without its end it is none."""
    if "%%" not in text:
        return []
    found: list[tuple[int, int]] = []
    position = 0
    missing: set[str] = set()  # ends that do not come any more
    while (begins := _BEGIN_TYPESET.search(text, position)) is not None:
        name = begins.group(1)
        position = begins.end()
        if name in missing:
            continue
        ends = _ENDS_TYPESET[name].search(text, position)
        if ends is None:
            missing.add(name)
        else:
            found.append((begins.start(), ends.end()))
            position = ends.end()
    return found


def _search(
    pattern: re.Pattern[str], text: str, position: int, typeset: list[tuple[int, int]]
) -> re.Match[str] | None:
    """Search for a pattern outside of typeset text."""
    while (found := pattern.search(text, position)) is not None and typeset:
        end = _typeset_end(found.start(), typeset)
        if end is None:
            break
        position = end
    return found


def _typeset_end(position: int, typeset: list[tuple[int, int]]) -> int | None:
    """Return where the typeset text ends that holds a position; None where it is not in
    any."""
    index = bisect_right(typeset, position, key=lambda span: span[0]) - 1
    return typeset[index][1] if index >= 0 and position < typeset[index][1] else None


def _line_ends(text: str, start: int, end: int) -> int:
    return (
        text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)
    )


def find_tunes(text: str, *, lenient: bool = False) -> Iterator[str]:
    """Iterate over the complete tunes in any text, each from its `X:` line to its last,
    without the last line end.

    A tune starts at an `X:` line, has a `K:` line and something behind it, and ends at
    a blank line (with `lenient` only where no music follows), at the next `X:` or with
    the text. What the file header says (2.2.2) is put into it, behind its `X:`. Raises
    `UnreadableTuneError` at the call when the text has over `MAX_TEXT_CHARACTERS`
    characters; a tune of over `MAX_TUNE_CHARACTERS` is passed over.
    """
    return (block.whole_text for block in blocks(text, lenient=lenient) if block.is_complete())
