"""The lines of one tune: its header fields, and the lines of music behind them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from abcrun.notation.directives import read_directive, typeset_line
from abcrun.notation.key import Key, KeyField, read_key
from abcrun.notation.limits import MAX_FIELD_CHARACTERS, MAX_LINE_CHARACTERS
from abcrun.notation.lines import FIELD, TEXT_FIELDS, Line, joined
from abcrun.notation.meter import FREE_METER, Meter, read_meter, read_unit_length
from abcrun.notation.parameters import NO_PARAMETERS, Parameters, read_parameters
from abcrun.notation.parts import expand_play_order
from abcrun.notation.problem import Problem, Problems, UnreadableTuneError, out_of_bounds, shown
from abcrun.notation.tempo import TempoMark, read_tempo, tempo_in_quotes
from abcrun.notation.text_strings import decode
from abcrun.notation.tokens import without_comment
from abcrun.notation.written import Directive

VOICE_NAME = re.compile(r"\s*(?:([^\s\"]+)|\"([^\"]+)\")")
"""The name of a voice, at the beginning of the value of V:."""
ALL_VOICES = "*"
"""The name under which V: speaks of all voices, those to come, too."""

_FIELDS = frozenset("ABCDEFGHIKLMNOPQRSTUVWXZmrsw+")
"""Letters that a version of ABC gives a meaning to."""
_INTERPRETED = frozenset("KLMPQVX")
_PARTED = frozenset("LMQX")
"""Fields behind which another may stand on the same line: words may hold anything."""
_SIGN_FIELD_BEHIND = re.compile(r"\s+(?=[KLMQR]:)")
_FIELD_BEHIND = re.compile(r"\s+(?=[CKLMQRT]:)")
_NUMBER = re.compile(r"\s*([0-9]{1,9})\s*$")


@dataclass(slots=True)
class Header:
    """What the fields up to K: say, and where; later fields overrule earlier ones,
    except titles."""

    key_line: int
    key_field: KeyField
    reference: int | None = None
    titles: list[str] = field(default_factory=list)
    composer: str | None = None
    """The first C: field; None without one."""
    rhythm: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Letter and value of every field, in order: O:, A:, Z: and the like are kept here
    alone. Values that are words are decoded (8.2)."""
    directives: list[Directive] = field(default_factory=list)
    """Stylesheet directives, in order."""
    meter: Meter = FREE_METER
    unit_length: Fraction = Fraction(1, 8)
    tempo: TempoMark | None = None
    play_order: str = ""
    """The parts that P: calls, a letter each."""
    play_order_at: tuple[int, int] = (0, 0)
    """Line and column of that P:."""
    voices: list[tuple[int, int, str]] = field(default_factory=list)
    user_symbols: dict[str, str] = field(default_factory=dict)
    """Letters that U: fields define, and the decorations that they stand for."""

    def directives_of(self, voice: str) -> list[Directive]:
        """Return the directives that hold for a voice: those behind its V: in the
        header, behind `V:*`, and before all voices."""
        named = [
            (line, found.group(1) or found.group(2))
            for line, _, value in self.voices
            if (found := VOICE_NAME.match(value)) is not None
        ]
        return [
            directive
            for directive in self.directives
            if not (before := [name for line, name in named if line <= directive.line])
            or before[-1] in (voice, ALL_VOICES)
        ]

    @property
    def title(self) -> str:
        """The first title, empty without one."""
        return self.titles[0] if self.titles else ""

    @property
    def key(self) -> Key:
        key = self.key_field.key
        return key if key is not None else Key("", "", "none", ())


def field_of(line: Line) -> tuple[str, int, str] | None:
    """Return the letter of a field, and column and text of its value without comment;
    None for a line of music."""
    found = FIELD.match(line.text)
    if found is None:
        return None
    value = without_comment(line.text[found.end() :])
    letter = found.group(1)
    if letter in _INTERPRETED:
        _check_length(line.number, found.end() + 1, letter, value)
    return letter, found.end() + 1, value


def _check_length(line: int, column: int, letter: str, value: str) -> None:
    if len(value) > MAX_FIELD_CHARACTERS:
        raise out_of_bounds(
            line, column, f"the field {letter}: has over {MAX_FIELD_CHARACTERS} characters"
        )


def has_key(lines: Sequence[Line]) -> bool:
    """Return whether a K: field stands among the lines."""
    fields = (FIELD.match(line.text) for line in lines if not line.is_text)
    return any(found is not None and found.group(1) == "K" for found in fields)


def read_header(lines: list[Line], problems: Problems) -> tuple[Header, list[Line]]:
    """Read the header of a tune. Return it with the lines behind it.

    Raises `UnreadableTuneError` when there is no K: field.
    """
    reader = _HeaderReader(problems)
    lines = _parted(joined(lines), problems)
    for index, line in enumerate(lines):
        if len(line.text) > MAX_LINE_CHARACTERS:
            raise out_of_bounds(
                line.number, 1, f"the line has over {MAX_LINE_CHARACTERS:,} characters"
            )
        found = None if line.is_text else field_of(line)
        if found is None:
            reader.take_other_line(line)
        elif found[0] == "K":
            reader.finish(line.number, *found[1:])
            return reader.header, lines[index + 1 :]
        else:
            reader.take_field(line.number, *found)
    raise _no_key(lines)


class _HeaderReader:
    """A header as it is read, line by line."""

    def __init__(self, problems: Problems) -> None:
        self.header = Header(0, KeyField(None, NO_PARAMETERS))
        self._problems = problems
        # What they say together is known at the K: field alone.
        self._meter: Meter | None = None
        self._unit_length: Fraction | None = None
        self._tempo: tuple[int, int, str] | None = None

    def take_other_line(self, line: Line) -> None:
        """Take a directive, a comment, an empty line, or one without a meaning."""
        text, header = line.text, self.header
        if line.is_text:
            last = header.directives[-1].name if header.directives else ""
            if (typeset := typeset_line(line.number, text, last)) is not None:
                header.directives.append(typeset)
        elif text.startswith("%%"):
            self._add_directive(line.number, 3, text[2:])
        elif text.lstrip()[:1] in ("%", ""):
            return
        elif header.fields and header.fields[-1][0] == "H":  # goes on to the next field
            told = f"{header.fields[-1][1]} {decode(without_comment(text).strip())}"
            header.fields[-1] = ("H", told)
        else:
            self._problems.add(
                line.number, 1, "unreadable", "the line in the header is not a field"
            )

    def take_field(self, line: int, letter: str, column: int, value: str) -> None:
        """Take any field but K:."""
        header, problems = self.header, self._problems
        words = value.strip()
        if letter in TEXT_FIELDS or letter == "W":
            words = decode(words)
        header.fields.append((letter, words))
        if letter == "X":
            header.reference = _reference(line, column, value, problems)
        elif letter == "T":
            header.titles.append(words)
        elif letter == "C" and header.composer is None:
            header.composer = words
        elif letter == "R":
            header.rhythm = words
        elif letter == "M":
            self._meter = meter_field(line, column, value, problems) or self._meter
        elif letter == "L":
            self._unit_length = (
                unit_length_field(line, column, value, problems) or self._unit_length
            )
        elif letter == "Q":
            self._tempo = (line, column, value)
        elif letter == "P":
            header.play_order = expand_play_order(line, column, value, problems)
            header.play_order_at = (line, column)
        elif letter == "V":
            header.voices.append((line, column, value))
        elif letter == "U":
            symbol, _, meaning = value.partition("=")
            header.user_symbols[symbol.strip()[:1]] = meaning.strip()
        elif letter == "I":
            self._add_directive(line, column, value)
        elif letter == "+":
            problems.add(line, 1, "field", "+: has no field before it to go on with")
        else:
            remark_on_field(line, letter, problems)

    def finish(self, line: int, column: int, value: str) -> None:
        """Take the K: field, which ends the header."""
        header, problems = self.header, self._problems
        header.fields.append(("K", value.strip()))
        header.key_line = line
        header.key_field = key_field(line, column, value, problems) or header.key_field
        header.meter = self._meter or FREE_METER
        header.unit_length = self._unit_length or header.meter.unit_length
        if self._tempo is not None:
            header.tempo = tempo_field(*self._tempo, header.unit_length, problems)

    def _add_directive(self, line: int, column: int, written: str) -> None:
        """Take what stands behind `%%` or in I:, from `line` and `column` on."""
        directive = read_directive(line, column, written, self._problems)
        if directive is not None:
            self.header.directives.append(directive)


def _reference(line: int, column: int, value: str, problems: Problems) -> int | None:
    number = _NUMBER.match(value)
    if number is None:
        problems.add(line, column, "field", f"X: should be a number, not {shown(value.strip())}")
        return None
    return int(number.group(1))


def _parted(lines: list[Line], problems: Problems) -> list[Line]:
    """Return the lines, each field of the header that stands behind another,
    `M:6/8 L:1/8 K:D`, as a line of its own."""
    found: list[Line] = []
    for index, line in enumerate(lines):
        field = None if line.is_text else FIELD.match(line.text)
        letter = field.group(1) if field is not None else ""
        if field is None or letter not in _PARTED or ":" not in line.text[field.end() :]:
            found.append(line)
        else:
            fields = _FIELD_BEHIND if letter == "X" else _SIGN_FIELD_BEHIND
            music = without_comment(line.text)
            starts = [0] + [one.end() for one in fields.finditer(music, field.end())]
            for start, end in pairwise([*starts, len(line.text)]):
                # The spaces keep the columns.
                found.append(Line(line.number, " " * start + line.text[start:end].rstrip()))
            if len(starts) > 1:
                reason = "several fields stand on one line: each needs a line of its own"
                problems.add(line.number, starts[1] + 1, "field", reason)
            letter = found[-1].text.lstrip()[0]
        if letter == "K":
            return [*found, *lines[index + 1 :]]
    return found


def remark_on_field(line: int, letter: str, problems: Problems) -> None:
    """Add a remark on a field whose letter has no meaning in ABC 2.1 (3.1.18)."""
    if letter not in _FIELDS:
        problems.remark(
            line, 1, f"{letter}:", f"the field {letter}: has no meaning: it is read over"
        )


def tempo_field(
    line: int, column: int, value: str, unit_length: Fraction, problems: Problems
) -> TempoMark | None:
    """Return the tempo of a Q: field; None for an empty one, and with a problem for one
    without meaning."""
    if not value.strip():
        return None
    mark = read_tempo(value, unit_length)
    if mark is not None:
        return mark
    mark = read_tempo(tempo_in_quotes(value), unit_length)
    if mark is None:
        reason = f"Q: is not a tempo: {shown(value.strip())}"
    else:
        reason = f"the words of Q: are not in quotes: {shown(value.strip(), 40)}"
    problems.add(line, column, "field", reason)
    return mark


def _no_key(lines: list[Line]) -> UnreadableTuneError:
    return UnreadableTuneError(
        Problem(lines[0].number, 1, "the tune has no K: field to end its header", "no-key")
    )


def key_field(line: int, column: int, value: str, problems: Problems) -> KeyField | None:
    """Return what a K: field says; None and a problem for one without meaning."""
    _check_length(line, column, "K", value)
    read = read_key(value)
    if read is None:
        problems.add(line, column, "field", f"K: does not name a key: {shown(value.strip())}")
        return None
    for offset, about, reason in (*read.parameters.remarks, *read.remarks):
        problems.tell(line, column + offset, about, reason)
    return read


def voice_field(
    line: int, column: int, value: str, problems: Problems
) -> tuple[str, Parameters] | None:
    """Return the name and the parameters of a V: field; None and a problem for one that
    names no voice."""
    _check_length(line, column, "V", value)
    named = VOICE_NAME.match(value)
    if named is None:
        problems.add(line, column, "field", "V: does not name a voice")
        return None
    parameters = read_parameters(value[named.end() :], has_key=False)
    for offset, about, reason in parameters.remarks:
        problems.tell(line, column + named.end() + offset, about, reason)
    return named.group(1) or named.group(2), parameters


def meter_field(line: int, column: int, value: str, problems: Problems) -> Meter | None:
    """Return the meter of an M: field; None and a problem for one without meaning."""
    read = read_meter(value)
    if read is None:
        problems.add(line, column, "field", f"M: does not name a meter: {shown(value.strip())}")
        return None
    meter, rest = read
    if meter.length is None and meter.text != "none":
        reason = f"bars under the sign {shown(meter.text)} may have any length"
        problems.remark(line, column, f"M:{meter.text}", reason)
    if rest.strip():
        problems.add(
            line,
            column,
            "field",
            f"what stands behind the meter is not read: {shown(rest.strip())}",
        )
    return meter


def unit_length_field(line: int, column: int, value: str, problems: Problems) -> Fraction | None:
    """Return the unit note length of an L: field; None and a problem for one without
    meaning."""
    read = read_unit_length(value)
    if read is None:
        problems.add(
            line, column, "field", f"L: does not name a note length: {shown(value.strip())}"
        )
        return None
    length, rest = read
    if rest.strip():
        problems.add(
            line,
            column,
            "field",
            f"what stands behind the note length is not read: {shown(rest.strip())}",
        )
    return length
