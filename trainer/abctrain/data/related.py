"""Which tunes are one tune under several names: melodies compared by their intervals,
so in any key.

A melody is the tuple of the MIDI note numbers of its successive onsets; how long the
notes last does not matter.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from abcrun.originality import intervals

RUN = 16
"""Two tunes that share this many notes in a row are related."""

GRAM = 5
"""Intervals in the pieces whose share tells duplicates."""

SAME = 0.8
"""Two tunes that share this much of their pieces, of the longer one's count, are
duplicates."""

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
    """All stretches of `notes` notes in a row, as intervals; none when the melody is
    shorter."""
    steps = intervals(melody)
    return {steps[start : start + notes - 1] for start in range(len(steps) - notes + 2)}


def likeness(first: Sequence[int], second: Sequence[int]) -> float:
    """The share of equal pieces of `GRAM` intervals, of the one that has more of them;
    0 to 1."""
    one, other = runs(first, GRAM + 1), runs(second, GRAM + 1)
    return len(one & other) / max(len(one), len(other), 1)


def sharing(melodies: Sequence[Sequence[int]]) -> list[set[int]]:
    """For each melody, the indices of the others that share a run of `RUN` notes with
    it."""
    owners: dict[bytes, list[int]] = defaultdict(list)
    for index, melody in enumerate(melodies):
        for run in runs(melody):
            owners[run].append(index)
    shared: list[set[int]] = [set() for _ in melodies]
    for group in owners.values():
        if len(group) > 1:
            for index in group:
                shared[index].update(group)
    for index, others in enumerate(shared):
        others.discard(index)
    return shared


def title_key(title: str) -> str:
    """A title as it is compared: no case, accents, articles, punctuation; empty for one
    that names no tune."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", plain).replace("'", "")
    words = [word for word in re.findall(r"[a-z0-9]+", plain) if word not in ("the", "a", "an")]
    key = " ".join(words)
    return "" if key in _GENERIC or not key.strip("0123456789 ") else key


def components(size: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `size` things, the smallest index that it hangs together with."""
    parents = list(range(size))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for one, other in links:
        low, high = sorted((root(one), root(other)))
        parents[high] = low
    return [root(index) for index in range(size)]
