"""Sketches: how each bar of a tune comes, told in one line of signs and read back."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from abcrun.composition.signs import CHANGED, KEPT, SIGNS, STEPS, kind_of, sign
from abcrun.composition.sketch import (
    Coming,
    Sketch,
    Slot,
    begins_section,
    ends_section,
    first_step,
    last_step,
    moved,
)
from abcrun.notation.bars import bar_reader, split
from tests.composition.coded import SEQUENCE, readable, sketch_of, tunes
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS, TUNES, body

HEAD = "X:1\nM:4/4\nL:1/8\nK:Dmaj\n"
FULL = Fraction(1)


def sketch(*bars: str) -> Sketch:
    """The sketch of bars of a section in 4/4."""
    return sketch_of(HEAD + "|".join(bars) + "|]")


def comings(*bars: str) -> list[tuple[str, int | None]]:
    return [(slot.coming, slot.source) for slot in sketch(*bars).slots]


# How a bar comes


def test_a_bar_that_was_there_returns() -> None:
    assert comings("d4 A4", "B4 G4", "d4 A4") == [("new", None), ("new", None), ("same", 0)]


def test_a_bar_with_a_group_at_its_place_is_a_variation() -> None:
    assert comings("dAFA d2f2", "Beed cBAG", "dAFA c2e2")[-1] == ("varied", 0)
    assert comings("dAFA d2f2", "Beed cBAG", "c2e2 dAFA")[-1] == ("new", None), "at another place"
    assert comings("d8", "A8")[-1] == ("new", None)


def test_a_bar_with_most_notes_of_another_is_a_variation() -> None:
    assert comings("dAFA d2f2", "Beed cBAG", "dBFA defd")[-1] == ("varied", 0)
    assert comings("dAFA d2f2", "Beed cBAG", "dBFAd efd")[-1] == ("varied", 0), "two groups"
    assert comings("dAFA d2f2", "Beed cBAG", "dBFA d2 f2")[-1] == ("new", None), "three groups"


def test_a_variation_is_of_the_bar_of_which_it_keeps_most() -> None:
    assert comings("A2 dc fe ag", "B2 cd ef ga", "A2 dc fe ga")[-1] == ("varied", 0)
    assert comings("B2 cd ef ga", "A2 dc fe ag", "A2 dc fe ga")[-1] == ("varied", 1)


def test_what_returns_goes_on_at_the_same_distance() -> None:
    phrase = ["d4 A4", "d4 A4", "B4 G4", "e4 c4"]
    assert comings("d4 A4", "B4 G4", "d4 A4", "B4 G4")[2:] == [("same", 0), ("same", 1)]
    assert comings(*phrase, *phrase)[4:] == [("same", 1), ("same", 4), ("same", 2), ("same", 3)]


def test_the_nearest_comes_back_where_the_distance_changes() -> None:
    assert comings("d4 A4", "d4 A4", "B4 G4", "d4 A4") == [
        ("new", None),
        ("same", 0),
        ("new", None),
        ("same", 1),
    ]


def test_a_bar_may_return_from_32_bars_ago_and_no_more() -> None:
    between = [f"{letter}{mark}4 z{number}z{4 - number}" for number in (1, 2, 3) for letter in
               "CDEFGAB" for mark in ("", ",")][:32]  # fmt: skip
    assert len(set(between)) == 32
    assert comings("d8", *between[:31], "d8")[-1] == ("same", 0)
    assert comings("d8", *between, "d8")[-1] == ("new", None)


def test_a_bar_moved_by_steps_is_a_sequence() -> None:
    slots = sketch_of(SEQUENCE).slots
    assert [(slot.coming, slot.source, slot.by) for slot in slots[:3]] == [
        ("new", None, None),
        ("moved", 0, -1),
        ("moved", 1, -1),
    ]
    assert comings("dfag f4", "c'e'g'f' e'4")[-1] == ("moved", 0)


def test_a_sequence_may_change_within_two_bars() -> None:
    assert comings("dfag f2d2", "egba A2c2")[-1] == ("moved", 0), "half of it"
    assert comings("dfag f2d2", "B4 E4", "egba A2c2")[-1] == ("moved", 0)
    assert comings("dfag f2d2", "B4 E4", "G4 B4", "egba A2c2")[-1] == ("new", None)
    assert comings("dfag f2d2", "B4 E4", "G4 B4", "egba g2e2")[-1] == ("moved", 0), "as it was"


def test_a_bar_is_moved_by_fewer_than_16_steps() -> None:
    assert comings("C,D,E,F, G,4", "defg a4")[-1] == ("moved", 0)
    assert comings("C,D,E,F, G,4", "efga b4")[-1] == ("new", None)


def test_two_notes_are_no_sequence() -> None:
    assert comings("d4 A4", "c4 G4")[-1] == ("new", None)


# Steps


@pytest.mark.parametrize(
    ("bar", "first", "last"),
    [
        ("C,2 e''2", 0, 30),
        ("C2 c2", 7, 14),
        ("^c'2 =B,", 21, 6),
        ("{cd}A2 {e}B2", 12, 13),
        ('"Am"A2 !trill!B2', 12, 13),
        ("z2 A2", STEPS, 12),
        ("A2 z2", 12, 12),
        ("z4", STEPS, STEPS),
        ("C,,2 f''2", 0, 30),
        ("[FAc]2 [Ace]2", 10, 16),
    ],
)
def test_notes_are_told_by_the_steps_of_the_scale(bar: str, first: int, last: int) -> None:
    assert (first_step(bar), last_step(bar)) == (first, last)


def test_a_bar_is_moved_by_steps() -> None:
    assert moved("d2 ^cB", 1) == "e2 ^dc"
    assert moved("B,C B2", 7) == "Bc b2"
    assert moved("B,C B2", -6) == "C,D, C2"
    assert moved("z2 d2", 1) is None
    assert moved('"D"d2 d2', 1) is None


plain_bars = st.lists(
    st.sampled_from("CDEFGABcdefgab").flatmap(
        lambda letter: st.sampled_from(["", "'"] if letter.islower() else ["", ","]).map(
            lambda mark: letter + mark
        )
    ),
    min_size=1,
).map(" ".join)


@given(plain_bars, st.integers(-15, 15))
def test_a_bar_that_is_moved_begins_where_it_should_and_comes_back(bar: str, by: int) -> None:
    there = moved(bar, by)
    assert there is not None
    assert first_step(there) == min(max(first_step(bar) + by, 0), STEPS - 1)
    assert moved(there, -by) == bar


# Text


def test_the_text_of_a_sketch() -> None:
    assert readable(sketch_of(JIG).text) == (
        "|:<short 2><new><first 12><new><varied 1><new><new><same 4><same 0><varied 0>"
        "<short 10><new><last 15>"
        ":||:<short 2><new><first 16><varied 5><varied 0><same 9><varied 0><same 4><same 0>"
        "<same 9><short 10><same 0>:|"
    )
    assert readable(sketch_of(SEQUENCE).text) == (
        "|:<new><first 15><moved 1><by -1><moved 0><by -1><moved 0><by -1><last 9>"
        ":||:<moved 0><by +5><moved 0><by -1><same 6><varied 4><last 8>:|"
    )


def test_endings_are_sections_with_notes_of_their_own() -> None:
    found = sketch_of(REEL_WITH_ENDINGS)
    ends = [number for number, slot in enumerate(found.slots) if slot.last is not None]
    assert ends == [7, 8, 17]
    assert found.slots[16].coming == "same", "which tells no notes"
    assert [found.between[number] for number in (7, 8, 9)] == ["|1 ", ":|2 ", "||:"]
    assert [begins_section(found.between, number) for number in (0, 7, 8, 9)] == [
        True,
        False,
        True,
        True,
    ]
    assert ends_section(found.between, 17)


def test_sections_have_their_pickups_and_endings() -> None:
    for text in (JIG, REEL_WITH_ENDINGS, JIG.replace("|:A|", "A|:")):
        assert sketch_of(text).sections == [range(9), range(9, 18)]
    assert sketch_of(PLAIN).sections == [range(8), range(8, 16)]
    assert sketch_of(PLAIN.replace("||\ng2", "|\n|:g2")).sections == [range(8), range(8, 16)]


def test_a_sketch_needs_a_meter() -> None:
    with pytest.raises(ValueError, match="needs a meter"):
        sketch_of(PLAIN.replace("M:3/4", "M:none"))


@pytest.mark.parametrize("text", [*TUNES, SEQUENCE])
def test_a_sketch_is_read_as_it_was_written(text: str) -> None:
    found = sketch_of(text)
    assert Sketch.read(found.text, found.full) == found


@given(tunes())
def test_any_sketch_is_read_as_it_was_written(text: str) -> None:
    found = sketch_of(text)
    assert Sketch.read(found.text, found.full) == found


@given(tunes())
def test_every_sign_is_one_that_models_have(text: str) -> None:
    found, bars = sketch_of(text), split(body(text))[1]
    written = found.text + "".join(found.before(number, bars) for number in range(len(bars)))
    assert set(written) <= {*SIGNS, *"|:[] 12"}


def test_a_length_that_sixteenths_cannot_tell_is_read_as_none() -> None:
    text = HEAD + "A/B/c/4|d4 A4|]"
    found = sketch_of(text)
    assert found.slots[0].length == Fraction(5, 32)
    read = Sketch.read(found.text, found.full)
    assert read is not None
    assert [slot.length for slot in read.slots] == [0, 1]
    assert read.text == found.text


NEW, FIRST, LAST = sign("new", 0), sign("first", 9), sign("last", 9)
ONE = NEW + FIRST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "|:",
        NEW,
        f"{NEW}|]",  # neither first nor last note
        f"{ONE}|]",
        f"{NEW}{LAST}|]",
        f"{ONE}{LAST}",  # no bar line at the end
        f"{NEW}{LAST}{FIRST}|]",
        f"{ONE}{FIRST}{LAST}|]",
        f"{ONE}{LAST}|]|",
        f"{ONE}{LAST}|]A",
        f"A{ONE}{LAST}|]",
        f"{ONE}{sign('same', 1)}{sign('same', 2)}:|\n",
        f"{sign('same', 1)}|]",
        f"{sign('same', 0)}|]",  # as long ago as what?
        f"{ONE}{sign('same', 0)}|]",
        f"{ONE}{sign('same', 2)}|]",
        f"{ONE}{sign('moved', 1)}{sign('same', 1)}|]",  # by how many steps?
        f"{ONE}{sign('varied', 1)}{sign('by', 17)}{sign('same', 1)}|]",
        f"{sign('by', 17)}{ONE}{sign('same', 1)}|]",
        f"{sign('short', 2)}{ONE}{sign('same', 1)}|]",  # of another length
        f"{sign('short', 2)}{ONE}{sign('moved', 1)}{sign('by', 17)}{sign('same', 1)}|]",
        f"{ONE}{sign('same', 1)}{LAST}|]",
        f"{ONE}{NEW}{FIRST}{LAST}|]",  # in the middle of a section
        f"{ONE}{LAST}|{sign('same', 1)}|]",
        f"{ONE}{LAST}|3 {sign('same', 1)}|]",
        f"{sign('short', 2)}|]",
        f"{NEW}{sign('short', 2)}{FIRST}{LAST}|]",
        f"{ONE}{LAST}{sign('next', 9)}|]",
        f"{ONE}{LAST}{KEPT}|]",
        f"{CHANGED}{ONE}{LAST}|]",
        f"{ONE} {LAST}|]",
    ],
    ids=readable,
)
def test_what_is_no_sketch_is_read_as_none(text: str) -> None:
    assert Sketch.read(text, FULL) is None


@pytest.mark.parametrize("kind", ["varied", "moved"])
def test_a_network_can_draw_no_bar_that_is_twice_as_long_as_its_source(kind: Coming) -> None:
    by = 1 if kind == "moved" else None
    short, longer = Slot(FULL / 2, first=9), Slot(FULL, kind, 0, by, last=9)
    assert not Sketch(FULL, ("", "|", "|]"), (short, longer)).can_be_drawn()
    assert Sketch(FULL, ("", "|", "|]"), (short, longer)).can_be_drawn(since=2)
    short = replace(short, length=FULL * 3 / 4)
    assert Sketch(FULL, ("", "|", "|]"), (short, longer)).can_be_drawn()


def test_a_network_can_draw_no_bar_that_is_longer_than_a_full_one() -> None:
    first, last = Slot(FULL, first=9), Slot(FULL * 9 / 8, last=9)
    assert not Sketch(FULL, ("", "|", "|]"), (first, last)).can_be_drawn()
    assert Sketch(FULL, ("", "|", "|]"), (first, replace(last, length=FULL))).can_be_drawn()


def test_the_shortest_sketch() -> None:
    assert Sketch.read(f"{ONE}{LAST}|]", FULL) == Sketch(
        FULL, ("", "|]"), (Slot(FULL, first=9, last=9),)
    )


some_signs = st.sampled_from([*SIGNS, *"|:[]12 \nA"])


@settings(max_examples=300)
@given(st.lists(some_signs, max_size=12).map("".join))
def test_any_text_is_a_sketch_that_means_itself_or_none(text: str) -> None:
    found = Sketch.read(text, FULL)
    assert found is None or Sketch.read(found.text, FULL) == found


@settings(max_examples=300)
@given(st.sampled_from([*TUNES, SEQUENCE]), st.data())
def test_a_damaged_sketch_is_a_sketch_that_means_itself_or_none(
    text: str, data: st.DataObject
) -> None:
    whole = sketch_of(text)
    place = data.draw(st.integers(0, len(whole.text)))
    other = data.draw(st.lists(some_signs, max_size=2).map("".join))
    damaged = whole.text[:place] + other + whole.text[place + data.draw(st.integers(0, 2)) :]
    found = Sketch.read(damaged, whole.full)
    assert found is None or Sketch.read(found.text, whole.full) == found


# Before a bar


def before(text: str) -> list[str]:
    bars = split(body(text))[1]
    return [readable(sketch_of(text).before(number, bars)) for number in range(len(bars))]


def test_each_bar_has_its_part_of_the_sketch_at_hand() -> None:
    signs = before(JIG)
    assert signs[0] == "<short 2><first 12>", "a new bar has no sign that says so"
    assert signs[2] == "<varied 1>"
    assert signs[5] == "<same 4>"
    assert signs[8] == "<short 10><last 15><next 16>"
    assert signs[-1] == "<same 0>", "which has its length and its notes already"


def test_a_bar_knows_the_first_note_of_the_bar_behind_it_where_that_is_known() -> None:
    signs = before(HEAD + "dAFA d4|e2c2 A4|dAFA d4|B2G2 E4|e2c2 F4||g4 f4|e8|]")
    assert signs[1].endswith("<next 15>"), "d, as it returns"
    assert "next" not in signs[0], "nothing is known of a new bar"
    assert signs[3].endswith("<next 16>"), "e, of the bar that is varied"
    assert signs[4].endswith("<next 18>"), "g, with which a section begins"
    assert "next" not in signs[2], "a bar that returns is drawn to no note"
    assert "next" not in signs[-1]


def test_what_returns_at_once_is_not_known_yet() -> None:
    signs = before(HEAD + "dAFA d4|dAFA d4|e2c2 A4|]")
    assert "next" not in signs[0]


@given(tunes())
def test_what_is_said_of_the_next_bar_follows_from_the_bars_before_this_one(text: str) -> None:
    found, bars = sketch_of(text), split(body(text))[1]
    for number, slot in enumerate(found.slots):
        signs = found.before(number, bars)
        assert found.before(number, bars[:number]) == signs
        told = kind_of(signs[-1]) if signs else None
        if told is None or told[0] != "next":
            continue
        coming = found.slots[number + 1]
        assert slot.coming != "same"
        if coming.first is not None or coming.coming == "same":
            assert told[1] == first_step(bars[number + 1])
        else:
            assert coming.source is not None
            assert told[1] == first_step(bars[coming.source])


@example(JIG)
@given(tunes())
def test_same_bars_are_the_same(text: str) -> None:
    found, bars = sketch_of(text), split(body(text))[1]
    reader = bar_reader(text.split("K:")[0] + "K:Dmaj\n")
    for number, slot in enumerate(found.slots):
        read = reader.read(bars[number])
        assert read is not None
        assert slot.length == read.length
        if slot.coming == "same":
            assert slot.source is not None
            assert bars[number] == bars[slot.source]
        else:
            assert bars[number] not in bars[max(number - 32, 0) : number]
