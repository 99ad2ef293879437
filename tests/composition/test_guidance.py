"""Guided generation with the real model: what is asked for is there, nothing is wrong,
and it comes to an end."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from abcrun import Model, Sampling, Tune, UsageError
from abcrun.composition.levels import MAX_COPIED
from abcrun.composition.plans import Form, PlanRecord, form_of
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.signs import is_sign, kind_of
from abcrun.composition.strategies import CopyLimit, RedrawingStrategy
from abcrun.inference.request import Request
from abcrun.notation.key import usual_mode
from abcrun.notation.melody import melody_of
from abcrun.originality import default_index
from tests.composition.critics import critic_of
from tests.composition.tunes import bars, body, effort, right

KINDS = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}
ROUND = ("G", "D", "A", "E", "C", "F", "Bb")  # tonics


@pytest.fixture(scope="module")
def repertoire(folk: Model) -> Repertoire:
    return Repertoire.from_text(folk.spec.repertoire)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up soon."""
    monkeypatch.setattr(RedrawingStrategy, "budget", 8)
    monkeypatch.setattr(RedrawingStrategy, "most_attempts", 3)


def knowing(model: Model, *plans: PlanRecord) -> Model:
    """The same network, with these form plans only."""
    known = replace(Repertoire.from_text(model.spec.repertoire), plans=plans)
    return Model(model.network.session, replace(model.spec, repertoire=known.to_text()))


def longest_run(text: str) -> int:
    return default_index().compare(melody_of(Tune.parse(text))).longest_run


# What is asked for


def test_tunes_are_right_numbered_and_named(folk: Model, repertoire: Repertoire) -> None:
    for number, tune in enumerate(folk.generate(16, seed=1), 1):
        read = right(tune)
        assert (tune.seed, tune.index) == (1, number - 1)
        assert read.reference == number
        mode = usual_mode(read.key.mode)
        assert read.title == f"{(read.rhythm or 'tune').capitalize()} in {read.key.tonic} {mode}"
        assert read.key.tonic in repertoire.tonics[read.key.text[-3:]]
        assert form_of(tune.text) is not None, "its sections are regular"
        assert not tune.text.endswith("\n")
        assert not re.search(r" [|:]", body(tune.text)), "no space before a bar line"
        assert not any(map(is_sign, tune.text + tune.written))


def test_every_meter_in_every_mode(folk: Model, repertoire: Repertoire) -> None:
    meters = Counter(plan.meter for plan in repertoire.plans)
    assert {"6/8", "4/4", "2/4", "3/4", "9/8"} <= set(meters)
    tonics = itertools.cycle(ROUND)
    for meter, mode in itertools.product(meters, KINDS):
        tonic = next(tonics)
        for tune in folk.generate(2, seed=2, meter=meter, key=tonic + KINDS[mode]):
            read = right(tune)
            assert read.meter.text == meter
            assert (read.key.tonic, usual_mode(read.key.mode)) == (tonic, mode)


@pytest.mark.parametrize(
    "asked",
    [
        {"rhythm": "jig", "key": "Ador", "form": "AABB", "bars": 16, "title": "The Test"},
        {"rhythm": "Reel", "unit": "1/8", "meter": "C|", "title": "Ä % ß"},
        {"meter": "2/4", "unit": "1/16", "key": "F#m"},
        {"form": "AABBCC", "key": "Gb"},
        {"bars": 32, "key": "E mixolydian", "title": ""},
        {"rhythm": "slip jig", "bars": 8},
    ],
)
def test_tunes_are_as_they_were_asked_for(folk: Model, asked: dict[str, Any]) -> None:
    for number, tune in enumerate(folk.generate(2, seed=3, **asked), 1):
        read = right(tune)
        assert read.reference == number
        form = form_of(tune.written)
        assert form is not None
        if "rhythm" in asked:
            assert read.rhythm == asked["rhythm"].lower()
        if "unit" in asked:
            assert str(read.unit_length) == asked["unit"]
        if "title" in asked:
            assert read.title == asked["title"]
        if "bars" in asked:
            assert form.bars == asked["bars"]
        if "form" in asked:
            assert len(form.letters) == len(asked["form"])
        if "key" in asked:
            tonic = re.match("[A-G][#b]?", asked["key"])
            assert tonic is not None
            assert read.key.tonic == tonic.group()


def test_a_form_plan_is_followed_where_a_form_is_asked_for(
    folk: Model, repertoire: Repertoire
) -> None:
    with_endings = next(
        plan
        for plan in repertoire.plans
        if ":|2 " in plan.sketch and any(kind_of(one) == ("same", 0) for one in plan.sketch)
    )
    with_variations = next(
        plan
        for plan in repertoire.plans
        if sum(slot.coming == "varied" for slot in repertoire.form(plan).sketch.slots) > 2
    )
    for plan in (with_endings, with_variations):
        form = Form.from_record(plan)
        for tune in knowing(folk, plan).generate(2, seed=4, form=plan.letters):
            right(tune)
            written = form_of(tune.written)
            assert written is not None
            assert written.sketch.between == form.sketch.between
            assert (len(written.letters), written.bars, written.mode) == (
                len(form.letters),
                form.bars,
                form.mode,
            )
            slots = form.sketch.slots
            assert [slot.length for slot in written.sketch.slots] == [slot.length for slot in slots]
            texts = bars(tune.written)
            for slot, text in zip(slots, texts, strict=True):
                if slot.source is None:
                    continue
                old = texts[slot.source]
                assert (text == old) == (slot.coming == "same")
                assert len(text.split(" ")) == len(old.split(" "))


def test_all_form_plans_of_the_model_can_be_read(repertoire: Repertoire) -> None:
    assert len(repertoire.plans) > 1_000
    for plan in repertoire.plans:
        form = Form.from_record(plan)
        assert form.to_record() == plan
        assert form.sketch.between[-1].endswith(("|", "]"))


def test_with_guide_bars_every_bar_has_its_length(folk: Model) -> None:
    for tune in [
        *folk.generate(12, seed=5, guide="bars"),
        *folk.generate(6, seed=5, guide="bars", meter="3/4", key="Em"),
    ]:
        read = right(tune)
        assert read.reference == tune.index + 1
        assert read.title


def test_with_guide_off_no_bar_is_taken_back(folk: Model) -> None:
    tunes = list(folk.generate(8, seed=6, guide="off"))
    assert sum(tune.redrawn for tune in tunes) < 8, "only a sketch that cannot be read is"
    for tune in tunes:
        assert tune.attempts == 1
        assert tune.text.startswith(f"X:{tune.index + 1}\n")
        assert not any(map(is_sign, tune.text + tune.written)), "what returns is written out"


def test_guide_off_keeps_to_the_header_that_was_asked_for(folk: Model) -> None:
    for tune in folk.generate(4, seed=6, guide="off", meter="6/8", key="Bb"):
        assert tune.text.startswith(f"X:{tune.index + 1}\nT:")
        assert "\nM:6/8\n" in tune.text
        assert "\nK:Bbmaj\n" in tune.text


# The same tune, whatever it stands beside


def guided(model: Model, seed: int, count: int, **asked: Any) -> list[Request]:
    """The requests that `generate` makes."""
    return list(model.requests(count, seed=seed, **asked))


@pytest.mark.parametrize("level", ["full", "bars"])
def test_a_seed_is_a_tune_whatever_the_batch(folk: Model, folk_path: Path, level: Any) -> None:
    alone = list(folk.generate(10, seed=7, guide=level, slots=1))
    assert len({tune.text for tune in alone}) == 10
    for slots in (7, 40):
        tunes = list(folk.generate(10, seed=7, guide=level, slots=slots))
        assert tunes == alone
        assert effort(tunes) == effort(alone)
        assert [tune.written for tune in tunes] == [tune.written for tune in alone]
    assert list(folk.generate(3, seed=7, guide=level)) == alone[:3], (
        "and whatever the number of tunes"
    )
    assert list(folk.generate(3, first=5, seed=7, guide=level)) == alone[5:8]
    with Model.load(folk_path, "cpu", threads=2) as model:
        assert list(model.generate(10, seed=7, guide=level, slots=40)) == alone


def test_a_seed_is_a_tune_in_any_order_and_beside_any_other(folk: Model) -> None:
    ours = guided(folk, 8, 8)
    others = [
        *guided(folk, 9, 4, guide="bars"),
        *guided(folk, 10, 4, meter="9/8", key="Am"),
        *(folk.request(seed=11).numbered(index) for index in range(4)),
    ]
    expected = list(folk.generate(8, seed=8))
    assert list(folk.generate_many(ours[::-1], slots=3)) == expected[::-1]
    mixed = [
        request
        for pair in itertools.zip_longest(ours, others)
        for request in pair
        if request is not None
    ]
    found = [tune for tune in folk.generate_many(mixed, slots=5) if tune.seed == 8]
    assert found == expected


# Copies


@pytest.mark.parametrize(("level", "limit"), [("full", None), ("full", 12), ("bars", 12)])
def test_no_tune_shares_more_with_a_known_one_than_was_allowed(
    folk: Model, level: Any, limit: int | None
) -> None:
    for tune in folk.generate(10, seed=9, guide=level, max_copied=limit):
        right(tune)
        assert longest_run(tune.text) <= (limit or MAX_COPIED)


def test_a_quotation_is_not_continued(folk: Model) -> None:
    header = "X:1\nM:4/4\nL:1/8\nR:hornpipe\nK:Dmaj\n"
    known = f"{header}|:(3ABc|dAFA DFAd|fdcd FAdf|gfge fefd|"  # traditional
    own = longest_run(known)
    assert own > MAX_COPIED
    for level in ("full", "bars"):
        for tune in folk.generate(3, seed=1, prompt=known, guide=level):
            right(tune)
            assert longest_run(tune.text) == own


# It always comes to an end


WILD = Sampling(top_k=60, temperature=50.0)


@pytest.mark.parametrize(
    "asked", [{"guide": "full"}, {"guide": "bars", "meter": "6/8", "key": "D"}]
)
def test_a_model_that_hardly_ever_makes_a_bar_gives_up(
    folk: Model, impatient: None, asked: dict[str, Any]
) -> None:
    tunes = list(folk.generate(3, seed=1, sampling=WILD, max_chars=200, **asked))
    for tune in tunes:
        assert not tune.complete
        assert tune.text.startswith(f"X:{tune.index + 1}\n")
        assert tune.attempts <= 3
        assert tune.redrawn <= 3 * (8 + 23), "bars, and sketches"
    assert list(folk.generate(3, seed=1, sampling=WILD, max_chars=200, slots=1, **asked)) == tunes


@pytest.mark.parametrize("level", ["full", "bars"])
def test_where_every_bar_is_a_copy_it_gives_up(
    folk: Model, impatient: None, monkeypatch: pytest.MonkeyPatch, level: Any
) -> None:
    monkeypatch.setattr(CopyLimit, "allow", lambda *_: False)
    for tune in folk.generate(2, seed=1, guide=level, meter="6/8", key="D"):
        assert not tune.complete
        assert tune.attempts == 3
        assert 3 * 8 <= tune.redrawn <= 3 * (8 + 23), "bars, and sketches"


def test_a_tune_that_is_too_long_is_cut(folk: Model) -> None:
    for level in ("full", "bars", "off"):
        for tune in folk.generate(2, seed=1, guide=level, max_chars=30):
            assert not tune.complete
            assert tune.text.startswith(f"X:{tune.index + 1}\n")


def test_what_it_took_is_told(folk: Model) -> None:
    tunes = list(folk.generate(8, seed=10))
    assert any(tune.redrawn for tune in tunes)
    assert any(not tune.redrawn for tune in folk.generate(8, seed=10, guide="off"))
    for tune in tunes:
        form = form_of(tune.written)
        assert form is not None
        slots = form.sketch.slots
        drawn = max(number for number, slot in enumerate(slots) if slot.coming != "same")
        parts = [
            *itertools.chain(*zip(form.sketch.between, [*bars(tune.written), ""], strict=True))
        ]
        returned = "".join(parts[2 * drawn + 2 :])  # what returns at the end need not be read
        assert tune.characters >= len(tune.written) - len(returned)
        assert tune.attempts >= 1


# While it is composed


@pytest.mark.parametrize("level", ["off", "bars", "full"])
def test_the_text_so_far_is_told_bar_by_bar(folk: Model, level: Any) -> None:
    told: dict[int, list[str]] = {0: [], 1: []}
    requests = folk.requests(
        2,
        seed=15,
        guide=level,
        meter="6/8",
        key="A",
        progress=lambda index, text: told[index].append(text()),
    )
    tunes = list(folk.generate_many(requests))
    assert tunes == list(folk.generate(2, seed=15, guide=level, meter="6/8", key="A")), (
        "telling changes nothing"
    )
    for tune in tunes:
        texts = told[tune.index]
        assert len(texts) >= 4
        assert all(
            text.startswith(f"X:{tune.index + 1}\nT:") and "\nK:Amaj\n" in text for text in texts
        )
        assert len(bars(texts[0])) <= 3, "as soon as there is a bar"
        last, whole = melody_of(Tune.parse(texts[-1])), melody_of(Tune.parse(tune.text))
        assert [pitch % 12 for pitch in last] == [pitch % 12 for pitch in whole[: len(last)]], (
            "but for the octave"
        )
        assert len(last) > len(whole) / 2


def test_a_model_without_form_plans_tells_too(tiny: Model) -> None:
    told: list[str] = []
    request = next(
        tiny.requests(1, seed=1, max_chars=300, progress=lambda _, text: told.append(text()))
    )
    (tune,) = tiny.generate_many([request])
    assert [text for text in told if not tune.text.startswith(text)] == []
    assert len(told) == tune.text.count("|")


# The best of several


def test_the_best_of_several_has_the_best_score(folk: Model) -> None:
    critic = critic_of("density", 5.5)
    model = Model(folk.network.session, replace(folk.spec, critic=critic.to_text()))
    candidates = list(model.generate(12, seed=13))
    for index, tune in enumerate(model.generate(3, seed=13, best_of=4)):
        scores = [critic.score(one.written) for one in candidates[4 * index : 4 * index + 4]]
        assert critic.score(tune.written) == max(scores)
        assert right(tune).reference == index + 1


def test_without_a_critic_it_is_the_most_probable_by_note(folk: Model) -> None:
    folk = Model(folk.network.session, replace(folk.spec, critic=""))
    candidates = list(folk.generate(12, seed=13))
    chosen = list(folk.generate(3, seed=13, best_of=4))
    for index, tune in enumerate(chosen):
        group = candidates[4 * index : 4 * index + 4]
        best = min(
            group, key=lambda one: folk.bits(one.written) / len(melody_of(Tune.parse(one.written)))
        )
        assert tune.written == best.written
        assert tune.index == index
        assert body(tune.text) == body(best.text)
        assert right(tune).reference == index + 1


# What cannot be asked for


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"max_copied": 11}, "at least 12"),
        ({"max_copied": 20, "guide": "off"}, "guide off takes nothing back"),
        ({"guide": "some"}, "choose off, bars, full"),
        ({"best_of": 0}, "best_of is 0"),
        ({"meter": "5/4"}, "the model knows no such tunes; it knows 6/8"),
        ({"key": "D locrian"}, "knows no locrian tunes"),
        ({"bars": 17}, "it knows 16"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_a_usage_error_at_the_call(
    folk: Model, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        folk.generate(**asked)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "asked",
    [{"guide": "full"}, {"guide": "bars"}, {"meter": "6/8"}, {"title": "A"}, {"max_copied": 20}],
)
def test_a_model_without_form_plans_says_so(shipped: Model, asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="has no form plans to go by; take one of recipe folk"):
        shipped.generate(**asked)


def test_a_model_without_form_plans_samples_plainly(shipped: Model) -> None:
    plain = list(shipped.generate(2, seed=1, max_chars=40))
    assert list(shipped.generate(2, seed=1, max_chars=40, guide="off")) == plain
    assert all(tune.written == tune.text for tune in plain)
