"""What the tests of the page share: a visit to it, as a musician would make one."""

import re
import shutil
import time
from typing import Any
from urllib.parse import urlsplit

from tests.traditional import ALL

TUNE = ALL[0]
WINDOWED = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
"""Chromium as people have it, whose profile outlives it."""
CHROMIUM = shutil.which("chromium-headless-shell") or WINDOWED
"""Chromium, without the parts that draw a window where it can be had so: they take a
quarter of the processor time of a page test."""
WAIT = 60_000  # milliseconds: as much as a busy machine may need


class Visit:
    """A musician at the page, in a fresh browser context or a further tab of `context`.

    `complaints` are the errors and warnings of the browser, `hosts` all that it asked.
    """

    def __init__(
        self, browser: Any, url: str, *, script: str = "", context: Any = None, **options: Any
    ) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        given = {
            "viewport": {"width": 1280, "height": 900},
            "locale": "en-US",
            "accept_downloads": True,
            "reduced_motion": "reduce",  # drawing what moves takes a third of a visit's time
            "service_workers": "block",  # only tests of it have one: it loads all once more
        }
        self.context = context or browser.new_context(**given | options)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        if script:
            self.page.add_init_script(script)

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "blocked by Playwright" not in text:
            self.complaints.append(text)

    def _asked(self, address: str) -> None:
        if not address.startswith(("blob:", "data:")):
            self.hosts.add(urlsplit(address).netloc)

    def open(self, fragment: str = "") -> Any:
        """Go to the page and return it."""
        self.page.goto(self.url + fragment)
        self.page.wait_for_selector("#rhythms label")
        return self.page

    def until(self, expression: str, arg: object = None) -> Any:
        """Wait until an expression or function of `arg` is true; return its value."""
        # Playwright's wait_for_function needs eval, which the page's policy forbids.
        end = time.monotonic() + WAIT / 1000
        while not (found := self.page.evaluate(expression, arg)):
            assert time.monotonic() < end, (
                f"never came true: {expression} of {arg!r}; the text is {self.text()!r}"
            )
            self.page.wait_for_timeout(30)
        return found

    def compose(self, seed: int = 3, **choices: str) -> str:
        """Compose by the form and return the tune's text."""
        page, before = self.page, self.text()
        for name in ("rhythm", "meter"):
            if name in choices:
                page.locator(f'input[name="{name}"][value="{choices[name]}"]').check()
        for name in ("tonic", "mode", "bars", "form"):
            if name in choices:
                page.select_option(f"#{name}", choices[name])
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
        """Wait until there is music to play."""
        self.page.wait_for_selector("#wave[data-empty=false]")

    def text(self) -> str:
        return str(self.page.input_value("#abc"))

    def score(self) -> str:
        """Return what is drawn, as the places of all note heads."""
        return str(
            self.page.evaluate(
                "[...document.querySelectorAll('#score .notehead use')]"
                ".map(e => e.getAttribute('transform')).join(' ')"
            )
        )

    def time(self) -> float:
        """Return the seconds at which the player is."""
        return float(self.page.get_attribute("#wave", "aria-valuenow"))

    def length(self) -> float:
        """Return the seconds that the tune takes in the player."""
        return float(self.page.get_attribute("#wave", "aria-valuemax"))

    def plays_until(self, time: float) -> None:
        """Wait until the player has come to a time."""
        self.until("time => wave.ariaValueNow > time", arg=time)

    def stands(self) -> None:
        """Wait until the player does not play."""
        self.page.wait_for_selector("#play[data-state=still]")

    def bars(self) -> Any:
        return self.page.locator("#score [role=option]")


def music(abc: str) -> str:
    """Return the bars of a tune: all that stands behind its K: line."""
    return abc.split("K:", 1)[1].split("\n", 1)[1]


def key(abc: str) -> str:
    """Return the key as a tune's K: line says it."""
    found = re.search(r"^K:(.*)$", abc, re.MULTILINE)
    assert found is not None
    return found[1]


def selected(page: Any) -> list[int]:
    """Return the bars that are selected."""
    found = page.evaluate(
        "[...document.querySelectorAll('#score [role=option]')]"
        ".flatMap((e, i) => e.getAttribute('aria-selected') === 'true' ? [i] : [])"
    )
    return [int(place) for place in found]
