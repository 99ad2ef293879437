"""The page sounds as files do: what it plays is recorded, and compared with the WAV."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from abcrun import Tune
from abcrun.rendering import RenderSettings, tune_samples
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS
from tests.sound.test_synthesis import cents_off
from tests.studio.page import Visit

Sound = npt.NDArray[np.float32]

RATE = 44_100
LEAD = 0.03
"""Seconds from the page's command to play to its first sound."""

RECORD = """async ({ abc, manner, program, rate }) => {
  const at = (name) => new URL(`static/${name}.js`, location.href);
  const { Synth } = await import(at("synth"));
  const { Sequencer } = await import(at("sequencer"));
  const ask = async (path, body) => (await fetch(path, body && {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  })).json();
  const { performance, seconds } = await ask("v1/score", { abc, ...manner });
  const context = new OfflineAudioContext(2, Math.ceil((seconds / rate + 1.5) * 44100), 44100);
  const synth = new Synth();
  synth.instruments = await ask("v1/instruments");
  synth.program = program;
  synth.wake(context);
  const sequencer = new Sequencer(synth);
  sequencer.rate = rate;
  sequencer.load({ ...performance, seconds });
  sequencer.play();
  sequencer.schedule(Infinity);
  const sound = await context.startRendering();
  sequencer.pause();
  const sides = [0, 1].map((side) => new Uint8Array(sound.getChannelData(side).buffer));
  let text = "";
  for (const byte of sides.flatMap((side) => [...side])) text += String.fromCharCode(byte);
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def page(browser: Any, url: str) -> Iterator[Any]:
    one = Visit(browser, url)
    yield one.open()
    one.context.close()
    assert one.complaints == []


def recorded(page: Any, abc: str, **how: Any) -> Sound:
    """Return what the page plays, [frames, 2], from the beginning of the tune on."""
    given = {"abc": abc, "manner": {}, "program": 46, "rate": 1.0} | how
    data = np.frombuffer(base64.b64decode(page.evaluate(RECORD, given)), np.float32)
    return data.reshape(2, -1).T[round(LEAD * RATE) :]


def in_file(abc: str, **settings: Any) -> Sound:
    samples, rate = tune_samples(Tune.parse(abc), RenderSettings(**settings))
    assert rate == RATE
    return samples


def likeness(one: Sound, other: Sound) -> float:
    length = min(len(one), len(other))
    return float(np.corrcoef(one[:length].ravel(), other[:length].ravel())[0, 1])


SHORT = "X:1\nM:6/8\nL:1/8\nQ:3/8=110\nK:G\n|:GBd gdB|{c}B2A G3:|\n"
SESSION = """X:1
R:hornpipe
M:4/4
L:1/8
Q:1/4=120
K:D
"D"FA d2 "G"Bd{c}d2|"A7".e.c .A.G !f!F2 [DA]2|[Q:1/4=90]"D"d4 z4|
"""
SCALE = "X:1\nM:4/4\nL:1/4\nQ:1/4=100\nK:C\nC D E F|G A B c|d e f g|\n"
NOTE = 0.6
"""Seconds of a note of the scale."""
SCALE_PITCHES = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79]


@pytest.mark.parametrize("name", INSTRUMENT_PROGRAMS)
def test_every_instrument_sounds_as_in_files_and_as_loud(page: Any, name: str) -> None:
    there = recorded(page, SHORT, program=INSTRUMENT_PROGRAMS[name])
    here = in_file(SHORT, program=name)
    assert likeness(there, here) > 0.98
    decibels = 20 * np.log10(there.std() / here[: len(there)].std())
    assert abs(decibels) < 1


@pytest.mark.parametrize("name", ["harp", "fiddle"])
def test_pitches_are_within_5_cents_and_onsets_within_10_ms(page: Any, name: str) -> None:
    there = recorded(page, SCALE, program=INSTRUMENT_PROGRAMS[name]).mean(axis=1)
    here = in_file(SCALE, program=name).mean(axis=1)
    for number, pitch in enumerate(SCALE_PITCHES):
        start = round(number * NOTE * RATE)
        held = there[start + RATE // 10 : start + RATE // 2]
        assert abs(cents_off(held, 440 * 2 ** ((pitch - 69) / 12))) < 5
        assert abs(lag(there, here, start)) < 0.01


def lag(one: Sound, other: Sound, start: int) -> float:
    """Return the seconds by which a note comes later in `one` than in `other`, where it
    starts at a sample: where the loudness of the two is most alike."""
    furthest = RATE // 40
    end = min(len(one), len(other), start + RATE // 5) - furthest
    levels = [np.convolve(np.abs(sound), np.ones(221) / 221, "same") for sound in (one, other)]
    begin = max(start - RATE // 20, furthest)
    here = levels[1][begin:end]
    products = [
        float(np.corrcoef(levels[0][begin + by : end + by], here)[0, 1])
        for by in range(-furthest, furthest + 1, 11)
    ]
    return (int(np.argmax(products)) * 11 - furthest) / RATE


def test_chords_graces_dynamics_and_changes_of_tempo_are_played_too(page: Any) -> None:
    assert likeness(recorded(page, SESSION), in_file(SESSION)) > 0.98
    without = recorded(page, SESSION, manner={"chords": "off", "grace": "none", "swing": True})
    assert likeness(without, in_file(SESSION, chords="off", grace="none", swing=True)) > 0.98
    assert likeness(without, in_file(SESSION)) < 0.9


def test_another_tempo_is_that_of_a_tune_that_is_written_so(page: Any) -> None:
    slower = recorded(page, SHORT, rate=0.5)
    assert likeness(slower, in_file(SHORT.replace("=110", "=55"))) > 0.98


def test_a_long_drone_is_held_to_its_end(page: Any) -> None:
    """Its tone is longer than any that the page makes: the end of one is repeated."""
    drone = "X:1\nM:4/4\nL:1/1\nQ:1/4=20\nK:C\nA|\n"
    for name in ("fiddle", "accordion", "whistle"):
        there = recorded(page, drone, program=INSTRUMENT_PROGRAMS[name]).mean(axis=1)
        blocks = there[: 11 * RATE].reshape(-1, RATE // 2)
        levels = 20 * np.log10(blocks.std(axis=1))
        assert np.ptp(levels[1:]) < 2.5, name
        steps = np.abs(np.diff(there[RATE // 2 : 11 * RATE]))
        assert steps.max() < 1.25 * steps[: 2 * RATE].max(), f"a click in the {name}"
        assert abs(cents_off(there[8 * RATE : 11 * RATE], 440)) < 5
