"""The teacher's story: four bars of one's own become a lesson for a B♭ whistle."""

import io
from collections.abc import Callable
from pathlib import Path

import pypdf

from abcrun import Tune, musicxml_to_abc
from tests.studio.page import Visit, key, music

MINE = "D2F A2F|G2E F2E|D2F A2d|cBA G2E|"
WHISTLE = "whistle in Bb"


def downloaded(one: Visit, kind: str) -> bytes:
    """Return a file that the page gives away."""
    with one.page.expect_download() as download:
        one.page.click(f'#formats [data-format="{kind}"]')
    return Path(download.value.path()).read_bytes()


def sounding(text: str) -> list[int]:
    """Return the pitches of all notes of a tune, as they follow each other."""
    return [note.pitch for note in Tune.parse(text).notes]


def test_a_teacher_makes_a_lesson_of_four_bars(visit: Callable[..., Visit]) -> None:
    one = visit(reduced_motion="reduce")
    page = one.open()

    # Chooses, and pastes four bars into an empty sheet.
    page.locator('input[name="rhythm"][value="jig"]').check()
    page.select_option("#tonic", "D")
    page.click(".more summary")
    page.fill("#tune-title", "Monday's Lesson")
    page.click("#own")
    page.evaluate("text => navigator.clipboard.writeText(text)", MINE)
    page.keyboard.press("Control+v")
    one.drawn()
    assert one.bars().count() == 4
    assert one.text() == f"X:1\nT:Monday's Lesson\nM:6/8\nL:1/8\nR:jig\nK:D\n{MINE}"

    # Adds a B part: the four bars stay as they are.
    page.click("#part:text('Add a B part')")
    one.until("before => !abc.readOnly && abc.value.length > before", len(one.text()))
    one.drawn()
    both = one.text()
    assert music(both).startswith(MINE[:-1])
    assert len(Tune.parse(both).bars) >= 8

    # Moves one note up, by keys alone: the first of the third bar.
    one.bars().first.focus()
    for pressed in ("ArrowRight", "ArrowRight", "Tab", "ArrowUp"):
        page.keyboard.press(pressed)
    one.until("before => abc.value !== before", both)
    one.drawn()
    moved = one.text()
    assert music(moved).startswith("D2F A2F|G2E F2E|E2F A2d|")

    # Fits it to the pupil's whistle, which cannot play it where it is.
    page.click("#pitch-open")
    page.select_option("#pitch-player", WHISTLE)
    page.wait_for_selector("#lacks:not([hidden])")
    page.click("#fit")
    one.until("before => abc.value !== before", moved)
    one.drawn()
    fitted = one.text()
    # What the B part has, chance says: it may reach over the whistle's highest note.
    lacking = [len(Tune.parse(text).unplayable(WHISTLE)) for text in (moved, fitted)]
    assert lacking[1] < lacking[0]
    one.until("isFit => document.getElementById('lacks').hidden === isFit", not lacking[1])
    step = sounding(fitted)[0] - sounding(moved)[0]
    assert sounding(fitted) == [pitch + step for pitch in sounding(moved)]
    assert key(fitted) != key(moved)

    # Sends a link: whoever opens it has the same tune.
    page.click("#share")
    one.until("document.getElementById('status').textContent.startsWith('The link is copied')")
    link = page.evaluate("navigator.clipboard.readText()")
    pupil = visit(reduced_motion="no-preference")
    pupil.page.goto(link)
    pupil.until("text => window.abc?.value === text", fitted)
    pupil.drawn()

    # Takes it along: as MusicXML with the same notes, and as a page to print.
    score = musicxml_to_abc(downloaded(one, "musicxml"))
    assert sounding(score.abc) == sounding(fitted)
    assert "T:Monday's Lesson" in score.abc
    (sheet,) = pypdf.PdfReader(io.BytesIO(downloaded(one, "pdf"))).pages
    assert "Monday’s Lesson" in sheet.extract_text().replace("'", "’")

    # And all of it can be undone, step by step, to the four bars.
    for before in (moved, both, both[: both.index(MINE[:-1])] + MINE):
        page.click("#undo")
        one.until("text => abc.value === text", before)
