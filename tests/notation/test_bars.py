"""One bar at a time: a body is cut into bars without a loss, and a bar is read as it is
read in its tune."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.notation.bars import BarReader, ReadBar, split
from abcrun.notation.melody import onsets

HEADER = "X:1\nM:6/8\nL:1/8\nR:jig\nK:Dmaj\n"


@given(
    st.lists(
        st.sampled_from([*"ABcd2 |:\n1[]", "|:", ":|", "||", "|]", "|1 ", ":|2 "]), max_size=30
    ).map("".join)
)
def test_splitting_loses_nothing(text: str) -> None:
    between, bars = split(text)
    taken = "".join(first + second for first, second in zip(between, [*bars, ""], strict=False))
    assert text.startswith(taken)
    assert not re.search(r"\||:", text[len(taken) :]), "what is left has no bar line"
    assert all(bars)
    assert len(between) == len(bars) + 1 or not between


def test_a_bar_is_read_in_its_tunes_meter_and_key() -> None:
    reader = BarReader(HEADER)
    bar = reader.read("dfd e2f")
    assert bar is not None
    assert bar.length == reader.full == Fraction(3, 4)
    assert reader.tonic == 2
    assert bar.melody == (74, 78, 74, 76, 78)
    assert bar.last == 78


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "dfd|ecA",
        "dfd e2f-",
        "dfd ?",
        "(3df",
        "d3- e2f",
        "[df]3- [dg]2f",
        "[ce",
        "d>",
        "|",
        "[1 d",
        '"A',
    ],
)
def test_what_is_no_bar_of_its_own_is_not_read(text: str) -> None:
    assert BarReader(HEADER).read(text) is None


def test_a_reader_does_not_remember_the_bar_before() -> None:
    reader = BarReader(HEADER)
    for text in ("^c2d e2f", "[L:1/16]dfd e2f", "[K:C]fcf"):
        reader.read(text)
    bar = reader.read("c2d e2f")
    assert bar is not None
    assert bar.melody[0] == 73
    assert bar.length == Fraction(3, 4)


@given(
    st.sampled_from(["Dmaj", "Gmin", "C#dor", "Abmix", "none"]),
    st.lists(
        st.from_regex(
            r"\A(\^|_|=|\^\^)?[A-Ga-g](,{1,3}|'{1,3})?(16|0|[1-9])?(/{1,2}|/[2-4]|/16)? ?\Z"
        )
        | st.sampled_from(
            ["A>B", "A</c", "(3ABc", "(3A/^B/c ", "d2<e2 ", "a>>b", "(3a>ba", "(2ab"]
        ),
        min_size=1,
        max_size=9,
    ),
)
def test_plain_bars_are_read_as_all_others(key: str, notes: list[str]) -> None:
    text = "".join(notes)
    reader = BarReader(f"X:1\nM:4/4\nL:1/16\nK:{key}\n")
    read, tune = reader.read(text), reader._read_any(text)
    assert (read is None) == (tune is None)
    if read is not None and tune is not None:
        pitches = [note.pitches[0] for note in tune.notes]
        last, lowest, highest = pitches[-1], min(pitches), max(pitches)
        assert read == ReadBar(tune.length, onsets(tune.notes), last, lowest, highest)


def test_a_bar_reaches_as_far_as_its_chords_and_grace_notes() -> None:
    reader = BarReader("X:1\nM:4/4\nL:1/8\nK:Dmaj\n")
    for bar, lowest, highest in (
        ("DEFG ABcd", 62, 74),
        ("{C}DEFG {a}ABcd", 61, 81),
        ("[A,D]EFG AB[ce]d", 57, 76),
        ("z8", None, None),
    ):
        read = reader.read(bar)
        assert read is not None
        assert (read.lowest, read.highest) == (lowest, highest), bar


def test_a_header_that_moves_what_sounds_is_followed() -> None:
    for more, first in (("", 62), (" octave=-1", 50), (" transpose=2", 64)):
        read = BarReader(f"X:1\nM:4/4\nL:1/8\nK:D{more}\n").read("DEFG ABcd")
        assert read is not None
        assert read.melody[0] == first
