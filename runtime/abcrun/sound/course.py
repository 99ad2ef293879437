"""The course of a tune: its bars in the order of playing, and the beats that a musician
counts, in seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation import Meter, Tune
from abcrun.notation.tempo import TempoMap
from abcrun.notation.written import Bar, BarLine, Item, PartLabel

_CROTCHET = Fraction(1, 4)
_LEAST_BEAT = Fraction(1, 8)
"""Of a meter that counts shorter notes, nobody claps each."""


@dataclass(frozen=True, slots=True)
class CourseBar:
    """A bar as it is played; `bar` is its index in `tune.bars`."""

    bar: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class CourseBeat:
    """A beat; `is_first`: a bar begins with it."""

    start: float
    is_first: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The bars of a section as they are written, from `first` up to `end`: a part of
    the tune, with its pickup and all its endings."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Course:
    """Bars and beats of the first voice, as repeats and endings bring them, and the
    sections that it is written in."""

    bars: tuple[CourseBar, ...]
    beats: tuple[CourseBeat, ...]
    sections: tuple[Section, ...]


def beat_of(meter: Meter) -> Fraction:
    """Return the beat that a meter counts, in whole notes: a dotted note in compound
    meters, a crotchet in free meter."""
    if meter.length is None:
        return _CROTCHET
    beat = Fraction(3 if meter.is_compound else 1, meter.denominator)
    return max(beat, _LEAST_BEAT)


def course_of(tune: Tune) -> Course:
    """Return the course of a tune."""
    if not tune.voices:
        return Course((), (), ())
    time = TempoMap(tune.tempos)
    items = tune.voices[0].items
    places = [index for index, item in enumerate(items) if isinstance(item, Bar)]
    number_at = {index: number for number, index in enumerate(places)}
    bars: list[CourseBar] = []
    beats: list[CourseBeat] = []
    now = Fraction(0)
    for item, bar, _ in tune.played[0]:
        end = now + bar.length
        start, stop = time.seconds(float(now)), time.seconds(float(end))
        bars.append(CourseBar(number_at[item], start, stop))
        beat = beat_of(bar.meter)
        # The beats of a pickup are those of the bar that it ends.
        missing = (bar.meter.length or Fraction(0)) - bar.length if bar.is_pickup else Fraction(0)
        offset = -missing % beat if missing > 0 else Fraction(0)
        while offset < bar.length:
            is_first = not offset and not bar.is_pickup
            beats.append(CourseBeat(time.seconds(float(now + offset)), is_first))
            offset += beat
        now = end
    return Course(tuple(bars), tuple(beats), tuple(_sections(items)))


def _sections(items: Sequence[Item]) -> Iterator[Section]:
    """Iterate over the sections: repeats, double bar lines and parts (`P:`) bound
    them."""
    first, number = 0, 0
    is_bound, is_pickup = False, True  # is_pickup: there is no full bar yet
    for item in items:
        if isinstance(item, Bar):
            if is_bound and not is_pickup:
                yield Section(first, number)
                first, is_pickup = number, True
            is_bound = False
            is_pickup = is_pickup and item.is_pickup
            number += 1
        elif isinstance(item, BarLine):
            is_bound = is_bound or not item.is_plain
        else:
            is_bound = isinstance(item, PartLabel)  # an ending goes on with its section
    if number > first:
        yield Section(first, number)
