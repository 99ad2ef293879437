"""The built-in synthesiser: notes to stereo samples with nothing but NumPy.

Tones come from band-limited wavetables, read with a 32-bit phase accumulator. There is
one table for each octave of a tone's harmonics, so that the upper harmonics may rise
and die at their own pace. The same notes give the same samples, to the bit, on the same
machine and NumPy.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, cos, log, pi, sin, sqrt

import numpy as np
import numpy.typing as npt

from abcrun.errors import RenderError, UsageError
from abcrun.sound.instruments import Instrument, instrument_of
from abcrun.sound.played import MAX_SECONDS, PlayedNote, check_bounds, too_long
from abcrun.sound.room import LEVEL, add_room
from abcrun.sound.samples import DEFAULT_RATE, Samples, check_rate, set_level

TAIL_SECONDS = 1.5
"""After the end of the last note, in which string and room die away."""

_TABLE_BITS = 12
_TABLE_SIZE = 1 << _TABLE_BITS
_FRACTION_BITS = 32 - _TABLE_BITS
_MAX_HARMONICS = 64
# Harmonics end here, as a part of the sample rate: below one half, so that vibrato
# cannot fold one over.
_BAND = 0.45


def synthesise(
    notes: Sequence[PlayedNote], rate: int = DEFAULT_RATE, *, room: float = LEVEL
) -> Samples:
    """Return the sound of `notes`: samples [frames, 2], `TAIL_SECONDS` longer.

    `room` is the level of the reverberation beside the direct sound: 0.25 is 12 dB
    less, 0 none. All samples are finite and within `PEAK`; the loudness is `LOUDNESS`
    where that bound lets it. Harmonics above 0.45 times the rate are left out, so that
    nothing is folded over.

    Raises `UsageError` for a rate or room out of range, `RenderError` when there are no
    notes, or more than `check_bounds` allows.
    """
    check_rate(rate)
    if not 0.0 <= room <= 1.0:
        raise UsageError(f"room is {room}: give a level from 0 (none) to 1")
    if not notes:
        raise RenderError("there are no notes to play")
    check_bounds(notes)
    end = max(note.start + note.duration for note in notes)
    samples = np.zeros((ceil((end + TAIL_SECONDS) * rate), 2), np.float32)
    _mix_notes(notes, rate, samples)
    if room > 0.0:
        add_room(samples, rate, room)
    fade = min(len(samples), round(0.1 * rate))
    samples[-fade:] *= _fall(fade)[:, None]
    set_level(samples, rate)
    return samples


def silence(seconds: float, rate: int = DEFAULT_RATE) -> Samples:
    """Return the sound of a tune of rests: samples [frames, 2] that are 0,
    `TAIL_SECONDS` longer than it.

    Raises `UsageError` for a rate out of range, `RenderError` for over `MAX_SECONDS`.
    """
    check_rate(rate)
    if seconds > MAX_SECONDS:
        raise too_long()
    return np.zeros((ceil((seconds + TAIL_SECONDS) * rate), 2), np.float32)


def _rise(length: int) -> Samples:
    """Return a rise from 0 to 1 without a corner at either end: half of a cosine."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(
        np.float32
    )


def _fall(length: int) -> Samples:
    return _rise(length)[::-1]


def _mix_notes(notes: Sequence[PlayedNote], rate: int, samples: Samples) -> None:
    """Add the direct sound of all notes to `samples`."""
    # A tone is made once for each pitch, as long as its longest note asks, and every
    # note is a slice of it: a tune has few pitches and many notes.
    strikes: dict[tuple[Instrument, int], list[PlayedNote]] = {}
    for note in notes:
        strikes.setdefault((instrument_of(note.program), note.pitch), []).append(note)
    for (instrument, pitch), group in strikes.items():
        release = _fall(max(2, round(instrument.release * rate)))
        longest = max(round(note.duration * rate) for note in group) + len(release)
        # In whole quarters of a second, so that the next tune finds the same tones.
        quarters = ceil(4 * longest / rate)
        tone = (_kept_tone if quarters <= _KEPT_QUARTERS else _tone)(
            instrument, pitch, rate, quarters * rate // 4 + 1
        )
        for note in group:
            start = round(note.start * rate)
            sound = tone[: round(note.duration * rate) + len(release)]
            sound = sound * np.float32(note.level)
            left, right = _sides(note.place)
            sound[max(0, len(sound) - len(release)) :] *= release
            stop = start + len(sound)
            samples[start:stop, 0] += left * sound
            samples[start:stop, 1] += right * sound


def _sides(place: float) -> tuple[np.float32, np.float32]:
    """Return the levels left and right of a sound at a place from -1 (left) to 1."""
    angle = pi / 4 * (1 + place)
    return np.float32(cos(angle)), np.float32(sin(angle))


def _harmonics(instrument: Instrument, frequency: float, rate: int) -> npt.NDArray[np.float64]:
    """Return the amplitudes of the harmonics 1, 2, ... below the band limit. Their
    power is 1."""
    count = min(_MAX_HARMONICS, int(_BAND * rate / frequency))
    k = np.arange(1, count + 1)
    amplitudes = k**-instrument.rolloff
    amplitudes[1::2] *= instrument.even
    if instrument.pluck:
        amplitudes *= np.abs(np.sin(np.pi * k * instrument.pluck)) + 0.02
    hertz = k * frequency
    gain = np.ones(count)
    for centre, extra, width in instrument.body:
        gain += extra * np.exp(-0.5 * (np.log2(hertz / centre) / width) ** 2)
    amplitudes *= gain / (1 + (hertz / instrument.cutoff) ** 2)
    power = float(np.sqrt(0.5 * np.sum(amplitudes**2)))
    return np.asarray(amplitudes / power if power > 0 else amplitudes, np.float64)


def _tables(amplitudes: npt.NDArray[np.float64]) -> list[Samples]:
    """Return one period each of the harmonics 1, 2-3, 4-7, 8-15, ...

    A table is [size + 1]: its first sample comes again at the end.
    """
    k = np.arange(1, len(amplitudes) + 1)
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, np.complex128)
    # The phases of Schroeder (1970), which keep the peak of a harmonic sum low.
    phases = np.pi * (k * (k - 1) / max(len(k), 1) + 0.5)
    spectrum[1 : len(k) + 1] = 0.5 * _TABLE_SIZE * amplitudes * np.exp(-1j * phases)
    tables = []
    low = 1
    while low <= len(k):
        octave = np.zeros_like(spectrum)
        octave[low : min(2 * low, len(k) + 1)] = spectrum[low : min(2 * low, len(k) + 1)]
        period = np.fft.irfft(octave)
        tables.append(np.append(period, period[0]).astype(np.float32))
        low *= 2
    return tables


def _phases(frequency: float, rate: int, time: Samples, vibrato: float) -> npt.NDArray[np.uint32]:
    """Return the phase of each sample, 2**32 to the period, which wraps by itself."""
    step = np.uint32(round(frequency / rate * 2**32))
    phases = np.arange(len(time), dtype=np.uint32) * step
    if vibrato:
        speed = 5.6
        # The integral of the deviation: over each swing the mean pitch stays.
        depth = frequency * vibrato * log(2) / 1200 / (2 * pi * speed) * 2**32
        swing = np.clip((time - 0.25) * 2.5, 0, 1) * np.cos(2 * np.pi * speed * (time - 0.25))
        phases += (depth * swing).astype(np.int64).astype(np.uint32)
    return phases


def _tone(instrument: Instrument, pitch: int, rate: int, length: int) -> Samples:
    """Return `length` samples of a tone from its start, without an end."""
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    tone = np.zeros(length, np.float32)
    tables = _tables(_harmonics(instrument, frequency, rate))
    if not tables:
        return tone  # even the fundamental is too high for this sample rate
    time = np.arange(length, dtype=np.float32) / np.float32(rate)
    envelopes = [
        _envelope(instrument, frequency, octave, time, rate) for octave in range(len(tables))
    ]
    for cents, level in ((-1, 0.3), (0, 1.0), (1, 0.3)) if instrument.beating else ((0, 1.0),):
        phases = _phases(
            frequency * 2 ** (cents * instrument.beating / 1200), rate, time, instrument.vibrato
        )
        index = (phases >> _FRACTION_BITS).astype(np.intp)
        fraction = (phases & ((1 << _FRACTION_BITS) - 1)).astype(np.float32) * np.float32(
            2.0**-_FRACTION_BITS
        )
        for table, envelope in zip(tables, envelopes, strict=True):
            wave = np.diff(table).take(index)
            wave *= fraction
            wave += table.take(index)
            wave *= envelope
            wave *= np.float32(level)
            tone += wave
    return tone


# Tones of up to 6 quarters of a second take nine tenths of the time that goes into
# tones; longer ones would take more memory. 64 of them take at most 17 MB at 44,100 Hz.
_KEPT_QUARTERS = 6
_kept_tone = lru_cache(maxsize=64)(_tone)


def _envelope(
    instrument: Instrument, frequency: float, octave: int, time: Samples, rate: int
) -> Samples:
    """Return the level over `time` of harmonics 2**octave to 2**(octave + 1) - 1."""
    if instrument.decay:
        # Low strings ring longer, and upper harmonics die first.
        seconds = instrument.decay * sqrt(440.0 / frequency) / (1 + instrument.damping * octave)
        envelope = np.exp(time * np.float32(log(1e-3) / seconds))
        attack = instrument.attack
    else:
        envelope = 1 + np.float32(instrument.accent * octave / 3) * np.exp(
            time * np.float32(-1 / 0.03)
        )
        attack = instrument.attack * (1 + 0.2 * octave)
    rise = _rise(max(2, round(attack * rate)))[: len(time)]
    envelope[: len(rise)] *= rise
    return np.asarray(envelope, np.float32)
