"""Tunes that are one tune under several names.

Melodies are compared by their intervals, so in any key. A melody holds the MIDI note
numbers of its successive onsets. How long the notes last does not matter.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from abcrun.originality import intervals

RUN = 16
"""Two tunes that share this many notes in a row are related."""

GRAM = 5
"""The intervals in a piece of a melody; the share of equal pieces tells duplicates."""

Known = Callable[[Sequence[int]], bool]
"""Says of a melody whether it shares `RUN` notes in a row, in any key, with the tunes
that a network was trained on."""

SAME = 0.8
"""Two tunes with this share of equal pieces are duplicates."""

# Titles that name no tune. Two tunes are not related because both are "Jig".
_GENERIC = frozenset(
    [
        "do",
        "ditto",
        "untitled",
        "gan ainm",
        "no title",
        "no name",
        "jig",
        "jigg",
        "irish jig",
        "reel",
        "hornpipe",
        "march",
        "quick step",
        "quickstep",
        "quick march",
        "air",
        "irish air",
        "scots air",
        "scotch air",
        "minuet",
        "gavotte",
        "waltz",
        "polka",
        "slip jig",
        "slow air",
        "strathspey",
        "highland",
        "fling",
        "dance",
        "country dance",
        "cotillion",
        "cotillon",
        "rondo",
        "rondeau",
        "allemande",
        "song",
        "slow march",
        "grand march",
        "an air",
        "unknown",
    ]
)


def runs(melody: Sequence[int], notes: int = RUN) -> set[bytes]:
    """Return all stretches of `notes` notes in a row, as intervals.

    A shorter melody has none.
    """
    steps = intervals(melody)
    return {steps[start : start + notes - 1] for start in range(len(steps) - notes + 2)}


def likeness(first: Sequence[int], second: Sequence[int]) -> float:
    """Return the share of equal pieces of `GRAM` intervals, 0 to 1.

    It is a share of the pieces of the melody that has more of them.
    """
    one, other = runs(first, GRAM + 1), runs(second, GRAM + 1)
    return len(one & other) / max(len(one), len(other), 1)


def title_key(title: str) -> str:
    """Return a title as it is compared: without case, accents, articles, punctuation.

    It is empty for a title that names no tune.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", plain).replace("'", "")
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in ("the", "a", "an")]
    key = " ".join(words)
    return "" if key in _GENERIC or not key.strip("0123456789 ") else key


def components(size: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of `size` things the smallest index that it is linked to, by way
    of others too."""
    parents = list(range(size))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]  # halves the way for the next search
            index = parents[index]
        return index

    for one, other in links:
        low, high = sorted((root(one), root(other)))
        parents[high] = low
    return [root(index) for index in range(size)]
