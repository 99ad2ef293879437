"""Chord symbols in quoted text ("Am7", "D/F#", "G (Em)"), moved by an interval."""

import re

from abcrun.notation.pitch import LETTERS, Interval

# What may follow the root. Words such as "Allegro" and "Da Capo" begin with a letter of
# a chord, too: nothing that could be a word belongs here.
_QUALITY = (
    r"(?:maj|min|dim|aug|alt|m|M|[°øΔ+-]|o(?=7)|sus|(?:add|omit|no)(?=[#b♯♭]?[0-9])"
    r"|[#b♯♭]?[0-9]|/(?=[0-9])|,)*"
)
_CHORD_SYMBOL = re.compile(rf"([A-G][#b♯♭]?)({_QUALITY})(?:(/)([A-Ga-g])([#b♯♭]?))?")
_QUALITY_ALONE = re.compile(_QUALITY)
_BETWEEN_CHORDS = re.compile(r"([\s;()]+|\\n)")


def move_chord_symbols(text: str, interval: Interval) -> str:
    """Return quoted text with its chord symbols moved. Text that is anything else stays
    as it is."""
    if not text.startswith((*LETTERS, "(")):
        return text
    parts = _BETWEEN_CHORDS.split(text)
    for index in range(0, len(parts), 2):
        found = _CHORD_SYMBOL.fullmatch(parts[index])
        if found is not None:
            parts[index] = _move_chord_symbol(found, interval)
        elif (index == 0 and text[0] != "(") or _QUALITY_ALONE.fullmatch(parts[index]) is None:
            return text
    return "".join(parts)


def _move_chord_symbol(found: re.Match[str], interval: Interval) -> str:
    root, quality, slash, bass, bass_sign = found.groups()
    moved = interval.moved_name(root)
    if len(moved) == 1 and quality.startswith(("#", "b", "♯", "♭")):
        # "Bbb5", moved to A, is not "Ab5": that would be A flat with a fifth.
        quality = re.sub(r"\A.[0-9]+", r"(\g<0>)", quality)
    moved += quality
    if slash:
        new_bass = interval.moved_name(bass.upper() + bass_sign)
        moved += slash + (new_bass if bass.isupper() else new_bass[0].lower() + new_bass[1:])
    return moved
