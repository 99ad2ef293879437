"""The calculating listener: it tells what can be told, and nothing else."""

import dataclasses
import random
import re

import numpy as np
import pytest

from abcrun.notation import Tune
from abctrain.quality.estimate import Estimate
from abctrain.quality.listener.judgement import (
    LEAST,
    Heard,
    folds,
    halves,
    matched,
    related_groups,
    tell_apart,
)
from abctrain.quality.listener.report import GIVEAWAYS, RHYTHMS, listen
from tests.traditional import KESH


@pytest.fixture(scope="module")
def real_texts(irish_tunes: list[str]) -> list[str]:
    return [with_rhythm(text) for text in irish_tunes[::4]]


@pytest.fixture(scope="module")
def real(real_texts: list[str]) -> Heard:
    return Heard.of(real_texts)


def shuffled(text: str, draw: random.Random) -> str:
    """The same bars in another order: what a composer without memory might write."""
    header, key, body = re.split(r"(^K:.*\n)", text, maxsplit=1, flags=re.MULTILINE)
    pieces = re.split(r"([:|\]]*\|[:|\]]*(?:\[?[12])?|\n)", body)
    music = pieces[::2]
    places = [place for place, bar in enumerate(music) if len(bar.strip()) > 5]
    bars = [music[place] for place in places]
    draw.shuffle(bars)
    for place, bar in zip(places, bars, strict=True):
        pieces[2 * place] = bar
    return header + key + "".join(pieces)


@pytest.fixture(scope="module")
def shuffled_texts(irish_tunes: list[str]) -> list[str]:
    draw = random.Random(0)
    return [shuffled(with_rhythm(text), draw) for text in irish_tunes[1::6]]


def with_rhythm(text: str) -> str:
    """The book names the rhythm in its index only."""
    return re.sub(r"^Z: *id:dc-(\w+)-\d+", r"R:\1", text, flags=re.MULTILINE)


def test_real_tunes_cannot_be_told_from_real_ones(real: Heard) -> None:
    verdict = tell_apart(*halves(real))
    assert verdict is not None
    assert 60 < verdict.tunes <= 100
    for area in (verdict.features, verdict.motifs):
        assert 0.3 < area.value < 0.7
        assert area.low < 0.55
        assert area.high > 0.45


def test_tunes_with_their_bars_shuffled_are_told_apart(
    real: Heard, shuffled_texts: list[str]
) -> None:
    verdict = tell_apart(real, Heard.of(shuffled_texts))
    assert verdict is not None
    assert verdict.features.value > 0.8
    assert verdict.features.low > 0.7
    assert 0.5 < verdict.motifs.value < verdict.features.value, "most motifs are within bars"


def test_a_feature_that_no_tune_has_is_passed_over(real: Heard) -> None:
    features = real.features.copy()
    features[:, 3] = np.nan
    verdict = tell_apart(*halves(dataclasses.replace(real, features=features)))
    assert verdict is not None
    assert verdict.features.low < 0.55


def test_few_tunes_are_not_judged(real: Heard) -> None:
    assert tell_apart(real, real.pick(range(LEAST - 1))) is None
    assert tell_apart(Heard.of([]), real) is None
    one_tune = dataclasses.replace(real, melodies=real.melodies[:1] * len(real))
    assert tell_apart(real, one_tune) is None, "no folds part them"
    assert len(Heard.of(["T:no tune", KESH, "X:1\nK:C\nC|\n"])) == 1


def test_any_text_is_heard_or_left_out(irish_tunes: list[str]) -> None:
    draw = random.Random(3)
    for _ in range(200):
        text = list(draw.choice(irish_tunes[:50]))
        for _ in range(draw.randrange(1, 30)):
            text[draw.randrange(len(text))] = draw.choice("|:[]()12\n\n /<>-zABc^_&{}\x00")
        heard = Heard.of(["".join(text)])
        assert len(heard) <= 1
        assert not np.isinf(heard.features).any()
    free = "X:1\nM:none\nL:1/8\nK:none\n" + "A/64B/64c/64d/64 zzzz z|| z|| ||[CEG]2 c4|" * 4
    assert len(Heard.of([free])) == 1


def test_as_many_real_tunes_of_each_rhythm_and_mode(real: Heard) -> None:
    wanted = real.pick(range(0, len(real), 3))
    fewer = real.pick(range(1, len(real), 2))
    one, other = matched(fewer, wanted)
    assert len(one) == len(other) > 50
    assert one.kinds == other.kinds
    assert len(set(one.melodies)) == len(one)


def test_related_tunes_are_in_one_fold(real_texts: list[str]) -> None:
    tunes = [Tune.parse(text) for text in real_texts[:60]]
    heard = Heard.of(
        [
            text
            for tune in tunes
            for text in (tune.text, tune.transpose("G" + tune.key.mode[:3]).text)
        ]
    )
    groups = related_groups(heard.melodies)
    assert (groups[::2] == groups[1::2]).all()
    assert len(set(groups)) > 40
    judged: list[int] = []
    for learned, rest in folds(np.arange(len(heard)) % 2, groups, seed=0):
        assert not set(groups[learned]) & set(groups[rest])
        judged += rest.tolist()
    assert sorted(judged) == list(range(len(heard)))


def test_halves_part_no_related_tunes(real: Heard) -> None:
    one, other = halves(real)
    assert len(one) + len(other) == len(real)
    groups = related_groups([*one.melodies, *other.melodies])
    assert not set(groups[: len(one)]) & set(groups[len(one) :])


# The area under the curve


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    draw = np.random.default_rng(0)
    labels = draw.integers(2, size=200)
    scores = np.round(draw.normal(labels, 1), 1)  # some are equal
    pairs = [
        (score > other) + (score == other) / 2
        for score in scores[labels == 1]
        for other in scores[labels == 0]
    ]
    area = Estimate.area(scores, labels, np.arange(200))
    assert area.value == pytest.approx(np.mean(pairs))
    assert area.low < area.value < area.high
    assert area.high - area.low == pytest.approx(0.14, abs=0.03)


def test_copies_of_tunes_make_no_interval_narrower() -> None:
    draw = np.random.default_rng(1)
    labels = draw.integers(2, size=100)
    scores = draw.normal(labels, 1)
    once = Estimate.area(scores, labels, np.arange(100))
    twice = Estimate.area(np.tile(scores, 2), np.tile(labels, 2), np.tile(np.arange(100), 2))
    assert dataclasses.astuple(twice) == pytest.approx(dataclasses.astuple(once))


# The section of the card


def test_the_card_tells_verdicts_giveaways_and_rhythms(
    real_texts: list[str], shuffled_texts: list[str]
) -> None:
    section = listen(real_texts, {"off": shuffled_texts[:20], "full": shuffled_texts})
    tables = [
        [line.strip("| ").split(" | ") for line in part.splitlines()]
        for part in section.split("\n\n")
        if part.startswith("|")
    ]
    verdicts, giveaways, rhythms = tables
    assert [row[0] for row in verdicts[2:]] == ["guide off", "guide full", "real against real"]
    assert verdicts[2][1:] == ["too few, or too many related", "–", "–"]
    assert giveaways[0] == ["what gives tunes away", "real", "guide off", "guide full"]
    assert [row[0] for row in giveaways[3:]] == list(GIVEAWAYS)
    assert {"reel", "jig"} <= {row[0] for row in rhythms[2:]}
    assert all(len(row) == 2 + len(RHYTHMS) for row in rhythms)
    assert listen(real_texts[:30], {"full": shuffled_texts[:20]}) == ""


def test_what_the_card_tells_is_measured(real: Heard) -> None:
    assert {*GIVEAWAYS.values(), *RHYTHMS.values()} <= set(real.names)
