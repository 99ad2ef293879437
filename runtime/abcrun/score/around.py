"""What is written around the notes of a tune: words, chord symbols, decorations,
lyrics. Worked out voice by voice, before the notes are written."""

import re
from collections.abc import Sequence

from abcrun.notation.written import Bar, Signs, WrittenNote
from abcrun.score.directions import free_texts_xml, quoted_texts_xml
from abcrun.score.lyrics import lyrics_of
from abcrun.score.signs import directions_of, notations_of
from abcrun.score.spanners import Around, Spanners

_NUMBERS_OF_A_VOICE = 3
"""Signs over several notes that one voice has open at once, mostly."""


def signs_around(voices: Sequence[Sequence[Bar]]) -> dict[int, Around]:
    """Return what is written around the notes that have any signs, and before bar
    lines, by the `id` of note or bar."""
    found: dict[int, Around] = {}
    for number, bars in enumerate(voices):
        notes: list[WrittenNote] = []
        spanners = Spanners(1 + _NUMBERS_OF_A_VOICE * (number % 5))
        for bar in bars:
            for note in bar.notes:
                if note.signs is not None:
                    notes.append(note)
                    around = found[id(note)] = _around(note.signs, is_rest=not note.pitches)
                    if note.signs.decorations:
                        spanners.meet(note.signs.decorations, around)
            if bar.end_signs is not None:
                around = found[id(bar)] = _around(bar.end_signs, is_rest=True, is_end=True)
                # Words at the end of a bar end there.
                around.before = [
                    re.sub("<words(?![^>]* halign)", '<words justify="right"', one)
                    for one in around.before
                ]
                if bar.end_signs.decorations:
                    last = found.setdefault(id(bar.notes[-1]), Around())
                    spanners.meet(bar.end_signs.decorations, around, last)
        spanners.close_all()
        for note_id, lyrics in lyrics_of(notes).items():
            found[note_id].lyrics = lyrics
    return found


def _around(signs: Signs, *, is_rest: bool, is_end: bool = False) -> Around:
    around = Around()
    if signs.directives and not is_end:
        around.before += free_texts_xml(signs.directives)
    if signs.texts:
        around.before += quoted_texts_xml(*signs.texts)
    if signs.decorations:
        around.before += directions_of(signs.decorations)
        around.notations += notations_of(signs.decorations, is_rest=is_rest)
        if "arpeggio" in signs.decorations and not is_rest:
            around.of_heads.append("<arpeggiate/>")
    return around
