"""The page from phones to wide screens: one page, made narrower and wider, in light and
dark, with forced colours, in both languages, and by the Tab key."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import TUNE, Visit

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

NARROW, PHONE, ZOOMED = (320, 700), (390, 844), (640, 450)  # the last: 1280 by 900 at 200 %
TABLET, DESK, WIDE = (768, 1024), (1280, 900), (2560, 1300)
SIZES = (NARROW, PHONE, ZOOMED, TABLET, DESK, WIDE)

# `overflow: clip` hides what sticks out from scrollWidth.
OUTSIDE = """() => [...document.querySelectorAll("body *")].filter((e) => {
  if (!e.checkVisibility() || e.closest(".music, .bars, .incipit, .visually-hidden")) return false;
  if (getComputedStyle(e).position === "absolute") return false;
  const room = e.closest(".panel:not(.library), .choices, .go, .paper, .player, .pitch, .masthead");
  const most = room ? room.getBoundingClientRect().right : innerWidth;
  return e.getBoundingClientRect().right > Math.min(most, innerWidth) + 0.5;
}).map((e) => e.outerHTML.slice(0, 120))"""
CLIPPED = """() => [...document.querySelectorAll("button, select, label, h1, h2, h3, .tune-line")]
  .filter((e) => e.offsetParent && getComputedStyle(e).position !== "absolute"
    && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
  .map((e) => e.outerHTML.slice(0, 120))"""
# What a Tab must reach: of radio buttons the chosen one, of a list one option.
CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, select, input, textarea, summary, [tabindex]")]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0
    && !(e.type === "radio" && !e.checked))
  .map((e) => (e.dataset.control = e.id || e.name || e.textContent.trim() || e.ariaLabel))"""
FOCUSED = """() => {
  const e = document.activeElement;
  const shown = e.type === "radio" ? e.nextElementSibling : e;
  const box = shown.getBoundingClientRect();
  const tops = [0.05, 0.5, 0.95].flatMap((x) => [0.05, 0.5, 0.95].map((y) =>
    document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)));
  const isSeen = (top) => top && (top === e || shown.contains(top) || top.contains(shown));
  return {
    name: e.dataset.control ?? "",
    isMarked: getComputedStyle(shown).outlineStyle !== "none",
    isCovered: getComputedStyle(e).pointerEvents !== "none" && !tops.some(isSeen),
    isSmall: box.width < 8 || box.height < 8,
    isEnd: e === document.body,
  };
}"""


def check(page: Any, what: str) -> None:
    """Check that nothing sticks out, at the size and in the colours of now."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, what
    assert page.evaluate(OUTSIDE) == [], what
    assert page.evaluate(CLIPPED) == [], what


def check_access(page: Any, what: str, **options: Any) -> None:
    found = axe.Axe().run(page, options=options)
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"


def resize(one: Visit, size: tuple[int, int]) -> None:
    one.page.set_viewport_size({"width": size[0], "height": size[1]})
    one.page.wait_for_timeout(350)  # until the page asks for a score of the new width
    if one.text():
        one.drawn()


def open_everything(one: Visit) -> None:
    """Show a tune with a fault in it, and open all that can be opened."""
    page = one.page
    one.show(TUNE.replace("|", "|C16|", 1))
    page.wait_for_selector("#problems button")
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.get_by_role("button", name="More about").click()
    page.locator("#library").scroll_into_view_if_needed()
    page.wait_for_selector(".incipit > svg")
    page.locator("#score [role=option]").nth(1).focus()
    page.keyboard.press("Shift+Space")
    page.click("#practice-open")
    page.select_option("#loop", "whole")


def test_nothing_sticks_out_and_axe_finds_nothing(visit: Callable[..., Visit]) -> None:
    one = visit(reduced_motion="reduce")
    page = one.open()
    for size, scheme in ((PHONE, "light"), (DESK, "dark")):
        resize(one, size)
        page.emulate_media(color_scheme=scheme)
        check(page, f"empty, {size}")
        check_access(page, f"empty, {size}, {scheme}")
    open_everything(one)
    looked_at = {NARROW: "dark", PHONE: "light", ZOOMED: "dark", DESK: "light", WIDE: "dark"}
    for size in SIZES:
        resize(one, size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            check(page, f"{size}, {scheme}")
            if looked_at.get(size) == scheme:
                check_access(page, f"{size}, {scheme}")
    resize(one, DESK)
    page.emulate_media(color_scheme="light", forced_colors="active")
    check(page, "forced colours")
    # The colours that axe reads are not those that are drawn then.
    check_access(page, "forced colours", rules={"color-contrast": {"enabled": False}})


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_in_320_pixels_the_head_is_two_lines(visit: Callable[..., Visit], locale: str) -> None:
    one = visit(viewport={"width": 320, "height": 700}, locale=locale)
    page = one.open()
    one.show(TUNE)
    check(page, locale)
    rows = page.evaluate(
        "new Set([...document.querySelectorAll('.switches > button')]"
        ".map(e => Math.round(e.getBoundingClientRect().y))).size"
    )
    assert rows == 1


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_every_control_is_reached_by_the_tab_key(
    visit: Callable[..., Visit], size: tuple[int, int]
) -> None:
    one = visit(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = one.open()
    open_everything(one)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    wanted = set(page.evaluate(CONTROLS))
    assert len(wanted) > 40
    reached: set[str] = set()
    for _ in range(2 * len(wanted)):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if reached >= wanted:
            break
        if focused["isEnd"]:  # of the page: it begins anew
            continue
        assert focused["isMarked"], focused
        assert not focused["isCovered"] and not focused["isSmall"], focused
        reached.add(focused["name"])
    assert wanted - reached == set()
