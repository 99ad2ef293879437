"""ABC to MusicXML and back: nothing is lost on the way, and what is written is
MusicXML 4.0 by its schema."""

from collections.abc import Callable
from pathlib import Path

import pytest

from abcrun import NotationError, Tune, musicxml_to_abc
from tests.books import HOW_TO_GET, NAMES, at_hand, book_texts
from tests.musicxml.kinds import differing
from tests.musicxml.made import made
from tests.traditional import ALL

# What the format has no place for: `&` in half of the bars is a voice of its own, a
# name that only a lower voice of a brace has is the part's, and signs on a tonic are a
# signature sign by sign.
FREE_KINDS = {"keys", "names", "written notes", "bars", "meters", "repeats"}

SONG = """\
X:7
T:A song
T:of two titles, 5\\%
C:One
C:Two
A:Words of three
R:air
O:Somewhere
M:3/4
L:1/8
Q:"Slowly" 1/4=66
%%score [(1 2) | 3]
%%MIDI program 52
V:1 name="Soprano" snm="S."
V:2 name="Alto" snm="A."
V:3 clef=bass name="Bass"
K:Edor
[V:1] G2|:!mf!B2 (3BAG F2|"Em"E4 z2|1 "^dolce"!crescendo(!e2 d2 !crescendo)!c2:|2 [eg]6||
w: One two three-ee four five six se- _ ven eight
w: Eins * drei
[V:2] D2|:D6-|D4 z2|1 C2{/d}D2E2:|2 (B,2 C4)||
[V:3] E,2|:E,6|B,,4 z2|1 A,,6:|2 E,6||
T:Second half
[V:1] [K:G]G2 .A2 !trill!B2|Z2|[M:2/4]d4|[Q:1/4=80]!fermata!d4|]
w: end_ing here
[V:2] [K:G]G,6|Z2|[M:2/4]x4|x4|]
[V:3] [K:G]G,6|Z2|[M:2/4][K:clef=alto]B4|G4|]
W:A verse
W:
W:another
"""


def back(tune: Tune) -> Tune:
    """The tune that comes back of a tune's score, which reads without faults."""
    conversion = musicxml_to_abc(tune.musicxml())
    assert conversion.remarks == ()
    other = Tune.parse(conversion.abc)
    # A bar that was too long is too long again.
    assert {one.kind for one in other.problems if not one.is_remark} <= {"bar-length"}
    return other


@pytest.mark.parametrize("text", [*ALL, SONG], ids=lambda text: Tune.parse(text).title)
def test_a_tune_comes_back_with_all_that_it_had(text: str) -> None:
    tune = Tune.parse(text)
    assert differing(tune, back(tune)) == []


def test_what_was_converted_once_stays_as_it_is() -> None:
    first = musicxml_to_abc(Tune.parse(SONG).musicxml()).abc
    assert musicxml_to_abc(Tune.parse(first).musicxml()).abc == first


@pytest.mark.parametrize(
    "music",
    ["C4|1D4|]E4F4|]", "|:C4|[1D4||E4|]", "|:C4|1D4||2E4|]F4|]", "|:C4|1,2D4::|3E4||F4|]"],
)
def test_endings_are_played_as_before(music: str) -> None:
    tune = Tune.parse(f"X:1\nM:none\nL:1/4\nK:C\n{music}\n")
    assert back(tune).notes == tune.notes


@pytest.mark.parametrize("decade", range(6))
def test_made_tunes_come_back(decade: int) -> None:
    for number in range(10 * decade, 10 * decade + 10):
        tune = Tune.parse(made(number))
        other = back(tune)
        assert other.notes == tune.notes
        if len(other.voices) == len(tune.voices):
            assert set(differing(tune, other)) <= FREE_KINDS | {"rests", "clefs"}, number


@pytest.mark.parametrize("name", NAMES)
def test_tunes_of_the_books_come_back(name: str) -> None:
    if not at_hand(name):
        pytest.skip(HOW_TO_GET)
    for number, text in book_texts(name)[::40]:
        try:
            tune = Tune.parse(text)
        except NotationError:
            continue
        assert back(tune).notes == tune.notes, number
        assert set(differing(tune, back(tune))) <= {"grace notes"}, number


# By the schema


@pytest.fixture(scope="module")
def faults() -> Callable[[str], list[str]]:
    """What the schema of MusicXML 4.0 says against a file."""
    reason = "the schema comes with the package musicxml (group test)"
    package = pytest.importorskip("musicxml", reason=reason)
    xmlschema = pytest.importorskip("xmlschema", reason="needed to validate (group test)")
    path = Path(package.__file__).parent / "generate_classes" / "musicxml_4_0.xsd"
    schema = xmlschema.XMLSchema(str(path))
    return lambda text: [f"{one.path}: {one.reason}" for one in schema.iter_errors(text)]


def test_the_schema_finds_a_fault(faults: Callable[[str], list[str]]) -> None:
    text = Tune.parse(ALL[0]).musicxml()
    assert faults(text) == []
    assert faults(text.replace("<fifths>", "<fourths>").replace("</fifths>", "</fourths>"))


@pytest.mark.parametrize("decade", range(6))
def test_scores_are_musicxml_by_its_schema(faults: Callable[[str], list[str]], decade: int) -> None:
    for text in (SONG, *map(made, range(10 * decade, 10 * decade + 10))):
        assert faults(Tune.parse(text).musicxml()) == []
