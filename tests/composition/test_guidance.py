"""Guided generation with the real model: what is asked for is there, nothing is wrong,
and it comes to an end."""

import itertools
import json
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from abcrun import Generated, Model, Sampling, Tune, UsageError
from abcrun.composition import strategies
from abcrun.composition.finishing import Finishing
from abcrun.composition.levels import MAX_COPIED
from abcrun.composition.plans import Form, PlanRecord, form_of
from abcrun.composition.repertoire import Repertoire
from abcrun.inference.request import Request
from abcrun.notation.bars import split
from abcrun.notation.key import usual_mode
from abcrun.notation.melody import melody_of
from abcrun.originality import default_index
from tests.conftest import ROOT, abcrun

KINDS = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}
ROUND = ("G", "D", "A", "E", "C", "F", "Bb")  # tonics


def folk_path() -> Path:
    """The model with form plans, as it is shipped; in a checkout that has none, the one
    that the environment names."""
    path = ROOT / "exported" / "folk.onnx"
    if not path.exists():
        path = Path(os.environ.get("ABCRUN_TEST_FOLK", path))
    if not path.exists():
        pytest.skip(f"{path} is not there: train recipe folk, or name a model in ABCRUN_TEST_FOLK")
    return path


@pytest.fixture(scope="module")
def folk() -> Model:
    return Model.load(folk_path(), "cpu", threads=1)


@pytest.fixture(scope="module")
def repertoire(folk: Model) -> Repertoire:
    return Repertoire.from_text(folk.spec.repertoire)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives up soon."""
    monkeypatch.setattr(strategies, "_BUDGET", 8)
    monkeypatch.setattr(strategies, "_ATTEMPTS", 3)


def knowing(model: Model, *plans: PlanRecord) -> Model:
    """The same network, with these form plans only."""
    known = replace(Repertoire.from_text(model.spec.repertoire), plans=plans)
    return Model(model.network.session, replace(model.spec, repertoire=known.to_text()))


def right(tune: Generated) -> Tune:
    """The tune, if nothing is wrong with it."""
    assert tune.complete, tune.text
    read = Tune.parse(tune.text)
    assert not read.problems, f"{tune.text}\n{read.problems}"
    return read


def body(text: str) -> str:
    return text.split("\nK:")[1].split("\n", 1)[1]


def bars(text: str) -> list[str]:
    return split(body(text))[1]


def effort(tunes: list[Generated]) -> list[tuple[int, int, int]]:
    return [(tune.characters, tune.redrawn, tune.attempts) for tune in tunes]


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
            assert read.title == asked["title"].partition(" %")[0]
        if "bars" in asked:
            assert form.bars == asked["bars"]
        if "form" in asked:
            assert len(form.letters) == len(asked["form"])
        if "key" in asked:
            assert read.key.tonic == re.match("[A-G][#b]?", asked["key"]).group()  # type: ignore[union-attr]


def test_a_title_is_one_line(folk: Model) -> None:
    (tune,) = folk.generate(seed=1, title=" A\nK:Z\r\nB ")
    assert right(tune).title == "A K:Z B"


def test_a_form_plan_is_followed(folk: Model, repertoire: Repertoire) -> None:
    with_endings = next(
        plan
        for plan in repertoire.plans
        if ":|2 " in plan.parts and any("=" in part for part in plan.parts)
    )
    with_likeness = next(
        plan for plan in repertoire.plans if sum("~" in part for part in plan.parts) > 2
    )
    with_close = next(
        plan for plan in repertoire.plans if "!" in "".join(plan.parts) and plan.letters == "AABB"
    )
    for plan in (with_endings, with_likeness, with_close):
        form = Form.from_record(plan)
        for tune in knowing(folk, plan).generate(1, seed=4):
            read = right(tune)
            written = form_of(tune.written)
            assert written is not None
            assert written.between[:-1] == form.between[:-1]
            assert (written.letters, written.bars, written.mode) == (
                form.letters,
                form.bars,
                form.mode,
            )
            assert [slot.length for slot in written.slots] == [slot.length for slot in form.slots]
            texts = bars(tune.text)
            for number, slot in enumerate(form.slots):
                if slot.same is not None:
                    assert texts[number] == texts[slot.same], "what returns is identical"
                if slot.like is not None and slot.groups < len(texts[slot.like].split(" ")):
                    assert texts[number].split(" ")[0] == texts[slot.like].split(" ")[0]
            if any(slot.closes for slot in form.slots):
                assert read.bars[-1].notes[-1].pitches[-1] % 12 == read.key.tonic_pitch_class


def test_a_beginning_that_returns_leaves_something_to_draw(folk: Model) -> None:
    parts = ["|:", "", "|", "~0.9", "|", "~0.2", "|", "~0.1", ":|"]
    plan = PlanRecord("6/8", "1/8", "jig", "maj", "AA", 4, parts)
    for tune in knowing(folk, plan).generate(4, seed=1, prompt="|:dAF DFA|", key="D", meter="6/8"):
        right(tune)
        assert [bar.partition(" ")[0] for bar in bars(tune.text)] == ["dAF"] * 4
        assert not re.search(r" [|:]", body(tune.text)), "no space before a bar line"


def test_all_form_plans_of_the_model_can_be_read(repertoire: Repertoire) -> None:
    assert len(repertoire.plans) > 1_000
    for plan in repertoire.plans:
        form = Form.from_record(plan)
        assert form.to_record() == plan
        assert form.between[-1].rstrip("\n").endswith(("|", "]"))


def test_with_guide_bars_every_bar_has_its_length(folk: Model) -> None:
    for tune in [
        *folk.generate(12, seed=5, guide="bars"),
        *folk.generate(6, seed=5, guide="bars", meter="3/4", key="Em"),
    ]:
        read = right(tune)
        assert read.reference == tune.index + 1
        assert read.title


def test_guide_off_is_plain_sampling(folk: Model) -> None:
    tunes = list(folk.generate(8, seed=6, guide="off"))
    first = folk.request(seed=6)
    plain = list(folk.generate_many([first.numbered(index) for index in range(8)]))
    assert [tune.written for tune in tunes] == [tune.text for tune in plain]
    assert effort(tunes) == [(len(tune.text) + tune.complete, 0, 1) for tune in plain]
    for tune in tunes:
        assert tune.text.startswith(f"X:{tune.index + 1}\n")


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
def test_a_seed_is_a_tune_whatever_the_batch(folk: Model, level: Any) -> None:
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
    with Model.load(folk_path(), "cpu", threads=2) as model:
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


# A musician's opening


OPENINGS = [
    ({"prompt": "|:dAF DFA|ded cBA|", "key": "D", "meter": "6/8"}, "whole bars"),
    ({"prompt": "|:dAF DFA|ded c", "key": "D", "meter": "6/8"}, "a bar under way"),
    ({"prompt": "eA", "key": "A dorian", "meter": "6/8"}, "not even a bar"),
    ({"prompt": "X:7\nT:Mine\nM:6/8\nL:1/8\nR:jig\nK:Ador\n|:eAA ABc|edc"}, "a header"),
    ({"prompt": "M:C|\nK:Em\n|:E2BE dEBE|"}, "a header without X:, T:, L: and R:"),
    ({"prompt": "|:D,2A, A,B,C|D,", "key": "D", "meter": "6/8"}, "low"),
    ({"prompt": "|:d'2a b'a'g'|f'", "key": "D", "meter": "6/8"}, "high"),
    (
        {"prompt": "|:A2c e2c|d2", "key": "Ab", "meter": "6/8"},
        "a tritone from the model's own tonic",
    ),
    ({"prompt": "|:^c2d =f2e|_e", "key": "Bb", "meter": "6/8"}, "accidentals"),
    ({"prompt": "A|dAF DFA|", "key": "D", "meter": "6/8"}, "a pickup"),
    (
        {"prompt": "|:GABc|d2", "key": "G", "meter": "2/4"},
        "its unit note length is that of its bars",
    ),
]


@pytest.mark.parametrize("level", ["full", "bars"])
@pytest.mark.parametrize(("asked", "what"), OPENINGS, ids=[what for _, what in OPENINGS])
def test_an_opening_is_kept_note_for_note(
    folk: Model, level: Any, asked: dict[str, Any], what: str
) -> None:
    music = asked["prompt"].rpartition("\n")[2].removeprefix("|:")
    for tune in folk.generate(2, seed=1, guide=level, **asked):
        read = right(tune)
        assert body(tune.text).removeprefix("|:").startswith(music)
        assert len(bars(tune.text)) > 4
        if "T:" in asked["prompt"]:
            assert (read.title, read.rhythm, read.reference) == ("Mine", "jig", tune.index + 1)


@pytest.mark.parametrize(
    "prompt",
    [
        "|:dAF DFA|ded cBA|\n",
        "|: dAF DFA | ded cBA |",
        "\n|:dAF DFA|\n\nded cBA|",
        "|:dAF DFA|\r\nded cBA|",
        "|:dAF DFA|ded cBA| ",
    ],
)
def test_an_opening_is_read_as_musicians_write_it(folk: Model, prompt: str) -> None:
    (plain,) = folk.generate(seed=1, prompt="|:dAF DFA|ded cBA|", key="D", meter="6/8")
    (tune,) = folk.generate(seed=1, prompt=prompt, key="D", meter="6/8")
    assert tune == plain


def test_the_repeats_and_endings_of_an_opening_are_kept(folk: Model) -> None:
    part = "|:dAF DFA|ded cBA|dAF DFA|gfe d2A|dAF DFA|ded cBA|dfa gec|ded d3:|"
    for start in (part, part + "|:fgf", part.replace("|ded d3:|", "|1 ded dcB:|2 ded d3||")):
        (tune,) = folk.generate(seed=1, prompt=start, key="D", meter="6/8")
        right(tune)
        assert re.sub(r"[\n ]", "", body(tune.text)).startswith(re.sub(r"[\n ]", "", start))


def test_a_header_alone_says_what_the_tune_is_to_be(folk: Model) -> None:
    (tune,) = folk.generate(seed=1, prompt="X:1\nT:Mine\nM:9/8\nK:Gmaj\n")
    (same,) = folk.generate(seed=1, meter="9/8", key="G", title="Mine")
    assert tune == same


def test_options_overrule_the_header(folk: Model) -> None:
    (tune,) = folk.generate(
        seed=1, prompt="X:1\nT:Mine\nM:9/8\nK:Gmaj\n", title="Ours", meter="6/8", key="G"
    )
    assert (right(tune).title, right(tune).meter.text) == ("Ours", "6/8")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "|:dAF DFA|"}, "name the key and the meter"),
        ({"prompt": "|:dAF DFA|", "key": "D"}, "name the key and the meter"),
        ({"prompt": "X:1\nT:A\n"}, "no K:"),
        ({"prompt": "X:1\nM:6/8\nK:none\ndAF DFA|"}, "is no key"),
        ({"prompt": "X:1\nM:6/8\nK:D\nDFA|", "key": "G"}, "the prompt is in D major"),
        ({"prompt": "X:1\nM:7/8\nK:D\nDFA|"}, "meter 7/8: the model knows no such tunes"),
        (
            {"prompt": '|:"D"dAF DFA|', "key": "D", "meter": "6/8"},
            "prompt: character '\"' .* column 3",
        ),
        ({"prompt": "|:dAF DFAB|", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "|:dAF DFA|d2?|", "key": "D", "meter": "6/8"}, "character|fit no form"),
        ({"prompt": "|:dAF DFAB", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "|:dAF DFA|ded cBA:|", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "dAF DFA|" * 100, "key": "D", "meter": "6/8"}, "fit no form"),
        (
            {"prompt": "|:dAF DFABcd", "key": "D", "meter": "6/8", "guide": "bars"},
            "longer than a bar",
        ),
    ],
)
def test_an_opening_that_cannot_be_continued_is_a_usage_error(
    folk: Model, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        folk.generate(**asked)
    assert "\n" not in str(error.value)


def test_with_guide_bars_an_opening_of_no_form_goes_on(folk: Model) -> None:
    for start in ("|:dAF DFAB|ded", "|:dAF DFA|ded cBA:|", "|:dAF|D|"):
        for tune in folk.generate(2, seed=1, prompt=start, key="D", meter="6/8", guide="bars"):
            assert tune.complete
            assert re.sub(r"\n", "", body(tune.text)).startswith(start)
            given = len(split(start)[1])
            assert all(problem.column <= len(start) for problem in Tune.parse(tune.text).problems)
            assert len(bars(tune.text)) > given + 3


def test_with_guide_off_an_opening_is_kept_too(folk: Model) -> None:
    for tune in folk.generate(
        2, seed=1, prompt="|:D,2A, A,B,C|D,", key="D", meter="6/8", guide="off"
    ):
        assert body(tune.text).startswith("|:D,2A, A,B,C|D,")


# Copies


@pytest.mark.parametrize(("level", "limit"), [("full", None), ("full", 12), ("bars", 12)])
def test_no_tune_shares_more_with_a_known_one_than_was_allowed(
    folk: Model, level: Any, limit: int | None
) -> None:
    for tune in folk.generate(10, seed=9, guide=level, max_copied=limit):
        right(tune)
        assert longest_run(tune.text) <= (limit or MAX_COPIED)


def test_a_quotation_is_not_continued(folk: Model) -> None:
    known = "X:1\nM:4/4\nL:1/8\nR:hornpipe\nK:Dmaj\n|:(3ABc|dAFA DFAd|fdcd FAdf|gfge fefd|"  # traditional
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
        assert tune.redrawn <= 3 * 8
    assert list(folk.generate(3, seed=1, sampling=WILD, max_chars=200, slots=1, **asked)) == tunes


@pytest.mark.parametrize("level", ["full", "bars"])
def test_where_every_bar_is_a_copy_it_gives_up(
    folk: Model, impatient: None, monkeypatch: pytest.MonkeyPatch, level: Any
) -> None:
    monkeypatch.setattr(strategies.CopyLimit, "allow", lambda *_: False)
    for tune in folk.generate(2, seed=1, guide=level, meter="6/8", key="D"):
        assert not tune.complete
        assert tune.attempts == 3
        assert tune.redrawn == 3 * 8


def test_a_tune_that_is_too_long_is_cut(folk: Model) -> None:
    for level in ("full", "bars", "off"):
        for tune in folk.generate(2, seed=1, guide=level, max_chars=30):
            assert not tune.complete
            assert tune.text.startswith(f"X:{tune.index + 1}\n")


def test_what_it_took_is_told(folk: Model) -> None:
    tunes = list(folk.generate(16, seed=10))
    assert any(tune.redrawn for tune in tunes)
    for tune in tunes:
        form = form_of(tune.written)
        assert form is not None
        drawn = max(number for number, slot in enumerate(form.slots) if slot.same is None)
        parts = [*itertools.chain(*zip(form.between, [*bars(tune.written), ""], strict=True))]
        returned = "".join(parts[2 * drawn + 2 :])  # what returns at the end need not be read
        assert tune.characters >= len(tune.written) - len(returned)
        assert tune.attempts >= 1
        if not tune.redrawn:
            assert tune.attempts == 1
            assert tune.characters <= len(tune.written)


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
        assert len(texts) >= 8
        assert all(
            text.startswith(f"X:{tune.index + 1}\nT:") and "\nK:Amaj\n" in text for text in texts
        )
        assert len(bars(texts[0])) <= 2, "as soon as there is a bar"
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


def test_the_best_of_several_is_the_most_probable_by_note(folk: Model) -> None:
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


# The command line


def test_tunes_on_stdout_and_the_effort_on_stderr() -> None:
    result = abcrun(
        "generate", "--model", folk_path(), "--device", "cpu", "--seed", "1", "-n", "3", "--meter", "6/8",
        "--key", "Ador", "--rhythm", "jig", "--unit", "1/8", "--bars", "16", "--form", "AABB", "--title", "Mine",
        "--max-copied", "14", "--best-of", "2",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    texts = result.stdout.decode().rstrip("\n").split("\n\n")
    assert len(texts) == 3
    for number, text in enumerate(texts, 1):
        tune = Tune.parse(text)
        assert not tune.problems
        assert text.startswith(f"X:{number}\nT:Mine\nM:6/8\nL:1/8\nR:jig\nK:Ador\n")
    (line,) = result.stderr.decode().splitlines()
    assert re.fullmatch(r"3 complete of \d+ begun \(\d+%\), \d+ bars drawn again", line)


def test_one_object_a_line() -> None:
    result = abcrun(
        "generate", "--model", folk_path(), "--device", "cpu", "--seed", "1", "-n", "2", "--guide", "bars", "--json",
        "--prompt", "X:1\nM:6/8\nK:D\n|:dAF DFA|",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    lines = [json.loads(line) for line in result.stdout.decode().splitlines()]
    assert [line["index"] for line in lines] == [0, 1]
    for line in lines:
        assert line["complete"]
        assert line["problems"] == []
        assert body(line["abc"]).startswith("|:dAF DFA|")
        assert line["attempts"] >= 1
        assert line["redrawn_bars"] >= 0
        assert line["characters"] > 0


def test_a_wish_that_cannot_be_granted_is_one_line_and_status_2() -> None:
    for options in (
        ["--meter", "5/4"],
        ["--prompt", "|:abc|"],
        ["--guide", "off", "--max-copied", "20"],
    ):
        result = abcrun("generate", "--model", folk_path(), "--device", "cpu", *options)
        assert result.returncode == 2
        assert result.stdout == b""
        assert len(result.stderr.decode().splitlines()) == 1


def test_plain_sampling_may_write_anything(folk: Model) -> None:
    wild = Sampling(top_k=60, temperature=2.5)
    assert len(list(folk.generate(60, seed=1, guide="off", sampling=wild, max_chars=120))) == 60
    for key in ("Daaj", "D", "H", "Dmaj Dmaj", "Abcdmaj"):
        finishing = Finishing(Repertoire.from_text(folk.spec.repertoire), None, None, 0.5, None, 3)
        assert finishing.finish(f"X:1\nM:4/4\nL:1/8\nK:{key}\nABcd efga|\n").startswith("X:3\n")
