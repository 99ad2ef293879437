"""Samples of sound: how many there are in a second, and how loud they are."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from abcrun.errors import UsageError

Samples = npt.NDArray[np.float32]
"""Sound between -1 and 1: [frames, channels], or [frames] where it has one channel."""

DEFAULT_RATE = 44_100
MIN_RATE = 8_000
MAX_RATE = 192_000

PEAK = 10 ** (-1 / 20)
"""No sample is larger than this: -1 dB of full scale."""
LOUDNESS = 10 ** (-18 / 20)
"""Every tune is brought to this loudness, where `PEAK` lets it: a gated RMS of -18 dB
of full scale."""


def check_rate(rate: int) -> None:
    """Raise `UsageError` unless sound can be rendered at `rate` frames a second."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise UsageError(f"sample rate {rate} Hz is out of range: {MIN_RATE} to {MAX_RATE}")


def set_level(samples: Samples, rate: int) -> None:
    """Bring `samples` [frames, 2] to `LOUDNESS` in place, or as near as `PEAK` allows.

    Silence stays silence.
    """
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    if peak == 0.0:
        return
    # A little below PEAK, to be within it after rounding to float32, too.
    samples *= np.float32(min(LOUDNESS / _gated_rms(samples, rate), 0.99999 * PEAK / peak))


def _gated_rms(samples: Samples, rate: int) -> float:
    """Return the RMS over what is heard: blocks of 0.4 s within 10 dB of the mean, as
    the gate of ITU-R BS.1770 takes them."""
    block = max(1, round(0.4 * rate))
    parts = (samples[start : start + block] for start in range(0, len(samples), block))
    powers = np.array([np.vdot(part, part) / part.size for part in parts])
    return sqrt(float(powers[powers >= 0.1 * powers.mean()].mean()))
