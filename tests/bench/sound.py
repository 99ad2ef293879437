"""Measure how fast and how loud the built-in synthesiser is on real tunes, as a table
for BENCHMARKS.md.

python -m tests.bench.sound        # a minute

Processor time is measured, which other work on the machine disturbs little.
"""

import time

import numpy as np

from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, tune_samples
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS
from tests.sound.test_synthesis import real_tunes


def speed(tunes: list[Tune], instrument: str, rate: int = 44_100) -> float:
    """Return seconds of sound for a second of processor time, from tune to samples."""
    seconds = spent = 0.0
    for tune in tunes:
        started = time.process_time()
        samples, _ = tune_samples(tune, RenderSettings(program=instrument, rate=rate))
        spent += time.process_time() - started
        seconds += len(samples) / rate
    return seconds / spent


def main() -> None:
    tunes = [Tune.parse(text) for text in real_tunes()]
    tune_samples(tunes[0])  # what is loaded once is not counted
    print(f"| {len(tunes)} real tunes | times real time | highest peak, dBFS | RMS, dBFS |")
    print("|---|---|---|---|")
    for instrument in INSTRUMENT_PROGRAMS:
        ratio = speed(tunes, instrument)
        sounds = [tune_samples(tune, RenderSettings(program=instrument))[0] for tune in tunes[::4]]
        peak = 20 * np.log10(max(np.abs(sound).max() for sound in sounds))
        level = [20 * np.log10(np.sqrt(np.mean(sound[:-66_150] ** 2))) for sound in sounds]
        print(f"| {instrument} | {ratio:.0f} | {peak:.1f} | {min(level):.1f} to {max(level):.1f} |")


if __name__ == "__main__":
    main()
