"""The elements of a score to parts of measures."""

from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from abcrun.musicxml.attributes import clef_value, key_value, meter_of, transposition
from abcrun.musicxml.directions import DirectionReader
from abcrun.musicxml.harmony import chord_text
from abcrun.musicxml.header import is_own
from abcrun.musicxml.notes import NoteReader
from abcrun.musicxml.numbers import integer, number
from abcrun.musicxml.parts import MAX_WORDS, Chord, Edges, Mark, Measure, Part, Remarks
from abcrun.musicxml.source import MusicXmlError
from abcrun.notation.limits import (
    MAX_BARS,
    MAX_DENOMINATOR,
    MAX_PASSES,
    MAX_REST_BARS,
    MAX_WRITTEN_NOTES,
)
from abcrun.notation.meter import FREE_METER, Meter

_STYLES = {
    "light-light": "||",
    "heavy-heavy": "||",
    "light-heavy": "|]",
    "heavy-light": "[|",
    "heavy": "|]",
    "dotted": ".|",
    "dashed": ".|",
    "none": "[|]",
    "tick": "|",
    "short": "|",
    "regular": "",
}
_LAYOUT = frozenset(("listening", "grouping", "link", "bookmark"))
_KNOWN_ATTRIBUTES = frozenset(
    [
        "footnote",
        "level",
        "divisions",
        "key",
        "time",
        "staves",
        "part-symbol",
        "instruments",
        "clef",
        "staff-details",
        "transpose",
        "for-part",
        "directive",
        "measure-style",
    ]
)
_MAX_STAVES = 8


@dataclass(slots=True)
class _PartReader:
    """Reads the measures of one part, one after the other."""

    part: Part
    remarks: Remarks
    notes: NoteReader
    directions: DirectionReader
    meter: Meter = FREE_METER
    now: Fraction = Fraction(0)
    last: Chord | None = None
    voice: str = ""
    """Of the next note, where nothing parts it from what is being read."""
    row: str = "0"
    """Height of the last chord symbol: several at one note may stand in rows."""
    has_own_tempo: bool = False
    """Whether a tempo that stands nowhere in words or numbers is abcrun's own guess."""
    chords: list[Chord] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    edges: Edges = field(default_factory=Edges)
    longest: Fraction = Fraction(0)

    def read(self, element: Element) -> int:
        """Read a measure; return how many notes it has."""
        self.chords, self.marks, self.edges = [], [], Edges()
        self.now = self.longest = Fraction(0)
        self.last = None
        for child, voice in _with_voices(element):
            self.voice = voice
            take = _TAKE.get(child.tag)
            if take is not None:
                take(self, child)
            elif child.tag not in _LAYOUT:
                self.remarks.add(f"<{child.tag}>")
        length = self.longest or self.meter.length or Fraction(1)
        self.part.measures.append(
            Measure(
                element.get("number", ""),
                self.meter,
                self.chords,
                self.marks,
                self.edges,
                length,
            )
        )
        return sum(max(1, len(chord.heads)) for chord in self.chords)

    def _note(self, element: Element) -> None:
        chord = self.notes.read(element, self.now, self.last)
        if chord is None or chord is self.last:
            return
        if chord.raw <= 0:
            self.remarks.add("a note without duration")
            return
        self.chords.append(chord)
        self.last = chord
        self._move(chord.raw)
        self.part.staves = max(self.part.staves, min(chord.staff, _MAX_STAVES))
        chord.staff = min(chord.staff, _MAX_STAVES)

    def _move(self, length: Fraction) -> None:
        self.now = max(Fraction(0), self.now + length)
        if self.now.denominator > MAX_DENOMINATOR:
            raise MusicXmlError(f"{self.remarks.place}: its lengths have no common measure")
        self.longest = max(self.longest, self.now)

    def _backup(self, element: Element) -> None:
        self._move(-self.notes.length(element.find("duration")))

    def _forward(self, element: Element) -> None:
        self._move(self.notes.length(element.find("duration")))

    def _direction(self, element: Element) -> None:
        offset = self.notes.length(element.find("offset"))
        found = self.directions.read(element, max(Fraction(0), self.now + offset))
        for mark in found:
            mark.voice = mark.voice or self._own_voice()
        self.marks += found

    def _own_voice(self) -> str:
        """Return the voice that a sign belongs to which does not say so: that of the
        note behind it, else of the one before."""
        return self.voice or ("" if self.last is None else self.last.voice)

    def _sound(self, element: Element) -> None:
        if not self.has_own_tempo:
            self.marks += self.directions.read_sound(element, self.now)

    def _harmony(self, element: Element) -> None:
        text, is_chord = chord_text(element, self.remarks)
        if not text:
            return
        at = max(Fraction(0), self.now + self.notes.length(element.find("offset")))
        staff = integer(element.findtext("staff"))
        row = element.get("relative-y", "0")
        last = self.marks[-1] if self.marks else None
        if is_chord and element.get("type") == "alternate":
            text = f"({text})"
        if (
            is_chord
            and last is not None
            and (last.kind, last.at, last.staff) == ("chord", at, staff)
        ):
            # Several at one note are one text: beside each other, or in rows.
            if row != self.row:
                last.text += ";" + text
            else:
                last.text += text if text[0] == "(" else " " + text
        else:
            kind, sign = ("chord", "") if is_chord else ("remark", "^")
            self.marks.append(Mark(at, kind, sign + text, staff, self._own_voice()))
        self.row = row

    def _attributes(self, element: Element) -> None:
        for child in element:
            if child.tag not in _KNOWN_ATTRIBUTES:
                self.remarks.add(f"<{child.tag}> of the attributes")
        divisions = number(element.findtext("divisions"))
        if divisions > 0:
            self.notes.divisions = divisions
        staves = integer(element.findtext("staves"))
        self.part.staves = max(self.part.staves, min(staves, _MAX_STAVES))
        for key in element.findall("key"):
            self._add_mark("key", key_value(key, self.remarks), key)
        time = element.find("time")
        if time is not None:
            self.meter = meter_of(time, self.remarks)
            self._add_mark("meter", self.meter.text)
        for clef in element.findall("clef"):
            self._add_mark("clef", clef_value(clef, self.remarks), clef)
        for transpose in element.findall("transpose"):
            self._add_mark("transpose", str(transposition(transpose)), transpose)
        for style in element.findall("measure-style"):
            self._measure_style(style)
        for details in element.findall("staff-details"):
            lines = integer(details.findtext("staff-lines") or "5")
            if lines != 5:
                self.part.staff_lines[integer(details.get("number", "1"))] = max(0, min(lines, 9))

    def _add_mark(self, kind: str, text: str, element: Element | None = None) -> None:
        # A clef without a number is that of the first staff; a key holds for all.
        usual = "1" if kind == "clef" else "0"
        staff = usual if element is None else element.get("number", usual)
        self.marks.append(Mark(self.now, kind, text, integer(staff)))

    def _measure_style(self, style: Element) -> None:
        rest = style.find("multiple-rest")
        if rest is not None:
            self.edges.rest_bars = max(0, min(integer(rest.text), MAX_REST_BARS))
        for child in style:
            if child.tag != "multiple-rest" and child.get("type") != "stop":
                self.remarks.add(f"<{child.tag}>")

    def _print(self, element: Element) -> None:
        if "yes" in (element.get("new-system"), element.get("new-page")):
            self.edges.breaks_line = True

    def _barline(self, element: Element) -> None:
        edges = self.edges
        style = (element.findtext("bar-style") or "").strip()
        repeat, ending = element.find("repeat"), element.find("ending")
        direction = "" if repeat is None else repeat.get("direction", "")
        # What stands in the middle of a measure is said by its repeat alone.
        is_left = element.get("location", "right") == "left" or direction == "forward"
        if direction == "forward":
            edges.forward = True
        elif direction == "backward" and repeat is not None:
            edges.backward = max(2, min(integer(repeat.get("times", "2")), MAX_PASSES))
        elif is_left:
            edges.left_style = self._style(style)
        else:
            edges.style = self._style(style)
        if ending is not None and ending.get("type") == "start":
            edges.begins = self._passes(ending)
            text = " ".join((ending.text or "").split())
            if text and text.strip(" .") != edges.begins:
                edges.ending_text = text
        elif ending is not None:
            edges.ends = ending.get("type") == "stop"
        for sign in ("fermata", "segno", "coda"):
            if element.find(sign) is not None:
                at = Fraction(0) if is_left else self.now
                self.marks.append(Mark(at, "decoration", sign))

    def _style(self, style: str) -> str:
        if style and style not in _STYLES:
            self.remarks.add(f"a bar line drawn as {style[:20]!r}")
        return _STYLES.get(style, "")

    def _passes(self, ending: Element) -> str:
        text = ending.get("number", "") or (ending.text or "")
        passes: list[int] = []
        for one in text.replace(".", ",").replace(" ", ",").split(","):
            first, _, last = one.partition("-")
            if first.isdecimal() and len(first) < 3:
                passes += range(int(first), min(integer(last or first), MAX_PASSES) + 1)
        passes = [one for one in dict.fromkeys(passes) if 1 <= one <= MAX_PASSES]
        if not passes:
            self.remarks.add("an ending without a number")
        return ",".join(map(str, passes))

    def _figured_bass(self, element: Element) -> None:
        self.remarks.add("figured bass")


_TAKE = {
    "note": _PartReader._note,
    "backup": _PartReader._backup,
    "forward": _PartReader._forward,
    "direction": _PartReader._direction,
    "sound": _PartReader._sound,
    "harmony": _PartReader._harmony,
    "attributes": _PartReader._attributes,
    "print": _PartReader._print,
    "barline": _PartReader._barline,
    "figured-bass": _PartReader._figured_bass,
}


def read_parts(root: Element, remarks: Remarks) -> list[Part]:
    """Return the parts of a score, in the order of its list. Raises `MusicXmlError`
    where there are none, or over the bounds of the reader of ABC."""
    named = {part.get("id", ""): part for part in root.iterfind("part-list/score-part")}
    parts: list[Part] = []
    own = is_own(root)
    notes = bars = 0
    for element in root.findall("part"):
        name = element.get("id", "")
        part = _described(name, named.get(name), remarks)
        reader = _PartReader(part, remarks, NoteReader(remarks), DirectionReader(remarks, own))
        reader.has_own_tempo = own
        for measure in element.findall("measure"):
            remarks.place = f"part {name}, measure {measure.get('number', '')}"
            notes += reader.read(measure)
            bars += 1
            if notes > MAX_WRITTEN_NOTES:
                raise MusicXmlError(f"the score has over {MAX_WRITTEN_NOTES:,} notes")
            if bars > MAX_BARS:
                raise MusicXmlError(f"the score has over {MAX_BARS:,} measures, all parts")
        if reader.notes.graces:
            remarks.add("grace notes behind the last note")
        if part.measures:
            parts.append(part)
    remarks.place = ""
    if not parts:
        raise MusicXmlError("the score has no measures")
    return parts


def _with_voices(measure: Element) -> list[tuple[Element, str]]:
    """Return the children of a measure, each with the voice of the next note in the
    file; empty where there is none before the time goes back or forth."""
    found: list[tuple[Element, str]] = []
    voice = ""
    for child in reversed(measure):
        if child.tag == "note":
            voice = (child.findtext("voice") or "1").strip()
        elif child.tag in ("backup", "forward"):
            voice = ""
        found.append((child, voice))
    return found[::-1]


def _described(name: str, element: Element | None, remarks: Remarks) -> Part:
    """Return a part, still empty, as the list of parts describes it."""
    if element is None:
        return Part(name, "", "")
    instrument = element.find("midi-instrument")
    program = channel = None
    if instrument is not None:
        found = integer(instrument.findtext("midi-program"))
        program = found - 1 if 1 <= found <= 128 else None
        found = integer(instrument.findtext("midi-channel"))
        channel = found if 1 <= found <= 16 else None
    if len(element.findall("score-instrument")) > 1:
        remarks.place = f"part {name}"
        remarks.add("the instruments of a part beyond its first")
    return Part(
        name,
        _name(element, "part-name"),
        _name(element, "part-abbreviation"),
        program=program,
        channel=channel,
    )


def _name(part: Element, tag: str) -> str:
    element = part.find(tag)
    if element is None or element.get("print-object") == "no":
        return ""
    # Each line of it is the name of a voice, where there are as many.
    lines = (" ".join(line.split()) for line in (element.text or "")[:MAX_WORDS].split("\n"))
    return "\n".join(line for line in lines if line)
