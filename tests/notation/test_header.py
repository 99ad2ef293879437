"""The fields up to K:, and what stands between them."""

from fractions import Fraction

import pytest

from abcrun.notation import Tune
from tests.notation.specimens import (
    A,
    C,
    D,
    E,
    F,
    G,
    d,
    pitches,
    tune,
)


class TestHeader:
    def test_fields(self) -> None:
        found = Tune.parse("X:7\nT:The Kesh\nT:Kincora\nR:jig\nM:6/8\nL:1/8\nK:G\nG3 GAB|\n")
        assert (found.reference, found.title, found.rhythm) == (7, "The Kesh", "jig")
        assert (found.meter.text, found.meter.length, found.meter.is_compound) == (
            "6/8",
            Fraction(3, 4),
            True,
        )
        assert (found.key.tonic, found.key.mode, found.unit_length) == (
            "G",
            "major",
            Fraction(1, 8),
        )

    @pytest.mark.parametrize(
        ("written", "length"),
        [
            ("C", 1),
            ("C|", 1),
            ("9/8", "9/8"),
            ("2+3/8", "5/8"),
            ("(2+3+2)/8", "7/8"),
            ("none", None),
            ("", None),
        ],
    )
    def test_meters(self, written: str, length: str | int | None) -> None:
        found = tune("C|", meter=written).meter.length
        assert found == (None if length is None else Fraction(length))

    def test_comments_directives_and_unknown_fields_are_passed_over(self) -> None:
        text = (
            "X:1\n%%abc-include x\n% note\nT:t\nM:4/4\nL:1/4\nN:CDEF\nK:C % key\n"
            "C4|% D4|\nw:la la\n%%MIDI x\nW:C D E\n"
        )
        assert [note.pitch for note in Tune.parse(text).notes] == [C]

    def test_old_and_new_line_ends(self) -> None:
        assert pitches("CD|!\nEF|\\\nGA|*\n") == [C, D, E, F, G, A]
        assert [note.pitch for note in Tune.parse("X:1\r\nL:1/4\r\nK:C\r\nC|\r\nD|\r\n").notes] == [
            C,
            D,
        ]

    def test_a_line_that_begins_like_a_field_may_be_music(self) -> None:
        assert pitches("C|:\nd:|\n", key="C") == [C, d, d]

    def test_a_history_goes_on_to_the_next_field(self) -> None:
        """As before ABC 2.1, in lines without a letter."""
        found = Tune.parse("X:1\nH:A wedding | in\nthe rain: \\'A. B\nN:x\nK:C\nC|\n")
        assert ("H", "A wedding | in the rain: Á. B") in found.header.fields
        assert found.problems == ()
        (problem,) = Tune.parse("X:1\nN:A wedding\nin the rain\nK:C\nC|\n").problems
        assert (problem.line, problem.kind) == (3, "unreadable")


@pytest.mark.parametrize("sign", ["O", "o", "O.", "C.", "c."])
def test_under_a_mensural_sign_bars_may_have_any_length(sign: str) -> None:
    """Signs of abcm2ps, in header and music; O is a circle, a dot stands in it."""
    found = Tune.parse(f"X:1\nM:{sign}\nK:C\nC3|D8|[M:4/4]C8|[M:{sign}]E3|F5|\n")
    assert [bar.meter.text for bar in found.bars] == [sign, sign, "4/4", sign, sign]
    assert [one.kind for one in found.problems] == ["unsupported"]
    assert Tune.parse("X:1\nM:Od\nK:C\nC8|\n").problems[0].kind == "field"
