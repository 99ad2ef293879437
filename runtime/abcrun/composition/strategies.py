"""Watchers of rows that are composed: they take back what does not fit, feed what
returns, and end the tune."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from abcrun.inference.engine import Engine, Row, Snapshot
from abcrun.inference.request import Request
from abcrun.originality import MelodyIndex

_SAME = 6  # redraws of a bar with the sampling asked for
_COOLER = 6  # then so many at a lower temperature; then it goes one bar further back
_COOLING = 0.7  # of the temperature
_BUDGET = 64  # redrawn bars in one attempt
_ATTEMPTS = 8  # before a tune is handed out as incomplete


class Originals(NamedTuple):
    """The known melodies, and how many notes in a row a tune may share with one of
    them."""

    known: MelodyIndex
    most: int

    def allow(self, melody: Sequence[int], since: int) -> bool:
        """Whether a melody (MIDI note numbers of successive notes) may go on as it does
        from note `since` on."""
        first = max(
            since - self.most, 0
        )  # no run that is too long ends at `since` and starts before
        return not self.known.has_run(melody[first:], self.most + 1, since - first)


@dataclass(frozen=True, slots=True)
class Task:
    """What a watcher needs to know of its tune.

    final: brings a text as the model writes it into the tune's key. again: the request
    of the next attempt. originals: None lets everything pass. tell: hears of the text
    so far, in the key, whenever a bar is kept.
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
    """Plain sampling: nothing is taken back; the tune is brought into its key at the
    end."""

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
        """Draw again from the last of the places, or the one before it when that failed
        often, or `further` asks so.

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


def _alters(given: str, text: str) -> bool:
    """Whether a text begins with what was given, but for the octave of its last note."""
    return bool(given) and text[len(given) :].startswith(("'", ","))
