"""What a model can compose: form plans, and the selection of those that fit what was
asked for."""

import base64
import binascii
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from abcrun.composition.conditions import MODES, Conditions
from abcrun.composition.plans import Form, Plan
from abcrun.errors import ModelError, UsageError
from abcrun.notation.key import tonic_and_mode
from abcrun.notation.meter import read_meter

_REMEMBERED = 64  # selections: the plans of one take at most 60 KB
_TRIES = 32  # form plans looked at in a search for one that agrees with what is written


@dataclass(frozen=True)
class Repertoire:
    """What a model can compose: the form plans of its training tunes, and how often
    each tonic came with a mode.

    `plans` are what `Form.to_list` gives: only those that are drawn are read further.
    `canonical` is the tonic of all training text, None where tunes were learned in
    their own keys.
    """

    plans: tuple[Plan, ...]
    tonics: Mapping[str, Mapping[str, int]]
    canonical: str | None
    _forms: dict[int, Form] = field(default_factory=dict, init=False, compare=False, repr=False)
    _selections: "dict[Conditions, Selection]" = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def to_text(self) -> str:
        """Compressed, for a model file's metadata."""
        content = {
            "canonical": self.canonical,
            "tonics": self.tonics,
            "forms": self.plans,
        }
        packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
        return base64.b64encode(packed).decode()

    @classmethod
    def from_text(cls, text: str) -> "Repertoire":
        """Read what `to_text` gave; the same object for the same text. `ModelError` for
        anything else."""
        return _repertoire(text)

    def form(self, plan: Plan) -> Form:
        """One of the `plans`, read; they are remembered. `ModelError` for a damaged
        one."""
        form = self._forms.get(id(plan))
        if form is None:
            try:
                form = self._forms[id(plan)] = Form.from_list(plan)
            except ValueError as error:
                raise _damaged(error) from None
        return form

    def tonic(self, mode: str, chance: float) -> str:
        """The tonic of a mode ("dor") at `chance`, from 0 to 1, of those that training
        tunes had; empty for no mode."""
        tonics = self.tonics.get(mode, {})
        share = chance * sum(tonics.values())
        for tonic, count in tonics.items():
            share -= count
            if share < 0:
                return tonic
        return ""

    def select(self, asked: Conditions) -> "Selection":
        """The form plans that fit. `UsageError` for what is no meter, key …, or is not
        among them: it names what is.

        The last ones are remembered: a server is asked for the same kinds of tunes
        again and again.
        """
        asked = replace(asked, title=None)
        selection = self._selections.get(asked)
        if selection is None:
            if len(self._selections) >= _REMEMBERED:
                self._selections.clear()
            selection = self._selections[asked] = self._select(asked)
        return selection

    def _select(self, asked: Conditions) -> "Selection":
        plans = list(self.plans)
        wishes = (
            ("meter", 0, None if asked.meter is None else _meter(asked.meter)),
            ("rhythm", 2, None if asked.rhythm is None else asked.rhythm.strip().lower()),
            ("unit", 1, None if asked.unit is None else asked.unit.replace(" ", "")),
            ("form", 4, None if asked.form is None else asked.form.strip().upper()),
            ("bars", 5, asked.bars),
        )
        so_far: list[str] = []
        for name, place, wanted in wishes:
            if wanted is None:
                continue
            fitting = [plan for plan in plans if plan[place] == wanted]
            if not fitting:
                known = _listed(plan[place] for plan in plans)
                behind = f" with {' and '.join(so_far)}" if so_far else ""
                raise UsageError(
                    f"{name} {wanted}: the model knows no such tunes{behind}; it knows {known}"
                )
            so_far.append(f"{name} {wanted}")
            plans = fitting
        tonic, mode = None, None
        if asked.key is not None:
            tonic, name = tonic_and_mode(asked.key)
            mode = MODES[name]
            if mode not in self.tonics:
                raise UsageError(
                    f"key {asked.key}: the model knows no {name} tunes; it knows {_listed(self.tonics)}"
                )
            plans = [plan for plan in plans if plan[3] == mode] or plans
        return Selection(self, tuple(plans), tonic, mode)


@dataclass(frozen=True)
class Selection:
    """Form plans that fit what was asked for, and the key's tonic and mode ("dor"), if
    they were."""

    repertoire: Repertoire
    plans: tuple[Plan, ...]
    tonic: str | None
    mode: str | None
    _alike: dict[tuple[str, ...], list[Plan]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def draw(self, random: np.random.Generator) -> tuple[Form, str]:
        """A form plan and a mode, as likely as among the training tunes."""
        form = self.repertoire.form(self.plans[random.integers(len(self.plans))])
        return form, self.mode or form.mode

    def other(
        self, form: Form, number: int, length: Fraction, sign: str, random: np.random.Generator
    ) -> Form | None:
        """Another form plan, alike up to slot `number`, with a bar of this `length`
        there and `sign` (| or :) behind.

        None where a search among some of them finds none.
        """
        fields = (form.meter, form.unit_length, form.rhythm)
        alike = self._alike.get(fields)
        if alike is None:
            alike = self._alike[fields] = [
                plan for plan in self.plans if (plan[0], plan[1], plan[2]) == fields
            ]
        for place in random.integers(len(alike), size=_TRIES).tolist() if alike else ():
            found = self.repertoire.form(alike[place])
            if (
                len(found.slots) > number
                and found.slots[number].length == length
                and found.between[number + 1].startswith(sign)
                and form.agrees(found, number)
            ):
                return found
        return None


def _meter(text: str) -> str:
    found = read_meter(text)
    if found is None or found[0].length is None or found[1].strip():
        raise UsageError(f"meter {text}: this is no meter; write 6/8, 4/4, C or C|")
    return f"{found[0].numerator}/{found[0].denominator}"


def _listed(values: Iterable[object]) -> str:
    counts = Counter(str(value) or "none" for value in values)
    return ", ".join(name for name, _ in counts.most_common(20))


@lru_cache(maxsize=4)
def _repertoire(text: str) -> Repertoire:
    try:
        content = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
        plans = tuple(content["forms"])
        if not plans:
            raise ValueError("there are none")
        Form.from_list(plans[0])
        return Repertoire(plans, dict(content["tonics"]), content["canonical"])
    except (ValueError, KeyError, TypeError, zlib.error, binascii.Error) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> ModelError:
    return ModelError(f"the model's form plans cannot be read ({error}); export it again")
