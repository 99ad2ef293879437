"""What stands above and below the music in words: titles, composers, origin, rhythm,
verses. It comes from the fields of the header, and goes to MusicXML and to our
pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.score.directions import free_texts
from abcrun.score.text import without_font_switches, xml_text

_MAX_LINES = 24
"""Titles, or lines at one side, that are drawn: a tune with more of them has no room
left for music on its page."""
_MAX_WORDS = 2_000
"""Characters of one line of a verse."""

MISCELLANEOUS = {
    "O": "origin",
    "R": "rhythm",
    "P": "parts",
    "B": "book",
    "D": "discography",
    "F": "file",
    "G": "group",
    "H": "history",
    "N": "notes",
    "Z": "transcription",
}
"""Fields that MusicXML has no element for, by letter: their names in its miscellaneous
ones."""
_LABELS = {
    "B": "Book",
    "D": "Discography",
    "F": "File",
    "G": "Group",
    "H": "History",
    "N": "Notes",
    "S": "Source",
    "Z": "Transcription",
}
"""Fields that stand below the music where `%%writefields` asks for them."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is drawn around the music: `titles` in the middle above it, the first
    one large; lines `left` and `right` of them; `texts` below these, each with whether
    it stands in the middle; `verses` below the music, each of several lines."""

    titles: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    texts: tuple[tuple[str, bool], ...] = ()
    verses: tuple[tuple[str, ...], ...] = ()


def head_of(tune: Tune) -> Head:
    """Return what is drawn around the music of a tune.

    Rhythm and order of the parts stand left, composers with the origin and authors (A:)
    right, as abcm2ps and abcjs have them. `%%writefields` hides fields and shows others
    (ABC 2.1, 11.4.5).
    """
    head = _written_head(tune)
    if not names_fonts(tune):
        return head
    plain = without_font_switches
    return Head(
        titles=tuple(map(plain, head.titles)),
        left=tuple(map(plain, head.left)),
        right=tuple(map(plain, head.right)),
        texts=tuple((plain(text), is_centred) for text, is_centred in head.texts),
        verses=tuple(tuple(map(plain, verse)) for verse in head.verses),
    )


def names_fonts(tune: Tune) -> bool:
    """Return whether `$1` in the texts of a tune is a change of font."""
    return any(one.name.startswith("setfont") for one in tune.header.directives)


def _written_head(tune: Tune) -> Head:
    hidden, shown = _written_fields(tune)
    values = {letter: [] if letter in hidden else _values(tune, letter) for letter in "TRPCOA"} | {
        letter: _values(tune, letter) for letter in sorted(shown)
    }
    right = list(values["C"])
    if origin := ", ".join(values["O"]):
        right[-1:] = [f"{right[-1]} ({origin})" if right else f"({origin})"]
    below: list[tuple[str, ...]] = [
        (f"{_LABELS[letter]}: {value}",) for letter in sorted(shown) for value in values[letter]
    ]
    verses = () if "W" in hidden else verses_of(tune.words)
    above = free_texts(tune.header.directives)
    ends = [bar.end_signs.directives for bar in tune.bars if bar.end_signs is not None]
    # What there is no room for above the music stands below it.
    texts = above[_MAX_LINES:] + [text for directives in ends for text in free_texts(directives)]
    if texts:
        below.append(tuple(text for text, _ in texts))
    return Head(
        titles=tuple(values["T"][:_MAX_LINES]),
        left=tuple((values["R"][-1:] + values["P"][-1:])[:_MAX_LINES]),
        right=tuple((right + values["A"])[:_MAX_LINES]),
        texts=tuple(above[:_MAX_LINES]),
        verses=(*verses, *below),
    )


def verses_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return W: lines in verses: an empty line parts two."""
    verses: list[tuple[str, ...]] = []
    lines: list[str] = []
    for word in (*words, ""):
        if line := xml_text(word, _MAX_WORDS):
            lines.append(line)
        elif lines:
            verses.append(tuple(lines))
            lines = []
    return tuple(verses)


def head_xml(tune: Tune) -> list[str]:
    """Return the lines of the file before its list of parts, with changes of font."""
    head = _written_head(tune)
    lines: list[str] = []
    if title := xml_text(tune.title):
        lines.append(f"<work><work-title>{escape(title)}</work-title></work>")
    lines.append("<identification>")
    for letter, kind in (("C", "composer"), ("A", "lyricist")):
        lines += [
            f'<creator type="{kind}">{escape(name)}</creator>' for name in _values(tune, letter)
        ]
    lines.append("<encoding><software>abcrun</software></encoding>")
    if source := "; ".join(_values(tune, "S")):
        lines.append(f"<source>{escape(source)}</source>")
    fields = [
        f'<miscellaneous-field name="{name}">{escape(value)}</miscellaneous-field>'
        for letter, name in MISCELLANEOUS.items()
        for value in _values(tune, letter)
    ]
    if fields:
        lines.append(f"<miscellaneous>{''.join(fields)}</miscellaneous>")
    lines.append("</identification>")
    lines += [
        _credit_xml("subtitle" if number else "title", title, "center", 16 if number else 22)
        for number, title in enumerate(head.titles)
    ]
    lines += [_credit_xml("", line, "left", 12) for line in head.left]
    lines += [_credit_xml("composer", line, "right", 12) for line in head.right]
    for text, is_centred in head.texts:
        lines.append(_credit_xml("", text, "center" if is_centred else "left", 12))
    for verse in head.verses:
        lines.append(_credit_xml("lyrics", "\n".join(verse), "left", 12, at="bottom"))
    return lines


def _credit_xml(kind: str, words: str, side: str, size: int, *, at: str = "top") -> str:
    kind = f"<credit-type>{kind}</credit-type>" if kind else ""
    return (
        f'<credit page="1">{kind}<credit-words justify="{side}" valign="{at}" '
        f'font-size="{size}">{escape(words)}</credit-words></credit>'
    )


def _values(tune: Tune, letter: str) -> list[str]:
    """Return the values of all fields of a letter, as XML can hold them."""
    if letter == "T":
        found = list(tune.header.titles)
    else:
        found = [value for name, value in tune.header.fields if name == letter]
    return [text for value in found if (text := xml_text(value))]


def _written_fields(tune: Tune) -> tuple[set[str], set[str]]:
    """Return the letters of fields that `%%writefields LETTERS 0` hides, and of those
    that it shows beyond the usual ones."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for directive in tune.header.directives:
        words = directive.value.split()
        if directive.name == "writefields" and words:
            letters = set(words[0])
            if words[1:2] in (["0"], ["false"]):
                hidden |= letters
                shown -= letters
            else:
                hidden -= letters
                shown |= letters & _LABELS.keys()
    return hidden, shown
