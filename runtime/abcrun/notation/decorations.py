"""Decorations: one name for each, whatever way it is written (ABC 2.1, 4.14, and what
abcm2ps and abcjs add)."""

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
    # Older books have these two, too.
    "R": "roll",
    "k": "downbow",
}
"""Decorations in one letter that stand without a U: field."""

_ALIASES = {
    ">": "accent",
    "emphasis": "accent",
    "^": "marcato",
    "mordent": "lowermordent",
    "pralltriller": "uppermordent",
    "<(": "crescendo(",
    "<)": "crescendo)",
    ">(": "diminuendo(",
    ">)": "diminuendo)",
    "+": "plus",
    "dacapo": "D.C.",
}


def decoration_name(written: str) -> str:
    """Return the usual name of a decoration that is written in a word, without its
    `!`: `emphasis` is an accent, `>(` opens a diminuendo."""
    return _ALIASES.get(written, written)
