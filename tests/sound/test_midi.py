"""MIDI is the hub: what a tune says is in the file to the tick, and what a file says is
heard in seconds."""

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Note, Tune
from abcrun.sound.midi import (
    INSTRUMENT_PROGRAMS,
    MAX_MIDI_BYTES,
    MAX_NOTES,
    MAX_SECONDS,
    PlayedNote,
    midi_bytes,
    program_number,
    read_midi,
    to_midi,
)
from tests import traditional


def strikes(file: mido.MidiFile) -> list[tuple[Fraction, Fraction, int, int]]:
    """Onset and end (whole notes), pitch and velocity of every note, in order."""
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
                whole = 4 * file.ticks_per_beat
                found.append(
                    (Fraction(start, whole), Fraction(tick, whole), message.note, velocity)
                )
        assert not sounding, "a note that never ends"
    return sorted(found)


def tune(body: str, header: str = "M:4/4\nL:1/8\nK:C\n") -> Tune:
    return Tune.parse(f"X:1\nT:test\n{header}{body}\n")


def saved(file: mido.MidiFile) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(midi_bytes(file)), charset="utf-8")


def messages(file: mido.MidiFile, kind: str) -> list[mido.Message]:
    return [message for track in file.tracks for message in track if message.type == kind]


# From a tune to a file


@pytest.mark.parametrize("text", traditional.ALL)
def test_every_note_of_a_traditional_tune_starts_where_the_tune_says(text: str) -> None:
    read = Tune.parse(text)
    file = saved(to_midi(read))
    assert [(onset, pitch) for onset, _, pitch, _ in strikes(file)] == [
        (n.onset, n.pitch) for n in read.notes
    ]


def test_a_note_sounds_its_full_value() -> None:
    read = tune("C2 D3/E/ (3FGA B4 (5cdefg [CEG]8")
    assert [(onset, end) for onset, end, *_ in strikes(to_midi(read))] == [
        (note.onset, note.onset + note.duration) for note in read.notes
    ]


def test_ticks_are_exact_for_all_usual_tuplets() -> None:
    read = tune("(3CDE (5CDEFG (7CDEFGAB (9CDEFGABcd C/8D/8 (3E/F/G/")
    file = to_midi(read)
    assert file.ticks_per_beat % 480 == 0
    assert [onset for onset, *_ in strikes(file)] == [note.onset for note in read.notes]


def test_a_repeated_pitch_is_let_go_before_it_is_struck_again() -> None:
    struck = strikes(to_midi(tune("D D D2 D8")))
    for (start, end, *_), (following, *_) in pairwise(struck):
        assert end < following
        assert end - start >= Fraction(7, 8) * (following - start)


def test_a_unison_sounds_once_and_as_long_as_its_longer_note() -> None:
    read = tune("[C4C8] z8", header="M:4/4\nL:1/8\nK:C\n")
    assert len(strikes(to_midi(read))) == 1


def test_the_head_of_the_file_says_title_meter_key_and_tempo() -> None:
    read = Tune.parse("X:1\nT:Táim gan ☘ airgead\nM:6/8\nL:1/8\nQ:3/8=100\nK:Edor\nEFG|]\n")
    file = saved(to_midi(read))
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
    read = Tune.parse(f"X:1\nT:t\nM:4/4\nL:1/8\nK:{key}\nCDEF|\n")
    expected = "G" if key == "Ador" else name
    assert messages(to_midi(read), "key_signature")[0].key == expected


def test_a_change_of_tempo_falls_on_its_note() -> None:
    read = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nCDEF|[Q:1/4=60]CDEF|]\n")
    starts = [note.start for note in read_midi(midi_bytes(to_midi(read)))]
    assert starts == pytest.approx([0, 0.5, 1, 1.5, 2, 3, 4, 5])


def test_downbeats_are_played_louder_than_beats_and_beats_louder_than_the_rest() -> None:
    struck = strikes(to_midi(Tune.parse("X:1\nT:t\nM:6/8\nL:1/8\nK:G\nD|GAB cde|gab c'2|]\n")))
    assert [velocity for *_, velocity in struck] == [80, 96, 80, 80, 88, 80, 80, 96, 80, 80, 88]


def test_no_beat_is_stressed_where_bars_do_not_follow_the_meter() -> None:
    struck = strikes(to_midi(Tune.parse("X:1\nT:t\nM:none\nL:1/8\nK:G\nDGABcdegab|]\n")))
    assert {velocity for *_, velocity in struck} == {80}


def test_the_program_is_chosen_by_number_or_by_the_name_of_an_instrument() -> None:
    for name, number in INSTRUMENT_PROGRAMS.items():
        assert (
            program_number(name) == program_number(name.upper()) == program_number(number) == number
        )
    assert program_number("73") == 73
    assert messages(to_midi(tune("C"), program="fiddle"), "program_change")[0].program == 40


@pytest.mark.parametrize("wrong", [-1, 128, "kazoo", "", "128", "4²", "9" * 5000])
def test_a_program_that_does_not_exist_is_a_usage_error(wrong: int | str) -> None:
    with pytest.raises(UsageError):
        program_number(wrong)


TIMES = st.sampled_from([8, 12, 16, 20, 24, 28])  # parts of a whole note


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(55, 90), TIMES),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_notes_give_a_file_in_which_no_key_is_struck_while_it_is_down(
    drawn: list[tuple[int, int, int, int]],
) -> None:

    notes = tuple(
        Note(Fraction(onset, unit), Fraction(length, unit), pitch)
        for onset, length, pitch, unit in drawn
    )
    read = replace(tune("C"), notes=notes)
    struck = strikes(saved(to_midi(read)))
    assert {(onset, pitch) for onset, _, pitch, _ in struck} == {
        (note.onset, note.pitch) for note in notes
    }
    assert all(end > onset for onset, end, *_ in struck)


# From a file to notes in seconds


def file_of(*tracks: list[mido.Message], division: int = 480, kind: int = 1) -> bytes:
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    for track in tracks:
        file.tracks.append(mido.MidiTrack(track))
    return midi_bytes(file)


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
    whole = midi_bytes(to_midi(Tune.parse(traditional.KESH)))[:600]
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
