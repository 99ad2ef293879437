"""The page transposes: by key, by steps, for transposing instruments, and to what the
musician's own instrument can play."""

import io
from collections.abc import Callable
from pathlib import Path

import mido
import pytest

from abcrun import Tune
from tests.studio.page import Visit, key
from tests.traditional import KESH


def opened(one: Visit, text: str = KESH) -> None:
    """Bring a tune to the page and open the panel."""
    one.show(text)
    one.page.click("#pitch-open")


def becomes(one: Visit, expected: Tune) -> None:
    """Wait until the page's tune is this one, drawn."""
    one.until("text => abc.value.trim() === text", expected.text.strip())
    one.drawn()


def played(one: Visit) -> list[int]:
    """Return the notes of the MIDI file that the page gives away."""
    with one.page.expect_download() as download:
        one.page.click('#formats [data-format="mid"]')
    file = mido.MidiFile(file=io.BytesIO(Path(download.value.path()).read_bytes()))
    return [event.note for event in file if event.type == "note_on" and event.velocity]


def test_another_key_is_a_step_that_score_sound_and_undo_follow(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    tune = Tune.parse(KESH)
    opened(one)
    heads, notes = one.score(), played(one)
    assert page.input_value("#pitch-key") == "G"
    page.select_option("#pitch-key", "A")
    becomes(one, tune.transpose("A"))
    one.until("before => document.getElementById('pitch-key').value === 'A'", heads)
    assert one.score() != heads
    assert played(one) == [note + 2 for note in notes]
    assert "A major" in page.inner_text("#tune-facts")
    assert page.inner_text("#status") == "Now in A major."
    page.click("#octave-down")
    becomes(one, tune.transpose("A", octave=-1))
    for expected in (tune.transpose("A"), tune):
        page.click("#undo")
        becomes(one, expected)
    page.click("#redo")
    becomes(one, tune.transpose("A"))


def test_steps_that_are_pressed_quickly_all_count(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    opened(one)
    for _ in range(3):
        page.click("#semitone-up")
    becomes(one, Tune.parse(KESH).transpose(1).transpose(1).transpose(1))


def test_a_part_is_written_higher_sounds_as_before_and_goes_into_the_link(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    opened(one)
    heads, notes = one.score(), played(one)
    assert "F♯4–B5" in page.inner_text("#tune-facts")
    page.select_option("#pitch-part", "Bb")
    becomes(one, Tune.parse(KESH).written_for("Bb"))
    assert key(one.text()) == "A transpose=-2"
    one.until("document.getElementById('tune-facts').textContent.includes('G♯4–C♯6')")
    assert one.score() != heads
    assert played(one) == notes
    page.click("#share")
    one.until("location.search.startsWith('?tune=')")
    other = visit()
    other.open(page.url.removeprefix(one.url))
    other.drawn()
    assert other.text().strip() == one.text().strip()
    assert other.page.input_value("#pitch-part") == "Bb"
    page.select_option("#pitch-part", "C")
    becomes(one, Tune.parse(KESH))


def test_what_my_instrument_lacks_is_told_and_the_tune_made_to_fit(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    opened(one, KESH.replace("K:G", "K:F"))
    assert page.is_disabled("#fit")
    assert not page.is_visible("#lacks")
    page.select_option("#pitch-player", "whistle")
    assert page.inner_text("#lacks") == "Whistle in D: cannot play F4, B♭4, F5, B♭5."
    page.click("#fit")
    becomes(one, Tune.parse(KESH.replace("K:G", "K:F")).fit("whistle"))
    one.until("document.getElementById('lacks').hidden")
    page.click("#fit")
    one.until("document.getElementById('status').textContent === 'It is there already.'")
    page.reload()
    page.wait_for_selector("#score .note")
    assert page.input_value("#pitch-player") == "whistle"
    page.click("#language")
    page.click("#pitch-open")
    page.select_option("#pitch-player", "highland pipes")
    one.until("!document.getElementById('lacks').hidden")
    assert page.inner_text("#lacks").startswith("Gaita escocesa: no puede tocar ")


def test_what_cannot_be_moved_is_told_and_stays(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    opened(one)
    for _ in range(4):
        page.click("#octave-up")
    page.wait_for_selector("#notice:not([hidden])")
    assert "range of MIDI" in page.inner_text("#notice-text")
    assert one.text().strip() == Tune.parse(KESH).transpose(36).text.strip()
    one.complaints.clear()  # the browser's own line about the refusal
    one.show(KESH.replace("K:G", "K:none"))
    assert page.is_disabled("#pitch-key")
    page.click("#semitone-up")
    becomes(one, Tune.parse(KESH.replace("K:G", "K:none")).transpose(1))


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_panel_is_for_everyone(visit: Callable[..., Visit], width: int) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
    )
    one = visit(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", has_touch=width < 400
    )
    page = one.open()
    one.show(KESH)
    page.focus("#pitch-open")
    page.keyboard.press("Enter")
    assert page.get_attribute("#pitch-open", "aria-expanded") == "true"
    for language in ("en", "es"):
        if language == "es":
            page.click("#language")
        assert axe.Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for name in ("pitch-key", "pitch-part", "pitch-player", "fit", "octave-up", "pitch-open"):
            box = page.locator(f"#{name}").bounding_box()
            assert box is not None
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["height"] >= 40
    page.focus("#pitch-key")
    for expected in ("pitch-part", "pitch-player", "semitone-down"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == expected
