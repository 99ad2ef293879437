"""Which bars are wrong: what people are told, and the strict notion."""

import pytest

from abcrun.notation import Tune
from tests.notation.specimens import tune


def told(read: Tune) -> list[str]:
    """Return what is said of the lengths of bars, by line, column and kind."""
    return [f"{one.line}:{one.column} {one.kind}" for one in read.problems]


class TestBarsInPieces:
    @pytest.mark.parametrize(
        "body",
        [
            "CDEF|GA|\nBc|dedc|",  # around the end of a line
            "CDEF|GA|\\\nBc|dedc|",
            "CDEF|GAB\n|c|dedc|",  # whose bar line begins the next line
            "CDEF|G|\nAB|\nc|dedc|",  # in three
            "CDEF|GA|\nBc|",  # at the end of the tune
            "CDEF|GA|[K:G]Bc|dedc|",  # around a change of key
            "CDEF|GA|\nK:G\nBc|dedc|",
            "CDEF|GA||\nK:G\nBc|dedc|",  # and a double bar line
            "|:CDEF|GA:|\nP:B\n|:Bc|dedc:|",  # around repeats and the name of a part
            "CDEF|GA|\nP:B\nBc|dedc|",
            "|:CDEF|GA|1Bc:|2\nBd||",  # around endings
            "CDEF|GAB|\nM:3/4\nC|DEF|GA|]",  # around another meter
            "CDEF|GABc|\nT:Another\nA|GFED|CDE|]",  # the pickup of another tune
            "CDEF|GABc|\nM:3/4\nA|GFE|DC|]",
            "CDEF|GABcHx|dedc!fermata!x|]",  # a fermata over a bar line
            "A|CDEF|GABHx:|",
            "AB|CDEF|GAHx:|",
            "CD.|EF|GA.|Bc|de.|d2|",  # around dotted bar lines, which subdivide
            "CDEF|GA[|]Bc|C.|D.|E.|F|",  # and invisible ones
        ],
    )
    def test_neighbours_that_make_a_bar_are_no_fault(self, body: str) -> None:
        assert told(tune(body)) == []

    @pytest.mark.parametrize(
        ("body", "columns"),
        [
            ("CDEF|GA|Bc|dedc|", (6, 9)),  # in the middle of a line
            ("CDEF|GA.|Bcd|dedc|", (6, 10)),
            ("CDEF|GABcx|dedc|", (6,)),  # an invisible rest without a fermata
            ("CDEF|GABcdHx|dedc|", (6,)),
            ("CDEF|GABcHz|dedc|", (6,)),
            ("CDEF|GA|\nB|dedc|", (6, 1)),  # that make no bar
            ("CDEF|GA|\nBcd|dedc|", (6, 1)),
            ("CDEF|GA|\nBc|de|\ndc|", (6, 1, 4, 1)),  # where every bar is short
            ("A|BCDE|GAB|\nc|dedc|edc|]", ()),
            ("A|\nBCD|EFGA|GAB|]", (1,)),  # a pickup is no piece of a bar
        ],
    )
    def test_others_are(self, body: str, columns: tuple[int, ...]) -> None:
        assert tuple(one.column for one in tune(body).problems) == columns


class TestALineWithoutItsBarLine:
    def test_is_named_once(self) -> None:
        read = tune("CDEF|GABc\ncdef|gagf|]")
        assert told(read) == ["6:10 bar-line"]
        assert read.problems[0].reason == "line 6 ends without a bar line"

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("CDEF|GABc\ncdef\ngagf|]", ["6:10 bar-line", "7:5 bar-line"]),
            ("C|DEFG\nABcd|cde|]", ["6:7 bar-line"]),
            ("C\nDEFG|ABcd|cde|]", ["6:2 bar-line"]),  # of the pickup
            ("CDEF|GABc \\\ncdef|gagf|]", ["6:10 bar-line"]),
            ("CDEF|GABc % a comment\nw:a b c d\ncdef|gagf|]", ["6:10 bar-line"]),
            # What is too long in itself stays so.
            ("CDEF|GABc\ncdefg|gagf|]", ["6:10 bar-line", "7:1 bar-length"]),
            # A bar that goes on in the next line lacks none, be it too long or not.
            ("CDEF|GA\nBc|gagf|]", []),
            ("CDEF|GA\nBcd|gagf|]", ["6:6 bar-length"]),
            ("CDEF|GABc\nde|gagf|]", ["6:10 bar-line", "7:1 bar-length"]),
            ("|:CDEF|GABc\ncdef:|gagf|]", ["6:12 bar-line"]),
            # Nor do lines of several bars without any bar line.
            ("CDEFCDEF\nGABcGABc|", ["6:1 bar-length"]),
            ("V:1\nCDEF|GABc\nV:2\nC4|E4|c4|\nV:1\ncdef|", ["7:10 bar-line"]),
            ("CDEF|GABc", []),  # the last line needs none
            ("CDEF&C4\nGABc|", ["6:1 bar-length"]),  # layers
        ],
    )
    def test_is_told_from_a_bar_that_is_too_long(self, body: str, expected: list[str]) -> None:
        assert told(tune(body)) == expected

    def test_free_meter_lacks_none(self) -> None:
        assert told(tune("CDEF|GABc\ncdef|", meter="none")) == []


class TestBrokenRhythm:
    @pytest.mark.parametrize(
        ("body", "column"),
        [
            ("A2>Bc|", 3),
            ("A>B2c|", 2),
            ("A2<<Bc|", 3),
            ("A2>|Bc|", 3),
            ("(3ABC>Dc|", 6),  # of a triplet and the note behind it
            ("A>B>c2|", 4),  # a chain: the second note is changed already
            ("[A2c2]>B c|", 7),
        ],
    )
    def test_between_notes_of_different_lengths_is_named(self, body: str, column: int) -> None:
        found = [one for one in tune(body).problems if one.kind == "broken-rhythm"]
        assert [(one.line, one.column, one.is_remark) for one in found] == [(6, column, False)]
        assert "different lengths" in found[0].reason

    @pytest.mark.parametrize(
        "body", ["A>BCD|", "A>{c2}BC2|", "[AC]>z[AC]2|", "(3A>BCD2|", "A>\nBC2|"]
    )
    def test_between_equal_ones_is_not(self, body: str) -> None:
        assert "broken-rhythm" not in [one.kind for one in tune(body).problems]


class TestStrictNotion:
    """Composed tunes and training texts keep to it, whatever people are told."""

    @pytest.mark.parametrize(
        ("body", "columns"),
        [
            ("CDEF|GA|\nBc|dedc|", [6, 1]),
            ("CDEF|GA|[K:G]Bc|dedc|", [6, 9]),
            ("CDEF|GABc\ncdef|gagf|]", [6]),
            ("CDEF|GABc|\nT:Another\nA|GFED|CDE|]", [1, 8]),
            ("A2>B/c3/4|CDEF|", []),
            ("C|DEFG|AB:|", [8]),
            ("C|DEFG|ABc:|d|efgf|edc:|", []),
        ],
    )
    def test_grants_no_pieces(self, body: str, columns: list[int]) -> None:
        assert [bar.column for bar in tune(body).wrong_bars] == columns
