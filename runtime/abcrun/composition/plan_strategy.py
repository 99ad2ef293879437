"""Bars are drawn until they fit a form plan; bars that return are fed."""

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
"""From a form plan, the number of a bar, its length and the first sign behind it:
another plan that agrees with them, and with all before."""


@dataclass(slots=True)
class _Start(RestartPoint):
    """Where the drawn part of a bar begins: its number, what of it was given, the plan
    by then.

    `notes` of the melody stand before it, `checked` of them before the bars that
    returned there.
    """

    number: int
    given: str
    form: Form
    notes: int
    checked: int


class PlanStrategy(RedrawingStrategy):
    """Follows a form plan: bars are drawn until they fit their slot, and bars that
    return are fed, not drawn."""

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
        """`head` is the header, `others` finds another plan (see `_agrees`), `kept` are
        bars that stay, by number."""
        super().__init__(row, attempt)
        self._head, self._form, self._others, self._kept = head, form, others, kept
        self._reader = bar_reader(head)
        self._bars = list(opening.bars)
        self._melodies = [
            () if read is None else read.melody for read in map(self._reader.read, opening.bars)
        ]
        self._melody = [note for melody in self._melodies for note in melody]
        self._checked = len(self._melody)
        self._starts: list[_Start] = []
        self._given = opening.rest
        self._is_ready = bool(opening.rest)

    def on_fed(self) -> None:
        """Feed what returns, up to the next bar that is drawn."""
        if not self._is_ready:
            self._is_ready = True
            fed = self._returning()  # an opening that fits leaves a bar to draw
            if fed:
                self.row.append(fed)
                return
        self._begin()

    def _begin(self) -> None:
        """Draw from here on."""
        snapshot = self.row.snapshot()
        self._starts.append(
            _Start(
                snapshot, len(self._bars), self._given, self._form, len(self._melody), self._checked
            )
        )
        # What would be taken back at once is not drawn at all.
        self.row.suppress(self.wakes_on)

    def _keep(self, text: str, melody: tuple[int, ...]) -> None:
        self._bars.append(text)
        self._melodies.append(melody)
        self._melody += melody

    def _returning(self) -> str:
        """The bars that return here, and the given beginning of the next one that is
        drawn."""
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
        """The groups that a slot takes from another bar, as far as they leave something
        to draw in it."""
        groups = [] if slot.like is None else self._bars[slot.like].split(" ")[: slot.groups]
        while groups:
            given = self._reader.read(" ".join(groups))
            if given is not None and given.length < slot.length:
                return " ".join(groups) + " "
            groups.pop()
        return ""

    def on_drawn(self) -> None:
        """A bar is drawn: keep it, or take it back."""
        start = self._starts[-1]
        drawn = self.row.text(start.snapshot.length)
        text = start.given + drawn[:-1]
        bar = None if alters(start.given, text) else self._reader.read(text)
        if bar is not None and not self._agrees(start.number, bar, drawn[-1].replace("\n", "|")):
            bar = None
        if bar is None or not self._fits(bar, self._form.slots[start.number]):
            self._take_back()
            return
        self._set_temperature(0)
        self._keep(text, bar.melody)
        self._checked = len(self._melody)
        after = self._form.between[len(self._bars)]
        returning = self._returning()
        if len(self._bars) == len(self._form.slots):
            self._finish()
            return
        if self.attempt.tell is not None:
            self.attempt.tell(self._text())
        self.row.append(after + returning, instead=True)

    def _finish(self) -> None:
        """End the tune, unless the bars that returned at its end continue a copy."""
        if self._is_original(()):
            self.row.finish()
        else:
            self._take_back()

    def _agrees(self, number: int, bar: ReadBar, sign: str) -> bool:
        """Whether the bar has its slot's length.

        If not, or if the model begins the bar line with another `sign` than the plan,
        another plan is looked for that agrees with all that is written: the plan
        follows the model.
        """
        form = self._form
        if bar.length != form.slots[number].length or not form.between[number + 1].startswith(sign):
            other = None if self._others is None else self._others(form, number, bar.length, sign)
            if other is not None:
                self._form = other
        return bar.length == self._form.slots[number].length

    def _fits(self, bar: ReadBar, slot: Slot) -> bool:
        if slot.closes and (bar.last is None or bar.last % 12 != self._reader.tonic):
            return False
        return self._is_original(bar.melody)

    def _is_original(self, more: tuple[int, ...]) -> bool:
        """Whether the notes since the bar that was drawn last, and `more`, go on as no
        known tune does for too long."""
        return self.attempt.copy_limit is None or self.attempt.copy_limit.allow(
            [*self._melody, *more], self._checked
        )

    def _take_back(self) -> None:
        start = self._go_back(self._starts)
        if start is not None:
            del (
                self._bars[start.number :],
                self._melodies[start.number :],
                self._melody[start.notes :],
            )
            self._form, self._checked = start.form, start.checked
            self.row.suppress(self.wakes_on)

    def on_end(self) -> bool:
        """Never: the plan says where the tune ends."""
        self._take_back()
        return False

    def _text(self) -> str:
        """The plan with the bars so far."""
        between = self._form.between
        bars = [bar + after for bar, after in zip(self._bars, between[1:], strict=False)]
        return (self._head + between[0] + "".join(bars)).rstrip("\n")

    def final(self, text: str) -> tuple[str, str]:
        """The plan with its bars."""
        return super().final(
            self._text() if len(self._bars) == len(self._form.slots) else text.rstrip("\n")
        )
