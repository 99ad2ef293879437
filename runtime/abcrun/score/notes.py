"""Notes, chords, rests and grace notes as MusicXML's `<note>` shows them, with the
directions around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation.pitch import LETTERS
from abcrun.notation.written import Bar, Graces, Signs
from abcrun.score.accidentals import Accidentals, names_of, spell_near
from abcrun.score.layout import NoteSegment, Ratio, grace_beams, grace_values
from abcrun.score.signs import accidental_style, note_head_xml
from abcrun.score.spanners import Around

_NO_SIGNS = Signs()
_NOTHING = Around()


@dataclass(frozen=True, slots=True)
class NoteHead:
    """A note as it stands on the staff.

    A chord has several, and so has a note that no single value can show. `id` is that
    of its `<note>`; `bar` is the index of its bar in `tune.bars`; `line` and `column`
    are those of the `WrittenNote`. `offset` from the start of the bar and `duration`
    are in whole notes, `pitch` is a MIDI note number. `continues`: a tie leads to it,
    it does not sound anew.
    """

    id: str
    bar: int
    line: int
    column: int
    offset: Fraction
    duration: Fraction
    pitch: int
    continues: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where notes of a layer go: the number of their voice in the part, and of their
    staff there, 0 where the part has one staff alone; which way their stems point
    ("up", "down"), empty where that is left to the engraver. `is_percussion`: they have
    no pitch, only a place. `is_lower`: other notes of the staff lie above them."""

    voice: int = 1
    staff: int = 0
    stem: str = ""
    is_percussion: bool = False
    is_lower: bool = False

    @property
    def staff_xml(self) -> str:
        return f"<staff>{self.staff}</staff>" if self.staff else ""

    @property
    def stem_xml(self) -> str:
        return f"<stem>{self.stem}</stem>" if self.stem else ""


def placed(direction: str, place: Place) -> str:
    """Return a `<direction>` or `<harmony>` on its staff."""
    if not place.staff or not direction:
        return direction
    end = direction.find("<sound")
    if end < 0:
        end = direction.rindex("</")
    return direction[:end] + place.staff_xml + direction[end:]


class NoteWriter:
    """Writes the notes of all parts, one after the other.

    `lines` are those of the file, `heads` the notes written so far, `rests` the places
    in the text of the rests; `divisions` are the parts of a crotchet that a
    `<duration>` counts.
    """

    def __init__(self, lines: list[str], divisions: int, around: Mapping[int, Around]) -> None:
        """`around` is what is written around notes, by their `id`."""
        self.heads: list[NoteHead] = []
        self.rests: list[tuple[int, int]] = []
        self.lines = lines
        self.divisions = divisions
        self._around = around
        self.is_piped = False
        """Whether the music at hand is for the Highland pipes."""
        self._graces = 0

    def duration(self, length: Fraction) -> int:
        """Return a length in whole notes as `<duration>` counts it."""
        return int(4 * length * self.divisions)

    def write(
        self,
        bar: int,
        segment: NoteSegment,
        place: Place,
        accidentals: Accidentals,
        transposition: int,
    ) -> None:
        """Write a segment of the bar with this index in `tune.bars`, which sounds
        `transposition` semitones from where it is drawn."""
        note = segment.note
        signs = note.signs if note.signs is not None and segment.is_first else _NO_SIGNS
        around = self._around.get(id(note), _NOTHING)
        notations = [f'<tuplet type="{edge}" number="1"/>' for edge in segment.tuplet_edges]
        if segment.is_first and around is not _NOTHING:
            self.lines += [placed(one, place) for one in around.before]
            notations += _turned(around.notations) if place.is_lower else around.notations
        if not note.pitches:
            self._write_rest(segment, place, notations)
        else:
            for number in segment.slurs_ended:
                notations.append(f'<slur type="stop" number="{number}"/>')
            for number, is_dotted in segment.slurs_begun:
                line = ' line-type="dotted"' if is_dotted else ""
                notations.append(f'<slur type="start" number="{number}"{line}/>')
            for graces in signs.graces:
                self._write_graces(graces, place, accidentals.copy(), transposition)
            self._write_heads(bar, segment, place, accidentals, transposition, notations)
        if around.behind and segment.offset + segment.duration == note.offset + note.duration:
            self.lines += [placed(one, place) for one in around.behind]

    def write_behind(self, bar: Bar, place: Place) -> None:
        """Write what stands behind the last note of a bar, before the bar line."""
        around = self._around.get(id(bar), _NOTHING)
        self.lines += [placed(one, place) for one in around.before + around.behind]

    def fermata_behind(self, bar: Bar) -> str:
        """Return the `<fermata>` over the bar line behind a bar; empty without one."""
        found = [one for one in self._around.get(id(bar), _NOTHING).notations if "<fermata" in one]
        return found[0] if found else ""

    def _write_rest(self, segment: NoteSegment, place: Place, notations: list[str]) -> None:
        hidden = ' print-object="no"' if segment.note.text[:1] in "xX" else ""
        rest = '<rest measure="yes"/>' if segment.fills_bar else "<rest/>"
        self.lines.append(
            f'<note id="r{len(self.rests)}"{hidden}>{rest}'
            f"<duration>{self.duration(segment.duration)}</duration><voice>{place.voice}</voice>"
            f"{_value_xml(segment)}{_ratio_xml(segment.ratio)}{place.staff_xml}"
            f"{_notations_xml(notations)}</note>"
        )
        self.rests.append((segment.note.line, segment.note.column))

    def _write_heads(
        self,
        index: int,
        segment: NoteSegment,
        place: Place,
        accidentals: Accidentals,
        transposition: int,
        notations: list[str],
    ) -> None:
        """Write the note, or the notes of a chord; the first has what belongs to the
        whole."""
        note = segment.note
        timing = f"<duration>{self.duration(segment.duration)}</duration>"
        value, ratio = _value_xml(segment), _ratio_xml(segment.ratio)
        chord, beams = "", _beams_xml(segment.beams)
        lyrics = style = note_head = ""
        of_heads: list[str] = []
        if note.signs is not None and segment.is_first:
            around = self._around.get(id(note), _NOTHING)
            lyrics, of_heads = around.lyrics, around.of_heads
            style = accidental_style(note.signs.decorations)
            note_head = note_head_xml(note.signs.decorations)
        drawn = note.pitches
        if transposition:
            drawn = tuple(pitch - transposition for pitch in drawn)
        names = names_of(note.names, drawn)
        for pitch, at, name in zip(note.pitches, drawn, names, strict=True):
            stops = pitch in segment.ties_ended
            starts = pitch in segment.ties_begun
            step, alteration = spell_near(name.step, at)
            shown = accidentals.show(
                step, alteration, is_written=bool(name.accidental or style), is_held=stops
            )
            where, head = _pitch_xml(step, alteration), note_head
            if place.is_percussion:
                where, shown = _unpitched_xml(step), ""
                if alteration > 0 and not head:
                    head = "<notehead>x</notehead>"
            ties, tied = _ties_xml(note.signs, ends=stops, begins=starts)
            identifier = f"n{len(self.heads)}"
            self.lines.append(
                f'<note id="{identifier}">{chord}{where}{timing}{ties}'
                f"<voice>{place.voice}</voice>{value}{_accidental_xml(shown, style)}{ratio}"
                f"{place.stem_xml}{head}{place.staff_xml}{beams}"
                f"{_notations_xml(tied + notations + of_heads)}{lyrics}</note>"
            )
            self.heads.append(
                NoteHead(
                    identifier,
                    index,
                    note.line,
                    note.column,
                    segment.offset,
                    segment.duration,
                    pitch,
                    stops,
                )
            )
            chord, beams, notations, lyrics = "<chord/>", "", [], ""

    def _write_graces(
        self, graces: Graces, place: Place, accidentals: Accidentals, transposition: int
    ) -> None:
        """Write a group of grace notes, with `accidentals` of their own."""
        slash = ' slash="yes"' if graces.is_slashed else ""
        if not graces.notes:
            return
        values = grace_values(graces, is_piped=self.is_piped)
        beams = grace_beams(values)
        for grace, (value, dots), kinds in zip(graces.notes, values, beams, strict=True):
            chord, beam = "", _beams_xml(kinds)
            drawn = [pitch - transposition for pitch in grace.pitches]
            for name, pitch in zip(names_of(grace.names, drawn), drawn, strict=True):
                step, alteration = spell_near(name.step, pitch)
                shown = accidentals.show(
                    step, alteration, is_written=bool(name.accidental), is_held=False
                )
                where = _pitch_xml(step, alteration)
                if place.is_percussion:
                    where, shown = _unpitched_xml(step), ""
                self.lines.append(
                    f'<note id="g{self._graces}"><grace{slash}/>{chord}'
                    f"{where}<voice>{place.voice}</voice>"
                    f"<type>{value}</type>{'<dot/>' * dots}{_accidental_xml(shown)}"
                    f"{place.staff_xml}{beam}</note>"
                )
                self._graces += 1
                chord, beam = "<chord/>", ""


def _beams_xml(kinds: Sequence[str]) -> str:
    """Return the beams of a note, whose kinds are in the order of their levels."""
    return "".join(f'<beam number="{level}">{kind}</beam>' for level, kind in enumerate(kinds, 1))


def _ties_xml(signs: Signs | None, *, ends: bool, begins: bool) -> tuple[str, list[str]]:
    """Return the ties of a head as they sound, and the notations that draw them."""
    is_dotted = signs is not None and signs.is_tie_dotted
    line = ' line-type="dotted"' if is_dotted else ""
    sounding = '<tie type="stop"/>' * ends + '<tie type="start"/>' * begins
    return sounding, ['<tied type="stop"/>'] * ends + [f'<tied type="start"{line}/>'] * begins


def _turned(notations: list[str]) -> list[str]:
    """Return notations of a lower voice: its fermata hangs below the staff.

    The name of its shape tells it from one that the author asks for there.
    """
    below = '<fermata type="inverted">normal</fermata>'
    return [one.replace('<fermata type="upright"/>', below) for one in notations]


def _value_xml(segment: NoteSegment) -> str:
    if segment.fills_bar:  # a rest of a whole bar has no note value, whatever the meter
        return ""
    return f"<type>{segment.value}</type>{'<dot/>' * segment.dots}"


def _ratio_xml(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    return (
        f"<time-modification><actual-notes>{ratio[0]}</actual-notes>"
        f"<normal-notes>{ratio[1]}</normal-notes></time-modification>"
    )


def _notations_xml(notations: list[str]) -> str:
    return f"<notations>{''.join(notations)}</notations>" if notations else ""


def _accidental_xml(name: str, style: str = "") -> str:
    return f"<accidental{style}>{name}</accidental>" if name else ""


def _pitch_xml(step: int, alteration: int) -> str:
    # MusicXML has octaves 0 to 9; what lies lower, no instrument plays.
    octave = min(max(step // 7 + 4, 0), 9)
    alter = f"<alter>{alteration}</alter>" if alteration else ""
    return f"<pitch><step>{LETTERS[step % 7]}</step>{alter}<octave>{octave}</octave></pitch>"


def _unpitched_xml(step: int) -> str:
    octave = min(max(step // 7 + 4, 0), 9)
    return (
        f"<unpitched><display-step>{LETTERS[step % 7]}</display-step>"
        f"<display-octave>{octave}</display-octave></unpitched>"
    )
