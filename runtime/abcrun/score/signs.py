"""Decorations of notes as the elements of MusicXML that show them: one table for each
place where they stand."""

import re
from collections.abc import Sequence

from abcrun.score.directions import decoration_direction, words_xml

_ORNAMENTS = {
    # MusicXML has no Irish roll; the turn has its shape, but begins above.
    "roll": '<turn start-note="main"/>',
    "trill": "<trill-mark/>",
    "turn": "<turn/>",
    "turnx": '<turn slash="yes"/>',
    "invertedturn": "<inverted-turn/>",
    "invertedturnx": '<inverted-turn slash="yes"/>',
    # The mordent of ABC and MusicXML is the lower one, with a stroke; the upper one is
    # "inverted" in MusicXML.
    "lowermordent": "<mordent/>",
    "uppermordent": "<inverted-mordent/>",
} | {"/" * count: f'<tremolo type="single">{count}</tremolo>' for count in (1, 2, 3, 4)}
_TECHNICAL = {
    "upbow": "<up-bow/>",
    "downbow": "<down-bow/>",
    "open": "<open-string/>",
    "snap": "<snap-pizzicato/>",
    "thumb": "<thumb-position/>",
    "plus": "<stopped/>",
    "stopped": "<stopped/>",
    "halfopen": "<half-muted/>",
    "harmonic": "<harmonic/>",
} | {str(finger): f"<fingering>{finger}</fingering>" for finger in range(6)}
_ARTICULATIONS = {
    "staccato": "<staccato/>",
    "accent": "<accent/>",
    "tenuto": "<tenuto/>",
    "wedge": "<staccatissimo/>",
    "marcato": "<strong-accent/>",
    "breath": "<breath-mark/>",
    # The strokes of a phrase's end, by their length.
    "shortphrase": "<breath-mark>tick</breath-mark>",
    "mediumphrase": "<caesura>short</caesura>",
    "longphrase": "<caesura>single</caesura>",
    "slide": "<scoop/>",
}
_FERMATAS = {"fermata": "upright", "invertedfermata": "inverted"}
_NOTE_HEADS = {
    "style=x": "x",
    "style=harmonic": "diamond",
    "style=rhythm": "slash",
    "style=triangle": "triangle",
}
_LAYOUT = (
    *("xstem", "beambr1", "beambr2", "beamon", "beamoff", "stemless", "invisible", "cre", "dot"),
    *("editorial", "courtesy", "arpeggio", "nil"),
)
"""Decorations that show no sign of their own: other places look at them."""
_TABLES = (
    ("ornaments", _ORNAMENTS),
    ("technical", _TECHNICAL),
    ("articulations", _ARTICULATIONS),
)
# What a musician may have meant as a word: "rall.", "dolce".
_WORD = re.compile(r"[^\W\d_][\w .'-]{0,40}")


def notations_of(decorations: Sequence[str], *, is_rest: bool) -> list[str]:
    """Return the children of `<notations>` that show decorations.

    A rest has fermatas, breaths and strokes only.
    """
    found: list[str] = []
    for element, table in _TABLES:
        chosen = dict.fromkeys(table[sign] for sign in decorations if sign in table)
        if is_rest:
            chosen = dict.fromkeys(one for one in chosen if one.startswith(("<breath", "<caesura")))
        if chosen:
            found.append(f"<{element}>{''.join(chosen)}</{element}>")
    fermatas = dict.fromkeys(_FERMATAS[sign] for sign in decorations if sign in _FERMATAS)
    return found + [f'<fermata type="{kind}"/>' for kind in fermatas]


def directions_of(decorations: Sequence[str]) -> list[str]:
    """Return the directions that show decorations. One that no table has is shown by
    its name."""
    found = []
    for sign in decorations:
        if direction := decoration_direction(sign):
            found.append(direction)
        elif not _has_sign(sign) and _WORD.fullmatch(sign) is not None:
            found.append(words_xml(sign))
    return found


def _has_sign(sign: str) -> bool:
    return (
        any(sign in table for _, table in _TABLES)
        or sign in _FERMATAS
        or sign in _LAYOUT
        or sign in _NOTE_HEADS
        or sign.startswith(("head-", "style="))
    )


def note_head_xml(decorations: Sequence[str]) -> str:
    """Return the `<notehead>` that decorations ask for; empty for the usual one."""
    for sign in decorations:
        if sign in _NOTE_HEADS:
            return f"<notehead>{_NOTE_HEADS[sign]}</notehead>"
    return ""


def accidental_style(decorations: Sequence[str]) -> str:
    """Return the attribute of an accidental that an editor added (`!editorial!`), or
    that only reminds (`!courtesy!`); empty for any other."""
    if "editorial" in decorations:
        return ' editorial="yes"'
    return ' parentheses="yes"' if "courtesy" in decorations else ""
