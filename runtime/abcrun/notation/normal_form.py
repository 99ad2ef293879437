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
from abcrun.notation import Bar, BarLine, Ending, Key, Meter, Tune, WrittenNote
from abcrun.notation.header import FIELD, Line, field_of
from abcrun.notation.key import read_key, read_parameters
from abcrun.notation.performance import played_bars
from abcrun.notation.tokens import tokens, without_comment


class NoNormalFormError(NotationError):
    """The tune has something that the normal form has not. `reason` is one of a few
    fixed phrases."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


_ONE, _ZERO = Fraction(1), Fraction(0)
QUAVER, SEMIQUAVER = Fraction(1, 8), Fraction(1, 16)
BARS_IN_A_LINE = 4

_MODES = {
    "major": "maj",
    "ionian": "maj",
    "minor": "min",
    "aeolian": "min",
    "dorian": "dor",
    "mixolydian": "mix",
    "phrygian": "phr",
    "lydian": "lyd",
    "locrian": "loc",
}
_TUPLET_TIMES = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_SHORTEST_UNIT = 8
"""A length is a multiple of an eighth of the unit note length, at the finest."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """What the text says about a note, chord or rest that its sound does not tell."""

    names: tuple[str, ...]  # of the notes, with accidentals and octave marks; none for a rest
    factor: Fraction  # what tuplets and broken rhythm make of its length
    tuplet: str  # the sign before it
    broken: str  # the sign behind it
    is_held: bool  # by a tuplet or broken rhythm to the note before it
    key: str  # a change of key before it


@dataclass(frozen=True, slots=True)
class _Section:
    """Bars from `start` up to `end`; `endings` are the bars of a first and a second
    ending, as ranges."""

    start: int
    end: int
    is_repeated: bool = False
    endings: tuple[range, range] | None = None


def meter_name(meter: Meter) -> str:
    """The meter as a fraction."""
    return f"{meter.numerator}/{meter.denominator}"


def key_name(key: Key) -> str:
    """The key as its tonic and three letters: Dmaj, F#min. `NoNormalFormError` for
    other accidentals, or no tonic."""
    name = key.tonic + _MODES.get(key.mode, "")
    read = read_key(name) if key.tonic and key.mode in _MODES else None
    if read is None or read.key is None or dict(read.key.accidentals) != dict(key.accidentals):
        raise NoNormalFormError("key", f"{key.text!r} is no major, minor or church mode")
    return name


def normal_form(tune: Tune, rhythm: str, unit_length: Fraction | None = None) -> str:
    """The text of a tune of one voice in normal form. `rhythm` is what R: says, empty
    for no R:.

    unit_length: another one than the notes ask for. Raises `NoNormalFormError` for what
    the normal form does not have.
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
    signs = _signs(tune, meter)
    places = {
        index: number
        for number, index in enumerate(i for i, item in enumerate(items) if isinstance(item, Bar))
    }
    order = [places[played.place] for played in played_bars(tune.voices[0], "")]
    parted = _parted(tune)
    sections = _sections(order, parted)
    unit = unit_length or _unit_length(bars, signs, meter)
    followers: dict[int, set[int]] = {}
    for current, following in itertools.pairwise(order):
        followers.setdefault(current, set()).add(following)
    openings = {
        section.start for section in sections
    }  # where a short bar is a pickup, and ends with its last beat
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
            signs,
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


def _signs(tune: Tune, meter: Meter) -> dict[tuple[int, int], _Sign]:
    """The signs of notes, chords and rests by line and column."""
    signs: dict[tuple[int, int], _Sign] = {}
    key = change = ""
    tuplet, tuplet_factor, tuplet_left = "", _ONE, 0
    broken = _ONE
    chord: list[str] | None = None
    chord_place = last = (0, 0)

    def add(place: tuple[int, int], names: tuple[str, ...]) -> None:
        nonlocal tuplet, tuplet_left, broken, change, last
        is_held = broken is not _ONE
        factor = broken
        if tuplet_left:
            factor = tuplet_factor * broken if is_held else tuplet_factor
            is_held = is_held or not tuplet
            tuplet_left -= 1
        signs[place] = _Sign(names, factor, tuplet, "", is_held, change)
        tuplet, broken, change, last = "", _ONE, "", place

    for line in _body(tune.text):
        field = field_of(line)
        found = [(field[0], field[2])] if field is not None else []
        for token in tokens("" if field is not None else without_comment(line.text)):
            kind, text, place = token.lastgroup, token.group(), (line.number, token.start() + 1)
            if kind == "note":
                name = text.rstrip("0123456789/")
                if chord is not None:
                    chord.append(name)
                else:
                    add(place, (name,))
            elif kind in ("rest", "restbars"):
                if chord is None:
                    add(place, ())
            elif kind == "chord":
                chord, chord_place = [], place
            elif kind == "chordend" and chord is not None:
                add(chord_place, tuple(chord))
                chord = None
            elif kind == "tuplet":
                tuplet, tuplet_factor, tuplet_left = _tuplet(text, meter)
            elif kind == "broken":
                short = Fraction(1, 1 << len(text))
                before, broken = (2 - short, short) if text[0] == ">" else (short, 2 - short)
                held = signs[last]
                signs[last] = _Sign(
                    held.names, held.factor * before, held.tuplet, text, held.is_held, held.key
                )
            elif kind == "overlay":
                raise NoNormalFormError("overlay", "two layers stand in one bar")
            elif kind == "field":
                found.append((text[1], text[3:-1]))
                key, change = _key_changes(found, key or key_name(tune.key), change)
                found = []
        key, change = _key_changes(found, key or key_name(tune.key), change)
    return signs


def _key_changes(fields: Sequence[tuple[str, str]], key: str, change: str) -> tuple[str, str]:
    """The key in force behind these fields, and the change of key that the next note
    has to show."""
    for letter, value in fields:
        if letter == "K" and (read := read_key(value)) is not None and read.key is not None:
            name = key_name(read.key)
            if name != key:
                key = change = name
    return key, change


def _body(text: str) -> Iterator[Line]:
    """The lines behind the header that are no comments."""
    in_body = False
    for number, line in enumerate(text.split("\n"), start=1):
        if in_body and not line.startswith("%"):
            yield Line(number, line)
        elif not in_body and (field := FIELD.match(line)) is not None and field.group(1) == "K":
            in_body = True


def _tuplet(text: str, meter: Meter) -> tuple[str, Fraction, int]:
    """A tuplet sign in its shortest spelling, the factor of its notes, and how many
    there are."""
    count, in_time_of, reaching = (
        int(number or 0) for number in (*text[1:].split(":"), "", "")[:3]
    )
    usual = _TUPLET_TIMES.get(count) or (3 if meter.is_compound else 2)
    in_time_of, reaching = in_time_of or usual, reaching or count
    is_usual = (in_time_of, reaching) == (usual, count)
    name = f"({count}" if is_usual else f"({count}:{in_time_of}:{reaching}"
    return name, Fraction(in_time_of, count), reaching


def _unit_length(
    bars: Sequence[Bar], signs: dict[tuple[int, int], _Sign], meter: Meter
) -> Fraction:
    """1/8; in 2/4, 1/16 where more notes last at most 1/16 than last 1/8 or longer."""
    if meter_name(meter) != "2/4":
        return QUAVER
    lengths = [_written_length(note, signs) for bar in bars for note in bar.notes if note.pitches]
    short = sum(length <= SEMIQUAVER for length in lengths)
    return SEMIQUAVER if short > sum(length >= QUAVER for length in lengths) else QUAVER


def _written_length(note: WrittenNote, signs: dict[tuple[int, int], _Sign]) -> Fraction:
    factor = signs[note.line, note.column].factor
    return note.duration if factor is _ONE else note.duration / factor


def _beat(meter: Meter, unit: Fraction) -> Fraction:
    """What is written without a space within it."""
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
    signs: dict[tuple[int, int], _Sign],
    start: Fraction,
    beat: Fraction,
    unit: Fraction,
) -> str:
    """The music of a bar that begins at `start`. `followers` are the notes that are
    played behind its last one."""
    pieces: list[str] = []
    for index, note in enumerate(bar.notes):
        sign = signs[note.line, note.column]
        if sign.is_held:
            if index == 0:
                raise NoNormalFormError(
                    "rhythm over a bar line", "a tuplet or broken rhythm goes over a bar line"
                )
        elif index and _begins_beat(start + note.offset if start else note.offset, beat):
            pieces.append(" ")
        following = bar.notes[index + 1 : index + 2] or followers
        pieces.append(_write_note(note, sign, following, unit))
    return "".join(pieces)


def _begins_beat(at: Fraction, beat: Fraction) -> bool:
    return at.numerator * beat.denominator % (at.denominator * beat.numerator) == 0


def _write_note(
    note: WrittenNote, sign: _Sign, following: Sequence[WrittenNote], unit: Fraction
) -> str:
    duration = note.duration if sign.factor is _ONE else note.duration / sign.factor
    length = _write_length(
        duration.numerator * unit.denominator, duration.denominator * unit.numerator
    )
    if len(sign.names) != len(note.pitches):
        raise NoNormalFormError("odd chord", f"the chord {note.text} has a note twice")
    held = [pitch for pitch in note.tied if any(pitch in one.pitches for one in following)]
    tie = "-" if held and len(held) == len(note.pitches) else ""
    name = "".join(sign.names) or "z"
    if len(sign.names) > 1:
        inner = (
            one + "-" * (pitch in held) for one, pitch in zip(sign.names, note.pitches, strict=True)
        )
        name = f"[{name if tie else ''.join(inner)}]"
    key = f"[K:{sign.key}]" if sign.key else ""
    return f"{key}{sign.tuplet}{name}{length}{tie}{sign.broken}"


@lru_cache(maxsize=1 << 10)
def _write_length(numerator_of_units: int, denominator_of_units: int) -> str:
    units = Fraction(numerator_of_units, denominator_of_units)
    if _SHORTEST_UNIT % units.denominator:
        raise NoNormalFormError("odd lengths", f"a note lasts {units} units")
    if units.denominator == 1:
        return "" if units == 1 else str(units)
    numerator = "" if units.numerator == 1 else str(units.numerator)
    denominator = "" if units == Fraction(1, 2) else str(units.denominator)
    return f"{numerator}/{denominator}"


def _parted(tune: Tune) -> list[bool]:
    """For each bar, whether more than a plain bar line or an ending stands between it
    and the next bar."""
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
    """The sections of a tune from the order in which its bars are played."""
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
    """The last position of the run of bars in written order that starts at `position`."""
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


def transposes(text: str) -> bool:
    """Whether a K: or V: field moves what sounds."""
    for line in text.split("\n"):
        field = field_of(Line(1, line))
        if field is not None and field[0] in "KV":
            parameters = read_parameters(field[2])
            if parameters.transpose or parameters.octave:
                return True
    return False
