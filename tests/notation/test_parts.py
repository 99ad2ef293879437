"""Parts for transposing instruments sound as the tune did; tunes that are fitted to an
instrument lie where it can play them."""

import random

import pytest

from abcrun import Tune
from abcrun.errors import AbcrunError, UsageError
from abcrun.notation.instruments import INSTRUMENTS, PARTS
from tests.notation.made_tunes import made_tunes
from tests.notation.transposing import sounding, text
from tests.traditional import ALL, KESH

ALL_PARTS = [*PARTS, "capo 3", "clarinet", "tenor saxophone"]


def key_line(tune: Tune) -> str:
    return next(line for line in tune.text.splitlines() if line.startswith("K:"))


def compass_of(tune: Tune) -> str:
    assert tune.compass is not None
    return tune.compass.text


class TestSemitones:
    @pytest.mark.parametrize("traditional", ALL)
    @pytest.mark.parametrize("semitones", range(-13, 14))
    def test_every_note_goes_so_far_and_back(self, traditional: str, semitones: int) -> None:
        tune = Tune.parse(traditional)
        there = tune.transpose(semitones)
        assert sounding(there) == sounding(tune, semitones)
        assert there.transpose(f"{-semitones:+}").text == tune.text

    def test_the_key_is_the_one_of_the_fewest_signs(self) -> None:
        tune = Tune.parse(KESH)
        keys = [tune.transpose(semitones).key.text for semitones in range(12)]
        assert keys == ["G", "Ab", "A", "Bb", "B", "C", "Db", "D", "Eb", "E", "F", "F#"]
        flat = tune.transpose("F").transpose(1)
        assert flat.key.text == "Gb", "F# has as many signs; the tune had a flat"

    def test_octaves_come_on_top(self) -> None:
        tune = Tune.parse(KESH)
        assert tune.transpose("+2", octave=-1).text == tune.transpose(-10).text

    @pytest.mark.parametrize("key", ["none", "", "HP", "Hp", "D exp ^f _b", "^f"])
    def test_a_tune_without_tonic_can_move_so(self, key: str) -> None:
        tune = Tune.parse(text("CDEF|^c_dfg|", key))
        for semitones in range(-12, 13):
            assert sounding(tune.transpose(semitones)) == sounding(tune, semitones)

    @pytest.mark.parametrize("semitones", [121, -121, "+999", 10**9])
    def test_too_far(self, semitones: int | str) -> None:
        with pytest.raises(UsageError, match=r"semitones: give -120 to \+120$"):
            Tune.parse(KESH).transpose(semitones)


class TestParts:
    @pytest.mark.parametrize("part", ALL_PARTS)
    @pytest.mark.parametrize("traditional", ALL)
    def test_they_sound_as_before_and_come_back(self, traditional: str, part: str) -> None:
        tune = Tune.parse(traditional)
        written = tune.written_for(part)
        assert written.notes == tune.notes
        assert len(written.bars) == len(tune.bars)
        assert written.written_for(part).text == written.text
        assert written.written_for("C").text == tune.text

    def test_a_part_to_see(self) -> None:
        tune = Tune.parse('X:1\nM:4/4\nL:1/8\nK:F % end\n"F"FGAB "C7"c4|[K:Bb]"Gm"d8|]\n')
        assert tune.written_for("Bb").text.splitlines()[3:] == [
            "K:G transpose=-2 % end",
            '"G"GABc "D7"d4|[K:C]"Am"e8|]',
        ]
        assert tune.written_for("capo 3").text.splitlines()[3:] == [
            "K:D transpose=3 % end",
            '"D"DEFG "A7"A4|[K:G]"Em"B8|]',
        ]

    def test_the_sheet_says_for_whom_it_is(self) -> None:
        tune = Tune.parse(KESH)
        for part, title in (
            ("Bb", "T:(in B flat)"),
            ("tenor saxophone", "T:(in B flat)"),
            ("Eb", "T:(in E flat)"),
            ("F", "T:(in F)"),
            ("capo 2", "T:(capo 2)"),
        ):
            written = tune.written_for(part)
            assert written.text.splitlines()[:4] == ["X:1", "T:The Kesh", title, "R:jig"]
            assert written.title == "The Kesh"
            assert title not in written.transpose("D").written_for("C").text
        assert "T:" not in Tune.parse("X:1\nL:1/8\nK:G\nGABc|\n").written_for("Bb").text
        again = Tune.parse(KESH.replace("\n", "\r\n")).written_for("Bb").written_for("Eb")
        assert "T:The Kesh\r\nT:(in E flat)\r\nR:jig\r\n" in again.text

    def test_its_music_moves_and_what_is_heard_stays(self) -> None:
        tune = Tune.parse(KESH)
        part = tune.written_for("Bb")
        assert "<fifths>3</fifths>" in part.musicxml()
        assert "<transpose><chromatic>-2</chromatic></transpose>" in part.musicxml()
        assert [note.pitch for note in part.transpose("A").notes] == [
            note.pitch for note in tune.notes
        ], "A is the key that is written"

    def test_parts_that_are_given_are_written_anew(self) -> None:
        given = Tune.parse(text("CDEF|[K:transpose=5]GABc|[K:D]defg|", "C transpose=3 clef=bass"))
        for part in ALL_PARTS:
            written = given.written_for(part)
            assert sounding(written) == sounding(given)
            assert "clef=bass" in key_line(written)
        assert "transpose" not in key_line(given.written_for("C"))
        shifted = Tune.parse(text("CDEF|", "C shift=CD"))
        assert key_line(shifted.written_for("F")) == "K:A transpose=-7"

    def test_made_ones_over_all_constructs(self) -> None:
        chance = random.Random(11)
        compared = 0
        for made in made_tunes(80, seed=70_000):
            tune = Tune.parse(made.text)
            try:
                written = tune.written_for(chance.choice(ALL_PARTS))
            except AbcrunError:  # it would leave the range of MIDI
                continue
            compared += 1
            assert sounding(written) == sounding(tune), made.text
        assert compared > 70


class TestFit:
    def test_what_can_be_played_stays_as_it_is(self) -> None:
        for traditional in ALL:
            tune = Tune.parse(traditional)
            for name in ("whistle", "flute", "fiddle", "pipes", "anglo", "harp"):
                assert tune.unplayable(name) == ()
                assert tune.fit(name).text == tune.text

    @pytest.mark.parametrize("name", INSTRUMENTS)
    def test_no_move_leaves_fewer_notes_unplayable(self, name: str) -> None:
        tune = Tune.parse(KESH).transpose("Eb")
        fitted = tune.fit(name)

        def lacking(one: Tune) -> int:
            missing = one.unplayable(name)
            return sum(note.pitch in missing for note in one.notes)

        fewest = min(lacking(tune.transpose(move)) for move in range(-24, 25))
        assert lacking(fitted) == fewest
        assert fewest == 0 or name == "highland pipes"

    def test_the_nearest_key_that_does(self) -> None:
        tune = Tune.parse(KESH).transpose("F", octave=-1)
        assert compass_of(tune) == "E3-A4"
        for name, key, compass in (
            ("whistle", "G", "F#4-B5"),
            ("whistle in Bb", "Eb", "D4-G5"),
            ("fiddle", "A", "G#3-C#5"),
            ("clarinet", "F", "E3-A4"),
        ):
            fitted = tune.fit(name).written_for("C")
            assert (fitted.key.text, compass_of(fitted)) == (key, compass)
            assert fitted.unplayable(name) == ()

    def test_of_two_voices_the_first_counts(self) -> None:
        duet = Tune.parse(text("V:1\nGABc|\nV:2\nC,,8|\n", "G"))
        assert duet.pitches == (67, 69, 71, 72)
        assert compass_of(duet) == "G4-C5"
        assert duet.unplayable("whistle") == ()
        moved = Tune.parse(text("V:1\nCEGc|\nV:2\nC,,4|\n", "C")).fit("whistle")
        assert [note.pitch for note in moved.notes][:2] == [38, 62]

    def test_a_transposing_instrument_gets_its_part(self) -> None:
        fitted = Tune.parse(KESH).fit("clarinet")
        assert key_line(fitted) == "K:A transpose=-2"
        assert fitted.notes == Tune.parse(KESH).notes
        assert fitted.fit("fiddle").text == KESH.strip() or fitted.fit("fiddle").text == KESH

    def test_what_is_lacking_is_named(self) -> None:
        tune = Tune.parse(text("C^D=FG|c'|", "D"))
        assert tune.unplayable("whistle") == (61, 63, 65)
        assert tune.unplayable("fiddle") == (85,)
        with pytest.raises(UsageError, match=r"^unknown instrument"):
            tune.fit("kazoo")

    def test_a_tune_of_rests_fits_everything(self) -> None:
        silent = Tune.parse(text("z4|", "G"))
        assert silent.compass is None
        assert silent.unplayable("whistle") == ()
        assert silent.fit("whistle").text == silent.text
