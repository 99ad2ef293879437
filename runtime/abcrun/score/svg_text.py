"""Text in verovio's pictures, redrawn so that every renderer shows it alike; how wide a
text is, and where its lines break."""

import re
import unicodedata
import xml.etree.ElementTree as ET
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from abcrun.errors import RenderError

SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", "http://www.w3.org/2000/svg")

_SPACE = "\u00a0"  # which no renderer drops
_METRONOME_NOTES = range(0xECA0, 0xECB8)
"""Signs of SMuFL whose heads lie half below the line."""
_MUSIC = re.compile("([\ue050-\uf3ff]+)")
"""Signs of SMuFL, the layout of music fonts, in a text."""

_NOTE_SCALE = 1.3
_WIDER = 1.1
"""How much wider than Times, which the table knows, other text fonts may be."""


def redraw_texts(root: ET.Element) -> None:
    """Make each text of a picture one line of plain `tspan`s, and the musical signs in
    it shapes. A text that would go over the right edge of the page is moved left."""
    right = _right_edge(root)
    # Verovio writes nested `tspan`s of size 0 with line ends between them, about which
    # renderers disagree, and musical signs as characters of its own font, which
    # renderers lack.
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{SVG}text":
                place = list(parent).index(child)
                parent[place : place + 1] = _redrawn(child, right)
            elif child.tag == f"{SVG}style" and "@font-face" in (child.text or ""):
                parent.remove(child)


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return the width of a text in the unit of its font size, nearly."""
    advances, per_em = text_advances(is_bold)
    return sum(_advance(sign, advances, per_em) for sign in text) * size / per_em


def wrap(text: str, size: float, width: float) -> list[str]:
    """Return a text in lines of at most `width`, broken at spaces, or inside a word
    that is wider than a line."""
    width /= _WIDER
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size) > width:
            lines.append(line)
            longer = word
        while len(longer) > 1 and text_width(longer, size) > width:
            fits = len(longer) - 1
            while fits > 1 and text_width(longer[:fits], size) > width:
                fits -= 1
            lines.append(longer[:fits])
            longer = longer[fits:]
        line = longer
    return [*lines, line]


def add_text(
    parent: ET.Element, text: str, x: float, y: float, *, size: float, anchor: str = "start"
) -> None:
    """Add a line of text to a part of a picture, its base line at `y`."""
    element = ET.SubElement(parent, f"{SVG}text", {"x": f"{x:g}", "y": f"{y:g}"})
    if anchor != "start":
        element.set("text-anchor", anchor)
    ET.SubElement(element, f"{SVG}tspan", {"font-size": f"{size:g}px"}).text = text


def _advance(sign: str, advances: dict[int, float], per_em: float) -> float:
    # An accent makes no letter wider.
    known = advances.get(ord(sign)) or advances.get(ord(unicodedata.normalize("NFD", sign)[0]))
    if known is not None:
        return known
    if unicodedata.combining(sign):
        return 0.0
    # What the table lacks is taken for half an em wide, and for a whole one in the
    # scripts of East Asia.
    return per_em if unicodedata.east_asian_width(sign) in "WF" else per_em / 2


class _Run:
    """A stretch of text in one style."""

    def __init__(self, text: str, style: dict[str, str]) -> None:
        self.text = text
        self.style = style
        self.size = float(style.get("font-size", "0px").removesuffix("px"))
        self.is_music = "Leipzig" in style.get("font-family", "")
        self.is_bold = style.get("font-weight") == "bold"

    @property
    def width(self) -> float:
        if not self.is_music:
            return text_width(self.text, self.size, is_bold=self.is_bold)
        advances, per_em = music_advances()
        return sum(advances.get(ord(sign), per_em / 2) for sign in self.text) * self.size / per_em


def _right_edge(root: ET.Element) -> float:
    """Return where the page ends, counted as the texts count it: from its margin."""
    drawing = root.find(f"{SVG}svg")
    group = None if drawing is None else drawing.find(f"{SVG}g")
    if drawing is None or group is None:
        return float("inf")
    margin = float(group.get("transform", "translate(0,")[len("translate(") :].split(",")[0])
    return float(drawing.get("viewBox", "").split()[2]) - margin


def _redrawn(text: ET.Element, right: float) -> list[ET.Element]:
    """Return what stands in place of a text: lines of plain text, and shapes."""
    chunks: list[list[_Run]] = []
    _collect(text, {}, chunks)
    return [element for chunk in chunks for element in _redrawn_line(chunk, right)]


def _redrawn_line(chunk: list[_Run], right: float) -> list[ET.Element]:
    style = chunk[0].style
    x, y = float(style.get("x", "0")), float(style.get("y", "0"))
    anchor = style.get("text-anchor", "start")
    width = sum(run.width for run in chunk)
    behind = width * _WIDER * {"start": 1.0, "middle": 0.5}.get(anchor, 0.0)
    x -= max(0.0, min(x + behind - right, x))
    line = ET.Element(f"{SVG}text", {"x": f"{x:g}", "y": f"{y:g}"})
    if anchor != "start":
        if any(run.is_music for run in chunk):
            # Shapes have no anchor: all is set from the left.
            x -= width * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        else:
            line.set("text-anchor", anchor)
    shapes: list[ET.Element] = []
    is_behind_sign = False
    for run in chunk:
        if run.is_music:
            for sign in run.text:
                shapes += _sign(ord(sign), x, y, run.size)
                x += _Run(sign, run.style).width
        else:
            span = ET.SubElement(line, f"{SVG}tspan", {"font-size": f"{run.size:g}px"})
            span.attrib |= {
                key: run.style[key] for key in ("font-style", "font-weight") if key in run.style
            }
            span.text = _kept(run.text)
            if is_behind_sign:
                span.set("x", f"{x:.0f}")
            x += run.width
        is_behind_sign = run.is_music
    return [*shapes, line] if len(line) else shapes


def _kept(text: str) -> str:
    """Return text whose first and last spaces a renderer does not drop."""
    inner = text.strip(" ")
    start = len(text) - len(text.lstrip(" "))
    return _SPACE * start + inner + _SPACE * (len(text) - start - len(inner))


def _sign(code: int, x: float, y: float, size: float) -> list[ET.Element]:
    path = glyph(code)
    if path is None:
        return []
    scale = size / music_advances()[1]
    if code in _METRONOME_NOTES:
        y -= 125 * scale
    shape = ET.Element(f"{SVG}g", {"transform": f"translate({x:.0f} {y:.0f}) scale({scale:.4g})"})
    shape.append(path)
    return [shape]


def _collect(element: ET.Element, inherited: dict[str, str], chunks: list[list[_Run]]) -> None:
    """Collect the runs of a text in chunks: one for each position that it names."""
    style = inherited | {
        key: value for key, value in element.attrib.items() if key not in ("id", "class")
    }
    begins = "x" in element.attrib or "y" in element.attrib or not inherited
    if begins:
        chunks.append([])
    is_leaf = not any(child.tag == f"{SVG}tspan" for child in element)
    if is_leaf and element.text and float(style.get("font-size", "0px").removesuffix("px")) > 0:
        chunks[-1] += _runs(element.text, style)
    for child in element:
        if child.tag == f"{SVG}tspan":
            _collect(child, style, chunks)
    if not inherited:
        chunks[:] = [chunk for chunk in chunks if chunk]


def _runs(text: str, style: dict[str, str]) -> list[_Run]:
    """Return a text in runs: signs of the music font may stand in the midst of it."""
    if "Leipzig" in style.get("font-family", "") or not _MUSIC.search(text):
        return [_Run(text, style)]
    # In a music font notes are small beside letters of the same size.
    size = float(style.get("font-size", "0px").removesuffix("px"))
    music = style | {"font-family": "Leipzig", "font-size": f"{_NOTE_SCALE * size:g}px"}
    return [
        _Run(part, music if _MUSIC.match(part) and glyph(ord(part[0])) is not None else style)
        for part in _MUSIC.split(text)
        if part
    ]


@cache
def _data() -> Path:
    # Looked up, not imported: verovio is loaded in the child process alone.
    found = find_spec("verovio")
    places = found.submodule_search_locations if found is not None else None
    if not places:
        raise RenderError('a score needs verovio: pip install "abcrun[score]"')
    return Path(next(iter(places))) / "data"


def _advances(path: Path) -> tuple[dict[int, float], float]:
    boxes = ET.parse(path).getroot()
    # For a few letters the table has no advance, only the box.
    advances = {
        int(box.get("c", "0"), 16): float(box.get("h-a-x", "0"))
        or float(box.get("x", "0")) + float(box.get("w", "0"))
        for box in boxes.iter("g")
    }
    return advances, float(boxes.get("units-per-em", "1000"))


@cache
def text_advances(is_bold: bool = False) -> tuple[dict[int, float], float]:
    """Return the width of each character of Times, by code point, and the units of an
    em."""
    return _advances(_data() / "text" / ("Times-bold.xml" if is_bold else "Times.xml"))


@cache
def music_advances() -> tuple[dict[int, float], float]:
    """Return the width of each sign of verovio's music font, by code point, and the
    units of an em."""
    return _advances(_data() / "Leipzig.xml")


def glyph(code: int) -> ET.Element | None:
    """Return the shape of a sign of verovio's music font; None where it has none."""
    path = _data() / "Leipzig" / f"{code:04X}.xml"
    if not path.is_file():
        return None
    found = ET.parse(path).getroot().find("path")
    return None if found is None else ET.Element(f"{SVG}path", dict(found.attrib))
