"""What a book teaches: how many tunes of each rhythm, meter and mode it has, and of
which too few.

Regular tunes are counted, those with a form plan (sections of 4, 8 or 16 bars): they
are what a model is asked for. A key is learned as its mode: a tune is composed in any
key of a mode, by transposition.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from abcrun.composition.repertoire import Repertoire
from abcrun.notation.key import SHORT_MODES

FEW = 20
"""Tunes of a kind below which it is not learned: of twenty, one is held out, by whose
bits it would show (`HELD_OUT` in `collection.py`)."""

KINDS = ("rhythm", "meter", "mode")

Counts = Mapping[str, Mapping[str, int]]
"""For each of `KINDS`, the number of tunes by name; an unknown rhythm is empty."""

_MODES = {short: name for name, short in SHORT_MODES.items()}


@dataclass(frozen=True)
class Teaching:
    """What a book teaches, and what a base of the name `base` had learned before it."""

    book: Counts
    before: Counts = field(default_factory=dict)
    base: str = ""

    @classmethod
    def of(cls, repertoire: str, before: Counts | None = None, base: str = "") -> Self:
        """Count the form plans of a `repertoire`, as `Repertoire.to_text` wrote it."""
        return cls(counts_of_plans(repertoire), before or {}, base)

    @property
    def together(self) -> dict[str, dict[str, int]]:
        """The counts of book and base together."""
        return {
            kind: dict(Counter(self.book.get(kind, {})) + Counter(self.before.get(kind, {})))
            for kind in KINDS
        }

    @property
    def remarks(self) -> list[str]:
        """What the book cannot teach, each remark in a line; none where it has no
        plans."""
        remarks: list[str] = []
        if not self.book:
            return remarks
        together = self.together
        few, helped = [], []
        for kind, counts in self.book.items():
            known = {name: count for name, count in counts.items() if name and count < FEW}
            sums = together[kind]
            few.append((kind, {name: sums[name] for name in known if sums[name] < FEW}))
            helped.append((kind, {name: known[name] for name in known if sums[name] >= FEW}))
        if told := _listed(few):
            remarks.append(f"too few regular tunes to learn from, under {FEW}: {told}")
        if told := _listed(helped):
            remarks.append(
                f"few regular tunes, under {FEW}, but {self.base} has learned from more before: "
                f"{told}"
            )
        rhythms = self.book["rhythm"]
        if not any(rhythms):
            others = (
                f"but those of {self.base}" if any(self.before.get("rhythm", {})) else "so none"
            )
            remarks.append(f"no regular tune that says its rhythm, {others} can be asked for")
        elif "" in rhythms:
            remarks.append(f"{rhythms['']:,} regular tunes that say no rhythm")
        return remarks

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield a table of the counts: a head, and a row for each kind."""
        heads = ("", "Regular tunes of the book")
        yield (*heads, f"Before, in `{self.base}`") if self.before else heads
        for kind, counts in self.book.items():
            columns = (counts, self.before.get(kind, {})) if self.before else (counts,)
            yield (kind.capitalize(), *(_in_words(column, "not said") for column in columns))

    @property
    def from_base_alone(self) -> str:
        """What the base had learned and the book lacks, in words; it may be empty."""
        lacking = [
            (kind, {name: count for name, count in counts.items() if name and count >= FEW})
            for kind, counts in self.before.items()
        ]
        return _listed(
            (kind, {name: counts[name] for name in counts if name not in self.book[kind]})
            for kind, counts in lacking
        )


def counts_of_plans(repertoire: str) -> dict[str, dict[str, int]]:
    """Count the form plans of each kind, the most first; nothing for an empty text."""
    if not repertoire:
        return {}
    plans = Repertoire.from_text(repertoire).plans
    columns = {
        "rhythm": [plan.rhythm for plan in plans],
        "meter": [plan.meter for plan in plans],
        "mode": [_MODES[plan.mode] for plan in plans],
    }
    return {kind: dict(Counter(names).most_common()) for kind, names in columns.items()}


def read_counts(entry: object) -> dict[str, dict[str, int]]:
    """Return counts that a file holds, as far as they are counts."""
    if not isinstance(entry, dict):
        return {}
    return {
        kind: {
            name: count
            for name, count in entry[kind].items()
            if isinstance(name, str) and isinstance(count, int) and count > 0
        }
        for kind in KINDS
        if isinstance(entry.get(kind), dict)
    }


def _listed(kinds: Iterable[tuple[str, Mapping[str, int]]]) -> str:
    return "; ".join(f"{kind} {_in_words(counts)}" for kind, counts in kinds if counts)


def _in_words(counts: Mapping[str, int], unknown: str = "") -> str:
    return ", ".join(f"{name or unknown} {count:,}" for name, count in counts.items())
