"""The normal form of a tune: one spelling for everything that can be written in several
ways.

Fields X:, M:, L:, R:, K:, in this order, then the music: bars as the reader understands
them, repeats spelled out, spaces where beats begin, four bars to a line. Only what
sounds is kept.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from abcrun.errors import NotationError
from abcrun.notation.key import SHORT_MODES, Key, read_key, usual_mode
from abcrun.notation.lengths import length_text
from abcrun.notation.meter import Meter
from abcrun.notation.performance import played_bars
from abcrun.notation.tune import Tune
from abcrun.notation.written import Bar, BarLine, Ending, Tuplet, WrittenNote


class NoNormalFormError(NotationError):
    """A tune has something that the normal form has not. `reason` is one of a few fixed
    phrases."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


_ZERO = Fraction(0)
QUAVER, SEMIQUAVER = Fraction(1, 8), Fraction(1, 16)
BARS_IN_A_LINE = 4

_SHORTEST_UNIT = 8
"""A length is a multiple of an eighth of the unit note length, at the finest."""


@dataclass(frozen=True, slots=True)
class _Section:
    """Bars from `start` up to `end`; `endings` are the bars of a first and a second
    ending, as ranges."""

    start: int
    end: int
    is_repeated: bool = False
    endings: tuple[range, range] | None = None


def meter_name(meter: Meter) -> str:
    """Return the meter as a fraction: C| is 2/2."""
    return f"{meter.numerator}/{meter.denominator}"


def key_name(key: Key) -> str:
    """Return a key as its tonic and three letters: Dmaj, F#min.

    Raises `NoNormalFormError` for other accidentals, or no tonic.
    """
    mode = SHORT_MODES.get(usual_mode(key.mode))
    name = f"{key.tonic}{mode}"
    read = read_key(name) if key.tonic and mode is not None else None
    if read is None or read.key is None or dict(read.key.accidentals) != dict(key.accidentals):
        raise NoNormalFormError("key", f"{key.text!r} is no major, minor or church mode")
    return name


def normal_form(tune: Tune, rhythm: str, unit_length: Fraction | None = None) -> str:
    """Return the text of a tune of one voice in normal form.

    `rhythm` is what R: says, empty for no R:; `unit_length` another one than the notes
    ask for. Raises `NoNormalFormError` for what the normal form does not have.
    """
    if len(tune.voices) > 1:
        raise NoNormalFormError("several voices", f"the tune has {len(tune.voices)} voices")
    items = tune.voices[0].items
    bars = [item for item in items if isinstance(item, Bar)]
    meter = bars[0].meter
    if meter.length is None:
        raise NoNormalFormError("no meter", "the tune has no meter")
    if any(meter_name(bar.meter) != meter_name(meter) for bar in bars):
        raise NoNormalFormError("changes meter", "the meter changes within the tune")
    changes = _key_changes(bars, key_name(tune.key))
    places = {
        index: number
        for number, index in enumerate(i for i, item in enumerate(items) if isinstance(item, Bar))
    }
    # P: is passed over: the normal form has the parts as they are written.
    played_once = played_bars(tune.voices[0], "") if tune.header.play_order else tune.played[0]
    order = [places[played.item] for played in played_once]
    parted = _parted(tune)
    sections = _sections(order, parted)
    unit = unit_length or _unit_length(bars, meter)
    # In other passes other bars may follow: a tie is kept where one of them needs it.
    followers: dict[int, set[int]] = {}
    for current, following in itertools.pairwise(order):
        followers.setdefault(current, set()).add(following)
    # Where a short bar is a pickup: its beats are counted from the bar line behind it.
    openings = {section.start for section in sections}
    openings |= {
        one + 1
        for section in sections
        for one in range(section.start, section.end - 1)
        if parted[one]
    }
    written = [
        _write_bar(
            bar,
            [bars[one].notes[0] for one in sorted(followers.get(number, ()))],
            changes,
            meter.length - bar.length if number in openings else _ZERO,
            _beat(meter, unit),
            unit,
        )
        for number, bar in enumerate(bars)
    ]
    fields = [
        "X:1",
        f"M:{meter_name(meter)}",
        f"L:{unit.numerator}/{unit.denominator}",
        f"R:{rhythm}",
        f"K:{key_name(tune.key)}",
    ]
    music = _write_sections(sections, bars, written, parted)
    return "\n".join([*(field for field in fields if field != "R:"), music])


def _key_changes(bars: Sequence[Bar], key: str) -> dict[tuple[int, int], str]:
    """Return the names of the keys that come into force after `key`, by line and column
    of the first note in each.

    Raises `NoNormalFormError` for a key that the normal form has not, and for layers.
    """
    changes: dict[tuple[int, int], str] = {}
    for bar in bars:
        if bar.overlays:
            raise NoNormalFormError("overlay", "two layers stand in one bar")
        for note in bar.notes:
            if note.signs is not None and note.signs.key is not None:
                name = key_name(note.signs.key)
                if name != key:
                    key = changes[note.line, note.column] = name
    return changes


def _unit_length(bars: Sequence[Bar], meter: Meter) -> Fraction:
    """Return 1/8; in 2/4, 1/16 where more notes last up to 1/16 than 1/8 or longer."""
    # Polkas are written in quavers or in semiquavers: most notes should have no number.
    if meter_name(meter) != "2/4":
        return QUAVER
    lengths = [_written_length(note) for bar in bars for note in bar.notes if note.pitches]
    short = sum(length <= SEMIQUAVER for length in lengths)
    return SEMIQUAVER if short > sum(length >= QUAVER for length in lengths) else QUAVER


def _written_length(note: WrittenNote) -> Fraction:
    """Return the length of a note without its tuplet or broken rhythm."""
    if note.signs is None or note.signs.factor is None:
        return note.duration
    return note.duration / note.signs.factor


def _beat(meter: Meter, unit: Fraction) -> Fraction:
    """Return the length that is written without a space within it."""
    if meter.is_compound or meter_name(meter) == "3/8":
        return Fraction(3, meter.denominator)
    if unit == SEMIQUAVER:
        return Fraction(1, 4)
    if meter.denominator == 2 or meter.numerator == 4:
        return Fraction(1, 2)
    return Fraction(1, 4)


def _write_bar(
    bar: Bar,
    followers: Sequence[WrittenNote],
    changes: dict[tuple[int, int], str],
    start: Fraction,
    beat: Fraction,
    unit: Fraction,
) -> str:
    """Return the music of a bar that begins at `start`. `followers` are the notes that
    are played behind its last one."""
    pieces: list[str] = []
    for index, note in enumerate(bar.notes):
        if note.signs is not None and note.signs.is_joined:
            if index == 0:
                raise NoNormalFormError(
                    "rhythm over a bar line", "a tuplet or broken rhythm goes over a bar line"
                )
        elif index and _begins_beat(start + note.offset if start else note.offset, beat):
            pieces.append(" ")
        following = bar.notes[index + 1 : index + 2] or followers
        if (key := changes.get((note.line, note.column))) is not None:
            pieces.append(f"[K:{key}]")
        pieces.append(_write_note(note, bar.meter, following, unit))
    return "".join(pieces)


def _begins_beat(at: Fraction, beat: Fraction) -> bool:
    return at.numerator * beat.denominator % (at.denominator * beat.numerator) == 0


def _write_note(
    note: WrittenNote, meter: Meter, following: Sequence[WrittenNote], unit: Fraction
) -> str:
    duration = _written_length(note)
    length = _write_length(
        duration.numerator * unit.denominator, duration.denominator * unit.numerator
    )
    if len(note.names) != len(note.pitches):
        raise NoNormalFormError("odd chord", f"the chord {note.text} has a note twice")
    # A tie into a rest or another pitch sounds like none.
    held = [pitch for pitch in note.tied if any(pitch in one.pitches for one in following)]
    tie = "-" if held and len(held) == len(note.pitches) else ""
    names = [name.text for name in note.names]
    written = "".join(names) or "z"
    if len(names) > 1:
        inner = (
            one + "-" * (pitch in held) for one, pitch in zip(names, note.pitches, strict=True)
        )
        written = f"[{written if tie else ''.join(inner)}]"
    if note.signs is None:
        return f"{written}{length}{tie}"
    return f"{_tuplet_text(note.signs.tuplet, meter)}{written}{length}{tie}{note.signs.broken}"


def _tuplet_text(tuplet: Tuplet | None, meter: Meter) -> str:
    """Return a tuplet sign in its shortest spelling."""
    if tuplet is None:
        return ""
    actual = tuplet.actual
    if (tuplet.normal, tuplet.reach) == (meter.tuplet_time(actual), actual):
        return f"({actual}"
    return f"({actual}:{tuplet.normal}:{tuplet.reach}"


@lru_cache(maxsize=1 << 10)
def _write_length(numerator_of_units: int, denominator_of_units: int) -> str:
    units = Fraction(numerator_of_units, denominator_of_units)
    if _SHORTEST_UNIT % units.denominator:
        raise NoNormalFormError("odd lengths", f"a note lasts {units} units")
    return length_text(units)


def _parted(tune: Tune) -> list[bool]:
    """Return for each bar whether more than a plain bar line or an ending stands
    between it and the next bar."""
    parted: list[bool] = []
    for item in tune.voices[0].items:
        if isinstance(item, Bar):
            parted.append(False)
        elif (
            parted
            and not isinstance(item, Ending)
            and not (isinstance(item, BarLine) and item.is_plain)
        ):
            parted[-1] = True
    return parted


def _sections(order: Sequence[int], parted: Sequence[bool]) -> list[_Section]:
    """Return the sections of a tune, from the order in which its bars are played."""
    # From what is played, not from the signs: repeats are written in many ways that
    # come to the same.
    sections: list[_Section] = []
    played = 0  # bars of the order that are in sections
    while played < len(order):
        first = order[played]
        if first != (order[played - 1] + 1 if played else 0):
            raise _odd_repeats()
        last = _run(order, played)
        if last + 1 == len(order):
            sections += _plain_sections(first, order[last] + 1, parted)
            break
        start, end = order[last + 1], order[last] + 1
        if not first <= start < end:
            raise _odd_repeats()
        sections += _plain_sections(first, start, parted)
        again = min(_run(order, last + 1), last + end - start)
        stop = order[again] + 1
        if stop == end:
            sections.append(_Section(start, end, is_repeated=True))
        else:
            again += 1
            if again == len(order) or order[again] != end:
                raise _odd_repeats()
            behind = _run(order, again)
            while again < behind and not parted[order[again]]:
                again += 1
            endings = (range(stop, end), range(end, order[again] + 1))
            sections.append(_Section(start, stop, is_repeated=True, endings=endings))
        played = again + 1
    if order[-1] + 1 != len(parted):
        raise _odd_repeats()
    return sections


def _odd_repeats() -> NoNormalFormError:
    return NoNormalFormError(
        "odd repeats", "a section is played more than twice, or its endings are in no usual order"
    )


def _run(order: Sequence[int], position: int) -> int:
    """Return the last position of the run of bars in written order that starts at
    `position`."""
    while position + 1 < len(order) and order[position + 1] == order[position] + 1:
        position += 1
    return position


def _plain_sections(start: int, end: int, parted: Sequence[bool]) -> Iterator[_Section]:
    for number in range(start, end):
        if parted[number] or number + 1 == end:
            yield _Section(start, number + 1)
            start = number + 1


def _write_sections(
    sections: Sequence[_Section],
    bars: Sequence[Bar],
    written: Sequence[str],
    parted: Sequence[bool],
) -> str:
    pieces: list[str] = []
    for number, section in enumerate(sections):
        is_last = number + 1 == len(sections)
        close = "|]" if is_last else "||\n"
        common = _Stretch(range(section.start, section.end), bars, written, parted)
        if not section.is_repeated:
            pieces.append(common.text)
            # A pickup is not parted from the repeat that it leads into.
            is_pickup = section.end == section.start + 1 and not _is_full(bars[section.start])
            if not (is_pickup and not is_last and sections[number + 1].is_repeated):
                pieces.append(close)
        elif section.endings is None:
            pieces += ["|:", common.text, ":|" if is_last else ":|\n"]
        else:
            first, second = (
                _Stretch(one, bars, written, parted, common.full) for one in section.endings
            )
            new_line = "|\n" if common.full % BARS_IN_A_LINE == 0 and common.full else ""
            pieces += ["|:", common.text, f"{new_line}|1 ", first.text, ":|"]
            pieces += ["\n|2 " if new_line else "2 ", second.text, close]
    return "".join(pieces)


class _Stretch:
    """Bars in a row: their text with the bar lines between them, and how many full bars
    there are at its end.

    A line ends behind every fourth full bar of a section that another full bar follows.
    """

    def __init__(
        self,
        numbers: range,
        bars: Sequence[Bar],
        written: Sequence[str],
        parted: Sequence[bool],
        full: int = 0,
    ) -> None:
        pieces: list[str] = []
        left = sum(_is_full(bars[number]) for number in numbers)
        for number in numbers:
            is_full = _is_full(bars[number])
            full += is_full
            left -= is_full
            pieces.append(written[number])
            if number + 1 == numbers.stop:
                continue
            if parted[number]:
                pieces.append("||\n")
                full = 0
            elif is_full and full % BARS_IN_A_LINE == 0 and left:
                pieces.append("|\n")
            else:
                pieces.append("|")
        self.text = "".join(pieces)
        self.full = full


def _is_full(bar: Bar) -> bool:
    return bar.length == bar.meter.length
