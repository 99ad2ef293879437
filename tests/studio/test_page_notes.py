"""Notes changed on the score: chosen by a tap or keys, changed by keys or buttons."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import Visit, music, selected

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

JIG = """X:1
T:Of notes
R:jig
M:6/8
L:1/8
K:G
|:GBd gdB|c2A F2D|GBd gdB|A3 G3:|
|:gdB gdB|a2f d2f|gdB gdB|A3 G3:|
"""
# What is struck: a note that is chosen or changed sounds.
LISTEN = """
window.struck = 0;
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...given) {
  struck++;
  return start.apply(this, given);
};
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def head(page: Any, number: int) -> Any:
    """Return a note head, in sight and not under the player."""
    found = page.locator("#score .note .notehead").nth(number)
    found.evaluate("head => head.scrollIntoView({ block: 'center' })")
    return found


def press(one: Visit, *keys: str) -> str:
    """Press keys one by one, each when the last has been followed; return the music."""
    for key in keys:
        before = one.text()
        one.page.keyboard.press(key)
        one.until("before => abc.value !== before", before)
    one.drawn()
    return music(one.text())


def status(one: Visit, said: str) -> None:
    one.until("said => document.getElementById('status').textContent === said", said)


def test_a_note_is_changed_by_keys_and_each_change_undone(visit: Callable[..., Visit]) -> None:
    one = visit(script=LISTEN)
    page = one.open()
    one.show(JIG)
    head(page, 6).click(force=True)
    assert page.text_content("#note-name") == "C, crotchet, bar 2"
    one.until("struck > 0")
    drawn, struck = one.score(), page.evaluate("struck")
    assert press(one, "ArrowUp").startswith("|:GBd gdB|d2A F2D|")
    status(one, "C up to D, bar 2")
    one.until("struck => window.struck > struck", struck)
    one.until("document.getElementById('note-name').textContent === 'D, crotchet, bar 2'")
    assert one.score() != drawn
    for keys, bar in (
        (("ArrowDown", "Shift+ArrowUp"), "c'2A"),
        (("Shift+ArrowDown", "+"), "^c2A"),
        (("-", "Shift+ArrowRight"), "c3A"),
        (("Shift+ArrowLeft", "Enter"), "c2c2A"),
        (("Delete",), "c2z2A"),
        (("Backspace",), "c2A"),
    ):
        assert press(one, *keys).split("|")[2] == f"{bar} F2D"
    # The note that stands where the rest stood is the next to be changed.
    assert press(one, "ArrowUp").split("|")[2] == "c2B F2D"
    for _ in range(3):
        press(one, "Control+z")
    assert music(one.text()).split("|")[2] == "c2c2A F2D"
    assert page.is_visible("#note-bar")
    assert press(one, "ArrowUp") != ""
    page.fill("#abc", JIG)  # who types has left the note
    assert page.is_hidden("#note-bar")


def test_notes_are_reached_by_keys_alone(visit: Callable[..., Visit]) -> None:
    one = visit(script=LISTEN)
    page = one.open()
    one.show(JIG)
    one.bars().first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    assert page.text_content("#note-name") == "C, crotchet, bar 2"
    cursor = page.get_by_role("spinbutton", name="Note", exact=True)
    assert cursor.get_attribute("aria-valuetext") == "C, crotchet, bar 2"
    page.keyboard.press("ArrowRight")
    assert cursor.get_attribute("aria-valuetext") == "A, quaver, bar 2"
    page.keyboard.press("End")
    assert cursor.get_attribute("aria-valuetext") == "G, dotted crotchet, bar 8"
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert cursor.get_attribute("aria-valuetext") == "D, quaver, bar 7"
    assert press(one, "ArrowUp").endswith("gdB geB|A3 G3:|\n")
    assert page.evaluate("document.activeElement.className") == "note-cursor shown"
    for _ in range(4):  # the bar of buttons is one stop, and arrows lead on
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Note before"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert press(one, "Enter").endswith("gdB gdB|A3 G3:|\n")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#note-bar')")
    cursor.focus()
    page.keyboard.press("Space")  # plays, and changes nothing
    page.wait_for_selector("#play[data-state=playing]")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert page.is_hidden("#note-bar")
    assert page.evaluate("document.activeElement.ariaLabel") == "Bar 7"
    page.keyboard.press("?")
    assert "a step up or down in the key" in page.inner_text("#keys-list")


def test_on_a_phone_a_tap_chooses_and_buttons_change(visit: Callable[..., Visit]) -> None:
    one = visit(script=LISTEN, locale="es-ES", **PHONE)
    page = one.open()
    one.show(JIG)
    box = head(page, 9).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.inner_text("#note-name") == "re, corchea, compás 2"
    for button in page.locator("#note-bar button").all():
        place = button.bounding_box()
        assert min(place["width"], place["height"]) >= 43.9, button.inner_text()
    page.tap("#note-bar [data-change=up]")
    status(one, "re sube a mi, compás 2")
    page.tap("#note-bar [data-change=longer]")
    status(one, "mi más larga: corchea con puntillo, compás 2")
    assert music(one.text()).split("|")[2] == "c2A F2E3/2"
    page.wait_for_selector("#problems .fault")  # the bar has become too long
    page.tap("#note-undo")
    one.until("document.getElementById('note-name').textContent === 'mi, corchea, compás 2'")
    one.drawn()
    page.tap("#note-bar [data-go='1']")
    one.until("document.getElementById('note-name').textContent === 'sol, corchea, compás 3'")
    page.tap("#its-bar")
    assert selected(page) == [2]
    assert page.is_hidden("#note-bar")
    # Off the heads, a tap is for the bar.
    one.bars().nth(1).evaluate("bar => bar.scrollIntoView({ block: 'center' })")
    bar = one.bars().nth(1).bounding_box()
    page.touchscreen.tap(bar["x"] + bar["width"] / 2, bar["y"] + 4)
    one.until("document.querySelector('[aria-selected=true]').dataset.bar === '1'")
    assert selected(page) == [1]


def test_what_cannot_be_done_is_told(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show("X:1\nM:6/8\nL:1/8\nK:C\nC,,,,,6|z6|[CE]6|\n")
    head(page, 0).click(force=True)
    page.keyboard.press("Shift+ArrowDown")
    status(one, "the note would leave the range of MIDI")
    page.keyboard.press("ArrowRight")
    assert page.text_content("#note-name") == "Rest, dotted minim, bar 2"
    page.keyboard.press("Delete")
    status(one, "the rest is all that its bar has: without it there is no bar")
    assert press(one, "ArrowUp") == "C,,,,,6|C,,,,,6|[CE]6|\n"
    page.keyboard.press("ArrowRight")
    assert page.text_content("#note-name") == "C E, dotted minim, bar 3"
    assert press(one, "Delete") == "C,,,,,6|C,,,,,6|z6|\n"
    one.complaints = [said for said in one.complaints if "422" not in said]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_a_note_is_chosen(visit: Callable[..., Visit], scheme: str) -> None:
    one = visit(color_scheme=scheme, viewport={"width": 320, "height": 700}, locale="es-ES")
    page = one.open()
    one.show(JIG)
    head(page, 17).click(force=True)
    assert page.inner_text("#note-name") == "sol, negra con puntillo, compás 4"
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    bar = page.locator("#note-bar").bounding_box()
    for button in page.locator("#note-bar button").all():
        place = button.bounding_box()
        assert bar["x"] <= place["x"] <= bar["x"] + bar["width"] - place["width"]
