"""What all parts of a score have in common: how many measures, where systems begin, and
rests of several bars."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from abcrun.notation.written import Bar, Directive
from abcrun.score.barlines import BarEdges
from abcrun.score.layout import NoteSegment
from abcrun.score.staves import StaffVoice

_LONGEST = 16
"""Notes of a bar in free meter behind which a system may end."""


@dataclass(slots=True)
class Measures:
    """Measures count from 0; `numbers` are the attributes that number them.

    `systems` and `pages` are those with which the author begins a line or a page;
    `rests` are the lengths of rests of several bars, by the first. Long ones in free
    meter are cut: `cuts` are the segments before which that is done, by measure, and
    whether a system begins there.
    """

    numbers: list[str]
    systems: set[int]
    pages: set[int] = field(default_factory=set)
    rests: dict[int, int] = field(default_factory=dict)
    cuts: dict[int, dict[int, bool]] = field(default_factory=dict)

    def print_xml(self, measure: int) -> str:
        """Return the `<print>` before a measure, empty for none."""
        if measure in self.pages:
            return '<print new-page="yes"/>'
        return '<print new-system="yes"/>' if measure in self.systems else ""


def measures_of(
    voices: Sequence[tuple[StaffVoice, list[BarEdges]]], directives: Sequence[Directive]
) -> Measures:
    """Return what the voices have in common, each with what stands at the ends of its
    bars; `directives` are those of the header."""
    count = max(len(voice.layout.bars) for voice, _ in voices)
    systems = _lines(voices, directives)
    systems.discard(count)
    # Several voices would have to be cut at the same time.
    cuts = _cuts(voices[0][0]) if len(voices) == 1 else {}
    bars = voices[0][0].layout.bars
    for index, found in cuts.items():
        # The line that ended was the one inside of the bar.
        after = bars[index + 1].line if index + 1 < len(bars) else 0
        if any(found.values()) and bars[index].notes[-1].line == after:
            systems.discard(index + 1)
    return Measures(_numbers(voices, count), systems, _pages(voices), _rests(voices), cuts)


def _numbers(voices: Sequence[tuple[StaffVoice, list[BarEdges]]], count: int) -> list[str]:
    """Return the numbers of the measures.

    They are the same in all parts, as verovio joins the parts by them. A pickup is not
    counted: "0" before the first bar, "X..." later on.
    """
    found: list[str] = []
    counted = 0
    for index in range(count):
        bar = next(
            voice.layout.bars[index] for voice, _ in voices if index < len(voice.layout.bars)
        )
        if bar.is_pickup:
            found.append(f'number="{f"X{index}" if index else "0"}" implicit="yes"')
        else:
            counted += 1
            found.append(f'number="{counted}"')
    return found


def _lines(
    voices: Sequence[tuple[StaffVoice, list[BarEdges]]], directives: Sequence[Directive]
) -> set[int]:
    """Return the measures with which lines begin: after so many bars as
    `%%barsperstaff` asks for, nowhere with `%%continueall`, or where a line of the
    first voice ends."""
    for directive in reversed(directives):
        if directive.name == "continueall" and directive.value[:1] not in ("0", "f", "n"):
            return set()
        if (bars := bars_asked(directive)) is not None:
            numbered = _numbers(voices, len(voices[0][0].layout.bars))
            start = sum("implicit" in number for number in numbered[:1])
            return set(range(start + bars, len(numbered), bars)) if bars else set()
    for voice, _ in voices:
        if systems := _systems(voice):
            return systems
    return set()


def bars_asked(directive: Directive) -> int | None:
    """Return the bars of a system that `%%barsperstaff` asks for; None for another
    directive."""
    if directive.name == "barsperstaff" and directive.value.isdecimal():
        return int(directive.value[:4])
    return None


def _systems(voice: StaffVoice) -> set[int]:
    ends = voice.voice.line_ends
    found: set[int] = set()
    bars = 0
    for index, item in enumerate(voice.voice.items):
        if isinstance(item, Bar):
            bars += 1
            if index in ends:
                found.add(bars)
    return found


def _pages(voices: Sequence[tuple[StaffVoice, list[BarEdges]]]) -> set[int]:
    """Return the measures before which `%%newpage` stands."""
    return {
        index
        for voice, _ in voices
        for index, bar in enumerate(voice.layout.bars)
        if index
        and bar.notes[0].signs is not None
        and any(one.name == "newpage" for one in bar.notes[0].signs.directives)
    }


def _cuts(voice: StaffVoice) -> dict[int, dict[int, bool]]:
    """Return where the bars of a voice in free meter are cut: at the ends of lines, and
    where they become too long for a system."""
    found: dict[int, dict[int, bool]] = {}
    ends = _systems(voice)
    for index, bar in enumerate(voice.layout.bars):
        layers = voice.layout.layers[index]
        if bar.meter.length is None and len(layers) == 1:
            cuts = _cuts_in(layers[0], by_lines=index + 1 in ends)
            if cuts:
                found[index] = cuts
    return found


def _cuts_in(layer: Sequence[NoteSegment], *, by_lines: bool) -> dict[int, bool]:
    found: dict[int, bool] = {}
    last = 0
    for index in range(1, len(layer)):
        before, segment = layer[index - 1], layer[index]
        is_inside = (segment.tuplet and segment.tuplet == before.tuplet) or (
            segment.beams and segment.beams[0] in ("continue", "end")
        )
        if is_inside or not segment.is_first:
            continue
        if by_lines and segment.note.line != before.note.line:
            found[index] = True
        elif index - last >= _LONGEST:
            found[index] = False
        else:
            continue
        last = index
    return found


def _rests(voices: Sequence[tuple[StaffVoice, list[BarEdges]]]) -> dict[int, int]:
    """Return the rests of several bars (`Z4`) that no other voice plays in.

    A part of several staves has each of its bars: verovio draws the sign on the first
    staff alone.
    """
    found: dict[int, int] = {}
    if any(voice.staff > 1 for voice, _ in voices):
        return found
    for voice, _ in voices:
        for index, bar in enumerate(voice.layout.bars):
            if (
                bar.rest_bars > 1
                and bar.notes[0].text.startswith("Z")
                and all(_rests_in(one, index, bar.rest_bars) for one in voices)
            ):
                found.setdefault(index, bar.rest_bars)
    return found


def _rests_in(voice: tuple[StaffVoice, list[BarEdges]], first: int, count: int) -> bool:
    """Return whether a voice rests in these bars, and nothing stands between them."""
    layout, edges = voice[0].layout, voice[1]
    if len(layout.bars) < first + count:
        return False
    for index in range(first, first + count):
        layers = layout.layers[index]
        if len(layers) > 1 or len(layers[0]) > 1 or not layers[0][0].fills_bar:
            return False
        bar = layout.bars[index]
        if index > first and (
            bar.notes[0].signs is not None or bar.tempos or edges[index].stands_before
        ):
            return False
        if index < first + count - 1 and edges[index].stands_behind:
            return False
    return True
