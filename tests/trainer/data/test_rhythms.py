"""Rhythms: a name is given where it is certain."""

from collections import Counter

import pytest

from abcrun.notation import Tune
from abctrain.data.collection import Collection, whole_tunes
from abctrain.data.rhythms import fitting_rhythm, likely_rhythm, rhythm_of, rhythms_in_name
from abctrain.data.sources import read_source


@pytest.mark.parametrize(
    ("source", "title", "meter", "rhythm"),
    [
        ("R: double jig", "", "6/8", "jig"),
        ("R:JIG", "", "9/8", "slip jig"),
        ("R:slipjig", "", "9/8", "slip jig"),
        ("R:highland fling", "", "4/4", "fling"),
        ("R:reel", "", "6/8", ""),
        ("R:walkaround", "", "2/4", ""),
        ("", "", "9/8", "slip jig"),
        ("", "Fisher's Hornpipe", "4/4", "hornpipe"),
        ("", "The Duke of York's Quick Step.", "2/4", "quickstep"),
        ("", "Quick Step. 25th Regt.", "2/4", "quickstep"),
        ("", "McLeod's Reel (2nd Setting)", "2/2", "reel"),
        ("", "March, The", "4/4", "march"),
        ("", "The Reel in the Hay", "4/4", ""),
        ("", "Farewell", "4/4", ""),
        ("Z: id:dc-setdance-12", "Blackbird", "2/2", "set dance"),
        ("Z: id:dc-ocarolan-12", "Planxty", "6/8", ""),
        ("B: \"O'Neill's 12\"", "Shandon Bells", "3/4", "air"),
        ("B:O'Neill's 1299", "More Luck to Us", "2/2", "reel"),
        ("B:O'Neill's 1120\nR:jig", "Hardiman the Fiddler", "9/8", "slip jig"),
    ],
)
def test_rhythms_that_are_certain(source: str, title: str, meter: str, rhythm: str) -> None:
    assert rhythm_of(source, title, meter) == rhythm


@pytest.mark.parametrize(
    ("name", "rhythms"),
    [
        ("jigs", ["jig"]),
        ("reels (fast)", ["reel"]),
        ("Irish Jig 2", ["jig"]),
        ("O'Neill's slip-jigs", ["slip jig"]),
        ("waltzes_and_marches", ["waltz", "march"]),
        ("Jigs & slides", ["jig", "slide"]),
        ("slow airs", ["air"]),
        ("airs", ["air"]),
        ("Aird's Airs", []),
        ("The Reel in the Hay", []),
        ("jigsaw", []),
        ("session, March 2024", []),
        ("march", ["march"]),
        ("tunes of the Highlands", []),
    ],
)
def test_the_rhythms_that_a_file_s_name_tells(name: str, rhythms: list[str]) -> None:
    assert list(rhythms_in_name(name)) == rhythms


@pytest.mark.parametrize(
    ("names", "source", "meter", "rhythm"),
    [
        (["jig"], "", "6/8", "jig"),
        (["jig"], "", "4/4", ""),
        (["jig"], "R:", "6/8", "jig"),
        (["jig"], "R:song", "6/8", ""),
        (["jig", "reel"], "", "4/4", "reel"),
        (["jig", "slide"], "", "6/8", ""),
        ([], "", "6/8", ""),
    ],
)
def test_a_tune_gets_the_one_rhythm_of_its_file_that_has_its_meter(
    names: list[str], source: str, meter: str, rhythm: str
) -> None:
    assert fitting_rhythm(names, source, meter) == rhythm


AIRD = "Z:Jack Campin * www.campin.me.uk * 2009\nQ:"


@pytest.mark.parametrize(
    ("source", "meter", "bar", "rhythm"),
    [
        ("B:O'NEILL'S 706", "6/8", "DEFGAB", "jig"),
        ("B:O'Neills 1627", "2/2", "DEFGABcd", "hornpipe"),
        ("B:O'Neill's 662", "6/8", "DEFGAB", ""),
        ("B:O'NEILL'S 706", "3/4", "DEFGAB", ""),
        (AIRD + "3/8=120", "6/8", "DEFGAB", "jig"),
        (AIRD + "3/8=120", "6/8", "D>EFG>AB", ""),
        (AIRD + "3/8=96", "6/8", "DEFGAB", ""),
        ("Q:3/8=120", "6/8", "DEFGAB", ""),
        (AIRD + "1/2=104", "2/2", "DEFGABcd", "reel"),
        (AIRD + "1/2=104", "2/2", "D>EF>GA>Bcd", ""),
        (AIRD + "1/2=66", "4/4", "D>EFGABcd", "march"),
        (AIRD + "1/4=120", "4/4", "D>EFGABcd", ""),
    ],
)
def test_rhythms_that_are_likely(source: str, meter: str, bar: str, rhythm: str) -> None:
    tune = Tune.parse(f"X:1\nM:{meter}\nL:1/8\nK:D\n{f'{bar}|' * 8}")
    assert likely_rhythm(source, meter, tune) == rhythm


def test_a_crooked_tune_is_no_likely_dance() -> None:
    tune = Tune.parse("X:1\nM:6/8\nL:1/8\nK:D\n" + "DEFGAB|" * 9)
    assert likely_rhythm(AIRD + "3/8=120", "6/8", tune) == ""


def test_likely_rhythms_are_right_where_the_rhythm_is_known(folk: Collection) -> None:
    """The rules never see the names; 0.95 of them agree, for each book and kind."""
    texts = {book: list(whole_tunes(read_source(book).text)) for book in folk.books}
    right: Counter[tuple[str, str]] = Counter()
    named: Counter[tuple[str, str]] = Counter()
    for tune in folk.tunes:
        source = texts[tune.book][tune.number - 1]
        known = rhythm_of(source, tune.title, tune.meter)
        if known and (likely := likely_rhythm(source, tune.meter, Tune.parse(tune.text))):
            named[tune.book, likely] += 1
            right[tune.book, likely] += likely == known
    assert {kind for book, kind in named if book == "aird"} == {"jig", "reel", "march"}
    assert {
        key: right[key] / count for key, count in named.items() if right[key] < 0.95 * count
    } == {}
