"""Decorations as elements of MusicXML, and as verovio draws them."""

import xml.etree.ElementTree as ET

import pytest

from abcrun.notation.decorations import decoration_name
from abcrun.score.signs import directions_of, notations_of, note_head_xml
from tests.score.musicxml_reader import read
from tests.score.pictures import SVG, needs_score
from tests.score.written import notes_of, tune_of

# Decorations that stand on a note: what MusicXML has for each.
ON_NOTES = {
    "trill": "ornaments/trill-mark",
    "roll": "ornaments/turn",
    "turn": "ornaments/turn",
    "turnx": "ornaments/turn[@slash='yes']",
    "invertedturn": "ornaments/inverted-turn",
    "invertedturnx": "ornaments/inverted-turn[@slash='yes']",
    "mordent": "ornaments/mordent",
    "lowermordent": "ornaments/mordent",
    "uppermordent": "ornaments/inverted-mordent",
    "pralltriller": "ornaments/inverted-mordent",
    "/": "ornaments/tremolo[.='1']",
    "///": "ornaments/tremolo[.='3']",
    "staccato": "articulations/staccato",
    ">": "articulations/accent",
    "accent": "articulations/accent",
    "emphasis": "articulations/accent",
    "^": "articulations/strong-accent",
    "marcato": "articulations/strong-accent",
    "tenuto": "articulations/tenuto",
    "wedge": "articulations/staccatissimo",
    "breath": "articulations/breath-mark",
    "shortphrase": "articulations/breath-mark[.='tick']",
    "mediumphrase": "articulations/caesura[.='short']",
    "longphrase": "articulations/caesura[.='single']",
    "slide": "articulations/scoop",
    "upbow": "technical/up-bow",
    "downbow": "technical/down-bow",
    "open": "technical/open-string",
    "snap": "technical/snap-pizzicato",
    "thumb": "technical/thumb-position",
    "halfopen": "technical/half-muted",
    "+": "technical/stopped",
    "plus": "technical/stopped",
    "0": "technical/fingering[.='0']",
    "5": "technical/fingering[.='5']",
    "fermata": "fermata[@type='upright']",
    "invertedfermata": "fermata[@type='inverted']",
    "arpeggio": "arpeggiate",
}
# Those that stand by themselves: element, and above or below the staff.
BY_THEMSELVES = {
    "ppppp": ("dynamics/ppppp", "below"),
    "mf": ("dynamics/mf", "below"),
    "sfz": ("dynamics/sfz", "below"),
    "fp": ("dynamics/fp", "below"),
    "segno": ("segno", "above"),
    "coda": ("coda", "above"),
    "ped": ("pedal[@type='start']", "below"),
    "ped-up": ("pedal[@type='stop']", "below"),
    "fine": ("words[.='Fine']", "above"),
    "D.C.": ("words[.='D.C.']", "above"),
    "dacapo": ("words[.='D.C.']", "above"),
    "D.S.alcoda": ("words[.='D.S. al Coda']", "above"),
    "D.C.alfine": ("words[.='D.C. al Fine']", "above"),
    "dacoda": ("words[.='To Coda']", "above"),
    "sharp": ("words[.='♯']", "above"),
    # No table has these: they are shown by their names.
    "rall.": ("words[.='rall.']", "above"),
    "dolce": ("words[.='dolce']", "above"),
}


@pytest.mark.parametrize(("sign", "path"), ON_NOTES.items())
def test_a_decoration_of_a_note(sign: str, path: str) -> None:
    note, plain = notes_of(f"!{sign}!c4 d4|")
    assert len(note.element.findall(f"notations/{path}")) == 1
    assert plain.element.find("notations") is None


@pytest.mark.parametrize(("sign", "expected"), BY_THEMSELVES.items())
def test_a_decoration_that_stands_by_itself(sign: str, expected: tuple[str, str]) -> None:
    path, placement = expected
    root = ET.fromstring(tune_of(f"c4 !{sign}!d4|").musicxml())
    (direction,) = root.iter("direction")
    assert direction.find(f"direction-type/{path}") is not None
    assert direction.get("placement") == placement


def test_no_decoration_is_shown_twice_or_not_at_all() -> None:
    for sign in ON_NOTES:
        name = decoration_name(sign)
        assert directions_of([name]) == []
        assert notations_of([name], is_rest=False) or name == "arpeggio"
    for sign in BY_THEMSELVES:
        name = decoration_name(sign)
        assert len(directions_of([name])) == 1
        assert notations_of([name], is_rest=False) == []


def test_fingerings_of_a_chord_are_all_there_in_order() -> None:
    head, *_ = notes_of("!1!!3!!5![CEG]8|")
    assert [one.text for one in head.element.iter("fingering")] == ["1", "3", "5"]


def test_an_arpeggio_is_that_of_each_note_of_the_chord() -> None:
    heads = notes_of("!arpeggio![CEG]8|")
    assert all(head.element.find("notations/arpeggiate") is not None for head in heads)


def test_a_rest_has_a_fermata_but_no_ornament() -> None:
    assert notations_of(["fermata", "trill", "staccato"], is_rest=True) == [
        '<fermata type="upright"/>'
    ]
    assert len(notations_of(["fermata", "trill", "staccato"], is_rest=False)) == 3


def test_note_heads_and_accidentals_of_an_editor() -> None:
    assert note_head_xml(["style=x"]) == "<notehead>x</notehead>"
    written = tune_of("!style=harmonic!C2 !courtesy!D2 !editorial!^E2 F2|").musicxml()
    read(written)
    root = ET.fromstring(written)
    assert [one.text for one in root.iter("notehead")] == ["diamond"]
    assert [dict(one.attrib) for one in root.iter("accidental")] == [
        {"parentheses": "yes"},
        {"editorial": "yes"},
    ]


@needs_score
@pytest.mark.parametrize(
    "sign", sorted((ON_NOTES | BY_THEMSELVES).keys() - {"shortphrase", "arpeggio"})
)
def test_every_decoration_is_in_the_picture(sign: str) -> None:
    """A decoration adds shapes or texts to the picture of the bare note."""

    def drawn(body: str) -> int:
        root = ET.fromstring(tune_of(body).score().svg)
        return sum(
            element.tag in (f"{SVG}use", f"{SVG}path", f"{SVG}text") for element in root.iter()
        )

    assert drawn(f"d4 !{sign}!d4|") > drawn("d4 d4|")
