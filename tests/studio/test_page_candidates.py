"""The page composes six at once: cards to hear, keep, star or drop; nothing is lost."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.studio.page import WAIT, Visit, music
from tests.studio.test_page_library import kept, lines
from tests.studio.test_page_practice import LISTEN
from tests.studio.test_page_rework import bars_of
from tests.traditional import KESH

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

POLKA = {"rhythm": "polka", "seed": "5"}
"""What the tests wish: the tunes are short, and the same each time."""


def wish(page: Any, *, rhythm: str, seed: str) -> None:
    """Choose a type of tune, and a seed."""
    page.locator(f'input[name="rhythm"][value="{rhythm}"]').check()
    if not page.is_visible("#seed"):
        page.click(".more summary")
    page.fill("#seed", seed)


def come(one: Visit, count: int) -> list[dict[str, Any]]:
    """Wait until the round is there; return its tunes as they are kept, in their
    order."""
    one.until(
        "count => !['Stop', 'Parar'].includes(six.textContent)"
        " && document.querySelectorAll('.card[data-state=candidate]').length === count"
        " && document.querySelectorAll('.card .source:not(:empty)').length === count",
        arg=count,
    )
    for _ in range(WAIT // 30):
        rounds: dict[str, list[dict[str, Any]]] = {}
        for tune in kept(one):
            if tune.get("round"):
                rounds.setdefault(tune["round"]["id"], []).append(tune)
        if rounds and len(rounds[max(rounds)]) == count:
            return sorted(rounds[max(rounds)], key=lambda tune: int(tune["round"]["place"]))
        one.page.wait_for_timeout(30)
    raise AssertionError("the round is not kept")


def compose_six(one: Visit) -> list[dict[str, Any]]:
    """Press "Compose six"; return the six tunes as they are kept, in their order."""
    one.page.click("#six")
    one.page.wait_for_selector(".card[data-state=waiting]")
    return come(one, 6)


def card(page: Any, place: int) -> Any:
    return page.locator("#cards > li").nth(place)


def states(page: Any) -> list[str]:
    return [str(one.get_attribute("data-state")) for one in page.locator("#cards > li").all()]


def press(page: Any, place: int, name: str) -> None:
    """Press a button of a card."""
    card(page, place).get_by_role("button", name=re.compile(f"^{name}")).click()


def test_six_tunes_of_the_same_wishes_come_on_cards_and_six_others_after_them(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    assert page.is_hidden("#candidates")
    wish(page, **POLKA)
    first = compose_six(one)
    assert len({music(tune["abc"]) for tune in first}) == 6
    for place in range(6):
        assert card(page, place).locator(".how").inner_text().startswith("Polka · ")
    page.wait_for_selector("#cards .incipit > svg")
    shared = re.compile("^Longest run shared with a known tune: [0-9]+ notes, .")
    assert shared.match(card(page, 0).locator(".source").inner_text())
    assert page.is_visible("#empty")  # nothing is on the desk that was not asked for
    assert lines(page) == []
    page.select_option("#shown", "candidates")
    assert len(lines(page)) == 6
    second = compose_six(one)
    assert not {music(tune["abc"]) for tune in first} & {music(tune["abc"]) for tune in second}
    assert page.inner_text("#round-place") == "Round 2 of 2"
    page.click("#round-before")
    assert page.inner_text("#round-place") == "Round 1 of 2"


def test_kept_and_starred_ones_are_in_the_library_and_dropped_ones_come_back(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    wish(page, **POLKA)
    compose_six(one)
    press(page, 0, "Star")
    press(page, 1, "Keep")
    assert len(lines(page)) == 2
    page.select_option("#shown", "starred")
    assert len(lines(page)) == 1
    press(page, 2, "Drop")
    assert states(page) == ["kept", "kept", "gone", "candidate", "candidate", "candidate"]
    page.keyboard.press("Enter")  # the focus is on Undo
    assert states(page)[2] == "candidate"
    press(page, 2, "Drop")
    page.keyboard.press("Control+z")
    assert states(page)[2] == "candidate"
    press(page, 2, "Drop")
    page.reload()
    one.until("document.querySelectorAll('.card .source:not(:empty)').length === 5")
    assert states(page) == ["kept", "kept", "candidate", "candidate", "candidate"]
    page.click("#drop-rest")
    assert states(page).count("gone") == 3
    page.click("#undrop")
    assert states(page).count("candidate") == 3
    page.click("#drop-rest")
    page.select_option("#shown", "removed")
    assert len(lines(page)) == 4
    page.click("#candidates-close")
    page.reload()
    page.wait_for_selector("#six:not(:disabled)")
    assert page.is_hidden("#candidates") and page.is_hidden("#to-candidates")  # all is decided


def test_a_card_opens_on_the_desk_and_what_is_worked_on_is_kept(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    wish(page, **POLKA)
    tunes = compose_six(one)
    card(page, 1).locator(".open").click()
    one.until("text => abc.value === text", arg=tunes[1]["abc"])
    one.drawn()
    assert card(page, 1).locator("[aria-current]").count() == 1
    assert states(page)[1] == "candidate"
    page.click("#pitch-open")
    page.click("#octave-up")
    one.until("text => abc.value !== text", arg=tunes[1]["abc"])
    assert states(page)[1] == "kept"
    page.click("#candidates-close")
    page.click("#to-candidates")
    assert page.is_visible("#cards")
    card(page, 1).get_by_role("button", name="Drop").click()
    assert page.is_visible("#empty")  # it has left the desk, too


def test_a_card_plays_under_the_mouse_and_by_its_button(visit: Callable[..., Visit]) -> None:
    one = visit(script=LISTEN, reduced_motion="no-preference")  # it decides what plays at first
    page = one.open()
    wish(page, **POLKA)
    compose_six(one)
    page.mouse.move(2, 2)
    card(page, 0).hover()
    one.until("struck.length > 0")
    one.until("document.querySelectorAll('.card .hear[aria-label=Pause]').length === 1")
    page.mouse.move(2, 2)
    one.until("document.querySelectorAll('.card .hear[aria-label=Pause]').length === 0")
    page.uncheck("#on-hover")
    page.evaluate("struck.length = 0")
    card(page, 1).hover()
    page.wait_for_timeout(600)  # longer than a mouse has to rest
    assert page.evaluate("struck.length") == 0
    press(page, 1, "Play")
    one.until("struck.length > 0")
    page.mouse.move(2, 2)  # what was pressed plays on
    assert card(page, 1).get_by_role("button", name="Pause").count() == 1
    page.keyboard.press("Space")
    assert card(page, 1).get_by_role("button", name="Pause").count() == 0


def test_composing_six_can_be_stopped_and_what_has_come_stays(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    page.locator('input[name="rhythm"][value="polka"]').check()
    page.click("#six")
    page.wait_for_selector(".card[data-state=candidate]")
    page.click("#six")
    one.until("six.textContent === 'Compose six'")
    assert "waiting" not in states(page)
    there = len(states(page))
    assert there >= 1
    page.reload()
    one.until("count => document.querySelectorAll('#cards > li').length === count", arg=there)


def test_a_round_that_fails_is_told_and_composed_when_it_is_tried_again(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    wish(page, **POLKA)
    error = {"error": {"kind": "internal", "message": "something went wrong"}}
    page.route("**/v1/tunes", lambda route: route.fulfill(status=500, json=error), times=1)
    page.click("#six")
    page.wait_for_selector("#notice:not([hidden])")
    assert "something went wrong" in page.inner_text("#notice-text")
    assert page.is_hidden("#candidates")  # nothing has come
    page.click("#retry")
    come(one, 6)
    assert page.is_visible("#cards")
    one.complaints[:] = [said for said in one.complaints if "500" not in said]


@pytest.mark.parametrize(("width", "locale"), [(320, "es-ES"), (1280, "en-US")])
def test_cards_are_for_everyone(visit: Callable[..., Visit], width: int, locale: str) -> None:
    is_phone = width < 500
    one = visit(
        viewport={"width": width, "height": 900},
        locale=locale,
        has_touch=is_phone,
        is_mobile=is_phone,
        reduced_motion="reduce",
    )
    page = one.open()
    wish(page, **POLKA)
    compose_six(one)
    page.locator("#cards .star").first.click()
    page.locator("#cards .menu").first.click()
    page.get_by_role("button", name="Descartar" if is_phone else "Drop").nth(1).click()
    if is_phone:
        assert page.inner_text("#candidates-title") == "Candidatas"
        assert page.is_hidden("#on-hover")
        small = page.evaluate(
            "[...document.querySelectorAll('#candidates button, #six')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)"
            ".map(e => e.outerHTML)"
        )
        assert small == []
    else:
        assert page.is_checked("#on-hover") is False  # with less motion, less sound
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_more_like_this_one_varies_it_or_keeps_its_form_or_its_opening(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(KESH)
    opening = "G3 GAB|A3 ABd|"
    asked: list[tuple[str, dict[str, Any]]] = []
    page.on(
        "request",
        lambda request: (
            request.method == "POST"
            and asked.append((urlsplit(request.url).path, request.post_data_json))
        ),
    )
    page.click("#more-varied")
    page.wait_for_selector(".card[data-state=waiting]")
    varied = come(one, 6)
    assert page.inner_text("#candidates-status") == "Variations of The Kesh: 6 tunes, 0 kept"
    assert all(music(tune["abc"]) != music(KESH) for tune in varied)
    assert all(len(bars_of(tune["abc"])) == len(bars_of(KESH)) for tune in varied)
    asked.clear()
    card(page, 0).get_by_role("button", name="More about").click()
    card(page, 0).get_by_role("button", name="Six of its form").click()
    page.wait_for_selector(".card[data-state=waiting]")
    come(one, 6)
    [wished] = [body for path, body in asked if path == "/v1/tunes"]
    kind = {"rhythm": "jig", "meter": "6/8", "key": "G major", "form": "AABB", "bars": 16}
    assert wished == kind | {"count": 6}
    page.click("#more-opening")
    page.wait_for_selector(".card[data-state=waiting]")
    alike = come(one, 6)
    assert page.inner_text("#candidates-status").startswith("With the opening of The Kesh")
    begin = [music(tune["abc"]).replace("\n", "").replace("|:", "") for tune in alike]
    assert all(text.startswith(opening) for text in begin)
    assert len(set(begin)) > 1
