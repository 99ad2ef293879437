"""The page takes what is pasted: several tunes become several tunes, and can be given
back; an emptied text comes back by undo."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import TUNE, Visit
from tests.traditional import BLUEHILL, KESH, SALLY_GARDENS

PASTE = """([selector, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste",
    { clipboardData: data, bubbles: true, cancelable: true });
  return !document.querySelector(selector).dispatchEvent(event);
}"""


def paste(page: Any, selector: str, text: str) -> bool:
    """Paste a text into an element; return whether the page took it for itself."""
    return bool(page.evaluate(PASTE, [selector, text]))


def names(page: Any) -> list[str]:
    return sorted(page.locator("#tunes .name").all_text_contents())


@pytest.mark.parametrize("place", ["body", "#abc", "#letters", "#opening"])
def test_several_pasted_tunes_become_several_and_can_be_given_back(
    visit: Callable[..., Visit], place: str
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    assert paste(page, place, f"{BLUEHILL}\n{SALLY_GARDENS}")
    one.until("text => abc.value === text", BLUEHILL)
    page.wait_for_selector("#notice:not([hidden])")
    assert "2 tunes have come in: the first is on the sheet." in page.inner_text("#notice-text")
    assert names(page) == ["Down by the Salley Gardens", "The Boys of Bluehill", "The Kesh"]
    page.click("#notice-text button")
    one.until("text => abc.value === text", KESH)
    assert names(page) == ["The Kesh"]
    page.select_option("#shown", "removed")
    assert page.locator("#tunes .name").count() == 2


def test_a_tune_pasted_among_another_is_a_tune_of_its_own(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    page.evaluate("abc.setSelectionRange(abc.value.length, abc.value.length)")
    assert paste(page, "#abc", BLUEHILL)
    one.until("text => abc.value === text", BLUEHILL)
    page.evaluate("abc.select()")
    assert not paste(page, "#abc", SALLY_GARDENS), "it takes the place of the text"
    assert not paste(page, "#abc", "GAB c2d|"), "bars are pasted as letters are typed"
    assert not paste(page, "#search", f"{KESH}\n{BLUEHILL}"), "a search is no music"


def test_undo_after_emptying_brings_back_what_was_emptied(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    page.click("#vary")
    one.until("text => abc.value !== text && !abc.readOnly", arg=KESH)
    varied = one.text()
    page.fill("#abc", "")
    page.wait_for_selector("#empty")
    page.click("#undo")
    one.until("text => abc.value === text", arg=varied)
    page.click("#undo")
    one.until("text => abc.value === text", arg=KESH)


def test_what_is_typed_after_emptying_replaces_no_version(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    edited = KESH.replace("G3 GAB", "G2B GAB")
    other = KESH.replace("G3 GAB", "g3 gab")
    for text in (edited, "", other):  # at once: else it is one stretch of typing
        page.fill("#abc", text)
    for text in (edited, KESH):
        page.click("#undo")
        one.until("text => abc.value === text", arg=text)
    page.fill("#abc", "")
    page.wait_for_selector("#empty")
    assert page.is_enabled("#undo"), "the first version was emptied, too"
    page.click("#undo")
    one.until("text => abc.value === text", arg=KESH)
