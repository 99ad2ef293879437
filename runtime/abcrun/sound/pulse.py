"""The pulse: where the beats of a tune fall, and how much they are stressed."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from abcrun.notation import Tune
from abcrun.sound.played import BEAT, DOWNBEAT, OFF_BEAT


class Stress(NamedTuple):
    """Velocities of the first beat of a bar, of other beats, and of the rest."""

    downbeat: int
    beat: int
    off_beat: int


USUAL_STRESS = Stress(DOWNBEAT, BEAT, OFF_BEAT)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Where the beats fall. Times are in parts of a whole note, `unit` of them: each
    note of a tune is looked at, and fractions would be slow."""

    unit: int
    bar: int
    beat: int
    pickup: int

    @classmethod
    def of_tune(cls, tune: Tune) -> "Pulse | None":
        """Read the pulse from the meter and the pickup; return None where these two
        alone cannot tell it."""
        bars, meter = tune.bars, tune.meter
        if (
            meter.length is None
            or not bars
            or any(bar.meter != meter for bar in bars)
            or tune.duration % meter.length
        ):
            return None
        beat = Fraction(3 if meter.is_compound else 1, meter.denominator)
        pickup = bars[0].length if bars[0].is_pickup else Fraction(0)
        times = (meter.length, beat, pickup)
        unit = lcm(*(time.denominator for time in times))
        return cls(unit, *(int(time * unit) for time in times))

    def velocity(self, onset: Fraction, stress: Stress = USUAL_STRESS) -> int:
        """Return how hard a note at `onset` (whole notes) is struck."""
        numerator, denominator = onset.as_integer_ratio()
        behind_pickup = numerator * self.unit - self.pickup * denominator
        behind_bar_line = behind_pickup % (self.bar * denominator)
        if not behind_bar_line:
            return stress.downbeat
        return stress.off_beat if behind_bar_line % (self.beat * denominator) else stress.beat
