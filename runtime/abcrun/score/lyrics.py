"""Syllables as MusicXML's `<lyric>` shows them."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from abcrun.notation.written import Syllable, WrittenNote
from abcrun.score.text import xml_text


def lyrics_of(notes: Iterable[WrittenNote]) -> dict[int, str]:
    """Return the `<lyric>`s of the notes of a voice, by the `id` of the note."""
    verses: dict[int, list[tuple[int, Syllable]]] = {}
    for note in notes:
        if note.signs is not None:
            for syllable in note.signs.lyrics:
                verses.setdefault(syllable.verse, []).append((id(note), syllable))
    found: dict[int, list[str]] = {}
    for verse, sung in sorted(verses.items()):
        for note_id, lyric in _verse_xml(verse, sung):
            found.setdefault(note_id, []).append(lyric)
    return {note_id: "".join(lyrics) for note_id, lyrics in found.items()}


def _verse_xml(verse: int, sung: list[tuple[int, Syllable]]) -> Iterable[tuple[int, str]]:
    """Iterate over the lyrics of one verse, each with the `id` of its note."""
    continues = False  # the syllable before has a hyphen
    for index, (note_id, syllable) in enumerate(sung):
        # Within a word (`Glo--ri-a`) hyphens fill the space, no line.
        is_held_on = index + 1 < len(sung) and _is_line(sung[index + 1][1])
        extend = ""
        if _is_line(syllable):
            extend = f'<extend type="{"continue" if is_held_on else "stop"}"/>'
        elif is_held_on:
            extend = '<extend type="start"/>'
        shown = ""
        if text := xml_text(syllable.text):
            kinds = ("end", "middle") if continues else ("single", "begin")
            kind = kinds[syllable.is_hyphened]
            shown = f"<syllabic>{kind}</syllabic><text>{escape(text)}</text>"
        if not syllable.is_held:
            continues = syllable.is_hyphened
        if shown or extend:
            yield note_id, f'<lyric number="{verse}">{shown}{extend}</lyric>'


def _is_line(syllable: Syllable) -> bool:
    """Return whether a line shows how long the syllable before is held."""
    return syllable.is_held and not syllable.is_hyphened
