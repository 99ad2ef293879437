"""The page composes: a press of the button, and a tune that grows bar by bar."""

import re
from collections.abc import Callable

from tests.studio.page import TUNE, Visit, key
from tests.traditional import ALL

# A server that takes its time. The tune that has come is told again, bar by bar, as a
# slow server would tell it: the next bar once the last one is drawn, however long this
# machine takes. `slowIsHeld` stops it half-way.
SLOW = """
const real = window.fetch;
window.fetch = async (path, options) => {
  const response = await real(path, options);
  if (!String(path).endsWith("v1/tunes") || !response.ok) return response;
  const text = await response.text();
  const tune = JSON.parse(/event: tune\\ndata: (.*)/.exec(text)[1]);
  const head = tune.abc.slice(0, tune.abc.indexOf("\\n", tune.abc.indexOf("\\nK:") + 1) + 1);
  const bars = tune.abc.slice(head.length).match(/(\\|:)?[^|]*\\|[|:\\]]*/g);
  const body = new ReadableStream({
    async start(out) {
      options.signal.addEventListener("abort", () => out.error(options.signal.reason));
      const say = (event, data) => out.enqueue(new TextEncoder().encode(
        `event: ${event}\\ndata: ${JSON.stringify(data)}\\n\\n`));
      for (let count = 1; count < bars.length; count++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        const isHeld = () =>
          window.slowIsHeld && count > bars.length / 2 && !options.signal.aborted;
        const isDrawn = () => document.querySelector("#score:not([aria-busy=true])");
        while (isHeld() || !isDrawn()) await new Promise((resolve) => setTimeout(resolve, 20));
        if (options.signal.aborted) return;
        say("progress", { index: 0, abc: head + bars.slice(0, count).join("") });
      }
      say("tune", tune);
      say("end", { count: 1 });
      out.close();
    },
  });
  return new Response(body, { status: 200, headers: { "Content-Type": "text/event-stream" } });
};
"""

# Each number of bars that the score comes to have, in turn.
COUNT_GROWTH = """
window.grown = [];
new MutationObserver(() => {
  const bars = document.querySelectorAll("#score .measure").length;
  if (bars && bars !== window.grown.at(-1)) window.grown.push(bars);
}).observe(document.getElementById("score"), { childList: true });
"""


def test_a_press_of_the_button_composes_a_tune_that_is_shown_and_named(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    assert page.is_visible("#empty")
    abc = one.compose(rhythm="jig", tonic="A", mode="dorian")
    assert re.search(r"^R:\s*jig$", abc, re.MULTILINE) and key(abc).startswith("Ador")
    assert page.inner_text("#tune-kind") == "Jig"
    assert "A dorian" in page.inner_text("#tune-facts") and "6/8" in page.inner_text("#tune-facts")
    assert not page.is_visible("#empty")
    assert page.locator("#score .measure").count() == one.bars().count() > 8
    one.show(
        next(text for text in ALL if "|:fg|" in text)
    )  # with pickups, which are no bars of their own
    assert "16 bars" in page.inner_text("#tune-facts")
    names = [bar.get_attribute("aria-label") for bar in one.bars().all()]
    assert names[:4] == ["Pickup to bar 1", "Pickup to bar 1", "Bar 1", "Bar 2"]
    one.until("/shared with a known tune: [0-9]+ notes, ./.test(originality.innerText)")


def test_the_same_seed_and_wishes_give_the_same_tune_and_another_key_another(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    one.open()
    first = one.compose(rhythm="reel", tonic="D", mode="major")
    one.compose(seed=4)
    assert one.compose(seed=3) == first
    page = one.page
    page.select_option("#tonic", "E")
    page.select_option("#mode", "dorian")
    other = one.compose(seed=3)
    assert key(other).startswith("Edor")
    assert "E dorian" in page.inner_text("#tune-facts")


def test_the_type_of_tune_narrows_the_meters_and_no_choice_that_is_left_is_refused(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    page.locator('input[name="rhythm"][value="reel"]').check()
    assert page.locator('input[name="meter"][value="6/8"]').is_hidden()
    shown = page.locator("#meters label:not([hidden]) input")
    assert "4/4" in [shown.nth(place).get_attribute("value") for place in range(shown.count())]
    assert "4/4" in one.compose(meter="4/4").split("K:")[0]
    page.locator('input[name="rhythm"][value="slip jig"]').check()
    assert page.is_hidden("#meter-field"), "it has one meter"
    assert "9/8" in one.compose(seed=4).split("K:")[0]
    page.locator('input[name="rhythm"][value="polka"]').check()
    assert page.locator('input[name="meter"]:checked').get_attribute("value") == ""


def test_the_score_grows_bar_by_bar_while_the_tune_is_composed(visit: Callable[..., Visit]) -> None:
    one = visit(script=SLOW)
    page = one.open()
    page.evaluate(COUNT_GROWTH)
    page.evaluate("window.slowIsHeld = true")
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=true] #score .note")
    assert page.input_value("#abc") != "" and page.is_editable("#abc") is False
    page.evaluate("window.slowIsHeld = false")
    page.wait_for_selector("#paper[aria-busy=false]")
    one.drawn()
    grown = page.evaluate("grown")
    assert len(grown) >= 4 and grown == sorted(grown), grown
    assert grown[-1] == one.bars().count()


def test_playing_starts_while_the_rest_is_composed_and_goes_on_with_it(
    visit: Callable[..., Visit],
) -> None:
    one = visit(script=SLOW)
    page = one.open()
    assert page.is_checked("#at-once")
    page.evaluate("window.slowIsHeld = true")  # half-way
    page.click("#go")
    one.plays_until(0.2)
    length = one.length()
    assert page.is_visible("#paper[aria-busy=true]")
    page.evaluate("window.slowIsHeld = false")
    page.wait_for_selector("#paper[aria-busy=false]")
    one.until("length => wave.ariaValueMax > length", arg=length)
    one.plays_until(0.5)
    page.wait_for_selector("#play[data-state=playing]")


def test_composing_can_be_stopped_and_what_was_there_comes_back(
    visit: Callable[..., Visit],
) -> None:
    one = visit(script=SLOW)
    page = one.open()
    one.show(TUNE)
    page.evaluate("window.slowIsHeld = true")
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=true]")
    one.until("text => abc.value !== text", arg=TUNE)
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=false]")
    assert one.text() == TUNE
    assert page.inner_text("#status") == "Stopped."


def test_a_tune_that_is_composed_in_spanish_has_a_spanish_title(
    visit: Callable[..., Visit],
) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    abc = one.compose(rhythm="jig", tonic="F#", mode="minor")
    assert "\nT:Jiga en fa sostenido menor\n" in abc
    assert page.inner_text("#tune-name") == "Jiga en fa♯ menor"
    page.click("#language")
    assert page.inner_text("#tune-name") == "Jig in F♯ minor"
    page.fill("#tune-title", "Mi jiga")
    assert "\nT:Mi jiga\n" in one.compose(seed=4)
