"""The strategy that gives bars their meter's length."""

from dataclasses import dataclass, replace
from fractions import Fraction

from abcrun.composition.opening import Opening
from abcrun.composition.strategies import Attempt, RedrawingStrategy, RestartPoint, alters
from abcrun.inference.request import Row
from abcrun.notation.bars import BETWEEN, bar_reader


@dataclass(slots=True)
class _BarPoint(RestartPoint):
    """Where a bar line begins, behind a bar or behind the header.

    mark: the number of its first character. `snapshot` moves on behind each of its
        signs when that is drawn.
    melody: the notes so far.
    pickups: the lengths of the tune's and the section's pickup, 0 without one.
    opens: whether the tune begins here; it needs no bar line.
    must_close: whether the bar was a short one; a section has to end here.
    """

    mark: int
    melody: tuple[int, ...] = ()
    pickups: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    opens: bool = True
    must_close: bool = False


class BarStrategy(RedrawingStrategy):
    """Draws bars again until they have their meter's length. Where sections begin and
    end they may be shorter."""

    def __init__(self, row: Row, attempt: Attempt, given: str) -> None:
        """Judge all bars behind the prompt.

        given: a musician's beginning of the first bar that is drawn.
        """
        super().__init__(row, attempt)
        self._given = given
        self._points: list[_BarPoint] = []
        self._head = ""
        self._mark = 0  # where the last bar ended

    def on_fed(self) -> None:
        """Look for the header, which may be all in the prompt."""
        if not self._head:
            self._look_for_header()

    def on_drawn(self) -> None:
        """Judge what stands before the sign of a bar line, or the line end, that was
        drawn."""
        if not self._head:
            self._look_for_header()
            return
        since = self.row.text(self._mark)
        between, text = _parted(since[:-1])
        point = self._points[-1]
        if not text:  # one more sign of the bar line, which stays
            point.snapshot = self.row.snapshot()
            return
        if point.must_close and not _closes(between):
            self._take_back(further=True)
            return
        is_bar = since[-1] != "\n" and not (len(self._points) == 1 and alters(self._given, text))
        after = self._behind(point, between, text) if is_bar else None
        if after is None or not self._is_original(after.melody, len(point.melody)):
            self._take_back()
            return
        self._set_temperature(0)
        self._mark += len(since) - 1
        self._points.append(replace(after, snapshot=self.row.snapshot(), mark=self._mark))
        if self.attempt.tell is not None:
            self.attempt.tell(self.row.text())

    def _behind(self, point: _BarPoint, between: str, text: str) -> _BarPoint | None:
        """Return the point behind a bar; None for a bar that cannot be read, or has the
        wrong length."""
        reader = bar_reader(self._head)
        bar, full = reader.read(text), reader.full
        if bar is None or full is None or bar.length > full:
            return None
        of_tune, of_section = point.pickups
        must_close = False
        if point.opens or _opens(between):
            of_section = bar.length if bar.length < full else Fraction(0)
            of_tune = of_section if point.opens else of_tune
        elif bar.length < full:
            # A short bar at the end of a section makes a whole one with a pickup.
            if full - bar.length not in point.pickups:
                return None
            must_close = True
        melody = (*point.melody, *bar.melody)
        pickups = (of_tune, of_section)
        return replace(point, melody=melody, pickups=pickups, opens=False, must_close=must_close)

    def on_end(self) -> bool:
        """Answer whether the tune ends behind a bar line; if not, take back."""
        if not self._head:
            return True
        between, content = _parted(self.row.text(self._mark).rstrip("\n"))
        if content.strip() or len(self._points) < 2 or not between:
            self._take_back()
            return False
        return True

    def _look_for_header(self) -> None:
        """Make the end of the header, or of a musician's bars behind it, the first
        point, once it is there."""
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
        point = _BarPoint(self.row.snapshot(), end)
        for between, bar in zip(opening.between, opening.bars, strict=False):
            # A musician's bars stay, right or wrong.
            point = self._behind(point, between, bar) or replace(point, opens=False)
        if opening.bars:
            point.mark = len(text) - len(opening.rest) - len(opening.between[-1])
        point.must_close = False
        self._mark = point.mark
        self._points = [point]

    def _take_back(self, further: bool = False) -> None:
        """Draw again from the last point; `further` gives that point up at once."""
        point = self._go_back(self._points, further)
        if point is not None:
            self._mark = point.mark


def _parted(text: str) -> tuple[str, str]:
    """Return the bar line signs that a text begins with, and what follows them."""
    found = BETWEEN.match(text)
    if found is None:
        return "", text
    return found.group(), text[found.end() :]


def _closes(between: str) -> bool:
    """Return whether a section ends at a bar line."""
    return any(sign in between for sign in (":", "||", "|]"))


def _opens(between: str) -> bool:
    """Return whether a section begins at a bar line."""
    # A second ending goes on with a section, though a repeat ends before it.
    return _closes(between) and not any(sign.isdigit() for sign in between)
