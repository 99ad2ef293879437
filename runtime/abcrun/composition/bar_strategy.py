"""Bars are drawn until they have their meter's length."""

from dataclasses import dataclass, replace
from fractions import Fraction

from abcrun.composition.opening import Opening
from abcrun.composition.strategies import Attempt, RedrawingStrategy, RestartPoint, alters
from abcrun.inference.request import Row
from abcrun.notation.bars import BETWEEN, bar_reader


@dataclass(slots=True)
class _BarStart(RestartPoint):
    """Behind a bar: the notes so far, the pickups of the tune and of the section (0
    without one), and what the bar line has to be: `opens`, none, as the tune begins
    here; `must_close`, the end of a section, as the bar was a short one.

    `mark` is where the bar line begins; `snapshot` is moved behind each of its signs
    when that is drawn.
    """

    mark: int
    melody: tuple[int, ...] = ()
    pickups: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    opens: bool = True
    must_close: bool = False


class BarStrategy(RedrawingStrategy):
    """Bars are drawn until they have their meter's length; where sections begin and end
    they may be shorter."""

    def __init__(self, row: Row, attempt: Attempt, given: str) -> None:
        """`given` is the beginning of the first bar that is drawn, by a musician."""
        super().__init__(row, attempt)
        self._given = given
        self._starts: list[_BarStart] = []
        self._head = ""
        self._mark = 0  # where the last bar ended

    def on_fed(self) -> None:
        """The prompt is in: it may hold the whole header."""
        if not self._head:
            self._look_for_header()

    def on_drawn(self) -> None:
        """A sign of a bar line, or a line end: judge what stands before it."""
        if not self._head:
            self._look_for_header()
            return
        since = self.row.text(self._mark)
        between, text = _parted(since[:-1])
        start = self._starts[-1]
        if not text:  # one more sign of the bar line, which stays
            start.snapshot = self.row.snapshot()
            return
        if start.must_close and not _closes(between):
            self._take_back(further=True)
            return
        is_bar = since[-1] != "\n" and not (len(self._starts) == 1 and alters(self._given, text))
        after = self._behind(start, between, text) if is_bar else None
        if after is None or not self._is_original(after.melody, len(start.melody)):
            self._take_back()
            return
        self._set_temperature(0)
        self._mark += len(since) - 1
        self._starts.append(replace(after, snapshot=self.row.snapshot(), mark=self._mark))
        if self.attempt.tell is not None:
            self.attempt.tell(self.row.text())

    def _behind(self, start: _BarStart, between: str, text: str) -> _BarStart | None:
        """What is to follow a bar; None for one that cannot be read, or has not its
        length."""
        reader = bar_reader(self._head)
        bar, full = reader.read(text), reader.full
        if bar is None or full is None or bar.length > full:
            return None
        of_tune, of_section = start.pickups
        must_close = False
        if start.opens or _opens(between):
            of_section = bar.length if bar.length < full else Fraction(0)
            of_tune = of_section if start.opens else of_tune
        elif bar.length < full:
            if full - bar.length not in start.pickups:
                return None
            must_close = True
        melody = (*start.melody, *bar.melody)
        pickups = (of_tune, of_section)
        return replace(start, melody=melody, pickups=pickups, opens=False, must_close=must_close)

    def _is_original(self, melody: tuple[int, ...], since: int) -> bool:
        return self.attempt.copy_limit is None or self.attempt.copy_limit.allow(melody, since)

    def on_end(self) -> bool:
        """Whether the tune ends behind a bar line."""
        if not self._head:
            return True
        between, content = _parted(self.row.text(self._mark).rstrip("\n"))
        if content.strip() or len(self._starts) < 2 or not between:
            self._take_back()
            return False
        return True

    def _look_for_header(self) -> None:
        text = self.row.text()
        key = text.find("\nK:")
        end = text.find("\n", key + 1) + 1 if key >= 0 else 0
        if not end:
            return
        self._head = text[:end]
        if bar_reader(self._head).full is None:
            self._give_up()
            return
        opening = Opening.of(text[end:])
        start = _BarStart(self.row.snapshot(), end)
        for between, bar in zip(
            opening.between, opening.bars, strict=False
        ):  # a musician's bars stay, right or wrong
            start = self._behind(start, between, bar) or replace(start, opens=False)
        if opening.bars:
            start.mark = len(text) - len(opening.rest) - len(opening.between[-1])
        start.must_close = False
        self._mark = start.mark
        self._starts = [start]

    def _take_back(self, further: bool = False) -> None:
        start = self._go_back(self._starts, further)
        if start is not None:
            self._mark = start.mark


def _parted(text: str) -> tuple[str, str]:
    """Bar line signs at the start of a text, and what follows them."""
    found = BETWEEN.match(text)
    if found is None:
        return "", text
    return found.group(), text[found.end() :]


def _closes(between: str) -> bool:
    return any(sign in between for sign in (":", "||", "|]"))


def _opens(between: str) -> bool:
    """Whether a section opens here; a second ending goes on with one."""
    return _closes(between) and not any(sign.isdigit() for sign in between)
