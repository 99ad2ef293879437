"""Swing: of two equal quavers in a beat, the first is played twice as long as the
second, as hornpipes and hop jigs are danced."""

from collections.abc import Sequence
from fractions import Fraction

from abcrun.notation import Tune
from abcrun.notation.meter import Meter
from abcrun.notation.performance import PlayedBar

_KINDS = ("hornpipe", "hop jig", "hopjig", "clog", "barndance", "barn dance", "schottische")
_QUAVER, _SEMIQUAVER = Fraction(1, 8), Fraction(1, 16)


def swings(tune: Tune) -> bool:
    """Return whether a tune is of a kind that swings: by its R:, or in a meter of
    crotchets where it has none."""
    rhythm = tune.rhythm.lower()
    if rhythm:
        return any(kind in rhythm for kind in _KINDS)
    return _beat(tune.meter, _QUAVER) is not None


def swung_times(bars: Sequence[PlayedBar]) -> dict[Fraction, Fraction]:
    """Return the times of a voice that swing moves, and where to, in whole notes.

    In the middle of a beat, two thirds of it are over. A beat that is divided in any
    other way (dotted already, a triplet, four semiquavers) stays as it is written; so
    does a compound meter.
    """
    quavers = _pair_of(bars)
    moved: dict[Fraction, Fraction] = {}
    now = Fraction(0)
    for _, bar, _ in bars:
        beat = _beat(bar.meter, quavers)
        if beat is not None and bar.meter.length is not None:
            # Of a pickup, the beats are those of the bar that it ends.
            phase = (bar.meter.length - bar.length) % beat if bar.is_pickup else Fraction(0)
            inside: dict[Fraction, set[Fraction]] = {}
            for note in bar.notes:
                behind = (phase + note.offset) % beat
                if behind:
                    inside.setdefault(note.offset - behind, set()).add(behind)
            for start, offsets in inside.items():
                if offsets == {beat / 2}:
                    middle = now + start + beat / 2
                    moved[middle] = middle + beat / 6
        now += bar.length
    return moved


def _beat(meter: Meter, quaver: Fraction) -> Fraction | None:
    """Return the beat that two quavers fill; None for a meter that does not swing."""
    if meter.length is None or meter.is_compound or meter.denominator not in (1, 2, 4):
        return None
    return 2 * quaver


def _pair_of(bars: Sequence[PlayedBar]) -> Fraction:
    """Return the note value that swings: quavers, or semiquavers in a tune in 2/4 that
    is written in these."""
    if not bars or bars[0].bar.meter.length != Fraction(1, 2):
        return _QUAVER
    durations = [note.duration for _, bar, _ in bars for note in bar.notes]
    return _SEMIQUAVER if durations.count(_SEMIQUAVER) > durations.count(_QUAVER) else _QUAVER
