"""Bars that are longer or shorter than their meter asks for.

Bars are judged in the order of playing, because that is where they have to fit
together. Inside a section every bar must be full. Around what parts sections (repeats,
endings, double bar lines) a bar may stand in pieces: the short bar before and the short
bar behind count as one when they fill a bar together. A short bar that opens a section
is a pickup, and a short bar that closes one may be the rest of the pickup that its
section or the tune began with. A bar is right when it is right in one of its passes.
"""

from collections.abc import Sequence
from fractions import Fraction

from abcrun.notation.performance import PlayedBar
from abcrun.notation.problem import Problems


def check_bar_lengths(played: Sequence[PlayedBar], problems: Problems) -> None:
    """Add a problem for each bar of a voice that is wrong in all its passes. `played`
    is in the order of playing."""
    right: set[int] = set()
    # Short bars around the parting of two sections, not yet a full bar together.
    pieces: list[PlayedBar] = []
    pickup_of_tune = pickup_of_section = Fraction(0)
    for position, current in enumerate(played):
        bar, full = current.bar, current.bar.meter.length
        if full is None or bar.length == full:
            right.add(current.item)
            if current.opens_section:
                pickup_of_section = Fraction(0)
            pieces = []
            continue
        closes_section = position + 1 == len(played) or played[position + 1].opens_section
        # Short in the middle of a section, or too long anywhere: wrong for certain.
        if bar.length > full or not (current.opens_section or closes_section):
            pieces = []
            continue
        if current.opens_section:
            right.add(current.item)  # a pickup, or the second piece of a bar
            pickup_of_section = bar.length
            if position == 0:
                pickup_of_tune = bar.length
            together = sum((piece.bar.length for piece in pieces), bar.length)
            if pieces and together <= full:
                pieces.append(current)
                if together == full:
                    right.update(piece.item for piece in pieces)
                    pieces = []
                continue
            pieces = [current] if closes_section else []
        else:
            pieces = [current]
            # Books of old count the last bar of a section short by the pickup, that of
            # the section or that of the tune.
            if full - bar.length in (pickup_of_section, pickup_of_tune):
                right.add(current.item)
    for current in {one.item: one for one in played}.values():
        if current.item not in right and current.bar.meter.length is not None:
            bar, meter = current.bar, current.bar.meter
            has, asked = meter.measure(bar.length), meter.measure(current.bar.meter.length)
            problems.add(
                bar.line,
                bar.column,
                "bar-length",
                f"the bar lasts {has}, but its meter asks for {asked}",
            )
