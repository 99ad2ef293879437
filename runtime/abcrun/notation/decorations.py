"""Decorations: one name for each, whatever way it is written (ABC 2.1, 4.14, and what
abcm2ps and abcjs add)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

SYMBOLS = {
    ".": "staccato",
    "~": "roll",
    "H": "fermata",
    "L": "accent",
    "M": "lowermordent",
    "O": "coda",
    "P": "uppermordent",
    "S": "segno",
    "T": "trill",
    "u": "upbow",
    "v": "downbow",
    # Older books and abcm2ps have these, too.
    "J": "slide",
    "R": "roll",
    "k": "downbow",
}
"""Decorations in one letter that stand without a U: field."""

_ALIASES = {
    ">": "accent",
    "emphasis": "accent",
    "^": "marcato",
    ".": "staccato",
    "mordent": "lowermordent",
    "pralltriller": "uppermordent",
    "irishroll": "roll",
    "umarcato": "marcato",
    "staccatissimo": "wedge",
    "lmrd": "lowermordent",
    "umrd": "uppermordent",
    "brth": "breath",
    "sphr": "shortphrase",
    "mphr": "mediumphrase",
    "lphr": "longphrase",
    "doublelongphrase": "longphrase",
    "trem1": "/",
    "trem2": "//",
    "trem3": "///",
    "trem4": "////",
    "glissando(": "~(",
    "glissando)": "~)",
    "+": "plus",
    "<(": "crescendo(",
    "<)": "crescendo)",
    "cresc(": "crescendo(",
    "cresc)": "crescendo)",
    ">(": "diminuendo(",
    ">)": "diminuendo)",
    "dim(": "diminuendo(",
    "dim)": "diminuendo)",
    "decresc(": "diminuendo(",
    "decresc)": "diminuendo)",
    "decrescendo(": "diminuendo(",
    "decrescendo)": "diminuendo)",
    "D.C.alfine": "D.C. al fine",
    "D.C.alcoda": "D.C. al coda",
    "D.S.alfine": "D.S. al fine",
    "D.S.alcoda": "D.S. al coda",
    "dacapo": "D.C.",
    "dasegno": "D.S.",
    "Fine": "fine",
    "FINE": "fine",
    "alcoda": "al coda",
    "alfine": "al fine",
}

_STANDARD = (
    "trill trill( trill) lowermordent uppermordent roll turn turnx invertedturn invertedturnx"
    " arpeggio accent fermata invertedfermata tenuto plus snap slide wedge upbow downbow open"
    " thumb breath crescendo( crescendo) diminuendo( diminuendo) segno coda D.S. D.C. dacoda fine"
    " shortphrase mediumphrase longphrase staccato editorial courtesy"
    " 0 1 2 3 4 5 pppp ppp pp p mp mf f ff fff ffff sfz"
)
# Of abcm2ps and abcjs.
_EXTENSIONS = (
    "marcato fp sfp sfpp sf rf rfz sffz fz pf ppppp pppppp fffff ffffff / // /// //// ped ped-up"
    " 8va( 8va) 8vb( 8vb) 15ma( 15ma) 15mb( 15mb) ~( ~) -( -) gmark halfopen stopped harmonic"
    " natural sharp flat style=normal style=x style=harmonic style=rhythm style=triangle"
)
KNOWN = frozenset(f"{_STANDARD} {_EXTENSIONS}".split()) | {
    f"{start}al {where}" for start in ("", "D.C. ", "D.S. ") for where in ("fine", "coda")
}
"""The names of all decorations that have a meaning."""

_OF_NOTES = (
    "roll trill turn turnx invertedturn invertedturnx lowermordent uppermordent / // /// ////"
    " upbow downbow open snap thumb plus stopped halfopen harmonic 0 1 2 3 4 5"
    " staccato accent tenuto wedge marcato slide arpeggio"
)
OF_NOTES = frozenset(_OF_NOTES.split())
"""Decorations that say how a note is played: a rest has no place for them."""

_LOUDNESS = (
    "p pp ppp pppp ppppp pppppp f ff fff ffff fffff ffffff mp mf sf sfp sfpp fp rf rfz sfz "
    "sffz fz n pf sfzp"
)
DYNAMICS = frozenset(_LOUDNESS.split())
"""The marks of loudness, by MusicXML's names."""

NO_DECORATION = frozenset(("nil", "none"))
"""What says that there is none: `!nil!`, the standard's sign to take a meaning back."""
_PIECES = re.compile(r'"[^"]*"|![^!]*!|\+[^+]+\+|[.~H-Wh-w]|\s+', re.DOTALL)


class Meaning(NamedTuple):
    """What a symbol stands for: decorations by their names, and texts without their
    quotes."""

    decorations: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


SYMBOL_MEANINGS = {symbol: Meaning((name,)) for symbol, name in SYMBOLS.items()}


def decoration_name(written: str) -> str:
    """Return the usual name of a decoration that is written in a word, without its
    `!`: `emphasis` is an accent, `>(` opens a diminuendo."""
    return _ALIASES.get(written, written)


def read_meaning(text: str, symbols: Mapping[str, Meaning]) -> Meaning | None:
    """Read what a U: field or a symbol line gives to a note: `!trill!`, `"^slow"`, a
    letter of `symbols`, or several of them; in old files a name without its `!`.
    `!nil!` is nothing. None where it has no meaning.
    """
    bare = decoration_name(text)
    if len(text) > 1 and (bare in KNOWN or bare in NO_DECORATION):
        return Meaning((bare,) if bare in KNOWN else ())
    decorations: list[str] = []
    texts: list[str] = []
    position = 0
    while position < len(text):
        piece = _PIECES.match(text, position)
        if piece is None:
            return None
        position = piece.end()
        written = piece.group()
        if written[0] == '"':
            texts.append(written[1:-1])
        elif written[0] in "!+":
            name = decoration_name(written[1:-1].strip())
            if name and name not in NO_DECORATION:
                decorations.append(name)
        elif written in symbols:
            decorations += symbols[written].decorations
            texts += symbols[written].texts
        elif written.strip():
            return None
    return Meaning(tuple(decorations), tuple(texts))
