"""What ABC means: short music to notes, by hand from the ABC 2.1 standard. Lengths are
in whole notes."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.errors import NotationError
from abcrun.notation import Bar, BarLine, Ending, Tempo, Tune, check, find_tunes

C, D, E, F, G, A, B = 60, 62, 64, 65, 67, 69, 71
c, d, e, f, g = 72, 74, 76, 77, 79
QUARTER = Fraction(1, 4)


def tune(body: str, key: str = "C", meter: str = "4/4", unit: str = "1/4", more: str = "") -> Tune:
    return Tune.parse(f"X:1\nT:Specimen\nM:{meter}\nL:{unit}\n{more}K:{key}\n{body}\n")


def pitches(
    body: str, key: str = "C", meter: str = "4/4", unit: str = "1/4", more: str = ""
) -> list[int]:
    return [note.pitch for note in tune(body, key, meter, unit, more).notes]


def lengths(body: str, meter: str = "4/4", unit: str = "1/4") -> list[Fraction]:
    return [note.duration for note in tune(body, meter=meter, unit=unit).notes]


def quarters(body: str, meter: str = "4/4") -> list[tuple[Fraction, int, Fraction]]:
    """Onset, pitch and length in crotchets."""
    return [
        (note.onset * 4, note.pitch, note.duration * 4) for note in tune(body, meter=meter).notes
    ]


def kinds(text: str) -> list[str]:
    return [problem.kind for problem in check(text)]


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

    @pytest.mark.parametrize(
        ("key", "sharps", "flats"),
        [
            ("C", "", ""),
            ("G", "F", ""),
            ("D Major", "FC", ""),
            ("Bb", "", "BE"),
            ("F#", "FCGDAE", ""),
            ("Cb", "", "BEADGCF"),
            ("Am", "", ""),
            ("Emin", "F", ""),
            ("EM", "F", ""),  # capitals mean nothing in modes
            ("F#m", "FCG", ""),
            ("Dmix", "F", ""),
            ("D Mixolydian", "F", ""),
            ("AMix", "FC", ""),
            ("Ador", "F", ""),
            ("EDORIAN", "FC", ""),
            ("Bphr", "F", ""),
            ("Gloc", "", "BEAD"),
            ("Flyd", "", ""),
            ("Glydian", "FC", ""),
            ("Cion", "", ""),
            ("Aaeo", "", ""),
            ("Hp", "FC", ""),
            ("HP", "FC", ""),
            ("none", "", ""),
            ("", "", ""),
            ("D clef=bass", "FC", ""),
            ("G % one sharp", "F", ""),
            ("Dmix=f", "", ""),
            ("D ^g _b", "FCG", "B"),
            ("D exp _b ^f", "F", "B"),
            ("^c", "C", ""),
        ],
    )
    def test_keys(self, key: str, sharps: str, flats: str) -> None:
        expected = [
            natural + (letter in sharps) - (letter in flats)
            for letter, natural in zip("CDEFGAB", (C, D, E, F, G, A, B), strict=True)
        ]
        assert pitches("CDEF|GAB|", key=key) == expected

    def test_the_key_is_told(self) -> None:
        key = tune("C", key="F# dorian").key
        assert (key.text, key.tonic, key.mode, key.tonic_pitch_class) == (
            "F# dorian",
            "F#",
            "dorian",
            6,
        )
        assert key.accidentals == (("F", 1), ("C", 1), ("G", 1), ("D", 1))

    def test_a_change_of_key_on_a_line_and_inside_a_line(self) -> None:
        assert pitches("FC|\nK:D\nFC|[K:F]FB|") == [F, C, 66, 61, F, 70]

    def test_transposition_and_octave_of_what_sounds(self) -> None:
        assert pitches("C", key="C transpose=-2") == [58]
        assert pitches("C", key="C octave=1") == [c]


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


class TestRepeats:
    @pytest.mark.parametrize(
        ("music", "played"),
        [
            ("|:C|D:|E|", "CDCDE"),
            ("C|D:|E|", "CDCDE"),  # no |: begins at the beginning
            ("C|D:|E|F:|", "CDCDEFEF"),  # or behind the last end of a repeat
            ("C|D||E|F:|", "CDEFEF"),  # or behind the last double bar line
            ("C|]D:|", "CDD"),
            ("|:C::D:|", "CCDD"),
            ("|:C:|:D:|", "CCDD"),
            ("|:C:||:D:|", "CCDD"),
            ("C::D:|", "CCDD"),
            ("|:C|1D:|2E|]", "CDCE"),
            ("|:C|[1D:|[2E|]", "CDCE"),
            ("|:C [1D:| [2E|]", "CDCE"),
            ("|:C|1D:|\n|2E|]", "CDCE"),
            ("C|1D:|2E||F|1G:|2A|]", "CDCEFGFA"),
            ("|:C|1D:|2E|:F:|", "CDCEFF"),
            ("|:C|1D:|2E:|F", "CDCEF"),
            ("|:C|1,3D:|2E:|4F|]", "CDCECDCF"),
            ("|:C|1-3D:|4E|]", "CDCDCDCE"),
            ("|:C|1D:|E", "CDCE"),
            ("|::C::|D", "CCCD"),
            ("|:::C:::|", "CCCC"),
            ("|:C||D:|", "CDCD"),
            ("|:C|D|", "CD"),  # never ended, played once
            ("|:C|:D:|", "CCDD"),  # the next |: ends it
            ("C|D|E|]", "CDE"),
            ("C.|D[|]E[|F|]", "CDEF"),
        ],
    )
    def test_order_of_playing(self, music: str, played: str) -> None:
        letters = dict(zip((C, D, E, F, G, A, B), "CDEFGAB", strict=True))
        assert "".join(letters[pitch] for pitch in pitches(music)) == played

    @pytest.mark.parametrize(
        ("order", "played"),
        [
            ("ABA", "CDC"),
            ("A2B", "CCD"),
            ("(AB)2", "CDCD"),
            ("A.R.A", "CEEC"),
            ("(A(B)2)2", "CDDCDD"),
            ("AX", "C"),
        ],
    )
    def test_parts(self, order: str, played: str) -> None:
        letters = {C: "C", D: "D", E: "E"}
        found = pitches("P:A\nC|\nP:B\nD|\nP:R\nE:|\n", more=f"P:{order}\n")
        assert "".join(letters[pitch] for pitch in found) == played

    def test_part_labels_without_an_order_change_nothing(self) -> None:
        assert pitches("P:A\nC|\nP:B\nD|\n") == [C, D]


class TestTempo:
    @pytest.mark.parametrize(
        ("field", "quarters_per_minute"),
        [
            ("1/4=120", 120),
            ("3/8=80", 120),
            ("1/2 = 60", 120),
            ("120", 60),  # unit note lengths, here quavers
            ("C=120", 60),
            ("C3=40", 60),
            ('"Allegro" 1/4=96', 96),
            ('1/4=80 "Slow"', 80),
            ("1/4 3/8 1/4 3/8=40", 200),
            ('"Allegro"', 120),
        ],
    )
    def test_forms_of_the_tempo_field(self, field: str, quarters_per_minute: int) -> None:
        found = tune("C|", unit="1/8", more=f"Q:{field}\n")
        assert found.tempos == (Tempo(Fraction(0), Fraction(quarters_per_minute)),)
        assert found.is_valid or found.problems[0].kind == "bar-length"

    def test_a_change_of_tempo_counts_from_where_it_stands_each_time_it_is_played(self) -> None:
        found = tune("|:C4|\nQ:1/4=60\nC4|[Q:1/4=120]C4:|", more="Q:1/4=120\n")
        changes = [(tempo.onset, tempo.quarters_per_minute) for tempo in found.tempos]
        assert changes == [(0, 120), (1, 60), (2, 120), (4, 60), (5, 120)]
        assert found.seconds == pytest.approx(2 + 4 + 2 + 2 + 4 + 2)

    def test_without_a_tempo_field_the_kind_of_tune_decides(self) -> None:
        def bar_seconds(meter: str, rhythm: str) -> float:
            found = Tune.parse(f"X:1\nM:{meter}\nL:1/8\nR:{rhythm}\nK:C\nC|\n")
            assert found.meter.length is not None
            return float(found.meter.length * 4 * 60 / found.tempos[0].quarters_per_minute)

        assert bar_seconds("C|", "reel") == bar_seconds("2/4", "Reel")
        assert (
            bar_seconds("6/8", "double jig")
            < bar_seconds("C|", "Hornpipe")
            < bar_seconds("3/4", "air")
        )
        assert 0.9 < bar_seconds("6/8", "") < 1.3

    def test_words_alone_are_no_mistake_and_nonsense_is(self) -> None:
        assert tune("C4|", more='Q:"Tenderly"\n').is_valid
        assert [problem.kind for problem in tune("C4|", more="Q:fast\n").problems] == ["field"]


class TestHeader:
    def test_fields(self) -> None:
        found = Tune.parse("X:7\nT:The Kesh\nT:Kincora\nR:jig\nM:6/8\nL:1/8\nK:G\nG3 GAB|\n")
        assert (found.reference, found.title, found.rhythm) == (7, "The Kesh", "jig")
        assert (found.meter.text, found.meter.length, found.meter.is_compound) == (
            "6/8",
            Fraction(3, 4),
            True,
        )
        assert (found.key.tonic, found.key.mode, found.unit_length) == (
            "G",
            "major",
            Fraction(1, 8),
        )

    @pytest.mark.parametrize(
        ("written", "length"),
        [
            ("C", 1),
            ("C|", 1),
            ("9/8", "9/8"),
            ("2+3/8", "5/8"),
            ("(2+3+2)/8", "7/8"),
            ("none", None),
            ("", None),
        ],
    )
    def test_meters(self, written: str, length: str | int | None) -> None:
        found = tune("C|", meter=written).meter.length
        assert found == (None if length is None else Fraction(length))

    def test_comments_directives_and_unknown_fields_are_passed_over(self) -> None:
        text = "X:1\n%%abc-include x\n% note\nT:t\nM:4/4\nL:1/4\nN:CDEF\nK:C % key\nC4|% D4|\nw:la la\n%%MIDI x\nW:C D E\n"
        assert [note.pitch for note in Tune.parse(text).notes] == [C]

    def test_old_and_new_line_ends(self) -> None:
        assert pitches("CD|!\nEF|\\\nGA|*\n") == [C, D, E, F, G, A]
        assert [note.pitch for note in Tune.parse("X:1\r\nL:1/4\r\nK:C\r\nC|\r\nD|\r\n").notes] == [
            C,
            D,
        ]

    def test_a_line_that_begins_like_a_field_may_be_music(self) -> None:
        assert pitches("C|:\nd:|\n", key="C") == [C, d, d]


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


class TestFinding:
    BOOK = "text\n\nX:1\nT:a\nK:C\nC|\n\nfree text C D E\nX:2\nK:D\nD|\nX:3\nK:E\nE|]"

    def test_tunes_in_any_text(self) -> None:
        assert list(find_tunes(self.BOOK)) == ["X:1\nT:a\nK:C\nC|", "X:2\nK:D\nD|", "X:3\nK:E\nE|]"]
        assert [found.reference for found in Tune.find(self.BOOK)] == [1, 2, 3]

    def test_a_text_that_begins_and_ends_in_the_middle_of_a_tune(self) -> None:
        assert list(find_tunes("A2 B|\n\n" + self.BOOK + "\n\nX:4\nK:C\nCDEF|GA")) == list(
            find_tunes(self.BOOK)
        )
        assert list(find_tunes("X:4\nT:no key\n\nX:5\nK:C\n\nX:6\nK:C\nC|")) == ["X:6\nK:C\nC|"]

    def test_carriage_returns(self) -> None:
        assert len(list(find_tunes(self.BOOK.replace("\n", "\r\n")))) == 3
        assert len(list(find_tunes(self.BOOK.replace("\n", "\r")))) == 3

    @settings(deadline=None)
    @given(
        st.lists(
            st.sampled_from(["X:1\nK:C\nC|", "X:2\nT:two\nK:D\n|:D:|", "X:3\nM:3/4\nK:G\nG3|A3|]"])
        )
    )
    def test_finding_undoes_joining(self, tunes: list[str]) -> None:
        assert list(find_tunes("\n\n".join(tunes))) == tunes


class TestProblems:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no line starts with X:"),
            ("hello", "no line starts with X:"),
            ("X:1\nT:a\n", "line 1, column 1: the tune has no K:"),
            ("X:1\nK:C\n", "line 2, column 1: the tune has no notes"),
            ("X:1\nK:C\nz4|\n", "has no notes"),
            ("\n\nX:1\nK:C\nC999999999|\n", "line 5, column 1: "),
        ],
    )
    def test_no_tune_can_be_read(self, text: str, message: str) -> None:
        with pytest.raises(NotationError, match=message) as caught:
            Tune.parse(text)
        assert "\n" not in str(caught.value)
        assert len(check(text)) == 1

    def test_a_tune_without_fault(self) -> None:
        text = "X:1\nT:a\nM:4/4\nL:1/4\nK:G\nD|GABc|dcB:|\n"
        assert check(text) == []
        assert Tune.parse(text).is_valid

    @pytest.mark.parametrize(
        ("body", "line", "column", "kind"),
        [
            ("CDEF|GA?B|", 6, 8, "unreadable"),
            ("CDEF|GAqB|", 6, 8, "unreadable"),
            ("CDEF|GA2 3|", 6, 10, "unreadable"),
            ("C=20DEF|", 6, 2, "unreadable"),
            ("CDEF|[GAB|", 6, 6, "unclosed"),
            ('CDEF|"G|', 6, 6, "unclosed"),
            ("CDEF|{G|", 6, 6, "unclosed"),
            ("CDEF|\nM:x\nGABc|", 7, 3, "field"),
            ("CDEF|\nK:x\nGABc|", 7, 3, "field"),
            ("CDEF|\nM:3/4 GAB|", 7, 3, "field"),
            ("CDEF|>GABc|", 6, 6, "rhythm"),
            ("(3CDEFG|(3A(3Bcd|", 6, 12, "rhythm"),
            ("CDEF|GAB|cded|", 6, 6, "bar-length"),
            ("CDEF|GABcd|cded|", 6, 6, "bar-length"),
        ],
    )
    def test_where_and_what(self, body: str, line: int, column: int, kind: str) -> None:
        found = [problem for problem in tune(body).problems if problem.kind == kind]
        assert (found[0].line, found[0].column) == (line, column)
        assert str(found[0]).startswith(f"line {line}, column {column}: ")

    def test_lines_count_in_the_text_given(self) -> None:
        good, bad = "X:1\nL:1/4\nM:4/4\nK:C\nCDEF|\n\n", "X:2\nL:1/4\nM:4/4\nK:C\nCDEF|CD?EF|\n"
        assert [(problem.line, problem.column) for problem in check(good + good + bad)] == [(17, 8)]

    def test_a_letter_that_a_field_defines_can_be_read(self) -> None:
        assert "unreadable" in kinds("X:1\nL:1/4\nM:4/4\nK:C\nqCDEF|\n")
        assert kinds("X:1\nL:1/4\nM:4/4\nU:q=!accent!\nK:C\nqCDEF|\n") == []

    def test_a_tune_without_a_reference(self) -> None:
        assert kinds("M:4/4\nL:1/4\nK:C\nCDEF|\n") == ["no-reference"]

    @pytest.mark.parametrize(
        "body",
        [
            "C|DEFG|ABc|]",  # the last bar completes the pickup
            "C|DEFG|ABc:|d|efgf|edc:|",  # in each section
            "|:CDEF|GA:|Bc|dedc|]",  # a bar in two pieces around a repeat
            "C|DEFG|1ABc:|2ABcd|]",  # one pickup, two endings
            "|:CDEF|GA [1Bc:|[2cB|]",  # a bar that two endings complete
            "CDEF|GAB||c|dedc|]",  # around a double bar line
            "CDEF|Z2|[M:3/4]CDE|FGA|",
            "CDEF&C4|C2E2&E2G2|",
        ],
    )
    def test_short_bars_that_conventions_allow(self, body: str) -> None:
        assert tune(body).problems == ()

    @pytest.mark.parametrize(
        ("body", "column"),
        [
            ("CDEF|GAB|]", 6),  # nothing to complete
            ("C|DEFG|AB:|", 8),  # the pickup is of one beat
            ("C|DEFG|ABcd|e|dcBA|]", 13),  # in the middle of a section
            ("CDEFG|GABc|]", 1),
        ],
    )
    def test_bars_of_the_wrong_length(self, body: str, column: int) -> None:
        found = tune(body).problems
        assert [(problem.kind, problem.column) for problem in found] == [("bar-length", column)]

    def test_free_meter_has_no_wrong_bars(self) -> None:
        assert tune("C|DE|FGA|", meter="none").problems == ()

    def test_real_tunes_have_few(self, irish_tunes: list[str]) -> None:
        clean = sum(not check(text) for text in irish_tunes)
        assert clean >= 0.975 * len(irish_tunes)


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
