"""Ranges of bars: by the mouse, by a finger, by presses one after the other."""

from collections.abc import Callable
from typing import Any

from tests.studio.page import Visit, selected
from tests.studio.test_page_notes import JIG, PHONE

VOICES = "X:1\nM:2/4\nL:1/8\nK:C\nV:1\nCDEF|GABc|dcBA|\nV:2\nC4|E4|G4|\n"


class Finger:
    """A finger on a phone."""

    def __init__(self, one: Visit) -> None:
        self._page = one.page
        self._devtools = one.context.new_cdp_session(one.page)

    def _send(self, kind: str, *points: dict[str, float]) -> None:
        self._devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [*points]})

    def move(self, start: tuple[float, float], to: tuple[float, float], *, rest: int = 0) -> None:
        """Go from one point to another, after a rest of so many milliseconds."""
        self._send("touchStart", {"x": start[0], "y": start[1]})
        self._page.wait_for_timeout(rest)
        for share in (0.25, 0.5, 0.75, 1):
            x, y = (a + (b - a) * share for a, b in zip(start, to, strict=True))
            self._send("touchMove", {"x": x, "y": y})
            self._page.wait_for_timeout(30)
        self._page.wait_for_timeout(150)  # no swing: the page would scroll on
        self._send("touchEnd")


def middle(one: Visit, bar: int) -> tuple[float, float]:
    """Return the middle of a bar, in sight."""
    box: Any = one.bars().nth(bar).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_mouse_drags_over_bars_and_their_notes(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(JIG)
    page.mouse.move(*middle(one, 1))
    page.mouse.down()
    page.mouse.move(*middle(one, 2))
    page.mouse.move(*middle(one, 5), steps=4)
    page.mouse.up()
    assert selected(page) == [1, 2, 3, 4, 5]
    assert page.inner_text("#selection-name") == "Bars 2 to 6"
    page.click("#loop-here")  # a range is for all that a bar is for
    assert page.locator("#loop option:checked").inner_text() == "Bars 2 to 6"
    page.mouse.move(*middle(one, 6))  # backwards, too
    page.mouse.down()
    page.mouse.move(*middle(one, 4), steps=3)
    page.mouse.up()
    assert selected(page) == [4, 5, 6]
    page.keyboard.press("Escape")
    one.bars().nth(2).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert selected(page)[0] == 2


def test_a_range_stays_in_its_voice(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(VOICES)
    page.mouse.move(*middle(one, 0))
    page.mouse.down()
    page.mouse.move(*middle(one, 5), steps=5)  # the lower voice of the third bar
    page.mouse.up()
    assert selected(page) == [0, 1, 2]


def test_a_finger_that_rests_draws_a_range_and_one_that_moves_scrolls(
    visit: Callable[..., Visit],
) -> None:
    one = visit(**PHONE)
    page = one.open()
    one.show(JIG)
    one.bars().nth(2).evaluate("bar => bar.scrollIntoView({ block: 'center' })")
    finger = Finger(one)
    finger.move(middle(one, 2), middle(one, 4), rest=700)
    assert selected(page) == [2, 3, 4]
    page.wait_for_timeout(100)
    assert selected(page) == [2, 3, 4]
    page.tap("#unselect")
    before, (x, y) = page.evaluate("scrollY"), middle(one, 4)
    finger.move((x, y), (x, y - 200))
    one.until("before => scrollY > before + 50", before)
    assert selected(page) == []
    # Without any dragging: the button, then the last bar.
    one.bars().nth(2).evaluate("bar => bar.scrollIntoView({ block: 'center' })")
    box: Any = one.bars().nth(1).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 4)
    one.until("document.querySelector('#score [aria-selected=true]')")
    page.tap("#reach")
    page.touchscreen.tap(*middle(one, 3))
    one.until("document.getElementById('selection-name').textContent === 'Bars 2 to 4'")
    assert page.get_attribute("#reach", "aria-pressed") == "false"
