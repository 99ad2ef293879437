"""Cleaning: one spelling for everything, no note changed, and a reason for each tune
that is left out."""

import random

import pytest

from abcrun.notation import Tune
from abcrun.notation.normal_form import key_name, meter_name
from abctrain.data.cleaning import (
    HIGHEST,
    LOWEST,
    MAX_CHARACTERS,
    DroppedTuneError,
    NormalTune,
    clean,
)
from tests import books
from tests.traditional import ALL, BLUEHILL, KESH

SAMPLE = 60
"""Tunes of each book that are compared note for note."""


def tune(music: str, meter: str = "4/4", unit: str = "1/8", key: str = "D", more: str = "") -> str:
    fields = f"X:7\nT:A Tune\nM:{meter}\nL:{unit}\n"
    return f"{fields}{more}K:{key}\n{music}\n"


def body(text: str) -> str:
    """What stands behind K: in the normal form."""
    return clean(text).text.partition("\nK:")[2].partition("\n")[2]


FULL = "DEFG ABcd|dcBA GFED|"
LAST = FULL[:-1]


def test_a_tune_in_normal_form() -> None:
    assert clean(KESH).text == (
        "X:1\nM:6/8\nL:1/8\nR:jig\nK:Gmaj\n"
        "|:G3 GAB|A3 ABd|edd gdd|edB dBA|\nGAG GAB|ABA ABd|edd gdB|AGF G3:|\n"
        "|:B2B dBd|ege dBG|B2B dBG|ABA AGA|\nBAB dBd|ege dBd|gfg aga|bgf g3:|"
    )


def test_what_is_known_of_a_tune() -> None:
    found = clean(BLUEHILL)
    assert (found.title, found.meter, found.rhythm, found.key) == (
        "The Boys of Bluehill",
        "4/4",
        "hornpipe",
        "Dmaj",
    )
    assert found.melody[:8] == bytes([78, 81, 79, 78, 76, 74, 71, 69])
    assert found.repairs == ()


@pytest.mark.parametrize(
    ("music", "normal"),
    [
        ("D E F G ABcd|d c B A GFED|", "DEFG ABcd|dcBA GFED|"),
        ("D2>E2 FGAB|", "D2>E2 FGAB|"),
        ("D>E F<G A>>Bc>d|", "D>EF<G A>>Bc>d|"),
        ("DE(3FGA Bcd2|", "DE(3FGA Bcd2|"),
        ("D E (3 FGA Bcd2|", "DE(3FGA Bcd2|"),
        ("(3:2:3DEF G2 A4|", "(3DEFG2 A4|"),
        ("(3:2:2D2F G2 A3 d|", "(3:2:2D2FG2 A3d|"),
        ("D1E1 F4/2 G2/4A//A3/4B1 A6/4|", "DEF2 G/A/4A3/4BA3/2|"),
        ("D3/E/ F3/2G1/2 A4|", "D3/2E/F3/2G/ A4|"),
        ("[FA]2 [F2A2] [A] d3|", "[FA]2[FA]2 Ad3|"),
        ("D2-D2 E2-F2|", "D2-D2 E2F2|"),
        ("[DF-]2[DF]2 [D-F-]2 [DF]2|", "[DF-]2[DF]2 [DF]2-[DF]2|"),
        ("D2->E2 D-|D7 E|", "D2>E2D-|D7E|"),
        ("^c=c_B^^f __dA B2|", "^c=c_B^^f __dAB2|"),
        ('"D"D"^fine"EF`G !trill!A{Bc}B.~c(d|d)cBA GFED|', "DEFG ABcd|dcBA GFED|"),
        ("uDvE TFHG ABcd|y dcBA GFED|", "DEFG ABcd|dcBA GFED|"),
        ("Dx zE FGAB|", "DzzE FGAB|"),
    ],
)
def test_spellings_of_notes(music: str, normal: str) -> None:
    """The music of the first bars; what follows makes it a tune."""
    assert body(tune(music + FULL * 4)).replace("\n", "").startswith(normal)


@pytest.mark.parametrize(
    ("meter", "unit", "music", "normal"),
    [
        ("4/4", "1/8", "DEFGABcd", "DEFG ABcd"),
        ("C|", "1/8", "DEFGABcd", "DEFG ABcd"),
        ("C", "1/16", "DEFGABcddcBAGFED", "D/E/F/G/A/B/c/d/ d/c/B/A/G/F/E/D/"),
        ("2/4", "1/8", "DEFG", "DE FG"),
        ("2/4", "1/16", "DEFGABcd", "DEFG ABcd"),
        ("3/4", "1/8", "DEFGAB", "DE FG AB"),
        ("6/8", "1/8", "DEFGAB", "DEF GAB"),
        ("9/8", "1/8", "DEFGABcde", "DEF GAB cde"),
        ("12/8", "1/8", "DEFGABcdefga", "DEF GAB cde fga"),
        ("3/8", "1/8", "DEF", "DEF"),
        ("3/2", "1/8", "DEFGABcdefga", "DEFG ABcd efga"),
        ("6/4", "1/8", "DEFGABcdefga", "DEFGAB cdefga"),
        ("4/4", "1/8", "D3EF2GA", "D3E F2GA"),
        ("4/4", "1/8", "D3EF>GAB", "D3E F>GAB"),
        ("4/4", "1/8", "D3E3F2", "D3E3F2"),
        ("4/4", "1/8", "D3(3EFGA3", "D3(3EFGA3"),
        ("4/4", "1/4", "DEFG", "D2E2 F2G2"),
        ("4/4", "1/32", "D4E4F4G4A4B4c4d4", "DEFG ABcd"),
    ],
)
def test_a_space_stands_where_a_beat_begins(meter: str, unit: str, music: str, normal: str) -> None:
    assert (
        body(tune("|".join([music] * 16) + "|", meter, unit))
        .replace("\n", "")
        .startswith(normal + "|")
    )


@pytest.mark.parametrize(
    ("music", "normal"),
    [
        (
            FULL * 4,
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\nDEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|]",
        ),
        (FULL + LAST + ":|", "|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED:|"),
        ("A2|" + FULL + "DEFG ABcd|dcBA G2:|", "|:A2|DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA G2:|"),
        (
            "A2|:" + FULL + LAST + ":|",
            "A2|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED:|",
        ),
        (
            FULL + LAST + "::" + FULL + LAST + ":|",
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED:|\n"
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED:|",
        ),
        (
            FULL + LAST + "||" + FULL + LAST + ":|",
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED||\n"
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED:|",
        ),
        (
            FULL + "DEFG ABcd[1 A8:|[2 d8||" + FULL + FULL,
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|1 A8:|2 d8||\n"
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|]",
        ),
        (
            FULL + LAST + "|1" + FULL + "A8|d8:|\n|2 " + FULL + "A8|D8|]",
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\n"
            "|1 DEFG ABcd|dcBA GFED|A8|d8:|\n|2 DEFG ABcd|dcBA GFED|A8|D8|]",
        ),
        (
            FULL + "DEFG ABcd|1 A6:|2 f2d2 d2||de|" + FULL + FULL[:-5] + "G2|",
            "|:DEFG ABcd|dcBA GFED|DEFG ABcd|1 A6:|2 f2d2 d2||\n"
            "de|DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA G2|]",
        ),
        (
            FULL + FULL + "\nK:G\n" + FULL + FULL,
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\n"
            "[K:Gmaj]DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|]",
        ),
        (
            FULL + "\nK:D\n" + FULL + "DEF[K:Em]G ABcd|" + FULL[10:] + FULL,
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\n"
            "DEF[K:Emin]G ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|]",
        ),
        (
            FULL
            + FULL
            + "\nL:1/16\nD2E2F2G2 A2B2c2d2|d2c2B2A2 G2F2E2D2|[L:1/4]D/E/F/G/ A/B/c/d/|d2D2|",
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\nDEFG ABcd|dcBA GFED|DEFG ABcd|d4 D4|]",
        ),
        (
            "P:A\n" + FULL + FULL + "\nP:B\n" + FULL + FULL,
            "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED||\nDEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|]",
        ),
        ("DEFG ABcd|\\\ndcBA\nGFED|" + FULL * 3 + "!\nw:la la", body(tune(FULL * 4))),
        (FULL * 3 + "Z2|", "DEFG ABcd|dcBA GFED|DEFG ABcd|dcBA GFED|\nDEFG ABcd|dcBA GFED|z8|z8|]"),
    ],
)
def test_spellings_of_sections_and_lines(music: str, normal: str) -> None:
    assert body(tune(music)) == normal


def test_the_unit_length_of_two_four_follows_the_notes() -> None:
    assert "\nL:1/16\n" in clean(tune("D/E/F/G/ A/B/c/d/|" * 16, meter="2/4")).text
    assert "\nL:1/8\n" in clean(tune("DE FG|A2 B/c/d|" * 8, meter="2/4")).text
    assert "\nL:1/8\n" in clean(tune("D/E/F/G/ A/B/c/d/ d2c2|" * 8)).text


def test_a_hornpipe_in_cut_time_is_written_in_common_time() -> None:
    source = tune("DEFG ABcd|dcBA GFED|" * 4, meter="C|").replace("K:", "R:hornpipe\nK:")
    cleaned = clean(source)
    assert cleaned.meter == "4/4"
    assert "M:4/4\nL:1/8\nR:hornpipe\n" in cleaned.text
    assert Tune.parse(cleaned.text).notes == Tune.parse(source).notes
    assert clean(source.replace("hornpipe", "reel")).meter == "2/2"


def test_the_lengths_of_the_sections_are_told() -> None:
    assert clean(tune("DEFG ABcd|dcBA GFED|" * 4 + "|:" + "DEFG ABcd|" * 6 + "|")).sections == (
        8,
        6,
    )


@pytest.mark.parametrize(
    ("key", "normal"),
    [
        ("G", "Gmaj"),
        ("G Major", "Gmaj"),
        ("Eminor", "Emin"),
        ("EM", "Emin"),
        ("F#m", "F#min"),
        ("Bb", "Bbmaj"),
        ("A Aeolian", "Amin"),
        ("C Ionian", "Cmaj"),
        ("D mixolydian", "Dmix"),
        ("ADor", "Ador"),
        ("E Phrygian clef=treble", "Ephr"),
        ("Flyd", "Flyd"),
        ("BLoc", "Bloc"),
    ],
)
def test_keys(key: str, normal: str) -> None:
    assert clean(tune(FULL * 4, key=key)).key == normal


def test_remarks_cost_no_tune() -> None:
    remarked = Tune.parse(tune("!wobble!" + FULL * 4))
    assert [problem.is_remark for problem in remarked.problems] == [True]
    assert clean(remarked.text).text == clean(tune(FULL * 4)).text


def test_bars_are_judged_strictly() -> None:
    pieces = tune(FULL * 3 + "DEFG|\nABcd|dcBA GFED|")
    assert Tune.parse(pieces).is_valid
    assert clean(pieces).repairs == ("bar line too many",)


@pytest.mark.parametrize(
    ("source", "repair"),
    [
        (
            tune(FULL + "dcBA GFED|=20\n" + FULL + "=\n" + FULL[:-1] + "|DEFG =3DABcd|"),
            "quoted-printable",
        ),
        (tune(FULL * 4).replace("K:D\n", "K:D\n\n"), "blank line within the tune"),
        (tune(FULL * 4 + "\\\n: " + FULL + LAST + ":|"), "bar line in pieces"),
        (tune(FULL * 4).replace("T:", "3/8=120\nT:"), "stray line in the header"),
        (tune(FULL * 4).replace("DEFG", "DEFsG", 1), "stray sign"),
        (tune(FULL * 4).replace("DEFG", "DEF\\G", 1), "stray sign"),
        (tune(FULL * 4).replace("DEFG", "-DEFG", 1), "stray sign"),
        (tune(FULL * 3 + "DEFG ABcd|d8Hx|"), "fermata over an invisible rest"),
        (tune(FULL * 3 + "DEFG ABcd|dcBA GFED"), "missing final bar line"),
        (tune("D2E2F2G2|" * 9, meter="3/4"), "wrong meter"),
        (tune(FULL * 3 + "DEFG ABcd dcBA GFED|"), "missing bar line"),
        (tune("d4|" + FULL * 4 + "DEFG ABcd d4|"), "missing bar line"),
        (tune(FULL * 3 + "DEFG|ABcd|dcBA GFED|"), "bar line too many"),
        (tune(FULL * 4 + "d4|]"), "last bar filled"),
        (tune(f"P:A\n{FULL * 4}\nP:B\n{FULL * 4}", more="P:ABA\n"), "parts written out"),
        ("T:A Tune\nM:4/4\nL:1/8\nK:D\n" + FULL * 4, "missing X:"),
    ],
)
def test_certain_damage_is_repaired(source: str, repair: str) -> None:
    found = clean(source)
    assert found.repairs == (repair,)
    assert Tune.parse(found.text).is_valid


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("Dear Sir or Madam,", "no-key"),
        ("X:1\nT:A Tune\nM:4/4\n", "no-key"),
        (tune("%"), "no-notes"),
        (tune("z8|Z3|"), "no-notes"),
        (tune(FULL + "DEFG ABc|" + FULL * 3), "bar-length"),
        (tune(FULL * 3 + "^GEDE FGAB FGAB FGAB|"), "bar-length"),
        (tune(FULL + "DE?G ABcd|" + FULL * 3), "unreadable"),
        (tune(FULL + "[DF ABcd|" + FULL * 3), "unclosed"),
        (tune(FULL + "(3(3DEF ABcdef|" + FULL * 3), "rhythm"),
        (tune(FULL * 4, meter="four"), "field"),
        (tune(FULL * 4, key="none"), "key"),
        (tune(FULL * 4, key="HP"), "key"),
        (tune(FULL * 4, key="D ^g"), "key"),
        (tune(FULL * 4, meter="none"), "no meter"),
        (tune("DEFGA|" * 8, meter="5/8"), "rare meter"),
        (tune(FULL * 4 + "[M:3/4]DEFGAB|"), "changes meter"),
        (tune("V:1\n" + FULL * 4 + "\nV:2\n" + FULL * 4), "several voices"),
        (tune("D8&F8|" + FULL * 4), "overlay"),
        (tune(FULL * 4, key="D octave=-1"), "transposes"),
        (tune(f"[P:A]{FULL * 4}\n[P:B]{FULL * 4}", more="P:ABA\n"), "play order"),
        (tune("|::" + FULL * 3 + LAST + "::|"), "odd repeats"),
        (tune("DEFG ABcd>|dcBA GFED|" + FULL * 3), "rhythm over a bar line"),
        (tune("[DD]8|" + FULL * 4), "odd chord"),
        (tune("D/16D/16D7/8D7|" + FULL * 4), "odd lengths"),
        (tune(FULL * 3), "too short"),
        (tune(FULL * 70), "too long"),
        (tune(FULL * 4 + "D,,8|"), "out of range"),
        (tune(FULL * 4 + "d''8|"), "out of range"),
    ],
)
def test_a_tune_that_is_left_out_has_a_reason(source: str, reason: str) -> None:
    with pytest.raises(DroppedTuneError) as dropped:
        clean(source)
    assert dropped.value.reason == reason
    assert str(dropped.value)


def test_a_play_order_that_says_nothing_new_is_left_out() -> None:
    with_order = tune(f"P:A\n{FULL * 2}\nP:B\n{FULL * 2}", more="P:AB\n")
    assert clean(with_order).text == clean(with_order.replace("P:AB\n", "")).text


def test_parts_are_written_out_as_they_are_played() -> None:
    found = clean(tune("P:A\n|:DEFG ABcd:|\nP:B\n" + FULL * 4, more="P:ABA % da capo\n"))
    assert body(found.text).startswith("|:DEFG ABcd:|\n")
    assert found.text.endswith("||\n|:DEFG ABcd:|")


@pytest.mark.parametrize(
    ("start", "filled"), [("", "d4 z4|]"), ("FG|", "d4 z2|]"), ("BAGFE|", "d4 z4|]")]
)
def test_the_last_bar_is_filled_to_the_pickup(start: str, filled: str) -> None:
    assert clean(tune(start + FULL * 4 + "d4|]")).text.endswith(filled)


def test_a_rhythm_that_is_likely_is_given_where_it_is_asked_for() -> None:
    source = tune(FULL * 4, more="Z:Jack Campin\nQ:1/2=104\n")
    assert (clean(source).rhythm, clean(source).repairs) == ("", ())
    found = clean(source, likely=True)
    assert (found.rhythm, found.repairs) == ("reel", ("missing rhythm",))
    assert "\nR:reel\n" in found.text


def assert_same_music(source: str, found: NormalTune) -> None:
    normal = Tune.parse(found.text)
    assert normal.is_valid
    if not found.repairs:
        original = Tune.parse(source)
        assert normal.notes == original.notes
        assert normal.duration == original.duration
    assert len(found.text) <= MAX_CHARACTERS
    assert all(LOWEST <= note.pitch <= HIGHEST for note in normal.notes)
    assert (found.meter, found.key) == (meter_name(normal.meter), key_name(normal.key))
    assert clean(found.text).text == found.text


@pytest.mark.parametrize("source", ALL)
def test_cleaning_changes_no_note_and_ends(source: str) -> None:
    assert_same_music(source, clean(source))


@pytest.mark.parametrize("name", books.NAMES)
def test_cleaning_changes_no_note_of_the_books_and_ends(name: str) -> None:
    if not books.at_hand(name):
        pytest.skip(books.HOW_TO_GET)
    kept = 0
    for id_, source in random.Random(name).sample(books.book_texts(name), SAMPLE):
        try:
            found = clean(source)
        except DroppedTuneError as error:
            assert error.reason not in (
                "the normal form differs",
                "the normal form has problems",
            ), id_
            continue
        assert_same_music(source, found)
        kept += 1
    assert kept > SAMPLE * 0.75
