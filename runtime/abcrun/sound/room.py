"""The room that a tune is heard in: reverberation by a feedback delay network."""

from math import exp, log, sqrt

import numpy as np

from abcrun.sound.samples import Samples

DELAYS = (0.0297, 0.0331, 0.0371, 0.0411, 0.0437, 0.0497, 0.0533, 0.0593)
"""Seconds of each line, at no common rhythm."""
REVERBERATION = 1.1
"""Seconds in which the room dies by 60 dB."""
EARS = ((1, -1, 1, 1, -1, 1, -1, -1), (1, 1, -1, 1, -1, -1, 1, -1))
"""How the lines are heard on the left and on the right."""
LEVEL = 0.25
"""Beside the direct sound, where nobody says otherwise."""


def add_room(samples: Samples, rate: int, level: float) -> None:
    """Add reverberation to `samples` [frames, 2] in place.

    `level` is that of the room beside the direct sound. Eight delay lines are mixed by
    a Householder matrix, and each round damps the treble by a two-tap average (Jot and
    Chaigne 1991).
    """
    delays = [max(2, round(seconds * rate)) for seconds in DELAYS]
    count = len(delays)
    apart = max(1, round(rate / 44_100))  # samples between the two taps
    late = 0.25 * min(1.0, rate / 44_100)  # weight of the later tap
    gains = np.array([exp(log(1e-3) * delay / rate / REVERBERATION) for delay in delays])
    # The energy that a line hands on, all rounds together, is that of the direct sound
    # over 1 - gain**2.
    heard = level / sqrt(float(np.sum(gains**2 / (1 - gains**2))))
    matrix = np.vstack([np.eye(count) - 2 / count, heard * np.array(EARS)]) * gains
    late_taps = (late * matrix).astype(np.float32)
    # The direct sound is one more line, which goes into all others.
    early_taps = np.column_stack([(1 - late) * matrix, [sqrt(0.5)] * count + [0, 0]]).astype(
        np.float32
    )

    # A block as long as the shortest line is worked at once: nothing that goes into a
    # line in a block comes out in the same block.
    block, history = min(delays), apart + max(delays)
    chunk = 4 * block  # small enough that all lines stay in the cache
    # Each line is written its delay ahead, so that all are read at the same index.
    lines = np.zeros((count + 1, history + chunk), np.float32)
    for first in range(0, len(samples), block):
        left, right = samples[first : first + block].T
        now = apart + first % chunk
        np.add(left, right, out=lines[count, now : now + len(left)])
        sums = early_taps @ lines[:, now : now + block]
        sums += late_taps @ lines[:count, now - apart : now - apart + block]
        for line, delay in enumerate(delays):
            lines[line, now + delay : now + delay + block] = sums[line]
        left += sums[count, : len(left)]
        right += sums[count + 1, : len(right)]
        if now + block == apart + chunk:
            lines[:count, :history] = lines[:count, chunk:]
