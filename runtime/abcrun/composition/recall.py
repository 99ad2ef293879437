"""The text that a network with recall reads and writes: a tune with its sketch, and
before each bar the signs of what it is going to be.

What is recalled - a bar that returns, the groups of notes that a variation keeps - is
fed to the network and never drawn: an LSTM is bad at copying, and need not copy here.
So every choice that is left to it stands where what it depends on was just read.

    X:1 …                     header
    |:…:|                     the sketch: repeats and signs, one line
    |:…ABc d2e|…              the bars, each behind its signs; no further line ends

A variation goes group by group (notes between spaces): `KEPT` and the old group, or
`CHANGED`, the old group between `OPEN` and `CLOSE`, and the new one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from abcrun.composition.signs import CHANGED, CLOSE, KEPT, OPEN
from abcrun.composition.sketch import Sketch, moved
from abcrun.notation.bars import BarReader, split
from abcrun.notation.normal_form import BARS_IN_A_LINE


class Piece(NamedTuple):
    """Text that is drawn by the network, or fed to it.

    bar: the number of the bar that it is of, or that it sketches; None for the header
        and the ends.
    """

    text: str
    is_drawn: bool
    bar: int | None = None


def coded(text: str) -> list[Piece]:
    """Return a tune in normal form as a network with recall has it.

    `ValueError` for a text that is no tune in normal form with a meter.
    """
    header, body = parted(text)
    between, bars = split(body)
    if not bars or len("".join([*between, *bars])) < len(body):
        raise ValueError("the tune has no bars, or music behind its last bar line")
    sketch = Sketch.of(between, bars, BarReader(header))
    parts = (Piece(sketch.part(number), True, number) for number in range(len(bars)))
    return [
        Piece(header, True),
        *parts,
        Piece(f"{sketch.between[-1]}\n", True),
        *_bars(sketch, bars),
    ]


def _bars(sketch: Sketch, bars: Sequence[str]) -> Iterator[Piece]:
    was_drawn = False
    for number, bar in enumerate(bars):
        yield from _between(sketch.between[number], was_drawn)
        yield Piece(sketch.before(number, bars), False)
        pieces = list(_bar(sketch, number, recalled(sketch, number, bars), bar))
        yield from (piece._replace(bar=number) for piece in pieces)
        was_drawn = pieces[-1].is_drawn
    yield from _between(sketch.between[-1], was_drawn)
    yield Piece("\n", False)


def _between(signs: str, was_drawn: bool) -> Iterator[Piece]:
    """Yield bar lines. Only where a bar ends is left to draw, if that is."""
    drawn = 1 if was_drawn else 0
    yield Piece(signs[:drawn], True)
    yield Piece(signs[drawn:], False)


def given(sketch: Sketch, number: int, old: str | None, bar: str) -> str:
    """Return a bar that is known, behind its signs; `old` is what `recalled` gives."""
    return text_of(_bar(sketch, number, old, bar))


def _bar(sketch: Sketch, number: int, old: str | None, bar: str) -> Iterator[Piece]:
    if sketch.slots[number].coming == "same":
        yield Piece(bar, False)
    elif old is None:
        yield Piece(bar, True)
    else:
        yield from _variation(old, bar)


def _variation(old: str, bar: str) -> Iterator[Piece]:
    before, groups = old.split(" "), bar.split(" ")
    for number, (theirs, group) in enumerate(zip(before, groups, strict=True)):
        space = " " if number + 1 < len(groups) else ""
        if group == theirs:
            yield Piece(KEPT, True)
            yield Piece(group + space, False)
        else:
            yield Piece(CHANGED, True)
            yield Piece(f"{OPEN}{theirs}{CLOSE}", False)
            yield Piece(group + space, True)


def recalled(sketch: Sketch, number: int, bars: Sequence[str]) -> str | None:
    """Return the bar that bar `number` comes from, moved if it is to be and can be;
    None where it comes new."""
    slot = sketch.slots[number]
    if slot.source is None:
        return None
    old = bars[slot.source]
    # A bar that begins with a rest, or has ornaments, is varied where it is.
    return (moved(old, slot.by or 0) or old) if slot.coming == "moved" else old


def parted(text: str) -> tuple[str, str]:
    """Return the header of a tune, up to its K: line's end, and its body."""
    at = text.find("\n", text.find("\nK:") + 1) + 1
    return text[:at], text[at:]


def laid_out(sketch: Sketch, bars: Sequence[str]) -> str:
    """Return the body of a tune in normal form: four bars to a line, sections on lines
    of their own. There may be fewer bars than slots."""
    pieces: list[str] = []
    full = common = 0  # bars of the section so far; those before its endings
    for number, bar in enumerate(bars):
        signs = sketch.between[number]
        if signs == ":|2 ":
            full = common
        elif signs == "|1 ":
            common = full
        if number:
            left = _full_bars_left(sketch, number)
            signs, full = _with_line_end(signs, full, left)
        pieces += [signs, bar]
        full += sketch.slots[number].length == sketch.full
    if len(bars) == len(sketch.slots):
        pieces.append(sketch.between[-1])
    return "".join(pieces)


def _full_bars_left(sketch: Sketch, number: int) -> int:
    """Return how many full bars stand from bar `number` to the next sign that is more
    than a plain bar line."""
    count = 0
    for place in range(number, len(sketch.slots)):
        if place > number and sketch.between[place] != "|":
            break
        count += sketch.slots[place].length == sketch.full
    return count


def _with_line_end(signs: str, full: int, left: int) -> tuple[str, int]:
    """Return what stands between two bars with its line end, if it has one, and how
    many full bars of the section are before the next one."""
    is_whole = full > 0 and full % BARS_IN_A_LINE == 0
    if signs == "|":
        # A line ends only between full bars.
        return ("|\n" if is_whole and left else "|"), full
    if signs == "|1 ":
        return ("|\n|1 " if is_whole else signs), full
    if signs == ":|2 ":
        return (":|\n|2 " if is_whole else signs), full
    for close in (":|", "||", "|"):
        if signs in (close, f"{close}|:"):
            return f"{close}\n{signs[len(close) :]}", 0
    return signs, full


def text_of(pieces: Iterable[Piece]) -> str:
    """Return the text of pieces."""
    return "".join(piece.text for piece in pieces)
