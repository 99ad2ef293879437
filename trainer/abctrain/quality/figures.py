"""How good tunes are: figures of each tune, and of a set of tunes with intervals of 95
% confidence.

All of them are the same whatever key the tunes are in. They look at what is written,
except for the last note, which is the last one played, and at nothing but the notes and
the signs between the bars: titles and spelling don't count.
"""

import math
import re
import shutil
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from abcrun.composition.plans import REGULAR
from abcrun.errors import NotationError, RenderError
from abcrun.notation import Bar, Tune, Voice
from abcrun.notation.melody import melody_of
from abcrun.originality import BETWEEN_TUNES, MelodyIndex, intervals
from abcrun.processes import Limits, run_limited
from abcrun.sound.external import MAX_ABC_BYTES, without_directives
from abctrain.data.melody_index import suffix_array
from abctrain.data.related import SAME, likeness, runs, sharing
from abctrain.data.sections import count_bars, section_lengths

LEAST_BARS = 8
"""Bars of a complete tune, pickups not counted."""

RUN = 8
"""Notes in the runs that come back within a tune, and that are or aren't distinct among
tunes."""

MOST_RUNS = 10_000
"""Runs that the share of distinct ones is taken of; it falls with their number."""

SHORT_COPY, LONG_COPY = 16, 32
"""Notes in a row that a tune has in common with a training tune: a phrase, and most of
a section."""

_Z = 1.959964  # standard deviations on each side that hold 95 %
_RESAMPLES = 2000
_HEADERS = frozenset("XMLK")
_FIELD = re.compile(r"^([A-Z]):[ \t]*\S", re.MULTILINE)


# One tune


@dataclass(frozen=True, slots=True)
class TuneFigures:
    """What can be said of one tune; of a text that cannot be read, only that nothing
    holds.

    complete: one tune and nothing else, with X:, M:, L: and K:, at least `LEAST_BARS`
    bars, ended and not cut. bars_right: every bar has the length that its meter asks
    for, as `abcrun check` judges it. sections_regular: every section has a length of
    `REGULAR` (see `section_lengths`). ends_on_tonic: the last note played is the tonic
    that K: names, in any octave; of a chord, its highest note. returning_runs: the
    share, 0 to 1, of the runs of `RUN` notes whose pitches the tune has had before, all
    of them. melody: see `abcrun.notation.melody.melody_of`.
    """

    complete: bool = False
    bars_right: bool = False
    sections_regular: bool = False
    ends_on_tonic: bool = False
    returning_runs: float = 0.0
    melody: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str, *, ended: bool = True) -> Self:
        """Of a text that should be a tune; `ended`: it came to its end by itself."""
        try:
            tune = Tune.parse(text)
        except NotationError:
            return cls()
        melody = melody_of(tune)
        lengths = [length for voice in tune.voices for length in section_lengths(voice)]
        return cls(
            complete=ended
            and tune.text.strip() == text.strip()
            and _HEADERS.issubset(_FIELD.findall(tune.text))
            and max(count_bars(_bars(voice)) for voice in tune.voices) >= LEAST_BARS,
            bars_right=not any(problem.kind == "bar-length" for problem in tune.problems),
            sections_regular=bool(lengths) and set(lengths).issubset(REGULAR),
            ends_on_tonic=tune.notes[-1].pitch % 12 == tune.key.tonic_pitch_class,
            returning_runs=returning_runs(melody),
            melody=melody,
        )


def _bars(voice: Voice) -> list[Bar]:
    return [item for item in voice.items if isinstance(item, Bar)]


def returning_runs(melody: Sequence[int]) -> float:
    """The share of the runs of `RUN` notes that stand earlier in the melody too,
    without overlap; at the same pitch."""
    first: dict[tuple[int, ...], int] = {}
    again = 0
    count = len(melody) - RUN + 1
    for start in range(count):
        again += start - first.setdefault(tuple(melody[start : start + RUN]), start) >= RUN
    return again / count if count > 0 else 0.0


# Many tunes


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def share(cls, holds: Iterable[bool]) -> Self:
        """How many of them hold, 0 to 1, with the interval of Wilson (1927)."""
        values = list(holds)
        count = len(values)
        value = sum(values) / count
        middle = value + _Z**2 / (2 * count)
        half = _Z * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2))
        scale = 1 + _Z**2 / count
        return cls(value, max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0))

    @classmethod
    def mean(cls, values: Sequence[float]) -> Self:
        """The mean, with the interval of the percentile bootstrap (Efron 1979), always
        with the same draws."""
        numbers = np.asarray(values, np.float64)
        draws = np.random.default_rng(0).integers(len(numbers), size=(_RESAMPLES, len(numbers)))
        low, high = np.quantile(numbers[draws].mean(axis=1), (0.025, 0.975))
        return cls(float(numbers.mean()), float(low), float(high))

    @classmethod
    def distinct_runs(cls, melodies: Sequence[Sequence[int]], most: int = MOST_RUNS) -> Self:
        """The share of distinct ones among `most` runs of `RUN` notes, in any key, with
        the interval of the jackknife.

        It is what tunes drawn at random until they have so many runs have on average:
        the expectation in closed form (rarefaction by samples; Colwell, Mao and Chang
        2004), so that sets of any size can be compared.
        """
        found = [runs(melody, RUN) for melody in melodies]
        sizes = [count_runs([melody]) for melody in melodies]
        owners = Counter(run for one in found for run in one)  # in how many tunes a run is
        total = sum(sizes)
        if not total:
            return cls(0.0, 0.0, 0.0)
        spread = Counter(owners.values())
        tunes = len(found)
        value = _rarefied(spread, tunes, total, most)
        without = []
        for one, size in zip(found, sizes, strict=True) if tunes > 1 else ():
            less = spread.copy()
            for run in one:
                less[owners[run]] -= 1
                less[owners[run] - 1] += 1
            without.append(_rarefied(less, tunes - 1, total - size, most))
        deviation = math.sqrt((tunes - 1) * float(np.var(without))) if without else 0.0
        return cls(value, max(value - _Z * deviation, 0.0), min(value + _Z * deviation, 1.0))


def count_runs(melodies: Iterable[Sequence[int]]) -> int:
    """How many runs of `RUN` notes there are in all, equal ones too."""
    return sum(max(len(melody) - RUN + 1, 0) for melody in melodies)


def _rarefied(spread: Counter[int], tunes: int, total: int, most: int) -> float:
    """The share of distinct runs; `spread`: how many runs are in 1, 2, … of the
    `tunes`, which have `total` runs."""
    if total == 0:
        return 0.0
    drawn = tunes * min(most / total, 1.0)
    expected = 0.0
    for owners, count in spread.items():
        if owners and count:
            expected += count * (1 - _chance_of_none(tunes, owners, drawn))
    return expected / (drawn * total / tunes)


def _chance_of_none(tunes: int, owners: int, drawn: float) -> float:
    """That none of `owners` is among `drawn` of the `tunes`: a ratio of binomials, by
    the gamma function."""
    if tunes - owners - drawn <= -1 + 1e-9:
        return 0.0
    return math.exp(
        math.lgamma(tunes - owners + 1)
        + math.lgamma(tunes - drawn + 1)
        - math.lgamma(tunes - owners - drawn + 1)
        - math.lgamma(tunes + 1)
    )


def pairs_alike(melodies: Sequence[Sequence[int]]) -> int:
    """Pairs of tunes that the trainer's corpus would take for one, in any key (see
    `related`)."""
    return sum(
        likeness(melodies[index], melodies[other]) >= SAME
        for index, others in enumerate(sharing(melodies))
        for other in others
        if other < index
    )


def index_of(melodies: Sequence[Sequence[int]]) -> MelodyIndex:
    """The melodies of training tunes, to look for runs in."""
    steps = bytes([BETWEEN_TUNES]).join(intervals(melody) for melody in melodies)
    places = array("I", (at for at in suffix_array(steps).tolist() if steps[at] != BETWEEN_TUNES))
    return MelodyIndex(
        {}, [f"training\t{number}\t" for number in range(1, len(melodies) + 1)], steps, places
    )


def share_related(melodies: Sequence[Sequence[int]], notes: int) -> float:
    """The share of melodies that have so many notes in a row, in any key, in common
    with another one of them."""
    found = [runs(melody, notes) for melody in melodies]
    owners = Counter(run for one in found for run in one)
    return sum(any(owners[run] > 1 for run in one) for one in found) / len(found)


def abc2midi_reads(text: str) -> bool:
    """Whether abc2midi, which has to be installed, makes a tune of it without an Error;
    warnings don't count."""
    data = without_directives(text.strip("\n") + "\n").encode("utf-8", "replace")
    if len(data) > MAX_ABC_BYTES:
        return False
    with tempfile.TemporaryDirectory(prefix="abctrain-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "tune.abc").write_bytes(data)
        try:
            run_limited("abc2midi", ["tune.abc", "-o", "tune.mid"], folder, Limits())
        except RenderError:
            return False
        # Only the end of it is handed back, and errors may stand before.
        printed = (folder / "log.txt").read_text("utf-8", "replace")
        return (folder / "tune.mid").is_file() and not re.search(r"^Error", printed, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SetFigures:
    """The figures of a set of tunes, each a share or a mean over tunes (see
    `TuneFigures`), 0 to 1.

    distinct_runs: of `count_runs`, at most `MOST_RUNS`. short_copies and long_copies:
    tunes that have `SHORT_COPY` and `LONG_COPY` notes in a row, in any key, in common
    with a training tune. pairs_alike: a number. abc2midi_reads: None where it isn't
    installed.
    """

    tunes: int
    complete: Estimate
    bars_right: Estimate
    sections_regular: Estimate
    ends_on_tonic: Estimate
    returning_runs: Estimate
    distinct_runs: Estimate
    short_copies: Estimate
    long_copies: Estimate
    pairs_alike: int
    abc2midi_reads: Estimate | None

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        figures: Sequence[TuneFigures],
        training: MelodyIndex,
        most_runs: int = MOST_RUNS,
    ) -> Self:
        """Of one or more texts and the figures of each. `most_runs` are looked at for
        distinct ones."""
        melodies = [one.melody for one in figures]
        copied = [training.longest_run(melody) for melody in melodies]
        return cls(
            tunes=len(figures),
            complete=Estimate.share(one.complete for one in figures),
            bars_right=Estimate.share(one.bars_right for one in figures),
            sections_regular=Estimate.share(one.sections_regular for one in figures),
            ends_on_tonic=Estimate.share(one.ends_on_tonic for one in figures),
            returning_runs=Estimate.mean([one.returning_runs for one in figures]),
            distinct_runs=Estimate.distinct_runs(melodies, most_runs),
            short_copies=Estimate.share(length >= SHORT_COPY for length in copied),
            long_copies=Estimate.share(length >= LONG_COPY for length in copied),
            pairs_alike=pairs_alike(melodies),
            abc2midi_reads=Estimate.share(map(abc2midi_reads, texts))
            if shutil.which("abc2midi")
            else None,
        )
