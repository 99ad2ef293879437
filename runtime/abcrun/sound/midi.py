"""MIDI files: a played tune is written to one, and the notes of another program's file
are read in seconds."""

import io

import mido

from abcrun.errors import RenderError
from abcrun.notation import Key, Meter, Tune
from abcrun.notation.pitch import SHARPS
from abcrun.sound.played import (
    DRUM_CHANNEL,
    MAX_TICKS_PER_QUARTER,
    Part,
    PlayedNote,
    PlayedTune,
    TickClock,
    check_bounds,
)

MAX_MIDI_BYTES = 512 * 1024
"""Of a file that is read."""

_MAX_DELTA_TICKS = 0x0FFF_FFFF  # four bytes of seven bits

# Kinds of events, in their order at one tick.
_OFF, _PROGRAM, _CONTROL, _LYRIC, _ON = range(5)

_KEYS = [letter + sign for sign in ("b", "", "#") for letter in SHARPS]
"""Tonics in fifths, from F flat to B sharp."""


def write_midi(tune: Tune, played: PlayedTune) -> bytes:
    """Return a MIDI file of type 1 of `tune` as it is `played`.

    It has a track of title, meters, keys and tempos, and a track for each part, with
    the words that are sung as lyric events. Raises `RenderError` for a note or rest
    that is longer than MIDI can say.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=played.division, charset="utf-8")
    file.tracks.append(_conductor_track(tune, played))
    file.tracks.extend(_part_track(part) for part in played.parts)
    if not any(part.strikes for part in played.parts):
        # A tune of rests lasts as long as it is written.
        file.tracks[0][-1].time = _delta(played.end, 0)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _delta(tick: int, last: int) -> int:
    """Return the ticks from the event at `last` to the next one."""
    if tick - last > _MAX_DELTA_TICKS:
        raise RenderError(
            "the tune is too long for a MIDI file: a note or rest of more than 2**28 ticks"
        )
    return tick - last


def _sayable(text: str) -> str:
    # Broken input leaves lone surrogates, which UTF-8 cannot say.
    return text.encode("utf-8", "replace").decode("utf-8")


def _conductor_track(tune: Tune, played: PlayedTune) -> mido.MidiTrack:
    """Return the track of title, and of every change of meter, key and tempo."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=_sayable(tune.title)))
    events: list[tuple[int, int, mido.MetaMessage]] = []
    for tick, meter in played.meters:
        message = _time_signature(meter)
        if message is not None:
            events.append((tick, 0, message))
    for tick, key in played.keys:
        message = _key_signature(key)
        if message is not None:
            events.append((tick, 1, message))
    for tick, microseconds in played.tempos:
        events.append((tick, 2, mido.MetaMessage("set_tempo", tempo=microseconds)))
    events.sort(key=lambda event: event[:2])  # stable: of two tempos at one tick the later holds
    last = 0
    for tick, _, message in events:
        message.time = _delta(tick, last)
        track.append(message)
        last = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _time_signature(meter: Meter) -> mido.MetaMessage | None:
    # The file has a byte for each number, and the denominator as a power of 2.
    if not (1 <= meter.numerator <= 255 and meter.denominator in (1, 2, 4, 8, 16, 32, 64)):
        return None
    return mido.MetaMessage(
        "time_signature", numerator=meter.numerator, denominator=meter.denominator
    )


def _key_signature(key: Key) -> mido.MetaMessage | None:
    fifths = sum(alteration for _, alteration in key.accidentals)
    if not -7 <= fifths <= 7:
        return None
    # MIDI knows two modes. Dorian, say, is the major key with its signature.
    is_minor = key.mode in ("minor", "aeolian")
    name = f"{_KEYS[fifths + 11]}m" if is_minor else _KEYS[fifths + 8]
    return mido.MetaMessage("key_signature", key=name)


def _part_track(part: Part) -> mido.MidiTrack:
    channel = part.channel
    # Note-offs come first at a tick, then what the next note needs, then the note.
    events: list[tuple[int, int, int, int, str]] = []
    for start, pitch, end, velocity in part.strikes:
        events.append((start, _ON, pitch, velocity, ""))
        events.append((end, _OFF, pitch, 64, ""))
    for tick, program in part.programs[1:]:
        events.append((tick, _PROGRAM, program, 0, ""))
    for tick, control, value in part.controls:
        events.append((tick, _CONTROL, control, value, ""))
    for tick, text in part.lyrics:
        events.append((tick, _LYRIC, 0, 0, text))
    events.sort()

    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=_sayable(part.name)))
    program = part.programs[0].program
    track.append(mido.Message("program_change", channel=channel, program=program))
    last = 0
    for tick, kind, one, other, text in events:
        time = _delta(tick, last)
        last = tick
        if kind in (_ON, _OFF):
            # All is in range: mido's own look at each would take half of the time.
            track.append(
                mido.Message(
                    "note_on" if kind == _ON else "note_off",
                    channel=channel,
                    note=one,
                    velocity=other,
                    time=time,
                    skip_checks=True,
                )
            )
        elif kind == _PROGRAM:
            track.append(mido.Message("program_change", channel=channel, program=one, time=time))
        elif kind == _CONTROL:
            track.append(
                mido.Message("control_change", channel=channel, control=one, value=other, time=time)
            )
        else:
            track.append(mido.MetaMessage("lyrics", text=_sayable(text), time=time))
    track.append(mido.MetaMessage("end_of_track"))
    return track


def read_midi(data: bytes) -> list[PlayedNote]:
    """Read the notes of a MIDI file, in the order of time and pitch.

    Changes of tempo hold for all tracks, and a program for its channel. Pedals, bends
    and the drum channel are ignored. A note that is struck again while it sounds ends
    there; one that never ends, ends with the file.

    Raises `RenderError` for a damaged file, one of type 2 or with SMPTE time, one of
    more than `MAX_MIDI_BYTES`, or a performance beyond the bounds of sound
    (`played.check_bounds`).
    """
    if len(data) > MAX_MIDI_BYTES:
        raise RenderError(f"the MIDI file has {len(data)} bytes: the limit is {MAX_MIDI_BYTES}")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), charset="latin-1")
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Which of these mido raises depends on where the damage is.
        raise RenderError(f"the MIDI file is damaged: {error or type(error).__name__}") from error
    if file.type not in (0, 1):
        raise RenderError(
            f"cannot play a MIDI file of type {file.type}: only types 0 and 1 hold one performance"
        )
    # SMPTE time is a negative number.
    if not 1 <= file.ticks_per_beat <= MAX_TICKS_PER_QUARTER:
        raise RenderError(f"cannot play a MIDI file with {file.ticks_per_beat} ticks per quarter")
    notes = _notes(file)
    notes.sort(key=lambda note: (note.start, note.pitch, note.duration))
    check_bounds(notes)
    return notes


def _notes(file: mido.MidiFile) -> list[PlayedNote]:
    """Play all tracks together, and return the notes in the order of their ends."""
    events = []
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            events.append((tick, message))
    # Stable: at one tick, earlier tracks (the tempo's) come first.
    events.sort(key=lambda event: event[0])

    notes: list[PlayedNote] = []
    programs: dict[int, int] = {}  # by channel
    # By channel and pitch: start, velocity, program.
    sounding: dict[tuple[int, int], tuple[float, int, int]] = {}
    clock = TickClock(file.ticks_per_beat)
    seconds = 0.0

    def end(key: tuple[int, int]) -> None:
        start, velocity, program = sounding.pop(key)
        if seconds > start:
            notes.append(PlayedNote(start, seconds - start, key[1], velocity, program))

    for tick, message in events:
        seconds = clock.seconds_at(tick)
        if message.type == "set_tempo":
            clock.set_tempo(message.tempo)
        elif message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type in ("note_on", "note_off") and message.channel != DRUM_CHANNEL:
            key = (message.channel, message.note)
            if key in sounding:
                end(key)
            if message.type == "note_on" and message.velocity > 0:
                sounding[key] = (seconds, message.velocity, programs.get(message.channel, 0))
    for key in sorted(sounding):
        end(key)
    return notes
