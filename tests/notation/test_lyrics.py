"""Lyrics and symbol lines: which syllable or sign belongs to which note (ABC 2.1,
4.15 and 5)."""

import pytest

from abcrun.notation import Tune
from abcrun.notation.written import Signs, Syllable
from tests.notation.specimens import tune


def sung(body: str, verse: int = 1, more: str = "") -> str:
    """Return the syllables of the first voice, a word for each note: `-` behind one
    that goes on, `_` for one that is held, `.` for none."""
    words: list[str] = []
    for note in (note for bar in tune(body, more=more).bars for note in bar.notes):
        mine = [one for one in (note.signs or Signs()).lyrics if one.verse == verse]
        words += [("_" if one.is_held else one.text) + "-" * one.is_hyphened for one in mine]
        words += ["."] * (not mine)
    return " ".join(words)


def faults(body: str) -> list[str]:
    return [str(problem) for problem in tune(body).problems]


class TestAlignment:
    @pytest.mark.parametrize(
        ("lyrics", "expected"),
        [
            ("syll-a-ble", "syll- a- ble ."),
            ("syll-a--ble", "syll- a- _- ble"),
            ("syll-a -ble", "syll- a- _- ble"),
            ("ban-_ner x", "ban- _- ner x"),
            ("time__ x", "time _ _ x"),
            ("time _ x", "time _ x ."),
            ("a * b*", "a . b ."),
            ("of~the~day", "of the day . . ."),
            ("x\\-ray a\\_b", "x-ray a_b . ."),
            ("o- ver", "o- ver . ."),
            ("Stra\\sse caf\\'e &eacute;t\\u00e9", "Straße café été ."),
            ("1.~Three blind", "1. Three blind . ."),
            ("2. Three blind", "2. Three blind . ."),
            ("1 2 3 4", "1 2 3 4"),
            ('don\'t, "stop"! (you)', 'don\'t, "stop"! (you) .'),
        ],
    )
    def test_signs_between_syllables(self, lyrics: str, expected: str) -> None:
        assert sung(f"CDEF|\nw: {lyrics}") == expected

    def test_a_bar_sign_goes_on_to_the_next_bar(self) -> None:
        assert sung("CDEF|GABc|c4|\nw: one|two three|four") == "one . . . two three . . four"
        assert sung("CDEF|GABc|\nw: a b c d|e f") == "a b c d e f . ."
        assert sung("C4|Z3|D4|\nw: one||two") == "one . . . two"

    def test_a_bar_sign_may_stand_for_the_one_that_begins_the_line(self) -> None:
        assert sung("|:CDEF|GABc:|\nw: |a b|c") == "a b . . c . . ."

    def test_which_notes_have_syllables(self) -> None:
        assert sung("C-C z [CE]|{g}C2 y x C|\nw: a b c d e") == "a b . c d . e"

    def test_overlays_have_none(self) -> None:
        assert sung("C2D2&E4|F4|\nw: a b c") == "a b . c"

    def test_a_tuplet_or_slur_has_one_for_each_note(self) -> None:
        assert sung("(3CDE (FG)A|\nw: a b c d e f") == "a b c d e f"


class TestLines:
    def test_lines_below_each_other_are_verses(self) -> None:
        body = "CDEF|\nw: one two\n% a remark\nw: three * four\nGABc|\nw: five"
        assert sung(body) == "one two . . five . . ."
        assert sung(body, verse=2) == "three . four . . . . ."

    def test_continued_lines(self) -> None:
        assert sung("CDEF|GABc|\nw: a b\n+: c d e\nw: f\\\nw: g") == "a b c d e . . ."
        assert sung("CDEF|\nw: a b\n+: c\nw: d e\\\nw: f", verse=2) == "d e f ."

    def test_a_line_belongs_to_the_line_of_music_before_it(self) -> None:
        assert sung("CDEF|\nGABc|\nw: a b c d") == ". . . . a b c d"

    def test_lines_that_a_backslash_joins_are_one(self) -> None:
        assert sung("CDEF|\\\nGABc|\nw: a b") == "a b . . . . . ."

    def test_a_line_that_needs_more_notes_has_all_that_are_left(self) -> None:
        assert sung("CDEF|\nGABc|\nw: a b c d e f g h") == "a b c d e f g h"

    def test_an_empty_line_leaves_its_notes_without_words(self) -> None:
        assert sung("CDEF|\nw: a b c d\nGABc|\nw:\nCD|\nw: e f") == "a b c d . . . . e f"

    def test_a_line_of_rests_is_passed_over(self) -> None:
        assert sung("CD|\nz2|\nw: a b") == "a b ."

    def test_each_voice_has_its_own(self) -> None:
        found = tune("V:1\nCD|\nV:2\nEF|\nw: c d\nV:1\nw: a b")
        words = [
            [one.text for bar in (bar,) for note in bar.notes for one in note.signs.lyrics]
            for bar in found.bars
            if all(note.signs is not None for note in bar.notes)
        ]
        assert words == [["a", "b"], ["c", "d"]]

    def test_too_many_syllables_are_named_once(self) -> None:
        assert faults("CDEF|\nw: a b c d e f") == [
            "line 7, column 12: w: has more syllables than there are notes"
        ]
        assert faults("CDEF|\nw: a b c d|") == []

    def test_a_verse_is_counted_from_one(self) -> None:
        note = tune("C4|\nw: a-\nw: _").bars[0].notes[0]
        assert note.signs is not None
        assert note.signs.lyrics == (Syllable(1, "a", True), Syllable(2, "", False, True))


class TestSymbols:
    def test_decorations_and_texts(self) -> None:
        found = tune('CEzA|GFED|\ns: "^slow" * !f! | !pp!!trill! "Am" T')
        signs = [note.signs or Signs() for bar in found.bars for note in bar.notes]
        assert [one.texts for one in signs] == [
            ("^slow",), (), (), (), (), ("Am",), (), (),
        ]  # fmt: skip
        assert [one.decorations for one in signs] == [
            (), (), (), ("f",), ("pp", "trill"), (), ("trill",), (),
        ]  # fmt: skip
        assert found.problems == ()

    def test_they_are_added_to_what_stands_there(self) -> None:
        (note,) = tune("~C4|\ns: !f!\nw: a").bars[0].notes
        assert note.signs is not None
        assert note.signs.decorations == ("roll", "f")
        assert note.signs.lyrics == (Syllable(1, "a"),)

    def test_what_has_no_meaning_is_named(self) -> None:
        assert faults("CDEF|\ns: * q !zonk! * *") == [
            "line 7, column 6: 'q' has no meaning in a symbol line",
            "line 7, column 8: the decoration 'zonk' is not known",
            "line 7, column 17: s: has more symbols than there are notes",
        ]


def test_a_tune_without_words_is_untouched() -> None:
    assert all(note.signs is None for note in tune("CDEF|\nW: below the tune").bars[0].notes)
    assert Tune.parse("X:1\nK:C\nC|\nW: below\n+: the tune\n").words == ("below the tune",)
