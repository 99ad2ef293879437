"""The text of a network with recall: it holds the whole tune, and nothing that is drawn
has to be copied from what stands before it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.composition.recall import Piece, coded, laid_out, parted, recalled, text_of
from abcrun.composition.recall import given as given_bar
from abcrun.composition.signs import CHANGED, CLOSE, KEPT, OPEN, SIGNS
from abcrun.notation.bars import split
from tests.composition.coded import SEQUENCE, decoded, on_one_line, readable, sketch_of, tunes
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS, TUNES, body

SHORT = """\
X:1
M:2/4
L:1/8
K:Dmaj
|:A|d2 fd|ge ce|d2 fd|c2 A:|"""


def test_a_tune_its_sketch_and_its_bars() -> None:
    assert readable(text_of(coded(SHORT))) == (
        "X:1\nM:2/4\nL:1/8\nK:Dmaj\n"
        "|:<short 2><new><first 12><new><new><same 2><short 6><new><last 12>:|\n"
        "|:<short 2><first 12>A|d2 fd|<next 15>ge ce|<same 2>d2 fd|<short 6><last 12>c2 A:|\n"
    )


def music_of(text: str) -> list[Piece]:
    """The pieces behind header and sketch."""
    return coded(text)[len(sketch_of(text).slots) + 2 :]


def test_what_is_drawn_and_what_is_fed() -> None:
    pieces = [piece for piece in music_of(SHORT) if piece.text]
    assert [readable(piece.text) for piece in pieces if piece.is_drawn] == [
        "A", "|", "d2 fd", "|", "ge ce", "|", "c2 A", ":",
    ]  # fmt: skip
    assert [readable(piece.text) for piece in pieces if not piece.is_drawn] == [
        "|:", "<short 2><first 12>", "<next 15>", "<same 2>", "d2 fd", "|", "<short 6><last 12>",
        "|", "\n",
    ]  # fmt: skip


def of_bar(text: str, number: int) -> list[Piece]:
    """The pieces of one bar of a tune."""
    return [piece for piece in music_of(text) if piece.bar == number]


def test_a_variation_goes_group_by_group() -> None:
    assert of_bar(JIG, 2) == [
        Piece(KEPT, True, 2),
        Piece("dfd ", False, 2),
        Piece(CHANGED, True, 2),
        Piece(f"{OPEN}ecA{CLOSE}", False, 2),
        Piece("e2f", True, 2),
    ]


def test_a_moved_bar_goes_group_by_group_too() -> None:
    text = SEQUENCE.replace("|c2 BA|", "|c2 GA|")
    assert sketch_of(text).slots[1].coming == "moved"
    assert readable(text_of(of_bar(text, 1))) == "<kept>c2 <changed><old>BA<now>GA"


def test_each_part_of_the_sketch_and_of_the_music_knows_its_bar() -> None:
    sketch, pieces = sketch_of(JIG), coded(JIG)
    for number in range(len(sketch.slots)):
        told, *music = [piece for piece in pieces if piece.bar == number]
        assert told == Piece(sketch.part(number), True, number)
        assert music == of_bar(JIG, number)


@pytest.mark.parametrize("text", [*TUNES, SEQUENCE, SHORT])
def test_the_plain_tune_comes_back(text: str) -> None:
    assert decoded(text_of(coded(text))) == on_one_line(text)


@given(tunes())
def test_any_plain_tune_comes_back(text: str) -> None:
    assert decoded(text_of(coded(text))) == on_one_line(text)


@given(tunes())
def test_what_returns_is_not_drawn(text: str) -> None:
    header, music = parted(text)
    bars = split(music)[1]
    sketch = sketch_of(text)
    drawn = "".join(piece.text for piece in music_of(text) if piece.is_drawn)
    # Each bar in turn takes its part of what is drawn: nothing is left at the end.
    for number, (slot, bar) in enumerate(zip(sketch.slots, bars, strict=True)):
        old = recalled(sketch, number, bars)
        expected = bar
        if slot.coming == "same":
            expected = ""
        elif old is not None:
            pairs = list(zip(old.split(" "), bar.split(" "), strict=True))
            expected = "".join(
                KEPT if was == now else f"{CHANGED}{now}{' ' if place + 1 < len(pairs) else ''}"
                for place, (was, now) in enumerate(pairs)
            )
        assert drawn.startswith(expected), (header, bar)
        drawn = drawn.removeprefix(expected)
        if expected and not expected.endswith(KEPT):
            assert drawn[0] in "|:", "where a drawn bar ends is drawn"
            drawn = drawn[1:]
    assert drawn == ""


@given(tunes())
def test_header_and_sketch_are_drawn_and_the_signs_before_bars_are_fed(text: str) -> None:
    pieces, music = coded(text), music_of(text)
    before = pieces[: len(pieces) - len(music)]
    assert all(piece.is_drawn for piece in before), "header and sketch are all the network's"
    assert text_of(before) == f"{parted(text)[0]}{sketch_of(text).text}\n"
    for piece in music:
        if piece.is_drawn:
            assert not {*piece.text} & ({*SIGNS} - {KEPT, CHANGED}), "signs are fed"
            assert "\n" not in piece.text


@pytest.mark.parametrize("text", [*TUNES, SEQUENCE, SHORT])
def test_bars_are_laid_out_as_in_normal_form(text: str) -> None:
    assert laid_out(sketch_of(text), split(body(text))[1]) == body(text)


def test_each_section_begins_a_line() -> None:
    music = "|:d2 fd|ge ce:||:d2 fd|c2 A2||d2 fd|ge ce||:d2 fd|c2 A2:|"
    text = parted(SHORT)[0] + music
    found = laid_out(sketch_of(text), split(music)[1])
    assert found.split("\n") == [
        "|:d2 fd|ge ce:|",
        "|:d2 fd|c2 A2||",
        "d2 fd|ge ce|",  # a plain bar line, and a repeat behind it
        "|:d2 fd|c2 A2:|",
    ]


@pytest.mark.parametrize("text", TUNES)
def test_a_tune_that_is_not_whole_is_laid_out_as_far_as_it_goes(text: str) -> None:
    bars = split(body(text))[1]
    for count in range(len(bars)):
        assert body(text).startswith(laid_out(sketch_of(text), bars[:count]).rstrip("\n"))


@given(tunes())
def test_laying_out_changes_line_ends_only(text: str) -> None:
    between, bars = split(body(text))
    sketch = sketch_of(text)
    found = laid_out(sketch, bars)
    assert on_one_line(parted(text)[0] + found) == on_one_line(text)
    again, same = split(found)
    assert same == bars
    assert len(again) == len(between)
    assert re.search(r"\n\n|^\n", found) is None


def test_bars_that_are_known_are_written_as_they_would_be_drawn() -> None:
    for text in (JIG, REEL_WITH_ENDINGS, PLAIN, SEQUENCE):
        sketch, bars = sketch_of(text), split(body(text))[1]
        music = "".join(
            sketch.between[number]
            + sketch.before(number, bars)
            + given_bar(sketch, number, recalled(sketch, number, bars), bar)
            for number, bar in enumerate(bars)
        )
        written = text_of(coded(text)).removesuffix(sketch.between[-1] + "\n")
        assert written.endswith(music)


@pytest.mark.parametrize(
    "text",
    [
        SHORT.removesuffix(":|"),
        SHORT.partition("|:")[0],
        SHORT.partition("|:")[0] + "|:",
        SHORT.replace("M:2/4", "M:none"),
    ],
)
def test_what_is_no_tune_cannot_be_coded(text: str) -> None:
    with pytest.raises(ValueError, match=r"bar line|meter"):
        coded(text)


@given(st.sampled_from([*TUNES, SEQUENCE]), st.integers(0, 30))
def test_a_bar_is_recalled_as_the_sketch_says(text: str, number: int) -> None:
    sketch, bars = sketch_of(text), split(body(text))[1]
    number %= len(bars)
    slot = sketch.slots[number]
    old = recalled(sketch, number, bars[:number])
    assert (old is None) == (slot.coming == "new")
    if slot.coming == "same":
        assert old == bars[number]
    if old is not None:
        assert len(old.split(" ")) == len(bars[number].split(" "))
