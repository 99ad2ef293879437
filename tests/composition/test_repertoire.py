"""The form plans that fit what a musician asks for, as musicians write it, and what
they are told when the model knows no such tunes."""

import base64
import json
import zlib
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun import ModelError, UsageError
from abcrun.composition.conditions import Conditions
from abcrun.composition.plans import Form, form_of, header
from abcrun.composition.repertoire import Repertoire, Selection
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS

REPERTOIRE = Repertoire(
    tuple(
        form.to_record()
        for form in map(form_of, (JIG, JIG, REEL_WITH_ENDINGS, PLAIN))
        if form is not None
    ),
    {"maj": {"G": 6, "D": 3, "Bb": 1}, "dor": {"A": 2, "E": 1}},
    "D",
)


def select(**asked: Any) -> Selection:
    return REPERTOIRE.select(Conditions(**asked))


def drawn(selection: Selection) -> Form:
    return selection.draw(np.random.default_rng(1))[0]


@pytest.mark.parametrize(
    ("written", "tonic", "mode"),
    [
        ("D", "D", "maj"),
        ("Dmaj", "D", "maj"),
        (" D major ", "D", "maj"),
        ("d", "D", "maj"),
        ("A dorian", "A", "dor"),
        ("ADor", "A", "dor"),
        ("F# Dorian", "F#", "dor"),
        ("Bb", "Bb", "maj"),
        ("Gion", "G", "maj"),
    ],
)
def test_a_key_as_musicians_write_it(written: str, tonic: str, mode: str) -> None:
    selection = select(key=written)
    assert (selection.tonic, selection.mode) == (tonic, mode)
    assert {plan.mode for plan in selection.plans} == {mode}


def test_a_key_of_a_mode_that_no_such_tune_is_in_borrows_the_forms_of_others() -> None:
    selection = select(key="A dorian", rhythm="jig")
    assert selection.mode == "dor"
    assert drawn(selection).rhythm == "jig"


@pytest.mark.parametrize(
    ("written", "meter"),
    [("C", "4/4"), ("C|", "2/2"), ("6/8", "6/8"), (" 6/8 ", "6/8"), ("4 / 4", "4/4")],
)
def test_a_meter_as_musicians_write_it(written: str, meter: str) -> None:
    cut_time = form_of(REEL_WITH_ENDINGS.replace("M:4/4", "M:2/2"))
    assert cut_time is not None
    repertoire = replace(REPERTOIRE, plans=(*REPERTOIRE.plans, cut_time.to_record()))
    assert drawn(repertoire.select(Conditions(meter=written))).meter == meter


@pytest.mark.parametrize(
    "asked", [{"rhythm": " Jig "}, {"rhythm": "JIG"}, {"form": " aabb "}, {"unit": "1 / 8"}]
)
def test_names_in_any_case_and_with_spaces_around(asked: dict[str, str]) -> None:
    assert select(**asked).plans


def test_what_is_asked_for_together_holds_together() -> None:
    selection = select(
        meter="6/8", rhythm="jig", unit="1/8", form="AABB", bars=16, key="G", title="Mine"
    )
    assert len(selection.plans) == 2, "as often as among the training tunes"
    form, mode = selection.draw(np.random.default_rng(1))
    assert header(form, mode, "G") == "X:1\nM:6/8\nL:1/8\nR:jig\nK:Gmaj\n"


def test_plans_of_a_base_serve_what_the_book_has_none_for() -> None:
    reel, jig = (form.to_record() for form in map(form_of, (REEL_WITH_ENDINGS, JIG)) if form)
    book = Repertoire((jig,), {"maj": {"G": 1}, "dor": {"A": 1}}, "D", (reel, jig))
    book = Repertoire.from_text(book.to_text())
    assert book.select(Conditions()).plans == (jig,)
    assert book.select(Conditions(rhythm="jig", key="A dorian")).plans == (jig,)
    assert book.select(Conditions(rhythm="reel")).plans == (reel,)
    with pytest.raises(UsageError, match=r"rhythm polka: .* it knows jig, reel"):
        book.select(Conditions(rhythm="polka"))
    assert book.offered == (jig, reel, jig)
    assert {*"RM:4/4", *reel.rhythm} <= book.characters


def test_a_tune_without_a_rhythm_has_no_line_for_it() -> None:
    form = drawn(select(meter="3/4"))
    assert header(form, "maj", "D") == "X:1\nM:3/4\nL:1/8\nK:Dmaj\n"


def test_a_rhythm_is_told_from_tunes_that_say_none() -> None:
    with pytest.raises(UsageError) as error:
        select(rhythm="jig", meter="3/4")
    assert str(error.value) == (
        "rhythm jig: the model knows no such tunes with meter 3/4; they say no rhythm"
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"meter": "5/4"}, "meter 5/4: the model knows no such tunes; it knows 6/8, 4/4, 3/4"),
        ({"meter": "C|"}, "meter 2/2: the model knows no such tunes; it knows 6/8, 4/4, 3/4"),
        ({"meter": "six eight"}, "meter six eight: this is no meter; write 6/8, 4/4, C or C|"),
        ({"meter": ""}, "meter : this is no meter; write 6/8, 4/4, C or C|"),
        ({"meter": "none"}, "meter none: this is no meter; write 6/8, 4/4, C or C|"),
        ({"meter": "6/8 jig"}, "meter 6/8 jig: this is no meter; write 6/8, 4/4, C or C|"),
        (
            {"rhythm": "polka"},
            "rhythm polka: the model knows no such tunes; it knows jig, reel",
        ),
        (
            {"rhythm": "jig", "meter": "4/4"},
            "rhythm jig: the model knows no such tunes with meter 4/4; it knows reel",
        ),
        ({"unit": "1/16"}, "unit 1/16: the model knows no such tunes; it knows 1/8"),
        ({"form": "ABC"}, "form ABC: the model knows no such tunes; it knows AABB, AB"),
        ({"bars": 12}, "bars 12: the model knows no such tunes; it knows 16"),
        ({"bars": 0}, "bars 0: the model knows no such tunes; it knows 16"),
        (
            {"bars": 8, "form": "AABB", "rhythm": "jig"},
            "bars 8: the model knows no such tunes with rhythm jig and form AABB; it knows 16",
        ),
        (
            {"key": "A lydian"},
            "key A lydian: the model knows no lydian tunes; it knows major, dorian",
        ),
        ({"key": "H"}, "'H' is no key: give tonic and mode, such as G, Bm or A dorian"),
        ({"key": ""}, "'' is no key: give tonic and mode, such as G, Bm or A dorian"),
        ({"key": "A#"}, "'A#' has over 7 sharps or flats: the same key is written Bb major"),
    ],
)
def test_an_error_names_what_there_is_in_one_line(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        select(**asked)
    assert str(error.value) == message


def test_forms_modes_and_tonics_are_drawn_as_often_as_they_were_learned() -> None:
    random = np.random.default_rng(1)
    selection = select()
    rhythms = Counter(selection.draw(random)[0].rhythm for _ in range(2_000))
    assert rhythms["jig"] / 2_000 == pytest.approx(0.5, abs=0.05)
    tonics = Counter(REPERTOIRE.tonic("maj", chance) for chance in random.random(2_000))
    assert set(tonics) == {"G", "D", "Bb"}
    assert tonics["G"] / 2_000 == pytest.approx(0.6, abs=0.05)


@given(st.sampled_from(["maj", "dor"]), st.floats(0, 1, exclude_max=True))
def test_only_known_tonics_are_drawn(mode: str, chance: float) -> None:
    assert REPERTOIRE.tonic(mode, chance) in REPERTOIRE.tonics[mode]


def test_a_mode_that_was_never_learned_has_no_tonic() -> None:
    assert REPERTOIRE.tonic("phr", 0.5) == ""


def test_a_repertoire_goes_through_text() -> None:
    text = REPERTOIRE.to_text()
    assert Repertoire.from_text(text) == REPERTOIRE
    assert Repertoire.from_text(text) is Repertoire.from_text(str(text)), "it is read once"
    assert text.isascii()
    assert "\n" not in text
    own_keys = replace(REPERTOIRE, canonical=None)
    assert Repertoire.from_text(own_keys.to_text()).canonical is None


def packed(content: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x y",
        "",
        "ä",
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"no json")).decode(),
        base64.b64encode(zlib.compress(b"\xff")).decode(),
        packed(None),
        packed([]),
        packed({}),
        packed({"forms": 3, "tonics": {}, "canonical": "D"}),
        packed({"forms": [], "tonics": {}, "canonical": "D"}),
        packed({"forms": [[]], "tonics": {}, "canonical": "D"}),
        packed({"forms": ["AABB"], "tonics": {}, "canonical": "D"}),
        packed({"forms": [REPERTOIRE.plans[0], ["6/8"]], "tonics": {}, "canonical": "D"}),
        packed({"forms": ["seven 7"], "tonics": {}, "canonical": "D"}),
        packed({"forms": {"AABB": 1}, "tonics": {}, "canonical": "D"}),
        packed({"forms": list(REPERTOIRE.plans), "tonics": 7, "canonical": "D"}),
        packed({"forms": list(REPERTOIRE.plans), "canonical": "D"}),
        packed({"forms": list(REPERTOIRE.plans), "tonics": {}, "canonical": "H"}),
        packed({"forms": list(REPERTOIRE.plans), "tonics": {"maj": {"D": -1}}, "canonical": "D"}),
        packed({"forms": list(REPERTOIRE.plans), "tonics": {"low": {"D": 1}}, "canonical": "D"}),
        packed({"forms": [REPERTOIRE.plans[0]._replace(bars=10**9)], "tonics": {}}),
        packed({"forms": [REPERTOIRE.plans[0]._replace(meter="6/8888")], "tonics": {}}),
        packed({"forms": [REPERTOIRE.plans[0]._replace(sketch="|:x|")], "tonics": {}}),
    ],
)
def test_damaged_text_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError, match=r"form plans cannot be read .*; export it again") as error:
        Repertoire.from_text(text)
    assert "\n" not in str(error.value)


@given(st.data())
def test_text_damaged_anywhere_is_a_model_error_or_means_the_same(data: st.DataObject) -> None:
    text = REPERTOIRE.to_text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCxyz019+/=\n "))
    damaged = text[:place] + other + text[place + data.draw(st.integers(0, 2)) :]
    try:
        read = Repertoire.from_text(damaged)
    except ModelError:
        return
    assert read == REPERTOIRE


def test_a_damaged_plan_is_a_model_error_when_it_is_drawn() -> None:
    damaged = Repertoire.from_text(
        replace(
            REPERTOIRE,
            plans=(REPERTOIRE.plans[0], REPERTOIRE.plans[1]._replace(sketch="||:|")),
        ).to_text()
    )
    with pytest.raises(ModelError, match="form plans cannot be read"):
        damaged.form(damaged.plans[1])


def test_selections_are_remembered_but_not_beyond_a_bound() -> None:
    repertoire = replace(REPERTOIRE)
    jigs = repertoire.select(Conditions(rhythm="jig", title="Mine"))
    assert repertoire.select(Conditions(rhythm="jig")) is jigs
    for number in range(100):
        repertoire.select(Conditions(rhythm=f"{' ' * number}jig"))
    assert repertoire.select(Conditions(rhythm="jig")) is not jigs
    assert repertoire.select(Conditions(rhythm="reel")).plans != jigs.plans
