"""Each voice has a track, a channel, an instrument, and its words; the file says every
change of meter, key and tempo."""

import hashlib
import io
from fractions import Fraction

import mido
import pytest

from abcrun.errors import RenderError
from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, render, tune_samples
from abcrun.sound.instruments import DRUMS
from abcrun.sound.played import DRUM_CHANNEL
from abcrun.sound.playing import play
from abcrun.sound.synthesis import TAIL_SECONDS
from tests import traditional
from tests.sound.parts import onsets, part, played, spans

HYMN = """X:1
T:Evening
M:4/4
L:1/4
Q:1/4=83.3
V:S name="Soprano"
V:A name="Alto"
V:T clef=treble-8 name="Tenor"
V:B clef=bass name="Bass"
K:G
V:S
|:G A B c|d2 d2:|[K:D] d2 c2|[M:3/4] B3|]
w:One two-three four five_
w:Un deux trois qua-tre cinq
V:A
|:D F G G|A2 B2:|[K:D] A2 A2|[M:3/4] G3|]
V:T
%%MIDI program 68
|:d d d e|^f2 g2:|[K:D] f2 e2|[M:3/4] d3|]
V:B
%%MIDI channel 11
|:G, D, G, E,|D,2 G,2:|[K:D] D,2 A,,2|[M:3/4] G,,3|]
"""


def midi(text: str, **settings: object) -> mido.MidiFile:
    data = render(Tune.parse(text), "midi", RenderSettings(**settings))
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


def timed(track: mido.MidiTrack, kind: str, division: int) -> list[tuple[float, mido.Message]]:
    """Return the messages of a kind, each with its time in crotchets."""
    tick, found = 0, []
    for message in track:
        tick += message.time
        if message.type == kind:
            found.append((tick / division, message))
    return found


def test_a_hymn_of_four_voices_is_a_file_of_five_tracks() -> None:
    file = midi(HYMN)
    assert len(file.tracks) == 5
    names = [message.name for track in file.tracks for _, message in timed(track, "track_name", 1)]
    assert names == ["Evening", "Soprano", "Alto", "Tenor", "Bass"]
    programs = [
        (message.channel, message.program)
        for track in file.tracks
        for message in track
        if message.type == "program_change"
    ]
    assert programs == [(0, 46), (1, 46), (2, 68), (10, 46)]
    for track, (_, channel) in zip(file.tracks[1:], [(0, 0), (0, 1), (0, 2), (0, 10)], strict=True):
        notes = timed(track, "note_on", 480)
        assert {message.channel for _, message in notes} == {channel}
        assert len(notes) in (15, 17, 18)


def test_a_voice_alone_has_its_name_or_the_title() -> None:
    named = 'X:1\nT:Evening\nV:1 name="Fiddle"\nM:4/4\nL:1/8\nK:C\nC8|\n'
    for text, name in ((named, "Fiddle"), (named.replace(' name="Fiddle"', ""), "Evening")):
        names = [m.name for track in midi(text).tracks for m in track if m.type == "track_name"]
        assert names == ["Evening", name]


def test_the_instrument_asked_for_is_that_of_voices_to_which_the_tune_gives_none() -> None:
    programs = [
        message.program
        for track in midi(HYMN, program="flute").tracks
        for message in track
        if message.type == "program_change"
    ]
    assert programs == [73, 73, 68, 73]


def test_the_conductor_has_every_change_of_meter_key_and_tempo() -> None:
    file = midi(HYMN)
    conductor = file.tracks[0]
    meters = timed(conductor, "time_signature", 480)
    assert [(at, m.numerator, m.denominator) for at, m in meters] == [(0, 4, 4), (20, 3, 4)]
    assert [(at, m.key) for at, m in timed(conductor, "key_signature", 480)] == [
        (0, "G"),
        (16, "D"),
    ]
    assert [m.tempo for _, m in timed(conductor, "set_tempo", 480)] == [round(60e6 / 83.3)]


def test_a_change_in_mid_bar_stands_at_its_note() -> None:
    file = midi("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCD[K:G]EF|[Q:1/4=90.5]CDEF|\n")
    assert [(at, m.key) for at, m in timed(file.tracks[0], "key_signature", 480)] == [
        (0, "C"),
        (2, "G"),
    ]
    tempos = [(at, m.tempo) for at, m in timed(file.tracks[0], "set_tempo", 480)]
    assert tempos[1] == (4, round(60e6 / 90.5))


def test_each_verse_is_sung_in_its_pass() -> None:
    file = midi(HYMN)
    sung = [(at, m.text) for at, m in timed(file.tracks[1], "lyrics", 480)]
    assert sung[:5] == [(0, "One "), (1, "two-"), (2, "three "), (3, "four "), (4, "five ")]
    assert sung[5:] == [
        (8, "Un "), (9, "deux "), (10, "trois "), (11, "qua-"), (12, "tre "), (14, "cinq "),
    ]  # fmt: skip


def test_a_verse_alone_is_sung_each_time() -> None:
    file = midi("X:1\nT:t\nM:2/4\nL:1/4\nK:C\n|:CD:|\nw:ναι όχι\n")
    assert [m.text for _, m in timed(file.tracks[1], "lyrics", 480)] == ["ναι ", "όχι "] * 2


# Directives


def test_a_program_in_the_header_is_that_of_the_voice_named_before_it() -> None:
    header = 'V:"First fiddle"\nV:2\n%%MIDI program 19\nM:4/4\nL:1/8\nK:C\n'
    performance = played('V:"First fiddle"\nC8|\nV:2\nE8|', header)
    assert [one.programs[0].program for one in performance.parts] == [46, 19]
    header = "%%MIDI program 19\nV:1\nV:2\n%%MIDI program 3\nM:4/4\nL:1/8\nK:C\n"
    performance = played("V:1\nC8|\nV:2\nE8|", header)
    assert [one.programs[0].program for one in performance.parts] == [19, 3]


def test_a_program_behind_the_voice_star_is_that_of_all_voices() -> None:
    header = "V:*\n%%MIDI program 19\nM:4/4\nL:1/8\nK:C\n"
    performance = played("V:1\nC8|\nV:2\nE8|", header)
    assert [one.programs[0].program for one in performance.parts] == [19, 19]


def test_a_program_changes_in_mid_tune() -> None:
    performance = played("%%MIDI program 73\nCDEF GABc|\n%%MIDI program 40\nc8|")
    assert [(one.tick, one.program) for one in part(performance, "test").programs] == [
        (0, 73),
        (1920, 40),
    ]
    assert [note.program for note in performance.notes()] == [73] * 8 + [40]


def test_a_program_of_a_channel_is_that_of_its_voice() -> None:
    performance = played("%%MIDI program 2 19\nV:1\nC8|\nV:2\nE8|")
    assert [one.programs[0].program for one in performance.parts] == [46, 19]


def test_notes_are_moved_as_the_tune_asks_and_the_score_is_not() -> None:
    performance = played("%%MIDI transpose -12\nC4 D4|\n%%MIDI rtranspose 2\nC8|")
    assert onsets(performance) == [(0, 48), (2, 50), (4, 50)]


def test_volume_and_place_are_heard() -> None:
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n%%MIDI control 7 50\n%%MIDI control 10 0\nCDEF|\n"
    assert [
        (at, m.control, m.value) for at, m in timed(midi(text).tracks[1], "control_change", 480)
    ] == [(0, 7, 50), (0, 10, 0)]
    note = play(Tune.parse(text)).notes()[0]
    assert (note.volume, note.pan) == (0.25, 0)
    samples, _ = tune_samples(Tune.parse(text), RenderSettings(rate=8_000, room=0.0))
    assert abs(samples[:, 0]).max() > 20 * abs(samples[:, 1]).max()


def test_a_percussion_staff_is_played_on_the_drum_channel() -> None:
    performance = played("V:1\nC8|\nV:2 clef=perc\nD4 z4|", "M:4/4\nL:1/8\nK:C\n")
    assert [one.channel for one in performance.parts] == [0, DRUM_CHANNEL]
    assert [note.program for note in performance.notes()] == [46, DRUMS]


def test_notes_of_drums_are_the_drums_that_the_tune_maps_them_to() -> None:
    directives = "%%MIDI channel 10\n%%MIDI drummap C 36\n%%MIDI drummap ^g 42\n"
    assert onsets(played(directives + "C2 ^g2 D4|")) == [(0, 36), (1, 42), (2, 62)]
    # On another channel they are notes.
    assert onsets(played("%%MIDI drummap C 36\nC8|")) == [(0, 60)]


def test_drones_are_held_from_where_they_are_on_until_they_are_off() -> None:
    body = "%%MIDI drone 109 57 45 60 50\n%%MIDI droneon\nA8|A8|\n%%MIDI droneoff\nA8|\n"
    performance = played(body + "%%MIDI droneon\nA8|")
    assert spans(performance, "Drone") == [(0, 8, 45), (0, 8, 57), (12, 16, 45), (12, 16, 57)]
    assert {one.velocity for one in part(performance, "Drone").strikes} == {60, 50}
    assert part(performance, "Drone").programs[0].program == 109
    assert spans(played("%%MIDI droneon\nA8|"), "Drone") == [(0, 4, 33), (0, 4, 45)]
    assert len(played("%%MIDI drone 109 57 45 60 50\nA8|").parts) == 1


def test_more_voices_than_channels_share_them_but_never_the_drums_channel() -> None:
    performance = played("\n".join(f"V:{n}\nC8|" for n in range(1, 33)))
    channels = [one.channel for one in performance.parts]
    assert len(channels) == 32
    assert channels[:15] == [*range(9), *range(10, 16)]
    assert DRUM_CHANNEL not in channels


@pytest.mark.parametrize(
    "directive",
    ["program 128", "program", "channel 0", "channel 17", "gchord xyz", "control 7", "drum dd 1 2",
     "program " + "9" * 50, "grace 3/2", "grace 1/0", "chordprog", "gchord " + "f" * 100],
)  # fmt: skip
def test_a_directive_out_of_range_changes_nothing(directive: str) -> None:
    assert played(f'%%MIDI {directive}\n"C"CDEF GABc|') == played('"C"CDEF GABc|')


# What is plain stays


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (traditional.KESH, "8fa9b663e169cd2eb0d9430d843f22a7be69404faa941a53b2e01f010354bad8"),
        (traditional.BLUEHILL, "6fdc8779c8193a661f11594764e181921d9debb49ead32d816b174ba93a9f42b"),
        (
            traditional.SALLY_GARDENS,
            "a11d6e9f962dffb6af87270d1b81c70908208c9ade6e89cb0cf1d64d551a52f1",
        ),
    ],
)
def test_a_plain_tune_has_the_same_file_as_in_version_0_2(text: str, digest: str) -> None:
    assert hashlib.sha256(render(Tune.parse(text), "midi")).hexdigest() == digest


@pytest.mark.parametrize("text", traditional.ALL)
def test_a_voice_played_note_by_note_is_played_as_a_plain_one(text: str) -> None:
    # The directive says what holds anyway, and takes the tune the longer way.
    plain, long_way = Tune.parse(text), Tune.parse(text.replace("K:", "%%MIDI transpose 0\nK:"))
    assert play(plain) == play(long_way)


# Rests


@pytest.mark.parametrize("body", ["z8|Z3|", "z8|z8|z8|z8|", "x8|X3|"])
def test_a_tune_of_rests_is_silence_of_its_length(body: str) -> None:
    rests = Tune.parse(f"X:1\nT:Rests\nM:4/4\nL:1/8\nQ:1/4=120\nK:C\n{body}\n")
    samples, rate = tune_samples(rests)
    assert not samples.any()
    assert len(samples) / rate == pytest.approx(8 + TAIL_SECONDS)
    file = mido.MidiFile(file=io.BytesIO(render(rests, "midi")))
    assert file.length == pytest.approx(8)
    assert not [m for track in file.tracks for m in track if m.type == "note_on"]


def test_chords_over_rests_are_heard_and_too_long_a_silence_is_refused() -> None:
    header = "X:1\nM:4/4\nL:1/8\nQ:1/4=60\nK:C\n"
    samples, _ = tune_samples(Tune.parse(header + '"C"z8|"G"z8|\n'), RenderSettings(rate=8_000))
    assert samples.any()
    with pytest.raises(RenderError, match="lasts longer than 300 s"):
        tune_samples(Tune.parse(header + "Z100|\n"))


def test_fractional_time_of_a_tune_is_exact() -> None:
    assert play(Tune.parse(HYMN)).end == 23 * 480
    assert Fraction(play(Tune.parse(HYMN)).tempos[0].microseconds, 1) == 720288
