"""Bar lines: repeats, endings and styles, as MusicXML's `<barline>` shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape

from abcrun.notation.performance import repeats
from abcrun.notation.written import Bar, BarLine, Ending, Item, PartLabel
from abcrun.score.text import xml_text

_LONGEST_OPEN_ENDING = 4
"""Bars that the bracket of a last ending may span where nothing closes it. A longer one
is drawn over its first bar only."""


@dataclass(slots=True)
class BarEdges:
    """What stands at both ends of a bar."""

    forward: bool = False
    """A repeat begins with the bar."""
    backward: int = 0
    """How often the section before is played, where the bar ends its repeat; else 0."""
    style: str = ""
    """MusicXML's style of the bar line behind it; empty for a plain one."""
    begins: str = ""
    """The passes of the ending that begins with the bar: "1,3"."""
    begins_text: str = ""
    """What stands under its bracket instead of their numbers."""
    ends: str = ""
    """The passes of the ending that ends with it."""
    end_type: str = "stop"
    """`stop` closes the bracket of that ending, `discontinue` leaves it open."""
    labels: list[str] = field(default_factory=list)
    """The part labels before the bar."""

    @property
    def stands_before(self) -> bool:
        """Whether more than nothing stands before the bar."""
        return bool(self.forward or self.begins or self.labels)

    @property
    def stands_behind(self) -> bool:
        """Whether more than a plain bar line stands behind the bar."""
        return bool(self.backward or self.style or self.ends)


def bar_edges(items: tuple[Item, ...]) -> list[BarEdges]:
    """Return what stands at the ends of each bar of a voice.

    Repeats that ABC leaves to the reader are written out.
    """
    edges: list[BarEdges] = []
    bar_at: dict[int, int] = {}  # index among the items → index among the bars
    pending = BarEdges()
    has_line = True
    for index, item in enumerate(items):
        if isinstance(item, Bar):
            if edges and not has_line:  # an ending or a part label alone parts the two
                edges[-1].style = "none"
            bar_at[index] = len(edges)
            edges.append(pending)
            pending, has_line = BarEdges(), False
        elif isinstance(item, PartLabel):
            if label := xml_text(item.label):
                pending.labels.append(label)
        elif isinstance(item, BarLine):
            has_line = True
            if edges:
                last = edges[-1]
                if item.ends:
                    last.backward = max(last.backward, item.ends + 1)
                last.style = _style(item) or last.style
            if item.starts:
                pending.forward = True
    _write_out_repeats(items, edges, bar_at)
    return edges


def _write_out_repeats(
    items: tuple[Item, ...], edges: list[BarEdges], bar_at: Mapping[int, int]
) -> None:
    for repeat in repeats(items, 0, len(items)):
        inside = [bar_at[index] for index in range(repeat.start, repeat.end) if index in bar_at]
        if not inside or repeat.passes < 2:
            continue
        # Programs go back to the start of the piece by themselves: it needs no sign.
        if inside[0] > 0:
            edges[inside[0]].forward = True
        endings = [
            index for index in range(repeat.start, repeat.end) if isinstance(items[index], Ending)
        ]
        if not endings and not any(edges[number].backward for number in inside):
            edges[inside[-1]].backward = repeat.passes
        for begin, end in pairwise([*endings, repeat.end]):
            _draw_ending(items, edges, bar_at, begin, end, repeat.passes)


def _draw_ending(
    items: Sequence[Item],
    edges: list[BarEdges],
    bar_at: Mapping[int, int],
    begin: int,
    end: int,
    passes: int,
) -> None:
    """Draw the bracket over the bars of an ending, and the repeat at its end.

    The bracket reaches up to the bar line that closes the ending. `begin` is the index
    of the ending among the items, `end` that of the next ending, or the end of the
    repeat.
    """
    ending = items[begin]
    if not isinstance(ending, Ending):
        return
    goes_back = min(ending.passes) < passes
    bars: list[int] = []
    is_closed = False
    for index in range(begin + 1, end):
        if index in bar_at:
            bars.append(bar_at[index])
        elif isinstance(line := items[index], BarLine) and not line.is_plain and bars:
            # Without a sign to go back by, what is played goes on to the end.
            is_closed = bool(line.ends) or not goes_back
        if is_closed:
            break
    if not bars:
        return
    is_bounded = is_closed or goes_back
    last = bars[-1] if is_bounded or len(bars) <= _LONGEST_OPEN_ENDING else bars[0]
    edges[bars[0]].begins = edges[last].ends = ",".join(map(str, ending.passes))
    edges[bars[0]].begins_text = xml_text(ending.text)
    edges[last].end_type = "stop" if is_bounded else "discontinue"
    edges[last].backward = max(2, passes) if goes_back else 0


def _style(line: BarLine) -> str:
    if line.ends or line.starts or line.text.startswith("[|") or not line.text:
        return {"[|]": "none", "[|": "heavy-light"}.get(line.text, "")
    if line.is_double:
        return "light-heavy" if line.text.endswith("]") else "light-light"
    return "dotted" if line.text.startswith(".") else ""


def left_barline_xml(edges: BarEdges) -> str:
    """Return the `<barline>` before a bar; empty where nothing is to be said."""
    if not edges.forward and not edges.begins:
        return ""
    # The schema's order of children: bar-style, ending, repeat.
    style = "<bar-style>heavy-light</bar-style>" if edges.forward else ""
    ending = ""
    if edges.begins:
        text = f">{escape(edges.begins_text)}</ending>" if edges.begins_text else "/>"
        ending = f'<ending number="{edges.begins}" type="start"{text}'
    repeat = '<repeat direction="forward"/>' if edges.forward else ""
    return f'<barline location="left">{style}{ending}{repeat}</barline>'


def right_barline_xml(edges: BarEdges, fermata: str = "") -> str:
    """Return the `<barline>` behind a bar, with a `<fermata>` at it; empty for a plain
    one."""
    style = "light-heavy" if edges.backward else edges.style
    if not style and not edges.ends and not fermata:
        return ""
    ending = f'<ending number="{edges.ends}" type="{edges.end_type}"/>' if edges.ends else ""
    repeat = ""
    if edges.backward:
        # Twice is what a repeat means: `times` is written for more only.
        times = f' times="{edges.backward}"' if edges.backward > 2 else ""
        repeat = f'<repeat direction="backward"{times}/>'
    style = f"<bar-style>{style}</bar-style>" if style else ""
    return f'<barline location="right">{style}{fermata}{ending}{repeat}</barline>'
