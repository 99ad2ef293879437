"""The page without its server: what was kept of it opens, is played, and goes on when
the server is back."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.studio.page import TUNE, Visit
from tests.studio.server import running
from tests.traditional import ALL

TOKEN = "a-long-enough-secret-token"
WITHOUT_STORES = """
Object.defineProperty(navigator, "serviceWorker", { value: undefined });
Object.defineProperty(globalThis, "caches", { value: undefined });
"""
KEPT = """async (version) => {
  const names = (await caches.keys()).filter((name) => name.startsWith("abcrun-page"));
  const isActive = Boolean((await navigator.serviceWorker.getRegistration())?.active);
  return isActive && names.length === 1 && (!version || names[0].endsWith(version));
}"""


def enter(page: Any) -> None:
    page.fill("#token", TOKEN)
    page.keyboard.press("Enter")


def forgive(one: Visit) -> None:
    """Forget what the browser says of a server that is not there."""
    one.complaints[:] = [said for said in one.complaints if "ERR_CONNECTION_REFUSED" not in said]


def test_the_page_opens_without_its_server_and_goes_on_when_it_is_back(browser: Any) -> None:
    """Also one that asks for a token, below a path of a proxy."""
    with running(prefix="/tunes", token=TOKEN) as server:
        one = Visit(browser, server.url, service_workers="allow")
        one.page.goto(server.url)
        enter(one.page)
        one.page.wait_for_selector("#rhythms label")
        for tune in ALL[:2]:
            one.show(tune)
        score = one.score()
        one.until(KEPT)
        one.until("async () => (await (await caches.open('abcrun-scores')).keys()).length === 2")
    one.complaints.clear()  # a 401, before the token was given
    two = Visit(browser, server.url, context=one.context)
    page = two.open()
    two.drawn()
    assert page.is_visible("#offline")
    assert two.text() == ALL[1]
    assert two.score() == score
    assert page.locator("#tunes > li").count() == 2
    page.click("#play")
    two.plays_until(0.5)
    page.click("#play")
    page.locator("#tunes .open").nth(1).click()
    two.until("text => abc.value === text", ALL[0])
    two.drawn()
    assert two.score() != score
    page.click("#go")
    with running(port=server.port, prefix="/tunes", token=TOKEN):
        page.wait_for_selector("#token-dialog[open]")
        enter(page)
        two.until("text => abc.value !== text && !abc.readOnly", ALL[0])
        two.drawn()
        assert page.is_hidden("#offline")
    forgive(two)
    assert [said for said in two.complaints if "401" not in said] == []
    one.context.close()


def test_a_tune_whose_score_is_not_here_says_so(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.set_input_files(
        "#file",
        {"name": "two.abc", "mimeType": "text/plain", "buffer": "\n\n".join(ALL[1:3]).encode()},
    )
    one.drawn()
    one.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    page.locator("#tunes .open").nth(1).click()
    one.until(
        "document.getElementById('status').textContent.startsWith('Its score and its sound come')"
    )
    assert page.is_hidden("#score")
    one.context.set_offline(False)
    one.drawn()
    one.complaints[:] = [said for said in one.complaints if "ERR_INTERNET_DISCONNECTED" not in said]


def test_the_score_of_another_version_is_not_shown(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    found = page.evaluate(
        """async () => {
          const { KeptScores } = await import(new URL("static/kept.js", location.href));
          const tuneHistory = Object.assign(new EventTarget(), { tune: "one", text: "X:1" });
          const kept = new KeptScores({ tuneHistory, library: new EventTarget() });
          kept.version = "1";
          kept.keep({ abc: "X:1", width: 900 }, { svg: "drawn" });
          while (!(await (await caches.open("abcrun-scores")).match("kept/one")));
          const of = async (body, version) => {
            kept.version = version;
            return (await kept.find(body))?.svg ?? null;
          };
          return [
            await of({ abc: "X:1", width: 300 }, "1"),
            await of({ abc: "X:1", width: 900 }, "2"),
            await of({ abc: "X:2", width: 900 }, "1"),
          ];
        }"""
    )
    assert found == ["drawn", None, None]


def test_a_proxy_without_its_server_is_no_server(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.drawn()
    gone = re.compile(r"/(v1/.*|healthz)$")
    page.route(gone, lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page.click("#go")
    page.wait_for_selector("#offline:not([hidden])")
    page.wait_for_selector("#paper[aria-busy=false]")
    assert page.is_hidden("#notice")
    page.unroute(gone)
    one.until("text => abc.value !== text && !abc.readOnly", TUNE)
    assert page.is_hidden("#offline")
    one.complaints[:] = [said for said in one.complaints if "502" not in said]


def test_where_browsers_keep_nothing_the_page_goes_on(visit: Callable[..., Visit]) -> None:
    """As over plain http from another machine."""
    one = visit(script=WITHOUT_STORES)
    one.open()
    one.compose(rhythm="jig")
    one.page.reload()
    one.drawn()


def test_a_new_page_is_there_at_once(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from abcrun.studio import document

    copy = shutil.copytree(document.PAGE, tmp_path / "page")
    monkeypatch.setattr(document, "PAGE", copy)
    with running() as server:
        one = Visit(browser, server.url, service_workers="allow")
        page = one.open()
        one.until(KEPT, document.version())
        for name, old, new in (
            ("index.html", "<title>abcrun studio", "<title>newer studio"),
            ("shell.js", 'isSpanish ? "English"', 'isSpanish ? "Newer English"'),
        ):
            text = (copy / name).read_text()
            assert old in text
            (copy / name).write_text(text.replace(old, new).replace('"Español"', '"Newer"'))
        page.reload()
        page.wait_for_selector("#rhythms label")
        assert page.inner_text("#language") == "Newer"
        one.until(KEPT, document.version())
    assert one.complaints == []
    one.context.close()
