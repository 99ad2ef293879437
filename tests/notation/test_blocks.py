"""Tunes found in a text that holds anything."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.notation import Tune, check, find_tunes


class TestFinding:
    BOOK = "text\n\nX:1\nT:a\nK:C\nC|\n\nfree text C D E\nX:2\nK:D\nD|\nX:3\nK:E\nE|]"

    def test_tunes_in_any_text(self) -> None:
        assert list(find_tunes(self.BOOK)) == ["X:1\nT:a\nK:C\nC|", "X:2\nK:D\nD|", "X:3\nK:E\nE|]"]
        assert [found.reference for found in Tune.find(self.BOOK)] == [1, 2, 3]

    def test_a_text_that_begins_in_the_middle_of_a_tune(self) -> None:
        assert list(find_tunes("A2 B|\n\n" + self.BOOK)) == list(find_tunes(self.BOOK))

    @pytest.mark.parametrize("last", ["CDEF|GA", "CDEF", "CDEF|\nw:la la la la", "C|\n% end"])
    def test_a_last_line_without_an_end_counts(self, last: str) -> None:
        assert list(find_tunes(f"{self.BOOK}\n\nX:4\nK:C\n{last}"))[-1].endswith(last)
        (tune,) = Tune.find(f"X:4\nK:C\n{last}")
        assert tune.notes and tune == Tune.parse(f"X:4\nK:C\n{last}\n")

    def test_a_tune_without_key_or_music_is_not_complete(self) -> None:
        assert list(find_tunes("X:4\nT:no key\n\nX:5\nK:C\n\nX:6\nK:C\nC|")) == ["X:6\nK:C\nC|"]

    def test_carriage_returns(self) -> None:
        assert len(list(find_tunes(self.BOOK.replace("\n", "\r\n")))) == 3
        assert len(list(find_tunes(self.BOOK.replace("\n", "\r")))) == 3

    @settings(deadline=None)
    @given(
        st.lists(
            st.sampled_from(["X:1\nK:C\nC|", "X:2\nT:two\nK:D\n|:D:|", "X:3\nM:3/4\nK:G\nG3|A3|]"])
        )
    )
    def test_finding_undoes_joining(self, tunes: list[str]) -> None:
        assert list(find_tunes("\n\n".join(tunes))) == tunes


class TestTypesetText:
    """%%begintext up to %%endtext is no music, wherever it stands."""

    TEXT = "X:9\nK:D\nabc|\n\n%%begin\nw: not | a | tune"

    @pytest.mark.parametrize("name", ["text", "ps", "svg", "ml"])
    def test_it_ends_and_begins_no_tune(self, name: str) -> None:
        typeset = f"%%begin{name}\n{self.TEXT}\n%%end{name}\n"
        for text in (
            f"{typeset}X:1\nK:C\nCDEF|\n",
            f"X:1\n{typeset}K:C\nCDEF|\n",
            f"X:1\nK:C\nCD\\\n{typeset}EF|\n",
            f"X:1\nK:C\nCDEF|\n{typeset}",
            f"X:1\nK:C\nCDEF|\n\n{typeset}",
        ):
            for ends in ("\n", "\r\n", "\r"):
                tunes = list(Tune.find(text.replace("\n", ends)))
                assert [[note.pitch for note in tune.notes] for tune in tunes] == [[60, 62, 64, 65]]
                assert all(problem.is_remark for problem in check(text.replace("\n", ends)))

    def test_without_its_end_it_is_none(self) -> None:
        assert len(list(find_tunes("X:1\n%%begintext\nK:C\nC|\n\nX:2\nK:D\nD|\n"))) == 2
        assert [one.reference for one in Tune.find("%%beginps\n\nX:1\nK:C\nC|\n%%endtext")] == [1]

    def test_text_with_another_end_in_it(self) -> None:
        text = "X:1\nK:C\nC|\n%%begintext\n%%endps\n\nX:3\n%%endtext\nD|\n"
        assert [note.pitch for note in Tune.parse(text).notes] == [60, 62]


class TestBlankLines:
    REASON = "a blank line ended the tune; what follows looks like music"

    @pytest.mark.parametrize(
        ("behind", "named"),
        [
            ("DEFG|A4|\n", True),
            ("|:D2 EF G2|\n", True),
            ("V:2\nDEFG|\n", True),
            ("P:B\n% the turn\n(3DEF G2|A4|\n", True),
            ('"Am"A2 "G7"B2|c4|\nw:la la la\n', True),
            ("\n\t\n[DF]2 ~G2|A4|\n", True),
            ("DEFGABcd\n", True),
            ("w:la la la la\n", True),
            ("W:A verse below.\n", True),
            ("% the words\nW: A verse.\n", True),
            ("", False),
            ("\n\n", False),
            ("Played by all | the bands of the county.\n", False),
            ("Source: a book | page 7\n", False),
            ("N: a note\n", False),
            ("A bad cabbage.\n", False),
            ("%%text DEFG|A4|\n", False),
            ("%%begintext\nDEFG|A4|\n%%endtext\n", False),
            ("X:2\nK:C\nDEFG|\n", False),
            ("A word.\n\nDEFG|\n", False),
        ],
    )
    def test_music_behind_a_blank_line_is_named(self, behind: str, named: bool) -> None:
        found = check(f"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n\n{behind}")
        assert [(one.line, one.kind, one.reason) for one in found] == (
            [(6, "blank-line", self.REASON)] if named else []
        )

    def test_it_is_named_for_each_tune_and_where_it_stands(self) -> None:
        text = "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n \nCDEF|\n\n" * 2
        for ends in ("\n", "\r\n", "\r"):
            assert [str(one) for one in check(text.replace("\n", ends))] == [
                f"line 6, column 1: {self.REASON}",
                f"line 14, column 1: {self.REASON}",
            ]
        assert [one.problems[0].line for one in Tune.find("\n\n" + text)] == [6, 6]

    @pytest.mark.parametrize("header", ["X:1\nT:a\n\nM:4/4\nK:C\n", "X:1\nK:C\n\n"])
    def test_a_blank_line_in_or_behind_the_header(self, header: str) -> None:
        (found,) = check(f"{header}CDEF|\n")
        assert (found.line, found.kind) == (3, "blank-line")
        assert check(f"{header}L:1/4\nCDEF|\n", lenient=True) == []

    def test_a_lenient_reader_reads_on(self) -> None:
        text = "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n\nGABc|\n\n\nV:2\nC4|\n\nThe end.\n\nX:2\nK:D\nD|\n"
        first, second = Tune.find(text, lenient=True)
        assert [note.pitch for note in first.notes] == [60, 60, 62, 64, 65, 67, 69, 71, 72]
        assert second.reference == 2
        assert first.problems == () and Tune.parse(text, lenient=True).notes == first.notes
        assert first == Tune.parse(first.text) and "\n\n" not in first.text
        assert first.transpose("D").notes[0].pitch == 62
        assert next(find_tunes(text, lenient=True)) == first.text
        assert check(text, lenient=True) == []

    def test_lines_of_problems_are_those_of_the_text(self) -> None:
        text = "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n\nCDEFG|C4|\n"
        assert [(one.line, one.kind) for one in check(text, lenient=True)] == [(7, "bar-length")]


class TestQuotedTunes:
    """Tunes in Markdown, as models of language write them, and in pages of the web."""

    TUNE = "X:1\nT:Quoted\nM:2/4\nL:1/8\nK:G\nGABc|d4|]\n"

    @pytest.mark.parametrize(
        "text",
        [
            f"Here is a tune:\n```abc\n{TUNE}```\nA bar | of words | ends here.\n",
            f"```\n{TUNE}```\n\n| a | b | c |\n|---|---|---|\nA | B | C\n",
            f"<html><body><pre>\n{TUNE}</pre>\n<p>Words | for | all</p>\n",
            f"<PRE>{TUNE}</PRE>\nWords\n",
            f'<pre class="abc">{TUNE}</pre>\n',
        ],
    )
    def test_it_ends_where_the_quotation_ends(self, text: str) -> None:
        assert list(find_tunes(text)) == [self.TUNE.rstrip("\n")]
        assert check(text) == []

    @pytest.mark.parametrize(
        ("header", "columns"),
        [
            ("X:1\nM: 6/8 L: 1/8\nK:G\n", [(2, 8)]),
            ("X:1\nM:6/8 L:1/8 Q:3/8=100 K:G\n", [(2, 7)]),
            ("X:1 T:One Line M:6/8 L:1/8 K:G\n", [(1, 5)]),
        ],
    )
    def test_fields_on_one_line_are_all_read(
        self, header: str, columns: list[tuple[int, int]]
    ) -> None:
        text = f"{header}GAB cde|\n"
        (found,) = (Tune.parse(one) for one in find_tunes(text))
        assert (found.meter.text, found.key.text) == ("6/8", "G")
        assert found.bars[0].notes[0].duration == Fraction(1, 8)
        assert [(one.line, one.column) for one in check(text)] == columns

    def test_a_header_with_blank_lines(self) -> None:
        text = "X:1\n\nT:Wide\n\nK:G\n\nGABc|\n"
        # Nothing else can be said of a header that breaks off.
        assert [(one.line, one.kind) for one in check(text)] == [(2, "blank-line")]
        (found,) = find_tunes(text, lenient=True)
        assert Tune.parse(found).title == "Wide"
        assert check(text, lenient=True) == []
