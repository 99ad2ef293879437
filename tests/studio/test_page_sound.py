"""The page plays: the player, its waveform, instrument and tempo."""

from collections.abc import Callable

import pytest

from tests.studio.page import TUNE, Visit


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
    one.until("audio.currentTime > 0.3")
    page.wait_for_selector("#score .note.sounding")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    assert page.inner_text("#now") == "0:00" or one.time() >= 1
    page.click("#play")
    one.until("audio.paused")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_a_click_on_the_waveform_and_the_keys_go_to_another_place(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    length = one.until("audio.duration")
    box = page.locator("#wave").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    one.until("audio.currentTime > 1")
    assert one.time() == pytest.approx(length / 2, rel=0.03)
    page.wait_for_selector("#score .note.sounding")
    page.focus("#wave")
    before = one.time()
    page.keyboard.press("ArrowLeft")
    assert one.time() == pytest.approx(before - 2, abs=0.1)
    page.keyboard.press("Home")
    assert one.time() == 0
    assert page.get_attribute("#wave", "aria-valuetext").startswith("0:00 of ")


def test_instrument_and_tempo_change_the_sound_at_the_same_place(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    length = one.until("audio.duration")
    source = page.get_attribute("#audio", "src")
    page.evaluate("audio.currentTime = 6")
    page.select_option("#instrument", "fiddle")
    one.until("source => audio.getAttribute('src') !== source", arg=source)
    one.until("Math.abs(audio.currentTime - 6) < 0.1")
    page.locator("#tempo").fill("150")
    one.until("length => audio.duration < 0.75 * length", arg=length)
    one.until("Math.abs(audio.currentTime - 4) < 0.1")


def test_chords_graces_and_swing_are_offered_where_the_tune_has_them(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    assert not page.is_visible("#manner")
    one.show('X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:G\n"G"{a}GABc dedB|"D7"ABAF D4|\n')
    one.sounding()
    assert page.is_checked("#chords")
    assert page.is_checked("#graces")
    assert not page.is_checked("#swing")
    for name, field in (("chords", "chords"), ("graces", "grace"), ("swing", "swing")):
        with page.expect_request("**/v1/render") as asked:
            page.click(f"label:has(#{name})")
        assert field in asked.value.post_data_json
    one.until("audio.duration")
    assert not one.complaints
