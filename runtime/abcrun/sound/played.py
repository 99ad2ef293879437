"""A tune as it is played: when each key goes down, for how long, and how hard.

Time is counted in the ticks of a MIDI file, and seconds are counted from ticks, where a
tempo is a whole number of microseconds: so a tune's sound and its MIDI file take the
same time, to the sample. (`notation.tempo.TempoMap` counts without ticks.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from abcrun.errors import RenderError
from abcrun.notation import Tune
from abcrun.sound.instruments import DEFAULT_PROGRAM, program_number

MAX_SECONDS = 300.0
"""A longer performance is refused before a sample of it is made."""
MAX_SOUNDING_SECONDS = 4 * MAX_SECONDS
"""Of all notes, counted one by one: room for chords in the longest performance, but for
no wall of them."""
MAX_NOTES = 4_000

MAX_TICKS_PER_QUARTER = 32_767  # 15 bits in the head of a MIDI file
_TICKS_PER_QUARTER = 480
_MAX_TEMPO = 0xFF_FFFF  # microseconds per quarter: three bytes in a MIDI file
_DEFAULT_TEMPO = 500_000  # what a MIDI file means that names none

_DOWNBEAT, _BEAT, _OFF_BEAT = 96, 88, 80  # velocities


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as a synthesiser plays it."""

    start: float
    """Seconds."""
    duration: float
    """Seconds."""
    pitch: int
    """MIDI note number."""
    velocity: int = _OFF_BEAT
    """1 to 127."""
    program: int = DEFAULT_PROGRAM
    """General MIDI program, 0 to 127."""


class Strike(NamedTuple):
    """A key that goes down at tick `start` and comes up at tick `end`."""

    start: int
    pitch: int
    end: int
    velocity: int


class TempoChange(NamedTuple):
    """Microseconds per quarter from a tick on."""

    tick: int
    microseconds: int


class TickClock:
    """Seconds at ticks, which are asked for in the order of time."""

    def __init__(self, division: int) -> None:
        """Start at tick 0 with the tempo of a MIDI file that names none."""
        self._division = division
        self._tick, self._seconds = 0, 0.0
        self.set_tempo(_DEFAULT_TEMPO)

    def set_tempo(self, microseconds: int) -> None:
        """Go on at this many microseconds per quarter."""
        self._seconds_per_tick = microseconds / (1e6 * self._division)

    def seconds_at(self, tick: int) -> float:
        """Go on to `tick`, and return the seconds there."""
        # Summed step by step, because many onsets lie half-way between two samples:
        # there, another order of rounding would move the note by a sample.
        self._seconds += (tick - self._tick) * self._seconds_per_tick
        self._tick = tick
        return self._seconds


@dataclass(frozen=True, slots=True)
class PlayedTune:
    """The keys that a tune strikes, on a grid of ticks."""

    division: int
    """Ticks per quarter."""
    tempos: tuple[TempoChange, ...]
    """In the order of time."""
    strikes: tuple[Strike, ...]
    """In the order of time and pitch; no key is struck while it is down."""
    program: int
    """General MIDI program, 0 to 127."""

    def notes(self) -> list[PlayedNote]:
        """Return the notes in seconds, in the order of time and pitch.

        Raises `RenderError` when they are too many or last too long (`check_bounds`).
        """
        tempo_at = dict(self.tempos)  # of two at one tick, the later one holds
        ticks = {strike.start for strike in self.strikes} | {strike.end for strike in self.strikes}
        clock = TickClock(self.division)
        seconds = {}
        for tick in sorted(ticks | tempo_at.keys()):
            seconds[tick] = clock.seconds_at(tick)
            if tick in tempo_at:
                clock.set_tempo(tempo_at[tick])
        notes = []
        for start, pitch, end, velocity in self.strikes:
            begun = seconds[start]
            notes.append(PlayedNote(begun, seconds[end] - begun, pitch, velocity, self.program))
        check_bounds(notes)
        return notes


def check_bounds(notes: Sequence[PlayedNote]) -> None:
    """Raise `RenderError` for more notes or more time than sound is made of
    (`MAX_NOTES`, `MAX_SECONDS`, `MAX_SOUNDING_SECONDS`)."""
    if len(notes) > MAX_NOTES:
        raise RenderError(f"the performance has more than {MAX_NOTES} notes, the limit for sound")
    if any(note.start + note.duration > MAX_SECONDS for note in notes):
        raise RenderError(
            f"the performance lasts longer than {MAX_SECONDS:.0f} s, the limit for sound"
        )
    sounding = sum(note.duration for note in notes)
    if sounding > MAX_SOUNDING_SECONDS:
        raise RenderError(
            f"the notes would sound for {sounding:.0f} s, counted one by one: "
            f"the limit is {MAX_SOUNDING_SECONDS:.0f} s"
        )


def play(tune: Tune, *, program: int | str = DEFAULT_PROGRAM) -> PlayedTune:
    """Play `tune` on one instrument (`program_number`).

    The division of the quarter is chosen so that every onset and end falls on a tick:
    480, or a multiple that the tuplets need. Beyond `MAX_TICKS_PER_QUARTER` the nearest
    tick is taken.

    A note sounds its full value, but ends by a sixteenth of a quarter, at most an
    eighth of itself, before the same pitch is struck again. The first beat of a bar has
    velocity 96, other beats have 88, the rest 80. All have 80 where the bars do not
    follow from the meter (free meter, changes of meter, bars of odd lengths).

    Raises `RenderError` when the tune has no notes or over `MAX_NOTES`, or a tempo that
    MIDI cannot say.
    """
    number = program_number(program)
    if not tune.notes:
        raise RenderError("the tune has no notes to play")
    if len(tune.notes) > MAX_NOTES:
        raise RenderError(f"the tune plays {len(tune.notes)} notes: the limit is {MAX_NOTES}")
    division = _division(tune)
    return PlayedTune(division, _tempos(tune, division), _strikes(tune, division), number)


def _division(tune: Tune) -> int:
    """Return the ticks per quarter that make every onset, end and change of tempo
    exact, if MIDI can count that fine."""
    denominators = {note.onset.denominator for note in tune.notes}
    denominators |= {note.duration.denominator for note in tune.notes}
    denominators |= {tempo.onset.denominator for tempo in tune.tempos}
    in_quarters = {denominator // gcd(denominator, 4) for denominator in denominators}
    division = _TICKS_PER_QUARTER
    for denominator in sorted(in_quarters):
        finer = lcm(division, denominator)
        if finer <= MAX_TICKS_PER_QUARTER:
            division = finer
    return division


def _tick(onset: Fraction, division: int) -> int:
    return round(onset * (4 * division))


def _tempos(tune: Tune, division: int) -> tuple[TempoChange, ...]:
    changes = []
    for tempo in sorted(tune.tempos, key=lambda tempo: tempo.onset):
        microseconds = round(60_000_000 / tempo.quarters_per_minute)
        if not 1 <= microseconds <= _MAX_TEMPO:
            raise RenderError(
                f"MIDI has no tempo of {float(tempo.quarters_per_minute):g} quarters a minute"
            )
        changes.append(TempoChange(_tick(tempo.onset, division), microseconds))
    return tuple(changes)


def _strikes(tune: Tune, division: int) -> tuple[Strike, ...]:
    pulse = _Pulse.of_tune(tune)
    by_pitch: dict[int, list[Strike]] = {}
    for note in sorted(tune.notes, key=lambda note: (note.onset, note.pitch, note.duration)):
        start = _tick(note.onset, division)
        end = max(start + 1, _tick(note.onset + note.duration, division))
        strikes = by_pitch.setdefault(note.pitch, [])
        if strikes and strikes[-1].end >= start:
            earlier = strikes.pop()
            if earlier.start == start:
                # A unison of two voices: one key, which sounds once.
                end = max(end, earlier.end)
            else:
                # A key has to come up before it can be struck anew.
                gap = min((start - earlier.start) // 8, division // 16)
                strikes.append(earlier._replace(end=start - gap))
        velocity = pulse.velocity(note.onset) if pulse else _OFF_BEAT
        strikes.append(Strike(start, note.pitch, end, velocity))
    return tuple(sorted(strike for strikes in by_pitch.values() for strike in strikes))


@dataclass(frozen=True, slots=True)
class _Pulse:
    """Where the beats fall, in whole notes."""

    bar: Fraction
    beat: Fraction
    pickup: Fraction

    @classmethod
    def of_tune(cls, tune: Tune) -> "_Pulse | None":
        """Read the pulse from the meter and the pickup; return None where these two
        alone cannot tell it."""
        bars, meter = tune.bars, tune.meter
        if (
            meter.length is None
            or not bars
            or any(bar.meter != meter for bar in bars)
            or tune.duration % meter.length
        ):
            return None
        beat = Fraction(3 if meter.is_compound else 1, meter.denominator)
        return cls(meter.length, beat, bars[0].length if bars[0].is_pickup else Fraction(0))

    def velocity(self, onset: Fraction) -> int:
        """Return how hard a note at `onset` is struck."""
        behind_bar_line = (onset - self.pickup) % self.bar
        if behind_bar_line == 0:
            return _DOWNBEAT
        return _BEAT if behind_bar_line % self.beat == 0 else _OFF_BEAT
