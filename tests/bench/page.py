"""How soon a musician sees and hears a tune, in a real browser on a real server.

    python -m tests.bench.page [--visits 10]

Printed are the medians, and all figures, in milliseconds. From the click on Compose:
until the first notes are on the page; until the sound plays (the place moves on); until
the whole tune of 16 bars is there, its score and its sound. On a network of 1.6 Mbit/s
and 150 ms: from a tune that is opened to its first sound. While it plays: until another
tempo holds.
"""

import argparse
import statistics
from typing import Any

from playwright.sync_api import sync_playwright

from tests.studio.page import CHROMIUM, Visit
from tests.studio.server import running
from tests.traditional import ALL

CLICK = """() => new Promise((done) => {
  const find = (id) => document.getElementById(id);
  const paper = find("paper"), score = find("score"), wave = find("wave");
  const before = score.querySelector("svg"), begun = performance.now(), seen = {};
  const look = () => {
    const now = performance.now() - begun, svg = score.querySelector("svg");
    const isPlaying = find("play").dataset.state === "playing";
    if (!seen.notes && svg && svg !== before && svg.querySelector(".note")) seen.notes = now;
    if (!seen.sound && seen.notes && isPlaying && wave.ariaValueNow > 0) seen.sound = now;
    const isBusy = [paper, score].some((one) => one.getAttribute("aria-busy") === "true");
    const isDrawn = !isBusy && wave.dataset.empty === "false";
    if (seen.sound && isDrawn && wave.ariaValueMax > 15) seen.whole = now;
    if (seen.whole || now > 60000) done(seen);
    else requestAnimationFrame(look);
  };
  find("go").click();
  requestAnimationFrame(look);
})"""

# When notes sound, by the clock of the page: their start is told to the browser ahead.
LISTEN = """
window.struck = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, ...rest) {
  const now = this.context.currentTime;
  struck.push(performance.now() + 1000 * Math.max(0, when - now));
  return start.call(this, when, ...rest);
};
"""

# The button is pressed as soon as there is something to play.
OPEN = """async (abc) => {
  const find = (id) => document.getElementById(id);
  const { pack } = await import(new URL("static/share.js", location.href));
  const fragment = await pack({ abc });
  if (find("play").dataset.state !== "still") find("play").click();
  const begun = performance.now();
  location.hash = fragment;
  const soon = () => new Promise((done) => setTimeout(done, 5));
  while (find("wave").dataset.empty === "false") await soon();
  while (find("wave").dataset.empty === "true") await soon();
  struck.length = 0;
  find("play").click();
  while (!struck.length) await soon();
  return struck[0] - begun;
}"""

TEMPO = """async (tempo) => {
  const slider = document.getElementById("tempo");
  const begun = performance.now();
  slider.value = tempo;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return performance.now() - begun;
}"""
LEAD = 30  # milliseconds after which a new tempo holds, as sequencer.js has it


def composing(page: Any, visits: int) -> list[dict[str, float]]:
    """Compose tunes and return how soon each was there."""
    page.select_option("#bars", "16")
    measured = []
    for _ in range(visits + 1):
        figures: dict[str, float] = page.evaluate(CLICK)
        page.wait_for_timeout(500)
        if page.get_attribute("#play", "data-state") == "playing":
            page.click("#play")
        measured.append(figures)
    return measured[1:]  # the first one warms up browser and server


def tell(what: str, values: list[float]) -> None:
    """Print figures and their median."""
    each = " ".join(f"{value:.0f}" for value in values)
    print(f"{what:11} median {statistics.median(values):5.0f} ms of {each}")


def main() -> None:
    """Visit the page, and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=10)
    visits: int = parser.parse_args().visits
    with running() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        one = Visit(browser, server.url, script=LISTEN)
        page = one.open()
        measured = composing(page, visits)
        for name, what in (("notes", "first notes"), ("sound", "sound"), ("whole", "whole tune")):
            tell(what, [figures.get(name, float("nan")) for figures in measured])
        session = one.context.new_cdp_session(page)
        session.send("Network.enable")
        network = {"offline": False, "latency": 150}
        network |= {"downloadThroughput": 200_000, "uploadThroughput": 94_000}
        session.send("Network.emulateNetworkConditions", network)
        tunes = [ALL[number % len(ALL)] for number in range(visits)]
        tell("opened", [page.evaluate(OPEN, text) for text in tunes])
        tempos = [str(60 + 2 * number) for number in range(visits)]
        tell("tempo", [LEAD + page.evaluate(TEMPO, tempo) for tempo in tempos])
        browser.close()


if __name__ == "__main__":
    main()
