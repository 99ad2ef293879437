"""How soon a musician sees and hears a tune: from the click on Compose, in a real
browser on a real server.

    python -m tests.bench.page [--visits 10]

Printed are the medians, and all figures, in milliseconds: until the first notes are on
the page; until the sound plays (the audio element advances); until the whole tune of 16
bars is there, its score and its sound.
"""

import argparse
import statistics
from typing import Any

from playwright.sync_api import sync_playwright

from tests.studio.page import CHROMIUM, Visit
from tests.studio.server import running

CLICK = """() => new Promise((done) => {
  const find = (id) => document.getElementById(id);
  const paper = find("paper"), score = find("score"), wave = find("wave");
  const audio = document.querySelector("audio");
  const before = score.querySelector("svg"), begun = performance.now(), seen = {};
  const look = () => {
    const now = performance.now() - begun, svg = score.querySelector("svg");
    if (!seen.notes && svg && svg !== before && svg.querySelector(".note")) seen.notes = now;
    if (!seen.sound && seen.notes && !audio.paused && audio.currentTime > 0) seen.sound = now;
    const isBusy = [paper, score].some((one) => one.getAttribute("aria-busy") === "true");
    const isDrawn = !isBusy && wave.dataset.empty === "false";
    if (seen.sound && isDrawn && audio.duration > 15) seen.whole = now;
    if (seen.whole || now > 60000) done(seen);
    else requestAnimationFrame(look);
  };
  find("go").click();
  requestAnimationFrame(look);
})"""


def main() -> None:
    """Visit the page, and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=10)
    visits: int = parser.parse_args().visits
    measured: list[dict[str, Any]] = []
    with running() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = Visit(browser, server.url).open()
        page.select_option("#bars", "16")
        for number in range(visits + 1):
            figures = page.evaluate(CLICK)
            page.wait_for_timeout(500)
            if page.get_attribute("#play", "data-state") == "playing":
                page.click("#play")
            if number:  # the first one warms up browser and server
                measured.append(figures)
        browser.close()
    for name, what in (("notes", "first notes"), ("sound", "sound"), ("whole", "whole tune")):
        values = [figures.get(name, float("nan")) for figures in measured]
        each = " ".join(f"{value:.0f}" for value in values)
        print(f"{what:11} median {statistics.median(values):5.0f} ms of {each}")


if __name__ == "__main__":
    main()
