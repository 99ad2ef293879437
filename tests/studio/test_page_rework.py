"""The page reworks: bars redrawn, parts added, variations, undo and redo."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.studio.page import TUNE, Visit, music, selected

# Of all points in a bar, the one that is farthest from the note heads.
EMPTY_SPOT = """number => {
  const box = document.querySelectorAll("#score [role=option]")[number].getBoundingClientRect();
  const heads = [...document.querySelectorAll("#score .notehead")]
    .map((head) => head.getBoundingClientRect());
  let best = null;
  for (let x = box.left + 3; x < box.right - 2; x += 3)
    for (let y = box.top + 3; y < box.bottom - 2; y += 3) {
      const away = Math.min(...heads.map((head) => Math.hypot(
        Math.max(head.left - x, 0, x - head.right), Math.max(head.top - y, 0, y - head.bottom))));
      if (!best || away > best[2]) best = [x, y, away];
    }
  return best;
}"""


def press_bar(page: Any, number: int, *modifiers: str) -> None:
    """Click into a bar where no note is near."""
    page.locator("#score [role=option]").nth(number).scroll_into_view_if_needed()
    x, y, _ = page.evaluate(EMPTY_SPOT, number)
    for key in modifiers:
        page.keyboard.down(key)
    page.mouse.click(x, y)
    for key in modifiers:
        page.keyboard.up(key)


def bars_of(abc: str) -> list[str]:
    """Return the bars of a tune, one by one."""
    return [
        bar for bar in re.split(r"[|:\s\]]*\|[|:\]]*(?:\[?[1-9])?\s*", music(abc)) if bar.strip()
    ]


def test_bars_are_selected_by_mouse_and_keys_and_only_they_are_redrawn(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    page.uncheck("#at-once")
    abc = one.compose(rhythm="jig")
    press_bar(page, 2)
    assert selected(page) == [2]
    press_bar(page, 4, "Shift")
    assert selected(page) == [2, 3, 4]
    has_pickup = one.bars().first.get_attribute("aria-label") != "Bar 1"
    assert page.inner_text("#selection-name") == ("Bars 2 to 4" if has_pickup else "Bars 3 to 5")
    page.keyboard.press("Escape")
    page.locator("#score [role=option]").nth(0).focus()
    for pressed in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(pressed)
    assert selected(page) == [2, 3, 4]
    with page.expect_request("**/v1/rewrite") as asked:
        page.click("#redraw")
    assert json.loads(asked.value.post_data)["bars"] == [2, 5]
    one.until("text => abc.value !== text", arg=abc)
    page.wait_for_selector("#paper[aria-busy=false]")
    one.drawn()
    before, after = bars_of(abc), bars_of(one.text())
    assert before[:2] == after[:2] and before[5:] == after[5:]
    assert before[2:5] != after[2:5]


def test_a_part_is_added_and_a_variation_keeps_the_length(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    abc = one.compose(rhythm="jig", bars="16")
    count = one.bars().count()
    page.click("#part")
    one.until(
        "count => document.querySelectorAll('#score [role=option]').length > count", arg=count
    )
    page.wait_for_selector("#paper[aria-busy=false]")
    longer = one.text()
    assert bars_of(longer)[: len(bars_of(abc)) - 1] == bars_of(abc)[:-1]
    page.click("#vary")
    one.until("text => abc.value !== text", arg=longer)
    page.wait_for_selector("#paper[aria-busy=false]")
    assert len(bars_of(one.text())) == len(bars_of(longer))
    page.click("#undo")
    one.until("text => abc.value === text", arg=longer)
    page.click("#undo")
    one.until("text => abc.value === text", arg=abc)
    page.click("#redo")
    one.until("text => abc.value === text", arg=longer)


def test_undo_and_redo_go_through_the_versions_of_one_tune(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.compose(seed=3)
    other = one.compose(seed=4)
    assert page.is_disabled("#undo")
    page.click("#vary")
    one.until("text => abc.value !== text && !abc.readOnly", arg=other)
    varied = one.text()
    page.click("#undo")
    one.until("text => abc.value === text", arg=other)
    page.click("#redo")
    one.until("text => abc.value === text", arg=varied)
    assert page.is_disabled("#redo")
    assert page.locator("#tunes .open").count() == 2


def test_an_emptied_text_empties_the_sheet_and_can_be_typed_anew(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.fill("#abc", "")
    page.wait_for_selector("#empty")
    assert page.is_hidden("#score")
    assert page.is_hidden("#dock")
    assert page.inner_text("#tune-name") == "An empty sheet"
    assert page.evaluate("document.activeElement.id") == "abc"
    page.keyboard.insert_text(TUNE.replace("The Kesh", "Another"))
    one.drawn()
    one.until("document.getElementById('tune-name').textContent === 'Another'")
