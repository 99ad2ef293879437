"""Notes, chords, rests and grace notes as MusicXML's `<note>` shows them, with the
directions around them."""

from dataclasses import dataclass
from fractions import Fraction

from abcrun.notation.pitch import LETTERS, NoteName
from abcrun.notation.written import Graces, Signs
from abcrun.score.accidentals import Accidentals, names_of, spell_near
from abcrun.score.layout import NoteSegment, Ratio
from abcrun.score.signs import directions_before, directions_behind, lyrics_xml, notations_of

_NO_SIGNS = Signs()


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
    ("up", "down"), empty where that is left to the engraver."""

    voice: int = 1
    staff: int = 0
    stem: str = ""

    @property
    def staff_xml(self) -> str:
        return f"<staff>{self.staff}</staff>" if self.staff else ""

    @property
    def stem_xml(self) -> str:
        return f"<stem>{self.stem}</stem>" if self.stem else ""


def placed(direction: str, place: Place) -> str:
    """Return a `<direction>` or `<harmony>` on its staff."""
    if not place.staff:
        return direction
    end = direction.find("<sound")
    if end < 0:
        end = direction.rindex("</")
    return direction[:end] + place.staff_xml + direction[end:]


class NoteWriter:
    """Writes the notes of all parts, one after the other.

    `heads` are the notes written so far.
    """

    def __init__(self, lines: list[str], divisions: int) -> None:
        """`lines` are those of the file; `divisions` the parts of a crotchet that a
        `<duration>` counts."""
        self.heads: list[NoteHead] = []
        self._lines = lines
        self._divisions = divisions
        self._rests = self._graces = 0

    def duration(self, length: Fraction) -> int:
        """Return a length in whole notes as `<duration>` counts it."""
        return int(4 * length * self._divisions)

    def write(self, bar: int, segment: NoteSegment, place: Place, accidentals: Accidentals) -> None:
        """Write a segment of the bar with this index in `tune.bars`."""
        note = segment.note
        signs = note.signs if note.signs is not None and segment.is_first else _NO_SIGNS
        if signs is not _NO_SIGNS:
            self._lines += [placed(one, place) for one in directions_before(signs)]
        notations = [f'<tuplet type="{edge}" number="1"/>' for edge in segment.tuplet_edges]
        if signs is not _NO_SIGNS:
            notations += notations_of(signs.decorations, is_rest=not note.pitches)
        if not note.pitches:
            self._write_rest(segment, place, notations)
        else:
            for number in segment.slurs_ended:
                notations.append(f'<slur type="stop" number="{number}"/>')
            for number in segment.slurs_begun:
                notations.append(f'<slur type="start" number="{number}"/>')
            names = names_of(note)
            for graces in signs.graces:
                shift = note.pitches[0] - accidentals.pitch(names[0])
                self._write_graces(graces, place, accidentals.copy(), shift)
            self._write_heads(bar, segment, place, accidentals, names, notations)
        if signs is not _NO_SIGNS:
            self._lines += [placed(one, place) for one in directions_behind(signs)]

    def _write_rest(self, segment: NoteSegment, place: Place, notations: list[str]) -> None:
        hidden = ' print-object="no"' if segment.note.text[:1] in "xX" else ""
        rest = '<rest measure="yes"/>' if segment.fills_bar else "<rest/>"
        self._lines.append(
            f'<note id="r{self._rests}"{hidden}>{rest}'
            f"<duration>{self.duration(segment.duration)}</duration><voice>{place.voice}</voice>"
            f"{_value_xml(segment)}{_ratio_xml(segment.ratio)}{place.staff_xml}{_notations_xml(notations)}</note>"
        )
        self._rests += 1

    def _write_heads(
        self,
        index: int,
        segment: NoteSegment,
        place: Place,
        accidentals: Accidentals,
        names: list[NoteName],
        notations: list[str],
    ) -> None:
        """Write the note, or the notes of a chord; the first has what belongs to the
        whole."""
        note = segment.note
        timing = f"<duration>{self.duration(segment.duration)}</duration>"
        value, ratio = _value_xml(segment), _ratio_xml(segment.ratio)
        beams = "".join(
            f'<beam number="{level}">{kind}</beam>' for level, kind in enumerate(segment.beams, 1)
        )
        chord = ""
        signs = note.signs
        lyrics = lyrics_xml(signs.lyrics) if signs is not None and segment.is_first else ""
        for pitch, name in zip(note.pitches, names, strict=True):
            stops = pitch in segment.ties_ended
            starts = pitch in segment.ties_begun
            step, alteration = spell_near(name.step, pitch)
            shown = accidentals.show(
                step, alteration, is_written=bool(name.accidental), is_held=stops
            )
            ties = '<tie type="stop"/>' * stops + '<tie type="start"/>' * starts
            tied = ['<tied type="stop"/>'] * stops + ['<tied type="start"/>'] * starts
            identifier = f"n{len(self.heads)}"
            self._lines.append(
                f'<note id="{identifier}">{chord}{_pitch_xml(step, alteration)}{timing}{ties}'
                f"<voice>{place.voice}</voice>{value}{_accidental_xml(shown)}{ratio}"
                f"{place.stem_xml}{place.staff_xml}{beams}"
                f"{_notations_xml(tied + notations)}{lyrics}</note>"
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
        self, graces: Graces, place: Place, accidentals: Accidentals, shift: int
    ) -> None:
        """Write a group of grace notes, with `accidentals` of their own.

        `shift` is how far the note behind them sounds from where it is written, in
        semitones.
        """
        slash = ' slash="yes"' if graces.is_slashed else ""
        last = len(graces.notes) - 1
        value = "16th" if last else "eighth"
        for index, grace in enumerate(graces.notes):
            name = grace.names[0]
            # Another key is not worked out for grace notes, only another octave.
            pitch = accidentals.pitch(name) + (shift if shift % 12 == 0 else 0)
            step, alteration = spell_near(name.step, min(max(pitch, 0), 127))
            shown = accidentals.show(
                step, alteration, is_written=bool(name.accidental), is_held=False
            )
            beams = ""
            if last:
                kind = "begin" if index == 0 else "end" if index == last else "continue"
                beams = f'<beam number="1">{kind}</beam><beam number="2">{kind}</beam>'
            self._lines.append(
                f'<note id="g{self._graces}"><grace{slash}/>{_pitch_xml(step, alteration)}'
                f"<voice>{place.voice}</voice><type>{value}</type>{_accidental_xml(shown)}"
                f"{place.staff_xml}{beams}</note>"
            )
            self._graces += 1


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


def _accidental_xml(name: str) -> str:
    return f"<accidental>{name}</accidental>" if name else ""


def _pitch_xml(step: int, alteration: int) -> str:
    # MusicXML has octaves 0 to 9; what lies lower, no instrument plays.
    octave = min(max(step // 7 + 4, 0), 9)
    alter = f"<alter>{alteration}</alter>" if alteration else ""
    return f"<pitch><step>{LETTERS[step % 7]}</step>{alter}<octave>{octave}</octave></pitch>"
