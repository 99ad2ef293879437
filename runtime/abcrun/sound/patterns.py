"""Patterns that are played bar after bar: strings of equal steps, in which `z` is
silence and `-` lets the stroke before it ring."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeVar

from abcrun.notation.performance import PlayedBar

Value = TypeVar("Value")


class BarPlace(NamedTuple):
    """When a bar is played, in whole notes, and how much of its meter's bar is over at
    its start: a pickup is the end of one; two short bars are one together."""

    played: PlayedBar
    start: Fraction
    end: Fraction
    phase: Fraction


def bar_places(bars: Sequence[PlayedBar]) -> Iterator[BarPlace]:
    """Iterate over the bars of a voice, each with its place in time."""
    now = filled = Fraction(0)  # filled: of a bar that the bars before leave open
    for played in bars:
        bar, length = played.bar, played.bar.meter.length
        end = now + bar.length
        if length is None:
            phase = filled = Fraction(0)
        else:
            if bar.is_pickup and not filled:
                phase = length - bar.length
            else:
                phase = filled if filled + bar.length <= length else Fraction(0)
            filled = (phase + bar.length) % length
        yield BarPlace(played, now, end, phase)
        now = end


def latest(
    events: Sequence[tuple[Fraction, Value]], onset: Fraction, otherwise: Value
) -> tuple[Value, Fraction]:
    """Return what the last event up to `onset` says, and since when."""
    last = bisect_right(events, onset, key=lambda event: event[0]) - 1
    return (events[last][1], events[last][0]) if last >= 0 else (otherwise, Fraction(-1))


@lru_cache(maxsize=64)
def _strokes_in(pattern: str) -> tuple[tuple[int, str, int], ...]:
    """Return the strokes of a pattern: at which step, the letter, over how many
    steps."""
    strokes: list[tuple[int, str, int]] = []
    for index, letter in enumerate(pattern):
        if letter not in "-z":
            rings = len(pattern) - index - len(pattern[index + 1 :].lstrip("-"))
            strokes.append((index, letter, rings))
    return tuple(strokes)


def steps_in(
    pattern: str, start: Fraction, end: Fraction, phase: Fraction, length: Fraction
) -> Iterator[tuple[Fraction, str, Fraction]]:
    """Iterate over the strokes of a bar: onset, letter and end.

    `phase` of the `length` that the pattern fills are over at `start`.
    """
    step = length / len(pattern)
    begin = start - phase
    while begin < end:
        for index, letter, rings in _strokes_in(pattern):
            onset = begin + index * step
            if start <= onset < end:
                yield onset, letter, min(end, onset + rings * step)
        begin += length
