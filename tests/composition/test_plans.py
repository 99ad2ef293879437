"""Form plans: what they keep of a tune (lengths, sections, returns, the close) and what
they refuse."""

import json
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.composition.plans import Form, PlanRecord, Slot, form_of
from abcrun.notation import Tune
from abcrun.notation.bars import split

JIG = """\
X:1
M:6/8
L:1/8
R:jig
K:Dmaj
|:A|dfd ecA|dfd e2f|gfe dcd|ecA A2A|
dfd ecA|dfd e2f|gfe dce|d3 d2:|
|:e|fdf ecA|fdf e2f|gfe dcd|ecA A2e|
fdf ecA|fdf e2f|gfe dce|d3 d2:|"""

REEL_WITH_ENDINGS = """\
X:1
M:4/4
L:1/8
R:reel
K:Ador
|:A2cA e2dc|BGGB dBGB|A2cA e2dc|BGBd eAAB|
A2cA e2dc|BGGB dBGB|cBcd egdB|1 cABG A2AB:|2 cABG A2cd|
|:e2aa efge|dBGB dedB|e2aa efge|dBGB A2cd|
e2aa efge|dBGB dedB|cBcd egdB|1 cABG A2cd:|2 cABG A4|]"""

PLAIN = """\
X:1
M:3/4
L:1/8
K:Gmaj
G2 B2 d2|e2 d2 B2|A2 c2 e2|d4 B2|
G2 B2 d2|e2 d2 B2|A2 c2 A2|G6||
g2 f2 e2|d2 B2 G2|A2 c2 e2|d4 B2|
G2 B2 d2|e2 d2 B2|A2 F2 A2|G6|]"""

TUNES = (JIG, REEL_WITH_ENDINGS, PLAIN)


def form(text: str) -> Form:
    found = form_of(text)
    assert found is not None
    return found


def body(text: str) -> str:
    return text.split("\nK:")[1].split("\n", 1)[1]


def test_the_form_of_a_jig() -> None:
    plan = form(JIG)
    assert (plan.meter, plan.unit_length, plan.rhythm, plan.mode) == ("6/8", "1/8", "jig", "maj")
    assert (plan.letters, plan.bars) == ("AABB", 16)
    assert plan.between[0] == "|:"
    assert plan.between[-1] == ":|"
    assert plan.between[9] == ":|\n|:"
    assert [slot.length for slot in plan.slots[:9]] == [
        Fraction(1, 8),
        *[Fraction(3, 4)] * 7,
        Fraction(5, 8),
    ]
    assert [slot.same for slot in plan.slots[:9]] == [
        None,
        None,
        None,
        None,
        None,
        1,
        2,
        None,
        None,
    ]
    assert plan.slots[7] == Slot(Fraction(3, 4), like=3, groups=1)
    assert plan.slots[-1] == Slot(Fraction(5, 8), same=8)
    assert [number for number, slot in enumerate(plan.slots) if slot.closes] == [8], (
        "where the last bar is first drawn"
    )


def test_endings_are_bars_of_the_section_that_they_end() -> None:
    plan = form(REEL_WITH_ENDINGS)
    assert (plan.letters, plan.bars) == ("AABB", 16)
    assert len(plan.slots) == 18
    assert [after for after in plan.between if "1" in after] == ["|1 ", "|1 "]
    assert [after for after in plan.between if "2" in after] == [":|2 ", ":|2 "]
    assert plan.slots[-1].closes


def test_a_pickup_may_stand_before_its_repeat() -> None:
    plan = form(JIG.replace("|:A|", "A|:"))
    assert (plan.letters, plan.bars, plan.between[:2]) == ("AABB", 16, ("", "|:"))
    assert (
        form_of(JIG.replace("|:A|", "A|:").replace("|d3 d2:|\n|:e|", "|d3 d2:|\ne|:")) is not None
    )


def test_a_section_ends_where_a_repeat_begins() -> None:
    plan = form(PLAIN.replace("||\ng2", "|\n|:g2").replace("G6|]", "G6:|"))
    assert (plan.letters, plan.bars) == ("ABB", 16)


def test_sections_without_repeats() -> None:
    plan = form(PLAIN)
    assert (plan.rhythm, plan.letters, plan.bars) == ("", "AB", 16)
    assert plan.between[0] == ""
    assert plan.slots[4].same == 0


def test_a_section_that_comes_again_has_its_letter_again() -> None:
    first, second = body(PLAIN).split("||\n")
    both = PLAIN.replace(second, second.replace("|]", "||\n" + first + "|]"))
    assert form(both).letters == "ABA"


@pytest.mark.parametrize("text", TUNES)
def test_a_plan_goes_through_json(text: str) -> None:
    plan = form(text)
    written = json.dumps(plan.to_record())
    assert Form.from_record(PlanRecord._make(json.loads(written))) == plan


@pytest.mark.parametrize("text", TUNES)
def test_a_plan_holds_no_note(text: str) -> None:
    parts = form(text).to_record()[-1]
    assert not re.search("[A-Ga-g]", "".join(parts))


@pytest.mark.parametrize("text", TUNES)
def test_a_plan_and_its_tunes_bars_are_the_tune(text: str) -> None:
    assert filled(form(text), split(body(text))[1]) == body(text)


@pytest.mark.parametrize("text", TUNES)
def test_bars_that_return_are_those_that_the_plan_says(text: str) -> None:
    bars = split(body(text))[1]
    for slot, bar in zip(form(text).slots, bars, strict=True):
        if slot.same is not None:
            assert bars[slot.same] == bar
        if slot.like is not None:
            assert 0 < slot.groups < len(bar.split(" "))
            assert bars[slot.like].split(" ")[: slot.groups] == bar.split(" ")[: slot.groups]
            assert bars[slot.like] != bar


def filled(plan: Form, bars: list[str]) -> str:
    """A body with the plan's bar lines, of bars of which only those count that the plan
    does not bring back."""
    text = plan.between[0]
    for number, slot in enumerate(plan.slots):
        bars[number] = bars[number if slot.same is None else slot.same]
        text += bars[number] + plan.between[number + 1]
    return text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("|d3 d2:|\n|:e", "|d3 d2:|\n|:fga fga|e"),  # a section of nine bars
        ("|dfd e2f|", "|dfd [K:G]e2f|"),
        ("|dfd e2f|", "|dfd [M:9/8]e2f|"),
        ("|dfd e2f|", "|dfd e2?f|"),
        ("dfd e2f|gfe", "dfd e2f-|fee"),  # a tie out of a bar that may return elsewhere
        ("dfd e2f|gfe", "dfd e2f|P:B\ngfe"),
    ],
)
def test_what_no_plan_can_hold_has_none(old: str, new: str) -> None:
    assert JIG.count(old) >= 1
    assert form_of(JIG.replace(old, new, 1)) is None


def test_an_ending_within_a_bar_has_no_plan() -> None:
    whole = "|cBcd egdB|1 cABG A2AB:|2 cABG A2cd|"
    assert whole in REEL_WITH_ENDINGS
    assert form_of(REEL_WITH_ENDINGS.replace(whole, "|cBcd egdB|cABG|1 A2AB:|2 A2cd|")) is None


def test_a_tune_that_breaks_off_has_no_plan() -> None:
    assert form_of(JIG + "\nABc") is None
    assert form_of(JIG.removesuffix(":|")) is None
    assert form_of(JIG.partition("|:")[0] + "|:") is None


def test_free_meter_has_no_plan() -> None:
    assert form_of(JIG.replace("M:6/8", "M:none")) is None


def test_a_tune_that_ends_on_another_degree_does_not_close() -> None:
    assert not any(slot.closes for slot in form(JIG.replace("d3 d2:|", "d3 e2:|")).slots)


ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=8)
)


@settings(max_examples=50)
@given(st.lists(ANY_JSON, min_size=7, max_size=7))
def test_seven_entries_that_are_no_plan_are_a_value_error(entries: list[object]) -> None:
    with pytest.raises(ValueError, match="a form plan"):
        Form.from_record(PlanRecord._make(entries))


@pytest.mark.parametrize("slot", ["x", "1/8=", "~3", "=-1", "1/8 ", "1/0", None, "=9", "~4.1"])
def test_a_damaged_slot_is_a_value_error(slot: object) -> None:
    plan = form(JIG).to_record()
    plan.parts[7] = slot  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="form plan"):
        Form.from_record(plan)


@pytest.mark.parametrize("text", TUNES)
def test_the_tunes_here_are_right(text: str) -> None:
    assert not Tune.parse(text).problems
