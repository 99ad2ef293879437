"""Letters over the parts of a tune whose author wrote none: A, B, C, as musicians call
them."""

from string import ascii_uppercase

from abcrun.notation import Tune
from abcrun.notation.written import PartLabel
from abcrun.sound.course import course_of

_LEAST = 4
"""Bars of a part. What is shorter is an introduction or a tag, and the letters behind
it would be other ones than musicians say."""


def part_letters(tune: Tune) -> dict[int, str]:
    """Return the letters of the parts, by the index of the bar that each begins with.

    The parts are the sections that the page loops. There are none over songs, whose
    verses have no letters, over several voices, over tunes of one part, and where the
    author names parts (`P:`) or tunes (`T:`) within the music.
    """
    if len(tune.voices) != 1 or tune.voices[0].lyrics or tune.words:
        return {}
    if any(isinstance(item, PartLabel) for item in tune.voices[0].items):
        return {}
    parts = course_of(tune).sections
    if not 2 <= len(parts) <= len(ascii_uppercase) or any(bar.titles for bar in tune.bars):
        return {}
    if any(part.end - part.first < _LEAST for part in parts):
        return {}
    return {part.first: letter for part, letter in zip(parts, ascii_uppercase, strict=False)}
