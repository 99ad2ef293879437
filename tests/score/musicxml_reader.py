"""A small reader of MusicXML for tests, written from the format's definition: what a
notation program would take in.

It knows nothing of ABC and uses nothing of abcrun. Times are in whole notes.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from fractions import Fraction

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
VALUES = {
    "maxima": Fraction(8),
    "long": Fraction(4),
    "breve": Fraction(2),
    "whole": Fraction(1),
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
    "eighth": Fraction(1, 8),
    "16th": Fraction(1, 16),
    "32nd": Fraction(1, 32),
    "64th": Fraction(1, 64),
    "128th": Fraction(1, 128),
    "256th": Fraction(1, 256),
    "512th": Fraction(1, 512),
    "1024th": Fraction(1, 1024),
}

# The order that the schema asks of the children that this reader meets.
ORDER = {
    "score-partwise": "work movement-number movement-title identification defaults credit "
    "part-list part",
    "identification": "creator rights encoding source relation miscellaneous",
    "attributes": "divisions key time staves part-symbol instruments clef staff-details "
    "transpose for-part directive measure-style",
    "key": "cancel fifths mode key-step key-alter",
    "time": "beats beat-type interchangeable senza-misura",
    "note": "grace cue chord pitch unpitched rest duration tie instrument footnote level voice "
    "type dot accidental time-modification stem notehead notehead-text staff beam notations "
    "lyric play listen",
    "pitch": "step alter octave",
    "time-modification": "actual-notes normal-notes normal-type normal-dot",
    "barline": "bar-style footnote level wavy-line segno coda fermata ending repeat",
    "direction": "direction-type offset footnote level voice staff sound listening",
    "metronome": "beat-unit beat-unit-dot beat-unit-tied per-minute",
    "harmony": "root numeral function kind inversion bass degree frame offset footnote level staff",
    "backup": "duration",
}
CHOICES = {
    "measure": "note backup forward direction attributes harmony figured-bass print sound "
    "listening barline grouping",
    "notations": "tied slur tuplet glissando slide ornaments technical articulations dynamics "
    "fermata arpeggiate",
}


@dataclass
class ReadNote:
    """A note or rest; grace notes have no duration, rests no pitch."""

    id: str
    offset: Fraction
    duration: Fraction
    pitch: int | None
    is_chord: bool
    is_grace: bool
    voice: str
    shown: Fraction | None
    """What type, dots and tuplet say that it lasts; None for a rest of a whole bar."""
    ties: frozenset[str]
    step: str
    alter: int
    octave: int
    accidental: str
    beams: tuple[str, ...]
    tuplet: tuple[str, ...]
    element: ET.Element = field(repr=False)


@dataclass
class ReadMeasure:
    """A measure: its notes, and what its bar lines say."""

    id: str
    number: str
    is_implicit: bool
    notes: list[ReadNote]
    length: Fraction
    forward: bool = False
    backward: int = 0
    begins: tuple[int, ...] = ()
    ends: bool = False
    key: ET.Element | None = None
    time: ET.Element | None = None
    element: ET.Element | None = field(default=None, repr=False)


def read(text: str) -> list[list[ReadMeasure]]:
    """Return the measures of each part. Fails on elements out of the schema's order,
    and on ids that are not unique."""
    root = ET.fromstring(text)
    check_order(root)
    ids = [element.get("id") for element in root.iter() if element.tag in ("note", "measure")]
    assert None not in ids
    assert len(ids) == len(set(ids))
    assert [part.get("id") for part in root.iter("score-part")] == [
        part.get("id") for part in root.findall("part")
    ]
    parts = [_read_part(part) for part in root.findall("part")]
    assert len({len(part) for part in parts}) == 1
    return parts


def check_order(root: ET.Element) -> None:
    """Check that every element has only children that may stand in it, in the order of
    the schema."""
    for element in root.iter():
        names = [child.tag for child in element]
        if element.tag in ORDER:
            order = ORDER[element.tag].split()
            if element.tag == "key" and names and names[0] == "key-step":
                assert names == ["key-step", "key-alter"] * (len(names) // 2)
                continue
            assert set(names) <= set(order), (element.tag, names)
            assert names == sorted(names, key=order.index), (element.tag, names)
        elif element.tag in CHOICES:
            assert set(names) <= set(CHOICES[element.tag].split()), (element.tag, names)


def _read_part(part: ET.Element) -> list[ReadMeasure]:
    divisions = 0
    measures = []
    for element in part:
        assert element.tag == "measure"
        now = furthest = last = Fraction(0)
        notes: list[ReadNote] = []
        measure = ReadMeasure(
            element.get("id", ""),
            element.get("number", ""),
            element.get("implicit") == "yes",
            notes,
            furthest,
            element=element,
        )
        for child in element:
            if child.tag == "attributes":
                divisions = int(child.findtext("divisions", str(divisions)))
                measure.key = child.find("key") if child.find("key") is not None else measure.key
                measure.time = (
                    child.find("time") if child.find("time") is not None else measure.time
                )
            elif child.tag == "backup":
                now -= Fraction(int(child.findtext("duration", "")), 4 * divisions)
                assert now >= 0
            elif child.tag == "note":
                note = _read_note(child, now, last, divisions)
                notes.append(note)
                if not note.is_chord and not note.is_grace:
                    last = now
                    now += note.duration
                    furthest = max(furthest, now)
            elif child.tag == "barline":
                _read_bar_line(child, measure)
        measure.length = furthest
        measures.append(measure)
    return measures


def _read_note(element: ET.Element, now: Fraction, last: Fraction, divisions: int) -> ReadNote:
    is_grace, is_chord = element.find("grace") is not None, element.find("chord") is not None
    duration = (
        Fraction(0) if is_grace else Fraction(int(element.findtext("duration", "")), 4 * divisions)
    )
    assert is_grace or duration > 0
    shown = None
    if (name := element.findtext("type")) is not None:
        shown = VALUES[name] * (2 - Fraction(1, 1 << len(element.findall("dot"))))
        if (change := element.find("time-modification")) is not None:
            shown *= Fraction(
                int(change.findtext("normal-notes", "")), int(change.findtext("actual-notes", ""))
            )
    step, alter, octave = "", 0, 0
    pitch = None
    if (found := element.find("pitch")) is not None:
        step, alter = found.findtext("step", ""), int(found.findtext("alter", "0"))
        octave = int(found.findtext("octave", ""))
        assert 0 <= octave <= 9
        pitch = 12 * (octave + 1) + SEMITONES[step] + alter
    notations = element.find("notations")
    tied = frozenset(
        tie.get("type", "") for tie in (notations.findall("tied") if notations is not None else ())
    )
    ties = frozenset(tie.get("type", "") for tie in element.findall("tie"))
    assert tied == ties
    return ReadNote(
        element.get("id", ""),
        last if is_chord else now,
        duration,
        pitch,
        is_chord,
        is_grace,
        element.findtext("voice", ""),
        shown,
        ties,
        step,
        alter,
        octave,
        element.findtext("accidental", ""),
        tuple(beam.text or "" for beam in element.findall("beam")),
        tuple(edge.get("type", "") for edge in element.iter("tuplet")),
        element,
    )


def _read_bar_line(element: ET.Element, measure: ReadMeasure) -> None:
    repeat, ending = element.find("repeat"), element.find("ending")
    if repeat is not None and repeat.get("direction") == "forward":
        assert element.get("location") == "left"
        measure.forward = True
    elif repeat is not None:
        assert element.get("location") == "right"
        measure.backward = int(repeat.get("times", "2"))
    if ending is not None and ending.get("type") == "start":
        measure.begins = tuple(map(int, ending.get("number", "").split(",")))
    elif ending is not None:
        measure.ends = True


def merged(measure: ReadMeasure) -> list[tuple[Fraction, Fraction, int]]:
    """Return offset, duration and pitch of the notes of a measure; those that ties join
    inside it are one."""
    found: list[tuple[Fraction, Fraction, int]] = []
    held: dict[tuple[str, int], tuple[Fraction, Fraction]] = {}
    for note in measure.notes:
        if note.pitch is None or note.is_grace:
            continue
        offset, duration = note.offset, note.duration
        place = (note.voice, note.pitch)
        if place in held:
            began, lasted = held.pop(place)
            if "stop" in note.ties and began + lasted == offset:
                offset, duration = began, lasted + duration
            else:
                found.append((began, lasted, note.pitch))
        if "start" in note.ties:
            held[place] = (offset, duration)
        else:
            found.append((offset, duration, note.pitch))
    found += [(began, lasted, pitch) for (_, pitch), (began, lasted) in held.items()]
    return sorted(found)


def played(measures: list[ReadMeasure], most: int = 20_000) -> list[str]:
    """Return the ids of the measures in the order of playing, with repeats and endings
    as MusicXML defines them."""
    order: list[str] = []
    index = start = 0
    times_through = 1
    while index < len(measures) and len(order) < most:
        measure = measures[index]
        if measure.forward and index != start:
            start, times_through = index, 1
        if measure.begins and times_through not in measure.begins:
            while index < len(measures) and not measures[index].ends:
                index += 1
            index += 1
            continue
        order.append(measure.id)
        if measure.backward:
            if times_through < measure.backward:
                times_through += 1
                index = start
                continue
            start, times_through = index + 1, 1
        index += 1
    return order
