"""A tune as it is played: when each key goes down, for how long, and how hard.

Time is counted in the ticks of a MIDI file, and seconds are counted from ticks, where a
tempo is a whole number of microseconds: so a tune's sound and its MIDI file take the
same time, to the sample. (`notation.tempo.TempoMap` counts without ticks.)
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from abcrun.errors import RenderError
from abcrun.notation import Key, Meter
from abcrun.sound.instruments import DEFAULT_PROGRAM, DRUMS

MAX_SECONDS = 300.0
"""A longer performance is refused before a sample of it is made."""
MAX_SOUNDING_SECONDS = 4 * MAX_SECONDS
"""Of all notes, counted one by one: room for chords in the longest performance, but for
no wall of them."""
MAX_NOTES = 4_000

MAX_TICKS_PER_QUARTER = 32_767  # 15 bits in the head of a MIDI file
DRUM_CHANNEL = 9
"""The tenth channel, whose pitches are drums."""
_DEFAULT_TEMPO = 500_000  # what a MIDI file means that names none

DOWNBEAT, BEAT, OFF_BEAT = 96, 88, 80
"""Velocities where the tune says nothing of loudness."""

VOLUME, PAN = 7, 10
"""Controllers that the built-in synthesiser knows, too."""
_USUAL_VOLUME = 100  # of a channel that nobody sets


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as a synthesiser plays it."""

    start: float
    """Seconds."""
    duration: float
    """Seconds."""
    pitch: int
    """MIDI note number."""
    velocity: int = OFF_BEAT
    """1 to 127."""
    program: int = DEFAULT_PROGRAM
    """General MIDI program, 0 to 127, or `instruments.DRUMS`."""
    volume: float = 1.0
    """What the level is multiplied by."""
    pan: int | None = None
    """0 (left) to 127 (right), None for where its pitch belongs."""

    @property
    def level(self) -> float:
        """What a tone of power 1 is multiplied by."""
        return float(self.volume * (self.velocity / 127) ** 1.5)

    @property
    def place(self) -> float:
        """Where it is heard, from -1 (left) to 1 (right): low pitches a little to the
        left, high ones to the right, unless `pan` says otherwise."""
        if self.pan is not None:
            return (self.pan - 64) / 64
        return 0.35 * max(-1.0, min(1.0, (self.pitch - 71) / 24))


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


class ProgramChange(NamedTuple):
    """The General MIDI program of a part from a tick on."""

    tick: int
    program: int


class ControlChange(NamedTuple):
    """The value of a controller of a part from a tick on."""

    tick: int
    control: int
    value: int


class Lyric(NamedTuple):
    """A syllable that is sung from a tick on. A hyphen ends it where its word goes on,
    a space where the word ends."""

    tick: int
    text: str


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
class Part:
    """What one player plays: a voice, or a part of the accompaniment."""

    name: str
    channel: int
    """0 to 15."""
    strikes: tuple[Strike, ...]
    """In the order of time and pitch; no key is struck while it is down."""
    programs: tuple[ProgramChange, ...]
    """In the order of time, the first at tick 0."""
    controls: tuple[ControlChange, ...] = ()
    """In the order of time."""
    lyrics: tuple[Lyric, ...] = ()
    """In the order of time."""

    def notes(self, seconds: dict[int, float]) -> list[PlayedNote]:
        """Return the notes; `seconds` has the time of each tick."""
        program = DRUMS if self.channel == DRUM_CHANNEL else self.programs[0].program
        notes = []
        if len(self.programs) == 1 and not self.controls:
            for start, pitch, end, velocity in self.strikes:
                begun = seconds[start]
                notes.append(PlayedNote(begun, seconds[end] - begun, pitch, velocity, program))
            return notes
        ticks = [change.tick for change in self.programs]
        volumes = [one for one in self.controls if one.control == VOLUME]
        pans = [one for one in self.controls if one.control == PAN]
        for start, pitch, end, velocity in self.strikes:
            begun = seconds[start]
            if program != DRUMS:
                program = self.programs[bisect_right(ticks, start) - 1].program
            volume = _value_at(volumes, start)
            notes.append(
                PlayedNote(
                    begun,
                    seconds[end] - begun,
                    pitch,
                    velocity,
                    program,
                    # As General MIDI has it: 40 dB for a factor of ten.
                    1.0 if volume is None else (volume / _USUAL_VOLUME) ** 2,
                    _value_at(pans, start),
                )
            )
        return notes


def _value_at(changes: Sequence[ControlChange], tick: int) -> int | None:
    last = bisect_right(changes, tick, key=lambda change: change.tick) - 1
    return changes[last].value if last >= 0 else None


@dataclass(frozen=True, slots=True)
class PlayedTune:
    """The keys that a tune strikes, on a grid of ticks."""

    division: int
    """Ticks per quarter."""
    tempos: tuple[TempoChange, ...]
    """In the order of time."""
    parts: tuple[Part, ...]
    end: int
    """The tick at which the last bar ends."""
    meters: tuple[tuple[int, Meter], ...] = ()
    """Ticks, and the meter from there on."""
    keys: tuple[tuple[int, Key], ...] = ()
    """Ticks, and the key from there on."""

    def notes(self) -> list[PlayedNote]:
        """Return the notes in seconds, in the order of time and pitch.

        Raises `RenderError` when they are too many or last too long (`check_bounds`).
        """
        ticks = {strike.start for part in self.parts for strike in part.strikes}
        ticks |= {strike.end for part in self.parts for strike in part.strikes}
        seconds = self._seconds_at(ticks)
        notes = [note for part in self.parts for note in part.notes(seconds)]
        if len(self.parts) > 1:
            notes.sort(key=lambda note: (note.start, note.pitch))
        check_bounds(notes)
        return notes

    @property
    def seconds(self) -> float:
        """The time from the start to the end of the last bar."""
        return self._seconds_at({self.end})[self.end]

    def _seconds_at(self, ticks: set[int]) -> dict[int, float]:
        tempo_at = dict(self.tempos)  # of two at one tick, the later one holds
        clock = TickClock(self.division)
        seconds = {}
        for tick in sorted(ticks | tempo_at.keys()):
            seconds[tick] = clock.seconds_at(tick)
            if tick in tempo_at:
                clock.set_tempo(tempo_at[tick])
        return seconds


def check_bounds(notes: Sequence[PlayedNote]) -> None:
    """Raise `RenderError` for more notes or more time than sound is made of
    (`MAX_NOTES`, `MAX_SECONDS`, `MAX_SOUNDING_SECONDS`)."""
    if len(notes) > MAX_NOTES:
        raise RenderError(f"the performance has more than {MAX_NOTES} notes, the limit for sound")
    if any(note.start + note.duration > MAX_SECONDS for note in notes):
        raise too_long()
    sounding = sum(note.duration for note in notes)
    if sounding > MAX_SOUNDING_SECONDS:
        raise RenderError(
            f"the notes would sound for {sounding:.0f} s, counted one by one: "
            f"the limit is {MAX_SOUNDING_SECONDS:.0f} s"
        )


def too_long() -> RenderError:
    """Return the error for a performance of over `MAX_SECONDS`."""
    return RenderError(
        f"the performance lasts longer than {MAX_SECONDS:.0f} s, the limit for sound"
    )
