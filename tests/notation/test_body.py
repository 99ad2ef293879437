"""What ABC means: short music to bars and notes, by hand from the ABC 2.1 standard.

Lengths are in whole notes.
"""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.notation import Bar, BarLine, Ending, Tune
from tests.notation.specimens import (
    QUARTER,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    c,
    f,
    lengths,
    pitches,
    quarters,
    tune,
)


class TestPitch:
    def test_letters_and_octaves(self) -> None:
        assert pitches("CDEF|GABc|C,C,,c'c''|") == [C, D, E, F, G, A, B, c, 48, 36, 84, 96]

    def test_marks_that_undo_each_other(self) -> None:
        assert pitches("c,C'|") == [C, c]

    @pytest.mark.parametrize(
        ("sign", "alteration"), [("^", 1), ("_", -1), ("=", 0), ("^^", 2), ("__", -2)]
    )
    def test_accidentals(self, sign: str, alteration: int) -> None:
        assert pitches(f"{sign}D|") == [D + alteration]

    def test_an_accidental_lasts_to_the_bar_line_in_all_octaves(self) -> None:
        assert pitches("^FfF,=F|FfF^f|f") == [66, 78, 54, F, F, f, F, 78, f]

    def test_an_accidental_overrules_the_key_for_one_bar(self) -> None:
        assert pitches("=FF|F", key="G") == [F, F, 66]

    def test_a_tie_carries_the_accidental_over_the_bar_line_but_no_further(self) -> None:
        assert quarters("^F4-|FF G2|")[:2] == [(0, 66, 5), (5, F, 1)]

    def test_accidentals_of_grace_notes_do_not_last(self) -> None:
        assert pitches("{^G}GG|") == [G, G]


class TestLength:
    def test_multiples_and_fractions_of_the_unit(self) -> None:
        assert lengths("C2 C/ C/2 C// C3/2 C/4 C3/ C12|", unit="1/8") == [
            Fraction(n, 16) for n in (4, 1, 1, Fraction(1, 2), 3, Fraction(1, 2), 3, 24)
        ]

    @pytest.mark.parametrize(
        ("meter", "unit"), [("2/4", 16), ("5/8", 16), ("3/4", 8), ("6/8", 8), ("C|", 8)]
    )
    def test_without_a_unit_length_it_follows_from_the_meter(self, meter: str, unit: int) -> None:
        assert Tune.parse(f"X:1\nM:{meter}\nK:C\nC|\n").unit_length == Fraction(1, unit)

    def test_a_change_of_unit(self) -> None:
        assert lengths("C|[L:1/8]C|\nL:1/16\nC|") == [QUARTER, QUARTER / 2, QUARTER / 4]

    @pytest.mark.parametrize(
        ("signs", "first", "second"),
        [
            (">", "3/2", "1/2"),
            (">>", "7/4", "1/4"),
            (">>>", "15/8", "1/8"),
            ("<", "1/2", "3/2"),
            ("<<", "1/4", "7/4"),
        ],
    )
    def test_broken_rhythm(self, signs: str, first: str, second: str) -> None:
        assert lengths(f"C{signs}D|", unit="1") == [Fraction(first), Fraction(second)]

    def test_broken_rhythm_with_spaces_rests_chords_and_grace_notes_between(self) -> None:
        assert (
            lengths("C > D|", unit="1")
            == lengths("C>{f}D|", unit="1")
            == [Fraction(3, 2), Fraction(1, 2)]
        )
        assert lengths("z>D|", unit="1") == [Fraction(1, 2)]
        assert lengths("[CE]>D|", unit="1") == [Fraction(3, 2), Fraction(3, 2), Fraction(1, 2)]

    @pytest.mark.parametrize(
        ("sign", "meter", "length"),
        [
            ("(2", "6/8", "3/2"),
            ("(3", "4/4", "2/3"),
            ("(4", "6/8", "3/4"),
            ("(5", "4/4", "2/5"),
            ("(5", "6/8", "3/5"),
            ("(5", "3/4", "2/5"),
            ("(6", "4/4", "1/3"),
            ("(7", "9/8", "3/7"),
            ("(8", "6/8", "3/8"),
            ("(9", "4/4", "2/9"),
            ("(3:2", "4/4", "2/3"),
            ("(3::", "4/4", "2/3"),
            ("(5:4", "4/4", "4/5"),
        ],
    )
    def test_tuplets(self, sign: str, meter: str, length: str) -> None:
        count = int(sign[1])
        found = lengths(f"{sign}" + "C" * (count + 1), meter=meter, unit="1")
        assert found == [Fraction(length)] * count + [1]

    def test_a_tuplet_reaches_as_far_as_it_says(self) -> None:
        assert lengths("(3:2:4CDEFG|", unit="1") == [Fraction(2, 3)] * 4 + [1]

    def test_rests_and_chords_count_in_a_tuplet_grace_notes_do_not(self) -> None:
        assert quarters("(3z{f}D[EG]C|") == [(Fraction(2, 3), D, Fraction(2, 3))] + [
            (Fraction(4, 3), pitch, Fraction(2, 3)) for pitch in (E, G)
        ] + [(2, C, 1)]

    def test_broken_rhythm_in_a_tuplet(self) -> None:
        assert lengths("(3C>DE|", unit="1") == [1, Fraction(1, 3), Fraction(2, 3)]

    def test_slurs_in_and_around_tuplets(self) -> None:
        assert lengths("(3(CDE) ((3CDE)|", unit="1") == [Fraction(2, 3)] * 6

    def test_rests(self) -> None:
        assert quarters("zC x2|z4|Z2|D4|") == [(1, C, 1), (16, D, 4)]
        assert tune("C4|Z3|X|", meter="3/4").duration == 4

    def test_a_spacer_takes_no_time(self) -> None:
        assert quarters("CyDy20E") == [(0, C, 1), (1, D, 1), (2, E, 1)]

    def test_grace_notes_take_no_time(self) -> None:
        assert quarters("{g}C{/ga}D2") == [(0, C, 1), (1, D, 2)]


class TestChordsAndTies:
    def test_the_notes_of_a_chord_start_together(self) -> None:
        assert quarters("[CEG]D") == [(0, C, 1), (0, E, 1), (0, G, 1), (1, D, 1)]

    def test_lengths_inside_and_outside_multiply_and_the_first_note_counts(self) -> None:
        assert quarters("[C2E2]2D") == [(0, C, 4), (0, E, 4), (4, D, 1)]
        assert quarters("[C2E]D") == [(0, C, 2), (0, E, 2), (2, D, 1)]

    def test_quoted_chords_and_decorations_do_not_sound(self) -> None:
        assert pitches('"Am"C "^text|:"!trill!D +fermata+E .F ~G vA uB Tc|') == [
            C,
            D,
            E,
            F,
            G,
            A,
            B,
            c,
        ]
        assert pitches('["C"C"E"E]|') == [C, E]

    def test_a_tie_joins_notes_of_the_same_pitch(self) -> None:
        assert quarters("C-C D4-|D2 E2|") == [(0, C, 2), (2, D, 6), (8, E, 2)]

    def test_a_tie_to_another_pitch_is_a_slur(self) -> None:
        assert quarters("C-D|") == [(0, C, 1), (1, D, 1)]

    def test_ties_in_and_behind_chords(self) -> None:
        assert quarters("[C-E]C|") == [(0, C, 2), (0, E, 1)]
        assert quarters("[CE]-[CE]|") == [(0, C, 2), (0, E, 2)]

    def test_ties_are_joined_as_they_are_played(self) -> None:
        assert quarters("|:C-:|C|") == [(0, C, 3)]
        assert quarters("|:C-|1C:|2D|]") == [(0, C, 2), (2, C, 1), (3, D, 1)]

    def test_layers_start_at_the_bar_line(self) -> None:
        assert quarters("C4|D4&G2A2|E4|") == [(0, C, 4), (4, D, 4), (4, G, 2), (6, A, 2), (8, E, 4)]

    def test_voices_sound_together(self) -> None:
        assert quarters("V:1\nC4|D4|\nV:2\nE4|F4|\nV:1\nG4|") == [
            (0, C, 4),
            (0, E, 4),
            (4, D, 4),
            (4, F, 4),
            (8, G, 4),
        ]
        assert quarters("[V:1]C|[V:2]E|") == [(0, C, 1), (0, E, 1)]

    @pytest.mark.parametrize("signs", ["(,CD) E2", "('CD)E2", ".(,CD)E2", "C-,C E2", "[C-,E]E2 D"])
    def test_the_side_of_a_slur_or_tie_is_named_once(self, signs: str) -> None:
        """`(,` and `-'` of abcm2ps; a second one in the tune is not named again."""
        found = tune(f"{signs}{signs}|", more="M:none\n")
        plain = tune(f"{signs}{signs}|".replace(",", "").replace("'", ""), more="M:none\n")
        assert found.notes == plain.notes
        assert [one.kind for one in found.problems] == ["unsupported"]
        assert "side" in found.problems[0].reason


class TestBars:
    def test_bars_as_they_are_written(self) -> None:
        found = tune("C|D2E2|\n[1 ^F4:|[2 (3GAB c2|]")
        assert [
            (bar.line, bar.column, bar.end_line, bar.end_column, bar.length) for bar in found.bars
        ] == [
            (6, 1, 6, 2, Fraction(1, 4)),
            (6, 3, 6, 7, 1),
            (7, 4, 7, 7, 1),
            (7, 12, 7, 20, 1),
        ]
        assert [bar.is_pickup for bar in found.bars] == [True, False, False, False]
        notes = found.bars[3].notes
        assert [(note.text, note.column, note.offset) for note in notes] == [
            ("G", 14, 0),
            ("A", 15, Fraction(1, 6)),
            ("B", 16, Fraction(1, 3)),
            ("c2", 18, Fraction(1, 2)),
        ]

    def test_what_stands_between_the_bars(self) -> None:
        items = tune("|:C4|1D4:|2E4|]").voices[0].items
        kinds = [type(item) for item in items]
        assert kinds == [BarLine, Bar, BarLine, Ending, Bar, BarLine, Ending, Bar, BarLine]

    def test_a_chord_keeps_its_text(self) -> None:
        assert tune("[CE]2|").bars[0].notes[0].text == "[CE]2"


_NOTES = st.from_regex(r"[\^_=]?[A-Ga-g][,']?(2|3|/|3/2)?", fullmatch=True)
_BARS = st.lists(st.lists(_NOTES, min_size=1, max_size=8).map("".join), min_size=1, max_size=8)


class TestRules:
    @settings(deadline=None)
    @given(_BARS)
    def test_a_bar_is_as_long_as_its_notes(self, bars: list[str]) -> None:
        found = tune("|".join(bars))
        assert [bar.length for bar in found.bars] == [
            sum(note.duration for note in bar.notes) for bar in found.bars
        ]
        assert found.duration == sum(bar.length for bar in found.bars)

    @settings(deadline=None)
    @given(_BARS)
    def test_without_repeats_the_notes_fill_the_time(self, bars: list[str]) -> None:
        found = tune("|".join(bars))
        assert sum(note.duration for note in found.notes) == found.duration
        ends = [note.onset + note.duration for note in found.notes]
        assert [note.onset for note in found.notes] == [0, *ends[:-1]]

    @settings(deadline=None)
    @given(_BARS)
    def test_a_repeat_is_the_same_music_twice(self, bars: list[str]) -> None:
        music = "|".join(bars)
        once, twice = tune(music), tune(f"|:{music}:|")
        count = len(once.notes)
        assert twice.duration == 2 * once.duration
        first, second = twice.notes[:count], twice.notes[count:]
        assert first == once.notes
        assert [(note.onset - once.duration, note.duration, note.pitch) for note in second] == [
            (note.onset, note.duration, note.pitch) for note in once.notes
        ]

    @settings(deadline=None)
    @given(_BARS, st.sampled_from(["\n", "\\\n", "!\n", "  \n"]))
    def test_line_ends_mean_nothing_to_the_music(self, bars: list[str], end: str) -> None:
        assert tune("|".join(bars)).notes == tune(f"|{end}".join(bars)).notes

    @settings(deadline=None)
    @given(_BARS, st.sampled_from(["G", "Dmix", "F#m", "Ebdor"]))
    def test_lengths_do_not_depend_on_the_key(self, bars: list[str], key: str) -> None:
        music = "|".join(bars)
        times = [
            [(note.onset, note.duration) for note in tune(music, key=name).notes]
            for name in ("C", key)
        ]
        assert times[0] == times[1]


def test_a_title_in_the_body_belongs_to_the_music_that_follows_it() -> None:
    found = tune("[V:1]C4|\n[V:2]E4|\nT:Trio\n[V:1]C4|\n[V:2]E4|", more="V:1\nV:2\n")
    assert [bar.titles for bar in found.bars] == [(), ("Trio",), (), ()]
