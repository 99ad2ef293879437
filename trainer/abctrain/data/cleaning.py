"""One tune as it was found → its normal form, or the reason why it is dropped.

Certain damage is repaired first. A tune that is kept sounds note for note as the reader
plays its source.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.errors import CorpusError
from abcrun.notation import Bar, Note, Problem, Tune, UnreadableTuneError
from abcrun.notation.header import field_of
from abcrun.notation.lines import Line
from abcrun.notation.melody import melody_of
from abcrun.notation.normal_form import (
    NoNormalFormError,
    key_name,
    meter_name,
    normal_form,
)
from abcrun.notation.performance import perform, played_bars
from abcrun.notation.problem import STRICTLY_JUDGED
from abctrain.data.rhythms import fitting_rhythm, likely_rhythm, rhythm_of
from abctrain.data.sections import section_lengths

MAX_CHARACTERS = 1_200
"""The characters of a tune in normal form, at most."""

MIN_BARS = 8
"""The bars of a tune as it is played, with repeats, at least."""

METERS = ("2/4", "3/4", "4/4", "2/2", "6/8", "9/8", "12/8", "3/2", "3/8", "6/4")

LOWEST, HIGHEST = 48, 93
"""The range of MIDI note numbers that a tune may use."""


class DroppedTuneError(CorpusError):
    """The tune does not go into the corpus. `reason` is one of a few fixed phrases, the
    message says more."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NormalTune:
    """A tune in normal form.

    `title` is the source's. `meter`, `rhythm` (empty where none is known) and `key` are
    spelled as in `text`. `melody` is what `melody_of` gives, a byte each; `sections`
    holds lengths in bars, as `section_lengths` counts them. `repairs` names what was
    mended.
    """

    text: str
    title: str
    meter: str
    rhythm: str
    key: str
    melody: bytes
    sections: tuple[int, ...]
    repairs: tuple[str, ...]


NAMED = "rhythm from the file's name"
"""The repair that gives a tune one of the rhythms of its file."""


def clean(text: str, *, likely: bool = False, rhythms: Sequence[str] = ()) -> NormalTune:
    """Return the normal form of the first tune in `text`.

    A tune whose rhythm is not said gets one of `rhythms`, those that its file's name
    tells; or else, with `likely`, the one that `likely_rhythm` finds. Raises
    `DroppedTuneError` where there is no normal form.
    """
    try:
        return _clean(text, likely, rhythms)
    except NoNormalFormError as error:
        raise DroppedTuneError(error.reason, str(error)) from None


def _clean(text: str, likely: bool, rhythms: Sequence[str]) -> NormalTune:
    repaired, repairs = repair(text)
    tune, stray = _read(repaired)
    unrolled: tuple[str, ...] = ()
    if tune.header.play_order and _notes_in_written_order(tune) != tune.notes:
        tune, unrolled = _unrolled(repaired, tune), ("parts written out",)
    if not tune.notes:
        raise DroppedTuneError("no-notes", "the tune has rests alone")
    if any(voice.is_transposing for voice in tune.voices):
        raise DroppedTuneError("transposes", "a field K: or V: moves what sounds")
    mended: tuple[str, ...] = ()
    read = tune
    if tune.wrong_bars:
        mended, read = mend_bars(normal_form(tune, ""), tune)
    meter = meter_name(read.bars[0].meter)
    if read.bars[0].meter.length is not None and meter not in METERS:
        raise DroppedTuneError("rare meter", f"the meter is {meter}")
    rhythm = rhythm_of(text, tune.title, meter)
    found: tuple[str, ...] = ()
    if not rhythm and (rhythm := fitting_rhythm(rhythms, text, meter)):
        found = (NAMED,)
    elif likely and not rhythm and (rhythm := likely_rhythm(text, meter, read)):
        found = ("missing rhythm",)
    normal = normal_form(read, rhythm)
    # The same beats in other words: no other tool knows hornpipes in 2/2.
    if (rhythm, meter) == ("hornpipe", "2/2"):
        meter = "4/4"
        normal = normal.replace("M:2/2", "M:4/4", 1)
    sections = _checked(tune, normal, is_filled=FILLED in mended)
    final = ("missing final bar line",) if isinstance(tune.voices[0].items[-1], Bar) else ()
    return NormalTune(
        text=normal,
        title=tune.title,
        # One text for all tunes that have it.
        meter=sys.intern(meter),
        rhythm=sys.intern(rhythm),
        key=sys.intern(key_name(tune.key)),
        # Of a note that no repeat plays, nobody has checked the range; intervals are
        # counted modulo 256 anyway.
        melody=bytes(pitch % 256 for pitch in melody_of(tune)),
        sections=sections,
        repairs=tuple(dict.fromkeys((*repairs, *stray, *unrolled, *mended, *found, *final))),
    )


def _read(text: str) -> tuple[Tune, tuple[str, ...]]:
    """Read a tune after stray signs are taken out of it, and name that repair.

    The only problems left are bars of a wrong length. For any other problem the tune is
    dropped.
    """
    repairs: tuple[str, ...] = ()
    try:
        tune = Tune.parse(text)
        stray = [problem for problem in tune.problems if problem.is_stray_sign]
        if stray:
            tune = Tune.parse(_without(text, stray))
            repairs = ("stray sign",)
    except UnreadableTuneError as error:
        raise DroppedTuneError(error.problem.kind, str(error)) from None
    for problem in _faults(tune):
        raise DroppedTuneError(problem.kind, str(problem))
    return tune, repairs


def _faults(tune: Tune) -> list[Problem]:
    """Return what is wrong with a tune, the lengths of its bars apart."""
    return [
        problem
        for problem in tune.problems
        if not problem.is_remark and problem.kind not in STRICTLY_JUDGED
    ]


def _without(text: str, problems: Iterable[Problem]) -> str:
    """Return `text` without the one character that each problem stands at."""
    lines = text.split("\n")
    # From the right, so that the columns of those still to come stay true.
    for problem in sorted(problems, key=lambda problem: -problem.column):
        line = lines[problem.line - 1]
        lines[problem.line - 1] = line[: problem.column - 1] + line[problem.column :]
    return "\n".join(lines)


def _notes_in_written_order(tune: Tune) -> tuple[Note, ...]:
    """Return what sounds where the header's P: is passed over."""
    return perform([played_bars(voice, "") for voice in tune.voices]).notes


_PART = re.compile(r"P:[ \t]*([A-Z])[ \t]*(?:%.*)?")


def _unrolled(text: str, tune: Tune) -> Tune:
    """Read a tune whose parts are written out in the order that the header's P: asks
    for.

    Raises `DroppedTuneError` where that is no order of letters, or the parts, torn out
    of their places, sound otherwise.
    """
    header: list[str] = []
    parts: dict[str, list[str]] = {}
    lines = header
    for line in text.split("\n"):
        part = _PART.fullmatch(line.rstrip())
        if part and any(line.startswith("K:") for line in header):
            lines = parts.setdefault(part.group(1), [])
        elif not line.startswith("P:"):
            lines.append(line)
    order = re.sub(r"[ \t]*(?:%.*)?$", "", tune.header.play_order)
    if parts and set(order) <= parts.keys():
        written = [line for letter in order for line in parts[letter]]
        read, _ = _read("\n".join([*header, *written]))
        if (read.notes, read.duration) == (tune.notes, tune.duration):
            return read
    raise DroppedTuneError("play order", "P: asks for more than the parts in turn")


def _checked(tune: Tune, normal: str, *, is_filled: bool) -> tuple[int, ...]:
    """Return the lengths of the tune's sections in bars.

    Raises `DroppedTuneError` if its normal form is too short, too long, out of range,
    or not the same music.
    """
    length = tune.bars[0].meter.length
    if length is not None and tune.duration < MIN_BARS * length:
        raise DroppedTuneError("too short", f"it plays fewer than {MIN_BARS} bars")
    if len(normal) > MAX_CHARACTERS:
        raise DroppedTuneError("too long", f"its normal form has {len(normal):,} characters")
    pitches = [note.pitch for note in tune.notes]
    if min(pitches) < LOWEST or max(pitches) > HIGHEST:
        raise DroppedTuneError("out of range", f"it goes from {min(pitches)} to {max(pitches)}")
    # The normal form is what is learned: it is read, and not trusted.
    read = Tune.parse(normal)
    if _faults(read) or read.wrong_bars:
        raise DroppedTuneError("the normal form has problems", "not all of its bars are right")
    if read.notes != tune.notes or (read.duration != tune.duration and not is_filled):
        raise DroppedTuneError(
            "the normal form differs", "the normal form sounds otherwise than the source"
        )
    return tuple(section_lengths(read.voices[0]))


# Repairs

_SOFT_BREAK = re.compile(r"=\n")
_QUOTED_PRINTABLE = re.compile(r"=20[ \t]*$|=3D|=$", re.MULTILINE)
_SPLIT_SIGN = re.compile(r"\|[ \t]*\\?[ \t]*\n[ \t]*(?=[12]|:[^|:])")
_SPLIT_END = re.compile(r':(?:"[^"\n]*")?\[\|\]\|\]')
# A fermata over a bar line was written over an invisible rest, which has no place in
# the bar.
_STAND_IN = re.compile(r"(H|!fermata?:?a?!)[ \t]*x(?=[ \t]*(?::?\||$))", re.MULTILINE)
# The normal form has no use for these fields, so their damage costs no tune.
_IGNORED = frozenset("ABCDFGHINOQSWZmrsw")


def repair(text: str) -> tuple[str, tuple[str, ...]]:
    """Mend certain damage of a tune's text, and name the repairs."""
    repairs: list[str] = []
    text = text.strip("\n")
    if _QUOTED_PRINTABLE.search(text):
        text = re.sub(r"=20[ \t]*$", "", text, flags=re.MULTILINE)
        text = _SOFT_BREAK.sub("", text).replace("=3D", "=").removesuffix("=")
        repairs.append("quoted-printable")
    if re.search(r"\n[ \t]*\n", text):
        text = re.sub(r"\n(?:[ \t]*\n)+", "\n", text)
        repairs.append("blank line within the tune")
    if _SPLIT_SIGN.search(text) or _SPLIT_END.search(text):
        text = _SPLIT_END.sub(":|]", _SPLIT_SIGN.sub("|", text))
        repairs.append("bar line in pieces")
    if _STAND_IN.search(text):
        text = _STAND_IN.sub(r"\1", text)
        repairs.append("fermata over an invisible rest")
    lines: list[str] = []
    in_header = True
    for line in text.split("\n"):
        field = field_of(Line(1, line))
        if field is not None and field[0] in _IGNORED:
            continue
        if in_header and field is None and not line.startswith("%"):
            if line.strip() and not re.match(r"[A-Z]::?", line.strip()):
                repairs.append("stray line in the header")
            continue
        if field is not None and field[0] == "K":
            in_header = False
        lines.append(line)
    if not lines or not lines[0].startswith("X:"):
        lines.insert(0, "X:1")
        repairs.append("missing X:")
    return "\n".join(lines), tuple(repairs)


# Not 3/4, whose bars could be of 6/8 too.
_BY_LENGTH = {Fraction(1): "4/4", Fraction(1, 2): "2/4", Fraction(9, 8): "9/8"}
# The space before a note, and before the sign of a tuplet that begins with it.
_BEFORE_SIGN = re.compile(r" (?=(?:\([0-9][0-9:]*)?$)")


def mend_bars(normal: str, source: Tune) -> tuple[tuple[str, ...], Tune]:
    """Mend bars of a wrong length in a tune in normal form, and name the repairs.

    Four cases are certain. No bar has the length of the meter, but eight or more have
    one other length: the meter is wrong. A bar is too long, and a beat begins where it
    should end: a bar line is missing. Two short bars in a row make one: there is a bar
    line too many. The last bar is short, and nothing is played behind it: rests fill
    it. Raises `DroppedTuneError` when none of them mends the tune, or when a moved bar
    line changes a note.
    """
    names: list[str] = []
    tune = Tune.parse(normal)
    lengths = Counter(bar.length for bar in tune.bars)
    usual, count = lengths.most_common(1)[0]
    if tune.meter.length not in lengths and count >= MIN_BARS and usual in _BY_LENGTH:
        normal = normal.replace(f"M:{meter_name(tune.meter)}", f"M:{_BY_LENGTH[usual]}", 1)
        names.append("wrong meter")
    else:
        normal, names = _with_bar_lines(tune)
    # An accidental lasts to the bar line: with another line, other notes may sound.
    tune = Tune.parse(normal)
    if names != ["wrong meter"] and (filled := _with_last_bar_full(tune)) is not None:
        tune = filled
        names.append(FILLED)
    if not names or _faults(tune) or tune.wrong_bars or tune.notes != source.notes:
        wrong = source.wrong_bars[0]
        raise DroppedTuneError(
            "bar-length", f"line {wrong.line}, column {wrong.column}: the bar has a wrong length"
        )
    return tuple(names), tune


FILLED = "last bar filled"


def _with_last_bar_full(tune: Tune) -> Tune | None:
    """Return the tune with rests behind its last note, if that bar is short and is
    played last; None if it is right, or too long."""
    first, last = tune.bars[0], tune.bars[-1]
    full = last.meter.length
    if full is None or not tune.text.endswith("|]") or last not in tune.wrong_bars:
        return None
    # The last bar and the pickup make one, where there is a pickup.
    for end in (full - first.length, full):
        if end > last.length:
            rest = (end - last.length) / tune.header.unit_length
            length = "" if rest == 1 else str(rest)
            return Tune.parse(f"{tune.text[:-2]}z{length}|]")
    return None


def _with_bar_lines(tune: Tune) -> tuple[str, list[str]]:
    """Return the tune's text with bar lines set and taken away, and the repairs."""
    names: list[str] = []
    lines = tune.text.split("\n")
    faulty = set(map(id, tune.wrong_bars))
    wrong = [id(bar) in faulty for bar in tune.bars]
    full = tune.meter.length
    # From the end, so that the columns of the bars still to come stay true.
    for index in range(len(wrong) - 1, -1, -1):
        bar = tune.bars[index]
        line = lines[bar.line - 1]
        middle = next((note for note in bar.notes if note.offset == full), None)
        if wrong[index] and full is not None and bar.length > full and middle is not None:
            space = _BEFORE_SIGN.search(line[: middle.column - 1])
            if space is not None:
                lines[bar.line - 1] = line[: space.start()] + "|" + line[space.end() :]
                names.append("missing bar line")
        elif wrong[index] and all(wrong[index + 1 : index + 2]) and index + 1 < len(wrong):
            following = tune.bars[index + 1]
            between = bar.end_column - 1  # where the line of text has the bar line
            is_next = (following.line, following.column) == (bar.line, bar.end_column + 1)
            if is_next and line[between] == "|" and bar.length + following.length == full:
                lines[bar.line - 1] = line[:between] + " " + line[between + 1 :]
                wrong[index] = False
                names.append("bar line too many")
    return "\n".join(lines), names
