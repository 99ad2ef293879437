"""The critic of a model: what it learns, and where it is left out."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from abcrun import Generated, Model
from abcrun.composition.critic import BUCKETS, DEPTH, Critic
from abcrun.composition.recall import parted
from abcrun.notation.bars import split
from abctrain.data.cleaning import DroppedTuneError, clean
from abctrain.export import export as exporting
from abctrain.export.critic import LEAST, TrainedCritic, critic_of, heaps, train


@pytest.fixture(scope="module")
def real(irish_tunes: list[str]) -> list[str]:
    """Tunes of the Irish book in normal form."""
    found = []
    for text in irish_tunes:
        try:
            found.append(clean(text).text)
        except DroppedTuneError:
            continue
        if len(found) == LEAST + 60:
            break
    return found


def shuffled(text: str) -> str:
    """The tune with its bars in another order."""
    head, body = parted(text)
    between, bars = split(body)
    random.Random(0).shuffle(bars)
    return head + "".join(sign + bar for sign, bar in zip(between, [*bars, ""], strict=True))


@pytest.fixture(scope="module")
def found(real: list[str]) -> TrainedCritic:
    """A critic of bars in the wrong order."""
    learned = real[: LEAST + 10]
    trained = train(learned, map(shuffled, learned))
    assert trained is not None
    return trained


def test_real_tunes_that_it_did_not_learn_from_sound_more_real(
    found: TrainedCritic, real: list[str]
) -> None:
    assert LEAST <= found.tunes <= LEAST + 10
    assert 0.8 < found.area < 1
    critic = Critic.from_text(found.critic.to_text())
    others = real[LEAST + 10 :]
    better = [critic.score(tune) > critic.score(shuffled(tune)) for tune in others]
    assert np.mean(better) > 0.8


def test_it_ships_in_a_small_part_of_a_megabyte(found: TrainedCritic) -> None:
    assert len(found.critic.to_text()) < 300_000


def test_the_trees_answer_as_those_that_were_trained() -> None:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(400, 5)).astype(np.float32)
    labels = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0).astype(int)
    boosting = HistGradientBoostingClassifier(max_iter=20, max_depth=DEPTH).fit(rows, labels)
    traits, limits, answers = heaps(boosting)
    assert (traits.shape, answers.shape) == ((20, 2**DEPTH - 1), (20, 2**DEPTH))
    at = np.zeros((len(rows), len(traits)), np.int64)
    trees = np.arange(len(traits))
    for _ in range(DEPTH):
        values = np.take_along_axis(rows, traits[trees, at], axis=1)
        at = 2 * at + 1 + (values > limits[trees, at])
    told = answers[trees, at - (2**DEPTH - 1)].sum(axis=1)
    expected = boosting.decision_function(rows)
    np.testing.assert_allclose(told - told[0], expected - expected[0], atol=1e-4)


def test_too_few_tunes_have_no_critic(
    recalling_run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert critic_of(tmp_path / "none.onnx", ["a tune"] * (LEAST - 1)) is None
    assert f"no critic: {LEAST - 1} tunes are too few" in caplog.text
    exporting.export(recalling_run, tmp_path / "mine.onnx")
    assert Model.load(tmp_path / "mine.onnx", "cpu", "float32").spec.critic == ""
    assert "Critic" not in (tmp_path / "mine.md").read_text()


class Poor(Model):
    """A network that gets hardly a tune done."""

    drawn = 0

    def generate(self, count: int = 1, **_: object) -> Iterator[Generated]:  # type: ignore[override]
        for index in range(count):
            self.drawn += 1
            yield Generated("X:1", index % 3 == 0, 0, index, "X:1")


def test_a_network_that_gets_hardly_a_tune_done_composes_no_thousands(
    tiny: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    poor = Poor(tiny.network.session, tiny.spec)
    monkeypatch.setattr(Model, "load", lambda *_: poor)
    monkeypatch.setattr(Model, "close", lambda _: None)
    assert critic_of(tmp_path / "poor.onnx", ["X:1"] * LEAST) is None
    assert poor.drawn == 100
    assert "no critic: the model's complete tunes are too few" in caplog.text


def test_both_files_hold_the_critic_and_the_card_tells_of_it(
    recalling_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[str] = []

    def critic_of(path: Path, training: list[str]) -> TrainedCritic:
        assert path.exists()
        assert path.with_suffix(".int8.onnx").exists()
        learned.extend(training)
        none = np.zeros((1, 2**DEPTH), np.float32)
        questions = none[:, 1:]
        weights = np.zeros(BUCKETS, np.float16)
        critic = Critic(("bars",), questions.astype(int), questions, none, weights, 0.5)
        return TrainedCritic(critic, 0.875, 1234)

    monkeypatch.setattr(exporting, "critic_of", critic_of)
    path = tmp_path / "mine.onnx"
    exporting.export(recalling_run, path, int8_tolerance=1)
    for precision in ("float32", "int8"):
        spec = Model.load(path, "cpu", precision).spec  # type: ignore[arg-type]
        assert Critic.from_text(spec.critic).bias == 0.5
        assert spec.provenance["metrics"]["critic_area"] == 0.875
    assert len(learned) == spec.provenance["split"]["training_tunes"]
    assert "1,234 tunes of its own" in (tmp_path / "mine.md").read_text()
