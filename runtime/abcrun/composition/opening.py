"""A musician's own beginning of a tune, and the form plans that it fits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction

from abcrun.composition.conditions import MODES, Conditions
from abcrun.composition.plans import Plan, header
from abcrun.composition.repertoire import Repertoire, Selection
from abcrun.errors import NotationError, UsageError
from abcrun.inference.spec import ModelSpec
from abcrun.notation.bars import BarReader, bar_reader, split
from abcrun.notation.header import Line, read_header
from abcrun.notation.key import tonic_and_mode, usual_mode
from abcrun.notation.problem import Problems
from abcrun.notation.transpose import transpose_text

_FIELD = re.compile(r"^([A-Z]):(.*)$", re.MULTILINE)
_CONDITIONS = tuple(field.name for field in fields(Conditions))


@dataclass(frozen=True, slots=True)
class Opening:
    """A musician's own beginning, in the model's key: whole bars, what stands between
    them, and what is under way."""

    between: tuple[str, ...]
    bars: tuple[str, ...]
    rest: str

    @classmethod
    def of(cls, body: str) -> "Opening":
        """A body of bars, complete or not."""
        between, bars = split(body)
        whole = cls(between, tuple(bars), "")
        return replace(whole, rest=body[len(whole.text) :])

    @property
    def text(self) -> str:
        """The body."""
        return (
            "".join(a + b for a, b in zip(self.between, [*self.bars, ""], strict=False)) + self.rest
        )


NOTHING = Opening((), (), "")
"""No beginning."""


def read_opening(
    spec: ModelSpec, repertoire: Repertoire, conditions: Conditions, prompt: str
) -> tuple[Conditions, str]:
    """What a musician's beginning asks for with its fields, and its music in the
    model's key."""
    if not prompt:
        raise UsageError("the prompt is empty; it needs at least one character")
    lines = prompt.splitlines()
    said = Conditions()
    if any(line.startswith("K:") for line in lines):
        try:
            read, music = read_header(
                [Line(number, line) for number, line in enumerate(lines, 1)], Problems()
            )
        except NotationError as error:
            raise UsageError(f"prompt: {error}") from None
        named = dict(_FIELD.findall("\n".join(lines[: len(lines) - len(music)])))
        said = Conditions(
            meter=named.get("M"), key=f"{read.key.tonic} {usual_mode(read.key.mode)}", rhythm=read.rhythm or None,
            unit=named.get("L"), title=read.title or None,
        )  # fmt: skip
        lines = [line.text for line in music]
    elif re.match(r"[A-Z]:(?![|:])", prompt):
        raise UsageError(
            "prompt: it has fields, but no K:; give a whole header, or only bars and ask for meter and key"
        )
    asked = Conditions(
        **{
            name: getattr(said if getattr(conditions, name) is None else conditions, name)
            for name in _CONDITIONS
        }
    )
    if said.key and conditions.key and tonic_and_mode(said.key) != tonic_and_mode(conditions.key):
        raise UsageError(
            f"key {conditions.key}: the prompt is in {said.key}; leave one of them out"
        )
    body = _in_normal_form(lines)
    if not body:
        return asked, ""
    if asked.key is None or asked.meter is None:
        raise UsageError(
            "prompt: name the key and the meter of these bars, as options or with M: and K: lines"
        )
    try:
        spec.vocabulary.encode(body)
    except UsageError as error:
        raise UsageError(f"prompt: {error}") from None
    if repertoire.canonical is not None:
        tonic, mode = tonic_and_mode(asked.key)
        moved = transpose_text(
            f"X:1\nK:{tonic}{MODES[mode]}\n{body}", f"{repertoire.canonical} {mode}"
        )
        body = moved.split("\n", 2)[2]
    return asked, body


def _in_normal_form(lines: Sequence[str]) -> str:
    """Lines of music without blank ones, and with bar lines as the training text has
    them: no spaces around."""
    closed = [re.sub(r"[ \t]*(\|\]|[|:]+)[ \t]*", r"\1", line.strip()) for line in lines]
    body = re.sub(r":\|{0,2}:", ":|\n|:", "\n".join(line for line in closed if line))
    return re.sub(r"\|\[?([1-9])[ \t]*", r"|\1 ", body)


def fitting(selection: Selection, opening: Opening) -> Selection:
    """The plans that the opening's bars and section signs fit, and that leave something
    to compose."""
    lengths = _lengths(selection, opening)
    fitting = []
    for entries in selection.plans:
        *bars, rest = lengths[tuple(entries[:2])]
        form, number = selection.repertoire.form(entries), len(bars)
        if (
            any(slot.same is None for slot in form.slots[number:])
            and bars == [slot.length for slot in form.slots[:number]]
            and (rest is None or rest < form.slots[number].length)
            and all(_has_signs(*pair) for pair in zip(form.between, opening.between, strict=False))
        ):
            fitting.append(entries)
    if not fitting:
        raise UsageError(
            "prompt: its bars fit no form that the model knows (each must be whole, readable, and end with a bar line, "
            "and sections have 4, 8 or 16 bars); mend them, or take guide bars"
        )
    return replace(selection, plans=tuple(fitting))


def suitable(selection: Selection, opening: Opening) -> Selection:
    """The plans with the unit note length that makes most of the opening's bars full."""
    lengths = _lengths(selection, opening)
    fulls = {fields: Fraction(fields[0]) for fields in lengths}
    if all(rest is not None and rest > fulls[fields] for fields, (*_, rest) in lengths.items()):
        raise UsageError(
            "prompt: what stands behind its last bar line is longer than a bar; part it by bar lines"
        )
    full_bars = {fields: bars.count(fulls[fields]) for fields, (*bars, _) in lengths.items()}
    most = max(full_bars.values())
    return replace(
        selection,
        plans=tuple(plan for plan in selection.plans if full_bars[tuple(plan[:2])] == most),
    )


def _lengths(
    selection: Selection, opening: Opening
) -> dict[tuple[str, str], list[Fraction | None]]:
    """By meter and unit note length: those of the opening's bars and of what is under
    way, None for unreadable ones."""
    readers = {tuple(plan[:2]): _reader_of(selection, plan) for plan in selection.plans}
    return {
        fields: [
            None if bar is None else bar.length
            for bar in map(reader.read, (*opening.bars, opening.rest))
        ]
        for fields, reader in readers.items()
    }


def melody_of_opening(opening: Opening, selection: Selection) -> list[int]:
    """The onsets of what can be read of an opening."""
    reader = _reader_of(selection, selection.plans[0])
    read = [reader.read(bar) for bar in (*opening.bars, opening.rest)]
    return [note for bar in read if bar is not None for note in bar.melody]


def _reader_of(selection: Selection, entries: Plan) -> BarReader:
    form = selection.repertoire.form(entries)
    return bar_reader(
        header(
            replace(form, rhythm=""),
            selection.mode or form.mode,
            selection.repertoire.canonical or "D",
        )
    )


def _has_signs(planned: str, given: str) -> bool:
    """Whether a plan has the repeats, endings and double bar lines that stand in an
    opening."""
    signs = (":|", "|:", "||", "1", "2")
    return all(sign in planned for sign in signs if sign in given)
