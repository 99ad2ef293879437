"""MIDI, the hub between tunes and synthesisers: a tune to a MIDI file, and a MIDI file
to notes in seconds."""

import io
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import mido

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Tune

#: General MIDI programs (0 to 127, as in the file) of the instruments that play folk tunes.
INSTRUMENT_PROGRAMS = {
    "piano": 0,
    "dulcimer": 15,
    "accordion": 21,
    "concertina": 23,
    "guitar": 24,
    "fiddle": 40,
    "harp": 46,
    "flute": 73,
    "whistle": 74,
    "banjo": 105,
    "pipes": 109,
}
DEFAULT_PROGRAM = INSTRUMENT_PROGRAMS["harp"]

#: A performance longer than this is refused before a sample of it is made (seconds).
MAX_SECONDS = 300.0
#: Sounding time of all notes together (seconds): chords of the longest performance, but no wall of them.
MAX_SOUNDING_SECONDS = 4 * MAX_SECONDS
MAX_NOTES = 4_000
MAX_MIDI_BYTES = 512 * 1024

_TICKS_PER_QUARTER = 480
_MAX_TICKS_PER_QUARTER = 32_767
_MAX_DELTA_TICKS = 0x0FFF_FFFF
_MAX_TEMPO = 0xFF_FFFF  # microseconds per quarter, three bytes in the file
_DEFAULT_TEMPO = 500_000
_DRUM_CHANNEL = 9
_DOWNBEAT, _BEAT, _OFF_BEAT = 96, 88, 80  # velocities


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as a synthesiser plays it.

    `start` and `duration` in seconds, `pitch` a MIDI note number, `velocity` 1 to 127,
    `program` the General MIDI program 0 to 127.
    """

    start: float
    duration: float
    pitch: int
    velocity: int = 80
    program: int = DEFAULT_PROGRAM


def program_number(instrument: int | str) -> int:
    """The General MIDI program (0 to 127) of a number or of a name in
    `INSTRUMENT_PROGRAMS`; else `UsageError`."""
    if isinstance(instrument, str):
        name = instrument.strip().lower()
        if name in INSTRUMENT_PROGRAMS:
            return INSTRUMENT_PROGRAMS[name]
        if not (name.isascii() and name.isdigit()) or len(name) > 3:
            names = ", ".join(INSTRUMENT_PROGRAMS)
            raise UsageError(
                f"unknown instrument {instrument!r}: give a program 0 to 127 or one of {names}"
            )
        instrument = int(name)
    if not 0 <= instrument <= 127:
        raise UsageError(f"General MIDI program {instrument} is out of range: 0 to 127")
    return instrument


def to_midi(tune: Tune, *, program: int | str = DEFAULT_PROGRAM) -> mido.MidiFile:
    """The performance of `tune` as a MIDI file of type 1: a track of tempo, meter and
    key, and a track of notes.

    `program`: see `program_number`. The division of the quarter is chosen so that every
    onset and end falls on a tick (480, or a multiple that the tuplets need); beyond
    32767 the nearest tick is taken. A note sounds its full value, save that it ends by
    a sixteenth of a quarter, at most an eighth of itself, before the same pitch is
    struck again. Dynamics: the first beat of a bar is played with velocity 96, other
    beats with 88, the rest with 80; all with 80 where the bars do not follow from the
    meter (free meter, changes of meter, bars of odd lengths).

    Raises `RenderError` when the tune has no notes or over `MAX_NOTES`, or lasts longer
    than a MIDI file can say.
    """
    number = program_number(program)
    if not tune.notes:
        raise RenderError("the tune has no notes to play")
    if len(tune.notes) > MAX_NOTES:
        raise RenderError(f"the tune plays {len(tune.notes)} notes: the limit is {MAX_NOTES}")
    division = _division(tune)
    file = mido.MidiFile(type=1, ticks_per_beat=division, charset="utf-8")
    file.tracks.append(_conductor_track(tune, division))
    file.tracks.append(_note_track(tune, division, number))
    return file


def midi_bytes(file: mido.MidiFile) -> bytes:
    """The bytes of a `.mid` file."""
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _division(tune: Tune) -> int:
    """Ticks per quarter that make every onset, end and tempo exact, if MIDI can count
    that fine."""
    denominators = {(4 * note.onset).denominator for note in tune.notes}
    denominators |= {(4 * note.duration).denominator for note in tune.notes}
    denominators |= {(4 * tempo.onset).denominator for tempo in tune.tempos}
    division = _TICKS_PER_QUARTER
    for denominator in sorted(denominators):
        finer = lcm(division, denominator)
        if finer <= _MAX_TICKS_PER_QUARTER:
            division = finer
    return division


def _tick(onset: Fraction, division: int) -> int:
    return round(4 * onset * division)


def _delta(tick: int, last: int) -> int:
    """The ticks from the event at `last` to the next one."""
    if tick - last > _MAX_DELTA_TICKS:
        raise RenderError(
            "the tune is too long for a MIDI file: a note or rest of more than 2**28 ticks"
        )
    return tick - last


_MAJOR_KEYS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR_KEYS = (
    "Abm",
    "Ebm",
    "Bbm",
    "Fm",
    "Cm",
    "Gm",
    "Dm",
    "Am",
    "Em",
    "Bm",
    "F#m",
    "C#m",
    "G#m",
    "D#m",
    "A#m",
)


def _title(tune: Tune) -> str:
    """The title as text that UTF-8 can say: broken input leaves lone surrogates."""
    return tune.title.encode("utf-8", "replace").decode("utf-8")


def _conductor_track(tune: Tune, division: int) -> mido.MidiTrack:
    """Title, meter and key at the start, and every change of tempo."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=_title(tune)))
    meter = tune.meter
    if 1 <= meter.numerator <= 255 and meter.denominator in (1, 2, 4, 8, 16, 32, 64):
        track.append(
            mido.MetaMessage(
                "time_signature", numerator=meter.numerator, denominator=meter.denominator
            )
        )
    fifths = sum(alteration for _, alteration in tune.key.accidentals)
    if -7 <= fifths <= 7:
        names = _MINOR_KEYS if tune.key.mode in ("minor", "aeolian") else _MAJOR_KEYS
        track.append(mido.MetaMessage("key_signature", key=names[fifths + 7]))
    last = 0
    for tempo in sorted(tune.tempos, key=lambda tempo: tempo.onset):
        microseconds = round(60_000_000 / tempo.quarters_per_minute)
        if not 1 <= microseconds <= _MAX_TEMPO:
            raise RenderError(
                f"MIDI has no tempo of {float(tempo.quarters_per_minute):g} quarters a minute"
            )
        tick = _tick(tempo.onset, division)
        track.append(mido.MetaMessage("set_tempo", tempo=microseconds, time=_delta(tick, last)))
        last = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


@dataclass(frozen=True, slots=True)
class _Pulse:
    """Where the beats fall, in whole notes."""

    bar: Fraction
    beat: Fraction
    pickup: Fraction

    @classmethod
    def of_tune(cls, tune: Tune) -> "_Pulse | None":
        """None where it cannot be told from the meter and the pickup alone."""
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
        place = (onset - self.pickup) % self.bar
        if place == 0:
            return _DOWNBEAT
        return _BEAT if place % self.beat == 0 else _OFF_BEAT


def _note_track(tune: Tune, division: int, program: int) -> mido.MidiTrack:
    pulse = _Pulse.of_tune(tune)
    by_pitch: dict[
        int, list[tuple[int, int, int]]
    ] = {}  # (start tick, end tick, velocity), in time order
    for note in sorted(tune.notes, key=lambda note: (note.onset, note.pitch, note.duration)):
        start = _tick(note.onset, division)
        end = max(start + 1, _tick(note.onset + note.duration, division))
        strikes = by_pitch.setdefault(note.pitch, [])
        if strikes and strikes[-1][1] >= start:
            # One key, struck again: the string sounds once for a unison, and is let go
            # before it is struck anew.
            earlier, until, velocity = strikes.pop()
            if earlier == start:
                end = max(end, until)
            else:
                gap = min((start - earlier) // 8, division // 16)
                strikes.append((earlier, start - gap, velocity))
        strikes.append((start, end, pulse.velocity(note.onset) if pulse else _OFF_BEAT))

    events = []
    for pitch, strikes in by_pitch.items():
        for start, end, velocity in strikes:
            events.append((start, 1, pitch, velocity))
            events.append((end, 0, pitch, 0))
    events.sort()  # at one tick the note-offs come first

    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=_title(tune)))
    track.append(mido.Message("program_change", program=program))
    last = 0
    for tick, on, pitch, velocity in events:
        kind, velocity = ("note_on", velocity) if on else ("note_off", 64)
        # All is in range: mido's own look at each of them would take half of the time.
        track.append(
            mido.Message(
                kind, note=pitch, velocity=velocity, time=_delta(tick, last), skip_checks=True
            )
        )
        last = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def read_midi(source: bytes | mido.MidiFile) -> list[PlayedNote]:
    """The notes of a MIDI file (its bytes, or as read by mido) in order of start.

    Tempo changes of all tracks are followed; each channel keeps its program; pedals,
    bends and the drum channel are ignored. A note that is struck again while it sounds
    ends there; one that never ends, ends with the file.

    Raises `RenderError` for a damaged file, one of type 2 or with SMPTE time, more than
    `MAX_MIDI_BYTES` bytes or `MAX_NOTES` notes, or a performance longer than
    `MAX_SECONDS` (or `MAX_SOUNDING_SECONDS`, all notes together).
    """
    file = _parse(source) if isinstance(source, bytes) else source
    division = file.ticks_per_beat
    if file.type not in (0, 1):
        raise RenderError(
            f"cannot play a MIDI file of type {file.type}: only types 0 and 1 hold one performance"
        )
    if not 1 <= division <= _MAX_TICKS_PER_QUARTER:
        raise RenderError(f"cannot play a MIDI file with {division} ticks per quarter")
    notes = _performance(file, division)
    notes.sort(key=lambda note: (note.start, note.pitch, note.duration))
    sounding = sum(note.duration for note in notes)
    if sounding > MAX_SOUNDING_SECONDS:
        raise RenderError(
            f"the notes would sound for {sounding:.0f} s, counted one by one: the limit is {MAX_SOUNDING_SECONDS:.0f} s"
        )
    return notes


def _parse(data: bytes) -> mido.MidiFile:
    if len(data) > MAX_MIDI_BYTES:
        raise RenderError(f"the MIDI file has {len(data)} bytes: the limit is {MAX_MIDI_BYTES}")
    try:
        return mido.MidiFile(file=io.BytesIO(data), charset="latin-1")
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        # What mido raises on damaged data depends on where the damage is:
        # KeySignatureError, struct.error, ...
        raise RenderError(f"the MIDI file is damaged: {error or type(error).__name__}") from error


def _performance(file: mido.MidiFile, division: int) -> list[PlayedNote]:
    """All tracks played together: programs belong to channels, tempo to all."""
    events = []
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            events.append((tick, message))
    events.sort(
        key=lambda event: event[0]
    )  # stable: at one tick, earlier tracks (the tempo's) come first

    notes: list[PlayedNote] = []
    programs: dict[int, int] = {}
    sounding: dict[
        tuple[int, int], tuple[float, int, int]
    ] = {}  # (channel, pitch): start, velocity, program
    seconds, last, seconds_per_tick = 0.0, 0, _DEFAULT_TEMPO / (1e6 * division)

    def end(key: tuple[int, int]) -> None:
        start, velocity, program = sounding.pop(key)
        if seconds > MAX_SECONDS:
            raise RenderError(
                f"the performance lasts longer than {MAX_SECONDS:.0f} s, the limit for sound"
            )
        if len(notes) >= MAX_NOTES:
            raise RenderError(
                f"the performance has more than {MAX_NOTES} notes, the limit for sound"
            )
        if seconds > start:
            notes.append(PlayedNote(start, seconds - start, key[1], velocity, program))

    for tick, message in events:
        seconds += (tick - last) * seconds_per_tick
        last = tick
        if message.type == "set_tempo":
            seconds_per_tick = message.tempo / (1e6 * division)
        elif message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type in ("note_on", "note_off") and message.channel != _DRUM_CHANNEL:
            key = (message.channel, message.note)
            if key in sounding:
                end(key)
            if message.type == "note_on" and message.velocity > 0:
                sounding[key] = (seconds, message.velocity, programs.get(message.channel, 0))
    for key in sorted(sounding):
        end(key)
    return notes
