"""The compass of a tune: an instrument's, one that was named, or what lies in both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun import UsageError
from abcrun.composition.compass import COMPASSES, compass_of
from abcrun.notation.compass import NARROWEST, Compass, note_name
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS, program_number


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [("D4-B5", 62, 83), ("Bb3 - C#6", 58, 85), ("a♭3–f♯5", 56, 78), ("C0-G9", 12, 127)],
)
def test_a_range_is_two_scientific_pitch_names(text: str, lowest: int, highest: int) -> None:
    assert Compass.of(text) == Compass(lowest, highest)


@given(st.integers(12, 127), st.integers(12, 127))
def test_a_compass_reads_its_own_names(lowest: int, highest: int) -> None:
    compass = Compass(lowest, highest)
    if compass.semitones >= NARROWEST:
        assert Compass.of(compass.text) == compass
        assert compass.text == f"{note_name(lowest)}-{note_name(highest)}"


@pytest.mark.parametrize(
    "text", ["", "D4", "-", "D4-", "D4-B5-C6", "H4-B5", "D-B", "D4-B15", "C0-A9", "4-5", "x" * 5000]
)
def test_nonsense_is_a_usage_error_of_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"^range .* as in D4-B5; C4 is middle C") as error:
        Compass.of(text)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(("text", "semitones"), [("B5-D4", -21), ("D4-D5", 12), ("D4-D4", 0)])
def test_less_than_a_ninth_is_no_compass(text: str, semitones: int) -> None:
    with pytest.raises(UsageError, match=f"a ninth or more above the first .* it is {semitones}$"):
        Compass.of(text)


def test_every_instrument_that_has_a_sound_has_a_compass_and_the_other_way_round() -> None:
    assert INSTRUMENT_PROGRAMS.keys() <= COMPASSES.keys()
    for name, compass in COMPASSES.items():
        assert 0 <= program_number(name) <= 127
        assert compass.semitones >= NARROWEST


def test_instruments_go_by_name() -> None:
    assert compass_of(" Whistle ", None) == compass_of("flute", None) == Compass.of("D4-B5")
    assert compass_of("highland pipes", None) == Compass.of("G4-A5")
    assert compass_of(None, None) is None
    for unknown in ("kazoo", "", "73"):
        with pytest.raises(
            UsageError, match=r"^unknown instrument .* give a range, or one of fiddle, "
        ):
            compass_of(unknown, None)


def test_instrument_and_range_hold_both() -> None:
    assert compass_of("fiddle", "D4-D6") == Compass.of("D4-B5")
    assert compass_of("harp", "D4-D6") == compass_of(None, "D4-D6")


def test_an_instrument_and_a_range_that_contradict_each_other_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"^range C2-C4: whistle plays D4-B5, .* leave one"):
        compass_of("whistle", "C2-C4")
