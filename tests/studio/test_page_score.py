"""The page shows: score and text lead to each other, and faults are found."""

import re
from collections.abc import Callable

from tests.studio.page import TUNE, Visit, music, selected


def test_an_edit_changes_the_score_and_a_fault_is_listed_and_found(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    before = one.score()
    heads = len(before.split(") translate"))
    body = music(TUNE)
    changed = TUNE.replace(
        body, re.sub(r"[A-Ga-g]", "c", body, count=1) if body.lstrip("|:")[0] != "c" else body
    )
    page.fill("#abc", changed)
    one.until(
        "before => [...document.querySelectorAll('#score .notehead use')]"
        ".map(e => e.getAttribute('transform')).join(' ') !== before",
        arg=before,
    )
    assert heads > 0
    one.until("document.getElementById('problems-title').textContent === 'Every bar is right.'")
    page.fill("#abc", re.sub(r"(K:.*\n)", r"\1!wobble!", changed))
    one.until(
        "document.getElementById('problems-title').textContent === "
        "'Every bar is right. · one remark'"
    )
    remark = page.locator("#problems .remark button")
    assert remark.text_content().startswith("remark, line ")
    lines = TUNE.split("\n")
    row = next(place for place, line in enumerate(lines) if line.startswith("K:")) + 1
    lines[row] = lines[row].replace("|", "|C16|", 2).replace("|C16|", "|", 1)
    page.fill("#abc", "\n".join(lines))
    page.wait_for_selector("#problems .fault button")
    page.evaluate("abc.setSelectionRange(0, 0)")
    page.locator("#problems button").first.click()
    at = page.evaluate("abc.selectionStart")
    assert page.evaluate("document.activeElement.id") == "abc"
    assert "\n".join(lines)[:at].count("\n") == row


def test_a_note_leads_to_its_text_and_the_text_to_its_note(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.locator("#score .note .notehead").nth(5).click(force=True)
    at, end = page.evaluate("[abc.selectionStart, abc.selectionEnd]")
    assert re.fullmatch(r"[_=^]*[A-Ga-g][,']*[0-9/]*", TUNE[at:end]), TUNE[at:end]
    notes = re.findall(r"[A-Ga-g]", TUNE[: at + 1].split("K:")[1].split("\n", 1)[1])
    assert len(notes) == 6
    marked = page.evaluate(
        "[...document.querySelectorAll('#score .note')].findIndex(e => e.matches('.at-caret'))"
    )
    assert marked == 5
    page.focus("#abc")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    one.until(
        "[...document.querySelectorAll('#score .note')]"
        ".findIndex(e => e.matches('.at-caret')) !== 5"
    )


def test_the_score_s_name_counts_its_bars(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    name = page.get_attribute("#score .music", "aria-label")
    assert name == "Score of The Kesh, 16 bars"
    one.show("X:1\nT:Pickup\nM:4/4\nL:1/8\nK:G\nGA\n")
    one.until("document.querySelector('#score .music').ariaLabel.includes('Pickup')")
    assert "0 bars" not in page.get_attribute("#score .music", "aria-label")


def test_letters_of_parts_and_the_tempo_stand_over_the_score(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(
        "X:1\nT:Parts\nM:6/8\nL:1/8\nQ:3/8=100\nK:G\nP:A\n|:GBd gdB|A3 G3:|\n"
        "P:B\n|:gdB gdB|A3 G3:|\n"
    )
    words = page.locator("#score .music text").all_text_contents()
    texts = ["".join(word.split()) for word in words]
    assert {"A", "B"} <= set(texts)
    assert any(text.endswith("=100") for text in texts)
    # None of that lies over a bar, or over the notes in it.
    box = page.locator("#score .note .notehead").nth(6).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.text_content("#note-name") == "A, dotted crotchet, bar 2"
    bars = one.bars()
    bars.nth(2).click(position={"x": 6, "y": 4})
    assert selected(page) == [2]
    bars.nth(2).press("Enter")
    page.wait_for_selector("#score .note.sounding")
