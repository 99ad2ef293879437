"""The page for practice: loops, an exact tempo, count-in, and keys that do no harm."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.studio.page import Visit, selected

# A jig: 8 bars of 60 dotted crotchets a minute, each of 2 seconds.
JIG = """X:1
R:jig
M:6/8
L:1/8
Q:3/8=60
K:G
|:GBd gdB|c2A F2D|GBd gdB|A3 G3:|
|:gdB gdB|a2f d2f|gdB gdB|A3 G3:|
"""
PART = 16.0
"""Seconds of a part, played twice."""

# When something is struck, by the clock of the sound; and whether the screen is held.
LISTEN = """
window.struck = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, ...rest) {
  struck.push({ when });
  return start.call(this, when, ...rest);
};
window.locks = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  locks.push("held");
  return { release: async () => locks.push("released") };
} } });
"""


@pytest.fixture
def one(visit: Callable[..., Visit]) -> Visit:
    """Open the page with the jig and the practice bar."""
    begun = visit(script=LISTEN)
    begun.open()
    begun.show(JIG)
    begun.page.click("#practice-open")
    return begun


def set_tempo(page: Any, beats: int) -> None:
    page.fill("#bpm", str(beats))
    page.keyboard.press("Tab")


def test_the_tempo_is_a_number_of_the_tunes_own_beat(one: Visit) -> None:
    page = one.page
    assert page.input_value("#bpm") == "60"
    assert page.get_attribute("#tempo-beat", "data-beat") == "dotted"
    assert one.length() == pytest.approx(2 * PART)
    set_tempo(page, 47)
    assert one.length() == pytest.approx(2 * PART * 60 / 47, abs=0.02)
    for asked, taken in ((1, "12"), (1000, "120")):  # a fifth of its own tempo, and twice
        set_tempo(page, asked)
        assert page.input_value("#bpm") == taken
    with page.expect_request("**/v1/render") as asked_for:
        page.click("#formats [data-format=mid]")
    assert asked_for.value.post_data_json["tempo"] == 180  # crotchets


def test_a_part_is_played_again_and_again_and_faster_each_time(one: Visit) -> None:
    page = one.page
    options = page.locator("#loop option").all_inner_texts()
    assert options == ["No loop", "The whole tune", "Part A: Bars 1 to 4", "Part B: Bars 5 to 8"]
    set_tempo(page, 100)
    page.select_option("#loop", "part 1")
    assert one.time() == pytest.approx(PART * 60 / 100, abs=0.05)
    page.check("#faster")
    assert page.input_value("#faster-to") == "60"  # its own tempo, unless another is said
    page.fill("#faster-by", "15")
    page.fill("#faster-to", "120")
    page.keyboard.press("Tab")
    page.click("#play")
    one.until("document.getElementById('bpm').value === '115'")
    one.until("document.getElementById('bpm').value === '120'")
    assert PART / 2 - 0.5 < one.time() < 3 * PART / 4 + 0.5
    page.wait_for_selector("#play[data-state=playing]")


def test_chosen_bars_are_looped_in_other_voices_too(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show("X:1\nM:2/4\nL:1/4\nQ:1/4=60\nK:C\nV:1\nCD|EF|GA|Bc|\nV:2\nC2|C2|C2|C2|\n")
    bars = one.bars()
    bars.nth(5).click(position={"x": 6, "y": 4})  # the second of the lower voice
    bars.nth(6).click(position={"x": 6, "y": 4}, modifiers=["Shift"])
    page.click("#loop-here")
    one.until("wave.dataset.loops === 'true'")
    assert page.locator("#loop option:checked").inner_text() == "Bars 2 to 3"
    style = page.get_attribute("#wave", "style")
    assert "--loop-from: 25%" in style and "--loop-to: 75%" in style
    assert one.time() >= 2
    page.wait_for_selector("#play[data-state=playing]")


def test_a_loop_stays_when_the_tune_is_changed_and_the_change_undone(one: Visit) -> None:
    page = one.page
    page.select_option("#loop", "part 1")
    page.fill("#abc", JIG.replace("A3 G3:|", "G6:|", 1))
    one.drawn()
    one.bars().nth(1).click(position={"x": 6, "y": 4})
    page.click("#undo")
    one.until("text => abc.value === text", arg=JIG)
    one.drawn()
    assert page.input_value("#loop") == "part 1"
    assert "Bars 5 to 8" in page.locator("#loop option:checked").inner_text()
    assert page.get_attribute("#wave", "data-loops") == "true"


def test_another_tune_is_not_looped(one: Visit) -> None:
    one.page.select_option("#loop", "part 1")
    one.show("X:1\nM:2/4\nL:1/4\nQ:1/4=60\nK:C\nCD|EF|GA|Bc|\n")
    assert one.page.input_value("#loop") == "off"
    assert one.page.get_attribute("#wave", "data-loops") == "false"


def test_two_bars_of_two_beats_are_counted_in(one: Visit) -> None:
    page = one.page
    page.check("#counts-in")
    page.evaluate("struck.length = 0")
    page.click("#play")
    one.until("struck.length >= 6")
    struck = page.evaluate("struck.map(({ when }) => when)")
    steps = [later - earlier for earlier, later in pairwise(struck)]
    assert steps[:4] == pytest.approx([1, 1, 1, 1], abs=0.001)  # four clicks, then the tune
    assert steps[4] == pytest.approx(1 / 3, abs=0.001)


def test_the_beats_are_heard_where_that_is_wished(one: Visit) -> None:
    page = one.page
    page.check("#clicks")
    page.evaluate("struck.length = 0")
    page.click("#play")
    one.plays_until(1.5)
    struck = page.evaluate("struck.map(({ when }) => Math.round(when * 1000))")
    on_beats = [when for when in struck if (when - struck[0]) % 1000 in (0, 1, 999)]
    assert len(on_beats) >= 4  # a note and a click on each of two beats
    assert page.is_hidden("#faster-row")


def test_space_plays_and_pauses_and_changes_nothing(one: Visit) -> None:
    page = one.page
    text = one.text()
    page.locator("#score .note .notehead").nth(3).click(force=True)
    assert page.evaluate("document.activeElement.id") != "abc"
    page.keyboard.press("Space")
    page.wait_for_selector("#play[data-state=playing]")
    assert one.text() == text
    page.click("#practice-open")  # a button that was clicked is not pressed again
    page.keyboard.press("Space")
    one.stands()
    assert page.get_attribute("#practice-open", "aria-expanded") == "false"
    one.bars().first.focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#play[data-state=playing]")
    assert selected(page) == []
    page.focus("#tempo")
    page.keyboard.press("Space")
    one.stands()
    page.focus("#abc")
    page.keyboard.press("Space")
    assert one.text() != text  # where one types, it is a space


def test_space_presses_what_the_tab_key_has_come_to(one: Visit) -> None:
    page = one.page
    page.focus("#pitch-open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "practice-open"
    page.keyboard.press("Space")
    assert page.get_attribute("#practice-open", "aria-expanded") == "false"
    assert page.get_attribute("#play", "data-state") == "still"


def test_a_note_that_is_tapped_sounds(one: Visit) -> None:
    page = one.page
    page.evaluate("struck.length = 0")
    page.locator("#score .note .notehead").nth(3).click(force=True)
    one.until("struck.length === 1")
    assert one.time() == pytest.approx(1.0, abs=0.01)
    assert page.get_attribute("#play", "data-state") == "still"


def test_the_screen_stays_on_while_it_plays(one: Visit) -> None:
    page = one.page
    page.click("#play")
    one.until("locks.length === 1")
    page.click("#play")
    one.until("locks.length === 2")
    assert page.evaluate("locks") == ["held", "released"]


def test_a_fiddler_with_a_phone_loops_the_second_part_of_a_new_jig(
    visit: Callable[..., Visit],
) -> None:
    one = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = one.open()
    page.uncheck("#at-once")
    one.compose(rhythm="jig", tonic="A", mode="dorian", bars="16", form="AABB")
    page.tap("#practice-open")
    page.select_option("#loop", "part 1")
    assert page.locator("#loop option:checked").inner_text() == "Part B: Bars 9 to 16"
    set_tempo(page, 70)
    page.tap("#counts-in")
    page.tap("#faster")
    begin = one.time()
    assert begin == pytest.approx(one.length() / 2, abs=1)
    page.tap("#play")
    page.wait_for_selector("#play[data-state=playing]")
    assert page.input_value("#bpm") == "70"
    one.plays_until(begin + 1)
    page.tap("#play")
    one.stands()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # The score keeps two fifths of the screen, at least.
    assert page.evaluate("document.getElementById('dock').offsetHeight") < 0.6 * 844
