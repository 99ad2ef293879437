"""Watchers of rows that are composed: they take back what does not fit, feed what returns, and end the tune."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from abcrun.engine import Engine, Request, Row, Snapshot
from abcrun.forms import BETWEEN, Form, ReadBar, Slot, bar_reader
from abcrun.originality import MelodyIndex

from .opening import Opening

_SAME = 6  # redraws of a bar with the sampling asked for
_COOLER = 6  # then so many at a lower temperature; then it goes one bar further back
_COOLING = 0.7  # of the temperature
_BUDGET = 64  # redrawn bars in one attempt
_ATTEMPTS = 8  # before a tune is handed out as incomplete


Others = Callable[[Form, int, Fraction, str], Form | None]
"""From a form plan, the number of a bar, its length and the first sign behind it: another plan that agrees with them,
and with all before."""


class Originals(NamedTuple):
    """The known melodies, and how many notes in a row a tune may share with one of them."""

    known: MelodyIndex
    most: int

    def allow(self, melody: Sequence[int], since: int) -> bool:
        """Whether a melody (MIDI note numbers of successive notes) may go on as it does from note `since` on."""
        first = max(since - self.most, 0)  # no run that is too long ends at `since` and starts before
        return not self.known.has_run(melody[first:], self.most + 1, since - first)


@dataclass(frozen=True, slots=True)
class Task:
    """What a watcher needs to know of its tune.

    final: brings a text as the model writes it into the tune's key. again: the request of the next attempt. originals:
    None lets everything pass. tell: hears of the text so far, in the key, whenever a bar is kept.
    """

    final: Callable[[str], str]
    again: Callable[[], Request]
    originals: Originals | None = None
    tell: Callable[[str], None] | None = None


@dataclass(slots=True)
class _Place:
    """Where a row can be drawn from again, and how often that was done in vain."""

    snapshot: Snapshot
    failures: int = field(default=0, init=False)


S = TypeVar("S", bound=_Place)


class PlainWatcher:
    """Plain sampling: nothing is taken back; the tune is brought into its key at the end."""

    stops = ""

    def __init__(self, engine: Engine, row: Row, task: Task) -> None:
        self.engine, self.row, self.task = engine, row, task
        self._redrawn = 0
        if task.tell is not None:
            self.stops = self.stops or "|"

    def fed(self) -> None:
        """Nothing to do."""

    def stopped(self) -> None:
        """Tell of the bars so far."""
        if self.task.tell is not None:
            self.task.tell(self.engine.text(self.row))

    def ended(self) -> bool:
        """Any end is one."""
        return True

    def final(self, text: str) -> tuple[str, str]:
        """The text in its key, and as it was written."""
        return self.task.final(text), text

    def _give_up(self) -> None:
        """Begin anew, or hand out what there is when that has been done often enough."""
        if self.row.attempts < _ATTEMPTS:
            self.engine.restart(self.row, self.task.again())
        else:
            self.engine.finish(self.row, complete=False)

    def _go_back(self, starts: list[S], further: bool = False) -> S | None:
        """Draw again from the last of the places, or the one before it when that failed often, or `further` asks so.

        None when the tune is given up.
        """
        if self._redrawn >= _BUDGET:
            self._give_up()
            return None
        start = starts[-1]
        start.failures += 1
        if (further or start.failures >= _SAME + _COOLER) and len(starts) > 1:
            starts.pop()
            start = starts[-1]
            start.failures += 1
        self._redrawn += 1
        self.engine.rollback(start.snapshot)
        self._set_temperature(start.failures)
        return start

    def _set_temperature(self, failures: int) -> None:
        sampling = self.row.request.sampling
        if failures >= _SAME:
            sampling = replace(sampling, temperature=sampling.temperature * _COOLING)
        self.engine.resample(self.row, sampling)


@dataclass(slots=True)
class _Start(_Place):
    """Where the drawn part of a bar begins: its number, what of it was given, the plan by then.

    `notes` of the melody stand before it, `checked` of them before the bars that returned there.
    """

    number: int
    given: str
    form: Form
    notes: int
    checked: int


class FormWatcher(PlainWatcher):
    """Follows a form plan: bars are drawn until they fit their slot, and bars that return are fed, not drawn."""

    stops = "|:\n"

    def __init__(
        self,
        engine: Engine,
        row: Row,
        task: Task,
        head: str,
        form: Form,
        opening: Opening,
        others: Others | None = None,
        kept: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """`head` is the header, `others` finds another plan (see `_agrees`), `kept` are bars that stay, by number."""
        super().__init__(engine, row, task)
        self._head, self._form, self._others, self._kept = head, form, others, kept
        self._reader = bar_reader(head)
        self._bars = list(opening.bars)
        self._melodies = [() if read is None else read.melody for read in map(self._reader.read, opening.bars)]
        self._melody = [note for melody in self._melodies for note in melody]
        self._checked = len(self._melody)
        self._starts: list[_Start] = []
        self._given = opening.rest
        self._is_ready = bool(opening.rest)

    def fed(self) -> None:
        """Feed what returns, up to the next bar that is drawn."""
        if not self._is_ready:
            self._is_ready = True
            fed = self._returning()  # an opening that fits leaves a bar to draw
            if fed:
                self.engine.feed(self.row, fed)
                return
        self._begin()

    def _begin(self) -> None:
        """Draw from here on."""
        snapshot = self.engine.snapshot(self.row)
        self._starts.append(
            _Start(snapshot, len(self._bars), self._given, self._form, len(self._melody), self._checked)
        )
        self.engine.forbid(self.row, self.stops)  # what would be taken back at once is not drawn at all

    def _keep(self, text: str, melody: tuple[int, ...]) -> None:
        self._bars.append(text)
        self._melodies.append(melody)
        self._melody += melody

    def _returning(self) -> str:
        """The bars that return here, and the given beginning of the next one that is drawn."""
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
        self._given = self._beginning(slots[len(self._bars)]) if len(self._bars) < len(slots) else ""
        return text + self._given

    def _beginning(self, slot: Slot) -> str:
        """The groups that a slot takes from another bar, as far as they leave something to draw in it."""
        groups = [] if slot.like is None else self._bars[slot.like].split(" ")[: slot.groups]
        while groups:
            given = self._reader.read(" ".join(groups))
            if given is not None and given.length < slot.length:
                return " ".join(groups) + " "
            groups.pop()
        return ""

    def stopped(self) -> None:
        """A bar is drawn: keep it, or take it back."""
        start = self._starts[-1]
        drawn = self.engine.text(self.row, start.snapshot.length)
        text = start.given + drawn[:-1]
        bar = None if _alters(start.given, text) else self._reader.read(text)
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
        if self.task.tell is not None:
            self.task.tell(self._text())
        self.engine.feed(self.row, after + returning, instead=True)

    def _finish(self) -> None:
        """End the tune, unless the bars that returned at its end continue a copy."""
        if self._is_original(()):
            self.engine.finish(self.row)
        else:
            self._take_back()

    def _agrees(self, number: int, bar: ReadBar, sign: str) -> bool:
        """Whether the bar has its slot's length.

        If not, or if the model begins the bar line with another `sign` than the plan, another plan is looked for that
        agrees with all that is written: the plan follows the model.
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
        """Whether the notes since the bar that was drawn last, and `more`, go on as no known tune does for too long."""
        return self.task.originals is None or self.task.originals.allow([*self._melody, *more], self._checked)

    def _take_back(self) -> None:
        start = self._go_back(self._starts)
        if start is not None:
            del self._bars[start.number :], self._melodies[start.number :], self._melody[start.notes :]
            self._form, self._checked = start.form, start.checked
            self.engine.forbid(self.row, self.stops)

    def ended(self) -> bool:
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
        return super().final(self._text() if len(self._bars) == len(self._form.slots) else text.rstrip("\n"))


@dataclass(slots=True)
class _BarStart(_Place):
    """Behind a bar: the notes so far, the pickups of the tune and of the section (0 without one), and what the bar line
    has to be: `opens`, none, as the tune begins here; `must_close`, the end of a section, as the bar was a short one.

    `mark` is where the bar line begins; `snapshot` is moved behind each of its signs when that is drawn.
    """

    mark: int
    melody: tuple[int, ...] = ()
    pickups: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    opens: bool = True
    must_close: bool = False


class BarWatcher(PlainWatcher):
    """Bars are drawn until they have their meter's length; where sections begin and end they may be shorter."""

    stops = "|:\n"

    def __init__(self, engine: Engine, row: Row, task: Task, given: str) -> None:
        """`given` is the beginning of the first bar that is drawn, by a musician."""
        super().__init__(engine, row, task)
        self._given = given
        self._starts: list[_BarStart] = []
        self._head = ""
        self._mark = 0  # where the last bar ended

    def fed(self) -> None:
        """The prompt is in: it may hold the whole header."""
        if not self._head:
            self._look_for_header()

    def stopped(self) -> None:
        """A sign of a bar line, or a line end: judge what stands before it."""
        if not self._head:
            self._look_for_header()
            return
        since = self.engine.text(self.row, self._mark)
        between, text = _parted(since[:-1])
        start = self._starts[-1]
        if not text:  # one more sign of the bar line, which stays
            start.snapshot = self.engine.snapshot(self.row)
            return
        if start.must_close and not _closes(between):
            self._take_back(further=True)
            return
        is_bar = since[-1] != "\n" and not (len(self._starts) == 1 and _alters(self._given, text))
        after = self._behind(start, between, text) if is_bar else None
        if after is None or not self._is_original(after.melody, len(start.melody)):
            self._take_back()
            return
        self._set_temperature(0)
        self._mark += len(since) - 1
        self._starts.append(replace(after, snapshot=self.engine.snapshot(self.row), mark=self._mark))
        if self.task.tell is not None:
            self.task.tell(self.engine.text(self.row))

    def _behind(self, start: _BarStart, between: str, text: str) -> _BarStart | None:
        """What is to follow a bar; None for one that cannot be read, or has not its length."""
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
        return self.task.originals is None or self.task.originals.allow(melody, since)

    def ended(self) -> bool:
        """Whether the tune ends behind a bar line."""
        if not self._head:
            return True
        between, content = _parted(self.engine.text(self.row, self._mark).rstrip("\n"))
        if content.strip() or len(self._starts) < 2 or not between:
            self._take_back()
            return False
        return True

    def _look_for_header(self) -> None:
        text = self.engine.text(self.row)
        key = text.find("\nK:")
        end = text.find("\n", key + 1) + 1 if key >= 0 else 0
        if not end:
            return
        self._head = text[:end]
        if bar_reader(self._head).full is None:
            self._give_up()
            return
        opening = Opening.of(text[end:])
        start = _BarStart(self.engine.snapshot(self.row), end)
        for between, bar in zip(opening.between, opening.bars, strict=False):  # a musician's bars stay, right or wrong
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


def _alters(given: str, text: str) -> bool:
    """Whether a text begins with what was given, but for the octave of its last note."""
    return bool(given) and text[len(given) :].startswith(("'", ","))


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
