"""Accidentals: a pitch keeps its letter where it can, and the eye sees a sign where it
needs one."""

from hypothesis import given
from hypothesis import strategies as st

from abcrun.notation.pitch import natural_pitch
from abcrun.score.accidentals import spell_near
from tests.score.written import notes_of


def test_accidentals_are_shown_where_a_reader_needs_them() -> None:
    notes = notes_of("^FFf =F2 _B- | BB =c ^c'|", "M:4/4", "L:1/8", "K:G")
    assert [(note.step, note.alter, note.octave, note.accidental) for note in notes] == [
        ("F", 1, 4, "sharp"),  # the text has the sign, the key has it too
        ("F", 1, 4, ""),
        ("F", 1, 5, ""),
        ("F", 0, 4, "natural"),
        ("B", -1, 4, "flat"),
        ("B", -1, 4, ""),  # held over the bar line by a tie
        ("B", 0, 4, ""),
        ("C", 0, 5, "natural"),
        ("C", 1, 6, "sharp"),
    ]


def test_an_accidental_counts_in_every_octave_and_is_shown_in_each() -> None:
    assert [(note.alter, note.accidental) for note in notes_of("^F f F|")] == [
        (1, "sharp"),
        (1, "sharp"),
        (1, ""),
    ]


@given(step=st.integers(-28, 42), pitch=st.integers(0, 127))
def test_every_pitch_has_a_place_on_the_staff(step: int, pitch: int) -> None:
    found, alteration = spell_near(step, pitch)
    assert natural_pitch(found) + alteration == pitch
    assert -2 <= alteration <= 2


@given(step=st.integers(-14, 35), alteration=st.integers(-2, 2))
def test_a_note_keeps_its_letter_where_two_signs_reach(step: int, alteration: int) -> None:
    assert spell_near(step, natural_pitch(step) + alteration) == (step, alteration)
