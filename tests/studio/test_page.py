"""The studio's page in a real browser, Debian's Chromium: what a musician does with it,
and that nobody is left out."""

import base64
import io
import json
import re
import shutil
import time
import wave
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mido
import pypdf
import pytest

from tests.studio.server import running
from tests.traditional import ALL

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="the page's tests need playwright (group test)"
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the page's tests need axe (group test)"
)

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
if CHROMIUM is None:
    pytest.skip(
        "no Chromium is installed (apt-get install chromium): the page is not tested",
        allow_module_level=True,
    )

TUNE = ALL[0]
WAIT = 60_000  # milliseconds: as much as a busy machine may need

SLOW = """
// A server that takes its time: the tune that came, first bar by bar, as the events of a slow one would be.
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
        while (window.slowIsHeld && count > bars.length / 2) await new Promise((resolve) => setTimeout(resolve, 20));
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

COUNT_GROWTH = """
window.grown = [];
new MutationObserver(() => {
  const bars = document.querySelectorAll("#score .measure").length;
  if (bars && bars !== window.grown.at(-1)) window.grown.push(bars);
}).observe(document.getElementById("score"), { childList: true });
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(render_timeout=60) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM)
        yield one
        one.close()


class Visit:
    """A musician at the page, in a fresh browser context; what the browser complains of
    is kept."""

    def __init__(self, browser: Any, url: str, *, script: str = "", **options: Any) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        given = {
            "viewport": {"width": 1280, "height": 900},
            "locale": "en-US",
            "accept_downloads": True,
        }
        self.context = browser.new_context(**given | options)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        if script:
            self.page.add_init_script(script)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, address: str) -> None:
        if not address.startswith(("blob:", "data:")):
            self.hosts.add(urlsplit(address).netloc)

    def open(self, fragment: str = "") -> Any:
        self.page.goto(self.url + fragment)
        self.page.wait_for_selector("#rhythms label")
        return self.page

    def until(self, expression: str, arg: object = None) -> Any:
        """What an expression, or a function of `arg`, is once it is true. (Playwright's
        own way needs eval.)

        NaN, the duration of a sound that is being loaded, is false as in JavaScript.
        """
        end = time.monotonic() + WAIT / 1000
        while not (found := self.page.evaluate(expression, arg)) or found != found:
            assert time.monotonic() < end, f"never came true: {expression}"
            self.page.wait_for_timeout(30)
        return found

    def compose(self, seed: int = 3, **wishes: str) -> str:
        """Compose by the form; the tune's text."""
        page, before = self.page, self.text()
        for name in ("rhythm", "meter"):
            if name in wishes:
                page.locator(f'input[name="{name}"][value="{wishes[name]}"]').check()
        for name in ("tonic", "mode", "bars", "form"):
            if name in wishes:
                page.select_option(f"#{name}", wishes[name])
        if not page.is_visible("#seed"):
            page.click(".more summary")
        page.fill("#seed", str(seed))
        page.click("#go")
        self.until("before => abc.value !== before && !abc.readOnly", before)
        self.drawn()
        return self.text()

    def show(self, text: str) -> None:
        """Bring a text to the page as a link does."""
        fragment = self.page.evaluate(
            "async abc => (await import(new URL('static/share.js', location.href))).pack({ abc })",
            text,
        )
        self.page.evaluate("fragment => { location.hash = fragment }", fragment)
        self.until("text => abc.value === text", arg=text)
        self.drawn()

    def drawn(self) -> None:
        """Wait until the score is that of the text."""
        self.page.wait_for_selector("#score[aria-busy=false]:not([data-stale=true]) .music .note")

    def sounding(self) -> None:
        """Wait until there is sound."""
        self.page.wait_for_selector("#wave[data-empty=false]")

    def text(self) -> str:
        return str(self.page.input_value("#abc"))

    def score(self) -> str:
        """What is drawn, by its heads: their places in the picture."""
        return str(
            self.page.evaluate(
                "[...document.querySelectorAll('#score .notehead use')].map(e => e.getAttribute('transform')).join(' ')"
            )
        )

    def time(self) -> float:
        return float(self.page.evaluate("audio.currentTime"))

    def bars(self) -> Any:
        return self.page.locator("#score [role=option]")


@pytest.fixture
def visit(browser: Any, url: str) -> Iterator[Callable[..., Visit]]:
    """Visits, each in a context of its own. None may end with a complaint or a request
    to another host."""
    visits: list[Visit] = []

    def begin(**options: Any) -> Visit:
        visits.append(Visit(browser, url, **options))
        return visits[-1]

    yield begin
    for one in visits:
        one.context.close()
        assert one.complaints == []
        assert one.hosts <= {urlsplit(url).netloc}


def music(abc: str) -> str:
    """The bars of a tune: what stands behind its K: line."""
    return abc.split("K:", 1)[1].split("\n", 1)[1]


def key(abc: str) -> str:
    found = re.search(r"^K:(.*)$", abc, re.MULTILINE)
    assert found is not None
    return found[1]


# Composing


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
    page.locator('input[name="rhythm"][value="slip jig"]').check()
    shown = page.locator("#meters label:not([hidden]) input")
    assert "9/8" in [shown.nth(place).get_attribute("value") for place in range(shown.count())]
    assert "9/8" in one.compose(meter="9/8").split("K:")[0]
    page.locator('input[name="rhythm"][value="polka"]').check()
    assert page.locator('input[name="meter"]:checked').get_attribute("value") == ""


def test_the_score_grows_bar_by_bar_while_the_tune_is_composed(visit: Callable[..., Visit]) -> None:
    one = visit(script=SLOW)
    page = one.open()
    page.evaluate(COUNT_GROWTH)
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=true] #score .note")
    assert page.input_value("#abc") != "" and page.is_editable("#abc") is False
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
    length = one.until("audio.currentTime > 0.2 && audio.duration")
    assert page.is_visible("#paper[aria-busy=true]")
    page.evaluate("window.slowIsHeld = false")
    page.wait_for_selector("#paper[aria-busy=false]")
    one.until("length => audio.duration > length", arg=length)
    one.until("!audio.paused && audio.currentTime > 0.5")


def test_composing_can_be_stopped_and_what_was_there_comes_back(
    visit: Callable[..., Visit],
) -> None:
    one = visit(script=SLOW)
    page = one.open()
    one.show(TUNE)
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=true]")
    one.until("text => abc.value !== text", arg=TUNE)
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=false]")
    assert one.text() == TUNE
    assert page.inner_text("#status") == "Stopped."


# Sound


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


# Score and text together


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
    lines = TUNE.split("\n")
    row = next(place for place, line in enumerate(lines) if line.startswith("K:")) + 1
    lines[row] = lines[row].replace("|", "|C16|", 2).replace("|C16|", "|", 1)
    page.fill("#abc", "\n".join(lines))
    page.wait_for_selector("#problems button")
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
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    one.until(
        "[...document.querySelectorAll('#score .note')].findIndex(e => e.matches('.at-caret')) !== 5"
    )


# Rework


def selected(page: Any) -> list[int]:
    found = page.evaluate(
        "[...document.querySelectorAll('#score [role=option]')]"
        ".flatMap((e, i) => e.getAttribute('aria-selected') === 'true' ? [i] : [])"
    )
    return [int(place) for place in found]


EMPTY_SPOT = """number => {
  const box = document.querySelectorAll("#score [role=option]")[number].getBoundingClientRect();
  const heads = [...document.querySelectorAll("#score .notehead")].map((head) => head.getBoundingClientRect());
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


def test_steps_are_undone_and_redone_and_the_session_keeps_its_tunes(
    visit: Callable[..., Visit],
) -> None:
    one = visit()
    page = one.open()
    first = one.compose(seed=3)
    second = one.compose(seed=4)
    page.click("#undo")
    one.until("text => abc.value === text", arg=first)
    page.click("#redo")
    one.until("text => abc.value === text", arg=second)
    assert page.is_disabled("#redo")
    assert page.locator("#tunes button").count() == 2
    page.locator("#tunes button").nth(1).click()
    assert one.text() == first
    page.reload()
    one.until("text => abc.value === text", arg=first)
    assert page.locator("#tunes button").count() == 2


# Links and files


def test_a_link_brings_the_very_same_tune_to_a_fresh_browser(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    abc = one.compose(rhythm="polka")
    page.select_option("#instrument", "whistle")
    page.locator("#tempo").fill("120")
    page.click("#share")
    one.until("location.hash.startsWith('#tune=')")
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
    assert "#tune=" not in page.url


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
        assert download.value.suggested_filename.endswith("." + button.get_attribute("data-format"))
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
    assert seconds == pytest.approx(one.until("audio.duration"), abs=0.1)
    decoded = page.evaluate(
        "async text => (await new OfflineAudioContext(1, 1, 44100)"
        ".decodeAudioData(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)).duration",
        base64.b64encode(files["MP3"]).decode(),
    )
    assert decoded == pytest.approx(seconds, abs=0.2)
    assert len(pypdf.PdfReader(io.BytesIO(files["PDF"])).pages) >= 1
    score = ET.fromstring(files["MusicXML"])
    assert score.tag == "score-partwise"
    assert len([note for note in score.iter("note") if note.find("rest") is None]) == heads


def test_the_text_is_copied(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    page.click("#copy")
    one.until("document.getElementById('status').textContent === 'Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == TUNE


# When things go wrong


def test_what_the_server_refuses_is_said_in_its_one_line(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    page.click(".more summary")
    page.fill("#opening", "G2B d2B|c2A F2D|")
    page.click("#go")
    page.wait_for_selector("#notice:not([hidden])")
    assert "key and the meter" in page.inner_text("#notice-text")
    assert page.get_attribute("#notice", "role") == "alert"
    assert page.is_visible("#empty")
    one.complaints[:] = [
        said for said in one.complaints if "422" not in said
    ]  # Chromium logs every refused request
    page.select_option("#tonic", "G")
    page.locator('input[name="meter"][value="6/8"]').check()
    page.click("#retry")
    page.wait_for_selector("#notice:not([hidden])")
    one.complaints[:] = [said for said in one.complaints if "422" not in said]
    page.click("#go")
    page.wait_for_selector("#score .note")
    assert page.is_hidden("#notice")


def test_a_busy_server_is_waited_for(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    turned_away: list[str] = []

    def busy(route: Any) -> None:
        if len(turned_away) < 1:
            turned_away.append(route.request.url)
            body = json.dumps({"error": {"kind": "busy", "message": "too much to do"}})
            route.fulfill(
                status=429,
                headers={"Retry-After": "2", "Content-Type": "application/json"},
                body=body,
            )
        else:
            route.continue_()

    page.route("**/v1/tunes", busy)
    page.click("#go")
    one.until("/busy; trying again in [12] s/.test(document.getElementById('status').textContent)")
    page.wait_for_selector("#score .note")
    assert page.is_hidden("#notice")
    one.complaints[:] = [said for said in one.complaints if "429" not in said]


def test_a_lost_connection_is_told_and_it_goes_on_afterwards(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    one.show(TUNE)
    one.sounding()
    one.context.set_offline(True)
    page.wait_for_selector("#offline:not([hidden])")
    page.click("#go")
    page.wait_for_selector("#paper[aria-busy=false]")
    assert one.text() == TUNE
    assert page.is_hidden("#notice")
    one.context.set_offline(False)
    page.wait_for_selector("#offline", state="hidden")
    one.complaints[:] = [said for said in one.complaints if "ERR_INTERNET_DISCONNECTED" not in said]
    page.click("#go")
    one.until("text => abc.value !== text", arg=TUNE)


def test_a_server_with_a_token_is_asked_for_it(browser: Any) -> None:
    with running(token="a-long-enough-secret-token") as server:
        one = Visit(browser, server.url)
        page = one.page
        page.goto(server.url)
        page.wait_for_selector("#token-dialog[open]")
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        one.until("document.getElementById('token').value === ''")
        page.fill("#token", "a-long-enough-secret-token")
        page.keyboard.press("Enter")
        page.wait_for_selector("#rhythms label")
        assert page.locator("#token-dialog[open]").count() == 0
        one.compose()
        assert [said for said in one.complaints if "401" not in said] == []
        one.context.close()


def test_pictures_from_elsewhere_can_do_nothing(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    page.on("dialog", lambda dialog: one.complaints.append(dialog.message))
    left = page.evaluate(
        """async () => {
          const { safeSvg } = await import(new URL("static/score.js", location.href));
          const made = safeSvg(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
            onload="alert(1)" viewBox="0 0 1 1"><script>alert(2)</script>
            <a href="javascript:alert(3)"><path d="M0 0"/></a>
            <use xlink:href="https://example.org/x.svg#a"/><use href="#a"/><image href="https://example.org/x.png"/>
            <foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>
            <g id="a" onclick="alert(4)" fill="black">
            <path fill="url(https://example.org/#p)" stroke="none" d="M0 0"/></g>
            <animate attributeName="href" to="javascript:alert(5)"/></svg>`);
          return new XMLSerializer().serializeToString(made);
        }"""
    )
    for banned in (
        "script",
        "alert",
        "example.org",
        "image",
        "foreignObject",
        "animate",
        "<a",
        "onload",
        "onclick",
    ):
        assert banned not in left
    assert 'href="#a"' in left and 'fill="currentColor"' in left and 'stroke="none"' in left
    # The browser's own guard, the page's policy, speaks up besides: nothing of it would
    # have run anyway.
    one.complaints[:] = [said for said in one.complaints if "Content Security Policy" not in said]


# For everyone


@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Callable[..., Visit], width: int) -> None:
    one = visit(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = one.open()
    for stage in ("empty", "tune"):
        if stage == "tune":
            one.show(TUNE.replace("|", "|C16|", 1))
            page.wait_for_selector("#problems button")
            page.locator("#score [role=option]").nth(1).focus()
            page.keyboard.press("Space")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = axe.Axe().run(page)
            assert found.violations_count == 0, f"{stage}, {scheme}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        clipped = page.evaluate(
            "[...document.querySelectorAll('button, select, label, h1, h2, h3, .tune-line')].filter(e => e.offsetParent"
            " && getComputedStyle(e).position !== 'absolute' && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)"
            ".map(e => e.id || e.outerHTML.slice(0, 80))"
        )
        assert clipped == []


def test_it_works_by_keyboard_alone_and_shows_where_one_is(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if (
                page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('role')"
                )
                == name
            ):
                assert (
                    page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                )
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("tonic")
    page.keyboard.press("d")
    assert page.input_value("#tonic") == "D"
    tab_to("go")
    page.keyboard.press("Enter")
    page.wait_for_selector("#paper[aria-busy=false] .note")
    one.sounding()
    tab_to("option")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert selected(page) == [1]
    page.keyboard.press("ArrowDown")
    focused = int(page.evaluate("document.activeElement.dataset.bar"))
    assert focused > 1
    page.keyboard.press("Enter")
    one.until("audio.currentTime > 1")
    tab_to("play")
    page.keyboard.press("Space")
    one.until("audio.paused")


def test_it_speaks_the_language_of_the_browser_and_can_be_switched(
    visit: Callable[..., Visit],
) -> None:
    one = visit(locale="es-ES")
    page = one.open()
    assert page.get_attribute("html", "lang") == "es"
    assert page.inner_text("#go") == "Componer"
    one.compose(rhythm="waltz", tonic="G", mode="major")
    assert page.inner_text("#tune-name") == "Vals en sol mayor"
    page.click("#language")
    assert page.get_attribute("html", "lang") == "en"
    assert page.inner_text("#tune-name") == "Waltz in G major"
    assert page.locator('input[name="rhythm"]:checked').get_attribute("value") == "waltz"
    page.reload()
    page.wait_for_selector("#rhythms label")
    assert page.get_attribute("html", "lang") == "en"


def test_both_languages_say_everything(visit: Callable[..., Visit]) -> None:
    one = visit()
    page = one.open()
    said = page.evaluate("fetch('static/i18n.js').then(response => response.text())")
    tables = re.findall(r"^const (EN|ES) = \{(.*?)^\};", said, re.MULTILINE | re.DOTALL)
    names = [re.findall(r'^  "?([a-z-]+)"?:', body, re.MULTILINE) for _, body in tables]
    assert len(names) == 2 and names[0] == names[1] and len(names[0]) > 60


def test_dark_and_light_follow_the_system_and_can_be_switched(visit: Callable[..., Visit]) -> None:
    one = visit(
        color_scheme="dark", reduced_motion="reduce"
    )  # no note in the colour of what is new
    page = one.open()
    one.show(TUNE)

    def lightness(of: str, what: str) -> float:
        found = page.evaluate(f"getComputedStyle(document.querySelector('{of}')).{what}")
        return sum(float(part) for part in re.findall(r"[\d.]+", found)[:3]) / 3

    assert (
        lightness("#paper", "backgroundColor")
        < 60
        < 190
        < lightness("#score .notehead use", "fill")
    )
    page.click("#theme")
    assert (
        lightness("#paper", "backgroundColor")
        > 190
        > 60
        > lightness("#score .notehead use", "fill")
    )
    page.reload()
    page.wait_for_selector("#score .note")
    assert lightness("#paper", "backgroundColor") > 190


def test_motion_is_reduced_where_that_is_wished(visit: Callable[..., Visit]) -> None:
    for wish, moves in (("reduce", False), ("no-preference", True)):
        one = visit(reduced_motion=wish, viewport={"width": 390, "height": 700})
        page = one.open()
        one.compose(rhythm="jig")
        names = page.evaluate(
            "getComputedStyle(document.querySelector('#score .fresh')).animationName"
        )
        assert (names != "none") is moves
        one.sounding()
        one.until("!audio.paused")
        page.evaluate("scrollTo(0, 0)")
        page.locator("#score [role=option]").last.focus()
        page.evaluate("scrollTo(0, 0)")
        page.keyboard.press("Enter")
        one.until("audio.currentTime > 4")
        page.wait_for_timeout(1200)
        assert (page.evaluate("scrollY") > 100) is moves
