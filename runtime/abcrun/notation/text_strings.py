"""Text strings (section 8.2 of the standard): titles, lyrics and other words that may
hold accents as mnemonics, named entities and code points.

They are decoded where they are read and encoded where they are written: all values that
the reader hands out are plain Unicode.
"""

import re
import unicodedata
from html.entities import html5

_MARKS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "=": "\u0304",
    ".": "\u0307",
    ",": "\u0327",
    "c": "\u0327",
    ";": "\u0328",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
}
"""Accents by their mnemonics, as combining characters. `=`, `.` and `;` are drafts' of
the standard."""

_LETTERS = {
    "AA": "Å",
    "aa": "å",
    "AE": "Æ",
    "ae": "æ",
    "OE": "Œ",
    "oe": "œ",
    "ss": "ß",
    "DH": "Ð",
    "dh": "ð",
    "TH": "Þ",
    "th": "þ",
    "/O": "Ø",
    "/o": "ø",
    "/D": "Đ",
    "/d": "đ",
    "/L": "Ł",
    "/l": "ł",
}
_ESCAPED = frozenset("&%\\")
# Left over from the time before Unicode: Latin-1 by octal numbers, and abcm2ps's signs.
_OLD_SIGNS = {"201": "♯", "202": "♭", "203": "♮"}

# The order matters: four hexadecimal digits behind `\u` are a code point, fewer are a
# letter with a breve and what stands behind it.
_CODED = re.compile(
    r"""
      (\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2})
    | \\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))
    | \\([23][0-7]{2})
    | \\(AA|aa|AE|ae|OE|oe|ss|DH|dh|TH|th|/[ODLodl]|[`'^~"=.,;cuvH][A-Za-z]|[&%\\])
    | &([A-Za-z][A-Za-z0-9]{1,31};)
    | &\#(?:[xX]([0-9A-Fa-f]{1,6})|([0-9]{1,7}));
    """,
    re.VERBOSE,
)
_LAST_CODE_POINT = 0x10FFFF


def decode(text: str) -> str:
    r"""Return a text string with its accents and signs: `\'e`, `&eacute;` and `\u00e9`
    are all é, `\%` is %.

    What names no character stays as it is written, and so does a code point that no
    line of text can hold: a control character or half of a surrogate pair.
    """
    if "\\" not in text and "&" not in text:
        return text
    return _CODED.sub(_character, text)


def encode(text: str, *, is_quoted: bool = False) -> str:
    r"""Return what stands for `text` in a field: `\%` for %, which begins a comment.
    `decode` gives it back.

    With `is_quoted` it may stand between quotes in the music. Line ends and other
    control characters become spaces: a text string is one line. Half of a surrogate
    pair, which no file can hold, becomes U+FFFD.
    """
    pieces: list[str] = []
    for position, character in enumerate(text):
        if character in "\\%" or (character == "&" and _CODED.match(text, position)):
            pieces.append("\\" + character)
        elif character == '"' and is_quoted:
            pieces.append("&quot;")
        elif _is_character(character):
            pieces.append(character)
        else:
            pieces.append("\ufffd" if character >= "\ud800" else " ")
    return "".join(pieces)


def _character(found: re.Match[str]) -> str:
    """Return the character that a match of `_CODED` stands for."""
    pair, short, long, octal, mnemonic, name, hexadecimal, decimal = found.groups()
    if mnemonic is not None:
        if mnemonic in _ESCAPED:
            return found.group()[1:]
        character = _LETTERS.get(mnemonic)
        if character is None:
            character = unicodedata.normalize("NFC", mnemonic[1] + _MARKS[mnemonic[0]])
        return character if len(character) == 1 else found.group()
    if name is not None:
        named = html5.get(name, "")
        return named if named and all(map(_is_character, named)) else found.group()
    if octal is not None:
        return _OLD_SIGNS.get(octal) or _of_code(int(octal, 8), found.group())
    if pair is not None:
        return bytes.fromhex(pair.replace("\\u", "")).decode("utf-16-be")
    if decimal is not None:
        return _of_code(int(decimal), found.group())
    return _of_code(int(short or long or hexadecimal, 16), found.group())


def _of_code(code: int, written: str) -> str:
    if code <= _LAST_CODE_POINT and _is_character(chr(code)):
        return chr(code)
    return written


def _is_character(character: str) -> bool:
    """Return whether a line of text can hold it."""
    return unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
