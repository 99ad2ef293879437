"""The engraver: what stands in the pictures, pages and files that it makes."""

import io
import xml.etree.ElementTree as ET

import pypdf

from abcrun import Tune
from abcrun.score.score import Score
from tests import traditional
from tests.score.pictures import LONG, SVG, check_whole, ink_above_the_staff, needs_score, picture

pytestmark = needs_score


def test_all_signs_at_once() -> None:
    score = Tune.parse(
        "X:1\nT:Ő Þæ “Reel”\nC:Turlough O'Carolan\nR:reel\nM:C|\nL:1/8\nQ:1/2=100\nK:Ador\nP:A\n"
        '"Am"E2|"F#m7"{ga}A2 (3Bcd ~e2 .fg|:(ed) T^c2 ^G2 =G>A|'
        '[M:3/4][K:Gm]B<d {/c}[Beg]3 z|1"^slowly"a3 x5/ b/:|2'
        'H[DFA]4 uA vB||\nP:B\n"C/E"A5 B-|[M:6/8]B6 & d2 e f3|Z2|'
        "!segno!(5abcde f3 !p!C,3/4D,/4E,/|G12|]\n"
    ).score()
    check_whole(score)
    texts = ["".join(text.itertext()) for text in ET.fromstring(score.svg).iter(f"{SVG}text")]
    assert {"Ő Þæ “Reel”", "Turlough O'Carolan", "reel", "A", "Am", "slowly", "C/E"} <= set(texts)


def test_a_png_is_as_wide_as_asked_and_on_white(kesh: Score) -> None:
    image = picture(kesh.png(1_000))
    assert image.width == 1_000
    assert {image.getpixel(corner) for corner in ((0, 0), (999, 0), (0, image.height - 1))} == {255}


def test_the_title_is_in_the_png() -> None:
    def ink(title: str) -> int:
        text = traditional.KESH.replace("The Kesh", title).replace("R:jig\n", "")
        return ink_above_the_staff(Tune.parse(text).score().png(2_000))

    untitled = ink("")
    assert ink("The Kesh") - untitled > 800
    assert ink("MMMMMMMMMMMM") > 1.05 * ink("iiiiiiiiiiii") > 1.1 * untitled
    assert ink("Seán Ó Duibhir Ő") - untitled > 400


def test_the_title_and_all_pages_are_in_the_pdf() -> None:
    reader = pypdf.PdfReader(io.BytesIO(Tune.parse(LONG).score().pdf()))
    assert len(reader.pages) > 1
    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert not page.images  # all of it is vectors
    assert "A long one" in reader.pages[0].extract_text()
    assert "Anon" in reader.pages[0].extract_text()
    assert not {"A long one", "Anon"} & set(reader.pages[1].extract_text().split("\n"))
    assert reader.metadata is not None
    assert reader.metadata.title == "A long one"


def test_a_title_that_fits_no_line_is_broken() -> None:
    text = traditional.KESH.replace("The Kesh", "<script>alert(1)</script> & " + "endless " * 40)
    svg = Tune.parse(text).score().svg
    root = ET.fromstring(svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    lines = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    first = next(number for number, line in enumerate(lines) if line.startswith("<script>"))
    assert lines[first + 1].startswith("endless endless")
    assert [line for line in lines if line.endswith("…")] == [lines[first + 2]]
