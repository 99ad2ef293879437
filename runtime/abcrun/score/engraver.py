"""The child process that engraves: MusicXML in, SVG, PNG and PDF out.
`abcrun.score.engraving` starts it and talks to it.

Verovio ends its process on some input, and nothing in it can be stopped half-way. So it
works here, alone, where it may crash or be killed. This file stands on its own and is
run by its path: it imports nothing of abcrun.

A message is four bytes of length (big-endian), then the bytes. Requests are
`EngraverRequest`s as JSON. To "engrave" the answer is {"pages": [SVG]}, to "png" and
"pdf" it is "!" and the bytes of the file. A failure is {"error": a line}.
"""

import json
import math
import os
import struct
import sys
import time
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import IO, Any, Literal, TypedDict

MAX_SECONDS = 10
"""Seconds of processor time that one request may take."""
SCALE = 40
"""Verovio's scale in per cent; a staff is 28.8 units high then."""

_SVG = "{http://www.w3.org/2000/svg}"
_TEXT_FONT = "Libertinus Serif"
"""The font that typst brings along. Times, which verovio asks for, is on no Linux
machine."""

_SPACE = "\u00a0"  # which no renderer drops
_METRONOME_NOTES = range(0xECA0, 0xECB8)
"""Signs of SMuFL whose heads lie half below the line."""
_SMALLEST_TITLE = 0.6
"""Of its usual size. A title that does not fit so is cut."""

_OPTIONS = {
    "adjustPageHeight": True,
    "footer": "none",
    "header": "auto",
    "pageMarginBottom": 50,
    "scale": SCALE,
    "smuflTextFont": "none",
    "svgRemoveXlink": True,
    "svgViewBox": True,
}


class EngraveRequest(TypedDict):
    """A score as SVG pages, `width` units wide and `height` units high; height 0: one
    page, as high as it needs.

    `left` and `right` stand at the sides of the title.
    """

    do: Literal["engrave"]
    musicxml: str
    width: int
    height: int
    left: str
    right: str


class PngRequest(TypedDict):
    """A page as a PNG, `width` pixels wide."""

    do: Literal["png"]
    svg: str
    width: int


class PdfRequest(TypedDict):
    """Pages as a PDF."""

    do: Literal["pdf"]
    pages: list[str]
    title: str


EngraverRequest = EngraveRequest | PngRequest | PdfRequest


def main() -> None:
    """Answer requests until the other side closes its end."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    # What the libraries print must not get between the answers.
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    engraver = Engraver()
    send(answers, b"{}")
    while (request := receive(requests)) is not None:
        _limit_time()
        try:
            send(answers, engraver.answer(json.loads(request)))
        # Whatever a library raises is told to the other side.
        except Exception as error:  # noqa: BLE001
            lines = str(error).splitlines() or [type(error).__name__]
            send(answers, json.dumps({"error": lines[0]}).encode())


def _limit_time() -> None:
    """Let the system end this process when the request takes over `MAX_SECONDS` of
    processor time."""
    if sys.platform != "win32":
        import resource  # Windows has no such module

        # The limit counts from the start of the process, so it moves on with each
        # request.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        until = math.ceil(time.process_time()) + MAX_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (until if most < 0 else min(until, most), most))


def send(stream: IO[bytes], message: bytes) -> None:
    """Write one message and send it off."""
    stream.write(struct.pack(">I", len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one message; return None where the stream ends before it does."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    message = stream.read(length)
    return message if len(message) == length else None


class Engraver:
    """Verovio and typst, loaded once."""

    def __init__(self) -> None:
        import verovio  # of the extra: the other side imports this file without it

        verovio.enableLog(verovio.LOG_OFF)
        self._toolkit: Any = verovio.toolkit()

    def answer(self, request: EngraverRequest) -> bytes:
        """Return the answer to a request."""
        if request["do"] == "engrave":
            return json.dumps({"pages": self.engrave(request)}).encode()
        if request["do"] == "png":
            return b"!" + png(request["svg"], request["width"])
        return b"!" + pdf(request["pages"], request["title"])

    def engrave(self, request: EngraveRequest) -> list[str]:
        """Return the pages as SVG."""
        toolkit = self._toolkit
        height = request["height"]
        page = {
            "pageWidth": round(request["width"] * 100 / SCALE),
            # Verovio's highest page; what is not needed of it is cut off.
            "pageHeight": round(height * 100 / SCALE) or 60_000,
        }
        margins = dict.fromkeys(
            ("pageMarginLeft", "pageMarginRight", "pageMarginTop"), 150 if height else 40
        )
        # One score must not show that another came before it: options and the seed of
        # ids that verovio makes up are set anew.
        toolkit.resetOptions()
        toolkit.setOptions({**_OPTIONS, **page, **margins, "adjustPageHeight": not height})
        toolkit.resetXmlIdSeed(1)
        if not toolkit.loadData(request["musicxml"]):
            raise ValueError("verovio cannot read the score")
        first = drawn(toolkit.renderToSVG(1), request["left"], request["right"])
        numbers = range(2, toolkit.getPageCount() + 1)
        return [first, *(drawn(toolkit.renderToSVG(number)) for number in numbers)]


def drawn(svg: str, left: str = "", right: str = "") -> str:
    """Return verovio's SVG so that every renderer shows its text alike, with a line at
    each side of the title.

    A text becomes one line of plain `tspan`s, and the musical signs in it become
    shapes. A title that is too long for its line is set smaller.
    """
    # Verovio writes nested `tspan`s of size 0 with line ends between them, about which
    # renderers disagree, and musical signs as characters of its own font, which
    # renderers lack.
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    root = ET.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{_SVG}text":
                place = list(parent).index(child)
                parent[place : place + 1] = _redrawn(child)
            elif child.tag == f"{_SVG}style" and "@font-face" in (child.text or ""):
                parent.remove(child)
    for head in root.iter(f"{_SVG}g"):
        if "pgHead" in head.get("class", ""):
            _set_head(head, left, right)
    return ET.tostring(root, encoding="unicode")


class _Run:
    """A stretch of text in one style."""

    def __init__(self, text: str, style: dict[str, str]) -> None:
        self.text = text
        self.style = style
        self.size = float(style.get("font-size", "0px").removesuffix("px"))
        self.is_music = "Leipzig" in style.get("font-family", "")

    @property
    def width(self) -> float:
        # A character that the table lacks is taken for half an em wide.
        advances, per_em = music_advances() if self.is_music else text_advances()
        return sum(advances.get(ord(sign), per_em / 2) for sign in self.text) * self.size / per_em


def _redrawn(text: ET.Element) -> list[ET.Element]:
    """Return what stands in place of a text: lines of plain text, and shapes."""
    chunks: list[list[_Run]] = []
    _collect(text, {}, chunks)
    return [element for chunk in chunks for element in _redrawn_line(chunk)]


def _redrawn_line(chunk: list[_Run]) -> list[ET.Element]:
    style = chunk[0].style
    x, y = float(style.get("x", "0")), float(style.get("y", "0"))
    anchor = style.get("text-anchor", "start")
    line = ET.Element(f"{_SVG}text", {"x": f"{x:g}", "y": f"{y:g}"})
    if anchor != "start":
        if any(run.is_music for run in chunk):
            # Shapes have no anchor: all is set from the left.
            x -= sum(run.width for run in chunk) * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
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
            span = ET.SubElement(line, f"{_SVG}tspan", {"font-size": f"{run.size:g}px"})
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
    shape = ET.Element(f"{_SVG}g", {"transform": f"translate({x:.0f} {y:.0f}) scale({scale:.4g})"})
    shape.append(path)
    return [shape]


def _set_head(head: ET.Element, left: str, right: str) -> None:
    """Put lines of small text at both sides of the title, which leaves them room."""
    title = head.find(f"{_SVG}text")
    span = title[0] if title is not None and len(title) else None
    if title is None or span is None:
        return
    middle, y = float(title.get("x", "0")), title.get("y", "0")
    side = 0.0
    for text, x, anchor in ((left, 0.0, "start"), (right, 2 * middle, "end")):
        if text:
            run = _Run(text, {"font-size": "405px"})
            # A line takes at most three tenths of the width.
            run.size *= min(1.0, 0.6 * middle / run.width)
            side = max(side, run.width + 405)
            line = ET.SubElement(
                head, f"{_SVG}text", {"x": f"{x:g}", "y": y, "text-anchor": anchor}
            )
            ET.SubElement(line, f"{_SVG}tspan", {"font-size": f"{run.size:.0f}px"}).text = text
    whole = _Run(span.text or "", {"font-size": span.get("font-size", "607px")})
    fits = 2 * (middle - side) / max(whole.width, 1.0)
    if fits < _SMALLEST_TITLE:
        kept = whole.text[: int(len(whole.text) * fits / _SMALLEST_TITLE)]
        span.text = kept.rstrip() + "…"
        fits = _SMALLEST_TITLE
    span.set("font-size", f"{whole.size * min(1.0, fits):.0f}px")


def _collect(element: ET.Element, inherited: dict[str, str], chunks: list[list[_Run]]) -> None:
    """Collect the runs of a text in chunks: one for each position that it names."""
    style = inherited | {
        key: value for key, value in element.attrib.items() if key not in ("id", "class")
    }
    begins = "x" in element.attrib or "y" in element.attrib or not inherited
    if begins:
        chunks.append([])
    is_leaf = not any(child.tag == f"{_SVG}tspan" for child in element)
    if is_leaf and element.text and float(style.get("font-size", "0px").removesuffix("px")) > 0:
        chunks[-1].append(_Run(element.text, style))
    for child in element:
        if child.tag == f"{_SVG}tspan":
            _collect(child, style, chunks)
    if not inherited:
        chunks[:] = [chunk for chunk in chunks if chunk]


def _data() -> Path:
    import verovio  # of the extra: the other side imports this file without it

    return Path(verovio.__file__).parent / "data"


def _advances(path: Path) -> tuple[dict[int, float], float]:
    boxes = ET.parse(path).getroot()
    advances = {int(box.get("c", "0"), 16): float(box.get("h-a-x", "0")) for box in boxes.iter("g")}
    return advances, float(boxes.get("units-per-em", "1000"))


@cache
def text_advances() -> tuple[dict[int, float], float]:
    """Return the width of each character of Times, by code point, and the units of an
    em."""
    return _advances(_data() / "text" / "Times.xml")


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
    return None if found is None else ET.Element(f"{_SVG}path", dict(found.attrib))


def png(svg: str, width: int) -> bytes:
    """Return a page as a PNG, `width` pixels wide, on white."""
    # At 72 pixels an inch a point is a pixel.
    source = "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n" + _image(
        "p0", f"{width}pt"
    )
    return _compile(source, {"p0": svg}, "png", ppi=72.0)


def pdf(pages: list[str], title: str) -> bytes:
    """Return pages as a PDF of A4 pages."""
    # No date: the same tune gives the same bytes.
    source = (
        '#set document(title: sys.inputs.title, date: none)\n#set page(paper: "a4", margin: 0pt)\n'
    )
    source += "#pagebreak()\n".join(_image(f"p{number}", "100%") for number in range(len(pages)))
    inputs = {f"p{number}": page for number, page in enumerate(pages)}
    return _compile(source, inputs | {"title": title}, "pdf")


def _image(name: str, width: str) -> str:
    return (
        f'#image(bytes(sys.inputs.{name}), format: "svg", width: {width}, '
        'alt: sys.inputs.at("title", default: ""))\n'
    )


def _compile(
    source: str,
    inputs: dict[str, str],
    file_format: Literal["png", "pdf"],
    ppi: float | None = None,
) -> bytes:
    import typst  # of the extra; and who only sees SVG need not wait for it

    inputs = {name: text.replace("Times, serif", _TEXT_FONT) for name, text in inputs.items()}
    made: bytes = typst.compile(source.encode(), format=file_format, ppi=ppi, sys_inputs=inputs)
    return made


if __name__ == "__main__":
    main()
