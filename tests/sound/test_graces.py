"""Grace notes are heard: short, on the beat or before it, and the bar keeps its
length."""

from fractions import Fraction
from itertools import pairwise

import pytest

from abcrun.errors import RenderError
from abcrun.sound.playing import Manner
from tests.sound.parts import onsets, part, played, spans

F = Fraction


def test_a_grace_note_takes_a_32nd_of_its_note_on_the_beat() -> None:
    assert spans(played("C2 {e}d2 e4")) == [
        (0, 1, 60),
        (1, F(9, 8), 76),
        (F(9, 8), 2, 74),
        (2, 4, 76),
    ]


def test_a_slashed_grace_note_comes_before_the_beat_and_shortens_what_is_before() -> None:
    assert spans(played("C2 {/e}d2 e4")) == [
        (0, F(7, 8), 60),
        (F(7, 8), 1, 76),
        (1, 2, 74),
        (2, 4, 76),
    ]


def test_grace_notes_of_the_pipes_come_before_the_beat_and_are_shorter() -> None:
    heard = onsets(played("A2 {gcd}e2 A4", "M:4/4\nL:1/8\nK:Hp\n"))
    assert [onset for onset, _ in heard] == [0, F(13, 16), F(14, 16), F(15, 16), 1, 2]
    assert [pitch for _, pitch in heard] == [69, 79, 73, 74, 76, 69]


def test_grace_notes_before_the_first_note_of_a_tune_are_on_the_beat() -> None:
    assert onsets(played("{/e}d4 e4")) == [(0, 76), (F(1, 8), 74), (2, 76)]


def test_many_grace_notes_take_a_third_of_their_note_and_no_more() -> None:
    heard = onsets(played("C2 {cdefga}b2 c4"))
    assert heard[1] == (1, 72)
    assert heard[7] == (1 + F(1, 3), 83)
    assert heard[8] == (2, 72)


def test_before_the_beat_they_take_half_of_the_note_before_and_no_more() -> None:
    heard = onsets(played("C/ {/cdefga}b7/ c4"))
    assert heard[1] == (F(1, 8), 72)
    assert heard[7] == (F(1, 4), 83)


def test_a_longer_grace_note_is_longer_beside_the_others() -> None:
    assert [onset for onset, _ in onsets(played("{d2e}f4 c4"))] == [0, F(1, 4), F(3, 8), 2]


def test_all_notes_of_a_chord_wait_for_its_grace_note() -> None:
    assert onsets(played("{e}[CEG]8")) == [(0, 76), (F(1, 8), 60), (F(1, 8), 64), (F(1, 8), 67)]


def test_a_grace_note_before_a_rest_or_a_held_note_is_heard_too() -> None:
    assert onsets(played("C4 {e}z4")) == [(0, 60), (2, 76)]
    assert onsets(played("C4-{e}C4")) == [(0, 60), (2, 76)]


def test_a_repeated_section_has_its_grace_notes_each_time() -> None:
    assert [onset for onset, pitch in onsets(played("|:{e}C8:|")) if pitch == 76] == [0, 4]


@pytest.mark.parametrize(("grace", "start"), [("beat", F(1)), ("before", F(7, 8)), ("auto", F(1))])
def test_the_musician_may_place_them(grace: str, start: Fraction) -> None:
    heard = onsets(played("C2 {e}d2 c4", manner=Manner(grace=grace)))
    assert heard[1] == (start, 76)


def test_without_grace_notes_a_tune_is_played_as_if_they_were_not_written() -> None:
    plain = played("C2 d2 |c4 [CE]4|")
    bare = played("C2 {e}d2 |{/gab}c4 [CE]4|", manner=Manner(grace="none"))
    assert bare.parts[0].strikes == plain.parts[0].strikes


def test_a_directive_says_what_share_of_the_note_they_take() -> None:
    heard = onsets(played("%%MIDI grace 1/2\nC2 {ef}d2 c4"))
    assert heard[1:4] == [(1, 76), (F(5, 4), 77), (F(3, 2), 74)]


def test_a_directive_says_how_long_each_of_them_is() -> None:
    heard = onsets(played("%%MIDI gracedivider 8\nC4 {ef}d4"))
    assert heard[1:] == [(2, 76), (2 + F(1, 16), 77), (2 + F(1, 8), 74)]
    pipes = "M:4/4\nL:1/8\nK:HP\n"
    heard = onsets(played("%%MIDI gracedivider 4\nA4 {g}e4", pipes))
    assert [onset for onset, _ in heard] == [0, 2 - F(1, 8), 2]


def test_a_key_is_let_go_before_the_same_pitch_is_struck_as_a_grace_note() -> None:
    strikes = part(played("d2 {d}d2 {dcd}d4"), "test").strikes
    again = [one for one in strikes if one.pitch == 74]
    assert len(again) == 6
    assert all(one.end < other.start for one, other in pairwise(again))


def test_more_grace_notes_than_sound_is_made_of_are_refused_by_name() -> None:
    bar = "{" + "gage" * 200 + "}c8|"
    with pytest.raises(RenderError, match="--grace none leaves them out"):
        played("|:" + "\n".join([bar] * 10) + ":|")
