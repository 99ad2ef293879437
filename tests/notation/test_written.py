"""What the reader keeps of the text beside the sound: names, signs, lyrics, voices.

The score, the normal form and the trainer take it from the tune, not from the text.
"""

from fractions import Fraction

import pytest

from abcrun.notation import Tune, WrittenNote
from abcrun.notation.pitch import NoteName
from abcrun.notation.written import GraceNote, Graces, Lyrics, Signs, Tuplet
from tests.notation.specimens import tune

HALF = Fraction(1, 2)
QUARTER = Fraction(1, 4)


def notes(body: str, meter: str = "4/4", more: str = "") -> list[WrittenNote]:
    """Return the notes of some music as they are written."""
    return [note for bar in tune(body, meter=meter, more=more).bars for note in bar.notes]


def signs(body: str, meter: str = "4/4", more: str = "") -> list[Signs]:
    """Return what stands around each note, with nothing in place of None."""
    return [note.signs or Signs() for note in notes(body, meter, more)]


class TestNames:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("C", NoteName("", "C", 0)),
            ("^c", NoteName("^", "C", 1)),
            ("__b''", NoteName("__", "B", 3)),
            ("=F,,", NoteName("=", "F", -2)),
        ],
    )
    def test_a_note_keeps_its_spelling(self, text: str, name: NoteName) -> None:
        (note,) = notes(text + "4|")
        assert note.names == (name,)
        assert name.text == text

    def test_marks_that_undo_each_other_are_left_out(self) -> None:
        (note,) = notes("C'4|")
        assert note.names[0].text == "c"

    def test_a_chord_names_all_its_notes_in_order_also_twice(self) -> None:
        (note,) = notes("[G^CC]4|")
        assert [name.text for name in note.names] == ["G", "^C", "C"]
        assert note.pitches == (67, 61)

    def test_a_rest_has_no_name(self) -> None:
        assert [note.names for note in notes("z2x2|Z|C4|")[:3]] == [(), (), ()]

    def test_most_notes_have_no_signs(self) -> None:
        assert [note.signs for note in notes("CDEF|")] == [None] * 4


class TestRhythm:
    def test_broken_rhythm(self) -> None:
        before, after, last = signs("C>DE2|")
        assert (before.broken, before.factor, before.is_joined) == (">", Fraction(3, 2), False)
        assert (after.broken, after.factor, after.is_joined) == ("", HALF, True)
        assert last == Signs()

    def test_a_tuplet(self) -> None:
        first, second, third, last = signs("(3CDE F2|")
        assert first.tuplet == Tuplet("(3", 3, 2, 3)
        assert [one.factor for one in (first, second, third)] == [Fraction(2, 3)] * 3
        assert [one.is_joined for one in (first, second, third)] == [False, True, True]
        assert last == Signs()

    def test_a_tuplet_keeps_its_text_and_what_it_means(self) -> None:
        assert signs("(5:4:2CD EF|")[0].tuplet == Tuplet("(5:4:2", 5, 4, 2)
        assert signs("(2CDE|", meter="6/8")[0].tuplet == Tuplet("(2", 2, 3, 2)

    def test_factors_multiply(self) -> None:
        assert signs("(3C>DE F2|")[0].factor == Fraction(2, 3) * Fraction(3, 2)

    def test_a_tuplet_without_meaning_is_not_kept(self) -> None:
        assert [one.tuplet for one in signs("(1CDEF|")] == [None] * 4


class TestWhatIsDrawn:
    def test_grace_notes(self) -> None:
        first, second, _ = signs("{g}C{/^aG,}{b}D2|E4|")
        assert first.graces == (
            Graces(False, (GraceNote((NoteName("", "G", 1),), (79,), QUARTER),)),
        )
        assert [graces.is_slashed for graces in second.graces] == [True, False]
        small = second.graces[0].notes
        assert [one.names[0].text for one in small] == ["^a", "G,"]
        assert [one.pitches for one in small] == [(82,), (55,)]

    def test_grace_notes_that_sound_together(self) -> None:
        (graces,) = signs("{[ce]g}C4|")[0].graces
        assert [[name.text for name in one.names] for one in graces.notes] == [["c", "e"], ["g"]]
        assert [one.pitches for one in graces.notes] == [(72, 76), (79,)]

    def test_what_stands_among_grace_notes_is_no_fault(self) -> None:
        found = tune("{!trill!g}C{(ga)}D{g>f}E{ c2 d/ }F|")
        assert found.is_valid
        lengths = [
            [float(one.duration) for one in note.signs.graces[0].notes]
            for note in found.bars[0].notes
            if note.signs is not None
        ]
        assert lengths == [[0.25], [0.25, 0.25], [0.25, 0.25], [0.5, 0.125]]
        assert [str(one) for one in tune("{g|a}C4|").problems] == [
            "line 6, column 3: '|' has no meaning among grace notes"
        ]

    def test_decorations_in_one_spelling(self) -> None:
        assert signs("~.C!trill!+fermata+D2|")[0].decorations == ("roll", "staccato")
        assert signs("~.C!trill!+fermata+D2|")[1].decorations == ("trill", "fermata")

    def test_nil_is_no_decoration(self) -> None:
        for music in ("!nil!C4|", "+nil+C4|", "!none!C4|"):
            assert signs(music)[0].decorations == () and tune(music).problems == ()

    def test_a_letter_without_meaning_is_no_decoration(self) -> None:
        assert signs("hCDEF|")[0].decorations == ()
        assert signs("hCDEF|", more="U:h=!fermata!\n")[0].decorations == ("fermata",)

    def test_quoted_text(self) -> None:
        assert signs('"Am""^slow"CDEF|')[0].texts == ("Am", "^slow")

    def test_slurs(self) -> None:
        found = signs("((CD)E)F|")
        assert [(one.slurs_begun, one.slurs_ended) for one in found] == [
            (2, 0), (0, 1), (0, 1), (0, 0),
        ]  # fmt: skip

    def test_a_slur_may_end_behind_the_bar_line(self) -> None:
        found = signs("(CDEF|)GABc|)|")
        assert [one.slurs_ended for one in found] == [0, 0, 0, 1, 0, 0, 0, 1]

    def test_a_slur_that_begins_inside_a_chord_is_this_chords(self) -> None:
        chord, following, _ = signs("[(CE]D)E2|")
        assert (chord.slurs_begun, following.slurs_begun, following.slurs_ended) == (1, 0, 1)

    def test_texts_before_a_bar_line_are_its_bars_and_graces_the_next_notes(self) -> None:
        found = signs('CDEF"G"{d}|GABc|')[4]
        assert found.texts == ()
        assert [one.notes[0].pitches for one in found.graces] == [(74,)]

    def test_signs_inside_a_chord_are_the_chords(self) -> None:
        (chord,) = signs('"Am".["G"!1!C{d}!trill!!3!E]4|')
        assert chord.texts == ("Am", "G")
        assert chord.decorations == ("staccato", "1", "trill", "3")
        assert [one.notes[0].pitches for one in chord.graces] == [(74,)]

    def test_a_chord_has_the_signs_before_it(self) -> None:
        assert signs('"G"{d}.[CE]4|')[0].decorations == ("staccato",)


class TestChanges:
    def test_a_change_of_key_stands_before_its_first_note(self) -> None:
        found = signs("CD[K:Dmix]EF|\nK:G\nGABc|")
        keys = [one.key.text if one.key is not None else None for one in found]
        assert keys == [None, None, "Dmix", None, "G", None, None, None]

    def test_clefs_hold_from_bar_to_bar(self) -> None:
        found = tune("C4|[K:clef=bass]C4|C4|[K:treble-8]C4|", key="C alto")
        assert [bar.clef and bar.clef.text for bar in found.bars] == [
            "alto",
            "bass",
            "bass",
            "treble-8",
        ]

    def test_layers(self) -> None:
        assert [bar.overlays for bar in tune("C4|C4&E4|C4&E4&G4|").bars] == [0, 1, 2]


class TestVoices:
    FULL = 'V:1 name="First fiddle" clef=treble\nV:2 bass octave=-1\n'

    def test_properties(self) -> None:
        first, second = tune("V:1\nC4|\nV:2\nC4|", more=self.FULL).voices
        assert first.properties == (("name", "First fiddle"), ("clef", "treble"))
        assert second.properties == (("clef", "bass"), ("octave", "-1"))

    def test_whether_a_voice_sounds_where_it_is_written(self) -> None:
        first, second = tune("V:1\nC4|\nV:2\nC4|", more=self.FULL).voices
        assert (first.is_transposing, second.is_transposing) == (False, True)
        assert tune("C4|\nK:D transpose=2\nC4|").voices[0].is_transposing

    def test_fields_before_the_first_voice_are_that_voices(self) -> None:
        found = tune("%%MIDI program 2\nM:3/4\nV:S\nC3|\nV:T\nE3|")
        assert [voice.name for voice in found.voices] == ["S", "T"]
        first = found.bars[0]
        assert first.meter.text == "3/4"
        assert first.notes[0].signs is not None
        assert [one.value for one in first.notes[0].signs.directives] == ["program 2"]
        assert [voice.name for voice in tune("M:3/4\nV:1\nV:2\nC3|").voices] == ["1", "2"]

    def test_lyrics(self) -> None:
        found = tune("CDEF|\nw: one two % three\nGABc|\n  w:four|")
        assert found.voices[0].lyrics == (Lyrics(7, 3, " one two "), Lyrics(9, 5, "four|"))
        assert found.problems == ()


class TestTune:
    def test_the_header_is_kept(self) -> None:
        header = tune("CDEF|", more="C:Trad.\nC:and me\nP:A\n").header
        assert (header.composer, header.play_order, header.key.text) == ("Trad.", "A", "C")

    def test_the_first_line_counts_in_the_text_given(self) -> None:
        found = Tune.parse("some text\n\nX:1\nK:C\nCDEF|")
        assert (found.first_line, found.bars[0].line) == (3, 5)

    def test_the_order_of_playing(self) -> None:
        found = tune("|:C4|1D4:|2E4|]")
        (played,) = found.played
        assert [one.bar.notes[0].text for one in played] == ["C4", "D4", "C4", "E4"]
        items = found.voices[0].items
        assert all(items[one.item] is one.bar for one in played)

    def test_two_readings_of_a_text_are_equal(self) -> None:
        text = "X:1\nK:C\n(C>D){g}E|"
        assert Tune.parse(text) == Tune.parse(text)
        assert hash(Tune.parse(text)) == hash(Tune.parse(text))

    def test_rests_of_several_bars_have_their_signs_once(self) -> None:
        bars = tune('"G"Z3|C4|').bars
        assert [bar.notes[0].signs is None for bar in bars] == [False, True, True, True]
