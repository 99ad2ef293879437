"""What stands around a note in the text and is drawn with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from abcrun.notation import Tune
from abcrun.notation.header import Line, field_of
from abcrun.notation.meter import TUPLET_TIMES
from abcrun.notation.tokens import TUPLET, tokens, without_comment


@dataclass(slots=True)
class Marks:
    """What stands around a note in the text, and is drawn with it."""

    graces: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    slurs_begun: int = 0
    slurs_ended: int = 0
    tuplet: tuple[int, int, int] | None = None
    """Notes written, notes in whose time they sound, notes that it reaches over."""


NO_MARKS = Marks()


def marks_of(tune: Tune, body: Sequence[Line]) -> dict[tuple[int, int], Marks]:
    """Return what stands around each note of the text, by the line and column of the
    note."""
    places = {(note.line, note.column) for bar in tune.bars for note in bar.notes}
    meters = {(bar.line, bar.column): bar.meter for bar in tune.bars}
    is_compound = tune.meter.is_compound
    marks: dict[tuple[int, int], Marks] = {}
    before = Marks()
    last: Marks | None = None
    for line in body:
        if line.text.startswith("%") or field_of(line) is not None:
            continue
        in_chord = False
        for token in tokens(without_comment(line.text)):
            kind, text = token.lastgroup, token.group()
            place = (line.number, token.start() + 1)
            if place in meters:
                is_compound = meters[place].is_compound
            if place in places:
                marks[place] = last = before
                before = Marks()
            if kind == "chord":
                in_chord = True
            elif kind == "chordend" or kind == "bar":
                in_chord = False
            elif kind == "slur":
                if text == ")":
                    if last is not None:
                        last.slurs_ended += 1
                else:
                    before.slurs_begun += 1
            elif in_chord:
                continue
            elif kind == "grace":
                before.graces.append(text)
            elif kind in ("decoration", "symbol"):
                before.signs.append(f"!{text[1:-1]}!" if kind == "decoration" else text)
            elif kind == "quoted":
                before.texts.append(text[1:-1])
            elif kind == "tuplet" and before.tuplet is None:
                before.tuplet = _tuplet_of(
                    *token.group(TUPLET + 1, TUPLET + 2, TUPLET + 3), is_compound=is_compound
                )
    return marks


def _tuplet_of(
    notes: str, times: str | None, reach: str | None, *, is_compound: bool
) -> tuple[int, int, int] | None:
    """Return the numbers of a tuplet sign as the reader takes them; None for one that
    it passes over."""
    count, in_time_of, reaching = (int(number) if number else 0 for number in (notes, times, reach))
    if not count or not (in_time_of or 2 <= count <= 9):
        return None
    return (
        count,
        in_time_of or TUPLET_TIMES.get(count) or (3 if is_compound else 2),
        reaching or count,
    )
