"""What is told of each tune beside its text: key, meter, rhythm, form and melody."""

import re
from itertools import chain
from typing import NamedTuple

from abcrun.composition.plans import form_of, sections_of
from abcrun.composition.recall import parted
from abcrun.composition.sketch import Sketch, Slot, one_line
from abcrun.errors import NotationError
from abcrun.notation import Tune
from abcrun.notation.bars import bar_reader, split
from abcrun.notation.melody import melody_of

_HEADER = re.compile(
    r"X:\d+\nT:.*\n(M:(?P<meter>\d+/\d+)\nL:1/\d+\n)(?:R:(?P<rhythm>.+)\n)?"
    r"(K:(?P<key>[A-G][#b]?[a-z]{3})\n)"
)


class Told(NamedTuple):
    """What is told of a tune. None is what cannot be; `melody` is that of
    `abcrun.notation.melody`."""

    key: str
    meter: str
    rhythm: str | None
    form: str | None
    melody: tuple[int, ...]


def told(text: str) -> Told | None:
    """Return what is told of a composed text; None of one that is no tune."""
    return _of_normal_form(text) or _of_any(text)


def _of_normal_form(text: str) -> Told | None:
    """Read a tune as guidance leaves it, bar by bar, in a third of the time that the
    tune reader takes. None for any other."""
    header, body = parted(text)
    fields = _HEADER.fullmatch(header)
    between, bars = split(body)
    if fields is None or not bars or len("".join([*between, *bars])) < len(body):
        return None
    # Without number and title: one reader serves all tunes in a key and meter, and
    # knows many of their bars.
    reader = bar_reader(fields[1] + fields[4])
    read = [bar for bar in map(reader.read, bars) if bar is not None]
    if reader.full is None or len(read) < len(bars):
        return None
    firsts: dict[str, int] = {}
    slots = []
    for number, (bar, music) in enumerate(zip(read, bars, strict=True)):
        first = firsts.setdefault(music, number)
        slots.append(Slot(bar.length, "same", first) if first < number else Slot(bar.length))
    sections = sections_of(Sketch(reader.full, tuple(map(one_line, between)), tuple(slots)))
    melody = tuple(chain.from_iterable(bar.melody for bar in read))
    form = None if sections is None else sections[0]
    return Told(fields["key"], fields["meter"], fields["rhythm"], form, melody)


def _of_any(text: str) -> Told | None:
    """Read any tune."""
    try:
        tune = Tune.parse(text)
    except NotationError:
        return None
    try:
        form = form_of(text)
    except (ValueError, KeyError):  # not in normal form
        form = None
    letters = None if form is None else form.letters
    return Told(tune.key.text, tune.meter.text, tune.rhythm or None, letters, melody_of(tune))
