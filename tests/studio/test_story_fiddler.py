"""A fiddler's evening with a phone: a jig is composed, practised by parts, printed."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.studio.page import Visit, key
from tests.studio.test_page_notes import PHONE
from tests.studio.test_page_practice import LISTEN

pypdf = pytest.importorskip("pypdf", reason="the printed page is read by pypdf (group test)")

BEAT = 60 / 70
"""Seconds."""


def tap(one: Visit, selector: str) -> None:
    one.page.locator(selector).scroll_into_view_if_needed()
    one.page.tap(selector)


def struck(one: Visit) -> list[float]:
    """Return when notes and clicks were struck, each moment once."""
    moments = one.page.evaluate("struck.map(({ when }) => when)")
    return sorted({round(float(when), 4) for when in moments})


def test_a_jig_is_composed_practised_and_printed(visit: Callable[..., Visit]) -> None:
    one = visit(script=LISTEN, reduced_motion="no-preference", **PHONE)
    page = one.open()

    # A jig in A dorian, of two parts.
    tap(one, 'label:has(input[name="rhythm"][value="jig"])')
    page.select_option("#tonic", "A")
    page.select_option("#mode", "dorian")
    page.select_option("#bars", "16")
    tap(one, ".more summary")
    page.fill("#seed", "7")  # any jig does: this one comes each time
    if page.is_checked("#at-once"):
        tap(one, "#at-once")
    tap(one, "#go")
    one.until("abc.value && !abc.readOnly")
    one.drawn()
    one.sounding()
    jig = one.text()
    assert key(jig).replace(" ", "") in ("Ador", "Adorian")
    assert "\nM:6/8\n" in jig
    assert one.page.inner_text("#tune-name") == "Jig in A dorian"
    # The score can be seen beside the player.
    assert page.locator("#dock").bounding_box()["height"] < 844 / 2

    # The B part again and again, at 70 exactly, counted in.
    tap(one, "#practice-open")
    parts = page.locator("#loop option").all_inner_texts()
    (b_part,) = [part for part in parts if part.startswith("Part B")]
    page.select_option("#loop", label=b_part)
    tap(one, "#counts-in")
    page.fill("#bpm", "70")
    page.keyboard.press("Enter")
    assert page.input_value("#bpm") == "70"
    tap(one, "#faster")
    page.fill("#faster-by", "5")
    page.fill("#faster-to", "90")
    page.keyboard.press("Tab")
    assert page.locator("#dock").bounding_box()["height"] < 844 / 2
    page.evaluate("struck.length = 0")
    tap(one, "#play")
    one.until("struck.length >= 9")
    times = [(when - struck(one)[0]) / BEAT for when in struck(one)]
    assert times[:4] == pytest.approx([0, 1, 2, 3], abs=0.001)  # two bars of two beats
    quavers = [3 * time for time in times]
    assert quavers == pytest.approx([round(quaver) for quaver in quavers], abs=0.003)
    assert one.time() == pytest.approx(one.length() / 2, abs=2.5)

    # From its last bar on it comes back to its first, and faster.
    for faster in ("75", "80"):
        box: Any = one.bars().last
        box.evaluate("bar => bar.scrollIntoView({ block: 'center' })")
        place = box.bounding_box()
        page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + 3)
        one.until("document.getElementById('selection').hidden === false")
        tap(one, "#play-here")
        tap(one, "#unselect")
        one.until("beats => document.getElementById('bpm').value === beats", faster)
    page.evaluate("struck.length = 0")
    tap(one, "#play")
    one.stands()
    assert one.text() == jig  # nothing was changed by all that

    # On paper: the title and all staves, and nothing of the page around them.
    systems = one.bars().count() / 8  # at least: a line of print has 8 bars at most
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    assert "Jig in A dorian" in printed.pages[0].extract_text()
    assert not any("Compose" in sheet.extract_text() for sheet in printed.pages)
    assert sum(map(level_lines, printed.pages)) >= 5 * systems > 0


def level_lines(sheet: Any) -> int:
    """Return how many level lines are drawn on a page, staff lines among them."""
    lines, at = 0, (0.0, 0.0)
    for operands, operator in sheet.get_contents().operations:
        if operator in (b"m", b"l"):
            to = (float(operands[0]), float(operands[1]))
            lines += operator == b"l" and to[1] == at[1] and to[0] != at[0]
            at = to
    return lines
