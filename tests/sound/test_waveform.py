"""The picture of a waveform is true to the samples, small, and readable for people and
machines."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from abcrun.errors import RenderError, UsageError
from abcrun.sound.waveform import waveform_svg

RATE = 8_000
SVG = "{http://www.w3.org/2000/svg}"


def tone(seconds: float, level: float = 0.5) -> np.ndarray:
    wave = level * np.sin(np.arange(round(seconds * RATE)) * 0.3)
    return np.column_stack([wave, wave]).astype(np.float32)


def columns(svg: str) -> np.ndarray:
    """Return top and length of every column of the peaks, in units of the picture."""
    path = ElementTree.fromstring(svg).find(f"{SVG}path").get("d")
    top, found = 0.0, []
    for step, length in re.findall(r"[Mm]\S+ (-?[\d.]+)v(-?[\d.]+)", path):
        top += float(step)
        found.append((top, float(length)))
        top += float(length)
    return np.array(found)


def labels(svg: str) -> list[str]:
    return [text.text for text in ElementTree.fromstring(svg).iterfind(f"{SVG}g/{SVG}text")]


def test_the_columns_follow_the_loudness() -> None:
    sound = np.vstack([tone(1, 0.8), tone(1, 0.4), np.zeros((RATE, 2), np.float32)])
    lengths = columns(waveform_svg(sound, RATE))[:, 1]
    third = len(lengths) // 3
    loud, half, silent = (
        lengths[5 : third - 5],
        lengths[third + 5 : 2 * third - 5],
        lengths[2 * third + 5 :],
    )
    assert np.allclose(half.mean() / loud.mean(), 0.5, atol=0.03)
    assert not silent.any()


def test_the_loudest_column_fills_the_height_and_no_more() -> None:
    for level in (0.01, 1.0):
        svg = waveform_svg(tone(1, level), RATE, height=180)
        found = columns(svg)
        assert found[:, 0].min() == pytest.approx(11, abs=0.5)
        assert found.sum(axis=1).max() == pytest.approx(153, abs=0.5)


def test_both_channels_are_in_the_picture() -> None:
    sound = tone(1)
    sound[:, 0] = 0
    assert columns(waveform_svg(sound, RATE))[:, 1].max() > 100
    assert waveform_svg(sound[:, 1], RATE) == waveform_svg(sound[:, 1:], RATE)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (3, ["0:00", "0:00.5", "0:01", "0:01.5", "0:02", "0:02.5", "0:03"]),
        (45, ["0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30", "0:35", "0:40", "0:45"]),
        (
            150,
            [
                "0:00",
                "0:15",
                "0:30",
                "0:45",
                "1:00",
                "1:15",
                "1:30",
                "1:45",
                "2:00",
                "2:15",
                "2:30",
            ],
        ),
    ],
)
def test_the_axis_counts_minutes_and_seconds(seconds: float, expected: list[str]) -> None:
    assert labels(waveform_svg(tone(seconds), RATE)) == expected


def test_who_does_not_see_it_hears_what_it_is() -> None:
    root = ElementTree.fromstring(
        waveform_svg(tone(62), RATE, title='Kitty\'s "Rambles" <& more>\0')
    )
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Kitty\'s "Rambles" <& more>: waveform, 1:02 long'
    assert root.find(f"{SVG}title").text == 'Kitty\'s "Rambles" <& more>'
    assert "1:02 long" in root.find(f"{SVG}desc").text
    assert root.find(f"{SVG}text").text == 'Kitty\'s "Rambles" <& more>'


def test_without_a_title_nothing_stands_above() -> None:
    root = ElementTree.fromstring(waveform_svg(tone(1), RATE))
    assert root.find(f"{SVG}text") is None
    assert root.get("viewBox") == "0 0 960 180"


def test_it_stays_small_and_loads_nothing() -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, (RATE * 300, 2)).astype(np.float32)
    svg = waveform_svg(noise, RATE, title="A long tune")
    assert len(svg) < 16_000
    assert not re.search(r"href|url\(|<script|<style|@import", svg)


@pytest.mark.parametrize("count", [1, 2, 100])
def test_very_short_sounds_are_drawn(count: int) -> None:
    assert len(columns(waveform_svg(tone(1)[:count], RATE))) == 312


def test_silence_is_a_flat_line() -> None:
    assert not columns(waveform_svg(np.zeros((RATE, 2), np.float32), RATE))[:, 1].any()


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(RenderError, match="no samples"):
        waveform_svg(np.zeros((0, 2), np.float32), RATE)
    with pytest.raises(RenderError, match="not numbers"):
        waveform_svg(np.full((100, 2), np.nan, np.float32), RATE)
    with pytest.raises(UsageError, match="at least 200 by 80"):
        waveform_svg(tone(1), RATE, width=100)
    with pytest.raises(UsageError, match="sample rate"):
        waveform_svg(tone(1), 0)
