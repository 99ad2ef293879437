"""One tune as it was found → its normal form, or the reason why it is dropped.

Certain damage is repaired first. What is kept sounds note for note as the reader plays the source.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from abcrun.notation import Bar, Problem, Tune, UnreadableTuneError, WrittenNote
from abcrun.notation.header import FIELD, Line, field_of

from .dropping import DroppedTuneError
from .normal import key_name, meter_name, normal_form, transposes
from .rhythms import rhythm_of

MAX_CHARACTERS = 1_200
"""Of a tune in normal form."""

MIN_BARS = 8
"""Played, repeats counted."""

METERS = ("2/4", "3/4", "4/4", "2/2", "6/8", "9/8", "12/8", "3/2", "3/8", "6/4")

LOWEST, HIGHEST = 48, 93
"""MIDI note numbers that a tune may use."""


@dataclass(frozen=True, slots=True)
class NormalTune:
    """A tune in normal form.

    `title` is the source's; `meter`, `rhythm` (empty where none is known) and `key` are as `text` spells them.
    `melody` are the MIDI note numbers of successive onsets as written, repeats not played out, the highest of a chord.
    `repairs` names what was mended.
    """

    text: str
    title: str
    meter: str
    rhythm: str
    key: str
    melody: tuple[int, ...]
    repairs: tuple[str, ...]


def clean(text: str) -> NormalTune:
    """The normal form of the first tune in `text`. Raises `DroppedTuneError` where there is none."""
    source = text
    text, repairs = repaired(source)
    tune, repairs = _read(text, repairs)
    if len(tune.voices) > 1:
        raise DroppedTuneError("several voices", f"the tune has {len(tune.voices)} voices")
    if transposes(tune.text):
        raise DroppedTuneError("transposes", "a field K: or V: moves what sounds")
    if _field(text, "P") and Tune.parse(_without_play_order(text)).notes != tune.notes:
        raise DroppedTuneError("play order", "P: asks for more than the parts in turn")
    meter = meter_name(tune.bars[0].meter)
    if tune.bars[0].meter.length is not None and meter not in METERS:
        raise DroppedTuneError("rare meter", f"the meter is {meter}")
    rhythm = rhythm_of(source, tune.title, meter)
    normal = normal_form(tune, rhythm)
    _check(tune, normal)
    if isinstance(tune.voices[0].items[-1], Bar):
        repairs = (*repairs, "missing final bar line")
    return NormalTune(
        normal, tune.title, meter, rhythm, key_name(tune.key), melody(tune), tuple(dict.fromkeys(repairs))
    )


def _read(text: str, repairs: tuple[str, ...]) -> tuple[Tune, tuple[str, ...]]:
    """The tune, once signs that mean nothing are taken out of it."""
    try:
        tune = Tune.parse(text)
        stray = [problem for problem in tune.problems if _is_stray_sign(problem)]
        if stray:
            tune = Tune.parse(_without(text, stray))
            repairs = (*repairs, "stray sign")
    except UnreadableTuneError as error:
        raise DroppedTuneError(error.problem.kind, str(error)) from None
    if tune.problems:
        kinds = [problem.kind for problem in tune.problems]
        kind = next((kind for kind in kinds if kind != "bar-length"), kinds[0])
        raise DroppedTuneError(kind, str(next(problem for problem in tune.problems if problem.kind == kind)))
    return tune, repairs


def _is_stray_sign(problem: Problem) -> bool:
    return problem.kind == "unreadable" and re.match(r"the letter |'\\+' |the tie has", problem.reason) is not None


def _without(text: str, problems: Iterable[Problem]) -> str:
    lines = text.split("\n")
    for problem in sorted(problems, key=lambda problem: -problem.column):
        line = lines[problem.line - 1]
        lines[problem.line - 1] = line[: problem.column - 1] + line[problem.column :]
    return "\n".join(lines)


def _field(text: str, letter: str) -> bool:
    return any((field := FIELD.match(line)) is not None and field.group(1) == letter for line in text.split("\n"))


def _without_play_order(text: str) -> str:
    """`text` without the P: of its header."""
    lines = text.split("\n")
    key = next(i for i, line in enumerate(lines) if (field := FIELD.match(line)) and field.group(1) == "K")
    header = [line for line in lines[:key] if not ((field := FIELD.match(line)) and field.group(1) == "P")]
    return "\n".join([*header, *lines[key:]])


def _check(tune: Tune, normal: str) -> None:
    """Drops the tune if its normal form is too short or long, out of range, or not the same music."""
    length = tune.bars[0].meter.length
    if length is not None and tune.duration < MIN_BARS * length:
        raise DroppedTuneError("too short", f"it plays fewer than {MIN_BARS} bars")
    if len(normal) > MAX_CHARACTERS:
        raise DroppedTuneError("too long", f"its normal form has {len(normal):,} characters")
    pitches = [note.pitch for note in tune.notes]
    if min(pitches) < LOWEST or max(pitches) > HIGHEST:
        raise DroppedTuneError("out of range", f"it goes from {min(pitches)} to {max(pitches)}")
    read = Tune.parse(normal)
    if read.problems:
        raise DroppedTuneError("the normal form has problems", str(read.problems[0]))
    if (read.notes, read.duration) != (tune.notes, tune.duration):
        raise DroppedTuneError("the normal form differs", "the normal form sounds otherwise than the source")


def melody(tune: Tune) -> tuple[int, ...]:
    """The MIDI note numbers of successive onsets in written order; the highest of a chord."""
    pitches: list[int] = []
    held: tuple[int, ...] = ()
    for note in _written(tune):
        new = [pitch for pitch in note.pitches if pitch not in held]
        if new:
            pitches.append(max(note.pitches))
        held = note.tied
    return tuple(pitches)


def _written(tune: Tune) -> Iterable[WrittenNote]:
    return (note for bar in tune.bars for note in bar.notes)


# Repairs

_SOFT_BREAK = re.compile(r"=\n")
_QUOTED_PRINTABLE = re.compile(r"=20[ \t]*$|=3D|=$", re.MULTILINE)
_SPLIT_SIGN = re.compile(r"\|[ \t]*\\?[ \t]*\n[ \t]*:(?=[^|:])")
_IGNORED = frozenset("ABCDFGHINOQSWZmrsw")
"""Fields that the normal form has no use for, and whose damage is none of ours."""


def repaired(text: str) -> tuple[str, tuple[str, ...]]:
    """The tune without certain damage of its text, and the names of the repairs."""
    repairs: list[str] = []
    text = text.strip("\n")
    if _QUOTED_PRINTABLE.search(text):
        text = re.sub(r"=20[ \t]*$", "", text, flags=re.MULTILINE)
        text = _SOFT_BREAK.sub("", text).replace("=3D", "=").removesuffix("=")
        repairs.append("quoted-printable")
    if re.search(r"\n[ \t]*\n", text):
        text = re.sub(r"\n(?:[ \t]*\n)+", "\n", text)
        repairs.append("blank line within the tune")
    if _SPLIT_SIGN.search(text):
        text = _SPLIT_SIGN.sub("|:", text)
        repairs.append("bar line over a line end")
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
