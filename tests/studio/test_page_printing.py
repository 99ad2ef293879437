"""The page on paper: the browser's own print shows the sheet of music alone, and the
library is taken along as a printed book."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest

from abcrun import Tune, render_book
from tests import traditional
from tests.score.pictures import needs_score
from tests.studio.page import Visit

pytestmark = needs_score

# The dialog of a browser without a screen would stay open for ever.
NO_DIALOG = "window.printed = 0; window.print = () => (window.printed += 1);"
EIGHT = "X:1\nT:Eight lines\nC:Trad.\nR:reel\nM:4/4\nL:1/8\nK:D\n" + "DEFG ABcd|dcBA GFED|" * 2 * 8
LINES = EIGHT.replace("GFED|DEFG ABcd|dcBA GFED|", "GFED|DEFG ABcd|dcBA GFED|\n")


def paper(page: Any, size: str = "A4") -> pypdf.PdfReader:
    """Return what the browser prints."""
    return pypdf.PdfReader(io.BytesIO(page.pdf(format=size, prefer_css_page_size=False)))


def systems_on(page: Any) -> list[int]:
    """Return how many measures each piece of the printout has."""
    counts: list[int] = page.evaluate(
        "[...document.querySelectorAll('.printout svg')]"
        ".map((piece) => piece.querySelectorAll('.measure').length)"
    )
    return counts


@pytest.mark.parametrize("width", [390, 1280])
def test_the_sheet_alone_is_printed_in_the_lines_of_its_text(
    visit: Callable[..., Visit], width: int
) -> None:
    one = visit(script=NO_DIALOG, viewport={"width": width, "height": 844})
    page = one.open()
    one.show(LINES)
    assert page.inner_text("#tune-kind") == "Reel · Trad."
    page.click("#print")
    one.until("window.printed === 1")
    assert systems_on(page) == [4] * 8
    for size in ("A4", "Letter"):
        (sheet,) = paper(page, size).pages
        text = sheet.extract_text()
        assert all(words in text for words in ("Eight lines", "reel", "Trad."))
        assert "Compose" not in text and "Play" not in text
        page.click("#print")
        one.until("!document.getElementById('print').disabled")


def test_no_system_is_cut_where_a_page_ends(visit: Callable[..., Visit]) -> None:
    one = visit(script=NO_DIALOG)
    page = one.open()
    one.show(LINES + LINES.partition("K:D\n")[2] * 2)
    page.click("#print")
    one.until("window.printed === 1")
    assert len(systems_on(page)) == 24
    # Each piece is a whole that pages break between.
    page.emulate_media(media="print")
    assert page.evaluate(
        "[...document.querySelectorAll('.printout svg')]"
        ".every((piece) => getComputedStyle(piece).breakInside === 'avoid')"
    )
    assert len(paper(page).pages) == 2


def test_the_menu_of_the_browser_prints_what_is_on_the_screen(visit: Callable[..., Visit]) -> None:
    one = visit(script=NO_DIALOG)
    page = one.open()
    one.show(LINES)
    (sheet,) = paper(page).pages
    text = sheet.extract_text()
    assert "Eight lines" in text
    assert text.split()[-1] == "29"  # the number over the last system: all are there
    assert "Compose" not in text
    # Nothing of it stays on the page.
    assert systems_on(page) == []
    page.keyboard.press("Control+p")
    one.until("window.printed === 1")


def test_the_library_is_taken_along_as_a_printed_book(visit: Callable[..., Visit]) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    for text in traditional.ALL:
        one.show(text)
    page.click("#take summary")
    with page.expect_download() as waited:
        page.click("#take-print")
    assert waited.value.suggested_filename == "tunes.pdf"
    book = Path(waited.value.path()).read_bytes()
    pages = [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(book)).pages]
    assert pages[0].startswith("Melodías")
    assert all(any(re.search(name, text) for text in pages) for name in ("Kesh", "Bluehill"))
    one.until("document.getElementById('status').innerText.includes('3 melodías en el libro')")
    tunes = [Tune.parse(text) for text in reversed(traditional.ALL)]
    assert len(pages) == len(
        pypdf.PdfReader(io.BytesIO(render_book(tunes, title="Melodías"))).pages
    )
