"""What cannot be transposed is named."""

import pytest

from abcrun.errors import AbcrunError, NotationError, UsageError
from abcrun.notation import Tune
from abcrun.notation.limits import MAX_TUNE_CHARACTERS
from abcrun.notation.transpose import transpose_text
from tests import hostile
from tests.notation.transposing import differences, text
from tests.traditional import KESH


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
