"""Dynamics are heard from their note on, in their voice, until the next."""

from fractions import Fraction

import pytest

from tests.sound.parts import onsets, played, spans, velocities

F = Fraction


def test_a_dynamic_holds_until_the_next_and_keeps_the_stress_of_the_beats() -> None:
    heard = velocities(played("!p!CDEF GABc|!f!CDEF GABc|CDEF GABc|"))
    assert heard[:8] == [60, 44, 52, 44, 52, 44, 52, 44]
    assert heard[8:16] == [105, 89, 97, 89, 97, 89, 97, 89]
    assert heard[16:] == heard[8:16]


@pytest.mark.parametrize(
    ("sign", "velocity"),
    [("ppp", 30), ("pp", 45), ("p", 60), ("mp", 75), ("mf", 90), ("f", 105), ("ff", 120),
     ("fff", 127)],
)  # fmt: skip
def test_the_table_of_dynamics(sign: str, velocity: int) -> None:
    assert velocities(played(f"!{sign}!C8|"))[0] == velocity


def test_a_dynamic_on_a_rest_counts() -> None:
    assert velocities(played("C4 !pp!z4|C8|")) == [96, 45]


def test_a_crescendo_rises_to_the_dynamic_at_its_end() -> None:
    heard = velocities(played("!p!!<(!C2 D2 E2 F2|G2 A2 B2 !<)!!f!c2|c8|", "M:none\nL:1/8\nK:C\n"))
    assert heard[0] == 44
    assert heard == sorted(heard)
    assert heard[-2:] == [89, 89]
    assert len(set(heard)) > 5


def test_a_diminuendo_without_a_dynamic_falls_by_a_step_and_stays() -> None:
    heard = velocities(
        played("!mf!!diminuendo(!C2 D2 E2 !diminuendo)!F2|G8|", "M:none\nL:1/8\nK:C\n")
    )
    assert heard == [74, 69, 64, 59, 59]


def test_a_hairpin_that_nothing_ends_goes_to_the_next_dynamic() -> None:
    heard = velocities(played("!p!!crescendo(!C2 D2 E2 F2|!f!G8|", "M:none\nL:1/8\nK:C\n"))
    assert heard == [44, 55, 66, 78, 89]
    assert velocities(played("!crescendo(!C2 D2 E2 F2|", "M:none\nL:1/8\nK:C\n")) == [80] * 4


def test_an_accent_is_one_note_s() -> None:
    assert velocities(played("C2 !accent!D2 LE2 !sfz!F2|")) == [96, 104, 104, 114]
    assert velocities(played("!^!C8|!>!C8|!ff!!>!C8|")) == [118, 112, 127]


def test_dynamics_are_the_voice_s_own() -> None:
    header = "M:4/4\nL:1/8\nK:C\n"
    both = played("V:1\n!p!C8|\nV:2\nE8|", header)
    assert (velocities(both, "1"), velocities(both, "2")) == ([60], [96])


def test_directives_name_velocities() -> None:
    assert velocities(played("%%MIDI beat 110 100 90 4\nC2D D2 E2 F|")) == [110, 100, 90, 90, 90]
    switched = "%%MIDI nobeataccents\nCDEF GABc|\n%%MIDI beataccents\nC4 D4|"
    assert velocities(played(switched)) == [88] * 8 + [96, 88]
    assert velocities(played("%%MIDI vol 33\nC2D D2 E2 F|")) == [33] * 5


def test_a_staccato_note_sounds_half_its_length_and_starts_in_time() -> None:
    assert spans(played(".C2 !wedge!D2 !tenuto!E4")) == [
        (0, F(1, 2), 60),
        (1, F(5, 4), 62),
        (2, 4, 64),
    ]


def test_a_fermata_leaves_the_time_to_the_score() -> None:
    assert onsets(played("HC2 D2|!fermata!E8|c8|")) == [(0, 60), (1, 62), (2, 64), (6, 72)]
