"""Bars that are longer or shorter than their meter asks for.

Bars are judged in the order of playing, because that is where they have to fit
together. Inside a section every bar must be full. Around what parts sections (repeats,
endings, double bar lines) a bar may stand in pieces: the short bar before and the short
bar behind count as one when they fill a bar together. A short bar that opens a section
is a pickup, and a short bar that closes one may be the rest of the pickup that its
section or the tune began with. A bar is right when it is right in one of its passes.

That is the strict notion, `wrong_bars`: training texts and composed tunes keep to it.
`check_bar_lengths` tells people what to mend, and grants more. A title or another meter
opens a section, too, and a bar may stand in pieces around the end of a line, a change
of key, and dotted or invisible bar lines. Where a line ends inside a bar that is too
long, it is the bar line that lacks.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from abcrun.notation.limits import MAX_BARS
from abcrun.notation.performance import PlayedBar
from abcrun.notation.problem import Problems
from abcrun.notation.written import Bar, BarLine, Item, WrittenNote


def wrong_bars(played: Sequence[PlayedBar]) -> list[Bar]:
    """Return the bars of a voice that are wrong in all their passes, judged strictly.

    `played` is in the order of playing.
    """
    return _wrong(played, _right(played))


def check_bar_lengths(
    played: Sequence[PlayedBar], items: Sequence[Item], problems: Problems
) -> None:
    """Add a problem for each bar of a voice that is wrong in all its passes, and for
    each line that lacks the bar line at its end.

    `played` is in the order of playing, `items` are those of the voice.
    """
    if not wrong_bars(played):  # nearly every voice
        return
    played = _with_sections(_with_bar_lines(played, problems))
    right = _right(played) | _subdivided(played, items)
    for bar in _wrong(played, right | _in_pieces(played, right)):
        meter = bar.meter
        has, asked = meter.measure(bar.length), meter.measure(meter.length or bar.length)
        problems.add(
            bar.line,
            bar.column,
            "bar-length",
            f"the bar lasts {has}, but its meter asks for {asked}",
            values=(has, asked),
        )


def _with_bar_lines(played: Sequence[PlayedBar], problems: Problems) -> list[PlayedBar]:
    """Return the bars, those in parts that lack a bar line at the end of a line. Add a
    problem for each such line."""
    parts: dict[int, list[PlayedBar]] = {}
    for one in played:
        if one.item not in parts:
            bars = _parts(_without_stand_in(one.bar))
            # Negative numbers are no items of the voice.
            parts[one.item] = [one._replace(bar=bars[0])] + [
                PlayedBar(-len(parts) * MAX_BARS - index, bar, opens_section=False)
                for index, bar in enumerate(bars[1:], 1)
            ]
            for bar in bars[:-1]:
                end = bar.notes[-1]
                problems.add(
                    end.line,
                    end.column + len(end.text),
                    "bar-line",
                    f"line {end.line} ends without a bar line",
                )
    return [
        part._replace(opens_section=one.opens_section) if not index else part
        for one in played
        for index, part in enumerate(parts[one.item])
    ]


def _without_stand_in(bar: Bar) -> Bar:
    """Return a bar without an invisible rest at its end that carries a fermata and
    makes it no full bar: before there was another way, that wrote one over the bar
    line."""
    *notes, last = bar.notes
    is_rest = last.text.startswith("x") and last.signs is not None and last.signs.decorations
    full = bar.meter.length
    if not (is_rest and notes) or full is None or bar.length == full or bar.overlays:
        return bar
    return bar._replace(notes=tuple(notes), length=last.offset)


def _parts(bar: Bar) -> list[Bar]:
    """Return a bar that is too long in parts, parted at the ends of lines where a part
    is full."""
    full = bar.meter.length
    # Layers are no lines: the second begins where the first began.
    is_one = bar.notes[0].line == bar.notes[-1].line
    if is_one or bar.overlays or full is None or bar.length <= full:
        return [bar]
    lines: list[list[WrittenNote]] = [[]]
    for note in bar.notes:
        if lines[-1] and note.line != lines[-1][-1].line:
            lines.append([])
        lines[-1].append(note)
    parts = [lines[0]]
    for before, line in pairwise(lines):
        # Two halves of a bar that is too long lack no bar line.
        if full in (_length(before), _length(line)):
            parts.append(line)
        else:
            parts[-1].extend(line)
    if len(parts) == 1:
        return [bar]
    first, *others = parts
    return [
        bar._replace(notes=tuple(first), length=_length(first)),
        *(
            bar._replace(
                line=part[0].line,
                column=part[0].column,
                notes=tuple(part),
                length=_length(part),
                titles=(),
            )
            for part in others
        ),
    ]


def _wrong(played: Sequence[PlayedBar], right: set[int]) -> list[Bar]:
    """Return each bar that has a meter and is not among the `right` items."""
    return [
        one.bar
        for one in {one.item: one for one in played}.values()
        if one.item not in right and one.bar.meter.length is not None
    ]


def _right(played: Sequence[PlayedBar]) -> set[int]:
    """Return the items that are right in one of their passes."""
    right: set[int] = set()
    # Short bars around the parting of two sections, not yet a full bar together.
    pieces: list[PlayedBar] = []
    pickup_of_tune = pickup_of_section = Fraction(0)
    # Comparing fractions takes long, and equal lengths are mostly one object.
    asked = whole = None
    for position, current in enumerate(played):
        bar, full = current.bar, current.bar.meter.length
        if full is not asked:
            asked, whole = full, None
        if full is None or bar.length is whole or bar.length == full:
            whole = bar.length
            right.add(current.item)
            if current.opens_section:
                pickup_of_section = Fraction(0)
            pieces = []
            continue
        closes_section = position + 1 == len(played) or played[position + 1].opens_section
        # Short in the middle of a section, or too long anywhere: wrong for certain.
        if bar.length > full or not (current.opens_section or closes_section):
            pieces = []
            continue
        if current.opens_section:
            right.add(current.item)  # a pickup, or the second piece of a bar
            pickup_of_section = bar.length
            if position == 0:
                pickup_of_tune = bar.length
            together = sum((piece.bar.length for piece in pieces), bar.length)
            if pieces and together <= full:
                pieces.append(current)
                if together == full:
                    right.update(piece.item for piece in pieces)
                    pieces = []
                continue
            pieces = [current] if closes_section else []
        else:
            pieces = [current]
            # Books of old count the last bar of a section short by the pickup, that of
            # the section or that of the tune.
            if full - bar.length in (pickup_of_section, pickup_of_tune):
                right.add(current.item)
    return right


def _with_sections(played: Sequence[PlayedBar]) -> list[PlayedBar]:
    """Return the bars with the sections that a title or another meter opens, too."""
    found = list(played[:1])
    for before, one in pairwise(played):
        opens = one.opens_section or bool(one.bar.titles) or one.bar.meter != before.bar.meter
        found.append(one._replace(opens_section=opens))
    return found


def _subdivided(played: Sequence[PlayedBar], items: Sequence[Item]) -> set[int]:
    """Return the parts of full bars that dotted or invisible bar lines subdivide."""
    found: set[int] = set()
    parts: list[int] = []
    together = Fraction(0)
    for one in played:
        full = one.bar.meter.length
        between = items[parts[-1] + 1 : one.item] if parts and one.item > parts[-1] else ()
        is_part = bool(between) and all(
            isinstance(item, BarLine) and item.text in (".|", "[|]") for item in between
        )
        if not is_part or together == full:
            parts, together = [], Fraction(0)
        parts.append(one.item)
        together += one.bar.length
        if together == full:
            found.update(parts)
    return found


def _in_pieces(played: Sequence[PlayedBar], right: set[int]) -> set[int]:
    """Return the short bars that fill one bar together with their neighbours.

    The end of a line or a change of key parts each from the next, and the bars around
    them are among the `right` items: where all bars are short, the meter is wrong.
    """
    found: set[int] = set()
    position = 0
    while position < len(played):
        start, full = position, played[position].bar.meter.length
        position += 1
        if played[start].item in right or full is None:
            continue
        together = played[start].bar.length
        while position < len(played) and together < full and _are_parted(played, position):
            together += played[position].bar.length
            position += 1
        around = (*played[max(start - 1, 0) : start], *played[position : position + 1])
        if together == full and all(one.item in right for one in around):
            found.update(one.item for one in played[start:position])
    return found


def _are_parted(played: Sequence[PlayedBar], position: int) -> bool:
    """Return whether more than a bar line in the middle of a line parts a bar from the
    one before it."""
    bar, before = played[position].bar, played[position - 1].bar
    return bar.key != before.key or bar.line > before.notes[-1].line


def _length(notes: Sequence[WrittenNote]) -> Fraction:
    return notes[-1].offset + notes[-1].duration - notes[0].offset
