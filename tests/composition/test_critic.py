"""The critic: what it hears in a tune, how it scores, and that damage is named."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abcrun import Generated, Model, ModelError
from abcrun.composition.critic import (
    BUCKETS,
    Critic,
    motif_amounts,
    trait_names,
    traits_of,
)
from abcrun.composition.traits.motifs import motifs
from abcrun.composition.traits.reading import NONE, Reading
from abcrun.notation.transpose import transpose_text
from tests.composition.critics import critic_of
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS, TUNES

OFF_TONIC = JIG.replace("d3 d2:|", "d3 e2:|")


@pytest.fixture
def critic() -> Critic:
    return critic_of("close.tonic", 0.5)


def entries(critic: Critic) -> dict[str, Any]:
    found = json.loads(zlib.decompress(base64.b64decode(critic.to_text())))
    assert isinstance(found, dict)
    return found


def as_text(content: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


def numbers(values: list[float], dtype: str) -> str:
    return base64.b64encode(np.array(values, dtype).tobytes()).decode()


# What it hears


def heard(text: str) -> dict[str, float]:
    return traits_of(Reading.of(text))


def test_all_tunes_have_the_same_traits_as_numbers() -> None:
    for text in TUNES:
        found = heard(text)
        assert tuple(found) == trait_names()
        assert np.isfinite([*found.values()]).all()


@pytest.mark.parametrize("text", TUNES)
def test_traits_and_motifs_are_the_same_in_any_key(text: str) -> None:
    """Two semitones up, so that the tonic stays in its octave."""
    key = {"D": "E", "A": "B", "G": "A"}[text.partition("\nK:")[2][0]]
    other = transpose_text(text, f"{key}{text.partition(chr(10) + 'K:')[2][1:4]}")
    assert heard(other) == heard(text)
    assert sorted(motifs(Reading.of(other))) == sorted(motifs(Reading.of(text)))


def test_how_bars_lead_into_each_other() -> None:
    found = heard("X:1\nM:2/4\nL:1/8\nK:Dmaj\nD2 E2|F2 G2|D2 E2|d2 A2|]")
    assert found["joint.all"] == pytest.approx((2 + 5 + 10) / 3), "E-F, G-D, E-d"
    assert (found["joint.back"], found["joint.back.rise"]) == (5, -5), "the bar that returns"
    assert found["joint.all.leaps"] == pytest.approx(2 / 3)
    assert found["joint.varied"] == NONE, "no bar is a variation"


def test_chromatic_notes_are_those_outside_the_mode() -> None:
    assert heard(JIG)["chromatic"] == 0
    found = heard("X:1\nM:2/4\nL:1/8\nK:Ador\nA2 B2|c2 d2|e2 ^f2|^g2 a2|]")
    assert found["chromatic"] == found["degree.11.off"] == 1 / 8, "f sharp is in A dorian"
    assert found["chromatic.by step"] == 1


def test_what_returns_and_what_is_changed_in_it() -> None:
    found = heard("X:1\nM:2/4\nL:1/8\nK:Dmaj\nDE FG|Bd AF|DE FG|Bd D2|]")
    assert (found["coming.same"], found["coming.varied"]) == (1 / 4, 1 / 4)
    assert (found["varied.first"], found["varied.last"]) == (0, 1)
    assert (found["return.first"], found["return.2"]) == (2, 1)
    assert found["echo.2.rhythm"] == 1 / 2


def test_sections_their_lift_and_their_closes() -> None:
    found = heard("X:1\nM:2/4\nL:1/8\nK:Dmaj\n|:D2 E2|D4:|\n|:A2 B2|A2 d2|D4:|")
    assert found["sections"] == 2
    assert found["lift.top"] == 10, "from E to d"
    assert (found["closes.bar"], found["closes.tonic"]) == (1, 1)
    assert (found["close.1"], found["close.1.by"]) == (0, -12)


# What it says


def test_a_score_is_the_sum_of_bias_trees_and_motifs(critic: Critic) -> None:
    assert critic.score(JIG) == 1.25
    assert critic.score(OFF_TONIC) == -0.75
    buckets, amounts = motif_amounts(Reading.of(JIG))
    assert np.linalg.norm(amounts) == pytest.approx(1)
    weights = critic.weights.copy()
    weights[buckets[0]] = 2
    assert replace(critic, weights=weights).score(JIG) == pytest.approx(1.25 + 2 * amounts[0])


@pytest.mark.parametrize("text", ["", "X:1\nK:Dmaj\nABc|", JIG[:60], JIG.replace("dfd", "d]d")])
def test_what_is_no_tune_has_no_score(critic: Critic, text: str) -> None:
    with pytest.raises(ValueError):
        critic.score(text)


def test_the_critic_chooses_and_what_it_cannot_read_comes_last(tiny: Model, critic: Critic) -> None:
    model = Model(tiny.network.session, replace(tiny.spec, critic=critic.to_text()))
    texts = ["X:1\nK:D\n", OFF_TONIC, JIG, REEL_WITH_ENDINGS]
    group = [Generated(text, True, 7, number, text) for number, text in enumerate(texts)]
    assert model.choose(group, 0).text == JIG
    assert model.choose(group[:2], 0).text == OFF_TONIC
    unfinished = [replace(tune, complete=tune.text == OFF_TONIC) for tune in group]
    assert model.choose(unfinished, 0).text == OFF_TONIC, "one that has come to its end"


# How it is kept


def test_reading_is_the_inverse_of_writing(critic: Critic) -> None:
    text = critic.to_text()
    assert text.isascii()
    read = Critic.from_text(text)
    assert [read.score(tune) for tune in TUNES] == [critic.score(tune) for tune in TUNES]
    assert entries(read) == entries(critic)
    assert Critic.from_text(text) is read


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: "", "cut off"),
        (lambda _: "%%%", "damaged"),
        (lambda _: base64.b64encode(b"no zlib").decode(), "damaged"),
        (lambda one: base64.b64encode(base64.b64decode(one.to_text())[:99]).decode(), "cut off"),
        (lambda _: as_text("a" * 2**21), "over 1048576 bytes"),
        (lambda _: as_text([1]), "not an object"),
        (lambda one: as_text({**entries(one), "names": []}), "its names are no list"),
        (lambda one: as_text({**entries(one), "names": ["charm"]}), "no trait 'charm'"),
        (lambda one: as_text({**entries(one), "names": ["sections"]}), "trait 1 of 1"),
        (lambda one: as_text({**entries(one), "traits": ""}), "0 questions are no trees"),
        (lambda one: as_text({**entries(one), "traits": numbers([0] * 14, "<u2")}), "14 questions"),
        (lambda one: as_text({**entries(one), "traits": 3}), "cannot be read"),
        (lambda one: as_text({**entries(one), "limits": numbers([1], "<f4")}), "1 limits for 15"),
        (
            lambda one: as_text({**entries(one), "answers": numbers([np.nan] * 16, "<f4")}),
            "answers are not all numbers",
        ),
        (lambda one: as_text({**entries(one), "weights": ""}), f"0 weights for {BUCKETS}"),
        (lambda one: as_text({**entries(one), "bias": "much"}), "its bias is 'much'"),
        (lambda one: as_text({**entries(one), "bias": float("nan")}), "its bias is nan"),
        (
            lambda one: as_text({key: entries(one)[key] for key in ("names", "traits", "limits")}),
            "answers is missing",
        ),
    ],
)
def test_a_damaged_critic_is_named_in_one_line(
    critic: Critic, damage: Callable[[Critic], str], message: str
) -> None:
    with pytest.raises(ModelError, match=r"^the model's critic cannot be read \(") as caught:
        Critic.from_text(damage(critic))
    assert message in str(caught.value)
    assert str(caught.value).endswith("; export it again")
    assert "\n" not in str(caught.value)


def test_a_damaged_critic_is_an_error_at_the_call(tiny: Model) -> None:
    model = Model(tiny.network.session, replace(tiny.spec, critic="nonsense"))
    with pytest.raises(ModelError, match="critic cannot be read"):
        model.generate(1, best_of=2)
    assert next(model.generate(1, seed=1, max_chars=50)).text, "nobody else needs it"


def test_a_tune_without_a_section_of_two_has_no_lift() -> None:
    assert heard(PLAIN)["lift"] != NONE
    assert heard(PLAIN.partition("||")[0] + "|]")["lift"] == NONE
