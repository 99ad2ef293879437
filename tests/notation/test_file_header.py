"""The file header (2.2.2): fields before the first tune hold for all tunes."""

from fractions import Fraction

import pytest

from abcrun.errors import NotationError
from abcrun.notation import Tune, check, find_tunes
from abcrun.notation.limits import MAX_FILE_HEADER_CHARACTERS, MAX_FILE_HEADER_LINES
from abcrun.rendering import render

BOOK = """%abc-2.1
% A book
M:6/8
L:1/16
Q:3/8=100
R:jig
O:Ireland
%%MIDI program 73
U:T=!trill!

X:1
T:One
K:D
A2B2c2 d2e2f2|

X:2
T:Two
M:4/4
R:reel
K:G
A2B2c2d2 e2f2g2a2|
"""


def test_a_tune_has_what_the_file_says_and_may_say_otherwise() -> None:
    one, two = Tune.find(BOOK)
    assert (one.meter.text, one.unit_length, one.rhythm) == ("6/8", Fraction(1, 16), "jig")
    assert (two.meter.text, two.unit_length, two.rhythm) == ("4/4", Fraction(1, 16), "reel")
    assert one.tempos[0].quarters_per_minute == two.tempos[0].quarters_per_minute == 150
    assert ("O", "Ireland") in one.header.fields and ("O", "Ireland") in two.header.fields
    assert [one.name for one in two.header.directives] == ["MIDI"]
    assert "T" in two.header.user_symbols
    assert check(BOOK) == []


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_it_holds_for_every_way_to_read(ends: str) -> None:
    text = ("\ufeff" + BOOK).replace("\n", ends)
    first = Tune.parse(text)
    assert first.meter.text == "6/8"
    assert [Tune.parse(found).meter.text for found in find_tunes(text)] == ["6/8", "4/4"]
    assert [one.text for one in Tune.find(text)] == list(find_tunes(text))


def test_a_tune_taken_out_of_its_file_reads_the_same() -> None:
    for tune in Tune.find(BOOK):
        again = Tune.parse(tune.text)
        assert again == tune and again.header.fields == tune.header.fields
        assert render(tune, "abc").decode() == tune.text.strip() + "\n"
    one, two = Tune.find(BOOK)
    assert one.text.splitlines()[:3] == ["X:1", "M:6/8", "L:1/16"]
    assert two.text.splitlines()[:3] == ["X:2", "L:1/16", "Q:3/8=100"]
    moved = one.transpose("E")
    assert moved.meter.text == "6/8" and moved.unit_length == Fraction(1, 16)


def test_lines_of_problems_are_those_of_the_file() -> None:
    text = "M:5\nL:1/4\n\nX:1\nM:4/4\nK:C\nCDEFG|D4|]\n\nX:2\nK:C\nC4|]\n"
    assert [(one.line, one.kind) for one in check(text)] == [(7, "bar-length")]
    text = text.replace("M:4/4\n", "")
    # What is wrong in the file header is named once, not for each tune.
    assert [(one.line, one.reason) for one in check(text)] == [
        (1, "M: does not name a meter: '5'"),
    ]


@pytest.mark.parametrize(
    "before",
    [
        "Dear all,\nM:6/8 is my favourite meter\n\n",  # free text
        "Here is a tune:\nL:1/16\n\n",
        "%%begintext\nM:6/8\nL:1/16\n%%endtext\n\n",
        "%%text M:6/8\n\n",
        "M:6/8\nL:1/16\nK:G\nGAB|\n\n",  # a tune without its X:
        "T:A book\n\n",
    ],
)
def test_free_and_typeset_text_is_no_file_header(before: str) -> None:
    text = f"{before}X:1\nM:4/4\nL:1/4\nK:C\nCDEF|\n"
    (found,) = Tune.find(text)
    assert found.text == "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|"


def test_text_between_tunes_holds_for_none() -> None:
    text = "X:1\nK:C\nC4|\n\nM:6/8\nL:1/16\n\n%%begintext\nM:9/8\n%%endtext\n\nX:2\nK:C\nC4|\n"
    assert [one.text for one in Tune.find(text)] == ["X:1\nK:C\nC4|", "X:2\nK:C\nC4|"]


@pytest.mark.parametrize(
    "before",
    [
        "M:3/4\nX:1\n",  # without the blank line that should end it
        "M:3/4\n\n%%pagewidth 21cm\n\nX:1\n",
        "\n\nM:3/4\n% note\nX:1\n",
        "I:linebreak $\nM:3\n+:/4\n\nX:1\n",
        "Some words.\n\nM:3/4\n\nX:1\n",
    ],
)
def test_where_a_file_header_stands(before: str) -> None:
    assert Tune.parse(f"{before}K:C\nC3|\n").meter.length == Fraction(3, 4)


def test_a_field_that_goes_on_goes_with_its_beginning() -> None:
    text = "H:Once\n+:upon\nM:3\n+:/4\n\nX:1\nM:4/4\nK:C\nC3|\n"
    assert Tune.parse(text).text.splitlines()[:4] == ["X:1", "H:Once", "+:upon", "M:4/4"]


def test_the_encoding_of_a_file_is_not_the_tunes() -> None:
    text = "I:abc-charset iso-8859-1\n%%abc-charset iso-8859-1\nM:3/4\n\nX:1\nK:C\nC3|\n"
    assert Tune.parse(text).text == "X:1\nM:3/4\nK:C\nC3|"
    assert check(text) == []


def test_a_file_header_is_bounded() -> None:
    text = "N:a\n" * (MAX_FILE_HEADER_LINES + 1) + "\nX:1\nK:C\nC|\n"
    with pytest.raises(NotationError, match=r"line 201, .* over 200 lines"):
        list(Tune.find(text))
    assert [one.kind for one in check(text)] == ["bounds"]
    (found,) = check(f"N:{'a' * MAX_FILE_HEADER_CHARACTERS}\n\nX:1\nK:C\nC|\n")
    assert (found.kind, found.line) == ("bounds", 1)


@pytest.mark.parametrize(
    ("first", "sung"),
    [
        ("%abc-2.1\n", [60, 62]),
        ("\ufeff%abc-2.2\n", [60, 62]),
        ("%abc-2.0\n", [64, 65]),
        ("%abc\n", [64, 65]),
        ("", [64, 65]),
    ],
)
def test_words_of_a_file_of_version_2_1_begin_at_the_first_note(
    first: str, sung: list[int]
) -> None:
    """Otherwise they belong to the line above them (5.1)."""
    (found,) = Tune.find(f"{first}X:1\nT:t\nM:2/4\nL:1/4\nK:C\nCD|\nEF|\nw:one two\n")
    for one in (found, Tune.parse(found.text)):
        notes = [note for bar in one.bars for note in bar.notes]
        assert sung == [
            note.pitches[0] for note in notes if note.signs is not None and note.signs.lyrics
        ]
        assert one.problems == ()


def test_a_tune_without_words_does_not_carry_the_version() -> None:
    assert "version" not in next(Tune.find(BOOK)).text
