"""The page in trouble: refusals, a busy or a lost server, a token, hostile pictures."""

import json
import re
from collections.abc import Callable
from typing import Any

from abcrun import Tune
from abcrun.notation.problem import KINDS
from abcrun.studio.document import PAGE
from tests.studio.page import TUNE, Visit
from tests.studio.server import running

# A line that is there for a second is not missed, however slow this machine is.
RECORD_WAITING = """
window.said = [];
new MutationObserver(() => {
  const banner = document.getElementById("waiting");
  const { top, bottom } = banner.getBoundingClientRect();
  if (!banner.hidden && top >= 0 && bottom <= innerHeight) said.push(banner.textContent);
}).observe(document.getElementById("waiting"), { childList: true, attributes: true });
"""


def test_what_the_server_refuses_is_said_in_its_one_line(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    page.click(".more summary")
    page.fill("#opening", "G5 G|c2A F2D|")
    page.locator('input[name="meter"][value="6/8"]').check()
    page.click("#go")
    page.wait_for_selector("#notice:not([hidden])")
    assert "character '5'" in page.inner_text("#notice-text")
    assert page.get_attribute("#notice", "role") == "alert"
    assert page.is_visible("#empty")
    one.complaints[:] = [
        said for said in one.complaints if "422" not in said
    ]  # Chromium logs every refused request
    page.fill("#opening", "G2B d2B|c2A F2D|")
    page.click("#retry")
    page.wait_for_selector("#notice:not([hidden])")
    one.complaints[:] = [said for said in one.complaints if "422" not in said]
    page.click("#go")
    page.wait_for_selector("#score .note")
    assert page.is_hidden("#notice")


def test_in_spanish_what_is_wrong_is_said_in_spanish(visit: Callable[..., Visit]) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    page.click(".more summary")
    page.fill("#opening", "G5 G|c2A F2D|")
    page.locator('input[name="meter"][value="6/8"]').check()
    page.click("#go")
    page.wait_for_selector("#notice:not([hidden])")
    said = page.inner_text("#notice-text")
    assert said.startswith("Con estos primeros compases no se puede seguir: ")
    assert "character '5'" in page.inner_text('#notice-text [lang="en"]')
    one.complaints[:] = [said for said in one.complaints if "422" not in said]
    one.show(TUNE.replace("|", "|G16|", 1))
    page.wait_for_selector("#problems .message")
    problem = page.inner_text("#problems .message")
    assert re.fullmatch(r"El compás dura \d+/8, y su métrica pide 6/8", problem)
    one.show(TUNE.replace("|", "|Å|", 1))
    one.until("problems.textContent.includes('«Å» no significa nada aquí')")


def test_every_kind_of_problem_has_its_spanish_words() -> None:
    said = (PAGE / "faults.js").read_text(encoding="utf-8")
    table = said.partition("PROBLEMS_ES = {")[2].partition("};")[0]
    assert set(re.findall(r'^  "?([a-z-]+)"?:', table, re.MULTILINE)) == set(KINDS)
    refused = said.partition("REFUSALS_ES = {")[2].partition("};")[0]
    kinds = set(re.findall(r'^  "?([a-z-]+)"?:', refused, re.MULTILINE))
    sources = "".join(path.read_text() for path in PAGE.parent.glob("*.py"))
    made = set(re.findall(r'Refusal\(\s*\d{3},\s*"([a-z-]+)"', sources))
    assert made | {"usage", "opening", "notation", "render"} == kinds


def test_a_busy_server_is_waited_for_and_that_is_in_sight(visit: Callable[..., Visit]) -> None:
    one = visit(viewport={"width": 390, "height": 700})
    page = one.open()
    turned_away: list[str] = []

    def busy(route: Any) -> None:
        if len(turned_away) < 1:
            turned_away.append(route.request.url)
            body = json.dumps({"error": {"kind": "busy", "message": "too much to do"}})
            route.fulfill(
                status=429,
                headers={"Retry-After": "2", "Content-Type": "application/json"},
                body=body,
            )
        else:
            route.continue_()

    page.route("**/v1/tunes", busy)
    page.evaluate(RECORD_WAITING)
    page.click("#go")
    one.until("said.some(text => /busy; trying again in [12] s/.test(text))")
    page.wait_for_selector("#score .note")
    assert page.is_hidden("#notice")
    assert page.is_hidden("#waiting")
    one.complaints[:] = [said for said in one.complaints if "429" not in said]


def test_what_was_pressed_without_a_connection_is_done_when_it_is_back(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    one.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=false]")
    assert one.text() == TUNE
    assert page.is_hidden("#notice")
    one.context.set_offline(False)
    page.wait_for_selector("#offline", state="hidden")
    one.complaints[:] = [said for said in one.complaints if "ERR_INTERNET_DISCONNECTED" not in said]
    one.until("text => abc.value !== text && !abc.readOnly", arg=TUNE)
    composed = one.text()
    one.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    page.click("#pitch-open")
    page.click("#octave-up")
    one.context.set_offline(False)
    one.until(
        "text => abc.value.trim() === text", arg=Tune.parse(composed).transpose(12).text.strip()
    )
    one.complaints[:] = [said for said in one.complaints if "ERR_INTERNET_DISCONNECTED" not in said]


def test_a_server_with_a_token_is_asked_for_it(browser: Any) -> None:
    with running(token="a-long-enough-secret-token") as server:
        one = Visit(browser, server.url)
        page = one.page
        page.goto(server.url)
        page.wait_for_selector("#token-dialog[open]")
        assert page.is_hidden("#token-wrong")
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#token-wrong:not([hidden])")
        assert page.inner_text("#token-wrong") == "That is not its token."
        page.fill("#token", "a-long-enough-secret-token")
        page.keyboard.press("Enter")
        page.wait_for_selector("#rhythms label")
        assert page.locator("#token-dialog[open]").count() == 0
        one.compose()
        assert [said for said in one.complaints if "401" not in said] == []
        one.context.close()


def test_pictures_from_elsewhere_can_do_nothing(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    page.on("dialog", lambda dialog: one.complaints.append(dialog.message))
    left = page.evaluate(
        """async () => {
          const { safeSvg } = await import(new URL("static/drawn.js", location.href));
          const made = safeSvg(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
            onload="alert(1)" viewBox="0 0 1 1"><script>alert(2)</script>
            <a href="javascript:alert(3)"><path d="M0 0"/></a>
            <use xlink:href="https://example.org/x.svg#a"/><use href="#a"/><image href="https://example.org/x.png"/>
            <foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>
            <g id="a" onclick="alert(4)" fill="black">
            <path fill="url(https://example.org/#p)" stroke="none" d="M0 0"/></g>
            <animate attributeName="href" to="javascript:alert(5)"/></svg>`);
          return new XMLSerializer().serializeToString(made);
        }"""
    )
    for banned in (
        "script",
        "alert",
        "example.org",
        "image",
        "foreignObject",
        "animate",
        "<a",
        "onload",
        "onclick",
    ):
        assert banned not in left
    assert 'href="#a"' in left and 'fill="currentColor"' in left and 'stroke="none"' in left
    # The browser's own guard, the page's policy, speaks up besides: nothing of it would
    # have run anyway.
    one.complaints[:] = [said for said in one.complaints if "Content Security Policy" not in said]
