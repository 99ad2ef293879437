"""The child process that engraves: MusicXML in, SVG, PNG and PDF out.
`abcrun.score.engraving` starts it and talks to it.

Verovio ends its process on some input, and nothing in it can be stopped half-way. So it
works here, alone, where it may crash or be killed. This file stands on its own and is
run by its path: it imports nothing of abcrun.

A message is four bytes of length (big-endian), then the bytes. Requests are
`EngraverRequest`s as JSON. To "engrave" the answer is {"pages": [SVG]}; to "png" and
"pdf" it is "!", a line of JSON with the characters that no font has, and the bytes of
the file. A failure is {"error": a line}.
"""

import json
import math
import os
import re
import struct
import sys
import time
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import IO, Any, Literal, NamedTuple, TypedDict
from unicodedata import combining

MAX_SECONDS = 10
"""Seconds of processor time that one request may take."""
PICTURES_AT_ONCE = 200
"""Pictures of a book that take as long as any other request, or less."""
SCALE = 40
"""Verovio's scale in per cent; a staff is 28.8 units high then."""
MARGIN, MARGIN_BOTTOM = 40, 50
"""Around the music and below the last system, in verovio's units of page sizes."""

TEXT_FAMILY = "Times, serif"
"""What verovio asks for, and no Linux machine has."""
_TEXT_FONT = "Libertinus Serif"
"""The font that typst brings along."""

_LOOKED_UP = 500
"""Characters that are looked up at once."""
_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><text x="4" y="18" '
    f'font-family="{_TEXT_FONT}" font-size="16px">{{}}</text></svg>'
)

_NEW_SYSTEM = '<print new-system="yes"/>'
_LINE_BREAK = re.compile('<print new-(?:system|page)="yes"/>')
_MEASURE = re.compile("<measure ([^>]*)>")
_STAFF_LINE = re.compile(r'<path d="M(-?[0-9.]+) [0-9.]+ L(-?[0-9.]+) ')
_NOTE_WIDTH, _MEASURE_WIDTH, _CLEF_WIDTH = 500, 500, 1_500
"""What a note, a measure and the start of a system take at most, mostly; in verovio's
units, of which a staff is 720 high."""
_SECTION_END = re.compile(
    '<barline location="right"><bar-style>(?:light|heavy)-|<repeat direction="backward"'
)
_TIGHTEST = 1.25
"""How much longer than its room a system may be before it is broken."""
_AT_PAIR, _AT_BAR = 0.25, 0.3
"""What it costs to break a line behind two bars of a section, and behind one, beside
the square of how far a system is from the length aimed at; behind four bars, and behind
a section, it costs nothing."""

_OPTIONS = {
    "adjustPageHeight": True,
    "footer": "none",
    # Syllables are drawn in a font that is wider than Times.
    "lyricWordSpace": 2.0,
    "pageMarginBottom": MARGIN_BOTTOM,
    "scale": SCALE,
    "smuflTextFont": "none",
    "svgRemoveXlink": True,
    "systemDivider": "none",
    "svgViewBox": True,
}


class EngraveRequest(TypedDict):
    """A score as SVG pages, as verovio makes them: `width` units wide and at most
    `height` units high; height 0: one page, as high as it needs.

    `header` is "none", or "auto" for the lines that the score has as credits; a system
    has at most `bars` bars.
    """

    do: Literal["engrave"]
    musicxml: str
    width: int
    height: int
    header: Literal["auto", "none"]
    bars: int


class PngRequest(TypedDict):
    """A page as a PNG, `width` pixels wide. `fonts` are folders of fonts beside those
    of the system."""

    do: Literal["png"]
    svg: str
    width: int
    fonts: list[str]


class PdfRequest(TypedDict):
    """A PDF: a document of typst's, which finds a `layout` (JSON) and pictures (SVG by
    name) in its inputs."""

    do: Literal["pdf"]
    template: str
    layout: str
    pictures: dict[str, str]
    fonts: list[str]


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
        asked = json.loads(request)
        _limit_time(MAX_SECONDS * (1 + len(asked.get("pictures", ())) // PICTURES_AT_ONCE))
        try:
            send(answers, engraver.answer(asked))
        # Whatever a library raises is told to the other side.
        except Exception as error:  # noqa: BLE001
            lines = str(error).splitlines() or [type(error).__name__]
            send(answers, json.dumps({"error": lines[0]}).encode())


def _limit_time(seconds: int) -> None:
    """Let the system end this process when the request takes over so many `seconds` of
    processor time."""
    if sys.platform != "win32":
        import resource  # Windows has no such module

        # The limit counts from the start of the process, so it moves on with each
        # request.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        until = math.ceil(time.process_time()) + seconds
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
        self._fonts: dict[tuple[str, ...], FontSet] = {}

    def answer(self, request: EngraverRequest) -> bytes:
        """Return the answer to a request."""
        if request["do"] == "engrave":
            return json.dumps({"pages": self.engrave(request)}).encode()
        folders = tuple(request["fonts"])
        if folders not in self._fonts:
            self._fonts[folders] = FontSet(folders)
        fonts = self._fonts[folders]
        if request["do"] == "png":
            return _with_missing(*fonts.png(request["svg"], request["width"]))
        return _with_missing(
            *fonts.pdf(request["template"], request["layout"], request["pictures"])
        )

    def engrave(self, request: EngraveRequest) -> list[str]:
        """Return the pages as SVG."""
        toolkit = self._toolkit
        height = request["height"]
        page = {
            "pageWidth": round(request["width"] * 100 / SCALE),
            # Verovio's highest page; what is not needed of it is cut off.
            "pageHeight": round(height * 100 / SCALE) or 60_000,
        }
        margins = dict.fromkeys(("pageMarginLeft", "pageMarginRight", "pageMarginTop"), MARGIN)
        # One score must not show that another came before it: options and the seed of
        # ids that verovio makes up are set anew.
        toolkit.resetOptions()
        toolkit.setOptions({**_OPTIONS, **page, **margins, "header": request["header"]})
        return self._in_lines(request["musicxml"], request["bars"])

    def _loaded(self, musicxml: str, breaks: str) -> list[str]:
        """Load a score; return its pages."""
        self._toolkit.setOptions({"breaks": breaks})
        self._toolkit.resetXmlIdSeed(1)
        if not self._toolkit.loadData(musicxml):
            raise ValueError("verovio cannot read the score")
        numbers = range(1, self._toolkit.getPageCount() + 1)
        return [self._toolkit.renderToSVG(number) for number in numbers]

    def _in_lines(self, musicxml: str, most: int) -> list[str]:
        """Load a score in the systems that its author began; return its pages.

        A system that the width has no room for, or of over `most` bars, becomes several
        of about one length.
        """
        if _LINE_BREAK.search(musicxml) is None and _longest_line(musicxml) <= most:
            pages = self._loaded(musicxml, "auto")
            if sum(page.count('class="system"') for page in pages) == 1:
                return pages
        options = self._toolkit.getOptions()
        room = 10 * (options["pageWidth"] - options["pageMarginLeft"] - options["pageMarginRight"])
        if _longest_line(musicxml) > most or not surely_fits(musicxml, room):
            (page,) = self._loaded(_LINE_BREAK.sub("", musicxml), "none")
            musicxml = broken_lines(musicxml, page, room, most)
        return self._loaded(_LINE_BREAK.sub(_NEW_SYSTEM, musicxml), "line")


def _first_part(musicxml: str) -> list[tuple[str, bool]]:
    """Return the measures of the first part, from the start of each up to the next, and
    whether each counts as a bar: pickups and cut bars do not."""
    parts = _MEASURE.split(musicxml.partition("</part>")[0])[1:]
    return [
        (text, "implicit" not in attributes)
        for attributes, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def _longest_line(musicxml: str) -> int:
    """Return the most bars of a system of the author's."""
    longest = count = 0
    for text, is_counted in _first_part(musicxml):
        if _LINE_BREAK.search(text) is not None:
            count = 0
        count += is_counted
        longest = max(longest, count)
    return longest


def surely_fits(musicxml: str, room: float) -> bool:
    """Return whether it can be seen from the text that every system of its author fits
    in the room; most tunes are engraved once, then."""
    if "<lyric" in musicxml or musicxml.count("<part id=") > 1:
        return False
    widest = width = 0
    for measure, _ in _first_part(musicxml):
        if _LINE_BREAK.search(measure) is not None:
            width = 0
        width += _MEASURE_WIDTH + _NOTE_WIDTH * measure.count("<note ")
        widest = max(widest, width)
    return _CLEF_WIDTH + widest <= room


def broken_lines(musicxml: str, svg: str, room: float, most: int) -> str:
    """Return a score with more `<print>` elements, where the measures between two are
    too long for a system, or over `most` bars; `svg` shows all in one system, `room` is
    that of a system."""
    widths: list[float] = []
    for measure in svg.split('class="measure"')[1:]:
        staff = _STAFF_LINE.search(measure)
        widths.append(float(staff[2]) - float(staff[1]) if staff else 0.0)
    if widths:
        # Every system begins with a clef: that of the first one is not part of its bar.
        widths[0] = max(widths[0] - _CLEF_WIDTH, widths[0] / 2)
    measures = _first_part(musicxml)
    if len(widths) != len(measures):  # rests of several bars are one measure
        widths = _spread(widths, [text for text, _ in measures])
    spans = [
        Span(width, is_counted, _SECTION_END.search(text) is not None)
        for width, (text, is_counted) in zip(widths, measures, strict=True)
    ]
    starts = [index for index, (text, _) in enumerate(measures) if _LINE_BREAK.search(text)]
    tightest = _TIGHTEST
    if not starts:
        # A tune in one line has no line that its author wanted. It did not fit in one,
        # whatever its widths say: names of voices take room, too.
        tightest, room = 0.0, min(room, 0.99 * sum(widths) or room)
    more: set[int] = set()
    for first, end in pairwise([0, *starts, len(measures)]):
        more |= {first + at for at in balanced(spans[first:end], room, most, tightest)}
    broken = iter(range(len(measures)))
    head, found, rest = musicxml.partition("</part>")

    def begin(match: re.Match[str]) -> str:
        return match.group() + (_NEW_SYSTEM if next(broken) in more else "")

    return _MEASURE.sub(begin, head) + found + rest


def _spread(widths: list[float], measures: list[str]) -> list[float]:
    """Return a width for each measure, where one in the picture stands for several."""
    found: list[float] = []
    left = iter(widths)
    hidden = 0
    for measure in measures:
        if hidden:
            hidden -= 1
            found.append(0.0)
            continue
        found.append(next(left, 0.0))
        rest = re.search("<multiple-rest>([0-9]+)", measure)
        hidden = int(rest[1]) - 1 if rest else 0
    return found


class Span(NamedTuple):
    """A measure as a line is broken by: its width, whether it counts as a bar, and
    whether a section ends with it."""

    width: float
    is_counted: bool = True
    ends_section: bool = False


def balanced(
    spans: Sequence[Span], room: float, most: int, tightest: float = _TIGHTEST
) -> list[int]:
    """Return where to break a line of measures, so that all systems have about the same
    length, begin where phrases do, have at most `most` bars, and none is pressed into
    the room too tightly.

    A line of so few bars that is not longer than `tightest` rooms stays whole.
    """
    starts = [0.0, *accumulate(span.width for span in spans)]
    counts = [0, *accumulate(span.is_counted for span in spans)]
    if starts[-1] <= room * tightest and counts[-1] <= most:
        return []
    systems = math.ceil(counts[-1] / most)
    # All about the same length: in bars, where there are too many of them.
    lengths: Sequence[float] = counts
    if systems < (by_width := math.ceil(starts[-1] / room)):
        systems, lengths = by_width, starts
    aim = lengths[-1] / systems
    breaks = _break_costs(spans)
    # The cheapest way to each place, and the last break before it.
    costs, before = [0.0], [0]
    for end in range(1, len(spans) + 1):
        found: list[tuple[float, int]] = []
        for first in range(end - 1, -1, -1):
            width = starts[end] - starts[first]
            is_full = width > room * _TIGHTEST or counts[end] - counts[first] > most
            if is_full and first < end - 1:
                break
            off = (lengths[end] - lengths[first] - aim) / aim if aim else 0.0
            found.append((round(costs[first] + off * off, 9), -first))
        cost, first = min(found)  # of two alike, the longer one stands first
        costs.append(cost + (breaks[end] if end < len(spans) else 0.0))
        before.append(-first)
    at = [before[-1]]
    while at[-1]:
        at.append(before[at[-1]])
    return at[-2::-1]


def _break_costs(spans: Sequence[Span]) -> list[float]:
    """Return what it costs to break a line before each of its measures."""
    found = [0.0]
    bars = 0
    for span in spans:
        bars += span.is_counted
        if span.ends_section:
            bars = 0
        if bars % 4 == 0 and (span.is_counted or span.ends_section):
            found.append(0.0)
        else:  # a pickup stays with its bar
            found.append(_AT_PAIR if bars % 2 == 0 and span.is_counted else _AT_BAR)
    return found


def _with_missing(made: bytes, missing: list[str]) -> bytes:
    return b"!" + json.dumps(missing).encode() + b"\n" + made


class FontSet:
    """Typst with the fonts that it brings along, those of the system, and those of some
    folders. What no font has is drawn as `?`, never as a box."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        import typst  # of the extra; and who only sees SVG need not wait for it

        self._typst = typst
        self._fonts = typst.Fonts(font_paths=list(folders))
        self._is_missing: dict[str, bool] = {}

    def png(self, svg: str, width: int) -> tuple[bytes, list[str]]:
        """Return a page as a PNG, `width` pixels wide, on white, and the characters
        that are missing in it."""
        (svg,), missing = self._drawable([svg])
        # At 72 pixels an inch a point is a pixel.
        source = "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
        source += _image("p0", f"{width}pt")
        return self._compile(source, {"p0": svg}, "png", ppi=72.0), missing

    def pdf(self, template: str, layout: str, pictures: dict[str, str]) -> tuple[bytes, list[str]]:
        """Return the PDF of a `PdfRequest`, and the characters that are missing."""
        names = ["layout", *pictures]
        texts, missing = self._drawable([layout, *pictures.values()])
        return self._compile(template, dict(zip(names, texts, strict=True)), "pdf"), missing

    def _drawable(self, pages: list[str]) -> tuple[list[str], list[str]]:
        """Return pages with `?` in place of characters that no font has, and these."""
        # The letters of Latin script are all in the font that typst brings along.
        found = dict.fromkeys(sign for page in pages for sign in page if sign >= "\u0250")
        self._look_up([sign for sign in found if sign not in self._is_missing])
        missing = [sign for sign in found if self._is_missing[sign]]
        if missing:
            # An accent of its own is left out, as it stands on a letter.
            table = str.maketrans({sign: "" if combining(sign) else "?" for sign in missing})
            pages = [page.translate(table) for page in pages]
        return pages, missing

    def _look_up(self, signs: list[str]) -> None:
        """Find out which characters no font has: they look like one that none can have,
        at the end of a private area."""
        for start in range(0, len(signs), _LOOKED_UP):
            some = signs[start : start + _LOOKED_UP]
            inputs = {
                f"p{number}": _PROBE.format(sign)
                for number, sign in enumerate(["\U0010fffd", *some])
            }
            source = "".join(
                f"#page(width: 24pt, height: 24pt, margin: 0pt)[{_image(name, '24pt')}]\n"
                for name in inputs
            )
            box, *drawn = self._compile(source, inputs, "png", ppi=72.0)
            self._is_missing |= {sign: page == box for sign, page in zip(some, drawn, strict=True)}

    def _compile(
        self,
        source: str,
        inputs: dict[str, str],
        file_format: Literal["png", "pdf"],
        ppi: float | None = None,
    ) -> Any:
        """Return the file, or the files of several pages as PNGs."""
        inputs = {name: text.replace(TEXT_FAMILY, _TEXT_FONT) for name, text in inputs.items()}
        return self._typst.compile(
            source.encode(), format=file_format, ppi=ppi, sys_inputs=inputs, font_paths=self._fonts
        )


def _image(name: str, width: str) -> str:
    return (
        f'#image(bytes(sys.inputs.{name}), format: "svg", width: {width}, '
        'alt: sys.inputs.at("title", default: ""))\n'
    )


if __name__ == "__main__":
    main()
