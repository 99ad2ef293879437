"""Bar lines: repeats and endings are drawn where they are played; styles are kept."""

import pytest

from abcrun.score.barlines import BarEdges, bar_edges, left_barline_xml, right_barline_xml
from tests.score.musicxml_reader import played
from tests.score.written import measures_of, tune_of


def edges_of(body: str) -> list[BarEdges]:
    """Return what stands at the ends of the bars of a tune."""
    return bar_edges(tune_of(body).voices[0].items)


def test_repeats_that_abc_leaves_to_the_reader_are_written_out() -> None:
    first, second, third = measures_of("C8:|D8:|E8|]")
    assert (first.forward, first.backward, second.forward, second.backward) == (False, 2, True, 2)
    assert (third.forward, third.backward) == (False, 0)


def test_endings() -> None:
    measures = measures_of("|:C8|1D8:|2E8||F8|]")
    assert [measure.begins for measure in measures] == [(), (1,), (2,), ()]
    assert [measure.ends for measure in measures] == [False, True, True, False]
    assert played(measures) == ["m0", "m1", "m0", "m2", "m3"]


def test_more_than_two_times() -> None:
    assert played(measures_of("|::C8::|D8|")) == ["m0"] * 3 + ["m1"]
    assert played(measures_of("|:C8|1,3D8:|2,4E8:|F8|")) == ["m0", "m1", "m0", "m2"] * 2 + ["m3"]


def test_a_last_ending_that_nothing_closes_stays_open_and_short() -> None:
    edges = edges_of("|:C8|1D8:|2E8|F8")
    assert [(edge.begins, edge.ends, edge.end_type) for edge in edges[2:]] == [
        ("2", "", "stop"),
        ("", "2", "discontinue"),
    ]
    long = edges_of("|:C8|1D8:|2E8|F8|G8|A8|B8")
    assert (long[2].ends, long[2].end_type) == ("2", "discontinue")
    assert not any(edge.ends for edge in long[3:])


@pytest.mark.parametrize(
    ("line", "style"),
    [("|", ""), ("||", "light-light"), ("|]", "light-heavy"), (".|", "dotted"), ("[|]", "none")],
)
def test_styles(line: str, style: str) -> None:
    assert edges_of(f"C8{line}D8|")[0].style == style


def test_labels_alone_part_bars_without_a_line() -> None:
    edges = edges_of("C8\nP:B\nD8|")
    assert (edges[0].style, edges[1].labels) == ("none", ["B"])


def test_a_plain_bar_has_no_element() -> None:
    assert (left_barline_xml(BarEdges()), right_barline_xml(BarEdges())) == ("", "")
    assert 'times="3"' in right_barline_xml(BarEdges(backward=3))
    assert "times" not in right_barline_xml(BarEdges(backward=2))
