"""Tunes on paper: how large the staff is, which tunes share a page, and the index of a
book. The same for one tune and for many.

Lengths are in millimetres. A sheet is a tune, or a part of it, as it lies on one page.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil

from abcrun.errors import RenderError, UsageError
from abcrun.files import packaged
from abcrun.formats import PAPERS
from abcrun.score import engraving
from abcrun.score.engraver import MARGIN, SCALE
from abcrun.score.page import spread
from abcrun.score.svg_text import text_width, wrap

STAVES = (7.0, 6.0)
"""Heights of the staff: that of printed tunebooks, and the smaller one that brings a
long tune onto one page."""
_SIZES = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
_SYSTEM = 180.0
"""Width of a system: on both papers the same, so that both have the same systems."""
_TOP, _BOTTOM = 10.0, 14.0
_GAP = 8.0
"""Between two tunes on a page."""
_FARTHER = 7.0
"""By how much the systems of a page may stand farther from each other than they need
to: by a staff."""
_STAFF_UNITS = 28.8
"""Height of a staff in the units of pictures."""

_ALONE = 6
"""Tunes of a set, which is too short for an index."""
_ROW, _ROW_SIZE = 6.4, 11.0
_TITLE_SIZE, _TITLE_ROOM = 22.0, 16.0
_NUMBER_SIZE = 10.0
_POINT = 25.4 / 72
_MOST_TITLE, _MOST_KIND = 112.0, 46.0
"""Widths of what the index says of a tune."""
_ARTICLE = re.compile(r"(?:the|an?|el|la|los|las)\s+(?=\S)")

Engrave = Callable[[int, int], list[str]]
"""Engraves a tune on pages of a width and a height, in units."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A tune to be printed; `kind` is what the index says beside its title."""

    title: str
    kind: str
    engrave: Engrave


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its picture, the systems on it, its height with margins, and how many
    millimetres a unit of the picture takes."""

    svg: str
    systems: int
    height: float
    unit: float

    def extra(self, room: float) -> float:
        """Return by how much its systems may be farther from each other in a room."""
        if self.systems < 2:
            return 0.0
        return max(0.0, min(_FARTHER, (room - self.height) / (self.systems - 1)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet lies: the index of its tune and its own among the tune's sheets,
    how far below the top margin, and how much farther apart its systems are."""

    tune: int
    sheet: int
    top: float
    extra: float


@dataclass(slots=True)
class _Page:
    """A page as `book.typ` reads it."""

    lines: list[dict[str, object]] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    pictures: list[dict[str, object]] = field(default_factory=list)
    number: dict[str, object] | None = None


def check_paper(paper: str) -> None:
    """Raise `UsageError` for a paper that is none of `PAPERS`."""
    if paper not in PAPERS:
        raise UsageError(f"unknown paper {paper!r}: one of {', '.join(PAPERS)}")


def print_pdf(tunes: Sequence[Printed], title: str, paper: str) -> bytes:
    """Return tunes as a PDF under a title, in their order: a tune has a page, and two
    that are short enough share one.

    More than a few have an index, by title, before them. Raises `UsageError` for an
    unknown paper, `RenderError` as engraving does.
    """
    check_paper(paper)
    book = _Book(tunes, title, paper)
    layout = {
        "title": title,
        "width": book.width,
        "height": book.height,
        "pages": [asdict(page) for page in book.pages],
    }
    template = packaged("score/book.typ").read_text("utf-8")
    return engraving.pdf(template, json.dumps(layout, ensure_ascii=False), book.pictures)


def sheets_of(engrave: Engrave, room: float) -> list[Sheet]:
    """Engrave a tune for pages with so much room: on one, if the smaller staff brings
    it there."""
    found: list[Sheet] = []
    for staff in STAVES:
        unit = staff / _STAFF_UNITS
        pages = engrave(round(_SYSTEM / unit + 2 * MARGIN * SCALE / 100), int(room / unit))
        if len(pages) == 1 or not found:
            found = [Sheet(svg, _systems(svg), _height(svg) * unit, unit) for svg in pages]
        if len(pages) == 1:
            break
    return found


def places_of(tunes: Sequence[Sequence[Sheet]], room: float, head: float) -> list[list[Place]]:
    """Return where the sheets of tunes lie, page by page; on the first page there is a
    heading of a height.

    Two tunes of one page each share one where there is room for both.
    """
    pages: list[list[Place]] = []
    index = 0
    while index < len(tunes):
        top = head if not pages else 0.0
        sheets = tunes[index]
        following = tunes[index + 1] if index + 1 < len(tunes) else ()
        if len(sheets) == len(following) == 1 and (
            sheets[0].height + _GAP + following[0].height <= room - top
        ):
            pages.append(_shared(index, sheets[0], following[0], room, top))
            index += 2
            continue
        for number, sheet in enumerate(sheets):
            # A tune of several pages has as many systems on each as it holds.
            extra = sheet.extra(room - top) if len(sheets) == 1 else 0.0
            pages.append([Place(index, number, top, extra)])
            top = 0.0
        index += 1
    return pages


def _shared(index: int, first: Sheet, second: Sheet, room: float, top: float) -> list[Place]:
    """Return two tunes on one page: each on its half, where the halves hold them."""
    half = (room - top - _GAP) / 2
    if max(first.height, second.height) <= half:
        return [
            Place(index, 0, top, first.extra(half)),
            Place(index + 1, 0, top + half + _GAP, second.extra(half)),
        ]
    slack = room - top - _GAP - first.height - second.height
    extra = min(_FARTHER, slack / max(1, first.systems + second.systems - 2))
    height = first.height + extra * (first.systems - 1)
    return [Place(index, 0, top, extra), Place(index + 1, 0, top + height + _GAP, extra)]


class _Book:
    """The pages of a book, and the pictures on them by name."""

    def __init__(self, tunes: Sequence[Printed], title: str, paper: str) -> None:
        self.width, self.height = _SIZES[paper]
        self.pages: list[_Page] = []
        self.pictures: dict[str, str] = {}
        self._tunes = tunes
        self._left = (self.width - _SYSTEM) / 2
        room = self.height - _TOP - _BOTTOM
        has_index = len(tunes) > _ALONE
        # A tune alone is its own title.
        head = _TITLE_ROOM if title and 1 < len(tunes) <= _ALONE else 0.0
        engraved = [
            self._engraved(tune, room - (0.0 if number else head))
            for number, tune in enumerate(tunes)
        ]
        places = places_of(engraved, room, head)
        if has_index:
            self._add_index(title, places, room)
        elif head:
            self.pages.append(_Page())
            self._add_title(title)
        for number, page in enumerate(places):
            if number or not head:
                self.pages.append(_Page())
            for place in page:
                self._add_sheet(place, engraved[place.tune][place.sheet])
        if len(self.pages) > 1:
            for number, one in enumerate(self.pages, 1):
                one.number = self._line(str(number), self.height - 11.0, _NUMBER_SIZE)

    def _engraved(self, tune: Printed, room: float) -> list[Sheet]:
        try:
            return sheets_of(tune.engrave, room)
        except RenderError as error:
            if len(self._tunes) == 1:
                raise
            raise RenderError(f"{tune.title or 'a tune without a title'}: {error}") from None

    def _line(self, text: str, y: float, size: float) -> dict[str, object]:
        """Return a line in the middle of the page."""
        return {"text": text, "x": self._left, "y": y, "width": _SYSTEM, "size": size}

    def _add_title(self, title: str) -> None:
        self.pages[-1].lines.append(
            self._line(_cut(title, _SYSTEM, _TITLE_SIZE), 14.0, _TITLE_SIZE)
        )

    def _add_index(self, title: str, places: Sequence[Sequence[Place]], room: float) -> None:
        """Add pages with the titles in order, and where each tune is."""
        head = _TITLE_ROOM if title else 0.0
        rows = int((room - head) / _ROW)
        pages = ceil(len(self._tunes) / rows)
        found = {
            place.tune: (number, place.top)
            for number, page in enumerate(places, pages + 1)
            for place in page
            if place.sheet == 0
        }
        order = sorted(range(len(self._tunes)), key=lambda at: (sorting(self._tunes[at].title), at))
        for first in range(0, len(order), rows):
            self.pages.append(_Page())
            if title:
                self._add_title(title)
            for number, tune in enumerate(order[first : first + rows]):
                page, top = found[tune]
                self.pages[-1].rows.append({
                    "title": _cut(self._tunes[tune].title, _MOST_TITLE, _ROW_SIZE),
                    "kind": _cut(self._tunes[tune].kind, _MOST_KIND, _ROW_SIZE),
                    "page": page, "top": top, "x": self._left, "width": _SYSTEM,
                    "y": _TOP + 4.0 + head + number * _ROW, "size": _ROW_SIZE,
                })  # fmt: skip

    def _add_sheet(self, place: Place, sheet: Sheet) -> None:
        tune = self._tunes[place.tune]
        name = f"p{len(self.pictures)}"
        self.pictures[name] = spread(sheet.svg, place.extra / sheet.unit)
        edge = MARGIN * SCALE / 100 * sheet.unit
        is_marked = place.sheet == 0 and len(self._tunes) > 1
        self.pages[-1].pictures.append({
            "name": name, "alt": tune.title, "bookmark": tune.title if is_marked else "",
            "x": self._left - edge, "y": _TOP + place.top, "width": _SYSTEM + 2 * edge,
        })  # fmt: skip


def sorting(title: str) -> str:
    """Return a title as an index sorts it: without article, accents and capitals."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _ARTICLE.sub("", letters, count=1) if _ARTICLE.match(letters) else letters


def _cut(text: str, width: float, size: float) -> str:
    """Return as many words as a width holds, in letters of a size in points."""
    if text_width(text, size * _POINT) <= width:
        return text
    return f"{wrap(text, size * _POINT, width)[0]}…"


def _systems(svg: str) -> int:
    return svg.count('class="system"')


def _height(svg: str) -> float:
    """Return the height of a picture in its units."""
    found = re.search(r'viewBox="[^"]* ([0-9.]+)"', svg)
    return float(found[1]) if found else 0.0
