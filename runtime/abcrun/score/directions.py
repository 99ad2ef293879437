"""Words, remarks, dynamics and signs that stand by themselves above or below the staff,
as MusicXML's `<direction>` shows them."""

import re
from collections.abc import Iterable
from textwrap import wrap
from xml.sax.saxutils import escape

from abcrun.notation.chord_symbols import QuotedPart, read_quoted
from abcrun.notation.decorations import DYNAMICS
from abcrun.notation.text_strings import decode
from abcrun.notation.written import Directive
from abcrun.score.harmony import harmonies_xml
from abcrun.score.text import xml_text

_SIGNS = frozenset(("segno", "coda"))
_WORDS = {
    "D.C.": "D.C.",
    "D.S.": "D.S.",
    "D.C. al fine": "D.C. al Fine",
    "D.C. al coda": "D.C. al Coda",
    "D.S. al fine": "D.S. al Fine",
    "D.S. al coda": "D.S. al Coda",
    "dacoda": "To Coda",
    "al coda": "al Coda",
    "al fine": "al Fine",
    "fine": "Fine",
    "sharp": "♯",
    "flat": "♭",
    "natural": "♮",
    "rit": "rit.",
    "accel": "accel.",
}

# The first character of a remark says where it stands. MusicXML's words have no place
# left or right of a note: those stand above, ending or beginning there.
_BELOW = "_"
_POSITION = re.compile(r"\s*(-?[0-9]*\.?[0-9]*)\s*,\s*(-?[0-9]*\.?[0-9]*)\s*")
_TENTHS = 10 / 6
"""MusicXML's tenths of a space in one point, of which a space has six (abcm2ps)."""
MAX_FREE_TEXT = 2_000
"""Characters of one line that `%%text` writes."""
_LINE_LENGTH = 75
"""Characters of a line of a heading or text above the music."""
_LINES = re.compile(r";|\\n|\n")


def direction_xml(content: str, placement: str, sound: str = "") -> str:
    """Return a `<direction>` that shows `content` above or below the staff; `sound` is
    the `<sound>` that goes with it."""
    return (
        f'<direction placement="{placement}"><direction-type>{content}</direction-type>'
        f"{sound}</direction>"
    )


def words_xml(text: str, placement: str = "above", style: str = "") -> str:
    """Return a direction of words, in lines that `;` or `\\n` part; empty where nothing
    is left of them.

    `style` are further attributes of `<words>`.
    """
    parts = (xml_text(part) for part in _LINES.split(text))
    lines = [line for part in parts for line in wrap(part, _LINE_LENGTH)]
    if not lines:
        return ""
    return direction_xml(f"<words{style}>{escape(chr(10).join(lines))}</words>", placement)


def title_xml(title: str) -> str:
    """Return a title in the midst of a tune as a heading above its bar."""
    # A semicolon does not part lines here.
    words = escape("\n".join(wrap(xml_text(title), _LINE_LENGTH)))
    style = ' font-style="normal" font-weight="bold" font-size="16"'
    return direction_xml(f"<words{style}>{words}</words>", "above") if words else ""


def free_texts(directives: Iterable[Directive]) -> list[tuple[str, bool]]:
    """Return the lines that `%%text` and `%%center` write, and whether each stands in
    the middle; empty ones are left out."""
    return [
        (text, one.name == "center")
        for one in directives
        if one.name in ("text", "center") and (text := xml_text(decode(one.value), MAX_FREE_TEXT))
    ]


def free_texts_xml(directives: Iterable[Directive]) -> list[str]:
    """Return the lines that `%%text` and `%%center` write between lines of music, as
    words above the note behind them."""
    # In lines that a page has room for.
    lines = [line for text, _ in free_texts(directives) for line in wrap(text, _LINE_LENGTH)]
    if not lines:
        return []
    words = escape("\n".join(lines))
    return [direction_xml(f'<words font-style="normal">{words}</words>', "above")]


def decoration_direction(sign: str) -> str:
    """Return the direction for a decoration that stands by itself above or below the
    staff; empty for another."""
    if sign in DYNAMICS:
        return direction_xml(f"<dynamics><{sign}/></dynamics>", "below")
    if sign in _SIGNS:
        return direction_xml(f"<{sign}/>", "above")
    if sign in _WORDS:
        return words_xml(_WORDS[sign])
    if sign in ("ped", "ped-up"):
        kind = "stop" if sign == "ped-up" else "start"
        return direction_xml(f'<pedal type="{kind}" line="no" sign="yes"/>', "below")
    return ""


def quoted_texts_xml(*texts: str) -> list[str]:
    """Return the quoted texts at a note: chord symbols, then remarks, as they are
    written. Lines of chord symbols stand above each other."""
    wholes = [whole for text in texts for whole in read_quoted(text)]
    parts = [part for whole in wholes for part in _lines_of(whole)]
    chords = [part for part in parts if part.kind == "chord"]
    found: list[str] = []
    for row, part in zip(range(len(chords) - 1, -1, -1), chords, strict=True):
        found += harmonies_xml(part.symbols, row)
    return found + [
        words for part in parts if part.kind != "chord" and (words := _remark_xml(part))
    ]


def _lines_of(part: QuotedPart) -> tuple[QuotedPart, ...]:
    """Return chord symbols line by line; a remark keeps its lines together."""
    if part.kind != "chord" or _LINES.search(part.text) is None:
        return (part,)
    lines = [found for line in _LINES.split(part.text) for found in read_quoted(line)]
    is_whole = sum(len(line.symbols) for line in lines) == len(part.symbols)
    return tuple(lines) if is_whole else (part,)


def _remark_xml(part: QuotedPart) -> str:
    style = ' font-style="normal"'
    text, placement = part.text, "above"
    if part.placement == _BELOW:
        placement = "below"
    elif part.placement == "<":
        style += ' halign="right" valign="middle"'
    elif part.placement == ">":
        style += ' halign="left" valign="middle"'
    elif part.placement == "@" and (found := _POSITION.match(text)) is not None:
        text = text[found.end() :]
        x, y = (_number(value) * _TENTHS for value in found.groups())
        placement = "below" if y < 0 else "above"
        style += f' relative-x="{x:.0f}" relative-y="{y:.0f}"'
    return words_xml(text, placement, style)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # "-", "." or nothing
        return 0.0
