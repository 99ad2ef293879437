"""A tune is played as it says: every key at its tick, let go before it is struck again,
louder on the beats, and in seconds that follow the tempo."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Note, Tune
from abcrun.sound.played import (
    MAX_NOTES,
    MAX_SECONDS,
    MAX_SOUNDING_SECONDS,
    PlayedNote,
    PlayedTune,
    Strike,
    check_bounds,
)
from abcrun.sound.playing import play
from tests import traditional


def tune(body: str, header: str = "M:4/4\nL:1/8\nK:C\n") -> Tune:
    return Tune.parse(f"X:1\nT:test\n{header}{body}\n")


def strikes(played: PlayedTune) -> Sequence[Strike]:
    """Return the strikes of a tune of one part."""
    (part,) = played.parts
    return part.strikes


def times(played: PlayedTune) -> list[tuple[Fraction, Fraction, int]]:
    """Return onset and end (whole notes) and pitch of every strike, in order."""
    whole = 4 * played.division
    return [
        (Fraction(start, whole), Fraction(end, whole), pitch)
        for start, pitch, end, _ in strikes(played)
    ]


def velocities(played: PlayedTune) -> list[int]:
    return [strike.velocity for strike in strikes(played)]


def no_key_is_struck_while_it_is_down(played: PlayedTune) -> bool:
    return all(
        one.end < other.start
        for pitch in {strike.pitch for strike in strikes(played)}
        for one, other in pairwise(s for s in strikes(played) if s.pitch == pitch)
    )


# Time


@pytest.mark.parametrize("text", traditional.ALL)
def test_every_note_of_a_traditional_tune_starts_where_the_tune_says(text: str) -> None:
    read = Tune.parse(text)
    assert [(onset, pitch) for onset, _, pitch in times(play(read))] == [
        (n.onset, n.pitch) for n in read.notes
    ]


def test_a_note_sounds_its_full_value() -> None:
    read = tune("C2 D3/E/ (3FGA B4 (5cdefg [CEG]8")
    assert [(onset, end) for onset, end, _ in times(play(read))] == [
        (note.onset, note.onset + note.duration) for note in read.notes
    ]


def test_ticks_are_exact_for_all_usual_tuplets() -> None:
    read = tune("(3CDE (5CDEFG (7CDEFGAB (9CDEFGABcd C/8D/8 (3E/F/G/")
    played = play(read)
    assert played.division % 480 == 0
    assert [onset for onset, *_ in times(played)] == [note.onset for note in read.notes]


def test_a_repeated_pitch_is_let_go_before_it_is_struck_again() -> None:
    for (start, end, _), (following, *_) in pairwise(times(play(tune("D D D2 D8")))):
        assert end < following
        assert end - start >= Fraction(7, 8) * (following - start)


def test_a_unison_sounds_once_and_as_long_as_its_longer_note() -> None:
    notes = tuple(Note(Fraction(0), Fraction(length, 4), 60) for length in (2, 4))
    for voices in (notes, notes[::-1]):
        assert times(play(replace(tune("C"), notes=voices))) == [(0, 1, 60)]


LENGTHS = st.sampled_from([8, 12, 16, 20, 24, 28])  # parts of a whole note


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(55, 90), LENGTHS),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=60, deadline=None)
def test_of_any_notes_no_key_is_struck_while_it_is_down(
    drawn: list[tuple[int, int, int, int]],
) -> None:
    notes = tuple(
        Note(Fraction(onset, unit), Fraction(length, unit), pitch)
        for onset, length, pitch, unit in drawn
    )
    played = play(replace(tune("C"), notes=notes))
    assert {(onset, pitch) for onset, _, pitch in times(played)} == {
        (note.onset, note.pitch) for note in notes
    }
    assert all(strike.end > strike.start for strike in strikes(played))
    assert no_key_is_struck_while_it_is_down(played)


# Dynamics


def test_downbeats_are_played_louder_than_beats_and_beats_louder_than_the_rest() -> None:
    read = Tune.parse("X:1\nT:t\nM:6/8\nL:1/8\nK:G\nD|GAB cde|gab c'2|]\n")
    assert velocities(play(read)) == [80, 96, 80, 80, 88, 80, 80, 96, 80, 80, 88]


def test_no_beat_is_stressed_where_bars_do_not_follow_the_meter() -> None:
    read = Tune.parse("X:1\nT:t\nM:none\nL:1/8\nK:G\nDGABcdegab|]\n")
    assert set(velocities(play(read))) == {80}


# Seconds


def test_a_change_of_tempo_falls_on_its_note() -> None:
    read = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nCDEF|[Q:1/4=60]CDEF|]\n")
    notes = play(read).notes()
    assert [note.start for note in notes] == pytest.approx([0, 0.5, 1, 1.5, 2, 3, 4, 5])
    assert notes[-1].start + notes[-1].duration == pytest.approx(read.seconds)


def test_a_note_has_the_pitch_the_velocity_and_the_instrument_of_its_strike() -> None:
    read = tune("C4 [EG]4", header="M:4/4\nL:1/8\nQ:1/4=60\nK:C\n")
    assert play(read, program="fiddle").notes() == [
        PlayedNote(0.0, 2.0, 60, 96, 40),
        PlayedNote(2.0, 2.0, 64, 88, 40),
        PlayedNote(2.0, 2.0, 67, 88, 40),
    ]


# Bounds


def test_a_tune_with_too_many_notes_is_refused() -> None:
    many = replace(tune("C"), notes=tuple(Note(Fraction(n), Fraction(1), 60) for n in range(4_001)))
    with pytest.raises(RenderError, match=f"plays 4001 notes: the limit is {MAX_NOTES}"):
        play(many)


def test_a_tempo_that_midi_cannot_say_is_refused() -> None:
    read = tune("C")
    slow = replace(read.tempos[0], quarters_per_minute=Fraction(3))
    with pytest.raises(RenderError, match="no tempo of 3 quarters a minute"):
        play(replace(read, tempos=(slow,)))


def test_an_instrument_that_does_not_exist_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown instrument 'kazoo'"):
        play(tune("C"), program="kazoo")


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        ([PlayedNote(0.0, MAX_SECONDS + 1, 60)], "lasts longer than 300 s"),
        ([PlayedNote(0.0, 0.001, 60)] * (MAX_NOTES + 1), f"more than {MAX_NOTES} notes"),
        ([PlayedNote(0.0, 250.0, pitch) for pitch in range(60, 65)], "1250 s, counted one by one"),
    ],
)
def test_a_performance_beyond_the_bounds_of_sound_is_refused(
    notes: Sequence[PlayedNote], reason: str
) -> None:
    with pytest.raises(RenderError, match=reason):
        check_bounds(notes)


def test_a_performance_at_the_bounds_of_sound_is_played() -> None:
    check_bounds([PlayedNote(0.0, MAX_SECONDS, pitch) for pitch in range(4)])
    check_bounds([PlayedNote(0.0, MAX_SOUNDING_SECONDS / MAX_NOTES, 60)] * MAX_NOTES)


def test_a_tune_that_lasts_too_long_has_no_notes_in_seconds() -> None:
    read = tune("C64|" * 20, header="M:4/4\nL:1/1\nQ:1/4=20\nK:C\n")
    played = play(read)
    with pytest.raises(RenderError, match="lasts longer than 300 s"):
        played.notes()
