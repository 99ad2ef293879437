"""Signs over several notes: hairpins, octave lines, trills, glissandi."""

import xml.etree.ElementTree as ET

import pytest

from tests.score.musicxml_reader import read
from tests.score.pictures import SVG, needs_score
from tests.score.written import tune_of


def order_of(body: str, tag: str) -> list[str]:
    """Return the steps of the notes and the types of elements, in the order of the
    file."""
    text = tune_of(body).musicxml()
    read(text)
    found: list[str] = []
    for measure in ET.fromstring(text).iter("measure"):
        for child in measure:
            inner = [one.get("type", "") for one in child.iter(tag)]
            if child.tag == "note":
                found += [child.findtext("pitch/step") or "z", *inner]
            else:
                found += inner
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("!crescendo(!C2 D2 !crescendo)!E2 F2|", ["crescendo", "C", "D", "E", "stop", "F"]),
        ("!<(!C2 D2 !<)!E2 F2|", ["crescendo", "C", "D", "E", "stop", "F"]),
        ("!>(!C2 D2|E2 !>)!F2|", ["diminuendo", "C", "D", "E", "F", "stop"]),
        # One that leads to a mark of loudness ends before it.
        ("!<(!C2 D2 !<)!!f!E2 F2|", ["crescendo", "C", "D", "stop", "E", "F"]),
        # One that nothing ends, and an end without a beginning.
        ("!<(!C2 D2 E2 F2|", ["crescendo", "C", "stop", "D", "E", "F"]),
        ("C2 !<)!D2|", ["C", "D"]),
    ],
)
def test_hairpins(body: str, expected: list[str]) -> None:
    assert order_of(body, "wedge") == expected


@pytest.mark.parametrize(
    ("sign", "kind", "size"), [("8va", "down", "8"), ("8vb", "up", "8"), ("15ma", "down", "15")]
)
def test_octave_lines(sign: str, kind: str, size: str) -> None:
    body = f"!{sign}(!c2 d2 !{sign})!e2 f2|"
    assert order_of(body, "octave-shift") == [kind, "C", "D", "E", "stop", "F"]
    root = ET.fromstring(tune_of(body).musicxml())
    assert {one.get("size") for one in root.iter("octave-shift")} == {size}
    # The notes sound where they are written.
    assert {one.text for one in root.iter("octave")} == {"5"}


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        ("!trill(!C2 D2 !trill)!E2|", "wavy-line"),
        ("!~(!C4 !~)!c4|", "glissando"),
        ("!-(!C4 !-)!c4|", "slide"),
        # One that ends before a bar line ends at the note there.
        ("!trill(!C4 D4!trill)!|E4 !p!F4|", "wavy-line"),
        ("!~(!C4 c4!~)!|E8|", "glissando"),
    ],
)
def test_lines_between_notes(body: str, tag: str) -> None:
    found = [kind for kind in order_of(body, tag) if kind in ("start", "stop")]
    assert found == ["start", "stop"]


@pytest.mark.parametrize("body", ["!trill(!C8!trill)!|", "!trill(!!trill)!C8|"])
def test_a_trill_of_one_note_ends_with_it(body: str) -> None:
    assert order_of(f"{body}!p!D8|!f!E8|", "wavy-line") == ["C", "start", "stop", "D", "E"]


def test_signs_that_are_open_at_once_have_numbers_of_their_own() -> None:
    body = "!<(!!8va(!C2 D2 !<)!!8va)!E2|!>(!C2 !>)!D2|"
    root = ET.fromstring(tune_of(body).musicxml())
    wedges = [one.get("number") for one in root.iter("wedge")]
    shifts = [one.get("number") for one in root.iter("octave-shift")]
    assert wedges[0] == wedges[1] != shifts[0] == shifts[1]


@needs_score
@pytest.mark.parametrize("sign", ["crescendo", "diminuendo", "8va", "8vb", "trill", "~", "-"])
def test_every_line_is_in_the_picture(sign: str) -> None:
    def shapes(body: str) -> int:
        root = ET.fromstring(tune_of(body).score().svg)
        tags = [f"{SVG}{name}" for name in ("path", "polyline", "polygon", "use", "line", "text")]
        return sum(one.tag in tags for one in root.iter())

    assert shapes(f"!{sign}(!c4 !{sign})!d4|") > shapes("c4 d4|")
