"""The sections of a tune as they are written, and the number of their bars."""

from collections.abc import Iterable
from fractions import Fraction

from abcrun.notation import Bar, BarLine, Ending, PartLabel, Voice


def section_lengths(voice: Voice) -> list[int]:
    """Count the bars of each section as it is written.

    One with endings counts once for each of them, with that ending alone. Pickups don't
    count, and short bars in a row count as one as long as they fit into one.
    """
    lengths = (
        count_bars([*body, *ending])
        for body, endings in sections(voice)
        for ending in endings or [[]]
    )
    return [length for length in lengths if length]


def sections(voice: Voice) -> list[tuple[list[Bar], list[list[Bar]]]]:
    """Return the bars of each section as it is written, and those of each of its
    endings.

    A section stands between repeats, double bar lines or part labels.
    """
    found: list[tuple[list[Bar], list[list[Bar]]]] = [([], [])]
    for index, item in enumerate(voice.items):
        body, endings = found[-1]
        if isinstance(item, Bar):
            (endings[-1] if endings else body).append(item)
        elif isinstance(item, Ending):
            endings.append([])
        elif isinstance(item, PartLabel) or _closes(voice, index, item, bool(endings)):
            found.append(([], []))
    return [(body, endings) for body, endings in found if body or any(endings)]


def _closes(voice: Voice, index: int, line: BarLine, in_ending: bool) -> bool:
    """Tell whether the bar line ends a section.

    One that leads to the section's first ending, or from an ending to the next, does
    not.
    """
    following = (item for item in voice.items[index + 1 :] if not _is_plain_line(item))
    leads_to_ending = isinstance(next(following, None), Ending)
    return not line.is_plain and not (leads_to_ending and (in_ending or not line.ends))


def _is_plain_line(item: Bar | BarLine | Ending | PartLabel) -> bool:
    return isinstance(item, BarLine) and item.is_plain


def count_bars(bars: Iterable[Bar]) -> int:
    """Count bars without pickups; pieces of one bar in a row count once."""
    count = 0
    filled = Fraction(0)  # how much of a bar in pieces there is, in whole notes
    for bar in bars:
        full = bar.meter.length
        if full is None or bar.length >= full:
            filled = Fraction(0)
        # A repeat sign may stand in the middle of a bar.
        elif filled and filled + bar.length <= full:
            filled += bar.length
            continue
        elif bar.is_pickup and not count:
            continue
        else:
            filled = bar.length
        count += 1
    return count
