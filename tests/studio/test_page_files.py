"""The page gives away: links, files of each format, and the text."""

import base64
import io
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import mido
import pypdf
import pytest

from abcrun.sound.synthesis import TAIL_SECONDS
from abcrun.studio.jobs import file_name
from tests.studio.page import TUNE, Visit


def test_a_link_brings_the_very_same_tune_to_a_fresh_browser(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    abc = one.compose(rhythm="polka")
    page.select_option("#instrument", "whistle")
    page.locator("#tempo").fill("120")
    page.click("#share")
    one.until("location.search.startsWith('?tune=')")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url and len(link) < 1000
    other = visit()
    other.open(link.removeprefix(other.url))
    other.drawn()
    assert other.text() == abc
    assert other.score() == one.score()
    assert other.page.input_value("#instrument") == "whistle"
    assert other.page.input_value("#tempo") == "120"
    assert "Seed 3" in other.page.inner_text("#originality")
    one.compose(seed=5)
    assert "tune=" not in page.url


def test_a_link_that_is_damaged_or_hostile_says_so_and_does_no_harm(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open("#tune=AAAA")
    page.wait_for_selector("#notice:not([hidden])")
    assert "no tune that can be read" in page.inner_text("#notice-text")
    evil = "X:1\nT:<img src=x onerror=alert(1)>\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"
    page.on("dialog", lambda dialog: one.complaints.append(dialog.message))
    one.show(evil)
    assert page.inner_text("#tune-name") == "<img src=x onerror=alert(1)>"
    assert page.locator("#sheet img").count() == 0
    bomb = page.evaluate(
        """async () => {
          const { pack, unpack } = await import(new URL("static/share.js", location.href));
          try { await unpack(await pack({ abc: "z".repeat(10_000_000) })); return "unpacked"; }
          catch (error) { return error.name; }
        }"""
    )
    assert bomb == "RangeError"


def test_each_format_is_downloaded_and_opens_in_another_reader(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    files: dict[str, bytes] = {}
    for button in page.locator("#formats button").all():
        with page.expect_download() as download:
            button.click()
        path = download.value.path()
        suffix = button.get_attribute("data-format")
        assert download.value.suggested_filename == f"the-kesh.{suffix}"
        files[button.inner_text()] = Path(path).read_bytes()
    assert list(files) == ["ABC", "MIDI", "WAV", "MP3", "PDF", "MusicXML"]
    assert files["ABC"].decode().strip() == TUNE.strip()
    heads = page.locator("#score .note").count()
    midi = mido.MidiFile(file=io.BytesIO(files["MIDI"]))
    assert (
        sum(
            event.type == "note_on" and event.velocity > 0
            for track in midi.tracks
            for event in track
        )
        >= heads
    )
    with wave.open(io.BytesIO(files["WAV"])) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert seconds == pytest.approx(one.length() + TAIL_SECONDS, abs=0.1)
    decoded = page.evaluate(
        "async text => (await new OfflineAudioContext(1, 1, 44100).decodeAudioData("
        "Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)).duration",
        base64.b64encode(files["MP3"]).decode(),
    )
    assert decoded == pytest.approx(seconds, abs=0.2)
    assert len(pypdf.PdfReader(io.BytesIO(files["PDF"])).pages) >= 1
    score = ET.fromstring(files["MusicXML"])
    assert score.tag == "score-partwise"
    assert len([note for note in score.iter("note") if note.find("rest") is None]) == heads


def test_the_page_names_files_as_the_server_does(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    titles = (
        "The Rocky Road to Dublin and All the Way Back Home to Lovely Tuam",
        "Ríl na gCaorach",
        "a" * 100,
        "-- O'Neill's! --",
    )
    for title in titles:
        named = page.evaluate(
            "async title => (await import(new URL('static/files.js', location.href)))"
            ".fileName(`X:1\\nT:${title}\\nK:G\\nGABc|\\n`, 'pdf')",
            title,
        )
        assert named == f"{file_name(title)}.pdf"


def test_the_text_is_copied(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.click("#copy")
    one.until("document.getElementById('status').textContent === 'Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == TUNE
