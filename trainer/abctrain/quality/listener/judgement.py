"""The verdict: how often each family of classifiers picks the generated one of two
tunes."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse, vstack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from abcrun.errors import NotationError
from abcrun.notation import Tune
from abctrain.data.related import components
from abctrain.data.sharing import Sharing
from abctrain.quality.estimate import Estimate
from abctrain.quality.listener.averages import Features
from abctrain.quality.listener.bare import BareTune
from abctrain.quality.listener.closes import close_features
from abctrain.quality.listener.form import form_features
from abctrain.quality.listener.leaps import leap_features
from abctrain.quality.listener.motifs import motifs
from abctrain.quality.listener.rhythm import rhythm_features
from abctrain.quality.listener.scale import scale_features

FOLDS = 5
"""Each tune is judged by classifiers that learned from the other folds."""

MOST = 1500
"""Tunes of a side that are listened to, at most."""

LEAST = 60
"""With fewer tunes on a side nothing can be learned from four folds of five."""

_WORDS = 2**18  # columns that motifs are hashed to

Groups = NDArray[np.int64]


def features_of(tune: BareTune) -> Features:
    """Measure a tune in all respects, in a fixed order."""
    return {
        **leap_features(tune),
        **scale_features(tune),
        **rhythm_features(tune),
        **form_features(tune),
        **close_features(tune),
    }


@dataclass(frozen=True)
class Heard:
    """Tunes as the classifiers hear them, one row each.

    `features` has a column for each of `names`; `motifs` is a sparse matrix of how
    often each hashed motif occurs. `kinds` are rhythm and mode.
    """

    names: tuple[str, ...]
    features: NDArray[np.float64]
    motifs: Any
    kinds: tuple[tuple[str, str], ...]
    melodies: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Listen to tunes; those that cannot be read or are too short are left out."""
        measured: list[Features] = []
        kinds: list[tuple[str, str]] = []
        melodies: list[tuple[int, ...]] = []

        def listen() -> Iterator[Iterator[str]]:
            for tune in _bare(texts):
                measured.append(features_of(tune))
                kinds.append((tune.rhythm, tune.mode))
                melodies.append(tune.melody)
                yield motifs(tune)

        # Hashed tune by tune: the words of a book would take hundreds of megabytes.
        hasher = FeatureHasher(_WORDS, input_type="string", alternate_sign=False)
        words = hasher.transform(itertools.chain(listen(), [["no tune"]]))[:-1]
        names = tuple(measured[0]) if measured else ()
        rows = [list(one.values()) for one in measured]
        table = np.array(rows, np.float64).reshape(len(rows), len(names))
        return cls(names, table, words, tuple(kinds), tuple(melodies))

    def __len__(self) -> int:
        """Return the number of tunes."""
        return len(self.kinds)

    def pick(self, rows: Sequence[int]) -> Self:
        """Return some of the tunes."""
        places = np.array(rows, np.int64)
        return type(self)(
            self.names,
            self.features[places],
            self.motifs[places],
            tuple(self.kinds[row] for row in rows),
            tuple(self.melodies[row] for row in rows),
        )

    def figure(self, name: str) -> NDArray[np.float64]:
        """Return a feature of all tunes that have it."""
        if not len(self):
            return np.zeros(0)
        values = self.features[:, self.names.index(name)]
        return values[~np.isnan(values)]


def _bare(texts: Iterable[str]) -> Iterator[BareTune]:
    for text in texts:
        try:
            tune = BareTune.of(Tune.parse(text))
        except NotationError:
            continue
        if tune is not None:
            yield tune


@dataclass(frozen=True, slots=True)
class Verdict:
    """The area under the ROC curve of each family: the chance that of a real and a
    generated tune the generated one is taken for it, 0.5 by guessing.

    `tunes` is the number on each side.
    """

    tunes: int
    features: Estimate
    motifs: Estimate


def tell_apart(real: Heard, generated: Heard, seed: int = 0) -> Verdict | None:
    """Let both families tell tunes apart, as many of each side and of each kind.

    The same seed gives the same verdict. None with fewer than `LEAST` of a side, or
    where so many are related that one fold would have to hold more than its share.
    """
    real, generated = matched(real, generated, seed)
    if len(real) < LEAST:
        return None
    labels = np.repeat([0, 1], len(real))
    melodies = [*real.melodies, *generated.melodies]
    groups = related_groups(melodies)
    # Both tunes of a kind are judged together: else those of that kind that are left to
    # learn from would be more of the other side, and speak against the right answer.
    sides = zip(range(len(real)), range(len(real), len(labels)), strict=True)
    together = related_groups(melodies, sides)
    if np.bincount(together).max() * FOLDS > len(labels):
        return None
    features = np.concatenate([real.features, generated.features])
    words = vstack([real.motifs, generated.motifs], format="csr")
    splits = list(folds(labels, together, seed))
    by_features = _judged(_boosting, features, labels, splits)
    by_motifs = _judged(_regression, words, labels, splits)
    return Verdict(
        len(real),
        Estimate.area(by_features, labels, groups),
        Estimate.area(by_motifs, labels, groups),
    )


def matched(real: Heard, generated: Heard, seed: int = 0) -> tuple[Heard, Heard]:
    """Pick as many tunes of each kind from both sides at random, at most `MOST` in all.

    Those at the same place are of one kind.
    """
    draw = np.random.default_rng(seed)
    sides: list[dict[tuple[str, str], list[int]]] = []
    for heard in (real, generated):
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in draw.permutation(len(heard)).tolist():
            rows[heard.kinds[row]].append(row)
        sides.append(rows)
    pairs = [
        pair for kind in sides[1] for pair in zip(sides[0][kind], sides[1][kind], strict=False)
    ]
    chosen = [pairs[at] for at in draw.permutation(len(pairs))[:MOST].tolist()]
    return real.pick([one for one, _ in chosen]), generated.pick([other for _, other in chosen])


def halves(heard: Heard, seed: int = 0) -> tuple[Heard, Heard]:
    """Part tunes into two halves at random, related ones together."""
    groups = related_groups(heard.melodies)
    names = np.unique(groups)
    first = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    in_first = np.isin(groups, first)
    return heard.pick(np.flatnonzero(in_first).tolist()), heard.pick(
        np.flatnonzero(~in_first).tolist()
    )


def related_groups(
    melodies: Sequence[Sequence[int]], more: Iterable[tuple[int, int]] = ()
) -> Groups:
    """Return one number for all tunes that are related, by way of others too; `more`
    are further pairs to keep together."""
    links = (
        (row, other)
        for row, others in enumerate(Sharing(melodies))
        for other in others
        if other < row
    )
    return np.array(components(len(melodies), itertools.chain(links, more)), np.int64)


Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def folds(labels: NDArray[np.int64], groups: Groups, seed: int) -> Iterator[Split]:
    """Yield the rows to learn from and those to judge, fold by fold: no group is on
    both sides."""
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)


def _judged(
    family: Callable[[], Any], rows: Any, labels: NDArray[np.int64], splits: Sequence[Split]
) -> NDArray[np.float64]:
    """Return for each tune how sure a family is that it is generated."""
    scores = np.zeros(len(labels))
    # One thread: on cores that others use too, several wait for each other without end.
    with threadpool_limits(1):
        for learned, judged in splits:
            told = rows if issparse(rows) else _told(rows, learned)
            classifier = family().fit(told[learned], labels[learned])
            scores[judged] = classifier.predict_proba(told[judged])[:, 1]
    return scores


def _told(features: NDArray[np.float64], learned: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the features with 0 for those that no learned tune has: scikit-learn
    refuses a column without a number."""
    unknown = np.isnan(features[learned]).all(axis=0)
    return np.where(unknown, 0.0, features)


def _boosting() -> Any:
    return HistGradientBoostingClassifier(
        max_iter=250,
        learning_rate=0.06,
        max_leaf_nodes=16,
        max_bins=63,  # twice as fast as with 255, and no worse
        min_samples_leaf=15,
        l2_regularization=1,
        early_stopping=False,
        random_state=0,
    )


def _regression() -> Any:
    return make_pipeline(
        TfidfTransformer(sublinear_tf=True),
        LogisticRegression(C=8, solver="liblinear", random_state=0),
    )
