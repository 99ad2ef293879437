"""The order of playing: repeats, endings and parts."""

import pytest

from tests.notation.specimens import (
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    pitches,
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
        ],
    )
    def test_parts(self, order: str, played: str) -> None:
        letters = {C: "C", D: "D", E: "E"}
        found = pitches("P:A\nC|\nP:B\nD|\nP:R\nE:|\n", more=f"P:{order}\n")
        assert "".join(letters[pitch] for pitch in found) == played

    def test_part_labels_without_an_order_change_nothing(self) -> None:
        assert pitches("P:A\nC|\nP:B\nD|\n") == [C, D]
