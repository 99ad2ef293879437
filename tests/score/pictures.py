"""What the tests of scores share: a tune of several pages, and ways to look at a
picture."""

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from abcrun.score import engraving
from abcrun.score.score import Score

needs_score = pytest.mark.skipif(
    bool(engraving.missing_packages()), reason='pip install "abcrun[score]"'
)

SVG = "{http://www.w3.org/2000/svg}"
LONG = "X:1\nT:A long one\nC:Anon\nM:4/4\nL:1/8\nK:D\n" + "DEFG ABcd|dcBA GFED|\n" * 60


def check_whole(score: Score) -> None:
    """Check that the picture is well-formed, and has each note and bar under its id and
    class."""
    root = ET.fromstring(score.svg)
    classes = {
        element.get("id"): (element.get("class") or "").split() for element in root.iter(f"{SVG}g")
    }
    for note in score.notes:
        assert "note" in classes[note.id]
    for bar in score.bars:
        assert "measure" in classes[bar.id]


def picture(png: bytes) -> Image.Image:
    """Return a PNG in shades of grey."""
    return Image.open(io.BytesIO(png)).convert("L")


def ink_above_the_staff(png: bytes) -> int:
    """Return the number of dark pixels above the first line that runs across the
    picture."""
    image = picture(png)
    dark = 0
    for y in range(image.height):
        row = sum(image.getpixel((x, y)) < 128 for x in range(image.width))
        if row > 0.6 * image.width:
            return dark
        dark += row
    raise AssertionError("there is no staff")
