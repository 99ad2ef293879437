"""Text in a score: what XML cannot hold does no harm, what is long is cut."""

import xml.etree.ElementTree as ET

from abcrun import Tune
from abcrun.score.text import MAX_TEXT, xml_text


def test_line_ends_and_characters_that_xml_forbids_become_spaces() -> None:
    assert xml_text("a\x00b\r\n\tc\ud800\ufffe d") == "a b c d"
    assert xml_text("Ő 𝄞 <&>") == "Ő 𝄞 <&>"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert xml_text("x" * MAX_TEXT) == "x" * MAX_TEXT
    assert xml_text("x" * (MAX_TEXT + 1)) == "x" * (MAX_TEXT - 1) + "…"
    assert xml_text("one two three", 5) == "one…"


def test_text_that_xml_cannot_hold_is_made_harmless() -> None:
    title = 'a\x00b\ud800 <c> & "d" ' + "long " * 100
    tune = Tune.parse(f'X:1\nT:{title}\nM:4/4\nL:1/8\nK:C\n"^<&>\x07"CDEF|\n')
    found = ET.fromstring(tune.musicxml().encode("utf-8")).findtext(".//work-title")
    assert found is not None
    assert found.startswith('a b <c> & "d" long')
    assert len(found) <= 200
