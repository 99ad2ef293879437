"""Tunes found in a text that holds anything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.notation import Tune, find_tunes


class TestFinding:
    BOOK = "text\n\nX:1\nT:a\nK:C\nC|\n\nfree text C D E\nX:2\nK:D\nD|\nX:3\nK:E\nE|]"

    def test_tunes_in_any_text(self) -> None:
        assert list(find_tunes(self.BOOK)) == ["X:1\nT:a\nK:C\nC|", "X:2\nK:D\nD|", "X:3\nK:E\nE|]"]
        assert [found.reference for found in Tune.find(self.BOOK)] == [1, 2, 3]

    def test_a_text_that_begins_and_ends_in_the_middle_of_a_tune(self) -> None:
        assert list(find_tunes("A2 B|\n\n" + self.BOOK + "\n\nX:4\nK:C\nCDEF|GA")) == list(
            find_tunes(self.BOOK)
        )
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
