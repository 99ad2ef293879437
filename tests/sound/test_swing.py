"""Swing makes pairs of quavers long and short, where the tune is of a kind that swings
and is asked for."""

from fractions import Fraction

import pytest

from abcrun.sound.playing import Manner
from tests.sound.parts import onsets, played

F = Fraction
SWUNG = Manner(swing=True)
HORNPIPE = "R:hornpipe\nM:4/4\nL:1/8\nK:C\n"


def times(body: str, header: str = HORNPIPE, manner: Manner = SWUNG) -> list[Fraction]:
    return [onset for onset, _ in onsets(played(body, header, manner))]


def test_of_two_quavers_the_first_is_twice_as_long() -> None:
    third = F(1, 3)
    assert times("CDEF GABc|") == [n + extra for n in range(4) for extra in (0, 2 * third)]


def test_a_pair_keeps_its_time_and_the_note_before_lasts_until_the_second() -> None:
    heard = played("CD E6|", HORNPIPE, SWUNG).parts[0].strikes
    assert [(one.start / 480, one.end / 480) for one in heard] == [
        (0, pytest.approx(2 / 3)),
        (pytest.approx(2 / 3), 1),
        (1, 4),
    ]


@pytest.mark.parametrize(
    "body", ["C>D E<F C3/D/ E2|", "(3CDE (3EFG C4|", "C/D/E/F/ G4 A2|", "C4 E4|"]
)
def test_what_is_divided_otherwise_stays(body: str) -> None:
    assert times(body) == times(body, manner=Manner())


def test_a_quaver_behind_a_dotted_crotchet_or_a_rest_swings_too() -> None:
    assert times("C3D zE G2|") == [0, 1 + F(2, 3), 2 + F(2, 3), 3]


def test_a_pickup_is_counted_from_its_end() -> None:
    assert times("C|DEFG ABcd|")[:3] == [F(1, 6), F(1, 2), F(1, 2) + F(2, 3)]
    assert times("BC|D8|") == [0, F(2, 3), 1]


def test_semiquavers_swing_where_a_hornpipe_is_written_in_them() -> None:
    header = "R:hornpipe\nM:2/4\nL:1/16\nK:C\n"
    assert times("CDEF GABc|", header) == [n * F(1, 2) + e for n in range(4) for e in (0, F(1, 3))]


def test_a_hop_jig_in_crotchets_swings() -> None:
    assert times("CDEFGA|", "R:hop jig\nM:3/4\nL:1/8\nK:C\n")[:2] == [0, F(2, 3)]


@pytest.mark.parametrize(
    "header",
    ["R:reel\nM:4/4\nL:1/8\nK:C\n", "R:jig\nM:6/8\nL:1/8\nK:C\n", "M:6/8\nL:1/8\nK:C\n"],
)
def test_other_kinds_do_not_swing(header: str) -> None:
    assert times("CDE FGA|", header) == times("CDE FGA|", header, Manner())


def test_a_tune_without_a_kind_swings_when_asked_to() -> None:
    assert times("CDEF GABc|", "M:4/4\nL:1/8\nK:C\n")[1] == F(2, 3)


def test_nothing_swings_unasked() -> None:
    assert times("CDEF|", manner=Manner())[1] == F(1, 2)


def test_chords_follow_the_swing_of_the_melody() -> None:
    chords = onsets(played('"C"CDEF "G"GABc|', HORNPIPE.replace("4/4", "2/4"), SWUNG), "Chords")
    assert {onset for onset, _ in chords} == {F(2, 3), 1 + F(2, 3), 2 + F(2, 3), 3 + F(2, 3)}
