"""A tune in another key is spelled as a musician would: notes, keys, chord symbols; and
what is not music stays."""

import pytest

from abcrun.notation import Tune
from abcrun.notation.key import tonic_and_mode, with_key
from abcrun.notation.transpose import transpose_text
from tests.notation.transposing import differences, moved, text


class TestSpelling:
    @pytest.mark.parametrize(
        ("body", "key", "to", "expected"),
        [
            ("D ^C D", "Dm", "Gm", "G ^F G"),  # the leading tone
            ("D ^C D", "Dm", "Cm", "C =B, C"),
            ("D ^C D", "Dm", "Em", "E ^D E"),
            ("A ^G A", "Am", "G#m", "G ^^F G"),
            ("c _B A", "C", "G", "G =F E"),
            ("F =E =F", "Fm", "Em", "E ^D =E"),
            ("^F ^G", "Ador", "Ddor", "=B ^c"),
            ("G =F E", "G", "F", "F _E D"),
            ("C _E C", "C", "Gb", "G __B G"),
            ("C ^^F C", "C", "C#", "C ^G C"),  # past a double sharp: the neighbouring letter
            ("C __B C", "C", "Cb", "C _A C"),
            ("C,, C c c''", "C", "B", "B,,, B, B b'"),
            ("b c' B c", "C", "D", "c' d' c d"),
            ("c,C' C", "C", "D", "Dd D"),
        ],
    )
    def test_as_a_musician_would(self, body: str, key: str, to: str, expected: str) -> None:
        assert moved(body, key, to) == expected

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("^F =F | F", "^C =C | C"),
            ("^F | =F", "^C | =C"),  # courtesy
            ("^FF f | F", "^CC c | C"),
            ("^F- | F F", "^C- | C C"),
            ("[^FA]- | [FA] F", "[^CE]- | [CE] C"),
            ("{^F}F {_B}c", "{^C}C {=F}G"),
            ("^F & F | F", "^C & C | C"),
        ],
    )
    def test_signs_stand_where_they_stood(self, body: str, expected: str) -> None:
        assert moved(body, "C", "G") == expected

    def test_signs_are_added_where_the_new_staff_needs_them(self) -> None:
        assert moved("C | [K:none]B B | B c", "C", "D") == "D | [K:none]^c c | ^c d"
        assert moved("F ^^F F =F | F", "C", "C#") == "F ^G G ^F | F"
        assert moved("^^F _G G | G", "C", "C#") == "^G =G G | G"

    def test_a_tie_holds_the_note_as_it_is_spelled(self) -> None:
        assert moved("^^F-|F F|", "C", "C#") == "^G-|G F|"

    def test_what_is_not_notes_stays(self) -> None:
        body = (
            "A2>B (3cde !trill!A .B ~c uA vB Tc [1 z2 x y | %%comment A B\n"
            "w: A B c~d-e\n% A B\nN:A B c\nr:A\nP:A\nA|\nK:clef=bass\n"
            "B|[M:3/4][L:1/8][Q:1/4=90]\\\nA|[r:A]B|`$\n"
        )
        expected = (
            "B2>c (3def !trill!B .c ~d uB vc Td [1 z2 x y | %%comment A B\n"
            "w: A B c~d-e\n% A B\nN:A B c\nr:A\nP:A\nB|\nK:clef=bass\n"
            "c|[M:3/4][L:1/8][Q:1/4=90]\\\nB|[r:A]c|`$"
        )
        assert moved(body, "C", "D") == expected

    def test_line_ends_stay(self) -> None:
        assert (
            transpose_text("X:1\r\nK:C % A\r\nC|\rD|\nE|\r\n", "D")
            == "X:1\r\nK:D % A\r\nD|\rE|\nF|"
        )

    def test_damage_is_not_mended_and_not_made_worse(self) -> None:
        for body in (
            "^^^F|=^F|",
            "[^F:|]F|",
            "\n^F: G|",
            "=_B|_^F",
            "[F",
            "F]2|",
            "(3[K:Q]F|",
            "^F:|",
            "[K:D exp ^ff]F",
            "[K:^f-a]F",
        ):
            for to in ("G", "F", "Bb", "E", "C#"):
                moved(f"C|{body}", "C", to)


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "to", "expected"),
        [
            ("C", "Bb", "Bb"),
            ("G Major", "A", "A Major"),
            ("  Am", "F#m", "  F#m"),
            ("D Mixolydian", "Gmix", "G Mixolydian"),
            ("F♯m", "Am", "Am"),
            ("EMin", "Gm", "GMin"),
            ("D clef=bass octave=-1", "G", "G clef=bass octave=-1"),
            ("clef=bass D transpose=2", "Eb", "clef=bass Eb transpose=2"),
            ("Dmix ^c", "Cmix", "Cmix =b"),
            ("D ^g_b", "E", "E ^a=c"),
            ("D exp ^f", "E", "E exp ^g ^f ^c"),
            ("D exp ^f ^c", "C", "C exp"),
            ("D clef=bass ^g", "E", "E  ^a clef=bass"),
            ("D % ^f", "C", "C % ^f"),
        ],
    )
    def test_of_the_header(self, key: str, to: str, expected: str) -> None:
        tune = Tune.parse(text("D ^D F _F B|", key))
        there = tune.transpose(to)
        assert f"\nK:{expected}\n" in there.text
        assert differences(tune, there) == []

    def test_of_the_body(self) -> None:
        assert moved(
            "C|\nK:G % up\nF|[K:Am]G|[K:D exp ^f]F|[K:none]^F F|[K:HP]f g|[K:^c]c|", "C", "D"
        ) == ("D|\nK:A % up\nG|[K:Bm]A|[K:E exp ^g ^f ^c]G|[K:none]^G G|[K:HP]^g a|[K:^d ^f ^c]d|")

    def test_beyond_seven_sharps_or_flats_the_enharmonic_key_is_taken(self) -> None:
        assert moved("C|[K:D]DF|[K:G]GF|", "C", "C#") == "C|[K:Eb]EG|[K:Ab]AG|"
        assert moved("C|[K:Eb]EG|[K:C]C|", "C", "Cb") == "C|[K:D]DF|[K:Cb]C|"

    def test_each_voice_has_its_own(self) -> None:
        body = "V:1\n^F4-|F4|\nV:2\nF4-|F4|\nK:D\nF4|\nV:1\nF4|[V:2]F4|\nV:3 octave=-1\nF4|"
        assert moved(body, "C", "D") == body.replace("F", "G").replace("K:D", "K:E")

    @pytest.mark.parametrize(
        ("symbol", "expected"),
        [
            ("Am7", "Bm7"),
            ("D/F#", "E/G#"),
            ("G7(b9)", "A7(b9)"),
            ("C6/9", "D6/9"),
            ("F#m7b5/e", "G#m7b5/f#"),
            ("Bb", "C"),
            ("Cmaj7#11", "Dmaj7#11"),
            ("Bbb5", "C(b5)"),
            ("Esus4", "F#sus4"),
            ("(Em)", "(F#m)"),
            ("G (Em)", "A (F#m)"),
            ("G;Em", "A;F#m"),
            ("D♭°", "Eb°"),
            ("E#", "G"),
            ("^slow", "^slow"),
            ("_D.C.", "_D.C."),
            ("@1,2 A", "@1,2 A"),
            ("<A", "<A"),
            ("D.C.", "D.C."),
            ("D.S. al Coda", "D.S. al Coda"),
            ("Fine", "Fine"),
            ("Allegro", "Allegro"),
            ("End", "End"),
            ("Do", "Do"),
            ("A part", "A part"),
            ("", ""),
            ("4", "4"),
            ("(4)", "(4)"),
        ],
    )
    def test_of_chord_symbols(self, symbol: str, expected: str) -> None:
        assert moved(f'"{symbol}"C', "C", "D") == f'"{expected}"D'

    def test_chord_symbols_are_spelled_with_the_key_around_them(self) -> None:
        assert moved('"F"F "G"G|[K:F]"Bb"B|', "C", "Db") == '"Gb"G "Ab"A|[K:Gb]"Cb"c|'

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("Ador", ("A", "dorian")),
            ("A dorian", ("A", "dorian")),
            ("Bm", ("B", "minor")),
            ("G", ("G", "major")),
            ("Dmaj", ("D", "major")),
            ("F#min", ("F#", "minor")),
            (" Bb ", ("Bb", "major")),
            ("e♭ Minor", ("Eb", "minor")),
            ("d mixolydian", ("D", "mixolydian")),
            ("C ionian", ("C", "major")),
            ("Aaeo", ("A", "minor")),
        ],
    )
    def test_as_musicians_write_them(self, written: str, expected: tuple[str, str]) -> None:
        assert tonic_and_mode(written) == expected

    def test_another_key_in_a_field(self) -> None:
        assert with_key(" D clef=bass ^f % x", "E") == " E clef=bass % x"
        assert with_key("clef=bass", "E") == "clef=bass"


class TestWords:
    def test_chord_symbols_of_symbol_lines_move_and_words_stay(self) -> None:
        body = (
            'CDEF|"am"GA "G(Em)"Bc|\nw: A B C D\n+: E F G A\ns: "C" * "Am/c" !trill!\n'
            '+: "G" "(em)" "^A"\nCDEF|\n+: A\nW: A B C\n'
        )
        assert moved(body, "C", "D") == (
            'DEFG|"bm"AB "A(F#m)"cd|\nw: A B C D\n+: E F G A\ns: "D" * "Bm/d" !trill!\n'
            '+: "A" "(f#m)" "^A"\nDEFG|\n+: A\nW: A B C'
        )

    @pytest.mark.parametrize("kind", ["text", "ps", "svg"])
    def test_text_and_drawings_in_the_midst_stay(self, kind: str) -> None:
        drawing = f"%%begin{kind}\nA B C|\nK:D\n%%A B\n%%end{kind}\n"
        before = text(f"C|\n{drawing}C|\n", "C")
        assert transpose_text(before, "D") == text(f"D|\n{drawing}D|", "D")
