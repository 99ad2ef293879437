"""The page compares two tunes, or two versions of one, for the eye and for the ear."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import Visit
from tests.studio.test_page_candidates import POLKA, card, compose_six, wish
from tests.traditional import KESH

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

CHANGED = KESH.replace("A3 ABd", "A2B ABd").replace("gfg aga", "gfe def")
LONGER = CHANGED + "|:G3 B3|d3 g3:|\n"


def edit(one: Visit, *texts: str) -> None:
    """Make each text a version of its own."""
    for text in texts:
        one.page.fill("#abc", text)
        one.until("text => abc.value === text", arg=text)
        one.drawn()
        # What is typed at once after it would be of the same version.
        one.page.evaluate("Date.now = (now => () => now() + 5000)(Date.now)")


def marked(page: Any, side: str) -> int:
    return int(page.locator(f"#compare-score-{side} .differs").count())


def sounds(page: Any, side: str) -> bool:
    return bool(page.locator(f"#compare-score-{side} .sounding").count())


def test_versions_are_compared_bar_by_bar_and_heard_at_the_same_place(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    assert page.is_disabled("#compare-versions")
    edit(one, CHANGED, LONGER)
    page.click("#play")
    one.plays_until(0.1)
    page.click("#compare-versions")
    one.stands()  # one thing is heard at a time
    one.until("document.getElementById('compare-says').textContent !== ''")
    assert page.inner_text("#compare-says") == "Different bars: in A none, in B 17–18."
    assert (marked(page, "a"), marked(page, "b")) == (0, 2)
    page.select_option("#compare-b", index=2)  # the tune as it came
    one.until("document.getElementById('compare-says').textContent.endsWith(': 2, 15.')")
    assert (marked(page, "a"), marked(page, "b")) == (2, 2)
    page.locator("#compare-place").fill("4")
    page.click("#compare-play")
    one.until("document.querySelector('#compare-score-a .sounding')")
    page.click("#heard-b")
    one.until("document.querySelector('#compare-score-b .sounding')")
    assert not sounds(page, "a")
    assert 4 <= int(page.input_value("#compare-place")) < 12
    page.keyboard.press("a")
    one.until("document.querySelector('#compare-score-a .sounding')")
    page.click("#compare-play")
    assert not sounds(page, "a")
    page.click("#take-b")
    one.until("text => abc.value === text", arg=KESH)
    assert page.is_hidden("#compare") and page.is_enabled("#redo")


def test_a_candidate_is_compared_with_the_tune_on_the_desk(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    wish(page, **POLKA)
    tunes = compose_six(one)
    card(page, 2).get_by_role("button", name="More about").click()
    card(page, 2).get_by_role("button", name="Compare").click()
    one.until("document.getElementById('compare-says').textContent !== ''")
    assert page.inner_text("#compare-says") == "They have no bar in common."
    assert page.input_value("#compare-b") == tunes[2]["id"]
    assert (marked(page, "a"), marked(page, "b")) == (0, 0)
    page.select_option("#compare-a", index=0)
    page.select_option("#compare-b", index=0)
    one.until("document.getElementById('compare-says').textContent.includes('alike')")
    page.select_option("#compare-b", index=1)
    page.click("#take-b")
    one.until("text => abc.value === text", arg=tunes[1]["abc"])


@pytest.mark.parametrize(("width", "locale"), [(320, "es-ES"), (1280, "en-US")])
def test_comparing_is_for_everyone(visit: Callable[..., Visit], width: int, locale: str) -> None:
    is_phone = width < 500
    one = visit(
        viewport={"width": width, "height": 800},
        locale=locale,
        has_touch=is_phone,
        is_mobile=is_phone,
        reduced_motion="reduce",
    )
    page = one.open()
    one.show(KESH)
    edit(one, CHANGED)
    page.focus("#compare-versions")
    page.keyboard.press("Enter")
    one.until("document.querySelectorAll('.differs').length === 4")
    says = "Compases distintos: 2, 15." if is_phone else "Different bars: 2, 15."
    assert page.inner_text("#compare-says") == says
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
    assert page.evaluate("compare.scrollWidth <= compare.clientWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('#compare button, #compare .chip, #compare select')]"
        ".filter(e => e.getBoundingClientRect().height < 40).map(e => e.outerHTML)"
    )
    assert small == []
    page.keyboard.press("Space")  # the focus is on the player's button
    one.until("document.querySelector('#compare-score-a .sounding')")
    page.keyboard.press("b")
    one.until("document.querySelector('#compare-score-b .sounding')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "compare-versions"
    assert page.evaluate("document.querySelectorAll('#compare-score-b .sounding').length") == 0
