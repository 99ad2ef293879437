"""Printed pages: the size of the staff, systems by the lines of the text, two short
tunes on a page, books with an index."""

import io
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pypdf
import pytest

from abcrun import RenderError, Tune, UsageError, render_book
from abcrun.score.printing import Printed, Sheet, places_of, print_pdf, sheets_of, sorting
from abcrun.score.score import printed
from tests import traditional
from tests.score.pictures import SVG, needs_score

HEAD = "X:1\nT:{}\nR:reel\nM:4/4\nL:1/8\nK:Ador\n"
LINE = "eAAB c2Bc|dBGB A2G2|eAAB c2Bc|dBgB A4"
A4_ROOM = 273.0


def tune(title: str, lines: int) -> str:
    return HEAD.format(title) + f"{LINE}|\n" * (lines - 1) + f"{LINE}|]\n"


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def sheet(height: float, systems: int = 4) -> Sheet:
    return Sheet("", systems, height, 0.25)


# How pages are filled


def test_two_short_tunes_share_a_page_and_a_long_one_has_its_own() -> None:
    tunes = [[sheet(100)], [sheet(100)], [sheet(200, 8)], [sheet(100)], [sheet(260)], [sheet(90)]]
    pages = places_of(tunes, A4_ROOM, 0)
    assert [[place.tune for place in page] for page in pages] == [[0, 1], [2], [3], [4], [5]]
    # The second one begins in the middle of the page.
    assert pages[0][1].top == pytest.approx(A4_ROOM / 2, abs=5)


def test_systems_fill_the_page_and_none_is_cut() -> None:
    tunes = [[sheet(90)], [sheet(150, 6)], [sheet(215, 9)], [sheet(270, 12)]]
    pages = places_of(tunes, A4_ROOM, 0)
    for page in pages:
        ends = []
        for place in page:
            (one,) = tunes[place.tune]
            assert 0 <= place.extra <= 7  # no farther apart than a staff
            ends.append((place.top, place.top + one.height + place.extra * (one.systems - 1)))
        assert all(end <= start for (_, end), (start, _) in pairwise(ends))
        assert ends[-1][1] <= A4_ROOM + 1e-9
    assert pages[-2][0].extra > 6


def test_a_heading_has_room_above_the_first_tune() -> None:
    first, *_ = places_of([[sheet(100)], [sheet(100)]], A4_ROOM, 16)
    assert first[0].top == 16
    alone, _ = places_of([[sheet(130)], [sheet(130)]], A4_ROOM, 16)
    assert [place.tune for place in alone] == [0]


def test_the_pages_of_a_long_tune_follow_each_other() -> None:
    pages = places_of([[sheet(270), sheet(50)], [sheet(50)]], A4_ROOM, 0)
    assert [[(place.tune, place.sheet) for place in page] for page in pages] == [
        [(0, 0)],
        [(0, 1)],
        [(1, 0)],
    ]


# Engraved


def staves_of(one: Sheet) -> list[list[float]]:
    """Return the heights of the lines of each staff, in units, from the top of the
    sheet."""
    root = ET.fromstring(one.svg)
    staves = []
    for system in (group for group in root.iter(f"{SVG}g") if group.get("class") == "system"):
        moved = re.search(r"translate\(0, ([0-9.]+)\)", system.get("transform", ""))
        staff = next(group for group in system.iter(f"{SVG}g") if group.get("class") == "staff")
        lines = [line.get("d", "").split()[1] for line in staff.findall(f"{SVG}path")]
        down = float(moved[1]) if moved else 0.0
        staves.append([(float(line) + down) / 25 for line in lines])
    return staves


@needs_score
@pytest.mark.parametrize("lines", [1, 10])
def test_a_tune_lies_on_one_page_in_the_lines_of_its_text(lines: int) -> None:
    (found,) = sheets_of(printed(Tune.parse(tune("t", lines)).score()).engrave, A4_ROOM)
    staves = staves_of(found)
    assert len(staves) == found.systems == lines
    assert found.svg.count('class="measure"') == 4 * lines
    heights = [(staff[-1] - staff[0]) * found.unit for staff in staves]
    assert heights == pytest.approx([7.0] * lines, abs=0.05)
    assert staves[-1][-1] * found.unit < found.height < A4_ROOM


@needs_score
def test_a_smaller_staff_brings_a_long_tune_onto_one_page() -> None:
    (found,) = sheets_of(printed(Tune.parse(tune("t", 13)).score()).engrave, A4_ROOM)
    staves = staves_of(found)
    assert (staves[0][-1] - staves[0][0]) * found.unit == pytest.approx(6.0, abs=0.05)
    # A longer one goes on overleaf, and keeps its size.
    first, second = sheets_of(printed(Tune.parse(tune("t", 17)).score()).engrave, A4_ROOM)
    assert first.systems + second.systems == 17
    assert first.unit == pytest.approx(7.0 / 28.8)


@needs_score
@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_both_papers_have_the_same_systems(paper: str, size: tuple[int, int]) -> None:
    score = Tune.parse(traditional.KESH).score()
    (page,) = pypdf.PdfReader(io.BytesIO(score.pdf(paper))).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == size
    assert "The Kesh" in page.extract_text()
    room = 297 if paper == "a4" else 279.4
    (found,) = sheets_of(printed(score).engrave, room - 24)
    assert found.systems == 4


# Books


@pytest.fixture(scope="module")
def book() -> bytes:
    """Return a book of forty tunes: short ones, three long ones, and at the end one of
    two pages."""
    titles = ["The Zephyr", "Ávila", "Long 1", "An Alder", "El Bosque", "Long 2", "Éire"]
    titles += ["Long 3", *(f"Mist {number}" for number in range(10, 41))]
    texts = [tune(title, 8 if "Long" in title else 4) for title in titles]
    return render_book(map(Tune.parse, [*texts, tune("A two pages", 17)]), title="Winter book")


@needs_score
def test_a_book_has_an_index_with_the_right_pages(book: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(book))
    pages = [page.extract_text() for page in reader.pages]
    assert reader.metadata is not None
    assert reader.metadata.title == "Winter book"
    index = pages[0].splitlines()
    assert index[0] == "Winter book"
    rows = [re.match(r"(.*?) +reel · Ador +[. ]+ ([0-9]+)$", line) for line in index]
    listed = {row[1]: int(row[2]) for row in rows if row}
    assert len(listed) == 40
    # Sorted as musicians look them up: without articles and accents.
    first = ("An Alder", "Ávila", "El Bosque", "Éire", "Long 1", "Long 2", "Long 3", "Mist 10")
    assert list(listed)[:8] == [*first]
    assert list(listed)[-2:] == ["A two pages", "The Zephyr"]
    for title, page in listed.items():
        assert title in pages[page - 1]
    # Two short ones share a page, but for those that a long one parts.
    names = ("The Zephyr", "Ávila", "Long 1", "An Alder", "El Bosque", "Long 2", "Éire", "Long 3")
    assert [listed[name] for name in names] == [2, 2, 3, 4, 4, 5, 6, 7]
    assert [listed[f"Mist {number}"] for number in range(10, 41)] == [
        8 + (number - 10) // 2 for number in range(10, 41)
    ]
    assert listed["A two pages"] == 24
    assert [page.splitlines()[-1] for page in pages] == [str(n) for n in range(1, 26)]


@needs_score
def test_the_index_leads_to_the_tunes_and_so_do_bookmarks(book: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(book))
    marks = {
        str(mark["/Title"]): reader.get_destination_page_number(mark) for mark in reader.outline
    }  # type: ignore[arg-type,call-overload]
    assert (marks["The Zephyr"], marks["Long 1"]) == (1, 2)
    links = [note.get_object() for note in reader.pages[0].get("/Annots", [])]
    assert len(links) >= 40
    assert {str(link["/Subtype"]) for link in links} == {"/Link"}


@needs_score
def test_a_set_has_its_title_above_the_first_tune_and_no_index() -> None:
    tunes = [Tune.parse(tune(title, 4)) for title in ("One", "Two", "Three")]
    first, second = pages_of(render_book(tunes, title="A set"))
    assert first.splitlines()[0] == "A set"
    assert "One" in first and "Two" in first and "Three" in second
    assert (first.splitlines()[-1], second.splitlines()[-1]) == ("1", "2")
    assert render_book(tunes, title="A set") == render_book(tunes, title="A set")


@needs_score
def test_a_title_that_no_line_of_the_index_holds_ends_in_dots() -> None:
    texts = [tune("Endless " * 30 if not n else f"Tune {n}", 1) for n in range(7)]
    index = pages_of(render_book(map(Tune.parse, texts)))[0].splitlines()
    assert len([line for line in index if line.endswith(("2", "3", "4", "5"))]) == 7
    assert "Endless…" in index[0]


def test_titles_are_sorted_without_article_accents_and_capitals() -> None:
    titles = ["The Bee", "apple", "Ábaco", "La Cabra", "The", "Thexton"]
    assert sorted(titles, key=sorting) == [
        "Ábaco",
        "apple",
        "The Bee",
        "La Cabra",
        "The",
        "Thexton",
    ]


def test_what_cannot_be_printed_is_told() -> None:
    with pytest.raises(UsageError, match="unknown paper 'a5': one of a4, letter"):
        Tune.parse(traditional.KESH).score().pdf("a5")
    with pytest.raises(UsageError, match="there is no tune to print"):
        render_book([])

    def fails(_width: int, _height: int) -> list[str]:
        raise RenderError("the engraver crashed on this tune")

    broken = Printed("The Kesh", "jig", fails)
    with pytest.raises(RenderError, match=r"^the engraver crashed"):
        print_pdf([broken], "", "a4")
    with pytest.raises(RenderError, match=r"^The Kesh: the engraver crashed"):
        print_pdf([broken, broken], "", "a4")
