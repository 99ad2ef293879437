"""The built-in synthesiser: notes to stereo samples with nothing but NumPy.

Band-limited wavetables, read with a 32-bit phase accumulator, one table for each octave
of a tone's harmonics, so that the upper harmonics may rise and die at their own pace. A
tone is made once for each pitch, as long as its longest note asks, and every note of
that pitch is a slice of it with its own end: a tune has few pitches and many notes, and
the next tune has the same. A room is added by a feedback delay network, and the level
is set. The same notes give the same samples, to the bit, on the same machine and NumPy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, cos, exp, log, pi, sin, sqrt

import numpy as np
import numpy.typing as npt

from abcrun.errors import RenderError, UsageError
from abcrun.sound.midi import MAX_NOTES, MAX_SECONDS, MAX_SOUNDING_SECONDS, PlayedNote

Samples = npt.NDArray[np.float32]

DEFAULT_RATE = 44_100
MIN_RATE = 8_000
MAX_RATE = 192_000

#: No sample is larger than this: -1 dB of full scale.
PEAK = 10 ** (-1 / 20)
#: Loudness that every tune is brought to, where `PEAK` lets it: gated RMS of -18 dB of full scale.
LOUDNESS = 10 ** (-18 / 20)
#: What follows the end of the last note: the string and the room die away (seconds).
TAIL_SECONDS = 1.5

_TABLE_BITS = 12
_TABLE_SIZE = 1 << _TABLE_BITS
_FRACTION_BITS = 32 - _TABLE_BITS
_MAX_HARMONICS = 64
# Harmonics end here, as a part of the sample rate: below one half, so that vibrato
# cannot fold one over.
_BAND = 0.45


@dataclass(frozen=True, slots=True)
class Instrument:
    """How a tone of an instrument is made.

    Harmonic k of a tone at f Hz has the amplitude k**-rolloff, times `even` for an even
    k, times |sin(pi k pluck)| for a string plucked at that part of its length, times
    the gain of the `body` at k f Hz.
    """

    rolloff: float
    attack: float
    """Seconds from silence to full level."""
    release: float
    """Seconds from the end of the note to silence."""
    decay: float = 0.0
    """Seconds in which the fundamental of A4 falls by 60 dB; 0: the tone is sustained.
    """
    damping: float = 0.0
    """How much faster the harmonics of each higher octave decay."""
    accent: float = 0.0
    """Extra level of the upper harmonics of a sustained tone at its start, gone after a
    tenth of a second."""
    even: float = 1.0
    pluck: float = 0.0
    cutoff: float = 9000.0
    """Hz above which harmonics fall by another 12 dB an octave."""
    body: tuple[tuple[float, float, float], ...] = ()
    """Resonances: centre in Hz, gain added there (1 doubles the amplitude), width in
    octaves."""
    vibrato: float = 0.0
    """Cents up and down, at 5.6 Hz, from a quarter of a second into the tone on; the
    mean pitch stays."""
    beating: float = 0.0
    """Cents from a reed to a softer one on either side: they make it tremble, and leave
    the pitch where it is."""


_VIOLIN_BODY = ((280.0, 1.0, 0.25), (480.0, 1.2, 0.3), (1000.0, 0.6, 0.4), (2600.0, 1.6, 0.5))

PIANO = Instrument(
    rolloff=1.15, attack=0.003, release=0.18, decay=5.0, damping=0.75, pluck=0.12, cutoff=4500.0
)
DULCIMER = Instrument(
    rolloff=0.75, attack=0.002, release=0.5, decay=3.2, damping=0.9, pluck=0.14, cutoff=7000.0
)
HARP = Instrument(
    rolloff=1.25, attack=0.003, release=0.25, decay=3.6, damping=0.7, pluck=0.31, cutoff=5000.0
)
GUITAR = Instrument(
    rolloff=0.95,
    attack=0.003,
    release=0.25,
    decay=3.0,
    damping=0.8,
    pluck=0.18,
    cutoff=4500.0,
    body=((110.0, 0.8, 0.4), (220.0, 0.6, 0.4)),
)
BANJO = Instrument(
    rolloff=0.75,
    attack=0.002,
    release=0.15,
    decay=1.6,
    damping=0.6,
    pluck=0.11,
    cutoff=5000.0,
    body=((700.0, 1.2, 0.6), (1800.0, 0.8, 0.5)),
)
FIDDLE = Instrument(
    rolloff=1.15,
    attack=0.035,
    release=0.07,
    accent=0.5,
    cutoff=5500.0,
    body=_VIOLIN_BODY,
    vibrato=7.0,
)
FLUTE = Instrument(
    rolloff=2.1, attack=0.04, release=0.06, accent=0.6, even=0.8, cutoff=5000.0, vibrato=5.0
)
WHISTLE = Instrument(
    rolloff=2.6, attack=0.022, release=0.045, accent=1.0, even=0.7, cutoff=8000.0, vibrato=4.0
)
ACCORDION = Instrument(
    rolloff=0.85,
    attack=0.03,
    release=0.06,
    accent=0.2,
    cutoff=4500.0,
    body=((900.0, 0.7, 0.6), (2200.0, 0.6, 0.6)),
    beating=7.0,
)
CONCERTINA = Instrument(
    rolloff=0.95,
    attack=0.025,
    release=0.05,
    accent=0.25,
    even=0.7,
    cutoff=4000.0,
    body=((1300.0, 0.8, 0.6),),
)
PIPES = Instrument(
    rolloff=0.5,
    attack=0.012,
    release=0.025,
    accent=0.3,
    cutoff=4500.0,
    body=((1100.0, 1.5, 0.6), (2300.0, 0.8, 0.5)),
)

# General MIDI programs from the first number on, up to the next one.
_FROM_PROGRAM: dict[int, Instrument] = {
    0: PIANO,
    8: DULCIMER,  # chromatic percussion
    16: CONCERTINA,  # organs, harmonica, bandoneon
    21: ACCORDION,
    22: CONCERTINA,
    24: GUITAR,  # guitars, basses
    40: FIDDLE,
    45: HARP,  # pizzicato, harp
    47: DULCIMER,  # kettledrum
    48: FIDDLE,  # ensembles
    52: FLUTE,  # voices
    56: CONCERTINA,  # brass
    64: CONCERTINA,  # saxophones, reeds
    72: FLUTE,
    74: WHISTLE,  # recorder
    75: FLUTE,
    78: WHISTLE,
    79: FLUTE,  # ocarina, synthesisers
    104: BANJO,  # sitar, banjo, shamisen, koto
    108: DULCIMER,  # kalimba
    109: PIPES,
    110: FIDDLE,
    111: PIPES,  # shawm
    112: DULCIMER,  # what is struck, and effects
}


def instrument_of(program: int) -> Instrument:
    """The instrument that plays a General MIDI program (0 to 127)."""
    return _FROM_PROGRAM[max(first for first in _FROM_PROGRAM if first <= program)]


def synthesise(
    notes: Sequence[PlayedNote], rate: int = DEFAULT_RATE, *, room: float = 0.25
) -> Samples:
    """Play `notes`: float32 samples [frames, 2], `rate` frames a second, `TAIL_SECONDS`
    longer than the notes.

    `room` is the level of the reverberation beside the direct sound: 0.25 is 12 dB
    less, 0 none. All samples are finite and within `PEAK`; the loudness is `LOUDNESS`
    where that bound lets it. Harmonics above 0.45 times the rate are left out, so
    nothing is folded over.

    Raises `UsageError` for a rate or room out of range, `RenderError` when there are no
    notes, too many, or they last too long (`MAX_NOTES`, `MAX_SECONDS`,
    `MAX_SOUNDING_SECONDS` of `abcrun.sound.midi`).
    """
    check_rate(rate)
    if not 0.0 <= room <= 1.0:
        raise UsageError(f"room is {room}: give a level from 0 (none) to 1")
    _check_notes(notes)
    end = max(note.start + note.duration for note in notes)
    samples = np.zeros((ceil((end + TAIL_SECONDS) * rate), 2), np.float32)
    _mix_notes(notes, rate, samples)
    if room > 0.0:
        _add_room(samples, rate, room)
    fade = min(len(samples), round(0.1 * rate))
    samples[-fade:] *= _fall(fade)[:, None]
    set_level(samples, rate)
    return samples


def check_rate(rate: int) -> None:
    """Raise `UsageError` unless `rate` is a sample rate that can be rendered."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise UsageError(f"sample rate {rate} Hz is out of range: {MIN_RATE} to {MAX_RATE}")


def set_level(samples: Samples, rate: int) -> None:
    """Bring `samples` [frames, 2] to `LOUDNESS` in place, or as near as `PEAK` allows.
    Silence stays silence."""
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    if peak == 0.0:
        return
    # Within PEAK also after rounding to float32.
    samples *= np.float32(min(LOUDNESS / _gated_rms(samples, rate), 0.99999 * PEAK / peak))


def _gated_rms(samples: Samples, rate: int) -> float:
    """RMS over the parts that are heard: blocks of 0.4 s within 10 dB of the mean (the
    gate of ITU-R BS.1770)."""
    block = max(1, round(0.4 * rate))
    parts = (samples[start : start + block] for start in range(0, len(samples), block))
    powers = np.array([np.vdot(part, part) / part.size for part in parts])
    return sqrt(float(powers[powers >= 0.1 * powers.mean()].mean()))


def _check_notes(notes: Sequence[PlayedNote]) -> None:
    if not notes:
        raise RenderError("there are no notes to play")
    if len(notes) > MAX_NOTES:
        raise RenderError(
            f"the performance has {len(notes)} notes: the limit for sound is {MAX_NOTES}"
        )
    end = max(note.start + note.duration for note in notes)
    if end > MAX_SECONDS:
        raise RenderError(
            f"the performance lasts {end:.0f} s: the limit for sound is {MAX_SECONDS:.0f} s"
        )
    sounding = sum(note.duration for note in notes)
    if sounding > MAX_SOUNDING_SECONDS:
        raise RenderError(
            f"the notes would sound for {sounding:.0f} s, counted one by one: the limit is {MAX_SOUNDING_SECONDS:.0f} s"
        )


def _rise(length: int) -> Samples:
    """From 0 to 1 without a corner at either end: half a period of a cosine."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(
        np.float32
    )


def _fall(length: int) -> Samples:
    return _rise(length)[::-1]


def _mix_notes(notes: Sequence[PlayedNote], rate: int, samples: Samples) -> None:
    """Add the direct sound of all notes to `samples`, low pitches a little to the left,
    high ones to the right."""
    strikes: dict[tuple[Instrument, int], list[PlayedNote]] = {}
    for note in notes:
        strikes.setdefault((instrument_of(note.program), note.pitch), []).append(note)
    for (instrument, pitch), group in strikes.items():
        release = _fall(max(2, round(instrument.release * rate)))
        longest = max(round(note.duration * rate) for note in group) + len(release)
        quarters = ceil(4 * longest / rate)
        tone = (_kept_tone if quarters <= _KEPT_QUARTERS else _tone)(
            instrument, pitch, rate, quarters * rate // 4 + 1
        )
        side = pi / 4 * (1 + 0.35 * max(-1.0, min(1.0, (pitch - 71) / 24)))
        left, right = np.float32(cos(side)), np.float32(sin(side))
        for note in group:
            start = round(note.start * rate)
            sound = tone[: round(note.duration * rate) + len(release)]
            sound = sound * np.float32((note.velocity / 127) ** 1.5)
            sound[max(0, len(sound) - len(release)) :] *= release
            stop = start + len(sound)
            samples[start:stop, 0] += left * sound
            samples[start:stop, 1] += right * sound


def _harmonics(instrument: Instrument, frequency: float, rate: int) -> npt.NDArray[np.float64]:
    """Amplitudes of the harmonics 1, 2, ... that fit below the band limit; their power
    is 1."""
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
    """One period each of the harmonics 1, 2-3, 4-7, 8-15, ...: [size + 1], the first
    sample repeated at the end.

    The phases are Schroeder's (1970), which keep the peak of a harmonic sum low.
    """
    k = np.arange(1, len(amplitudes) + 1)
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, np.complex128)
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
    """Phase of each sample, 2**32 to the period, wrapping by itself."""
    step = np.uint32(round(frequency / rate * 2**32))
    phases = np.arange(len(time), dtype=np.uint32) * step
    if vibrato:
        speed = 5.6
        # The integral of the deviation in frequency, so that over each swing the mean
        # pitch stays.
        depth = frequency * vibrato * log(2) / 1200 / (2 * pi * speed) * 2**32
        swing = np.clip((time - 0.25) * 2.5, 0, 1) * np.cos(2 * np.pi * speed * (time - 0.25))
        phases += (depth * swing).astype(np.int64).astype(np.uint32)
    return phases


def _tone(instrument: Instrument, pitch: int, rate: int, length: int) -> Samples:
    """`length` samples of a tone from its start, without an end."""
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


_KEPT_QUARTERS = (
    6  # of a second: nine tenths of the time that tones take; longer ones take more room
)
_kept_tone = lru_cache(maxsize=64)(_tone)  # at most 17 MB at 44,100 Hz


def _envelope(
    instrument: Instrument, frequency: float, octave: int, time: Samples, rate: int
) -> Samples:
    """Level over `time` of the harmonics 2**octave to 2**(octave + 1) - 1."""
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


# Lengths of the delay lines in seconds at no common rhythm, and the time in which the
# room dies by 60 dB.
_DELAYS = (0.0297, 0.0331, 0.0371, 0.0411, 0.0437, 0.0497, 0.0533, 0.0593)
_REVERBERATION = 1.1
# How the lines are heard on the left and on the right.
_EARS = ((1, -1, 1, 1, -1, 1, -1, -1), (1, 1, -1, 1, -1, -1, 1, -1))


def _add_room(samples: Samples, rate: int, level: float) -> None:
    """Add reverberation in place: a feedback delay network of eight lines (Jot and
    Chaigne 1991).

    The lines are mixed by a Householder matrix, and each round damps the treble by a
    two-tap average. A block as long as the shortest line is worked at once: nothing
    that goes into a line in a block comes out in the same block.
    """
    delays = [max(2, round(seconds * rate)) for seconds in _DELAYS]
    count = len(delays)
    apart = max(1, round(rate / 44_100))  # samples between the two taps
    late = 0.25 * min(1.0, rate / 44_100)  # weight of the later tap
    gains = np.array([exp(log(1e-3) * delay / rate / _REVERBERATION) for delay in delays])
    # From what comes out of the lines to what goes in again and to the two ears. The
    # energy that a line hands on, all rounds together, is that of the direct sound over
    # 1 - gain**2.
    heard = level / sqrt(float(np.sum(gains**2 / (1 - gains**2))))
    matrix = np.vstack([np.eye(count) - 2 / count, heard * np.array(_EARS)]) * gains
    late_taps = (late * matrix).astype(np.float32)
    # The direct sound is one more line, which goes into all others.
    early_taps = np.column_stack([(1 - late) * matrix, [sqrt(0.5)] * count + [0, 0]]).astype(
        np.float32
    )

    # Each line is written where it will be read, its delay ahead, so that all are read
    # at the same place.
    block, history = min(delays), apart + max(delays)
    chunk = 4 * block  # small enough that all lines stay in the cache
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
