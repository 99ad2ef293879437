"""Tempo marks as MusicXML shows them."""

from fractions import Fraction

from abcrun.notation.meter import Meter
from abcrun.notation.tempo import TempoMark
from abcrun.score.signs import direction_xml

_DOTTED_BEATS = {4: "half", 8: "quarter", 16: "eighth"}
"""The note that is dotted for a beat of a compound meter, by its denominator."""


def tempo_xml(mark: TempoMark, meter: Meter) -> str:
    """Return a tempo mark in the beat of the meter; empty for words alone."""
    if mark.quarters_per_minute is None:
        return ""
    quarters = mark.quarters_per_minute
    unit, dot, beat = "quarter", "", Fraction(1)
    if meter.is_compound and meter.denominator in _DOTTED_BEATS:
        unit, dot = _DOTTED_BEATS[meter.denominator], "<beat-unit-dot/>"
        beat = Fraction(12, meter.denominator)
    elif meter.denominator == 2:
        unit, beat = "half", Fraction(2)
    beats = f"{round(float(quarters / beat), 1):g}"
    return direction_xml(
        f"<metronome><beat-unit>{unit}</beat-unit>{dot}"
        f"<per-minute>{beats}</per-minute></metronome>",
        "above",
        f'<sound tempo="{float(quarters):.9g}"/>',
    )
