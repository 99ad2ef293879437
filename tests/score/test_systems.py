"""Systems: lines end where the author ended them, or evenly where the page is too
narrow for that; rests of several bars, and bars that are cut."""

import xml.etree.ElementTree as ET

import pytest

from abcrun import Tune
from abcrun.score.engraver import Span, balanced, broken_lines
from tests.score.musicxml_reader import check_order
from tests.score.pictures import LONG, needs_score
from tests.score.written import tune_of


def measures_of(body: str, *fields: str) -> list[ET.Element]:
    root = ET.fromstring(tune_of(body, *fields).musicxml())
    check_order(root)
    return root.findall("part[1]/measure")


def lines(body: str, *fields: str) -> list[int]:
    """Return how many measures stand on each line."""
    found = [0]
    for measure in measures_of(body, *fields):
        new = measure.find("print")
        if new is not None and "yes" in (new.get("new-system"), new.get("new-page")):
            found.append(0)
        found[-1] += 1
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C8|D8|E8|\nF8|G8|", [3, 2]),
        ("C8|D8|\\\nE8|\nF8|G8|]", [3, 2]),
        ("C8|D8|E8|", [3]),
        ("C8|D8|\n\\\n", [2]),
        ("C8|D4\nD4|E8|", [2, 1]),  # inside of a bar: behind the bar
        ("C8|D8||\nP:B\nE8|", [2, 1]),
        ("|:C8|1D8:|\n|2E8||", [2, 1]),
    ],
)
def test_lines_of_the_score_are_those_of_the_text(body: str, expected: list[int]) -> None:
    assert lines(body) == expected


def test_all_parts_break_with_the_first_voice() -> None:
    root = ET.fromstring(tune_of("V:1\nC8|D8|\nV:2\nC8|\nD8|\nV:1\nE8|\nV:2\nE8|").musicxml())
    assert [
        [measure.find("print") is not None for measure in part.findall("measure")]
        for part in root.findall("part")
    ] == [[False, False, True], [False, False, False]]


def test_directives_for_lines() -> None:
    body = "CD|C8|D8|\nC8|D8|C8|"
    head = ("M:4/4", "L:1/8")
    assert lines(body, *head, "%%continueall 1", "K:C") == [6]
    assert lines(body, *head, "%%continueall 0", "K:C") == [3, 3]
    assert lines(body, *head, "%%barsperstaff 2", "K:C") == [3, 2, 1]
    assert lines(body, *head, "%%barsperstaff 0", "K:C") == [6]


def test_pages_begin_where_the_text_asks_for_it() -> None:
    measure = measures_of("C8|\n%%newpage\nD8|")[1].find("print")
    assert measure is not None
    assert measure.get("new-page") == "yes"


def test_free_meter_is_cut_at_the_ends_of_lines() -> None:
    assert lines("CDEF GABc\nCDEF GABc|C8|\nC8|", "M:none", "L:1/8", "K:C") == [1, 2, 1]
    first, second, *_ = measures_of("CDEF ^GABc\nGDEF GABc|", "M:none", "L:1/8", "K:C")
    assert (second.get("implicit"), first.findtext("barline/bar-style")) == ("yes", "none")
    # It stays one bar: the accidental lasts.
    assert second.findtext("note/pitch/alter") == "1"
    assert second.find("note/accidental") is None


def test_a_very_long_bar_in_free_meter_may_be_broken_between_beams() -> None:
    measures = measures_of("CDEF GABc " * 8, "M:none", "L:1/8", "K:C")
    assert [len(measure.findall("note")) for measure in measures] == [16] * 4
    assert all(measure.find("print") is None for measure in measures)
    assert len(measures_of("CDEFGABc" * 8, "M:none", "L:1/8", "K:C")) == 1


def test_rests_of_several_bars() -> None:
    def rests(text: str) -> list[str | None]:
        root = ET.fromstring(tune_of(text).musicxml())
        return [rest.text for rest in root.iter("multiple-rest")]

    assert rests("C8|Z4|C8|") == ["4"]
    assert rests("C8|Z|X2|Z2|") == ["2"]
    assert rests("C8|z8|z8|") == []  # bar by bar, as it is written
    assert rests("V:1\nZ2|C8|\nV:2\nZ|Z|C8|") == ["2", "2"]
    assert rests("V:1\nZ2|C8|\nV:2\nC8|Z|C8|") == []  # the other voice plays


@needs_score
def test_the_bars_of_a_long_rest_are_one_measure_in_the_picture() -> None:
    score = tune_of("C8|Z3|D8|").score()
    assert [bar.id for bar in score.bars] == ["m0", "m1", "m1", "m1", "m4"]
    for bar in score.bars:
        assert f'id="{bar.id}"' in score.svg


@needs_score
def test_the_picture_has_the_lines_of_the_text() -> None:
    def systems(text: str, width: int = 840) -> list[int]:
        svg = Tune.parse(text).score(width).svg
        return [part.count('class="measure"') for part in svg.split('class="system"')[1:]]

    assert systems(LONG) == [2] * 60
    head = "X:1\nT:t\nM:4/4\nL:1/8\nK:D\n"
    bar = "DEFG ABcd|"
    assert systems(f"{head}{bar * 6}\n{bar}\n{bar * 3}\n") == [6, 1, 3]
    # Twelve bars have no room in one line: three lines of four.
    assert systems(f"{head}{bar * 12}\n{bar * 2}\n") == [4, 4, 4, 2]
    assert systems(f"{head}{bar * 6}\n{bar}\n{bar * 3}\n", 360) == [2, 2, 2, 1, 2, 1]
    # A tune in one line has no line ends to keep.
    assert systems(head + bar * 20) == [4, 4, 4, 4, 4]
    assert systems(head + bar * 3 + "C8:|" + bar * 3 + "C8:|") == [4, 4]
    # On a telephone a line becomes two, broken in its middle, wherever its notes crowd.
    crowded = "D4 A4|D/E/F/G/ A/B/c/d/ D4|D8|d8|\n"
    assert systems(head + crowded * 2, 320) == [2, 2, 2, 2]
    # Eight bars are the most, even where more have room; more at the author's wish.
    short = "z8|" * 12 + "\n"
    assert systems(f"{head}{short}", 1_200) == [8, 4]
    assert systems(head.replace("K:", "%%barsperstaff 12\nK:") + short, 1_200) == [12]


@needs_score
def test_two_voices_in_one_line_are_broken_in_its_middle() -> None:
    voices = 'V:1 name="Violin I"\n{0}\nV:2 name="Violin II"\n{0}\n'
    text = "X:1\nM:3/4\nL:1/8\nK:G\n" + voices.format("|:" + "G2 B2 d2|" * 7 + "G6:|")
    for width in range(500, 900, 50):
        parts = Tune.parse(text).score(width).svg.split('class="system"')[1:]
        counts = [part.count('class="measure"') for part in parts]
        assert counts in ([8], [4, 4]), width


def line(*widths: float, sections: tuple[int, ...] = ()) -> list[Span]:
    """Return measures of these widths; `sections` end before those of these indices."""
    return [Span(width, True, at in sections) for at, width in enumerate(widths, 1)]


def test_long_lines_are_broken_evenly() -> None:
    assert balanced(line(*[10.0] * 8), 80, 8) == []
    assert balanced(line(*[10.0] * 8), 64, 8) == []  # pressed a little
    assert balanced(line(*[10.0] * 8), 60, 8) == [4]
    assert balanced(line(*[10.0] * 9), 35, 8) == [4, 6]
    assert balanced(line(10.0, 50.0, 10.0, 10.0), 60, 8) == [2]
    assert balanced(line(20.0, 18.0, 11.0, 11.0), 35, 8) == [2]  # in the middle
    assert balanced(line(100.0), 60, 8) == []  # one bar is not broken
    assert balanced([], 60, 8) == []


def test_a_system_begins_with_a_section_or_a_phrase_that_is_not_far_off() -> None:
    assert balanced(line(*[10.0] * 9, sections=(4,)), 60, 8) == [4]
    assert balanced(line(*[10.0] * 9, sections=(1,)), 60, 8) == [5]  # four bars of it
    assert balanced(line(*[10.0] * 16, sections=(8,)), 45, 8) == [4, 8, 12]
    assert balanced(line(*[10.0] * 20), 65, 8) == [4, 8, 12, 16]
    pickup = Span(3.0, is_counted=False)
    assert balanced([pickup, *line(*[10.0] * 4)], 30, 8) == [3]


def test_a_system_has_so_many_bars_at_most() -> None:
    assert balanced(line(*[1.0] * 12), 60, 8) == [8]
    assert balanced([Span(1.0, is_counted=False), *line(*[1.0] * 8)], 60, 8) == []
    assert balanced(line(*[1.0] * 12), 60, 12) == []
    # Bars whose widths no picture tells are counted.
    unseen = "".join(f'<measure number="{number}">\n' for number in range(12))
    assert broken_lines(f"{unseen}</part>", "", 60, 8).count("new-system") == 1
