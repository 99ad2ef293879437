"""What is wrong in a text, and where."""

import pytest

from abcrun.errors import NotationError
from abcrun.notation import Tune, check
from tests.notation.specimens import (
    kinds,
    tune,
)


class TestProblems:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no line starts with X:"),
            ("hello", "no line starts with X:"),
            ("X:1\nT:a\n", "line 1, column 1: the tune has no K:"),
            ("X:1\nK:C\n", "line 2, column 1: the tune has no notes"),
            ("X:1\nK:C\n|y|\n", "has no notes"),
            ("\n\nX:1\nK:C\nC999999999|\n", "line 5, column 1: "),
        ],
    )
    def test_no_tune_can_be_read(self, text: str, message: str) -> None:
        with pytest.raises(NotationError, match=message) as caught:
            Tune.parse(text)
        assert "\n" not in str(caught.value)
        assert len(check(text)) == 1

    def test_a_tune_without_fault(self) -> None:
        text = "X:1\nT:a\nM:4/4\nL:1/4\nK:G\nD|GABc|dcB:|\n"
        assert check(text) == []
        assert Tune.parse(text).is_valid

    @pytest.mark.parametrize(
        ("body", "line", "column", "kind"),
        [
            ("CDEF|GA?B|", 6, 8, "unreadable"),
            ("CDEF|GAqB|", 6, 8, "unreadable"),
            ("CDEF|GA2 3|", 6, 10, "unreadable"),
            ("C=20DEF|", 6, 2, "unreadable"),
            ("CDEF|[GAB|", 6, 6, "unclosed"),
            ('CDEF|"G|', 6, 6, "unclosed"),
            ("CDEF|{G|", 6, 6, "unclosed"),
            ("CDEF|\nM:x\nGABc|", 7, 3, "field"),
            ("CDEF|\nK:x\nGABc|", 7, 3, "field"),
            ("CDEF|\nM:3/4 GAB|", 7, 3, "field"),
            ("CDEF|>GABc|", 6, 6, "rhythm"),
            ("(3CDEFG|(3A(3Bcd|", 6, 12, "rhythm"),
            ("CDEF|GAB|cded|", 6, 6, "bar-length"),
            ("CDEF|GABcd|cded|", 6, 6, "bar-length"),
        ],
    )
    def test_where_and_what(self, body: str, line: int, column: int, kind: str) -> None:
        found = [problem for problem in tune(body).problems if problem.kind == kind]
        assert (found[0].line, found[0].column) == (line, column)
        assert str(found[0]).startswith(f"line {line}, column {column}: ")

    def test_lines_count_in_the_text_given(self) -> None:
        good, bad = "X:1\nL:1/4\nM:4/4\nK:C\nCDEF|\n\n", "X:2\nL:1/4\nM:4/4\nK:C\nCDEF|CD?EF|\n"
        assert [(problem.line, problem.column) for problem in check(good + good + bad)] == [(17, 8)]

    def test_a_letter_that_a_field_defines_can_be_read(self) -> None:
        assert "unreadable" in kinds("X:1\nL:1/4\nM:4/4\nK:C\nqCDEF|\n")
        assert kinds("X:1\nL:1/4\nM:4/4\nU:q=!accent!\nK:C\nqCDEF|\n") == []

    def test_a_tune_without_a_reference(self) -> None:
        assert kinds("M:4/4\nL:1/4\nK:C\nCDEF|\n") == ["no-reference"]

    @pytest.mark.parametrize(
        "body",
        [
            "C|DEFG|ABc|]",  # the last bar completes the pickup
            "C|DEFG|ABc:|d|efgf|edc:|",  # in each section
            "|:CDEF|GA:|Bc|dedc|]",  # a bar in two pieces around a repeat
            "C|DEFG|1ABc:|2ABcd|]",  # one pickup, two endings
            "|:CDEF|GA [1Bc:|[2cB|]",  # a bar that two endings complete
            "CDEF|GAB||c|dedc|]",  # around a double bar line
            "CDEF|Z2|[M:3/4]CDE|FGA|",
            "CDEF&C4|C2E2&E2G2|",
        ],
    )
    def test_short_bars_that_conventions_allow(self, body: str) -> None:
        assert tune(body).problems == ()

    @pytest.mark.parametrize(
        ("body", "column"),
        [
            ("CDEF|GAB|]", 6),  # nothing to complete
            ("C|DEFG|AB:|", 8),  # the pickup is of one beat
            ("C|DEFG|ABcd|e|dcBA|]", 13),  # in the middle of a section
            ("CDEFG|GABc|]", 1),
        ],
    )
    def test_bars_of_the_wrong_length(self, body: str, column: int) -> None:
        found = tune(body).problems
        assert [(problem.kind, problem.column) for problem in found] == [("bar-length", column)]

    def test_free_meter_has_no_wrong_bars(self) -> None:
        assert tune("C|DE|FGA|", meter="none").problems == ()

    def test_real_tunes_have_few(self, irish_tunes: list[str]) -> None:
        clean = sum(not check(text) for text in irish_tunes)
        assert clean >= 0.975 * len(irish_tunes)

    def test_a_book_has_one_remark_on_one_thing(self) -> None:
        book = "".join(
            f"X:{number}\n%%scale 0.7\nL:1/4\nK:C\n!foo!C?|\n\n" for number in range(1, 20)
        )
        found = check(book)
        assert [one.line for one in found if one.is_remark] == [2, 5]
        assert len([one for one in found if not one.is_remark]) == 19


class TestBounds:
    """A text with very many problems: a thousand are named, and that there are more."""

    FAULTY = "X:1\nM:4/4\nL:1/4\nK:C\n" + "CDE|\n" * 700 + "\n"

    def test_of_one_tune(self) -> None:
        found = Tune.parse(self.FAULTY.replace("CDE|\n", "CDE|CDE|\n")).problems
        assert len(found) == 1_001
        assert [one.kind for one in found[-2:]] == ["bar-length", "bounds"]
        assert (found[-1].line, found[-1].column) == (505, 5)
        assert "over 1,000 problems" in found[-1].reason

    def test_of_a_book(self) -> None:
        assert len(check(self.FAULTY)) == 699  # the first is a pickup
        found = check(self.FAULTY * 10)
        assert len(found) == 1_001
        assert (found[-1].kind, found[-1].is_remark) == ("bounds", False)
        assert found[-1].line > found[-2].line

    def test_remarks_leave_room_for_faults(self) -> None:
        remarks = ["".join(f"!sign{tune}.{number}!C" for number in range(40)) for tune in range(40)]
        book = "".join(f"X:1\nL:1/4\nK:C\n{signs}|\nC?|\n\n" for signs in remarks)
        found = check(book)
        faults = [one for one in found if not one.is_remark]
        assert [one.kind for one in faults] == ["unreadable"] * 40
        assert len(found) == 1_041
        assert (found[-1].is_remark, "over 1,000 remarks" in found[-1].reason) == (True, True)
