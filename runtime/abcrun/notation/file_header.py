"""The file header (section 2.2.2): fields and directives before the first tune, which
hold for all tunes that say nothing else."""

from collections.abc import Sequence

from abcrun.notation.limits import MAX_FILE_HEADER_CHARACTERS, MAX_FILE_HEADER_LINES
from abcrun.notation.lines import FIELD, Line, lines_of
from abcrun.notation.problem import out_of_bounds

# Not the tune's own: its number, titles, parts, voices, words and key.
_DEFAULTS = frozenset("ABCDFGHILMNOQRSUZm")
_ADDED = frozenset("IUm")
"""Fields that are added to those of the tune; any other field of the tune overrules."""
# A tune's text is Unicode, whatever the file was.
_OF_THE_FILE = ("%%abc-charset", "%%charset", "%%encoding")


def read_file_header(text: str) -> tuple[Line, ...]:
    """Return the fields and directives in the text before the first tune.

    They stand in paragraphs of nothing but fields, directives and comments: anything
    else is free text. Raises `UnreadableTuneError` over the bounds of `limits`.
    """
    if ":" not in text and "%%" not in text:
        return ()
    found: list[Line] = []
    paragraph: list[Line] = []
    for line in (*lines_of(text.removeprefix("\ufeff"), 1), Line(0, "")):
        if line.is_text or line.text.strip():
            paragraph.append(line)
        else:
            if all(map(_may_stand_in_header, paragraph)):
                found += [one for one in paragraph if _is_default(one)]
            paragraph = []
            # At each paragraph: a megabyte of them is not read to its end.
            if len(found) > MAX_FILE_HEADER_LINES:
                first_over = found[MAX_FILE_HEADER_LINES].number
                raise out_of_bounds(
                    first_over, 1, f"the file header has over {MAX_FILE_HEADER_LINES} lines"
                )
    if sum(len(line.text) for line in found) > MAX_FILE_HEADER_CHARACTERS:
        most = f"{MAX_FILE_HEADER_CHARACTERS:,} characters"
        raise out_of_bounds(found[0].number, 1, f"the file header has over {most}")
    return tuple(found)


def in_force(defaults: Sequence[Line], tune: Sequence[Line]) -> list[Line]:
    """Return the lines of a file header that hold for a tune with these lines."""
    own: set[str] = set()
    for line in tune:
        letter = _letter(line)
        own.add(letter)
        if letter == "K":
            break
    kept: list[Line] = []
    is_kept = False
    for line in defaults:
        letter = _letter(line)
        if letter != "+":  # which goes on with the field before it
            is_kept = letter not in own or letter in _ADDED or not letter
        if is_kept:
            kept.append(line)
    return kept


def _letter(line: Line) -> str:
    """Return the letter of a field, empty for any other line."""
    found = None if line.is_text else FIELD.match(line.text)
    return found.group(1) if found is not None else ""


def _may_stand_in_header(line: Line) -> bool:
    return line.is_text or line.text.lstrip().startswith("%") or _letter(line) not in ("", "K")


def _is_default(line: Line) -> bool:
    if line.text.startswith("%%"):
        is_typeset = line.text[2:].lstrip().startswith(("begin", "end", "text", "center"))
        return not (line.is_text or is_typeset or line.text.startswith(_OF_THE_FILE))
    letter = _letter(line)
    if letter == "I" and line.text.partition(":")[2].strip().startswith("abc-charset"):
        return False
    return letter == "+" or letter in _DEFAULTS
