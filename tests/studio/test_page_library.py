"""The page keeps tunes: over a reload, a closed tab and a crash; names, stars, tags,
search."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.studio.page import TUNE, WAIT, WINDOWED, Visit
from tests.traditional import ALL, BLUEHILL, KESH, SALLY_GARDENS

TYPED = "GABc"


def lines(page: Any) -> list[str]:
    """Return the names of the tunes that are listed, in order."""
    return [str(name) for name in page.locator("#tunes .name").all_text_contents()]


def line(page: Any, name: str) -> Any:
    """Return the line of a tune."""
    return page.locator("#tunes > li").filter(has=page.locator(".name", has_text=name))


def press(page: Any, name: str, action: str) -> None:
    """Choose an action of a tune's menu."""
    one = line(page, name)
    if one.locator(".actions").is_hidden():
        one.get_by_role("button", name="More about").click()
    one.get_by_role("button", name=action, exact=True).click()


def kept(one: Visit, store: str = "tunes") -> list[dict[str, Any]]:
    """Return what the browser's database holds."""
    found = one.page.evaluate(
        """store => new Promise((resolve) => {
          indexedDB.open("abcrun").onsuccess = ({ target: { result: db } }) => {
            db.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) => {
              db.close();
              resolve(target.result);
            };
          };
        })""",
        store,
    )
    return list(found)


def until_kept(one: Visit, text: str) -> None:
    """Wait until a version with this text is in the browser's database."""
    for _ in range(WAIT // 30):
        if any(text in version["abc"] for version in kept(one, "versions")):
            return
        one.page.wait_for_timeout(30)
    raise AssertionError(f"never kept: {text}")


def type_notes(one: Visit, notes: str = TYPED) -> str:
    """Type notes behind the tune's last bar; return the text."""
    one.page.click("#abc")
    one.page.keyboard.press("Control+End")
    one.page.keyboard.type(notes)
    return one.text()


def test_tunes_and_their_versions_outlive_a_reload(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    first = one.compose(seed=3)
    second = one.compose(seed=4)
    page.click("#vary")
    one.until("text => abc.value !== text && !abc.readOnly", arg=second)
    varied = one.text()
    page.click("#undo")
    one.until("text => abc.value === text", arg=second)
    page.reload()
    one.until("text => abc.value === text", arg=second)
    page.click("#redo")
    one.until("text => abc.value === text", arg=varied)
    page.click("#undo")
    one.until("text => abc.value === text", arg=second)
    assert page.is_disabled("#undo")
    page.locator("#tunes .open").nth(1).click()
    one.until("text => abc.value === text", arg=first)
    assert page.locator("#tunes [aria-current]").count() == 1


def test_a_closed_tab_loses_nothing(visit: Callable[..., Visit]) -> None:
    one = visit()
    one.open()
    one.compose(seed=3)
    one.page.close()
    one.page = one.context.new_page()
    page = one.open()
    one.drawn()
    assert "Seed 3" in page.inner_text("#originality")
    assert len(lines(page)) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_crash_of_the_browser_loses_nothing(browser: Any, url: str, tmp_path: Path) -> None:
    if WINDOWED is None:
        pytest.skip("no Chromium with a profile is installed (apt-get install chromium)")
    # Playwright does not tell the browser's process: this one tells it and becomes it.
    told, wrapper = tmp_path / "process", tmp_path / "chromium"
    wrapper.write_text(f'#!/bin/sh\necho $$ > "{told}"\nexec "{WINDOWED}" "$@"\n')
    wrapper.chmod(0o755)

    def start() -> Visit:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=wrapper, locale="en-US"
        )
        return Visit(None, url, context=context)

    one = start()
    one.open()
    one.show(TUNE)
    typed = type_notes(one)
    until_kept(one, typed)
    os.kill(int(told.read_text()), signal.SIGKILL)
    one = start()
    page = one.open()
    one.until("text => abc.value === text", arg=typed)
    page.click("#undo")
    one.until("text => abc.value === text", arg=TUNE)
    one.context.close()


def test_a_text_that_is_half_written_is_kept_and_makes_one_version(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    type_notes(one, "[K:nonsense")
    page.wait_for_selector("#problems button")
    half = one.text()
    until_kept(one, half)
    page.reload()
    one.until("text => abc.value === text", arg=half)
    page.click("#undo")
    one.until("text => abc.value === text", arg=TUNE)


def test_a_tune_is_starred_renamed_and_tagged_and_found_by_all_of_it(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    assert len(lines(page)) == 3
    press(page, "The Kesh", "Tags")
    page.keyboard.type("session, slow ones")
    page.keyboard.press("Enter")
    press(page, "Boys of Bluehill", "Rename")
    page.keyboard.type("Árbol")
    page.keyboard.press("Enter")
    line(page, "Árbol").get_by_role("button", name="Star").click()
    page.fill("#abc", SALLY_GARDENS.replace("K:D", "K:F#m"))
    for words, names in (
        ("jig g maj", ["The Kesh"]),
        ("slow", ["The Kesh"]),
        ("arbol", ["Árbol"]),
        ("trad.", ["Down by the Salley Gardens"]),
        ("f# min", ["Down by the Salley Gardens"]),
        ("polka", []),
    ):
        page.fill("#search", words)
        assert lines(page) == names
    assert page.is_visible("#library-empty")
    page.fill("#search", "")
    page.select_option("#shown", "starred")
    assert lines(page) == ["Árbol"]
    page.reload()
    one.drawn()
    page.select_option("#shown", "starred")
    assert lines(page) == ["Árbol"]
    line(page, "Árbol").locator(".open").click()
    one.until("text => abc.value === text", arg=BLUEHILL.replace("The Boys of Bluehill", "Árbol"))
    page.click("#undo")
    one.until("text => abc.value === text", arg=BLUEHILL)


def test_a_tune_is_removed_and_comes_back(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    press(page, "Salley Gardens", "Remove")
    assert len(lines(page)) == 2
    assert page.inner_text("#tune-name") == "An empty sheet"
    page.keyboard.press("Enter")  # the focus is on Undo
    one.until("abc.value.includes('Salley')")
    assert len(lines(page)) == 3
    press(page, "The Kesh", "Remove")
    page.reload()
    one.drawn()
    assert len(lines(page)) == 2
    page.select_option("#shown", "removed")
    assert lines(page) == ["The Kesh"]
    press(page, "The Kesh", "Bring back")
    page.select_option("#shown", "all")
    assert len(lines(page)) == 3
    press(page, "The Kesh", "Remove")
    page.select_option("#shown", "removed")
    page.click("#empty-bin")
    page.reload()
    one.drawn()
    assert len(kept(one)) == 2
    assert not any("Kesh" in version["abc"] for version in kept(one, "versions"))


def test_first_bars_are_drawn_once_and_kept(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    for text in ALL:
        one.show(text)
    page.locator("#library").scroll_into_view_if_needed()
    one.until("document.querySelectorAll('.incipit > svg').length === 3")
    heads = line(page, "The Kesh").locator(".incipit .notehead").count()
    assert heads == 3 * 2 + 2 + 3 * 4  # of G3 GAB|A3 ABd|edd gdd|edB dBA|
    one.until("document.querySelector('.incipit > svg').getBoundingClientRect().width > 100")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    one.drawn()
    page.locator("#library").scroll_into_view_if_needed()
    one.until("document.querySelectorAll('.incipit > svg').length === 3")
    assert len([address for address in asked if address.endswith("/v1/score")]) == 1  # the tune's


def test_two_tabs_share_the_library_and_lose_no_edit(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    other = Visit(None, one.url, context=one.context)
    other.open()
    other.until("text => abc.value === text", arg=KESH)
    mine = type_notes(one, "A3 A3|")
    until_kept(one, mine)
    other.until("document.getElementById('status').textContent.includes('Another tab')")
    theirs = type_notes(other, "d3 d3|")
    until_kept(other, theirs)
    assert one.text() == mine and other.text() == theirs
    page.reload()
    one.until("text => abc.value === text", arg=theirs)
    press(page, "The Kesh", "Versions")
    page.wait_for_selector("#tunes .versions button")
    assert page.locator("#tunes .versions button").count() == 3
    page.locator("#tunes .versions button").nth(1).click()
    one.until("text => abc.value === text", arg=mine)
    line(page, "The Kesh").get_by_role("button", name="Star").click()
    other.until("document.querySelector('#tunes .star').getAttribute('aria-pressed') === 'true'")


def test_tunes_that_a_tab_kept_before_come_along(visit: Callable[..., Visit]) -> None:
    old = f"[{{abc: {KESH!r}, made: 'new', settings: null}}, {{abc: {BLUEHILL!r}, made: 'back'}}]"
    one = visit(
        script=f"sessionStorage.getItem('abcrun.tunes') ?? "
        f"sessionStorage.setItem('abcrun.tunes', JSON.stringify({old}))"
    )
    page = one.open()
    one.until("text => abc.value === text", arg=KESH)
    assert lines(page) == ["The Kesh", "The Boys of Bluehill"]
    page.reload()
    one.drawn()
    assert lines(page) == ["The Kesh", "The Boys of Bluehill"]


def test_without_storage_the_page_says_so_once_and_works(visit: Callable[..., Visit]) -> None:
    one = visit(script="Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page = one.open()
    page.wait_for_selector("#trouble:not([hidden])")
    assert "keeps nothing" in page.inner_text("#trouble-text")
    page.click("#trouble-close")
    first = one.compose(seed=3)
    one.compose(seed=4)
    assert page.is_hidden("#trouble")
    page.locator("#tunes .open").nth(1).click()
    one.until("text => abc.value === text", arg=first)


def test_a_database_that_the_browser_has_closed_is_opened_again(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    until_kept(one, KESH)
    page.evaluate(  # which closes all connections
        "() => new Promise((resolve) => {"
        " indexedDB.deleteDatabase('abcrun').onsuccess = () => resolve(); })"
    )
    one.show(BLUEHILL)
    until_kept(one, BLUEHILL)
    assert page.is_hidden("#trouble")


def test_what_is_typed_while_another_tune_is_opened_stays_with_its_own(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    one.show(BLUEHILL)
    page.evaluate(
        """() => {
          document.querySelectorAll("#tunes .open")[1].click();
          abc.value += "d4|";
          abc.dispatchEvent(new Event("input"));
        }"""
    )
    one.until("text => abc.value === text", arg=KESH)
    until_kept(one, BLUEHILL + "d4|")
    texts = {tune["id"]: tune["abc"] for tune in kept(one)}
    assert sorted(texts.values()) == [KESH, BLUEHILL + "d4|"]
    for version in kept(one, "versions"):
        assert ("Kesh" in version["abc"]) == ("Kesh" in texts[version["tune"]])


def test_a_full_storage_is_told_and_what_was_new_is_kept_once_there_is_room(
    visit: Callable[..., Visit],
) -> None:
    one = visit(
        script="""
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...values) {
          if (window.isFull) throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, values);
        };"""
    )
    page = one.open()
    one.show(KESH)
    until_kept(one, KESH)
    page.evaluate("window.isFull = true")
    one.show(BLUEHILL)
    page.wait_for_selector("#trouble:not([hidden])")
    assert "storage is full" in page.inner_text("#trouble-text")
    assert len(lines(page)) == 2
    assert len(kept(one)) == 1
    with page.expect_event("dialog") as asked:  # the browser asks, and the musician stays
        page.close(run_before_unload=True)
    asked.value.dismiss()
    page.evaluate("window.isFull = false")
    press(page, "The Kesh", "Remove")
    one.until("document.getElementById('trouble').hidden")
    until_kept(one, BLUEHILL)
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def test_it_is_asked_to_stay_when_a_tune_is_starred(visit: Callable[..., Visit]) -> None:
    one = visit(
        script="navigator.storage.persist = async () => { window.isAsked = true; return true; }"
    )
    page = one.open()
    one.show(KESH)
    assert not page.evaluate("window.isAsked")
    page.get_by_role("button", name="Star The Kesh").click()
    one.until("window.isAsked")
