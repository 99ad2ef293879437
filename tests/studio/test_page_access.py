"""The page for everyone: by keyboard, in two languages, dark, with less motion."""

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image

from abcrun.studio.document import PAGE
from tests.studio.page import TUNE, Visit, selected

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)


def test_it_works_by_keyboard_alone_and_shows_where_one_is(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if (
                page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('role')"
                )
                == name
            ):
                assert (
                    page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                )
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("tonic")
    page.keyboard.press("d")
    assert page.input_value("#tonic") == "D"
    tab_to("go")
    page.keyboard.press("Enter")
    page.wait_for_selector("#paper[aria-busy=false] .note")
    one.sounding()
    tab_to("option")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Space")
    assert selected(page) == [1]
    page.keyboard.press("ArrowDown")
    focused = int(page.evaluate("document.activeElement.dataset.bar"))
    assert focused > 1
    page.keyboard.press("Enter")
    one.plays_until(1)
    tab_to("play")
    page.keyboard.press("Space")
    one.stands()


def test_it_speaks_the_language_of_the_browser_and_can_be_switched(
    visit: Callable[..., Visit],
) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    assert page.get_attribute("html", "lang") == "es"
    assert page.inner_text("#go") == "Componer"
    one.compose(rhythm="waltz", tonic="G", mode="major")
    assert page.inner_text("#tune-name") == "Vals en sol mayor"
    page.click("#language")
    assert page.get_attribute("html", "lang") == "en"
    assert page.inner_text("#tune-name") == "Waltz in G major"
    assert page.locator('input[name="rhythm"]:checked').get_attribute("value") == "waltz"
    page.reload()
    page.wait_for_selector("#rhythms label")
    assert page.get_attribute("html", "lang") == "en"


def test_both_languages_say_everything(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    modules = ["i18n", *sorted(path.stem for path in PAGE.glob("*_words.js"))]
    assert len(modules) > 3
    for module in modules:
        said = page.evaluate("name => fetch(`static/${name}.js`).then(it => it.text())", module)
        tables = re.findall(
            r"^(?:export const [A-Z]+_|const )(?:EN|ES) = \{(.*?)^\};",
            said,
            re.MULTILINE | re.DOTALL,
        )
        names = [re.findall(r'^  "?([a-z-]+)"?:', body, re.MULTILINE) for body in tables]
        assert names and names[::2] == names[1::2]  # English, and Spanish behind it


def test_dark_and_light_follow_the_system_and_can_be_switched(visit: Callable[..., Visit]) -> None:
    one = visit(
        color_scheme="dark", reduced_motion="reduce"
    )  # no note in the colour of what is new
    page = one.open()
    one.show(TUNE)

    def lightness(of: str, what: str) -> float:
        found = page.evaluate(f"getComputedStyle(document.querySelector('{of}')).{what}")
        return sum(float(part) for part in re.findall(r"[\d.]+", found)[:3]) / 3

    assert (
        lightness("#paper", "backgroundColor")
        < 60
        < 190
        < lightness("#score .notehead use", "fill")
    )
    page.click("#theme")
    assert (
        lightness("#paper", "backgroundColor")
        > 190
        > 60
        > lightness("#score .notehead use", "fill")
    )
    page.reload()
    page.wait_for_selector("#score .note")
    assert lightness("#paper", "backgroundColor") > 190


def test_motion_is_reduced_where_that_is_wished(visit: Callable[..., Visit]) -> None:
    for wish, moves in (("reduce", False), ("no-preference", True)):
        one = visit(reduced_motion=wish, viewport={"width": 390, "height": 700})
        page = one.open()
        one.compose(rhythm="jig")
        names = page.evaluate(
            "getComputedStyle(document.querySelector('#score .fresh')).animationName"
        )
        assert (names != "none") is moves
        one.sounding()
        page.wait_for_selector("#play[data-state=playing]")
        page.evaluate("scrollTo(0, 0)")
        page.locator("#score [role=option]").last.focus()
        page.evaluate("scrollTo(0, 0)")
        page.keyboard.press("Enter")
        one.plays_until(4)
        if moves:
            one.until("scrollY > 100")
        else:
            page.wait_for_timeout(1200)  # as long as a smooth scroll would take
            assert page.evaluate("scrollY") <= 100


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_fingers_have_44_pixels(visit: Callable[..., Visit], locale: str) -> None:
    phone = {"width": 390, "height": 844}
    one = visit(viewport=phone, has_touch=True, is_mobile=True, locale=locale)
    page = one.open()
    one.show('X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|"D7"ABAF D16|\n')
    page.wait_for_selector("#problems button")
    page.click("#pitch-open")
    page.click("#practice-open")
    page.select_option("#loop", "whole")
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    page.locator("#tunes li button").last.click()  # more about the tune
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, summary, input, textarea, [role=slider]')]"
        ".filter(e => e.checkVisibility() && !e.closest('.paper'))"
        ".map(e => [e.outerHTML, (e.closest('label') ?? e).getBoundingClientRect()])"
        ".filter(([, box]) => box.height < 44 || box.width < 44)"
        ".map(([text, box]) => `${box.width} by ${box.height}: ${text}`)"
    )
    assert small == []


def test_sliders_are_seen_in_forced_colours_and_say_their_names(
    visit: Callable[..., Visit],
) -> None:
    one = visit(forced_colors="active", reduced_motion="reduce")
    page = one.open()
    one.show(TUNE)
    for name, word in (("mood", "Mood"), ("tempo", "Tempo"), ("amount", "How much to vary")):
        slider = page.get_by_role("slider", name=re.compile(f"^{word}"))
        assert slider.get_attribute("id") == name
        with Image.open(io.BytesIO(slider.screenshot())) as picture:
            colours = picture.convert("RGB").getcolors(100_000)
            shares = sorted((count for count, _ in colours), reverse=True)
            # The ground, the line and the note head on it.
            assert shares[1] > 100
            assert len([share for share in shares if share > 50]) >= 3
    assert page.get_by_role("slider", name="Tempo", exact=True).count() == 1


@pytest.mark.parametrize(
    ("size", "locale"),
    [
        ((1366, 768), "en-US"),
        ((1366, 768), "es-ES"),
        ((1280, 720), "en-US"),
        ((1024, 640), "es-ES"),
        ((1280, 900), "en-US"),
    ],
)
def test_nothing_lies_under_compose(
    visit: Callable[..., Visit], size: tuple[int, int], locale: str
) -> None:
    one = visit(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = one.open()
    one.show(TUNE)
    page.evaluate("scrollTo(0, 0)")
    for name in ("go", "at-once"):
        box = page.locator(f"#{name}").bounding_box()
        assert box["y"] + box["height"] <= size[1]
    for open_ in (False, True):
        page.evaluate("open => { document.querySelector('.more').open = open }", open_)
        for name in ("tonic", "bars", "mood", "seed") if open_ else ("tonic", "bars", "mood"):
            page.focus(f"#{name}")
            on_top = page.evaluate(
                "name => { const box = document.getElementById(name).getBoundingClientRect();"
                " return document.elementFromPoint("
                "box.x + box.width / 2, box.y + box.height / 2).id }",
                name,
            )
            assert on_top == name


def test_a_question_mark_lists_the_keys(visit: Callable[..., Visit]) -> None:
    one = visit(reduced_motion="reduce")
    page = one.open()
    page.click(".more summary")
    page.focus("#tune-title")
    page.keyboard.type("?")
    assert page.input_value("#tune-title") == "?"
    assert page.is_hidden("#keys")
    page.focus("#go")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    assert "Ctrl+Enter" in page.inner_text("#keys-list")
    assert axe.Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    assert page.is_hidden("#keys")
    page.click("#keys-open")
    page.wait_for_selector("#keys[open]")
