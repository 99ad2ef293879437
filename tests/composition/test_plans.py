"""Form plans: what they keep of a tune (lengths, sections, returns) and what they
refuse."""

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.composition.plans import Form, PlanRecord, form_of, is_measured
from abcrun.composition.recall import laid_out
from abcrun.composition.sketch import Slot, begins_section, ends_section
from abcrun.notation import Tune
from abcrun.notation.bars import split
from tests.composition.coded import sketch_of
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS, TUNES, body


def form(text: str) -> Form:
    found = form_of(text)
    assert found is not None
    return found


def test_the_form_of_a_jig() -> None:
    plan = form(JIG)
    assert (plan.meter, plan.unit_length, plan.rhythm, plan.mode) == ("6/8", "1/8", "jig", "maj")
    assert (plan.letters, plan.bars) == ("AABB", 16)
    assert plan.sketch.full == Fraction(3, 4)
    assert plan.sketch.between[0] == "|:"
    assert plan.sketch.between[9] == ":||:", "line ends are left out"
    assert plan.sketch.between[-1] == ":|"
    slots = plan.sketch.slots
    assert [slot.length for slot in slots[:9]] == [
        Fraction(1, 8),
        *[Fraction(3, 4)] * 7,
        Fraction(5, 8),
    ]
    assert [slot.source for slot in slots if slot.coming == "same"] == [1, 2, 3, 10, 11, 7, 8]
    assert slots[7] == Slot(Fraction(3, 4), "varied", source=3)
    assert slots[-1] == Slot(Fraction(5, 8), "same", source=8)


def test_endings_are_bars_of_the_section_that_they_end() -> None:
    plan = form(REEL_WITH_ENDINGS)
    assert (plan.letters, plan.bars) == ("AABB", 16)
    between = plan.sketch.between
    assert len(plan.sketch.slots) == 18
    assert [after for after in between if "1" in after] == ["|1 ", "|1 "]
    assert [after for after in between if "2" in after] == [":|2 ", ":|2 "]


def test_a_pickup_may_stand_before_its_repeat() -> None:
    plan = form(JIG.replace("|:A|", "A|:"))
    assert (plan.letters, plan.bars, plan.sketch.between[:2]) == ("AABB", 16, ("", "|:"))
    assert (
        form_of(JIG.replace("|:A|", "A|:").replace("|d3 d2:|\n|:e|", "|d3 d2:|\ne|:")) is not None
    )


def test_a_section_ends_where_a_repeat_begins() -> None:
    plan = form(PLAIN.replace("||\ng2", "|\n|:g2").replace("G6|]", "G6:|"))
    assert (plan.letters, plan.bars) == ("ABB", 16)


def test_sections_without_repeats() -> None:
    plan = form(PLAIN)
    assert (plan.rhythm, plan.letters, plan.bars) == ("", "AB", 16)
    assert plan.sketch.between[0] == ""
    assert plan.sketch.slots[4] == Slot(Fraction(3, 4), "same", source=0)


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
def test_a_plan_holds_no_note_but_those_that_sections_begin_and_end_on(text: str) -> None:
    plan = form(text)
    assert not re.search("[A-Ga-g]", plan.to_record().sketch)
    for number, slot in enumerate(plan.sketch.slots):
        assert slot.first is None or begins_section(plan.sketch.between, number)
        assert slot.last is None or ends_section(plan.sketch.between, number)


@pytest.mark.parametrize("text", TUNES)
def test_a_plan_and_its_tunes_bars_are_the_tune(text: str) -> None:
    assert laid_out(form(text).sketch, split(body(text))[1]) == body(text)


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


def test_a_length_that_a_sketch_cannot_tell_has_no_plan() -> None:
    assert form_of(JIG.replace("|:A|", "|:A/4|")) is None
    # A pickup of 31 sixteenths can be told, one of two whole notes can't.
    long = "X:1\nM:5/2\nL:1/16\nK:G\n{}|G20 B20|d20 B20|G20 B20|{}|]"
    assert form_of(long.format("B31", "G9")) is not None
    assert form_of(long.format("B32", "G8")) is None


def test_a_sketch_is_measured_where_sections_make_full_bars() -> None:
    for text in (*TUNES, PLAIN.replace("d4 B2|\nG2 B2 d2", "G2 B2 d2", 1)):
        assert is_measured(sketch_of(text))
    short = JIG.replace("|d3 d2:|\n|:e", "|d3 d:|\n|:e")
    assert not is_measured(sketch_of(short))
    assert is_measured(sketch_of(short), since=9), "but for what stands before it"


ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=8)
)


@settings(max_examples=50)
@given(st.lists(ANY_JSON, min_size=7, max_size=7))
def test_seven_entries_that_are_no_plan_are_a_value_error(entries: list[object]) -> None:
    with pytest.raises(ValueError, match="a form plan"):
        Form.from_record(PlanRecord._make(entries))


@pytest.mark.parametrize("entry", ["", "x", "|:", None, 7, ["|:", "", ":|"], "1/8=", "\ue000"])
def test_a_damaged_sketch_is_a_value_error(entry: object) -> None:
    plan = form(JIG).to_record()._replace(sketch=entry)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a form plan has no sketch"):
        Form.from_record(plan)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"meter": "6/0"}, "a form plan has no meter '6/0'"),
        ({"meter": "C"}, "a form plan has no meter 'C'"),
        ({"meter": None}, "a form plan has no meter None"),
        ({"bars": "16"}, "a form plan has no '16' bars"),
    ],
)
def test_another_damaged_entry_is_a_value_error(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Form.from_record(form(JIG).to_record()._replace(**entry))


@pytest.mark.parametrize("text", TUNES)
def test_the_tunes_here_are_right(text: str) -> None:
    assert not Tune.parse(text).problems
