"""Music of one's own: an empty sheet, written as letters, on piano keys, by MIDI."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import Visit, key, music

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

# A keyboard that is plugged in: what it plays, the test says.
MIDI = """
  const input = { name: "Test keys", state: "connected", onmidimessage: null };
  const access = { inputs: new Map([["1", input]]), onstatechange: null };
  navigator.requestMIDIAccess = async () => access;
  addEventListener("play-midi", ({ detail }) => input.onmidimessage?.({ data: detail }));
"""


def begin(page: Any, **choices: str) -> None:
    """Choose, and take an empty sheet."""
    if "rhythm" in choices:
        page.locator(f'input[name="rhythm"][value="{choices["rhythm"]}"]').check()
    for name in ("tonic", "mode"):
        if name in choices:
            page.select_option(f"#{name}", choices[name])
    page.click("#own")


def strike(page: Any, *pitches: int) -> None:
    for pitch in pitches:
        page.locator(f'#piano [data-pitch="{pitch}"]').click()


def test_an_empty_sheet_has_the_header_that_is_chosen(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    page.locator('input[name="rhythm"][value="jig"]').check()
    assert page.is_hidden("#meter-field"), "a jig has one meter: nobody is asked for it"
    begin(page, rhythm="jig", tonic="A", mode="dorian")
    assert page.evaluate("document.activeElement.id") == "letters"
    assert page.inner_text("#empty-own").startswith("In A dorian, 6/8, as it is chosen.")
    assert one.text() == "X:1\nM:6/8\nL:1/8\nR:jig\nK:A dorian\n"
    page.locator('input[name="rhythm"][value="waltz"]').check()
    page.select_option("#mode", "")
    assert one.text() == "X:1\nM:3/4\nL:1/8\nR:waltz\nK:A\n"
    assert page.locator("#tunes .open").count() == 0, "an empty sheet is no tune yet"


def test_letters_are_seen_as_score_while_the_tune_is_incomplete(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    begin(page, rhythm="jig", tonic="G")
    page.keyboard.type("G2B d2")
    one.drawn()
    one.until("document.querySelectorAll('#score .note').length === 3")
    assert music(one.text()) == "G2B d2"
    page.keyboard.type("B|c2A [CE")
    one.until("document.querySelectorAll('#score .notehead').length === 8")
    page.fill("#letters", "")
    page.wait_for_selector("#empty")
    assert page.is_hidden("#score"), "what is taken away is not shown"
    page.fill("#letters", "M:2/4\nK:D\nD2 F2|")
    one.drawn()
    assert one.text() == "X:1\nM:2/4\nK:D\nD2 F2|", "a text with its own header has that"
    assert page.input_value("#letters") == "D2 F2|"


def test_bars_that_are_typed_as_a_text_get_a_header(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    begin(page, rhythm="jig", tonic="D")
    page.fill("#abc", "")
    page.focus("#abc")
    page.keyboard.type("d2B|c")
    one.drawn()
    assert one.text() == "X:1\nM:6/8\nL:1/8\nR:jig\nK:D\nd2B|c", "the caret stays behind"


def test_piano_keys_write_and_sound_and_bar_lines_come_by_themselves(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    begin(page, rhythm="jig", tonic="G")
    assert page.is_hidden("#piano"), "keys come when they are asked for"
    page.click("#piano-open")
    page.get_by_role("radio", name="crotchet", exact=False).check()
    strike(page, 67)
    page.get_by_role("radio", name="quaver (1/8)", exact=True).check()
    strike(page, 71, 74, 72, 71)
    assert music(one.text()) == "G2B dcB|", "a full bar is closed, and beams are by the beat"
    strike(page, 65, 65, 66)
    assert music(one.text()) == "G2B dcB|=FF^F", "accidentals hold until the bar line"
    page.check("#dotted")
    page.get_by_role("radio", name="minim", exact=False).check()
    strike(page, 67)
    assert music(one.text()) == "G2B dcB|=FF^F G3-|G3", "what is longer is tied over it"
    page.click("#write-back")
    assert music(one.text()) == "G2B dcB|=FF^F", "one press is taken back, both its notes"
    page.uncheck("#dotted")
    page.get_by_role("radio", name="quaver (1/8)", exact=True).check()
    page.click("#write-rest")
    page.click("#write-bar")
    page.click("#piano-up")
    page.locator("#piano button").first.click()
    assert music(one.text()) == "G2B dcB|=FF^F z|c"
    one.drawn()
    assert page.get_attribute("#piano button", "aria-label") == "C5"
    assert page.inner_text("#status") == "C5, bar 3."


def test_piano_keys_are_played_from_the_computers_keyboard(visit: Callable[..., Visit]) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    begin(page, rhythm="reel", tonic="D")
    for _ in range(2):  # from the letters: the button, then the keys
        page.keyboard.press("Tab")
        page.keyboard.press("Enter") if page.is_hidden("#piano") else None
    page.locator("#piano [tabindex='0']").focus()
    assert page.evaluate("document.activeElement.ariaLabel") == "sol4"
    for pressed in ("Enter", "ArrowRight", "ArrowRight", "Space", "f", "3", "g", "z", "Backspace"):
        page.keyboard.press(pressed)
    assert music(one.text()) == "GAFG2"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.ariaLabel") == "la5"
    one.drawn()


def test_a_midi_keyboard_is_asked_for_when_its_button_is_pressed(
    visit: Callable[..., Visit],
) -> None:
    one = visit(script=MIDI)
    page = one.open()
    begin(page, rhythm="jig", tonic="D")
    send = "data => dispatchEvent(new CustomEvent('play-midi', { detail: data }))"
    page.evaluate(send, [0x90, 62, 90])
    assert music(one.text()) == "", "nothing is heard before"
    page.click("#midi")
    page.wait_for_selector("#midi[aria-pressed=true]")
    assert page.inner_text("#midi-says") == "Test keys: play, and it is written."
    for data in ([0x90, 62, 90], [0x80, 62, 0], [0x91, 66, 80], [0x90, 66, 0]):
        page.evaluate(send, data)
    assert music(one.text()) == "DF"
    page.click("#midi")
    page.evaluate(send, [0x90, 69, 90])
    assert music(one.text()) == "DF"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("navigator.requestMIDIAccess = undefined;", "This browser has no Web MIDI here"),
        ("navigator.requestMIDIAccess = async () => { throw new Error(); };", "allow it"),
        (MIDI.replace('[["1", input]]', "[]"), "No MIDI keyboard is plugged in"),
    ],
)
def test_why_no_midi_keyboard_is_heard_is_told(
    visit: Callable[..., Visit], script: str, message: str
) -> None:
    one = visit(script=script)
    page = one.open()
    begin(page)
    page.click("#midi")
    one.until("text => document.getElementById('midi-says').textContent.includes(text)", message)


def test_the_panel_is_for_fingers_and_everyone(visit: Callable[..., Visit]) -> None:
    one = visit(
        viewport={"width": 320, "height": 700},
        has_touch=True,
        is_mobile=True,
        locale="es-ES",
        reduced_motion="reduce",
    )
    page = one.open()
    begin(page, rhythm="jig", tonic="D")
    page.click("#piano-open")
    strike(page, 62, 61)
    one.drawn()
    assert key(one.text()) == "D"
    assert music(one.text()) == "DC"
    small = page.evaluate(
        "[...document.querySelectorAll('#write button, #write .chip')].map(e =>"
        " [e.id || e.ariaLabel, e.getBoundingClientRect()])"
        ".filter(([, box]) => box.width && (box.width < 43.9 || box.height < 43.9))"
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_ones_own_bars_go_on_are_answered_and_get_a_part(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    begin(page, rhythm="jig", tonic="G")
    mine = '"G"G2B {c}d2B|c2A F2D|G2B d2B|A2F D2D|'
    page.keyboard.insert_text(mine)
    one.drawn()
    sheet = one.text()
    page.wait_for_selector("#part:text('Add a B part')")
    page.click("#answer-last:text('Answer the last 4 bars')")
    one.until("text => abc.value !== text && !abc.readOnly", arg=sheet)
    one.drawn()
    answered = one.text()
    assert answered.startswith(sheet[:-1]), "one's own bars stay as they are written"
    assert one.bars().count() == 8
    assert page.is_hidden("#go-on"), "what has an end is not gone on with"
    page.click("#part")
    one.until("text => abc.value !== text && !abc.readOnly", arg=answered)
    one.drawn()
    assert one.bars().count() >= 12
    page.wait_for_selector("#part:text('Add a C part')")
    for before in (answered, sheet):
        page.click("#undo")
        one.until("text => abc.value === text", arg=before)
    page.click("#go-on")
    one.until("text => abc.value !== text && !abc.readOnly", arg=sheet)
    one.drawn()
    assert one.text().startswith(sheet[:-1]), "chords and grace notes, too"
    assert one.bars().count() > 4
    page.locator("#score [role=option]").nth(0).focus()
    for pressed in ("Shift+Space", "Shift+ArrowRight"):
        page.keyboard.press(pressed)
    with page.expect_request("**/v1/answer") as asked:
        page.click("#answer")
    assert asked.value.post_data_json["bars"] == [0, 2]


def with_jig_in_g(one: Visit) -> Any:
    """Open the page, choose a jig in G, and unfold what an opening is typed into."""
    page = one.open()
    page.locator('input[name="rhythm"][value="jig"]').check()
    page.select_option("#tonic", "G")
    page.click(".more summary")
    return page


def test_an_opening_takes_key_and_meter_from_what_is_chosen_and_is_seen(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = with_jig_in_g(one)
    page.fill("#opening", "G2B d2B|c2")
    page.wait_for_selector("#opening-score .note")
    assert page.locator("#opening-score .note").count() == 5
    assert page.inner_text("#opening-says").startswith("Read in G major, 6/8.")
    with page.expect_request("**/v1/tunes") as asked:
        page.click("#go")
    body = asked.value.post_data_json
    assert (body["meter"], body["key"], body["prompt"]) == ("6/8", "G major", "G2B d2B|c2")
    one.until("!abc.readOnly && abc.value.includes('K:Gmaj')")
    assert "\nG2B d2B|c2" in one.text()


def test_what_an_opening_says_itself_wins_and_the_choices_follow(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = with_jig_in_g(one)
    page.fill("#opening", 'M:3/4\nL:1/4\nK:Ador\n"Am"A B c|e2 ~d|')
    page.wait_for_selector("#opening-score .note")
    assert page.inner_text("#opening-says").startswith("Read in A dorian, 3/4.")
    assert page.locator('input[name="meter"]:checked').get_attribute("value") == "3/4"
    assert page.locator('input[name="rhythm"]:checked').get_attribute("value") == ""
    assert (page.input_value("#tonic"), page.input_value("#mode")) == ("A", "dorian")
    page.select_option("#tonic", "D")
    one.until("tonic.value === 'A'")
    with page.expect_request("**/v1/tunes") as asked:
        page.click("#go")
    body = asked.value.post_data_json
    assert body["prompt"] == "A2 B2 c2|e4 d2|", "in the unit and the signs that the model reads"
    one.until("!abc.readOnly && abc.value.includes('K:Ador')")
    # No form that the model knows begins so: the page goes on without one.
    one.complaints[:] = [said for said in one.complaints if "422" not in said]
    page.fill("#opening", "FAd fdA|")  # with nothing chosen, the meter that it fills
    page.select_option("#tonic", "D")
    page.locator('input[name="meter"][value=""]').check()
    one.until("document.getElementById('opening-says').textContent.includes('D dorian, 6/8')")


def test_why_an_opening_cannot_be_used_is_told_with_its_bar(visit: Callable[..., Visit]) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    page.locator('input[name="rhythm"][value="jig"]').check()
    page.click(".more summary")
    for text, said in (
        ("G2B d2B|c2A F2D A|B3 A3|", "Compás 2: El compás dura 7/8, y su métrica pide 6/8"),
        ("G2B d2B|hello", "Compás 2: «h» no significa nada aquí"),
        ("|", "La melodía no tiene notas"),
    ):
        page.fill("#opening", text)
        one.until(
            "text => document.getElementById('opening-says').textContent.startsWith(text)", said
        )
        page.click("#go")
        assert page.evaluate("document.activeElement.id") == "opening"
        assert one.text() == "", "it is not composed from"
    page.fill("#opening", "d|G2B d2B|c2A")  # a pickup, and a bar under way
    one.until("document.getElementById('opening-says').dataset.wrong === 'false'")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
