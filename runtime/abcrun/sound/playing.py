"""A tune to what is played: a part for each voice, the accompaniment, and when tempo,
meter and key change."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from abcrun.errors import RenderError
from abcrun.notation import Key, Meter, Tune
from abcrun.notation.midi_directives import MidiDirective
from abcrun.sound.accompaniment import accompaniment
from abcrun.sound.drone import drone_parts
from abcrun.sound.drums import drum_parts
from abcrun.sound.instruments import CHOSEN, DEFAULT_PROGRAM, program_number
from abcrun.sound.played import (
    DRUM_CHANNEL,
    MAX_NOTES,
    MAX_TICKS_PER_QUARTER,
    OFF_BEAT,
    Part,
    PlayedTune,
    ProgramChange,
    TempoChange,
)
from abcrun.sound.pulse import Pulse
from abcrun.sound.strikes import strikes_of, tick, tick_after
from abcrun.sound.swing import swings
from abcrun.sound.voices import Setting, VoicePlayer, is_own_program, voice_players

_TICKS_PER_QUARTER = 480
_MAX_TEMPO = 0xFF_FFFF  # microseconds per quarter: three bytes in a MIDI file
_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a tune is played where it may be played in several ways. The words are those
    of `abcrun.rendering.RenderSettings`."""

    chords: str = "on"
    grace: str = "auto"
    swing: bool = False


def play(
    tune: Tune, *, program: int | str = DEFAULT_PROGRAM, manner: Manner | None = None
) -> PlayedTune:
    """Play `tune`: all voices on one instrument (`program_number`, or `CHOSEN`), unless
    the tune gives them others (`%%MIDI program`).

    The division of the quarter is chosen so that every written onset and end falls on a
    tick: 480, or a multiple that the tuplets need. Beyond `MAX_TICKS_PER_QUARTER`, and
    for grace notes, the nearest tick is taken.

    A note sounds its full value, but ends by a sixteenth of a quarter, at most an
    eighth of itself, before the same pitch is struck again. The first beat of a bar has
    velocity 96, other beats have 88, the rest 80. All have 80 where the bars do not
    follow from the meter (free meter, changes of meter, bars of odd lengths), or as its
    dynamics say. Fermatas and ornaments are plain notes, which sound when the score
    says.

    Raises `RenderError` for over `MAX_NOTES`, for a tempo that MIDI cannot say, and for
    the chords alone of a tune without any.
    """
    manner = manner or Manner()
    _check_count(len(tune.notes), "")
    division = _division(tune)
    players = voice_players(tune)
    setting = Setting(
        Pulse.of_tune(tune),
        division,
        program if program == CHOSEN else program_number(program),
        manner.grace,
        tune.unit_length,
        manner.swing and swings(tune),
        _channel_programs(players),
    )
    channels = _channels([player.channel for player in players])
    if len(players) == 1 and players[0].is_plain and not setting.does_swing:
        parts = [_plain_part(tune, players[0].name, setting)]
    else:
        parts = [
            player.part(channel, setting)
            for player, channel in zip(players, channels, strict=False)
        ]
    _check_count(sum(len(part.strikes) for part in parts), "")
    parts = _with_accompaniment(
        parts, players, channels[len(players) :], tune, setting, manner.chords
    )
    meters, keys = _changes(tune, players, division)
    return PlayedTune(
        division,
        _tempos(tune, division),
        tuple(parts),
        tick(tune.duration, division),
        meters,
        keys,
    )


def _with_accompaniment(
    parts: list[Part],
    players: Sequence[VoicePlayer],
    channels: Sequence[int],
    tune: Tune,
    setting: Setting,
    chords: str,
) -> list[Part]:
    """Return the parts of the voices with those of chords, drones and drums, or these
    alone. Raises `RenderError` as `play` does."""
    directives = sorted(
        (event for player in players for event in player.directives), key=lambda event: event[0]
    )
    added: list[Part] = []
    if chords != "off":
        added = accompaniment(
            players,
            directives,
            channels[:2],
            setting.division,
            tune.rhythm,
            does_swing=setting.does_swing,
        )
    if chords == "only":
        if not added:
            raise RenderError("the tune has no chord symbols to play")
        parts = []
    if directives:
        added += drone_parts(directives, channels[2], tune.duration, setting.division)
        added += drum_parts(players[0].bars, directives, setting.division)
    parts = [*parts, *added]
    _check_count(
        sum(len(part.strikes) for part in parts),
        " with its accompaniment (--chords off leaves chords out)",
    )
    return parts


def _plain_part(tune: Tune, name: str, setting: Setting) -> Part:
    """Play a tune of one voice in which nothing says how. Most tunes are so, and this
    is many times faster than by way of the written notes."""
    pulse, division = setting.pulse, setting.division
    notes = sorted(tune.notes, key=lambda note: (note.onset, note.pitch, note.duration))
    strikes = strikes_of(
        (
            (
                tick(note.onset, division),
                tick_after(note.onset, note.duration, division),
                note.pitch,
                pulse.velocity(note.onset) if pulse else OFF_BEAT,
            )
            for note in notes
        ),
        division,
    )
    return Part(name, 0, strikes, (ProgramChange(0, setting.program),))


def _channel_programs(players: Sequence[VoicePlayer]) -> list[tuple[Fraction, MidiDirective]]:
    """Return the directives that give programs to channels, whatever voice they stand
    in."""
    return [
        (onset, one)
        for player in players
        for onset, one in player.directives
        if one.name == "program" and not is_own_program(one)
    ]


def _channels(given: Sequence[int | None]) -> list[int]:
    """Return a channel for each voice, and three more for chords, bass and drones: the
    one that the tune gives it, or one of its own while there are any."""
    taken = {channel for channel in given if channel is not None}
    free = [channel for channel in _CHANNELS if channel not in taken] or list(_CHANNELS)
    channels: list[int] = []
    count = 0
    for channel in (*given, None, None, None):
        if channel is None:
            channel = free[count % len(free)]
            count += 1
        channels.append(channel)
    return channels


def _check_count(notes: int, with_what: str) -> None:
    if notes > MAX_NOTES:
        raise RenderError(f"the tune plays {notes} notes{with_what}: the limit is {MAX_NOTES}")


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


def _tempos(tune: Tune, division: int) -> tuple[TempoChange, ...]:
    changes = []
    for tempo in sorted(tune.tempos, key=lambda tempo: tempo.onset):
        microseconds = round(60_000_000 / tempo.quarters_per_minute)
        if not 1 <= microseconds <= _MAX_TEMPO:
            raise RenderError(
                f"MIDI has no tempo of {float(tempo.quarters_per_minute):g} quarters a minute"
            )
        changes.append(TempoChange(tick(tempo.onset, division), microseconds))
    return tuple(changes)


def _changes(
    tune: Tune, players: Sequence[VoicePlayer], division: int
) -> tuple[tuple[tuple[int, Meter], ...], tuple[tuple[int, Key], ...]]:
    """Return the meters and keys of a tune, each with the tick from which it holds; the
    first voice counts."""
    meters, keys = {0: tune.meter}, {0: tune.key}
    meter, key = tune.meter, tune.key
    now = Fraction(0)
    for _, bar, _ in players[0].bars if players else ():
        # A change in mid-bar stands at its note.
        changes = [(Fraction(0), bar.meter, bar.key)] + [
            (note.offset, note.signs.meter or meter, note.signs.key or key)
            for note in bar.notes
            if note.signs is not None and note.offset and (note.signs.meter or note.signs.key)
        ]
        for offset, new_meter, new_key in changes:
            at = tick(now + offset, division)
            if new_meter != meter:
                meter = meters[at] = new_meter
            if new_key != key:
                key = keys[at] = new_key
        now += bar.length
    # They were found in the order of time.
    return tuple(meters.items()), tuple(keys.items())
