"""What decoding strategies have in common, and the plain one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple, TypeVar

from abcrun.inference.request import Request, Row, Snapshot
from abcrun.originality import MelodyIndex

# A bar that does not fit is drawn again with the request's sampling, then cooler; then
# the row goes one bar further back.
_SAME = 6  # times with the request's sampling
_COOLER = 6  # times at a lower temperature
_COOLING = 0.7  # of the temperature


class CopyLimit(NamedTuple):
    """The known melodies, and how many notes in a row a tune may share with one of
    them."""

    known: MelodyIndex
    most: int

    def allow(self, melody: Sequence[int], since: int) -> bool:
        """Return whether a melody (MIDI note numbers of successive notes) may go on as
        it does from note `since` on."""
        # The melody up to `since` is allowed: a run that is too long ends behind it.
        first = max(since - self.most, 0)
        return not self.known.has_run(melody[first:], self.most + 1, since - first)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a strategy needs to know of its attempt at a tune.

    final: brings a text as the model writes it into the tune's key.
    again: makes the request of the next attempt.
    copy_limit: None lets everything pass.
    tell: hears of the text so far whenever a bar is kept.
    """

    final: Callable[[str], str]
    again: Callable[[], Request]
    copy_limit: CopyLimit | None = None
    tell: Callable[[str], None] | None = None


@dataclass(slots=True)
class RestartPoint:
    """Where a row can be drawn from again, and how often that was done in vain."""

    snapshot: Snapshot
    failures: int = field(default=0, init=False)


P = TypeVar("P", bound=RestartPoint)


class PlainStrategy:
    """Plain sampling: nothing is taken back, and the tune is brought into its key at
    the end."""

    def __init__(self, row: Row, attempt: Attempt) -> None:
        self.row, self.attempt = row, attempt
        self.wakes_on = "" if attempt.tell is None else "|"

    def on_fed(self) -> None:
        """Do nothing."""

    def on_drawn(self) -> None:
        """Tell of the bars so far."""
        if self.attempt.tell is not None:
            self.attempt.tell(self.row.text())

    def on_end(self) -> bool:
        """Take any end."""
        return True

    def so_far(self, start: int = 0) -> str:
        """Return the row's text."""
        return self.row.text(start)

    def final(self, text: str) -> tuple[str, str]:
        """Return the text in its key, and as it was written."""
        return self.attempt.final(text), text


class RedrawingStrategy(PlainStrategy):
    """A strategy that judges every bar, and rewinds the row where one does not fit.

    To draw such a bar again from the same state draws from the model's own distribution
    of bars that fit.
    """

    budget: ClassVar[int] = 64
    """Bars drawn again in one attempt, at most."""
    most_attempts: ClassVar[int] = 8
    """Then a tune is handed out as incomplete."""

    def __init__(self, row: Row, attempt: Attempt) -> None:
        super().__init__(row, attempt)
        self.wakes_on = "|:\n"
        self._redrawn = 0

    def _give_up(self) -> None:
        """Begin anew, or hand out what there is when the attempts are used up."""
        if self.row.attempts < self.most_attempts:
            self.row.restart(self.attempt.again())
        else:
            self.row.finish(complete=False)

    def _go_back(self, points: list[P]) -> P | None:
        """Draw again from the last of the points; from the one before it when that
        failed often.

        Return the point, or None when the attempt is given up.
        """
        if self._redrawn >= self.budget:
            self._give_up()
            return None
        point = points[-1]
        point.failures += 1
        if point.failures >= _SAME + _COOLER and len(points) > 1:
            points.pop()
            point = points[-1]
            point.failures += 1
        self._redrawn += 1
        self.row.rewind(point.snapshot)
        self._set_temperature(point.failures)
        return point

    def _is_original(self, melody: Sequence[int], since: int) -> bool:
        """Return whether a melody goes on from note `since` on as no known tune does
        for too long."""
        return self.attempt.copy_limit is None or self.attempt.copy_limit.allow(melody, since)

    def _set_temperature(self, failures: int) -> None:
        """Set the temperature for a bar that failed this many times."""
        sampling = self.row.request.sampling
        if failures >= _SAME:
            sampling = replace(sampling, temperature=sampling.temperature * _COOLING)
        self.row.resample(sampling)


def alters(given: str, text: str) -> bool:
    """Return whether a text begins with what was given, but for the octave of its last
    note."""
    # A drawn octave mark would belong to the last note that the musician gave.
    return bool(given) and text[len(given) :].startswith(("'", ","))
