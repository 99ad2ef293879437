"""What we draw ourselves on the pages that verovio makes: titles, composers and other
words above the music, verses below it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil

from abcrun.score.engraver import MARGIN, MARGIN_BOTTOM, SCALE
from abcrun.score.head import Head
from abcrun.score.svg_text import SVG, add_text, redraw_texts, text_width, wrap

_UNITS = 10
"""Units of the drawing in one of verovio's units of page sizes."""
_CREDIT = 366
"""Height that verovio keeps free for one credit."""
_TITLE, _SUBTITLE, _SMALL = 607, 486, 405
"""Sizes of text in units of the drawing: 25 are a CSS pixel."""
_MAX_HEAD = 15_000
"""Height of the words above the music: half of an A4 page."""
_LINE = 1.2
"""Distance of two lines of text, in parts of its size."""
_GAP = 405
"""Between columns, between verses and under the music."""


_LIFT = 120
"""Of a letter over a tempo."""

_NUMBER = re.compile(r"[0-9]{1,3}[.):]?\s+")
"""The number that a verse begins with."""
_VerseLine = tuple[str, str]
"""A line of a verse: its number, empty for nearly all, and its words."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text: where its base line is, and where it is anchored."""

    text: str
    x: float
    y: float
    anchor: str
    size: float


class HeadLayout:
    """The words above the music, laid out for a page of a width.

    `credits` is the number of lines that verovio is to keep free for them; `rest` are
    the lines that there is no room for.
    """

    def __init__(self, head: Head, width: int) -> None:
        """`width` is that of the page, in units (CSS pixels)."""
        self._width = _UNITS * (width * 100 / SCALE - 2 * MARGIN)
        self._lines: list[_Line] = []
        self._bottom = 0.0
        for number, title in enumerate(head.titles):
            size = _SUBTITLE if number else _TITLE
            for line in wrap(title, size, self._width):
                self._bottom += size * _LINE
                self._add(line, "middle", self._bottom - 0.3 * size, size)
        self._add_sides(head)
        for text, is_centred in head.texts:
            for line in wrap(text, _SMALL, self._width):
                self._bottom += _SMALL * _LINE
                anchor = "middle" if is_centred else "start"
                self._add(line, anchor, self._bottom - 0.3 * _SMALL, _SMALL)
        # What there is no room for stands below the music.
        self.rest = tuple(line.text for line in self._lines if line.y > _MAX_HEAD)
        self._lines = [line for line in self._lines if line.y <= _MAX_HEAD]
        self.credits = ceil(min(self._bottom, _MAX_HEAD) / _CREDIT)

    def _add(self, text: str, anchor: str, y: float, size: float) -> None:
        x = {"start": 0.0, "middle": self._width / 2, "end": self._width}[anchor]
        self._lines.append(_Line(text, x, y, anchor, size))

    def _add_sides(self, head: Head) -> None:
        """Add the lines at the sides: from the last title on where they fit beside the
        titles, below them otherwise."""
        sides = (("start", head.left), ("end", head.right))
        widest = max((text_width(line.text, line.size) for line in self._lines), default=0.0)
        beside = (self._width - widest) / 2 - _GAP
        fits = self._lines and all(
            text_width(line, _SMALL) <= beside for _, lines in sides for line in lines
        )
        top = self._lines[-1].y if fits else self._bottom + _SMALL
        # Both sides together fill the width; a line takes what the other side leaves.
        for anchor, lines in sides:
            other = head.right if anchor == "start" else head.left
            taken = max((text_width(line, _SMALL) for line in other), default=0.0)
            room = max(self._width / 2 - _GAP, self._width - taken - 2 * _GAP)
            y = top
            for line in [piece for whole in lines for piece in wrap(whole, _SMALL, room)]:
                self._add(line, anchor, y, _SMALL)
                self._bottom = max(self._bottom, y + 0.3 * _SMALL)
                y += _SMALL * _LINE

    def draw(self, root: ET.Element) -> None:
        """Draw the words into verovio's first page, instead of its own."""
        for group in root.iter(f"{SVG}g"):
            if "pgHead" in group.get("class", ""):
                group[:] = []
                for line in self._lines:
                    add_text(group, line.text, line.x, line.y, size=line.size, anchor=line.anchor)


def drawn_pages(
    raw: Sequence[str], layout: HeadLayout, verses: Sequence[tuple[str, ...]], height: int
) -> list[str]:
    """Return verovio's pages with the words around the music, as every renderer shows
    them.

    `height` is that of a page in units; 0 for a single page, as high as it needs.
    """
    roots = [ET.fromstring(svg) for svg in raw]
    for root in roots:
        redraw_texts(root)
        _lift_letters(root)
    layout.draw(roots[0])
    if verses:
        _add_verses(roots, verses, height)
    return [ET.tostring(root, encoding="unicode") for root in roots]


def _lift_letters(root: ET.Element) -> None:
    """Move letters of parts up where they stand over a tempo: its notes reach higher as
    we draw them than verovio takes them for."""
    for measure in root.iter(f"{SVG}g"):
        if measure.get("class") == "measure":
            kinds = {child.get("class", ""): child for child in measure}
            if "tempo" in kinds and "reh" in kinds:
                kinds["reh"].set("transform", f"translate(0, -{_LIFT})")


def spread(svg: str, distance: float) -> str:
    """Return a page whose systems are farther from each other by a distance in units
    (CSS pixels); what stands below them goes along."""
    if not distance:
        return svg
    root = ET.fromstring(svg)
    page = _Page(root)
    systems = 0
    moved = 0.0
    for child in page.group:
        if child.get("class") == "system":
            moved = systems * distance * _UNITS * 100 / SCALE
            systems += 1
        # The head comes behind the systems, and stays above them.
        if moved and "pgHead" not in child.get("class", ""):
            child.set("transform", f"translate(0, {moved:g})")
    page.grow_to(page.bottom + moved)
    return ET.tostring(root, encoding="unicode")


class _Page:
    """A page of verovio's: its sizes and the group that all is drawn into."""

    def __init__(self, root: ET.Element) -> None:
        self.root = root
        self._drawing = next(one for one in root.iter(f"{SVG}svg") if one is not root)
        self.group = next(
            one for one in root.iter(f"{SVG}g") if one.get("class", "").startswith("page-margin")
        )
        x, y = self.group.get("transform", "translate(0, 0)")[len("translate(") : -1].split(",")
        self.left, self.top = float(x), float(y)
        *_, self._page_width, self._page_height = map(float, root.get("viewBox", "").split())
        *_, self._width, self.height = map(float, self._drawing.get("viewBox", "").split())

    @property
    def width(self) -> float:
        """The width between the margins."""
        return self._width - 2 * self.left

    @property
    def bottom(self) -> float:
        """Where the music ends, from the top margin."""
        return self.height - self.top - _UNITS * MARGIN_BOTTOM

    def grow_to(self, bottom: float) -> None:
        """Make the page so high that it ends below `bottom`."""
        height = max(self.height, bottom + self.top + _UNITS * MARGIN_BOTTOM)
        page_height = ceil(height * self._page_width / self._width)
        self.height = page_height * self._width / self._page_width
        self.root.set("viewBox", f"0 0 {self._page_width:g} {page_height}")
        self._drawing.set("viewBox", f"0 0 {self._width:g} {self.height:g}")

    def empty_copy(self) -> "_Page":
        """Return a page of the same width with nothing on it."""
        root = deepcopy(self.root)
        page = _Page(root)
        page.group[:] = []
        for part in list(root):
            if part.tag == f"{SVG}defs":
                root.remove(part)
        page.height = 0.0
        return page


def _add_verses(roots: list[ET.Element], verses: Sequence[tuple[str, ...]], height: int) -> None:
    """Draw verses below the music, in two columns where they are narrow, on further
    pages where one does not hold them."""
    page = _Page(roots[-1])
    page_bottom = float("inf")
    if height:
        page_bottom = _UNITS * (height * 100 / SCALE - MARGIN_BOTTOM) - page.top
    half = (page.width - _GAP) / 2
    widest = max(text_width(line, _SMALL) for verse in verses for line in verse)
    columns = 2 if len(verses) > 1 and widest <= half else 1
    # Numbers stand in a margin of their own, so that the lines of a verse are flush.
    numbers = {verse[0]: _NUMBER.match(verse[0]) for verse in verses}
    indent = max(
        (text_width(found.group(), _SMALL) for found in numbers.values() if found), default=0.0
    )
    left = [_lines_of(verse, numbers[verse[0]], page.width - indent) for verse in verses]
    top = page.bottom + _GAP
    step = _SMALL * _LINE
    while left:
        rows = int(min((page_bottom - top) / step, 1e6))
        filled, left = _fill(left, columns, rows)
        for column, lines in enumerate(filled):
            x = column * (half + _GAP)
            for row, line in enumerate(lines):
                y = top + row * step + _SMALL
                number, words = line
                if number:
                    add_text(page.group, number, x, y, size=_SMALL)
                if words:
                    add_text(page.group, words, x + indent, y, size=_SMALL)
        if any(filled):
            page.grow_to(top + max(map(len, filled)) * step)
        if left:
            page = page.empty_copy()
            roots.append(page.root)
            top = 0.0


def _lines_of(verse: Sequence[str], number: re.Match[str] | None, width: float) -> list[_VerseLine]:
    """Return the lines of a verse that fit in a width, and an empty one behind it."""
    first = verse[0] if number is None else verse[0][number.end() :]
    lines = [piece for line in (first, *verse[1:]) for piece in wrap(line, _SMALL, width)]
    numbers = ["" if number is None else number.group().strip(), *[""] * len(lines)]
    return list(zip(numbers, [*lines, ""], strict=True))


def _fill(
    verses: list[list[_VerseLine]], columns: int, rows: int
) -> tuple[list[list[_VerseLine]], list[list[_VerseLine]]]:
    """Return the lines of each column of a page that has room for so many rows, and the
    verses that are left over.

    Columns are filled evenly. A verse is broken where a whole page does not hold it.
    """
    total = sum(map(len, verses))
    longest = max(map(len, verses))
    for height in range(min(rows, max(longest, ceil(total / columns))), rows + 1):
        filled, left = _fill_to(verses, columns, height)
        if not left:
            return filled, left
    filled, left = _fill_to(verses, columns, rows)
    if not any(filled) and rows >= _PAGE_ROWS:
        # Not even one verse: as much of it as there is room for.
        return [verses[0][:rows]], [verses[0][rows:], *verses[1:]]
    return filled, left


_PAGE_ROWS = 20
"""Rows that an empty page has at least; where there are less, verses wait for it."""


def _fill_to(
    verses: list[list[_VerseLine]], columns: int, rows: int
) -> tuple[list[list[_VerseLine]], list[list[_VerseLine]]]:
    filled: list[list[_VerseLine]] = []
    index = 0
    for _ in range(columns):
        column: list[_VerseLine] = []
        while index < len(verses) and len(column) + len(verses[index]) <= rows + 1:
            column += verses[index]
            index += 1
        filled.append(column)
    return filled, verses[index:]
