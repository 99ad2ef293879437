"""Form plans: how long the bars of a tune are, where its sections end, and which bars
come back: the sketch of a training tune. A plan holds no notes but those on which its
sections begin and end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Self

from abcrun.composition.recall import parted
from abcrun.composition.sketch import REGULAR, Sketch, Slot
from abcrun.notation.bars import BarReader, split

_METER = re.compile(r"[1-9][0-9]*/[1-9][0-9]*")


class PlanRecord(NamedTuple):
    """A form plan as the model file's JSON holds it: an array of these seven entries.

    `sketch` is the text of the sketch.
    """

    meter: str
    unit_length: str
    rhythm: str
    mode: str
    letters: str
    bars: int
    sketch: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form plan, read.

    `letters` name the sections as played ("AABB"). `bars` counts the bars of the
    sections, each section once.
    """

    meter: str
    unit_length: str
    rhythm: str
    mode: str
    letters: str
    bars: int
    sketch: Sketch

    def to_record(self) -> PlanRecord:
        """Write the plan as a model file holds it."""
        return PlanRecord(
            self.meter,
            self.unit_length,
            self.rhythm,
            self.mode,
            self.letters,
            self.bars,
            self.sketch.text,
        )

    @classmethod
    def from_record(cls, record: PlanRecord) -> Self:
        """Read what `to_record` wrote. `ValueError` for any other entries."""
        # The entries come out of a file: their types are what JSON said, not what
        # PlanRecord says.
        meter, unit_length, rhythm, mode, letters, bars, text = record
        if not isinstance(bars, int):
            raise ValueError(f"a form plan has no {bars!r} bars")
        if _METER.fullmatch(str(meter)) is None:
            raise ValueError(f"a form plan has no meter {meter!r}")
        sketch = Sketch.read(str(text), Fraction(str(meter)))
        if sketch is None:
            raise ValueError(f"a form plan has no sketch {text!r}")
        return cls(str(meter), str(unit_length), str(rhythm), str(mode), str(letters), bars, sketch)


def form_of(text: str) -> Form | None:
    """Return the form plan of a tune in normal form.

    None where its sections are not regular, a field changes within, or an ending begins
    in the middle of a bar: that is too rare for a network to have learned it.
    """
    header, body = parted(text)
    fields = dict(line.split(":", 1) for line in header.rstrip("\n").split("\n"))
    if re.search(r"\[[A-Z]:", body):
        return None
    reader = BarReader(header)
    between, bars = split(body)
    # What split leaves out stands behind the last bar line: such a tune has no end.
    if reader.full is None or not bars or len("".join([*between, *bars])) < len(body):
        return None
    if any(reader.read(bar) is None for bar in bars):
        return None
    sketch = Sketch.of(between, bars, reader)
    if any(
        after.startswith("|1") and slot.length < sketch.full
        for slot, after in zip(sketch.slots, sketch.between[1:], strict=True)
    ):
        return None
    sections = sections_of(sketch)
    # A plan is kept as text, which cannot tell every length.
    if sections is None or Sketch.read(sketch.text, sketch.full) != sketch:
        return None
    letters, count = sections
    return Form(
        fields["M"].strip(),
        fields["L"].strip(),
        fields.get("R", "").strip(),
        fields["K"].strip()[-3:],
        letters,
        count,
        sketch,
    )


def sections_of(sketch: Sketch) -> tuple[str, int] | None:
    """Return the letters of the sections as played ("AABB"), and their bars in all;
    None where one is not regular."""
    between, slots = sketch.between, sketch.slots
    names: dict[tuple[int, ...], str] = {}
    firsts = _first_of_same(slots)
    letters, total = "", 0
    for section in sketch.sections:
        once = range(section.start, _first_ending(between, section))
        counts = _counts(sketch, section)
        count = next((regular for regular in REGULAR if regular in counts), None)
        if count is None:
            return None
        letter = names.setdefault(
            tuple(firsts[bar] for bar in once), chr(ord("A") + min(len(names), 25))
        )
        letters += letter * (2 if is_repeated(between, section) else 1)
        total += count
    return letters, total


def is_repeated(between: Sequence[str], section: range) -> bool:
    """Return whether a section is played twice."""
    return ":|" in between[_first_ending(between, section)]


def _first_ending(between: Sequence[str], section: range) -> int:
    """Return the end of a section without the bars of a second ending."""
    bars = (bar for bar in section if between[bar].startswith(":|2") and bar > section.start)
    return next(bars, section.stop)


def _first_of_same(slots: Sequence[Slot]) -> list[int]:
    """Return for each bar the number of the first one that is the same."""
    firsts: list[int] = []
    for number, slot in enumerate(slots):
        is_same = slot.coming == "same" and slot.source is not None
        firsts.append(firsts[slot.source or 0] if is_same else number)
    return firsts


def is_measured(sketch: Sketch, since: int = 0) -> bool:
    """Return whether each section that begins with bar `since` or behind it makes full
    bars, but for a pickup."""
    return all(
        any(count.denominator == 1 for count in _counts(sketch, section))
        for section in sketch.sections
        if section.start >= since
    )


def _counts(sketch: Sketch, section: range) -> set[Fraction]:
    """Return how many full bars a section has, with its pickup and without."""
    # A second ending stands for the first one's bars: it makes no section longer.
    once = range(section.start, _first_ending(sketch.between, section))
    lengths = [sketch.slots[bar].length for bar in once]
    length = sum(lengths, Fraction(0))
    pickup = lengths[0] if lengths[0] < sketch.full else Fraction(0)
    # Some tunes take the pickup's length from the section's last bar, some do not.
    return {length / sketch.full, (length - pickup) / sketch.full}


def header(form: Form, mode: str, tonic: str) -> str:
    """Return the fields of a tune in normal form, up to and with its K: line."""
    rhythm = f"R:{form.rhythm}\n" if form.rhythm else ""
    return f"X:1\nM:{form.meter}\nL:{form.unit_length}\n{rhythm}K:{tonic}{mode}\n"
