"""What instruments can play, and what is written for them."""

import pytest

from abcrun.errors import UsageError
from abcrun.notation.instruments import (
    INSTRUMENTS,
    MOST_FRETS,
    PARTS,
    instrument_named,
    transposition_for,
)

OCTAVE = ["D", "E", "F#", "G", "A", "B", "C", "C#"]
NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "Bb", "B"]


def names(notes: frozenset[int]) -> list[str]:
    """Names of notes from the lowest on, without octaves."""
    return [NAMES[note % 12] for note in sorted(notes)]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_notes_of_an_instrument_fill_its_compass(name: str) -> None:
    one = INSTRUMENTS[name]
    if one.notes is not None:
        assert (min(one.notes), max(one.notes)) == (one.compass.lowest, one.compass.highest)
    for written, plays in (
        (one.compass.lowest - 1, False),
        (one.compass.lowest, True),
        (one.compass.highest, True),
        (one.compass.highest + 1, False),
    ):
        assert one.plays(written + one.transposition) is plays


def test_six_holes_give_a_major_scale_and_the_flat_seventh() -> None:
    for name in ("whistle", "flute", "pipes"):
        notes = INSTRUMENTS[name].notes
        assert notes is not None
        assert names(notes) == [*OCTAVE, *OCTAVE, "D"]
        assert INSTRUMENTS[name].compass.text == "D4-D6"
    in_b_flat = instrument_named("whistle in Bb")
    assert in_b_flat.notes is not None
    assert names(in_b_flat.notes)[:9] == ["Bb", "C", "D", "D#", "F", "G", "G#", "A", "Bb"]
    assert in_b_flat.compass.text == "A#3-A#5"


def test_the_highland_pipes_have_nine_notes() -> None:
    notes = INSTRUMENTS["highland pipes"].notes
    assert notes is not None
    assert names(notes) == ["G", "A", "B", "C#", "D", "E", "F#", "G", "A"]


def test_an_anglo_has_all_notes_in_its_middle_and_gaps_at_both_ends() -> None:
    notes = INSTRUMENTS["anglo"].notes
    assert notes is not None
    # Every note of its 30 buttons, of Wheatstone's system; pairs are push and pull.
    left = "52/53 57/58 61/63 69/67 68/70 48/55 55/59 60/62 64/65 67/69 59/57 62/66 67/69 71/72"
    right = "73/75 81/79 80/82 85/87 93/89 72/71 76/74 79/77 84/81 88/83 79/78 83/81 86/84 91/88"
    buttons = f"{left} 74/76 {right} 95/90"
    assert len(buttons.split()) == 30
    assert notes == {int(note) for button in buttons.split() for note in button.split("/")}


def test_names_are_read_as_people_write_them() -> None:
    for name in ("Bb whistle", "B♭ Whistle", " whistle  in bb ", "WHISTLE IN Bb"):
        assert instrument_named(name) is INSTRUMENTS["whistle in Bb"]
    assert instrument_named("D whistle") is INSTRUMENTS["whistle"]
    for name in ("kazoo", "", "H whistle", "Bb", "capo 2", "x" * 10_000):
        with pytest.raises(UsageError, match=r"^unknown instrument .*: one of fiddle, ") as error:
            instrument_named(name)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 600


def test_a_part_says_how_far_from_what_is_written_it_sounds() -> None:
    expected = {"C": 0, "Bb": -2, "B♭": -2, "eb": -9, "F": -7, "capo 2": 2, "Capo 11": 11}
    assert {part: transposition_for(part) for part in expected} == expected
    assert {transposition_for(part) for part in PARTS} <= set(PARTS.values())
    assert transposition_for("clarinet") == -2
    assert transposition_for("fiddle") == 0
    for part in ("H", "", "capo", "capo 0", f"capo {MOST_FRETS + 1}", "capo 2.5", "A#"):
        with pytest.raises(UsageError, match=r"^nothing is written for .*: give C, Bb, Eb, F, "):
            transposition_for(part)
