"""The page plays: the player, its picture of the tune, instrument, tempo and volume."""

from collections.abc import Callable

import pytest

from tests.studio.page import TUNE, Visit

HORNPIPE = 'X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|"D7"ABAF D4|\n'


def test_it_plays_the_place_moves_and_the_sounding_note_is_marked(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    page.uncheck("#at-once")
    one.compose(rhythm="jig")
    one.sounding()
    assert one.time() == 0
    page.click("#play")
    one.plays_until(0.3)
    page.wait_for_selector("#score .note.sounding")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    assert page.inner_text("#now") == "0:00" or one.time() >= 1
    page.click("#play")
    one.stands()
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_at_its_end_it_stands_and_plays_again_from_the_beginning(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.focus("#wave")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    one.stands()
    assert one.time() == pytest.approx(one.length())
    page.keyboard.press("Space")
    one.until("wave.ariaValueNow > 0 && wave.ariaValueNow < 5")


def test_a_click_on_the_picture_and_the_keys_go_to_another_place(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    box = page.locator("#wave").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert one.time() == pytest.approx(one.length() / 2, rel=0.03)
    page.wait_for_selector("#score .note.sounding")
    page.focus("#wave")
    before = one.time()
    page.keyboard.press("ArrowLeft")
    assert one.time() == pytest.approx(before - 2, abs=0.1)
    page.keyboard.press("Home")
    assert one.time() == 0
    assert page.get_attribute("#wave", "aria-valuetext").startswith("0:00 of ")


def test_instrument_and_tempo_change_while_it_plays_and_nothing_is_fetched(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    length = one.length()
    page.click("#play")
    one.plays_until(0.2)
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.select_option("#instrument", "fiddle")
    before = one.time()
    for tempo in (150, 60, 100, 120, 50):
        page.locator("#tempo").fill(str(tempo))
        assert one.length() == pytest.approx(length / tempo * 100, rel=0.01)
    # The place in the tune stays: it shows twice the seconds at half the tempo.
    one.plays_until(2 * before)
    page.wait_for_selector("#play[data-state=playing]")
    assert asked == []


def test_the_volume_and_silence_are_kept(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    assert page.input_value("#volume") == "100"
    page.locator("#volume").fill("40")
    page.click("#mute")
    assert page.get_attribute("#mute", "aria-pressed") == "true"
    page.reload()
    page.wait_for_selector("#mute[aria-pressed=true]")
    assert page.input_value("#volume") == "40"
    page.wait_for_selector("#score .note")
    page.locator("#volume").fill("60")  # who moves it wants to hear
    assert page.get_attribute("#mute", "aria-pressed") == "false"


def test_chords_graces_and_swing_are_offered_where_the_tune_has_them(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    assert not page.is_visible("#manner")
    one.show(HORNPIPE)
    assert page.is_checked("#chords")
    assert page.is_checked("#graces")
    assert not page.is_checked("#swing")
    for name, field in (("chords", "chords"), ("graces", "grace"), ("swing", "swing")):
        with page.expect_request("**/v1/score") as asked:
            page.click(f"label:has(#{name})")
        assert field in asked.value.post_data_json
    one.drawn()


def test_a_tune_that_is_too_long_to_play_is_shown_and_says_so(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show("X:1\nM:4/4\nL:1/1\nQ:1/4=20\nK:C\n" + "|:A|B:|" * 60)
    one.until(
        "/^The tune cannot be played: the tune lasts .* s/.test("
        "document.getElementById('status').textContent)"
    )
    assert page.get_attribute("#wave", "data-empty") == "true"
