"""The strategy that follows a form plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from abcrun.composition.opening import Opening
from abcrun.composition.plans import Form, Slot
from abcrun.composition.strategies import Attempt, RedrawingStrategy, RestartPoint, alters
from abcrun.inference.request import Row
from abcrun.notation.bars import ReadBar, bar_reader

PlanSearch = Callable[[Form, int, Fraction, str], Form | None]
"""Finds another plan than a form plan, or None.

The arguments are that plan, the number of a bar, its length in whole notes, and the
first sign behind it. The other plan agrees with them, and with all bars before.
"""


@dataclass(slots=True)
class _PlanPoint(RestartPoint):
    """Where the drawn part of bar `number` begins.

    given: the beginning of the bar, which was not drawn.
    form: the plan by then.
    notes: of the melody, that stand before the bar.
    checked: of these, that stand before the bars that returned there.
    """

    number: int
    given: str
    form: Form
    notes: int
    checked: int


class PlanStrategy(RedrawingStrategy):
    """Draws bars again until they fit their slots of a form plan, and appends bars that
    return."""

    def __init__(
        self,
        row: Row,
        attempt: Attempt,
        head: str,
        form: Form,
        opening: Opening,
        others: PlanSearch | None = None,
        kept: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Follow the plan `form` behind an opening.

        head: the header.
        others: finds another plan where the model leaves this one; None never does.
        kept: bars that stay as they are, by number.
        """
        super().__init__(row, attempt)
        self._head, self._form, self._others, self._kept = head, form, others, kept
        self._reader = bar_reader(head)
        self._bars = list(opening.bars)
        self._melodies = [
            () if read is None else read.melody for read in map(self._reader.read, opening.bars)
        ]
        self._melody = [note for melody in self._melodies for note in melody]
        self._checked = len(self._melody)
        self._points: list[_PlanPoint] = []
        self._given = opening.rest
        self._is_ready = bool(opening.rest)

    def on_fed(self) -> None:
        """Append what returns, up to the next bar that is drawn; then draw."""
        if not self._is_ready:
            self._is_ready = True
            returning = self._returning()  # an opening that fits leaves a bar to draw
            if returning:
                self.row.append(returning)
                return
        self._begin()

    def _begin(self) -> None:
        """Make this a point to draw from."""
        snapshot = self.row.snapshot()
        self._points.append(
            _PlanPoint(
                snapshot, len(self._bars), self._given, self._form, len(self._melody), self._checked
            )
        )
        # What would be taken back at once is not drawn at all.
        self.row.suppress(self.wakes_on)

    def _keep(self, text: str, melody: tuple[int, ...]) -> None:
        """Add a bar."""
        self._bars.append(text)
        self._melodies.append(melody)
        self._melody += melody

    def _returning(self) -> str:
        """Add the bars that return here. Return their text and the given beginning of
        the next bar, which is drawn."""
        text = ""
        slots, between = self._form.slots, self._form.between
        while (number := len(self._bars)) < len(slots):
            same = slots[number].same
            if number in self._kept:
                read = self._reader.read(self._kept[number])
                self._keep(self._kept[number], () if read is None else read.melody)
            elif same is not None:
                self._keep(self._bars[same], self._melodies[same])
            else:
                break
            text += self._bars[-1] + between[len(self._bars)]
        self._given = (
            self._beginning(slots[len(self._bars)]) if len(self._bars) < len(slots) else ""
        )
        return text + self._given

    def _beginning(self, slot: Slot) -> str:
        """Return the groups of notes that a slot takes from another bar, as far as they
        leave something to draw."""
        groups = [] if slot.like is None else self._bars[slot.like].split(" ")[: slot.groups]
        while groups:
            given = self._reader.read(" ".join(groups))
            if given is not None and given.length < slot.length:
                return " ".join(groups) + " "
            groups.pop()
        return ""

    def on_drawn(self) -> None:
        """Keep the bar that was drawn, or take it back."""
        point = self._points[-1]
        drawn = self.row.text(point.snapshot.length)
        text = point.given + drawn[:-1]
        bar = None if alters(point.given, text) else self._reader.read(text)
        if bar is not None and not self._agrees(point.number, bar, drawn[-1].replace("\n", "|")):
            bar = None
        if bar is None or not self._fits(bar, self._form.slots[point.number]):
            self._take_back()
            return
        self._set_temperature(0)  # as the request asks: the next bar is another one
        self._keep(text, bar.melody)
        self._checked = len(self._melody)
        after = self._form.between[len(self._bars)]
        returning = self._returning()
        if len(self._bars) == len(self._form.slots):
            self._finish()
            return
        if self.attempt.tell is not None:
            self.attempt.tell(self._text())
        # The plan's whole bar line takes the place of the one sign that was drawn.
        self.row.append(after + returning, instead=True)

    def _finish(self) -> None:
        """End the tune, unless the bars that returned at its end continue a copy."""
        if self._is_original(self._melody, self._checked):
            self.row.finish()
        else:
            self._take_back()

    def _agrees(self, number: int, bar: ReadBar, sign: str) -> bool:
        """Return whether a bar has its slot's length, in this plan or in another one.

        Where it has not, or where the model begins the bar line with another `sign`
        than the plan, the strategy changes to a plan that agrees with all that is
        written, if there is one.
        """
        # The plan follows the model: a bar that is likely in another plan is kept, and
        # not drawn again until the model gives in.
        form = self._form
        if bar.length != form.slots[number].length or not form.between[number + 1].startswith(sign):
            other = None if self._others is None else self._others(form, number, bar.length, sign)
            if other is not None:
                self._form = other
        return bar.length == self._form.slots[number].length

    def _fits(self, bar: ReadBar, slot: Slot) -> bool:
        """Return whether a bar may stand in a slot of its length."""
        if slot.closes and (bar.last is None or bar.last % 12 != self._reader.tonic):
            return False
        # Bars that returned are checked here too, with the first bar behind them that
        # is drawn: they cannot be drawn again themselves.
        return self._is_original([*self._melody, *bar.melody], self._checked)

    def _take_back(self) -> None:
        """Take back the last drawn bar, and what returned behind it."""
        point = self._go_back(self._points)
        if point is not None:
            del (
                self._bars[point.number :],
                self._melodies[point.number :],
                self._melody[point.notes :],
            )
            self._form, self._checked = point.form, point.checked
            self.row.suppress(self.wakes_on)

    def on_end(self) -> bool:
        """Refuse the end: the plan says where the tune ends."""
        self._take_back()
        return False

    def _text(self) -> str:
        """Return the header, and the plan with the bars so far."""
        between = self._form.between
        bars = [bar + after for bar, after in zip(self._bars, between[1:], strict=False)]
        return (self._head + between[0] + "".join(bars)).rstrip("\n")

    def final(self, text: str) -> tuple[str, str]:
        """Return the plan with its bars, or a given-up tune as far as it came."""
        return super().final(
            self._text() if len(self._bars) == len(self._form.slots) else text.rstrip("\n")
        )
