"""What a visit costs on a phone's network: bytes and requests, told by the browser."""

from collections.abc import Callable
from typing import Any

from abcrun import Tune
from tests.studio.page import Visit
from tests.traditional import ALL

KEYS = {"major": "CDFGA", "dorian": "ADEGB", "mixolydian": "ADEGC", "minor": "ADEGB"}


def tunes(count: int) -> list[str]:
    """Return so many different texts: real tunes, in several keys."""
    found = [
        tune.transpose(tonic).text for tune in map(Tune.parse, ALL) for tonic in KEYS[tune.key.mode]
    ]
    assert len(set(found)) >= count
    return found[:count]


class Traffic:
    """Bytes that come over the network, compressed as they are, and who asked."""

    def __init__(self, one: Visit) -> None:
        self.bytes = 0
        self.asked: list[str] = []
        session = one.context.new_cdp_session(one.page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        self.asked.append(event["request"]["url"])

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def count(self, path: str) -> int:
        return sum(url.endswith(path) for url in self.asked)


def test_twenty_tunes_browsed_in_silence_are_under_a_megabyte(visit: Callable[..., Visit]) -> None:
    one = visit()
    traffic = Traffic(one)
    page = one.open()
    for text in tunes(15):
        one.show(text)
    page.wait_for_load_state("networkidle")
    assert traffic.count("/v1/score") == 15
    assert traffic.count("/v1/render") == 0
    assert 15 < traffic.bytes / 1000 < 1000 * 15 / 20


def test_with_sound_on_and_five_tempos_each_it_is_hardly_more(visit: Callable[..., Visit]) -> None:
    one = visit()
    traffic = Traffic(one)
    page = one.open()
    for text in tunes(5):
        one.show(text)
        page.click("#play")
        one.plays_until(0.1)
        for tempo in (60, 80, 100, 120, 140):
            page.locator("#tempo").fill(str(tempo))
        page.click("#play")
        one.stands()
    page.wait_for_load_state("networkidle")
    assert traffic.count("/v1/score") == 5
    assert traffic.count("/v1/instruments") == 1
    assert traffic.count("/v1/render") == 0
    assert traffic.bytes / 1000 < 2000 * 5 / 20


def test_the_first_sound_of_a_tune_comes_with_its_score(visit: Callable[..., Visit]) -> None:
    """A tune is 0.3 s away at 1.6 Mbit/s: 60 kB."""
    one = visit()
    page = one.open()
    page.wait_for_load_state("networkidle")
    traffic = Traffic(one)
    one.show(ALL[1])
    page.click("#play")
    one.plays_until(0.1)
    page.wait_for_load_state("networkidle")
    paths = sorted(url.rpartition("/v1/")[2] for url in traffic.asked if "/v1/" in url)
    assert paths == ["check", "score"]
    assert 1_000 < traffic.bytes < 60_000
