"""What returns: bars that come back exactly or varied, moved by steps, or some bars
later."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from abctrain.quality.listener.averages import NONE, Features, largest, mean
from abctrain.quality.listener.bare import BareBar, BareTune, sounding

VARIED = 0.5
"""A bar that has this share of its notes in common with an earlier one returns
varied."""

LAGS = (1, 2, 4, 8, 12, 16)
"""Distances at which bars are compared, in bars."""

_WIDEST_MOVE = 5  # semitones by which a sequence moves a bar at most
_SAME_HEAD = 0.4
_END = 3 / 4  # where the end of a bar begins

Kind = Literal["exact", "varied", "new"]
KINDS: tuple[Kind, ...] = ("exact", "varied", "new")


class Return(NamedTuple):
    """What a bar is: `source` is the earlier bar that is most like it, if one is alike
    at all; the first one where several are."""

    kind: Kind
    source: int | None


def form_features(tune: BareTune) -> Features:
    """Measure what returns; pickups are no bars here, so that phrases stay in step."""
    bars = tune.bars
    return {**_returns(tune, returns(bars)), **_sequences(bars), **_later(bars)}


def returns(bars: Sequence[BareBar]) -> list[Return]:
    """Tell for each bar whether it has been there before.

    Notes are common where they have the same place, length and pitch.
    """
    found: list[Return] = []
    first: dict[BareBar, int] = {}
    # By notes, not by pairs of bars, of which a long tune has too many.
    owners: dict[tuple[int, int, int | None], list[int]] = defaultdict(list)
    for at, bar in enumerate(bars):
        if bar in first:
            found.append(Return("exact", first[bar]))
            continue
        common = Counter(itertools.chain.from_iterable(owners[note] for note in set(bar)))
        best, source = 0.0, None
        for other in sorted(common):
            share = common[other] / max(len(bars[other]), len(bar))
            if share > best:
                best, source = share, other
        found.append(Return("varied" if best >= VARIED else "new", source))
        first[bar] = at
        for note in set(bar):
            owners[note].append(at)
    return found


def _returns(tune: BareTune, found: Sequence[Return]) -> Features:
    bars = tune.bars
    kinds = [one.kind for one in found]
    gaps: dict[str, list[int]] = {kind: [] for kind in KINDS}
    after_other: list[int] = []
    for at, gap in _gaps_before(tune):
        gaps[kinds[at]].append(gap)
        if kinds[at] == "exact" and at and kinds[at - 1] != "exact":
            after_other.append(gap)
    pairs = [
        (bars[one.source], bar)
        for one, bar in zip(found, bars, strict=True)
        if one.kind == "varied" and one.source is not None
    ]
    stretches = [len(list(run)) for kind, run in itertools.groupby(kinds) if kind == "new"]
    return {
        **{f"{kind} bars": kinds.count(kind) / len(bars) for kind in KINDS},
        **{f"gap before {kind} bars": mean(gaps[kind]) for kind in KINDS},
        **{f"largest gap before {kind} bars": largest(gaps[kind]) for kind in KINDS},
        "gap into a stretch of exact bars": mean(after_other),
        "stretches of exact bars": float(
            sum(one != "exact" == other for one, other in itertools.pairwise(kinds))
        ),
        "longest stretch of new bars": largest(stretches),
        "varied bars changed at the start": mean(old[0] != new[0] for old, new in pairs),
        "varied bars changed at the end": mean(old[-1] != new[-1] for old, new in pairs),
    }


def _gaps_before(tune: BareTune) -> Iterator[tuple[int, int]]:
    """Yield the number of each bar (pickups not counted) and the semitones from the
    note before to its first one."""
    at, last = 0, None
    for section in tune.sections:
        for bar, is_pickup in ((section.pickup, True), *((bar, False) for bar in section.bars)):
            pitches = sounding(bar)
            if pitches:
                if last is not None and not is_pickup:
                    yield at, abs(pitches[0] - last)
                last = pitches[-1]
            at += not is_pickup


def _sequences(bars: Sequence[BareBar]) -> Features:
    pitches = [sounding(bar) for bar in bars]
    rhythms = _rhythms(bars)
    moved = sum(
        any(
            at >= lag
            and rhythms[at] == rhythms[at - lag]
            and is_moved(pitches[at - lag], pitches[at])
            for lag in (1, 2)
        )
        for at in range(len(bars))
    )
    return {"sequences": moved / len(bars)}


def is_moved(old: Sequence[int], new: Sequence[int]) -> bool:
    """Tell whether pitches are others moved by steps of a scale, up or down."""
    if len(old) != len(new) or len(old) < 3:
        return False
    moves = [after - before for before, after in zip(old, new, strict=True)]
    low, high = min(moves), max(moves)
    # The same number of scale steps is now a semitone more, now one less.
    return high - low <= 1 and low * high > 0 and max(abs(low), abs(high)) <= _WIDEST_MOVE


def _later(bars: Sequence[BareBar]) -> Features:
    rhythms, contours = _rhythms(bars), [contour(bar) for bar in bars]
    pitches = [sounding(bar) for bar in bars]
    firsts, lasts = ([one[at] if one else None for one in pitches] for at in (0, -1))
    features: Features = {}
    for lag in LAGS:
        pairs = list(zip(bars, bars[lag:], strict=False))
        common = [_common(old, new) for old, new in pairs]
        later = f"{lag} bars later" if lag > 1 else "in the next bar"
        features |= {
            f"same bar {later}": mean(old == new for old, new in pairs),
            f"common notes {later}": mean(common),
            f"same rhythm {later}": mean(map(_equal, rhythms, rhythms[lag:])),
            f"same contour {later}": mean(map(_equal, contours, contours[lag:])),
            f"same first note {later}": mean(map(_equal_notes, firsts, firsts[lag:])),
            f"same last note {later}": mean(map(_equal_notes, lasts, lasts[lag:])),
            f"only the end changed {later}": mean(only_end_changed(old, new) for old, new in pairs),
            f"same head {later}": mean(
                share >= _SAME_HEAD and old != new and old[:1] == new[:1]
                for share, (old, new) in zip(common, pairs, strict=True)
            ),
        }
    counts = Counter(contours).values()
    spread = -sum(count / len(bars) * math.log(count / len(bars)) for count in counts)
    return {**features, "variety of contours": spread / math.log(len(bars) + 1) if bars else NONE}


def _equal(one: object, other: object) -> bool:
    return one == other


def _equal_notes(one: int | None, other: int | None) -> bool:
    return one is not None and one == other


def _common(old: BareBar, new: BareBar) -> float:
    return len(set(old).intersection(new)) / max(len(old), len(new), 1)


def only_end_changed(old: BareBar, new: BareBar) -> bool:
    """Tell whether two bars differ, but only in what begins in their last quarter."""
    if not old or not new or old == new:
        return False
    end = (old[-1].onset + old[-1].duration) * _END
    head, other = ([note for note in bar if note.onset < end] for bar in (old, new))
    return head == other and len(head) > 1


def contour(bar: BareBar) -> tuple[object, ...]:
    """Return a bar's rhythm and whether each note is higher, lower or the same as the
    one before."""
    pitches = sounding(bar)
    ups = ((after > before) - (after < before) for before, after in itertools.pairwise(pitches))
    return (*((note.onset, note.duration) for note in bar), *ups)


def _rhythms(bars: Sequence[BareBar]) -> list[tuple[tuple[int, int], ...]]:
    return [tuple((note.onset, note.duration) for note in bar) for bar in bars]
