"""Syllables in a score."""

import xml.etree.ElementTree as ET
from fractions import Fraction

from abcrun.notation.written import Signs, Syllable, WrittenNote
from abcrun.score.lyrics import lyrics_of
from tests.score.written import tune_of


def sung(*syllables: tuple[Syllable, ...]) -> list[tuple[str, str, str, str]]:
    """Return (verse, syllabic, text, extend) of each lyric of notes with these
    syllables."""
    notes = [
        WrittenNote(
            1, n, "C", Fraction(n, 4), Fraction(1, 4), (60,), (), signs=Signs(lyrics=lyrics)
        )
        for n, lyrics in enumerate(syllables)
    ]
    found = lyrics_of(notes)
    result = []
    for note in notes:
        for lyric in ET.fromstring(f"<x>{found.get(id(note), '')}</x>"):
            extend = lyric.find("extend")
            result.append(
                (
                    lyric.get("number", ""),
                    lyric.findtext("syllabic", ""),
                    lyric.findtext("text", ""),
                    "" if extend is None else extend.get("type", ""),
                )
            )
    return result


def test_hyphens_make_begin_middle_and_end_of_a_word() -> None:
    words = [("Al", True), ("le", True), ("luia", False), ("sing", False)]
    assert sung(*((Syllable(1, text, hyphen),) for text, hyphen in words)) == [
        ("1", "begin", "Al", ""),
        ("1", "middle", "le", ""),
        ("1", "end", "luia", ""),
        ("1", "single", "sing", ""),
    ]


def test_a_held_syllable_is_a_line_to_its_last_note() -> None:
    held = Syllable(1, "", is_held=True)
    assert sung((Syllable(1, "oh"),), (held,), (held,), (Syllable(1, "my"),)) == [
        ("1", "single", "oh", "start"),
        ("1", "", "", "continue"),
        ("1", "", "", "stop"),
        ("1", "single", "my", ""),
    ]


def test_verses_go_each_their_way() -> None:
    first, second = Syllable(1, "one", is_hyphened=True), Syllable(2, "zwei")
    assert sung((first, second), (Syllable(1, "two"),)) == [
        ("1", "begin", "one", ""),
        ("2", "single", "zwei", ""),
        ("1", "end", "two", ""),
    ]


def test_two_words_on_one_note_stay_together() -> None:
    assert sung((Syllable(1, "of the"),)) == [("1", "single", "of the", "")]


def test_within_a_word_hyphens_and_no_line_show_how_long_a_syllable_is_held() -> None:
    (bar,) = tune_of("CDEFGABc|\nw: Glo - - ri-_-a__|").bars
    glory = bar.notes
    found = lyrics_of(glory)
    assert ["<extend" in found.get(id(note), "") for note in glory] == [False] * 5 + [True] * 3
