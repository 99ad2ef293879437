"""Decorations, remarks and chord symbols as elements of MusicXML."""

import xml.etree.ElementTree as ET

import pytest

from abcrun.score.signs import decoration_direction, notations_of, quoted_text_xml
from tests.score.musicxml_reader import read
from tests.score.written import tune_of


def test_signs_text_and_chord_symbols_are_taken_along() -> None:
    text = tune_of(
        '"Am"~A2 .B2 "^slow"uc2 Hd2|!trill!e2 (fg) "D7/F#"a4|',
        "C:Trad. & co",
        "Q:3/8=80",
        "M:6/8",
        "K:C",
    )
    root = ET.fromstring(text.musicxml())
    read(text.musicxml())
    for path in (
        "turn",
        "staccato",
        "up-bow",
        "fermata",
        "trill-mark",
        "slur[@type='start']",
        "slur[@type='stop']",
    ):
        assert len(list(root.findall(f".//{path}"))) == 1, path
    assert [kind.text for kind in root.iter("kind")] == ["minor", "dominant"]
    assert [root.findtext(f".//{name}") for name in ("root-step", "bass-step", "bass-alter")] == [
        "A",
        "F",
        "1",
    ]
    assert root.findtext(".//words") == "slow"
    assert root.findtext(".//work-title") == "t"
    assert root.findtext(".//creator") == "Trad. & co"
    assert root.findtext(".//beat-unit") == "quarter"
    assert (root.find(".//beat-unit-dot") is not None, root.findtext(".//per-minute")) == (
        True,
        "80",
    )


@pytest.mark.parametrize(
    ("text", "words", "placement"),
    [
        ("^slowly", "slowly", "above"),
        ("_slowly", "slowly", "below"),
        ("@-3,2.5 slowly", "slowly", "above"),
        ("slowly & well", "slowly &amp; well", "above"),  # no chord symbol
    ],
)
def test_remarks(text: str, words: str, placement: str) -> None:
    xml = quoted_text_xml(text)
    assert f"<words>{words}</words>" in xml
    assert f'placement="{placement}"' in xml


def test_a_remark_of_nothing_has_no_element() -> None:
    assert quoted_text_xml("^ ") == ""


@pytest.mark.parametrize(
    ("text", "root", "kind"),
    [("Bb7", ("B", "-1"), "dominant"), ("F♯m7b5", ("F", "1"), "half-diminished")],
)
def test_chord_symbols(text: str, root: tuple[str, str], kind: str) -> None:
    harmony = ET.fromstring(quoted_text_xml(text))
    assert (harmony.findtext("root/root-step"), harmony.findtext("root/root-alter")) == root
    assert harmony.findtext("kind") == kind


def test_a_rest_has_a_fermata_but_no_ornament() -> None:
    assert notations_of(["fermata", "trill", "staccato"], is_rest=True) == [
        '<fermata type="upright"/>'
    ]
    assert len(notations_of(["fermata", "trill", "staccato"], is_rest=False)) == 3


@pytest.mark.parametrize(
    ("sign", "element"),
    [("ff", "<ff/>"), ("segno", "<segno/>"), ("fine", ">fine<"), ("tenuto", "")],
)
def test_signs_that_stand_by_themselves(sign: str, element: str) -> None:
    found = decoration_direction(sign)
    assert element in found
    assert bool(found) == bool(element)
