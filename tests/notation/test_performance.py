"""The order of playing: repeats, endings and parts."""

import pytest

from abcrun.errors import NotationError
from abcrun.notation.written import PartLabel
from tests.notation.specimens import (
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    pitches,
    tune,
)


class TestRepeats:
    @pytest.mark.parametrize(
        ("music", "played"),
        [
            ("|:C|D:|E|", "CDCDE"),
            ("C|D:|E|", "CDCDE"),  # no |: begins at the beginning
            ("C|D:|E|F:|", "CDCDEFEF"),  # or behind the last end of a repeat
            ("C|D||E|F:|", "CDEFEF"),  # or behind the last double bar line
            ("C|]D:|", "CDD"),
            ("|:C::D:|", "CCDD"),
            ("|:C:|:D:|", "CCDD"),
            ("|:C:||:D:|", "CCDD"),
            ("C::D:|", "CCDD"),
            ("|:C|1D:|2E|]", "CDCE"),
            ("|:C|[1D:|[2E|]", "CDCE"),
            ("|:C [1D:| [2E|]", "CDCE"),
            ("|:C|1D:|\n|2E|]", "CDCE"),
            ("C|1D:|2E||F|1G:|2A|]", "CDCEFGFA"),
            ("|:C|1D:|2E|:F:|", "CDCEFF"),
            ("|:C|1D:|2E:|F", "CDCEF"),
            ("|:C|1,3D:|2E:|4F|]", "CDCECDCF"),
            ("|:C|1-3D:|4E|]", "CDCDCDCE"),
            ("|:C|1D:|E", "CDCE"),
            ("|::C::|D", "CCCD"),
            ("|:::C:::|", "CCCC"),
            ("|:C||D:|", "CDCD"),
            ("|:C|D|", "CD"),  # never ended, played once
            ("|:C|:D:|", "CCDD"),  # the next |: ends it
            ("C|D|E|]", "CDE"),
            ("C.|D[|]E[|F|]", "CDEF"),
        ],
    )
    def test_order_of_playing(self, music: str, played: str) -> None:
        letters = dict(zip((C, D, E, F, G, A, B), "CDEFGAB", strict=True))
        assert "".join(letters[pitch] for pitch in pitches(music)) == played

    @pytest.mark.parametrize(
        ("order", "played"),
        [
            ("ABA", "CDC"),
            ("A2B", "CCD"),
            ("(AB)2", "CDCD"),
            ("A.R.A", "CEEC"),
            ("(A(B)2)2", "CDDCDD"),
            ("AX", "C"),
            ("A-B-A", "CDC"),
            ("AA.B", "CCD"),
            ("(A2B)3", "CCDCCDCCD"),
            ("A B, A", "CDC"),
            # Words, and parts that are not there: the music as it is written
            ("Intro", "CDECDE"),
            ("XYX", "CDECDE"),
        ],
    )
    def test_parts(self, order: str, played: str) -> None:
        letters = {C: "C", D: "D", E: "E"}
        found = pitches("P:A\nC|\nP:B\nD|\nP:R\nE:|\n", more=f"P:{order}\n")
        assert "".join(letters[pitch] for pitch in found) == played

    def test_each_voice_may_have_its_own_labels(self) -> None:
        for body in (
            "V:1\nP:A\nC4|\nP:B\nD4|\nV:2\nP:A\nE4|\nP:B\nF4|",
            "P:A\nV:1\nC4|\nV:2\nE4|\nP:B\nV:1\nD4|\nV:2\nF4|",
            "P:A\n[V:1]C4|\n[V:2]E4|\nP:B\n[V:1]D4|\n[V:2]F4|",
        ):
            assert pitches(body, more="P:ABA\n") == [C, E, D, F, C, E]
            labels = [
                [item.label for item in voice.items if isinstance(item, PartLabel)]
                for voice in tune(body, more="P:ABA\n").voices
            ]
            assert labels == [["A", "B"], ["A", "B"]]

    def test_a_part_that_is_not_there_is_named(self) -> None:
        (problem,) = tune("P:A\nC4|", more="P:ABB\n").problems
        assert (problem.line, problem.column, problem.kind) == (5, 3, "field")
        assert problem.reason == "P: calls part B, which the tune has not"

    def test_a_part_that_stands_twice_with_other_music_is_named(self) -> None:
        (problem,) = tune("P:A\nC4|\nP:A\nD4|", more="P:AA\n").problems
        assert (problem.line, problem.kind) == (9, "field")
        assert tune("P:A\nC4|\nP:A\nC4|", more="P:AA\n").problems == ()
        assert tune("P:A\nC4|\nP:A\nD4|").problems == ()

    def test_an_order_of_parts_that_have_no_labels_is_a_remark(self) -> None:
        (problem,) = tune("C4|", more="P:AABB\n").problems
        assert problem.is_remark

    def test_part_labels_without_an_order_change_nothing(self) -> None:
        assert pitches("P:A\nC|\nP:B\nD|\n") == [C, D]


class TestEndingsAndBarLines:
    @pytest.mark.parametrize(
        ("music", "played"),
        [
            ("|:C|1D:|2E:|3F|]", "CDCECF"),
            ("|:C|1,2D:|3F|]", "CDCDCF"),
            ("|:C|[1,2D:|[3F|]", "CDCDCF"),
            ("|:C|[1,3D:|[2,4E:|F|]", "CDCECDCEF"),
            ("|:C|[1,2,3-4D:|[5E|]", "CDCDCDCDCE"),
            ("||:C|D:||E|", "CDCDE"),
            ("[|:C:|]D|", "CCD"),
            ("|]:C:||:D:|", "CCDD"),
            (":|C|D:|", "CDCD"),
            ("C:||:D:||", "CCDD"),
            ("|: C .| D :|", "CDCD"),
        ],
    )
    def test_order_of_playing(self, music: str, played: str) -> None:
        letters = dict(zip((C, D, E, F, G, A, B), "CDEFGAB", strict=True))
        assert "".join(letters[pitch] for pitch in pitches(music)) == played


class TestRestsAlone:
    @pytest.mark.parametrize(("body", "bars"), [("z8|Z3|", 5), ("x4|", 1), ("Z2|X|", 3)])
    def test_they_are_a_tune_that_takes_time(self, body: str, bars: int) -> None:
        found = tune(body)
        assert (found.notes, found.duration) == ((), bars)

    def test_without_rests_there_is_no_tune(self) -> None:
        with pytest.raises(NotationError, match="has no notes"):
            tune("y|: :|")
