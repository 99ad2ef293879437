"""Tones to keys that are struck: on ticks, and let go before they are struck again."""

from collections.abc import Iterable
from fractions import Fraction

from abcrun.sound.played import Strike


def tick(onset: Fraction, division: int) -> int:
    """Return the tick nearest to a time in whole notes."""
    numerator, denominator = onset.as_integer_ratio()
    ticks, rest = divmod(4 * division * numerator, denominator)
    # Nearly all are exact, and integers are many times faster than fractions.
    return ticks if not rest else round(onset * (4 * division))


def tick_after(onset: Fraction, duration: Fraction, division: int) -> int:
    """Return `tick(onset + duration, division)`, without making a fraction of the
    sum."""
    numerator, denominator = onset.as_integer_ratio()
    added, divisor = duration.as_integer_ratio()
    ticks, rest = divmod(
        4 * division * (numerator * divisor + added * denominator), denominator * divisor
    )
    return ticks if not rest else tick(onset + duration, division)


def strikes_of(tones: Iterable[tuple[int, int, int, int]], division: int) -> tuple[Strike, ...]:
    """Return the strikes of one player, by time and pitch. `tones` are the ticks of
    onset and end, pitch and velocity, by onset and pitch."""
    by_pitch: dict[int, list[Strike]] = {}
    for start, until, pitch, velocity in tones:
        end = max(start + 1, until)
        strikes = by_pitch.setdefault(pitch, [])
        if strikes and strikes[-1].end >= start:
            earlier = strikes.pop()
            if earlier.start == start:
                # A unison of two layers: one key, which sounds once.
                end = max(end, earlier.end)
                velocity = max(velocity, earlier.velocity)
            else:
                # A key has to come up before it can be struck anew.
                gap = min((start - earlier.start) // 8, division // 16)
                strikes.append(earlier._replace(end=start - gap))
        strikes.append(Strike(start, pitch, end, velocity))
    return tuple(sorted(strike for strikes in by_pitch.values() for strike in strikes))
