"""What a model can compose: its form plans, and the selection of those that fit what is
asked for."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from abcrun.composition.compass import BOOKS
from abcrun.composition.conditions import Conditions
from abcrun.composition.plans import Form, PlanRecord
from abcrun.composition.signs import SIGNS
from abcrun.composition.sketch import told_pitches
from abcrun.errors import ModelError, UsageError
from abcrun.inference.entries import Entries, shown
from abcrun.inference.packing import packed, unpacked
from abcrun.notation.key import SHORT_MODES, tonic_and_mode
from abcrun.notation.meter import read_meter

_REMEMBERED = 64  # selections: the plans of one take at most 60 KB
_USUAL = (BOOKS.lowest, BOOKS.highest)

# Those of folk have 3,621 plans in 0.7 MB, of up to 152 bars in 88 characters.
_MOST_BYTES, _MOST_PLANS, _MOST_BARS, _MOST_TUNES = 2**24, 100_000, 10_000, 10**9
_TONIC = re.compile(r"[A-G][#b]?")
_COLUMNS: Mapping[str, re.Pattern[str] | None] = {
    "meter": re.compile(r"[1-9][0-9]?/[1-9][0-9]?[0-9]?"),
    "unit": re.compile(r"1(?:/[1-9][0-9]?[0-9]?)?"),
    "rhythm": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,200}"),
    "mode": re.compile("|".join(SHORT_MODES.values())),
    "form": re.compile(r"[A-Z]{1,200}"),
    "bars": None,
    "sketch": re.compile(f"[{SIGNS}|:12\\] ]{{1,10000}}"),
}
_READ = ("meter", "unit_length", "rhythm", "mode", "sketch")
"""Entries of a plan that come into a tune's text as they are."""
_HEADER = f"X:1\nM:\nL:\nK:|{SIGNS}"
"""What stands in every header, and the signs that a model with recall draws."""


@dataclass(frozen=True)
class Repertoire:
    """What a model can compose: the form plans of its training tunes, and how often
    each tonic came with a mode.

    `plans` are kept as the file holds them: only those that are drawn are read further.
    `base_plans` are of the tunes that a network had learned before it was fine-tuned:
    they serve what none of `plans` does.
    `canonical` is the tonic of all training text, None where tunes were learned in
    their own keys.
    """

    plans: tuple[PlanRecord, ...]
    tonics: Mapping[str, Mapping[str, int]]
    canonical: str | None
    base_plans: tuple[PlanRecord, ...] = ()
    _forms: dict[int, Form] = field(default_factory=dict, init=False, compare=False, repr=False)
    _selections: "dict[Conditions, Selection]" = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _registers: dict[str, NDArray[np.int64]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def to_text(self) -> str:
        """Compress the repertoire, for a model file's metadata."""
        content = {
            "canonical": self.canonical,
            "tonics": self.tonics,
            "forms": self.plans,
            **({"base_forms": self.base_plans} if self.base_plans else {}),
        }
        return packed(content)

    @classmethod
    def from_text(cls, text: str) -> "Repertoire":
        """Read what `to_text` wrote; the same text gives the same object. `ModelError`
        for anything else."""
        return _repertoire(text)

    @property
    def offered(self) -> tuple[PlanRecord, ...]:
        """All plans, for what may be asked for."""
        return (*self.plans, *self.base_plans)

    @property
    def characters(self) -> set[str]:
        """All characters of the plans, and of the headers and signs around them, that a
        model reads or draws."""
        columns = {
            name: set(column)
            for name, column in zip(
                PlanRecord._fields, zip(*self.offered, strict=True), strict=True
            )
        }
        texts = chain.from_iterable(columns[name] for name in _READ)
        tonics = [*self.canonical] if self.canonical else [*chain(*self.tonics.values())]
        rhythm = "R:" if any(columns["rhythm"]) else ""
        return set().union(*texts, *self.tonics, *tonics, _HEADER, rhythm)

    def form(self, plan: PlanRecord) -> Form:
        """Read one of the `plans`, once. `ModelError` for a damaged one."""
        # A record holds a list and has no hash; `plans` keeps every record alive, so
        # that its id is its own.
        form = self._forms.get(id(plan))
        if form is None:
            try:
                form = self._forms[id(plan)] = Form.from_record(plan)
            except ValueError as error:
                raise _damaged(error) from None
        return form

    def tonic(self, mode: str, chance: float) -> str:
        """Return the tonic of a mode ("dor") at `chance`, from 0 to 1, of those that
        training tunes had.

        Empty for a mode that none of them had.
        """
        tonics = self.tonics.get(mode, {})
        share = chance * sum(tonics.values())
        for tonic, count in tonics.items():
            share -= count
            if share < 0:
                return tonic
        return ""

    def registers(self, mode: str) -> NDArray[np.int64]:
        """Return where tunes of a mode ("dor") lie, in the model's key: int64 [tunes,
        2], the lowest and the highest of the notes that each form plan tells, as MIDI
        note numbers without accidentals. For a mode that no plan has: those of all.
        """
        found = self._registers.get(mode)
        if found is None:
            several = (self.plans, self.base_plans)
            of_mode = ([plan for plan in plans if plan.mode == mode] for plans in several)
            plans = next(filter(None, of_mode), self.plans)
            told = [pitches for plan in plans if (pitches := told_pitches(plan.sketch))]
            ends = [(min(pitches), max(pitches)) for pitches in told] or [_USUAL]
            found = self._registers[mode] = np.array(ends, np.int64)
        return found

    def select(self, asked: Conditions) -> "Selection":
        """Return the form plans that fit.

        `UsageError`, naming what there is, for a meter or key that is none, and for
        what no plan has.
        """
        # The last selections are remembered: a server is asked for the same kinds of
        # tunes again and again. A title or compass selects nothing.
        asked = replace(asked, title=None, instrument=None, range=None)
        selection = self._selections.get(asked)
        if selection is None:
            if len(self._selections) >= _REMEMBERED:
                self._selections.clear()
            selection = self._selections[asked] = self._select(asked)
        return selection

    def _select(self, asked: Conditions) -> "Selection":
        try:
            plans = _fitting(self.plans, asked)
        except UsageError:
            if not self.base_plans:
                raise
            plans = _fitting(self.offered, asked)
        tonic, mode = None, None
        if asked.key is not None:
            tonic, name = tonic_and_mode(asked.key)
            mode = SHORT_MODES[name]
            if mode not in self.tonics:
                modes = [name for name, short in SHORT_MODES.items() if short in self.tonics]
                raise UsageError(
                    f"key {asked.key}: the model knows no {name} tunes; it knows {_listed(modes)}"
                )
            # A mode that no fitting plan has borrows the form of another mode's tune.
            plans = [plan for plan in plans if plan.mode == mode] or plans
        return Selection(self, tuple(plans), tonic, mode)


@dataclass(frozen=True)
class Selection:
    """Form plans that fit what was asked for, and the tonic and mode ("dor") of the
    key, if one was asked for."""

    repertoire: Repertoire
    plans: tuple[PlanRecord, ...]
    tonic: str | None
    mode: str | None

    def draw(self, random: np.random.Generator) -> tuple[Form, str]:
        """Draw a form plan and a mode, each as likely as among the training tunes."""
        form = self.repertoire.form(self.plans[random.integers(len(self.plans))])
        return form, self.mode or form.mode


def _fitting(plans: Sequence[PlanRecord], asked: Conditions) -> Sequence[PlanRecord]:
    """Return the plans that fit all that is asked for but the key. `UsageError` where
    there is none."""
    so_far: list[str] = []
    for name, wanted, entry in _wanted(asked):
        if wanted is None:
            continue
        fitting = [plan for plan in plans if entry(plan) == wanted]
        if not fitting:
            entries = [entry(plan) for plan in plans]
            known = f"it knows {_listed(entries)}" if any(entries) else f"they say no {name}"
            behind = f" with {' and '.join(so_far)}" if so_far else ""
            raise UsageError(f"{name} {wanted}: the model knows no such tunes{behind}; {known}")
        so_far.append(f"{name} {wanted}")
        plans = fitting
    return plans


def _wanted(
    asked: Conditions,
) -> tuple[tuple[str, object, Callable[[PlanRecord], object]], ...]:
    """For each condition but the key: its name, what is wanted of a plan, and that
    entry of a plan."""
    # The broad ones come first: "rhythm jig: … no such tunes with meter 4/4" helps more
    # than the other way round.
    return (
        ("meter", None if asked.meter is None else _meter(asked.meter), lambda plan: plan.meter),
        (
            "rhythm",
            None if asked.rhythm is None else asked.rhythm.strip().lower(),
            lambda plan: plan.rhythm,
        ),
        (
            "unit",
            None if asked.unit is None else asked.unit.replace(" ", ""),
            lambda plan: plan.unit_length,
        ),
        (
            "form",
            None if asked.form is None else asked.form.strip().upper(),
            lambda plan: plan.letters,
        ),
        ("bars", asked.bars, lambda plan: plan.bars),
    )


def _meter(text: str) -> str:
    """Read a meter, and write it as the plans do: C is 4/4."""
    found = read_meter(text)
    if found is None or found[0].length is None or found[1].strip():
        raise UsageError(f"meter {text}: this is no meter; write 6/8, 4/4, C or C|")
    return f"{found[0].numerator}/{found[0].denominator}"


def _listed(values: Iterable[object]) -> str:
    """List the 20 commonest values, but for those that are empty."""
    counts = Counter(str(value) for value in values if value)
    return ", ".join(name for name, _ in counts.most_common(20))


@lru_cache(maxsize=4)
def _repertoire(text: str) -> Repertoire:
    try:
        content = Entries(unpacked(text, _MOST_BYTES), "it")
        plans = _plans(content.plain().get("forms"))
        has_base = "base_forms" in content.plain()
        base_plans = _plans(content.plain()["base_forms"]) if has_base else ()
        # One plan is enough to know a foreign file by. Reading all 3,621 of folk takes
        # 50 ms, seven times as long as all the rest here.
        Form.from_record(plans[0])
        canonical = content.plain().get("canonical")
        if not (canonical is None or (isinstance(canonical, str) and _TONIC.fullmatch(canonical))):
            raise ValueError(f"its tonic is {shown(canonical)}")
        return Repertoire(plans, _tonics(content.inner("tonics")), canonical, base_plans)
    except ValueError as error:
        raise _damaged(error) from None


def _plans(records: object) -> tuple[PlanRecord, ...]:
    """Check the entries of all plans, but for what a sketch says.

    `ValueError` where one is wrong.
    """
    if not isinstance(records, list) or not records:
        raise ValueError("there are none")
    if len(records) > _MOST_PLANS:
        raise ValueError(f"there are {len(records)}, over {_MOST_PLANS}")
    for record in records:
        if not isinstance(record, list) or len(record) != len(_COLUMNS):
            raise ValueError(f"{shown(record)} is no plan")
    # By column: most plans have the same few entries.
    for (name, pattern), column in zip(_COLUMNS.items(), zip(*records, strict=True), strict=True):
        kind = int if pattern is None else str
        if wrong := [value for value in column if type(value) is not kind]:
            raise ValueError(f"a plan has {name} {shown(wrong[0])}")
        for value in set(column):
            if not (0 < value <= _MOST_BARS if pattern is None else pattern.fullmatch(value)):
                raise ValueError(f"a plan has {name} {shown(value)}")
    return tuple(map(PlanRecord._make, records))


def _tonics(entries: Entries) -> Mapping[str, Mapping[str, int]]:
    """Check how often each tonic came with a mode."""
    found = {}
    for mode in entries.plain():
        counts = entries.inner(mode)
        names = list(counts.plain())
        if mode not in SHORT_MODES.values():
            raise ValueError(f"it has tonics of a mode {shown(mode)}")
        if wrong := next((name for name in names if not _TONIC.fullmatch(name)), None):
            raise ValueError(f"it has a tonic {shown(wrong)}")
        found[mode] = {name: counts.whole(name, 0, _MOST_TUNES) for name in names}
    return found


def _damaged(error: Exception) -> ModelError:
    return ModelError(f"the model's form plans cannot be read ({error}); export it again")
