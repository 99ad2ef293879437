"""What is measured in the sound itself: melody and accompaniment are where they are
written, each alone and both together."""

import numpy as np
import pytest

from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, tune_samples
from abcrun.sound.samples import LOUDNESS, PEAK

RATE = 22_050

SESSION = """X:1
T:A session tune
R:reel
M:4/4
L:1/8
Q:1/4=120
K:G
"G"g2bg dgbg|"D"a2ba "A7"a2ba|"Em"g2bg egbg|"C"c'2ba "D7"f2a2|]
"""
BAR = 2.0  # seconds


def sound(text: str, **settings: object) -> np.ndarray:
    samples, _ = tune_samples(
        Tune.parse(text), RenderSettings(rate=RATE, room=0.0, program="flute", **settings)
    )
    return samples.mean(axis=1)


def level(samples: np.ndarray, pitch: int, start: float, seconds: float = 0.4) -> float:
    """Return the level of a pitch, in dB of full scale: the highest peak of an FFT
    within half a semitone."""
    part = samples[round(start * RATE) : round((start + seconds) * RATE)]
    size = 1 << 16
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) / (len(part) / 4)
    low, high = (440 * 2 ** ((pitch + off - 69) / 12) * size / RATE for off in (-0.4, 0.4))
    return float(20 * np.log10(spectrum[int(low) : int(high) + 2].max() + 1e-9))


def onsets(samples: np.ndarray) -> list[float]:
    """Return the seconds at which something is struck: where blocks of 5 ms of the
    second difference, in which a ringing string is weak, are twice as loud as any of
    the 30 ms before."""
    block = round(0.005 * RATE)
    silence = np.zeros(20 * block)
    differences = np.diff(np.concatenate([silence, samples]), 2)
    count = len(differences) // block
    level = np.sqrt((differences[: count * block].reshape(count, block) ** 2).mean(axis=1)) + 1e-6
    found: list[float] = []
    for index in range(6, count):
        seconds = (index - 20) * 0.005
        is_struck = level[index] > 2 * level[index - 6 : index].max()
        if is_struck and (not found or seconds - found[-1] > 0.04):
            found.append(seconds)
    return found


CHORDS = [
    (0 * BAR, 43, (55, 59, 62)),
    (1 * BAR, 50, (54, 57, 62)),
    (1.5 * BAR, 45, (55, 57, 61)),
    (2 * BAR, 40, (52, 55, 59)),
    (3 * BAR, 48, (52, 55, 60)),
]


@pytest.mark.parametrize(("start", "bass", "chord"), CHORDS)
def test_bass_and_chord_sound_at_their_pitches_when_on_and_not_when_off(
    start: float, bass: int, chord: tuple[int, ...]
) -> None:
    on, off = sound(SESSION), sound(SESSION, chords="off")
    assert level(on, bass, start) > level(off, bass, start) + 20
    for pitch in chord:
        assert level(on, pitch, start + 0.5) > level(off, pitch, start + 0.5) + 20


def test_the_accompaniment_alone_has_no_melody_and_strokes_on_every_beat() -> None:
    alone, both = sound(SESSION, chords="only"), sound(SESSION)
    assert level(alone, 79, 0.0) < level(both, 79, 0.0) - 25
    assert onsets(alone) == pytest.approx([0.5 * beat for beat in range(16)], abs=0.016)


def test_the_melody_stays_above_its_accompaniment() -> None:
    both, melody = sound(SESSION), sound(SESSION, chords="off")
    for start, bass, chord in CHORDS:
        loudest = max(level(both, pitch, start + 0.05) for pitch in (bass, *chord))
        assert max(level(both, pitch, start + 0.05) for pitch in (79, 81, 84)) > loudest
    # In its own band the melody is as it is alone, but for the level of the whole.
    difference = [level(both, 79, at) - level(melody, 79, at) for at in (0.0, 2 * BAR)]
    assert difference[0] == pytest.approx(difference[1], abs=0.7)
    assert -3 < difference[0] <= 0


@pytest.mark.parametrize("chords", ["on", "off", "only"])
def test_a_tune_is_as_loud_with_chords_as_without(chords: str) -> None:
    samples, _ = tune_samples(Tune.parse(SESSION), RenderSettings(rate=RATE, chords=chords))
    assert abs(samples).max() <= PEAK
    loud = np.sqrt((samples[: round(8 * RATE)] ** 2).mean())
    assert 20 * np.log10(loud / LOUDNESS) > -6


def test_a_grace_note_is_heard_before_its_note_and_not_when_left_out() -> None:
    text = "X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nz {b}g z2|\n"
    graced, bare = sound(text), sound(text, grace="none")
    assert level(graced, 83, 1.0, 0.11) > level(bare, 83, 1.0, 0.11) + 20
    assert level(graced, 79, 1.0, 0.11) < level(bare, 79, 1.0, 0.11) - 10
    assert level(graced, 79, 1.3) == pytest.approx(level(bare, 79, 1.3), abs=1.0)


def test_soft_and_loud_notes_are_soft_and_loud() -> None:
    text = "X:1\nM:4/4\nL:1/1\nQ:1/4=120\nK:C\n!pp!g|!ff!g|\n"
    samples = sound(text)
    assert level(samples, 79, 2.5) - level(samples, 79, 0.5) == pytest.approx(
        30 * np.log10(120 / 45), abs=0.5
    )


def test_the_same_tune_gives_the_same_samples() -> None:
    assert np.array_equal(sound(SESSION), sound(SESSION))
