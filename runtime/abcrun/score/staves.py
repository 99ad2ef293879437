"""The staves of a score: which voices stand on them, and which staves are one part of
MusicXML.

`%%score` or `%%staves` say so; without them each voice has a staff of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from xml.sax.saxutils import escape

from abcrun.notation import Tune
from abcrun.notation.clef import Clef
from abcrun.notation.header import Header
from abcrun.notation.score_plan import PlannedStaff, ScorePlan, plans
from abcrun.notation.written import Voice
from abcrun.score.instruments import instrument_xml
from abcrun.score.layout import VoiceLayout
from abcrun.score.text import xml_text

_LOW = 55
"""A staff whose median pitch (MIDI) lies lower takes fewer ledger lines in the bass
clef."""
_TREBLE, _BASS = Clef("", "G", 2), Clef("", "F", 4)


@dataclass(slots=True)
class StaffVoice:
    """A voice on its staff.

    `staff` counts from 1 in its part. Its first bar has the index `first_bar` in
    `tune.bars`, its first layer the number `number` among the voices of the part.
    `floats`: its notes stand on this staff or the next one, as they lie. `stem` is
    what `stem=` asks for, empty without.
    """

    voice: Voice
    layout: VoiceLayout
    first_bar: int
    staff: int = 1
    number: int = 1
    floats: bool = False
    stem: str = ""


@dataclass(slots=True)
class Part:
    """A part of MusicXML: voices on a staff, or on several that a brace joins."""

    voices: list[StaffVoice]
    staves: int = 1

    def on(self, staff: int) -> list[StaffVoice]:
        """Return the voices on a staff, which counts from 1."""
        return [voice for voice in self.voices if voice.staff == staff]

    def usual_clef(self, staff: int) -> Clef:
        """Return the clef of a staff for which none is named: the one with fewer ledger
        lines."""
        pitches = [
            pitch - bar.transposition
            for voice in self.on(staff)
            for bar in voice.layout.bars
            if bar.clef is None
            for note in bar.notes
            for pitch in note.pitches
        ]
        return _BASS if pitches and median(pitches) < _LOW else _TREBLE


@dataclass(slots=True)
class PartGroup:
    """What stands before the parts from `first` to `last`: MusicXML's "brace",
    "bracket" or "none". With `is_joined`, bar lines go through all of them."""

    symbol: str
    first: int
    last: int
    is_joined: bool


@dataclass(slots=True)
class Staves:
    """The parts of a score from top to bottom, and the groups of them."""

    parts: list[Part]
    groups: list[PartGroup] = field(default_factory=list)

    def voices(self) -> Iterator[StaffVoice]:
        """Iterate over the voices of all parts."""
        return (voice for part in self.parts for voice in part.voices)


def staves_of(tune: Tune) -> Staves:
    """Return the staves of a tune: those that it asks for, or one for each voice."""
    voices: list[StaffVoice] = []
    first = 0
    for voice in tune.voices:
        layout = VoiceLayout(voice)
        if layout.bars:
            voices.append(StaffVoice(voice, layout, first, stem=_stem(voice)))
        first += len(layout.bars)
    plan = _plan(tune, voices) if len(voices) > 1 else None
    if plan is None:
        staves = Staves([Part([voice]) for voice in voices])
    else:
        staves = _planned(plan, {voice.voice.name: voice for voice in voices})
    for part in staves.parts:
        number = 1
        for staff_voice in part.voices:
            staff_voice.number = number
            number += max(map(len, staff_voice.layout.layers))
    return staves


def _plan(tune: Tune, voices: list[StaffVoice]) -> ScorePlan | None:
    """Return the staves that the tune asks for; None where it asks for none."""
    asked = [(one.name, one.value) for one in tune.header.directives]
    asked += [
        (directive.name, directive.value)
        for voice in voices
        for bar in voice.layout.bars
        for note in bar.notes
        if note.signs is not None and note.signs.directives
        for directive in note.signs.directives
    ]
    known = {voice.voice.name for voice in voices}
    found: ScorePlan | None = None
    shown: set[str] = set()
    for plan in plans(asked):
        mentioned = {
            name for staff in plan.staves for name in (*staff.voices, *staff.floating)
        } & known
        # Of several, the first is drawn, and voices that come with a later one follow.
        if found is None:
            if mentioned:
                found, shown = plan, mentioned
        elif mentioned - shown:
            new = sorted(mentioned - shown, key=[one.voice.name for one in voices].index)
            found.staves += [PlannedStaff([name]) for name in new]
            shown |= mentioned
    return found or _merged(voices)


def _merged(voices: list[StaffVoice]) -> ScorePlan | None:
    """Return the staves where `V:… merge` puts a voice on the staff of the one before;
    None where no voice asks for that."""
    plan = ScorePlan([], [])
    for voice in voices:
        name = voice.voice.name
        if plan.staves and any(key == "merge" for key, _ in voice.voice.properties):
            plan.staves[-1].voices.append(name)
        else:
            plan.staves.append(PlannedStaff([name]))
    return plan if len(plan.staves) < len(voices) else None


def _planned(plan: ScorePlan, voices: dict[str, StaffVoice]) -> Staves:
    """Return the staves of a plan that have a voice with music."""
    staves: list[tuple[list[StaffVoice], bool]] = []
    number_of: list[int] = []  # index in the plan → index among the staves that are left
    for planned in plan.staves:
        number_of.append(len(staves))
        found = [voices[name] for name in planned.voices if name in voices]
        for name in planned.floating:
            if name in voices:
                voices[name].floats = True
                found.append(voices[name])
        if found:
            staves.append((found, planned.is_joined))
    spans = [
        (group.sign, number_of[group.first], [*number_of, len(staves)][group.last + 1] - 1)
        for group in plan.groups
    ]
    return _parts(staves, [span for span in spans if span[1] <= span[2]])


def _parts(
    staves: list[tuple[list[StaffVoice], bool]], spans: list[tuple[str, int, int]]
) -> Staves:
    """Return the parts of these staves: those that a brace joins are one part."""
    braced = [
        (first, last)
        for sign, first, last in spans
        if sign == "{"
        and first < last
        and not any(
            other[1:] != (first, last) and first <= other[1] and other[2] <= last for other in spans
        )
    ]
    parts: list[Part] = []
    part_at: list[int] = []  # index of a staff → index of its part
    for index, (voices, _) in enumerate(staves):
        span = next((one for one in braced if one[0] <= index <= one[1]), None)
        if span is None or span[0] == index:
            parts.append(Part([]))
            parts[-1].staves = 0
        parts[-1].staves += 1
        for voice in voices:
            voice.staff = parts[-1].staves
        parts[-1].voices += voices
        part_at.append(len(parts) - 1)
    for part in parts:
        for voice in part.voices:
            voice.floats = voice.floats and voice.staff < part.staves
    groups = [
        PartGroup(
            {"{": "brace", "[": "bracket"}[sign],
            part_at[first],
            part_at[last],
            first < last and all(is_joined for _, is_joined in staves[first:last]),
        )
        for sign, first, last in spans
        if sign == "[" or (first, last) not in braced
    ]
    return Staves(parts, groups + _joined_runs(staves, part_at, groups))


def _joined_runs(
    staves: list[tuple[list[StaffVoice], bool]], part_at: list[int], groups: list[PartGroup]
) -> list[PartGroup]:
    """Return groups without a sign, for bar lines that go through several parts."""
    runs: list[PartGroup] = []
    first = 0
    for index, (_, is_joined) in enumerate(staves):
        if is_joined and index < len(staves) - 1:
            continue
        run = PartGroup("none", part_at[first], part_at[index], is_joined=True)
        if run.first < run.last and not any(
            group.is_joined and group.first <= run.first and run.last <= group.last
            for group in groups
        ):
            runs.append(run)
        first = index + 1
    return runs


def _stem(voice: Voice) -> str:
    found = dict(voice.properties)
    asked = found.get("stem") or found.get("stems") or ""
    if asked in ("up", "down"):
        return asked
    return next((name for name in ("up", "down") if name in found), "")


def part_list_xml(staves: Staves, header: Header, program: int | None) -> list[str]:
    """Return the `<part-list>`, line by line. `program` is the General MIDI program of
    parts that ask for none."""
    lines = ["<part-list>"]
    for index, part in enumerate(staves.parts):
        for number, group in enumerate(staves.groups, 1):
            if group.first == index:
                lines.append(
                    f'<part-group number="{number}" type="start">'
                    f"<group-symbol>{group.symbol}</group-symbol>"
                    f"<group-barline>{'yes' if group.is_joined else 'no'}</group-barline>"
                    "</part-group>"
                )
        lines.append(_score_part_xml(index + 1, part, header, program))
        lines += [
            f'<part-group number="{number}" type="stop"/>'
            for number, group in reversed(list(enumerate(staves.groups, 1)))
            if group.last == index
        ]
    lines.append("</part-list>")
    return lines


def _score_part_xml(number: int, part: Part, header: Header, program: int | None) -> str:
    names = _names([voice.voice.full_name for voice in part.voices])
    short = _names([voice.voice.short_name for voice in part.voices])
    name = f"<part-name>{names}</part-name>"
    if not names:  # the format asks for one
        name = f'<part-name print-object="no">Voice {number}</part-name>'
    abbreviation = f"<part-abbreviation>{short}</part-abbreviation>" if short else ""
    voices = [one.voice for one in part.voices]
    instrument = instrument_xml(number, voices, header, names, program)
    return f'<score-part id="P{number}">{name}{abbreviation}{instrument}</score-part>'


def _names(names: list[str]) -> str:
    """Return the names of the voices of a part, each once and on a line of its own."""
    found = dict.fromkeys(
        xml_text(line) for name in names for line in name.replace("\\n", "\n").split("\n")
    )
    return escape("\n".join(name for name in found if name))
