"""The child process that engraves: MusicXML in, SVG, PNG and PDF out. `abcrun.engraving` starts it and talks to it.

Verovio ends its process on some input, and nothing in it can be stopped half-way; so it works here, alone, where it
may crash or be killed. This file stands on its own and is run by its path: it imports nothing of abcrun.

A message is four bytes of length (big-endian), then the bytes. Requests are JSON objects: {"do": "engrave", "musicxml",
"width", "height"} → {"pages": [SVG]}; {"do": "png", "pages", "width"} and {"do": "pdf", "pages", "title"} → "!" and the
bytes of the file. A failure is {"error": a line}.
"""

import json
import os
import struct
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

SCALE = 40
"""Per cent; a staff is 28.8 units high then."""

_SVG = "{http://www.w3.org/2000/svg}"
_TEXT_FONT = "Libertinus Serif"
"""That typst brings along; Times, which verovio asks for, is on no Linux machine."""

_OPTIONS = {
    "adjustPageHeight": True,
    "footer": "none",
    "header": "auto",
    "pageMarginBottom": 50,
    "pageMarginTop": 50,
    "scale": SCALE,
    "smuflTextFont": "none",
    "svgRemoveXlink": True,
    "svgViewBox": True,
}


def main() -> None:
    """Answer requests until the other side closes its end."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # what the libraries print must not get between the answers
        os.dup2(nowhere, stream)
    engraver = Engraver()
    send(answers, b"{}")
    while (request := receive(requests)) is not None:
        try:
            send(answers, engraver.answer(json.loads(request)))
        except Exception as error:  # noqa: BLE001 - whatever a library raises is told to the other side
            lines = str(error).splitlines() or [type(error).__name__]
            send(answers, json.dumps({"error": lines[0]}).encode())


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one message."""
    stream.write(struct.pack(">I", len(message)))
    stream.write(message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one message; None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    message = stream.read(length)
    return message if len(message) == length else None


class Engraver:
    """Verovio and typst, loaded once."""

    def __init__(self) -> None:
        import verovio

        verovio.enableLog(verovio.LOG_OFF)
        self._toolkit: Any = verovio.toolkit()

    def answer(self, request: dict[str, Any]) -> bytes:
        """The answer to a request."""
        if request["do"] == "engrave":
            pages = self.engrave(request["musicxml"], request["width"], request["height"])
            return json.dumps({"pages": pages}).encode()
        if request["do"] == "png":
            return b"!" + png(request["pages"][0], request["width"])
        return b"!" + pdf(request["pages"], request["title"])

    def engrave(self, musicxml: str, width: int, height: int) -> list[str]:
        """The pages as SVG: `width` units wide, and so many units high; height 0: one page, as high as it needs."""
        toolkit = self._toolkit
        page = {"pageWidth": round(width * 100 / SCALE), "pageHeight": round(height * 100 / SCALE) or 60_000}
        margins = dict.fromkeys(("pageMarginLeft", "pageMarginRight"), 150 if height else 40)
        toolkit.resetOptions()
        toolkit.setOptions({**_OPTIONS, **page, **margins, "adjustPageHeight": not height})
        toolkit.resetXmlIdSeed(1)
        if not toolkit.loadData(musicxml):
            raise ValueError("verovio cannot read the score")
        return [drawn(toolkit.renderToSVG(number)) for number in range(1, toolkit.getPageCount() + 1)]


def drawn(svg: str) -> str:
    """Verovio's SVG so that every reader shows its text alike.

    Verovio writes nested `tspan`s of size 0 with line ends between them, and musical signs in text as characters of its
    own font: renderers disagree about the first and lack the second. Here a text becomes one line of plain `tspan`s,
    and the signs become shapes.
    """
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    root = ET.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{_SVG}text":
                _redraw(parent, child)
            elif child.tag == f"{_SVG}style" and "@font-face" in (child.text or ""):
                parent.remove(child)
    return ET.tostring(root, encoding="unicode")


class _Run:
    """Text in one style at one go."""

    def __init__(self, text: str, style: dict[str, str]) -> None:
        self.text = text
        self.style = style
        self.size = float(style.get("font-size", "0px").removesuffix("px"))
        self.is_music = "Leipzig" in style.get("font-family", "")

    def width(self) -> float:
        advances, per_em = (music_advances() if self.is_music else text_advances())[0:2]
        return sum(advances.get(ord(sign), per_em / 2) for sign in self.text) * self.size / per_em


def _redraw(parent: ET.Element, text: ET.Element) -> None:
    chunks: list[list[_Run]] = []
    _collect(text, {}, chunks)
    place = list(parent).index(text)
    parent.remove(text)
    for chunk in chunks:
        style = chunk[0].style
        x, y, anchor = float(style.get("x", "0")), style.get("y", "0"), style.get("text-anchor", "start")
        line = ET.Element(f"{_SVG}text", {"x": f"{x:g}", "y": y})
        if any(run.is_music for run in chunk):
            x -= sum(run.width() for run in chunk) * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        elif anchor != "start":
            line.set("text-anchor", anchor)
        parent.insert(place, line)
        place += 1
        was_music = False
        for run in chunk:
            if run.is_music:
                for sign in run.text.strip():
                    if (path := glyph(ord(sign))) is not None:
                        scale = run.size / music_advances()[1]
                        shape = ET.Element(f"{_SVG}g", {"transform": f"translate({x:.0f} {y}) scale({scale:.4g})"})
                        shape.append(path)
                        parent.insert(place, shape)
                        place += 1
                    x += _Run(sign, run.style).width()
                was_music = True
                continue
            span = ET.SubElement(line, f"{_SVG}tspan", {"font-size": f"{run.size:g}px"})
            span.attrib |= {key: run.style[key] for key in ("font-style", "font-weight") if key in run.style}
            if was_music:
                span.set("x", f"{x + (_Run(' ', run.style).width() if run.text[0] == ' ' else 0):.0f}")
            span.text = run.text.lstrip() if was_music else run.text
            x += run.width()
            was_music = False
        if not len(line):
            parent.remove(line)
            place -= 1


def _collect(element: ET.Element, inherited: dict[str, str], chunks: list[list[_Run]]) -> None:
    """The runs of a text, in chunks: one for each place that it names."""
    style = inherited | {key: value for key, value in element.attrib.items() if key not in ("id", "class")}
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
    import verovio

    return Path(verovio.__file__).parent / "data"


def _advances(path: Path) -> tuple[dict[int, float], float]:
    boxes = ET.parse(path).getroot()
    advances = {int(box.get("c", "0"), 16): float(box.get("h-a-x", "0")) for box in boxes.iter("g")}
    return advances, float(boxes.get("units-per-em", "1000"))


@cache
def text_advances() -> tuple[dict[int, float], float]:
    """How wide each character of Times is, by code point, and the units of an em."""
    return _advances(_data() / "text" / "Times.xml")


@cache
def music_advances() -> tuple[dict[int, float], float]:
    """The same of verovio's music font."""
    return _advances(_data() / "Leipzig.xml")


def glyph(code: int) -> ET.Element | None:
    """The shape of a sign of verovio's music font."""
    path = _data() / "Leipzig" / f"{code:04X}.xml"
    if not path.is_file():
        return None
    found = ET.parse(path).getroot().find("path")
    return None if found is None else ET.Element(f"{_SVG}path", dict(found.attrib))


def png(svg: str, width: int) -> bytes:
    """A picture `width` pixels wide, on white."""
    source = "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n" + _image("p0", f"{width}pt")
    return _compile(source, {"p0": svg}, "png", ppi=72.0)


def pdf(pages: list[str], title: str) -> bytes:
    """A file of A4 pages."""
    source = '#set document(title: sys.inputs.title, date: none)\n#set page(paper: "a4", margin: 0pt)\n'
    source += "#pagebreak()\n".join(_image(f"p{number}", "100%") for number in range(len(pages)))
    inputs = {f"p{number}": page for number, page in enumerate(pages)}
    return _compile(source, inputs | {"title": title}, "pdf")


def _image(name: str, width: str) -> str:
    return f'#image(bytes(sys.inputs.{name}), format: "svg", width: {width})\n'


def _compile(
    source: str, inputs: dict[str, str], file_format: Literal["png", "pdf"], ppi: float | None = None
) -> bytes:
    import typst

    inputs = {name: text.replace("Times, serif", _TEXT_FONT) for name, text in inputs.items()}
    made: bytes = typst.compile(source.encode(), format=file_format, ppi=ppi, sys_inputs=inputs)
    return made


if __name__ == "__main__":
    main()
