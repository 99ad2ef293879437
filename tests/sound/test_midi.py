"""A MIDI file holds what is played, to the tick, and what a file of another program
says is heard in seconds."""

import io

import mido
import pytest

from abcrun.errors import RenderError
from abcrun.notation import Tune
from abcrun.sound.midi import MAX_MIDI_BYTES, read_midi, write_midi
from abcrun.sound.played import (
    MAX_NOTES,
    MAX_SECONDS,
    Part,
    PlayedNote,
    PlayedTune,
    ProgramChange,
    Strike,
    TempoChange,
)
from abcrun.sound.playing import play
from tests import traditional


def strikes(file: mido.MidiFile) -> list[Strike]:
    """Return every note of a file, in the order of time and pitch."""
    found = []
    for track in file.tracks:
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type == "note_on":
                assert message.note not in sounding, "struck again before it was let go"
                sounding[message.note] = (tick, message.velocity)
            elif message.type == "note_off":
                start, velocity = sounding.pop(message.note)
                found.append(Strike(start, message.note, tick, velocity))
        assert not sounding, "a note that never ends"
    return sorted(found)


def file_of_tune(tune: Tune, program: int | str = "harp") -> mido.MidiFile:
    data = write_midi(tune, play(tune, program=program))
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


def messages(file: mido.MidiFile, kind: str) -> list[mido.Message]:
    return [message for track in file.tracks for message in track if message.type == kind]


# From a played tune to a file


@pytest.mark.parametrize("text", traditional.ALL)
def test_a_file_says_what_is_played_to_the_tick(text: str) -> None:
    tune = Tune.parse(text)
    played = play(tune, program="fiddle")
    file = file_of_tune(tune, "fiddle")
    assert file.ticks_per_beat == played.division
    assert tuple(strikes(file)) == played.parts[0].strikes
    assert messages(file, "program_change")[0].program == 40
    assert [m.tempo for m in messages(file, "set_tempo")] == [t.microseconds for t in played.tempos]
    assert read_midi(write_midi(tune, played)) == played.notes()


def test_the_head_of_the_file_says_title_meter_key_and_tempo() -> None:
    tune = Tune.parse("X:1\nT:Táim gan ☘ airgead\nM:6/8\nL:1/8\nQ:3/8=100\nK:Edor\nEFG|]\n")
    file = file_of_tune(tune)
    assert file.type == 1
    assert messages(file, "track_name")[0].name == "Táim gan ☘ airgead"
    assert [(m.numerator, m.denominator) for m in messages(file, "time_signature")] == [(6, 8)]
    assert [m.key for m in messages(file, "key_signature")] == ["D"]  # two sharps, as E dorian has
    assert [m.tempo for m in messages(file, "set_tempo")] == [400_000]  # 150 crotchets a minute


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("C", "C"),
        ("Am", "Am"),
        ("Ador", "G"),
        ("F#m", "F#m"),
        ("Bb", "Bb"),
        ("HP", "D"),
        ("Cb", "Cb"),
    ],
)
def test_key_signatures(key: str, name: str) -> None:
    tune = Tune.parse(f"X:1\nT:t\nM:4/4\nL:1/8\nK:{key}\nCDEF|\n")
    assert messages(file_of_tune(tune), "key_signature")[0].key == name


def test_a_rest_that_midi_cannot_count_is_refused() -> None:
    tune = Tune.parse("X:1\nT:t\nM:4/4\nL:1/8\nK:C\nC|\n")
    far = Strike(1 << 28, 60, (1 << 28) + 1, 80)
    part = Part("far", 0, (far,), (ProgramChange(0, 46),))
    played = PlayedTune(480, (TempoChange(0, 500_000),), (part,), far.end)
    with pytest.raises(RenderError, match=r"more than 2\*\*28 ticks"):
        write_midi(tune, played)


# From another program's file to notes in seconds


def file_of(*tracks: list[mido.Message], division: int = 480, kind: int = 1) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    for track in tracks:
        file.tracks.append(mido.MidiTrack(track))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def on(pitch: int, time: int = 0, velocity: int = 64, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=pitch, time=time, velocity=velocity, channel=channel)


def off(pitch: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=pitch, time=time, channel=channel)


def test_tempo_and_program_of_one_track_hold_for_the_others() -> None:
    conductor = [
        mido.MetaMessage("set_tempo", tempo=1_000_000, time=480),
        mido.Message("program_change", program=40),
    ]
    assert read_midi(file_of(conductor, [on(60), off(60, 960), on(62), off(62, 480)])) == [
        PlayedNote(0.0, 1.5, 60, 64, 0),
        PlayedNote(1.5, 1.0, 62, 64, 40),
    ]


def test_a_note_struck_again_ends_there_and_one_without_end_ends_with_the_file() -> None:
    played = read_midi(
        file_of([on(60), on(60, 480), on(64, 0), mido.MetaMessage("end_of_track", time=480)])
    )
    assert [(n.start, n.duration, n.pitch) for n in played] == [
        (0, 0.5, 60),
        (0.5, 0.5, 60),
        (0.5, 0.5, 64),
    ]


def test_a_note_on_of_velocity_0_is_a_note_off() -> None:
    assert read_midi(file_of([on(60), on(60, 480, velocity=0)])) == [
        PlayedNote(0.0, 0.5, 60, 64, 0)
    ]


def test_drums_are_not_played_as_notes() -> None:
    assert read_midi(file_of([on(40, channel=9), off(40, 480, channel=9)])) == []


def test_a_performance_beyond_the_bounds_is_refused_by_name() -> None:
    beats = round(MAX_SECONDS * 2) + 1
    with pytest.raises(RenderError, match="lasts longer than 300 s"):
        read_midi(file_of([on(60), off(60, 480 * beats)]))
    with pytest.raises(RenderError, match=f"more than {MAX_NOTES} notes"):
        read_midi(file_of([m for _ in range(MAX_NOTES + 1) for m in (on(60), off(60, 1))]))
    wall = [
        *(on(pitch) for pitch in range(40, 60)),
        off(40, 480 * 400),
        *(off(pitch) for pitch in range(41, 60)),
    ]
    with pytest.raises(RenderError, match="counted one by one"):
        read_midi(file_of(wall))
    with pytest.raises(RenderError, match=f"limit is {MAX_MIDI_BYTES}"):
        read_midi(bytes(MAX_MIDI_BYTES + 1))


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(RenderError, match="type 2"):
        read_midi(file_of([on(60), off(60, 1)], kind=2))
    with pytest.raises(RenderError, match="ticks per quarter"):
        read_midi(file_of([on(60), off(60, 1)]).replace(b"\x01\xe0", b"\xe7\x28", 1))  # SMPTE time
    with pytest.raises(RenderError, match="damaged"):
        read_midi(b"X:1\nT:not a MIDI file\n")


def test_a_damaged_file_gives_notes_or_a_render_error_and_nothing_else() -> None:
    kesh = Tune.parse(traditional.KESH)
    whole = write_midi(kesh, play(kesh))[:600]
    damaged = [whole[:length] for length in range(0, len(whole), 7)]
    for value in (0x00, 0x7F, 0x80, 0xFF):
        damaged += [
            whole[:place] + bytes([value]) + whole[place + 1 :] for place in range(0, len(whole), 5)
        ]
    for data in damaged:
        try:
            read_midi(data)
        except RenderError as error:
            assert str(error)
