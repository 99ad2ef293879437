"""What is written around the notes of a tune: words, chord symbols, decorations,
lyrics. Worked out voice by voice, before the notes are written."""

from collections.abc import Sequence

from abcrun.notation.written import Bar, Signs, WrittenNote
from abcrun.score.directions import quoted_text_xml
from abcrun.score.lyrics import lyrics_of
from abcrun.score.signs import directions_of, notations_of
from abcrun.score.spanners import Around, Spanners

_NUMBERS_OF_A_VOICE = 3
"""Signs over several notes that one voice has open at once, mostly."""


def signs_around(voices: Sequence[Sequence[Bar]]) -> dict[int, Around]:
    """Return what is written around the notes that have any signs, by the `id` of the
    note."""
    found: dict[int, Around] = {}
    for number, bars in enumerate(voices):
        notes = [note for bar in bars for note in bar.notes if note.signs is not None]
        spanners = Spanners(1 + _NUMBERS_OF_A_VOICE * (number % 5))
        for note in notes:
            around = found[id(note)] = _around(note)
            if note.signs is not None and note.signs.decorations:
                spanners.meet(note.signs.decorations, around)
        spanners.close_all()
        for note_id, lyrics in lyrics_of(notes).items():
            found[note_id].lyrics = lyrics
    return found


def _around(note: WrittenNote) -> Around:
    signs = note.signs or Signs()
    around = Around()
    for text in signs.texts:
        around.before += quoted_text_xml(text)
    if signs.decorations:
        around.before += directions_of(signs.decorations)
        around.notations += notations_of(signs.decorations, is_rest=not note.pitches)
        if "arpeggio" in signs.decorations and note.pitches:
            around.of_heads.append("<arpeggiate/>")
    return around
