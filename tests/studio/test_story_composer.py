"""The composer's evening: many candidates, a few that stay, and a book of those."""

from collections.abc import Callable
from typing import Any

import pytest

from abcrun.notation import Tune
from tests.studio.page import Visit, music
from tests.studio.test_page_candidates import card, compose_six, press, states, wish
from tests.studio.test_page_library import kept, lines, until_kept
from tests.studio.test_page_rework import bars_of, press_bar
from tests.studio.test_page_tunebooks import downloaded


@pytest.fixture
def one(visit: Callable[..., Visit]) -> Visit:
    """Open the page, and wish for jigs in A dorian."""
    begun = visit(reduced_motion="no-preference")
    page = begun.open()
    page.uncheck("#at-once")
    wish(page, rhythm="jig", seed="7")
    page.select_option("#tonic", "A")
    page.select_option("#mode", "dorian")
    page.select_option("#bars", "16")
    return begun


def redraw(one: Visit, first: int, last: int) -> str:
    """Have bars of the tune on the desk drawn anew; return its text."""
    before = one.text()
    press_bar(one.page, first)
    press_bar(one.page, last, "Shift")
    one.page.click("#redraw")
    one.until("text => abc.value !== text && !abc.readOnly", arg=before)
    one.drawn()
    return one.text()


def round_of(page: Any, number: int, count: int) -> None:
    """Go to a round of candidates."""
    while page.inner_text("#round-place") != f"Round {number} of {count}":
        page.click("#round-before")


def test_the_composer_finds_two_tunes_among_eighteen_and_loses_none(one: Visit) -> None:
    page = one.page

    # Six cards, three times: eighteen tunes, and no two alike.
    rounds = [compose_six(one) for _ in range(3)]
    texts = [tune["abc"] for tunes in rounds for tune in tunes]
    assert len({music(text) for text in texts}) == 18
    assert page.inner_text("#round-place") == "Round 3 of 3"

    # One of the last round and one of the first get a star.
    press(page, 4, "Star")
    round_of(page, 1, 3)
    press(page, 1, "Star")
    assert len(lines(page)) == 2

    # One is dropped by mistake, and comes back where it was.
    name = card(page, 2).locator(".name").inner_text()
    press(page, 2, "Drop")
    assert card(page, 2).inner_text().startswith(f"{name} is dropped.")
    press(page, 2, "Undo")
    assert card(page, 2).locator(".name").inner_text() == name
    assert states(page) == ["candidate", "kept", "candidate", "candidate", "candidate", "candidate"]

    # Bars of a starred one are drawn anew, twice; the second time is taken back.
    starred = rounds[0][1]["abc"]
    card(page, 1).locator(".open").click()
    one.until("text => abc.value === text", arg=starred)
    one.drawn()
    redrawn = redraw(one, 2, 4)
    assert bars_of(redrawn)[5:] == bars_of(starred)[5:] and redrawn != starred
    again = redraw(one, 9, 10)
    page.click("#undo")
    one.until("text => abc.value === text", arg=redrawn)
    until_kept(one, again)

    # The tab is closed, and the page opened again: everything is there.
    page.close()
    one.page = one.context.new_page()
    page = one.open()
    one.until("text => abc.value === text", arg=redrawn)
    one.drawn()
    page.wait_for_selector("#cards .incipit > svg")
    assert page.inner_text("#round-place") == "Round 3 of 3"
    assert states(page)[4] == "kept" and states(page).count("candidate") == 5
    expected = [redrawn if text == starred else text for text in texts]
    assert {tune["abc"] for tune in kept(one)} == set(expected)
    assert all(tune["removed"] is None for tune in kept(one))
    page.click("#redo")
    one.until("text => abc.value === text", arg=again)
    page.click("#undo")
    one.until("text => abc.value === text", arg=redrawn)
    page.click("#undo")
    one.until("text => abc.value === text", arg=starred)
    page.click("#redo")
    one.until("text => abc.value === text", arg=redrawn)

    # The starred ones become a book that our own reader reads.
    page.select_option("#shown", "starred")
    page.click("#take summary")
    one.until("document.getElementById('taken').textContent.startsWith('All 2 tunes')")
    _, book = downloaded(page, "#take-book")
    found = list(Tune.find(book.decode()))
    of = [redrawn, rounds[2][4]["abc"]]
    assert sorted(tune.notes for tune in found) == sorted(Tune.parse(text).notes for text in of)
    assert all(tune.key.mode == "dorian" and tune.key.tonic == "A" for tune in found)
