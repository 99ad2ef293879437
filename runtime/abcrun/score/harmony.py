"""Chord symbols as MusicXML's `<harmony>` shows them."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from abcrun.notation.chord_qualities import SIGNS
from abcrun.notation.chord_symbols import ChordSymbol

_ROW = 25
"""Distance of two rows of chord symbols at one note, in tenths of a space."""


def harmonies_xml(symbols: Sequence[ChordSymbol], row: int = 0) -> list[str]:
    """Return the chord symbols of one line of quoted text; `row` counts the lines from
    the lowest, 0."""
    return [_harmony_xml(symbol, row) for symbol in symbols]


def _harmony_xml(symbol: ChordSymbol, row: int) -> str:
    attributes = ' type="alternate"' if symbol.is_optional else ""
    if row:
        attributes += f' relative-y="{_ROW * row}"'
    # MusicXML asks for a root: one that shows nothing stands where there is none.
    root = '<root><root-step text="">C</root-step></root>'
    if symbol.root:
        root = _name_xml("root", symbol.root, symbol.text[0])
    quality = symbol.quality
    bass = ""
    if symbol.bass:
        written = symbol.text[symbol.text.rindex("/") + 1 :].lstrip()
        bass = _name_xml("bass", symbol.bass, written[0])
    # What is written stands in the text of the kind; degrees are for the ear alone.
    degrees = "".join(
        '<degree print-object="no">'
        f"<degree-value>{degree.value}</degree-value>"
        f"<degree-alter>{degree.alteration}</degree-alter>"
        f"<degree-type>{degree.deed}</degree-type></degree>"
        for degree in symbol.degrees
    )
    return (
        f"<harmony{attributes}>{root}<kind text={quoteattr(quality)}>{symbol.kind}</kind>"
        f"{bass}{degrees}</harmony>"
    )


def _name_xml(element: str, name: str, letter: str) -> str:
    """Return a root or bass; `letter` is what is written: `a`, the German `H`."""
    shown = "" if letter == name[0] else f" text={quoteattr(letter)}"
    alteration = SIGNS[name[1:]]
    alter = f"<{element}-alter>{alteration}</{element}-alter>" if alteration else ""
    return f"<{element}><{element}-step{shown}>{name[0]}</{element}-step>{alter}</{element}>"
