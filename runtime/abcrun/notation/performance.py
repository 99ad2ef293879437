"""Performances: repeats, endings and parts of voices played out, ties joined.

A repeat without its `|:` starts where the ABC 2.1 standard says: at the latest double
bar line or end of a repeat, or at the beginning of the tune. Where the standard is
silent, abc2midi's ways hold: a `|:` met inside a section that a `|:` began also ends
it, and a last `|:` without an end is played once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.exact import common_denominator, fraction
from abcrun.notation.limits import (
    MAX_DURATION,
    MAX_PASSES,
    MAX_PLAYED_BARS,
    MAX_SOUNDING_NOTES,
)
from abcrun.notation.parts import has_bar, stretches
from abcrun.notation.problem import UnreadableTuneError, out_of_bounds
from abcrun.notation.written import Bar, BarLine, Ending, Item, Voice, WrittenNote


# A named tuple: there is one for each note of a book that sounds.
class Note(NamedTuple):
    """A sounding note: tied notes are one, repeats are played out.

    `onset` and `duration` are in whole notes from the first beat of the performance (a
    crotchet is 1/4); `pitch` is a MIDI note number (ABC's `C` is 60).
    """

    onset: Fraction
    duration: Fraction
    pitch: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A stretch of items that is played `passes` times, from `start` up to `end`."""

    start: int
    end: int
    passes: int


class PlayedBar(NamedTuple):
    """A bar in the order of playing; `item` is its index among the voice's items.

    `opens_section`: something other than one plain bar line parts it from the bar
    played before it.
    """

    item: int
    bar: Bar
    opens_section: bool


class VoiceNote(NamedTuple):
    """A sounding note of one voice: where it is written, and when it sounds.

    `onset` and `duration` are in whole notes, as in `Note`, with ties joined. `bar` is
    the index, among the played bars, of the bar that it begins in, `note` the note or
    chord there that it begins as.
    """

    onset: Fraction
    duration: Fraction
    pitch: int
    bar: int
    note: WrittenNote


@dataclass(frozen=True, slots=True)
class Performance:
    """What sounds, by onset and pitch; changes of tempo as pairs of onset and crotchets
    a minute; in whole notes."""

    notes: tuple[Note, ...]
    tempos: tuple[tuple[Fraction, Fraction], ...]
    duration: Fraction


def played_bars(voice: Voice, play_order: str) -> tuple[PlayedBar, ...]:
    """Return the bars of a voice in the order of playing. Raises `UnreadableTuneError`
    when they pass the bounds."""
    played: list[PlayedBar] = []
    for start, end in stretches(voice.items, play_order):
        opens_section = True
        previous = -1
        for index in _order(voice.items, start, end):
            item = voice.items[index]
            if index != previous + 1:
                opens_section = True
            previous = index
            if isinstance(item, Bar):
                played.append(PlayedBar(index, item, opens_section))
                if len(played) > MAX_PLAYED_BARS:
                    raise out_of_bounds(
                        item.line, item.column, f"the tune plays over {MAX_PLAYED_BARS:,} bars"
                    )
                opens_section = False
            elif not (isinstance(item, BarLine) and item.is_plain):
                opens_section = True
    return tuple(played)


def perform(voices: Sequence[Sequence[PlayedBar]]) -> Performance:
    """Play all voices from the start together. Raises `UnreadableTuneError` when that
    passes the bounds."""
    denominator = _common_denominator(voices)
    sounding: list[_Sounding] = []
    tempos: dict[Fraction, Fraction] = {}
    end = 0
    for bars in voices:
        end = max(end, _perform_voice(bars, denominator, sounding, tempos))
    sounding.sort()
    return Performance(
        tuple(
            [
                Note(fraction(on, denominator), fraction(lasts, denominator), pitch)
                for on, pitch, lasts, _ in sounding
            ]
        ),
        tuple(sorted(tempos.items())),
        fraction(end, denominator),
    )


def perform_voice(bars: Sequence[PlayedBar]) -> tuple[VoiceNote, ...]:
    """Play one voice alone; return its notes by onset and pitch, each with the note
    that it is written as. Raises as `perform` does."""
    denominator = _common_denominator([bars])
    sounding: list[_Sounding] = []
    _perform_voice(bars, denominator, sounding, {})
    sounding.sort()
    # The notes in the order of playing, as they were counted.
    written = [
        (index, note)
        for index, played in enumerate(bars)
        for note in played.bar.notes
        if note.pitches
    ]
    return tuple(
        [
            VoiceNote(fraction(on, denominator), fraction(lasts, denominator), pitch, *written[at])
            for on, pitch, lasts, at in sounding
        ]
    )


# Onset, pitch, duration and which note or chord of its voice it is, counted in the
# order of playing. Times are in units of 1/denominator: integers are sorted and added
# many times faster than fractions.
_Sounding = tuple[int, int, int, int]


def _common_denominator(voices: Sequence[Sequence[PlayedBar]]) -> int:
    denominators = {1}
    for bars in voices:
        # Each bar once, however often it is played; by identity, because comparing bars
        # would compare all their notes.
        for bar in {id(played.bar): played.bar for played in bars}.values():
            denominators.update([note.duration.denominator for note in bar.notes])
    denominator = common_denominator(Fraction(1, one) for one in denominators)
    if denominator is None:
        first = voices[0][0].bar
        raise out_of_bounds(
            first.line, first.column, "the lengths in this tune have no common measure"
        )
    return denominator


# Offset and length in units of 1/denominator, pitches, and those of them that are tied.
_Unit = tuple[int, int, tuple[int, ...], tuple[int, ...]]


def _in_units(bar: Bar, denominator: int) -> list[_Unit]:
    """Return each note that sounds in a bar, in units of 1/denominator."""
    units: list[_Unit] = []
    for note in bar.notes:
        if pitches := note.pitches:
            numerator, divisor = note.offset.as_integer_ratio()
            offset = numerator * (denominator // divisor)
            numerator, divisor = note.duration.as_integer_ratio()
            units.append((offset, numerator * (denominator // divisor), pitches, note.tied))
    return units


def _perform_voice(
    bars: Sequence[PlayedBar],
    denominator: int,
    sounding: list[_Sounding],
    tempos: dict[Fraction, Fraction],
) -> int:
    """Add the notes of one voice. Return the time at which it ends, in units of
    1/denominator."""
    latest = MAX_DURATION * denominator
    now = 0
    known: dict[int, list[_Unit]] = {}
    # Pitch and end of a note that a tie holds → its onset, and which note it is. Where
    # a repeat goes elsewhere, nothing begins at that end: the tie leads to nothing.
    tied: dict[tuple[int, int], tuple[int, int]] = {}
    count = 0
    sound = sounding.append
    for played in bars:
        bar = played.bar
        for at, mark in bar.tempos:
            if mark.quarters_per_minute is not None:  # words alone change nothing
                tempos[fraction(now, denominator) + at] = mark.quarters_per_minute
        units = known.get(played.item)
        if units is None:
            units = known[played.item] = _in_units(bar, denominator)
        for offset, lasts, pitches, ties in units:
            start = now + offset
            if not (tied or ties):  # most notes
                for pitch in pitches:
                    sound((start, pitch, lasts, count))
                count += 1
                continue
            ends = start + lasts
            for pitch in pitches:
                began, which = start, count
                if (pitch, start) in tied:
                    began, which = tied.pop((pitch, start))
                # Two layers may hold one pitch, of which one is enough.
                if pitch in ties and (pitch, ends) not in tied:
                    tied[pitch, ends] = (began, which)
                else:
                    sound((began, pitch, ends - began, which))
            count += 1
        now += bar.length.numerator * (denominator // bar.length.denominator)
        if len(sounding) > MAX_SOUNDING_NOTES:
            raise out_of_bounds(
                bar.line, bar.column, f"the tune sounds over {MAX_SOUNDING_NOTES:,} notes"
            )
        if now > latest:
            raise out_of_bounds(
                bar.line, bar.column, f"the tune lasts over {MAX_DURATION:,} whole notes"
            )
    sounding.extend(
        (began, pitch, ends - began, which) for (pitch, ends), (began, which) in tied.items()
    )
    return now


def _order(items: tuple[Item, ...], start: int, end: int) -> list[int]:
    """Return the indices of a stretch of items in the order of playing."""
    order: list[int] = []
    position = start
    for repeat in repeats(items, start, end):
        order.extend(range(position, repeat.start))
        for number in range(1, repeat.passes + 1):
            index = repeat.start
            while index < repeat.end:
                item = items[index]
                if isinstance(item, Ending) and number not in item.passes:
                    index = _next_ending(items, index + 1, repeat.end)
                    continue
                order.append(index)
                if isinstance(item, BarLine) and item.ends and number < repeat.passes:
                    break
                index += 1
            # Checked in each pass: endings and bar lines are items, too.
            if len(order) > 4 * MAX_PLAYED_BARS:
                raise _too_long(items[repeat.start])
        position = repeat.end
    order.extend(range(position, end))
    return order


def _too_long(item: Item) -> UnreadableTuneError:
    return out_of_bounds(item.line, item.column, f"the tune plays over {MAX_PLAYED_BARS:,} bars")


def _next_ending(items: tuple[Item, ...], start: int, end: int) -> int:
    for index in range(start, end):
        if isinstance(items[index], Ending):
            return index
    return end


def repeats(items: tuple[Item, ...], start: int, end: int) -> list[Repeat]:
    """Return the repeats of a stretch of items, in order; they don't overlap."""
    found: list[Repeat] = []
    is_explicit = False  # whether a |: began the section
    extra = 1  # how many times more the section is played
    passes: set[int] = set()  # of the endings met in it
    was_ended = False  # whether a :| was met in it, and an ending follows

    def close(at: int, after: int, *, explicit: bool, more: int = 1) -> None:
        nonlocal start, is_explicit, extra, passes, was_ended
        count = min(max(extra + 1, *passes) if passes else extra + 1, MAX_PASSES)
        found.append(Repeat(start, at, count))
        start, is_explicit, extra, passes, was_ended = after, explicit, more, set(), False

    for index in range(start, end):
        item = items[index]
        if isinstance(item, Ending):
            passes.update(item.passes)
        elif not isinstance(item, BarLine) or item.is_plain:
            continue
        elif item.ends:
            extra = max(extra, item.ends)
            if not item.starts and _ending_follows(items, index + 1, end):
                was_ended = True
            else:
                close(index + 1, index + 1, explicit=bool(item.starts), more=max(item.starts, 1))
        elif item.starts:
            if passes or (is_explicit and has_bar(items, start, index)):
                close(index, index + 1, explicit=True, more=item.starts)
            else:
                start, is_explicit, extra = index + 1, True, item.starts
        elif was_ended:  # a double bar line closes the last ending
            close(index + 1, index + 1, explicit=False)
        elif not is_explicit and not passes:
            start = index + 1
    if passes:
        close(end, end, explicit=False)
    return found


def _ending_follows(items: tuple[Item, ...], start: int, end: int) -> bool:
    """Return whether the next thing behind the end of a section is an ending for a
    later pass."""
    for index in range(start, end):
        item = items[index]
        if isinstance(item, Ending):
            return min(item.passes) > 1
        if not (isinstance(item, BarLine) and item.is_plain):
            return False
    return False
