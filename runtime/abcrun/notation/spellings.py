"""Other spellings of signs of music, read as the signs that ABC has for them.

Files that went through an editor of texts, a web page or a language model have `“Am”`,
`♯F` or `&quot;Am&quot;`; those of ABC 1.6 have chords such as `+CEG+`. All of it keeps
its length, so that columns stay those of the text given.
"""

import re
from collections.abc import Callable

_SIGNS = dict.fromkeys("“”„‟", '"') | {"♯": "^", "♭": "_", "♮": "=", "’": "'", "‘": "'"}
_SPACES = dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " ")
_SPACES |= dict.fromkeys("\u200b\ufeff", "`")  # no wider than nothing: a beam goes on
_ENTITIES = {"&quot;": '"', "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#39;": "'", "&nbsp;": " "}
_NOTE = r"(?:\^{1,2}|_{1,2}|=)?[A-Ga-g][,']*[0-9]*/*[0-9]*"

# What is quoted stays here, too: an entity there is a text string (8.2).
_FROM_HTML = re.compile(
    r'"[^"]*"|&quot;(?P<inside>(?:(?!&quot;).)*)&quot;|(?P<tag></[A-Za-z][A-Za-z0-9]*>|<br ?/?>)'
    rf"|(?P<entity>{'|'.join(_ENTITIES)})"
)
# What is quoted stays, and so do fields and decorations: the dynamics `+ff+`, too.
_OTHER = re.compile(
    rf"""
      "[^"]*" | \[[A-Za-z]:[^\]]*\] | ![^!\s]*! | \+f{{2,4}}\+
    | (?P<chord>\+(?:{_NOTE}){{2,}}\+) | \+[^\s+|:"\[\]{{}}]{{1,40}}\+
    | (?P<quoted>[“”„‟][^“”„‟"]*[“”„‟])
    | (?P<accidental>[♯♭♮](?=[A-Ga-g]))
    | (?P<octave>(?<=[A-Ga-g])[’‘]+)
    | (?P<space>[{"".join(_SPACES)}])
    """,
    re.VERBOSE,
)

Tell = Callable[[int, str, str], None]
"""Is told the index of a sign that no version of ABC has, the sign, and what it is read
as."""


def plain_spelling(text: str, tell: Tell | None = None) -> str:
    """Return a line of music with the signs that ABC has, as long as it was."""
    is_from_html = ("&" in text and ";" in text) or "</" in text or "<br" in text
    if text.isascii() and "+" not in text and not is_from_html:  # nearly every line
        return text
    if is_from_html:  # first: quotation marks may be among them
        text = _FROM_HTML.sub(lambda found: _plain_html(found, tell), text)
    return _OTHER.sub(lambda found: _plain(found, tell), text)


def _plain_html(found: re.Match[str], tell: Tell | None) -> str:
    written = found.group()
    if found.lastgroup is None:
        return written
    # Backquotes are there for the eye alone: they fill up the length.
    if found.lastgroup == "inside":
        sign, pad = '"', "`" * 5
        plain = f'{pad}"{found.group("inside")}"{pad}'
        written = "&quot;"
    else:
        sign = _ENTITIES.get(written, "")
        plain = sign + "`" * (len(written) - len(sign))
    if tell is not None:
        tell(found.start(), written, sign)
    return plain


def _plain(found: re.Match[str], tell: Tell | None) -> str:
    kind, written = found.lastgroup, found.group()
    if kind is None:
        return written
    if kind == "chord":
        return f"[{written[1:-1]}]"
    if kind == "quoted":
        sign, plain, written = '"', f'"{written[1:-1]}"', written[0]
    elif kind == "space":
        sign = plain = _SPACES[written]
    else:
        sign = _SIGNS[written[0]]
        plain = sign * len(written)
    if tell is not None:
        tell(found.start(), written, sign)
    return plain
