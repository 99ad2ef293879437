"""The page takes tunebooks in, and gives tunes away: as one book or as a zip."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido

from abcrun import Tune
from tests.studio.page import Visit
from tests.studio.test_page_library import line, lines
from tests.studio.test_page_opening import chosen
from tests.traditional import ALL, BLUEHILL, KESH, SALLY_GARDENS

BOOK = "\n".join(
    f"X:{number}\nT:Tune {number}\nM:6/8\nL:1/8\nK:G\nG3 {'GAB' * number}|\n"
    if number not in (7, 21)
    else f"X:{number}\nT:Lost {number}\nABc|\n"
    for number in range(1, 31)
)


def downloaded(page: Any, button: str) -> tuple[str, bytes]:
    """Press a button; return the name and the content of the file that it gives."""
    with page.expect_download() as download:
        page.click(button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def tick(page: Any, *names: str) -> None:
    """Choose tunes to take along."""
    if page.locator("#take:not([open])").count():
        page.click("#take summary")
    for name in names:
        line(page, name).get_by_role("checkbox").check()


def test_of_a_book_of_thirty_what_can_be_read_comes_in_and_the_rest_is_named(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    chosen(one, "thirty.abc", BOOK.encode())
    page.wait_for_selector("#notice:not([hidden])")
    said = page.inner_text("#notice-text")
    assert said.startswith("2 tunes of thirty.abc cannot be read. Lost 7 (line 43): ")
    assert "Lost 21 (line 138): the tune has no K:" in said
    assert lines(page) == [f"Tune {number}" for number in range(1, 31) if number not in (7, 21)]
    page.reload()
    one.drawn()
    assert len(lines(page)) == 28
    page.fill("#search", "tune 30")
    line(page, "Tune 30").locator(".open").click()
    one.until("abc.value.includes('T:Tune 30')")


def test_chosen_tunes_become_a_tunebook_that_our_reader_reads(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    page.fill("#abc", SALLY_GARDENS.replace("D2 z A|B", "D2 z A|\n\nB"))
    one.drawn()
    tick(page)
    one.until("document.getElementById('taken').innerText.includes('All 3 tunes')")
    name, book = downloaded(page, "#take-book")
    assert name == "tunes.abc"
    found = list(Tune.find(book.decode()))
    assert [tune.title for tune in found] == [
        "Down by the Salley Gardens",
        "The Boys of Bluehill",
        "The Kesh",
    ]
    for tune, text in zip(found, reversed(ALL), strict=True):
        assert tune.notes == Tune.parse(text).notes
    tick(page, "The Kesh", "The Boys of Bluehill")
    assert page.inner_text("#taken") == "2 tunes are chosen."
    _, book = downloaded(page, "#take-book")
    assert len(list(Tune.find(book.decode()))) == 2
    page.fill("#search", "kesh")
    assert page.inner_text("#taken") == "1 tune is chosen."


def test_a_zip_has_a_file_of_each_tune_under_a_name_of_its_own(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    other = KESH.replace("G3 GAB", "g3 gab")
    for text in (KESH, other, BLUEHILL.replace("The Boys of Bluehill", "Árbol")):
        one.show(text)
    tick(page)
    _, content = downloaded(page, "#take-zip")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert files.testzip() is None
        assert files.namelist() == ["arbol.abc", "the-kesh.abc", "the-kesh-2.abc"]
        assert files.read("the-kesh.abc").decode() == other
    page.select_option("#zip-format", "mid")
    _, content = downloaded(page, "#take-zip")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        for name in files.namelist():
            assert mido.MidiFile(file=io.BytesIO(files.read(name))).length > 5


def test_a_tune_that_makes_no_file_is_named_and_the_others_come(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    one.show(BLUEHILL)
    page.fill("#abc", "X:1\nT:Half a tune\nnothing")
    page.wait_for_selector("#problems button")
    tick(page)
    page.select_option("#zip-format", "mid")
    _, content = downloaded(page, "#take-zip")
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["the-kesh.mid"]
    page.wait_for_selector("#notice:not([hidden])")
    assert "Not in the zip: 1 tune. Half a tune" in page.inner_text("#notice-text")
    one.complaints[:] = [said for said in one.complaints if "422" not in said]


def test_several_tunes_are_removed_and_come_back_together(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    tick(page, "The Kesh", "Down by the Salley Gardens")
    page.click("#take-away")
    assert lines(page) == ["The Boys of Bluehill"]
    assert "2 tunes are removed" in page.inner_text("#removal-text")
    page.click("#unremove")
    assert len(lines(page)) == 3


def test_the_library_works_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    page.focus("#to-library")
    page.keyboard.press("Enter")

    def tab_to(expression: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({expression!r})"):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none"
                return
        raise AssertionError(f"{expression} is not reached")

    tab_to("#search")
    page.keyboard.type("hornpipe")
    tab_to(".star")
    page.keyboard.press("Space")
    page.wait_for_selector(".star[aria-pressed=true]")
    tab_to(".open")
    page.keyboard.press("Enter")
    one.until("abc.value.includes('Bluehill')")
    tab_to("[aria-expanded]")
    page.keyboard.press("Enter")
    tab_to(".actions button")
    page.keyboard.press("Enter")
    page.keyboard.type("Renamed")
    page.keyboard.press("Escape")
    assert lines(page) == ["The Boys of Bluehill"]
    assert page.evaluate("document.activeElement.matches('[aria-expanded]')")
    page.keyboard.press("Enter")
    tab_to(".actions button")
    page.keyboard.press("Enter")
    page.keyboard.type("A hornpipe")
    page.keyboard.press("Enter")
    assert lines(page) == ["A hornpipe"]
