"""The critic of a model: trained on real tunes against those that the model composes.

Both come from the training part: held-out tunes are for judging alone.
"""

import itertools
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from abcrun import Model
from abcrun.composition.critic import (
    BUCKETS,
    DEPTH,
    Critic,
    motif_amounts,
    trait_names,
    traits_of,
)
from abcrun.composition.recall import parted
from abcrun.composition.traits.reading import Reading
from abcrun.errors import NotationError
from abctrain.data.related import components
from abctrain.data.sharing import Sharing

log = logging.getLogger(__name__)

COMPOSED = 3500
"""Tunes that are composed to learn from."""

LEAST = 200
"""With fewer tunes of a side there is no critic."""

FOLDS = 5
"""The figure of a critic is that of critics that learned from the other folds."""

_TRIAL = 100  # tunes, of which half must be complete
_SEED = 0


@dataclass(frozen=True)
class TrainedCritic:
    """A critic and how well others like it tell tunes apart that they did not learn
    from: the area under the ROC curve, 0.5 by guessing. `tunes` is their number on each
    side."""

    critic: Critic
    area: float
    tunes: int


def critic_of(path: Path, training: Sequence[str]) -> TrainedCritic | None:
    """Compose tunes as a model file proposes, on the CPU, and train a critic on them
    and on the tunes that the model was trained on, as it has learned them.

    None, with a line in the log, where tunes of a side are too few.
    """
    if len(training) < LEAST:
        log.info("no critic: %d tunes are too few to learn from", len(training))
        return None
    with Model.load(path, "cpu") as model:
        composed = _compose(model)
    found = train(training, composed)
    if found is None:
        log.info("no critic: the model's complete tunes are too few, or of other kinds")
    else:
        log.info("critic: area under the ROC curve %.3f, %d tunes a side", found.area, found.tunes)
    return found


def _compose(model: Model) -> list[str]:
    """Return complete tunes, or none at all by a network that hardly gets any done: it
    would take hours."""
    tunes = model.generate(COMPOSED, seed=_SEED, guide="full")
    first = [tune.written for tune in itertools.islice(tunes, _TRIAL) if tune.complete]
    if len(first) < _TRIAL / 2:
        return []
    return first + [tune.written for tune in tunes if tune.complete]


def train(real: Iterable[str], composed: Iterable[str]) -> TrainedCritic | None:
    """Train a critic on as many tunes of each side and of each rhythm and mode.

    None with fewer than `LEAST` of a side.
    """
    sides = _matched(_Tunes.of(real), _Tunes.of(composed))
    count = len(sides[0].kinds)
    if count < LEAST:
        return None
    tunes = sides[0].joined(sides[1])
    is_real = np.repeat([1, 0], count)
    groups = _groups(tunes.melodies, count)
    guesses = np.zeros((2 * count, 2))
    splits = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=_SEED)
    # One thread: on cores that others use too, several wait for each other without end.
    with threadpool_limits(1):
        for learned, judged in splits.split(guesses, is_real, groups):
            pair = _fit(tunes, is_real, learned)
            guesses[judged, 0] = pair[0].decision_function(tunes.traits[judged])
            guesses[judged, 1] = pair[1].decision_function(tunes.motifs[judged])
        both = LogisticRegression().fit(guesses, is_real)
        boosting, regression = _fit(tunes, is_real, np.arange(2 * count))
    area = float(roc_auc_score(is_real, both.decision_function(guesses)))
    by_traits, by_motifs = both.coef_[0]
    traits, limits, answers = heaps(boosting)
    baseline = float(boosting._baseline_prediction.item())
    critic = Critic(
        trait_names(),
        traits,
        limits,
        (by_traits * answers).astype(np.float32),
        (by_motifs * regression.coef_[0]).astype(np.float16),
        float(
            both.intercept_[0] + by_traits * baseline + by_motifs * float(regression.intercept_[0])
        ),
    )
    return TrainedCritic(critic, area, count)


@dataclass(frozen=True)
class _Tunes:
    """Tunes as a critic hears them, a row each. `kinds` are rhythm and mode."""

    traits: NDArray[np.float32]
    motifs: Any
    kinds: tuple[tuple[str, str], ...]
    melodies: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Hear tunes in normal form; what is none is left out."""
        rows: list[list[float]] = []
        kinds: list[tuple[str, str]] = []
        melodies: list[tuple[int, ...]] = []
        buckets: list[NDArray[np.int64]] = []
        amounts: list[NDArray[np.float64]] = []
        for text in texts:
            try:
                tune = Reading.of(text)
            except (NotationError, ValueError):
                continue
            rows.append([*traits_of(tune).values()])
            fields = dict(line.split(":", 1) for line in parted(text)[0].splitlines())
            kinds.append((fields.get("R", ""), fields["K"][-3:]))
            melodies.append(tuple(tune.pitches))
            places, much = motif_amounts(tune)
            buckets.append(places)
            amounts.append(much)
        ends = np.cumsum([0, *map(len, buckets)])
        columns = np.concatenate([*buckets, np.zeros(0, np.int64)])
        data = np.concatenate([*amounts, np.zeros(0)])
        words = csr_matrix((data, columns, ends), shape=(len(rows), BUCKETS))
        table = np.array(rows, np.float32).reshape(len(rows), len(trait_names()))
        return cls(table, words, tuple(kinds), tuple(melodies))

    def pick(self, rows: Sequence[int]) -> Self:
        """Return some of the tunes."""
        return type(self)(
            self.traits[np.array(rows, np.int64)],
            self.motifs[np.array(rows, np.int64)],
            tuple(self.kinds[row] for row in rows),
            tuple(self.melodies[row] for row in rows),
        )

    def joined(self, other: Self) -> Self:
        """Return these tunes and then others."""
        return type(self)(
            np.concatenate([self.traits, other.traits]),
            vstack([self.motifs, other.motifs], format="csr"),
            self.kinds + other.kinds,
            self.melodies + other.melodies,
        )


def _matched(real: _Tunes, composed: _Tunes) -> tuple[_Tunes, _Tunes]:
    """Pick as many tunes of each kind from both sides; those at one place are of one
    kind."""
    draw = np.random.default_rng(_SEED)
    places: list[dict[tuple[str, str], list[int]]] = []
    for side in (real, composed):
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in draw.permutation(len(side.kinds)).tolist():
            rows[side.kinds[row]].append(row)
        places.append(rows)
    pairs = [
        pair for kind in places[1] for pair in zip(places[0][kind], places[1][kind], strict=False)
    ]
    return real.pick([one for one, _ in pairs]), composed.pick([other for _, other in pairs])


def _groups(melodies: Sequence[Sequence[int]], count: int) -> NDArray[np.int64]:
    """Return one number for all tunes that have to be in one fold: related ones, and
    the two at one place of both sides, or the kinds would speak against the answer."""
    related = (
        (row, other)
        for row, others in enumerate(Sharing(melodies))
        for other in others
        if other < row
    )
    pairs = ((row, row + count) for row in range(count))
    return np.array(components(len(melodies), itertools.chain(related, pairs)), np.int64)


def _fit(tunes: _Tunes, is_real: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[Any, Any]:
    """Fit both families to some of the tunes."""
    boosting = HistGradientBoostingClassifier(
        max_iter=250,
        learning_rate=0.06,
        max_depth=DEPTH,
        max_bins=63,
        min_samples_leaf=20,
        l2_regularization=1,
        max_features=0.5,
        early_stopping=False,
        random_state=_SEED,
    )
    regression = LogisticRegression(C=30, solver="liblinear", random_state=_SEED)
    return (
        boosting.fit(tunes.traits[rows], is_real[rows]),
        regression.fit(tunes.motifs[rows], is_real[rows]),
    )


def heaps(
    boosting: Any,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Return the trees as a `Critic` has them: traits, limits and answers."""
    trees = [one[0].nodes for one in boosting._predictors]
    questions = 2**DEPTH - 1
    traits = np.zeros((len(trees), questions), np.int64)
    limits = np.zeros((len(trees), questions), np.float32)
    answers = np.zeros((len(trees), questions + 1), np.float32)
    for tree, nodes in enumerate(trees):
        places = [0]
        for place in range(2 * questions + 1):
            # A leaf above the last row answers whatever is asked behind it.
            node = nodes[places[place]]
            if place >= questions:
                answers[tree, place - questions] = node["value"]
            elif node["is_leaf"]:
                places += [places[place]] * 2
            else:
                traits[tree, place], limits[tree, place] = (
                    node["feature_idx"],
                    node["num_threshold"],
                )
                places += [int(node["left"]), int(node["right"])]
    return traits, limits, answers
