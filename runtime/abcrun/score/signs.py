"""Decorations and quoted text of ABC as the elements of MusicXML that show them."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from abcrun.notation.pitch import NAME_ALTERATIONS
from abcrun.notation.written import Signs, Syllable
from abcrun.score.text import xml_text

# Decorations by their names → the element.
_ARTICULATIONS = {
    "staccato": "staccato",
    "accent": "accent",
    "tenuto": "tenuto",
    "wedge": "staccatissimo",
    "breath": "breath-mark",
    "marcato": "strong-accent",
}
_ORNAMENTS = {
    # MusicXML has no Irish roll; the turn has its shape.
    "roll": "turn",
    "trill": "trill-mark",
    "turn": "turn",
    "invertedturn": "inverted-turn",
    # The mordent of ABC and MusicXML is the lower one, with a stroke; the upper one is
    # "inverted" in MusicXML.
    "lowermordent": "mordent",
    "uppermordent": "inverted-mordent",
}
_TECHNICAL = {
    "upbow": "up-bow",
    "downbow": "down-bow",
    "open": "open-string",
    "snap": "snap-pizzicato",
    "thumb": "thumb-position",
}
_FERMATAS = {"fermata": "upright", "invertedfermata": "inverted"}
_DYNAMICS = frozenset(("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"))
_SIGNS = frozenset(("segno", "coda"))
_WORDS = frozenset(("D.C.", "D.S.", "fine", "dacoda"))

_CHORD = re.compile(
    r"([A-G])([#b♯♭]?)"
    r"(maj7|maj|M7|min7|min|m7b5|m7|m6|m|dim7|dim|aug|\+|sus4|sus2|sus|7|6|9)?"
    r"(?:/([A-G])([#b♯♭]?))?"
)
_KINDS = {
    "": "major",
    "maj": "major",
    "m": "minor",
    "min": "minor",
    "7": "dominant",
    "maj7": "major-seventh",
    "M7": "major-seventh",
    "m7": "minor-seventh",
    "min7": "minor-seventh",
    "m6": "minor-sixth",
    "6": "major-sixth",
    "9": "dominant-ninth",
    "dim": "diminished",
    "dim7": "diminished-seventh",
    "m7b5": "half-diminished",
    "aug": "augmented",
    "+": "augmented",
    "sus": "suspended-fourth",
    "sus4": "suspended-fourth",
    "sus2": "suspended-second",
}

# The first character of quoted text that is a remark, not a chord symbol. Left and
# right of the note there is no room in a score, so those stand above.
_PLACEMENTS = {"^": "above", "_": "below", "<": "above", ">": "above", "@": "above"}
_OFFSETS = re.compile(r"\A@[-0-9.,\s]*")


def notations_of(decorations: Sequence[str], *, is_rest: bool) -> list[str]:
    """Return the children of `<notations>` that show decorations; a rest has fermatas
    only."""
    found: list[str] = []
    if not is_rest:
        for name, table in (
            ("ornaments", _ORNAMENTS),
            ("technical", _TECHNICAL),
            ("articulations", _ARTICULATIONS),
        ):
            chosen = dict.fromkeys(table[sign] for sign in decorations if sign in table)
            if chosen:
                found.append(f"<{name}>{''.join(f'<{element}/>' for element in chosen)}</{name}>")
    fermatas = dict.fromkeys(_FERMATAS[sign] for sign in decorations if sign in _FERMATAS)
    return found + [f'<fermata type="{kind}"/>' for kind in fermatas]


def directions_before(signs: Signs) -> list[str]:
    """Return the directions and chord symbols that stand before a note with these
    signs."""
    found = [quoted_text_xml(text) for text in signs.texts]
    found += [decoration_direction(sign) for sign in signs.decorations]
    return [direction for direction in found if direction]


def directions_behind(signs: Signs) -> list[str]:
    """Return the directions that stand behind a note with these signs."""
    return []


def lyrics_xml(lyrics: Sequence[Syllable]) -> str:
    """Return the syllables that are sung to a note."""
    return ""


def direction_xml(content: str, placement: str, sound: str = "") -> str:
    """Return a `<direction>` that shows `content` above or below the staff; `sound` is
    the `<sound>` that goes with it."""
    return (
        f'<direction placement="{placement}"><direction-type>{content}</direction-type>'
        f"{sound}</direction>"
    )


def decoration_direction(sign: str) -> str:
    """Return the direction for a decoration that stands by itself above or below the
    staff; empty for another."""
    if sign in _DYNAMICS:
        return direction_xml(f"<dynamics><{sign}/></dynamics>", "below")
    if sign in _SIGNS:
        return direction_xml(f"<{sign}/>", "above")
    if sign in _WORDS:
        return _words_xml(sign, "above")
    return ""


def quoted_text_xml(text: str) -> str:
    """Return quoted text as a chord symbol, or as a remark where its first character or
    the text itself says so; empty where nothing is left of it."""
    placement = _PLACEMENTS.get(text[:1])
    if placement is not None:
        return _words_xml(_OFFSETS.sub("", text) if text[0] == "@" else text[1:], placement)
    chord = _CHORD.fullmatch(text.strip())
    if chord is None:
        return _words_xml(text, "above")
    letter, sign, quality, bass, bass_sign = chord.groups(default="")
    return (
        f"<harmony>{_chord_note_xml('root', letter, sign)}"
        f'<kind text="{quality}">{_KINDS[quality]}</kind>'
        f"{_chord_note_xml('bass', bass, bass_sign) if bass else ''}</harmony>"
    )


def _words_xml(text: str, placement: str) -> str:
    words = xml_text(text)
    return direction_xml(f"<words>{escape(words)}</words>", placement) if words else ""


def _chord_note_xml(name: str, letter: str, sign: str) -> str:
    alteration = NAME_ALTERATIONS[sign]
    alter = f"<{name}-alter>{alteration}</{name}-alter>" if alteration else ""
    return f"<{name}><{name}-step>{letter}</{name}-step>{alter}</{name}>"
