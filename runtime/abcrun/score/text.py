"""Text as XML can hold it."""

import re

MAX_TEXT = 200
"""Characters of a title, chord symbol or remark. A longer one is cut and ends with
`…`."""

# Everything but what the production `Char` of XML 1.0 lists: other control characters
# and lone surrogates cannot be written in XML, not even as a character reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# Fonts are named by `%%setfont-1` (ABC 2.1, 11.4.2).
_FONT_SWITCH = re.compile(r"\$([0-9$])")


def without_font_switches(text: str) -> str:
    """Return text without the signs that change its font, `$0` to `$9`; `$$` is a
    dollar. They are such signs in a tune that names fonts alone."""
    return _FONT_SWITCH.sub(lambda found: "$" * (found[1] == "$"), text)


def xml_text(text: str, longest: int = MAX_TEXT) -> str:
    """Return `text` on one line of at most `longest` characters, not escaped.

    Line ends and characters that XML cannot hold become spaces.
    """
    text = " ".join(_NOT_XML.sub(" ", text).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
