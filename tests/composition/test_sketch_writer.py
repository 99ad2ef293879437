"""Writing a sketch of which some is known: that is written, and only what fits may be
drawn for the rest."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.composition.signs import STEPS, UNMOVED, kind_of, sign
from abcrun.composition.sketch import Sketch
from abcrun.composition.sketch_writer import SketchWriter, Wish
from tests.composition.coded import SEQUENCE, readable, sketch_of, tunes
from tests.composition.tunes import JIG, TUNES

FULL = Fraction(1)


def writer_of(sketch: Sketch, wishes: tuple[Wish, ...]) -> SketchWriter:
    return SketchWriter(sketch.full, wishes, sketch.between[-1], is_open=False)


def drawn_at_random(writer: SketchWriter, data: st.DataObject) -> str:
    """The text of a sketch whose holes are filled with any of what is possible."""
    for _ in range(1000):
        writer.known()
        if writer.is_done:
            return writer.text
        writer.draw(data.draw(st.sampled_from(writer.possible)))
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("text", [*TUNES, SEQUENCE])
def test_where_all_is_known_the_sketch_is_written(text: str) -> None:
    sketch = sketch_of(text)
    writer = writer_of(sketch, Wish.of(sketch))
    assert writer.known() == writer.text == sketch.text
    assert writer.is_done
    assert not writer.is_free
    assert not writer.possible


@given(tunes())
def test_any_known_sketch_is_written(text: str) -> None:
    sketch = sketch_of(text)
    assert writer_of(sketch, Wish.of(sketch)).known() == sketch.text


def test_where_nothing_is_known_all_is_drawn() -> None:
    writer = SketchWriter(FULL)
    assert writer.known() == ""
    assert writer.is_free
    assert not writer.is_done


def test_behind_what_is_known_an_open_sketch_is_drawn() -> None:
    wish = Wish("|:", FULL, begins=True, ends=False, coming="new", first=9)
    writer = SketchWriter(FULL, [wish])
    assert readable(writer.known()) == "|:<new><first 9>"
    assert writer.is_free
    closed = SketchWriter(FULL, [wish], ":||:")
    assert readable(closed.known()) == "|:<new><first 9>:||:"
    assert closed.is_free


def test_notes_that_nobody_wished_are_drawn() -> None:
    sketch = sketch_of(SEQUENCE)
    writer = writer_of(sketch, tuple(wish.without_notes() for wish in Wish.of(sketch)))
    assert readable(writer.known()) == "|:<new>"
    assert [kind_of(character) for character in writer.possible] == [
        ("first", step) for step in range(STEPS + 1)
    ]
    writer.draw(sign("first", 12))
    assert readable(writer.known()) == "<moved 1>", "where the sequence goes to is drawn too"
    assert [kind_of(character) for character in writer.possible] == [
        ("by", number) for number in range(1, 32) if number != UNMOVED
    ]


def test_how_a_bar_comes_is_drawn_from_what_is_there() -> None:
    open_bar = Wish("|", FULL, begins=False, ends=False)
    first = Wish("", FULL, begins=True, ends=False, coming="new", first=9)
    writer = SketchWriter(FULL, [first, open_bar, open_bar])
    writer.known()
    assert readable(writer.possible) == "<new><same 1><varied 1><moved 1>"
    writer.draw(sign("same", 1))
    writer.known()
    assert readable(writer.possible) == (
        "<new><same 0><same 1><same 2><varied 0><varied 1><varied 2><moved 0><moved 1><moved 2>"
    )


def test_a_bar_is_not_the_same_as_one_that_it_cannot_be() -> None:
    pickup = Wish("", FULL / 8, begins=True, ends=False, coming="new", first=9)
    bar = Wish("|", FULL, begins=False, ends=False, coming="new")
    unlike = replace(bar.open(), unlike=frozenset([2]))
    writer = SketchWriter(FULL, [pickup, bar, bar, bar, unlike])
    writer.known()
    same = [kind_of(one) for one in writer.possible if (kind_of(one) or "")[0] == "same"]
    assert same == [("same", 1), ("same", 3)], "not two bars ago, nor as the pickup"
    moved = [kind_of(one) for one in writer.possible if (kind_of(one) or "")[0] == "moved"]
    assert moved == [("moved", 1), ("moved", 2), ("moved", 3)], "nor is that moved"


def test_no_bar_comes_before_the_first_one() -> None:
    writer = SketchWriter(FULL, [Wish("", FULL, begins=True, ends=False)])
    writer.known()
    assert readable(writer.possible) == "<new>"


def test_a_bar_that_is_drawn_as_the_same_tells_no_notes() -> None:
    first = Wish("", FULL, begins=True, ends=False, coming="new", first=9)
    writer = SketchWriter(FULL, [first, Wish("|", FULL, begins=False, ends=True)], "|]")
    writer.known()
    writer.draw(sign("same", 1))
    assert writer.known() == "|]"


@given(tunes(), st.data())
def test_what_is_drawn_into_holes_is_a_sketch_with_what_was_known(
    text: str, data: st.DataObject
) -> None:
    sketch = sketch_of(text)
    wishes = tuple(
        data.draw(st.sampled_from([wish, wish.without_notes(), wish.open()]))
        for wish in Wish.of(sketch)
    )
    found = Sketch.read(drawn_at_random(writer_of(sketch, wishes), data), sketch.full)
    assert found is not None
    assert found.between == sketch.between
    for wish, slot in zip(wishes, found.slots, strict=True):
        assert slot.length == wish.length
        if wish.coming is not None:
            assert (slot.coming, slot.source) == (wish.coming, wish.source)
        if wish.by is not None:
            assert slot.by == wish.by
        if wish.first is not None:
            assert slot.first == wish.first
        if wish.last is not None:
            assert slot.last == wish.last


def test_a_wish_can_be_forgotten_in_part() -> None:
    wish = Wish.of(sketch_of(JIG))[2]
    assert (wish.coming, wish.source) == ("varied", 1)
    assert wish.without_notes() == wish
    assert wish.open() == Wish("|", Fraction(3, 4), begins=False, ends=False)
