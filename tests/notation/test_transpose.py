"""A tune in another key: it sounds an interval away, note for note, and is spelled as a
musician would."""

import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.errors import AbcrunError, NotationError, UsageError
from abcrun.notation import Tune
from abcrun.notation.key import read_key, tonic_and_mode, with_key
from abcrun.notation.limits import MAX_TUNE_CHARACTERS
from abcrun.notation.transpose import transpose_text
from tests import books, hostile
from tests.conftest import abcrun
from tests.traditional import ALL, KESH

TONICS = (
    "C",
    "G",
    "D",
    "A",
    "E",
    "B",
    "F#",
    "C#",
    "G#",
    "D#",
    "A#",
    "F",
    "Bb",
    "Eb",
    "Ab",
    "Db",
    "Gb",
    "Cb",
)


def text(body: str, key: str) -> str:
    return f"X:1\nT:Specimen\nM:none\nL:1/4\nK:{key}\n{body}"


def moved(body: str, key: str, to: str, octave: int = 0) -> str:
    """The body of a tune in `key`, in the key `to`."""
    before, after = (
        Tune.parse(text(body, key)),
        Tune.parse(transpose_text(text(body, key), to, octave)),
    )
    assert differences(before, after) == []
    return after.text.partition("\nK:")[2].partition("\n")[2]


def interval(before: Tune, after: Tune) -> int:
    """Semitones from tonic to tonic, the nearest."""
    assert before.key.tonic_pitch_class is not None
    assert after.key.tonic_pitch_class is not None
    return (after.key.tonic_pitch_class - before.key.tonic_pitch_class + 5) % 12 - 5


def sounding(tune: Tune, semitones: int = 0) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.onset, note.duration, note.pitch + semitones) for note in tune.notes]


def differences(before: Tune, after: Tune) -> list[str]:
    """What is not as it was an interval away; octaves don't count."""
    semitones = interval(before, after)
    semitones += round((after.notes[0].pitch - before.notes[0].pitch - semitones) / 12) * 12
    found: list[str] = []
    if sounding(after) != sounding(before, semitones):
        found.append("notes")
    if [(one.line, one.kind) for one in Tune.parse(before.text).problems] != [
        (one.line, one.kind) for one in after.problems
    ]:
        found.append("problems")
    if (after.title, after.rhythm, after.meter, after.tempos) != (
        before.title,
        before.rhythm,
        before.meter,
        before.tempos,
    ):
        found.append("header")
    return found


def keys_of_mode(mode: str) -> list[str]:
    return [f"{tonic} {mode}" for tonic in TONICS if read_key(f"{tonic} {mode}") is not None]


def there_and_back(tune: Tune, to: str) -> tuple[Tune, Tune]:
    there = tune.transpose(to)
    tritone = interval(tune, there) == 6  # up both ways
    return there, there.transpose(f"{tune.key.tonic} {tune.key.mode}", octave=-1 if tritone else 0)


class TestRealTunes:
    @pytest.mark.parametrize("name", books.NAMES)
    def test_they_sound_an_interval_away_and_come_back_as_they_were(self, name: str) -> None:
        if not books.at_hand(name):
            pytest.skip(books.HOW_TO_GET)
        chance = random.Random(7)
        failed: list[tuple[str, str]] = []
        compared = 0
        for tune_id, found in chance.sample(books.book_texts(name), 40):
            try:
                tune = Tune.parse(found)
            except NotationError:
                continue
            if not tune.key.tonic:
                continue
            for to in chance.sample(keys_of_mode(tune.key.mode), 3):
                there, back = there_and_back(tune, to)
                compared += 1
                if differences(tune, there) or back.text != tune.text:
                    failed.append((tune_id, to))
        assert failed == []
        assert compared > 100

    @pytest.mark.parametrize("traditional", ALL)
    @pytest.mark.parametrize("to", keys_of_mode("major"))
    def test_to_every_key(self, traditional: str, to: str) -> None:
        tune = Tune.parse(traditional)
        there, back = there_and_back(tune, to)
        assert differences(tune, there) == []
        assert back.text == tune.text

    def test_damaged_ones_too(self) -> None:
        compared = 0
        chance = random.Random(3)
        for damaged in hostile.mutated([*ALL, text(EVERYTHING, "Dm")], 150, seed=3):
            try:
                tune = Tune.parse(damaged)
                if not tune.key.tonic:
                    continue
                there = tune.transpose(chance.choice(keys_of_mode(tune.key.mode)))
            except AbcrunError:
                continue
            compared += 1
            assert differences(tune, there) == [], damaged
        assert compared > 90

    def test_a_tune_to_see(self) -> None:
        assert Tune.parse(KESH).transpose("A").text.splitlines() == [
            "X:1",
            "T:The Kesh",
            "R:jig",
            "M:6/8",
            "L:1/8",
            "K:A",
            "|:A3 ABc|B3 Bce|fee aee|fec ecB|",
            "ABA ABc|BcB Bce|fee aec|BAG A3:|",
            "|:c2c ece|faf ecA|c2c ecA|BcB BAB|",
            "cBc ece|faf ece|aga bab|c'ag a3:|",
        ]

    def test_the_nearest_way_and_octaves(self) -> None:
        tune = Tune.parse(KESH)
        for to, semitones in (
            ("G", 0),
            ("A", 2),
            ("C", 5),
            ("C#", 6),
            ("Db", 6),
            ("D", -5),
            ("F#", -1),
            ("Gb", -1),
        ):
            assert sounding(tune.transpose(to)) == sounding(tune, semitones)
        assert sounding(tune.transpose("A", octave=-1)) == sounding(tune, -10)
        assert sounding(tune.transpose("G", octave=2)) == sounding(tune, 24)
        assert tune.transpose("G").text == tune.text


EVERYTHING = (
    'V:1\n^c_d [^f-a]-|f-a &^G4-|G[K:Bb]B-|[K:Db]B _B|{^g}g "Am7"[^F^A]-|[FA] ^^c__d-|d z-|'
    "Z2|c^c:|2c|]\nV:2 octave=-1\nK:D exp ^f\nfg c|P:A\n=c-|c {=c^d}c|\n"
    "K:none\n^^f__e-|e\n[V:1] ^d-|[V:2]B-|[V:1]d d [V:2] B|\n"
)


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


class TestErrors:
    @pytest.mark.parametrize(
        "to",
        ["", "H", "none", "HP", "Dfoo", "D ^f", "D=f", "C exp", "D clef=bass", "Am7", "A B", "^f"],
    )
    def test_no_key(self, to: str) -> None:
        with pytest.raises(
            UsageError, match="is no key: give tonic and mode, such as G, Bm or A dorian"
        ):
            Tune.parse(KESH).transpose(to)

    @pytest.mark.parametrize(
        ("to", "other"),
        [
            ("G#", "Ab major"),
            ("Fbm", "E minor"),
            ("D# maj", "Eb major"),
            ("A#mix", "Bb mixolydian"),
            ("Fb", "E major"),
        ],
    )
    def test_over_seven_sharps_or_flats(self, to: str, other: str) -> None:
        with pytest.raises(
            UsageError, match=rf"over 7 sharps or flats: the same key is written {other}$"
        ):
            Tune.parse(KESH).transpose(to)

    @pytest.mark.parametrize(
        ("key", "to", "message"),
        [
            (
                "Ador",
                "G",
                "the tune is in A dorian and cannot go to G major: "
                "name a key of its mode, such as G dorian",
            ),
            (
                "G",
                "Em",
                "the tune is in G major and cannot go to E minor: "
                "name a key of its mode, such as E major",
            ),
            (
                "Am",
                "Db",
                "the tune is in A minor and cannot go to Db major: "
                "name a key of its mode, such as C# minor",
            ),
        ],
    )
    def test_another_mode(self, key: str, to: str, message: str) -> None:
        with pytest.raises(UsageError) as caught:
            Tune.parse(text("A|", key)).transpose(to)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("key", "to"), [("Gion", "A"), ("G", "A ionian"), ("Aaeo", "Bm"), ("Am", "B aeolian")]
    )
    def test_two_names_of_one_mode(self, key: str, to: str) -> None:
        tune = Tune.parse(text("A|", key))
        assert differences(tune, tune.transpose(to)) == []

    @pytest.mark.parametrize(
        ("key", "named"),
        [("none", "'K:none'"), ("HP", "'K:HP'"), ("^f", r"'K:\^f'"), ("Q", "no key")],
    )
    def test_a_tune_without_tonic(self, key: str, named: str) -> None:
        with pytest.raises(
            NotationError, match=f"the tune has {named}, and so no tonic to transpose from"
        ):
            Tune.parse(text("A|", key)).transpose("G")

    def test_octaves_out_of_range(self) -> None:
        with pytest.raises(UsageError, match="octave is 11: give -10 to 10"):
            Tune.parse(KESH).transpose("A", octave=11)
        with pytest.raises(
            UsageError, match="the note 'G3' would leave the range of MIDI: choose another octave"
        ):
            Tune.parse(KESH).transpose("A", octave=6)

    def test_no_tune(self) -> None:
        with pytest.raises(NotationError, match="there is no tune"):
            transpose_text("CDEF", "G")
        with pytest.raises(NotationError, match="over 100,000 characters"):
            transpose_text(text("C" * MAX_TUNE_CHARACTERS, "C"), "G")

    def test_hostile_texts_end_soon(self) -> None:
        for _, found in hostile.crafted():
            if len(found) < 50_000:
                try:
                    transpose_text(found, "Eb")
                except AbcrunError as error:
                    assert "\n" not in str(error)


_NOTES = st.from_regex(r"(\^\^|\^|=|_|__)?[A-Ga-g][,']?(2|/)?", fullmatch=True)
_CHORDS = st.lists(
    st.tuples(_NOTES, st.sampled_from(["", "-"])).map("".join), min_size=1, max_size=4
).map(lambda notes: f"[{''.join(notes)}]")
_GRACE = st.lists(_NOTES, min_size=1, max_size=3).map(lambda notes: f"{{{''.join(notes)}}}")
_OTHERS = st.sampled_from(
    ["|", "|", "-|", "-", "- ", "z", "&", "|:", ":|", "|1", ":|2", "Z2",
     "[K:Eb]", "[K:C#]", "[K:none]", "[K:F exp _e]", "[V:2]", "[V:1]",
     "\nK:B\n", "\nV:1 octave=1\n", "\nP:A\n", '"Am"', "[K:octave=-1]", "(3", ">"]
)  # fmt: skip
_BODIES = st.lists(
    st.one_of(_NOTES, _NOTES, _CHORDS, _GRACE, _OTHERS), min_size=1, max_size=40
).map("".join)
_MODES = st.sampled_from(
    ["major", "minor", "dorian", "mixolydian", "phrygian", "lydian", "locrian"]
)


class TestRules:
    @given(_BODIES, _MODES, st.data())
    def test_any_tune_sounds_an_interval_away(
        self, body: str, mode: str, data: st.DataObject
    ) -> None:
        keys = st.sampled_from(keys_of_mode(mode))
        tune = Tune.parse(text(f"C {body} C", data.draw(keys)))
        assert differences(tune, tune.transpose(data.draw(keys))) == []

    @given(
        st.lists(st.from_regex(r"[\^=_]?([A-G],?|[a-g]'?)-?|\|", fullmatch=True), min_size=1).map(
            "".join
        ),
        st.data(),
    )
    def test_there_and_back_is_the_same_text(self, body: str, data: st.DataObject) -> None:
        for mode in ("major", "dorian"):
            tune = Tune.parse(text(f"C{body}C|", f"D {mode}"))
            there, back = there_and_back(
                tune, data.draw(st.sampled_from([f"{tonic} {mode}" for tonic in "CDEGA"]))
            )
            assert differences(tune, there) == []
            assert back.text == tune.text or "__" in there.text or "^^" in there.text


class TestCommand:
    def test_render_transposes_first(self, tmp_path: Path) -> None:
        result = abcrun(
            "render", "-", "--formats", "abc,midi", "--transpose", "A", input=KESH, cwd=tmp_path
        )
        assert result.returncode == 0, result.stderr.decode()
        assert (tmp_path / "tune.abc").read_text() == Tune.parse(KESH).transpose("A").text + "\n"

    def test_what_cannot_go_there_is_named_and_left_out(self, tmp_path: Path) -> None:
        minor = KESH.replace("K:G", "K:Em")
        result = abcrun(
            "render",
            "-",
            "--formats",
            "abc",
            "--transpose",
            "A",
            input=KESH + "\n" + minor,
            cwd=tmp_path,
        )
        assert result.returncode == 1
        assert b"line 12: the tune is in E minor and cannot go to A major" in result.stderr
        assert b"; this tune is left out" in result.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["tune.abc"]

    @pytest.mark.parametrize(
        ("to", "word"), [("Em", "G major"), ("G#", "Ab major"), ("x", "is no key")]
    )
    def test_a_wrong_key_is_wrong_usage(self, to: str, word: str, tmp_path: Path) -> None:
        result = abcrun("render", "-", "--transpose", to, input=KESH, cwd=tmp_path)
        assert result.returncode == 2
        assert word in result.stderr.decode()
        assert len(result.stderr.splitlines()) == 1
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", ["|" * 999, "|]" * 999, "||:" * 5])
def test_a_run_of_bar_lines_is_passed_over_in_one_go(run: str) -> None:
    text = f"X:1\nK:C\nCDE{run}G!"
    # In a process of its own: a pattern that tries all ways to part the run never ends.
    program = "import sys, abcrun; print(abcrun.Tune.parse(sys.stdin.read()).transpose('D').text)"
    moved = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True,
        check=True, timeout=300,
    )  # fmt: skip
    assert moved.stdout == f"X:1\nK:D\nDEF{run}A!\n"
