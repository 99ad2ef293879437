"""One voice as it is being read: notes, chords, rhythm and bar lines to bars.

Decisions where the ABC 2.1 standard is silent are abc2midi's: the notes of a chord all
last as long as its first; `Z4` is four bars; broken rhythm and tuplets reach over bar
lines. Grace notes take no time and do not sound, and their accidentals do not last.
"""

import re
from fractions import Fraction

from abcrun.notation.bar_signs import closes_endings, passes_in, read_bar_line, read_ending
from abcrun.notation.clef import Clef
from abcrun.notation.decorations import NO_DECORATION, decoration_name
from abcrun.notation.draft import Draft, DraftChord, DraftSigns, placed
from abcrun.notation.exact import common_denominator, fraction
from abcrun.notation.graces import read_graces
from abcrun.notation.header import Header
from abcrun.notation.in_force import InForce
from abcrun.notation.key import KeyField
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.limits import MAX_OVERLAYS, MAX_REST_BARS, MAX_WRITTEN_NOTES
from abcrun.notation.lyrics import WordLines, with_words
from abcrun.notation.meter import Meter
from abcrun.notation.parameters import Parameters
from abcrun.notation.problem import out_of_bounds, shown
from abcrun.notation.reading import Reading
from abcrun.notation.rhythm import Rhythm
from abcrun.notation.tempo import TempoMark
from abcrun.notation.text_strings import decode
from abcrun.notation.tokens import without_microtone
from abcrun.notation.voice_items import VoiceItems
from abcrun.notation.written import Bar, BarLine, Directive, PartLabel, Voice

_ONE = Fraction(1)


class VoiceReader:
    """What is in force in a voice, and the bar under way.

    Each method takes a symbol of the music that stands at `column` of the line at hand.
    """

    def __init__(
        self, name: str, header: Header, known: KnownSigns, reading: Reading, *, is_first: bool
    ) -> None:
        self.name = name
        self.is_first = is_first
        self._in_force = InForce(header, known)
        # What every note asks for.
        self._notes = known.notes
        self._staff = self._in_force.staff
        self._reading = reading
        self._rhythm = Rhythm(reading)
        self.start: tuple[int, int] | None = None
        """Line and column of the first sign of the bar under way."""
        self.chord: DraftChord | None = None
        self.is_beamed = False
        """Whether nothing parts the next note from the last one."""
        self.words = WordLines([], [], [])
        self._written = VoiceItems()
        self._items = self._written.items
        self._properties: dict[str, str] = {}
        # The bar under way. An overlay sign goes back to its start: it is a None.
        self._drafts: list[Draft | None] = []
        self._last: Draft | None = None
        self._of_bar = self._in_force.of_bar  # at its first note
        self._tempos: list[tuple[int, TempoMark]] = []  # position in drafts
        self._titles: list[str] = []
        self._rest_bars = 0  # of the sign Z that it begins
        self._last_pass = 0  # of the endings in this repeat
        self._is_in_section = False  # whether a bar stands behind the last section sign
        self._upcoming: DraftSigns | None = None  # what stands before the next note

    def finished(self) -> Voice:
        """Return what was written in the voice."""
        items = self._items
        if self.words.lyrics or self.words.symbols:
            items = with_words(items, self.words, self._reading)
        return Voice(
            self.name,
            tuple(items),
            self._in_force.is_transposing,
            tuple(self._properties.items()),
            tuple(self.words.lyrics),
            frozenset(self._written.line_ends),
        )

    @property
    def is_empty(self) -> bool:
        """Whether it has neither notes nor bar lines so far."""
        return self.chord is None and not self._drafts and self._written.is_empty

    # Fields

    @property
    def unit_length(self) -> Fraction:
        """The unit note length in force, in whole notes."""
        return self._in_force.known.unit_length

    def set_properties(self, parameters: Parameters) -> None:
        """Take the parameters of a V: field."""
        if parameters.properties:
            self._change_clef(self._in_force.take_voice(parameters))
            self._properties.update(parameters.properties)

    def change_key(self, field: KeyField) -> None:
        """Take a K: field."""
        if field.key is not None:
            self._signs_ahead().key = field.key
        self._change_clef(self._in_force.take_key(field))

    def _change_clef(self, clef: Clef | None) -> None:
        if clef is not None:
            self._signs_ahead().clef = clef

    def change_meter(self, meter: Meter) -> None:
        """Take an M: field."""
        self._in_force.take_meter(meter)
        self._signs_ahead().meter = meter

    def change_unit_length(self, unit_length: Fraction) -> None:
        """Take an L: field."""
        self._in_force.known = KnownSigns(unit_length)
        self._notes = self._in_force.known.notes

    def change_tempo(self, mark: TempoMark) -> None:
        """Take a Q: field."""
        self._tempos.append((len(self._drafts), mark))

    def add_title(self, title: str) -> None:
        """Take a T: field, for the bar that begins next."""
        self._titles.append(title)

    def take_titles(self, other: "VoiceReader") -> None:
        """Take the titles that stand before a change to this voice."""
        if other is not self:
            self._titles += other._titles
            other._titles = []

    def add_directive(self, directive: Directive) -> None:
        """Take a directive, for the note that comes next."""
        self._signs_ahead().add_directive(directive)

    def add_label(self, label: PartLabel) -> None:
        """Take a P: field, which ends the bar and the section."""
        self.finish_bar(self._reading.line, 1)
        self._written.add_label(label)
        self._is_in_section = False

    # Notes, rests and chords

    def note(self, column: int, token: re.Match[str]) -> None:
        """Take a note, alone or in a chord."""
        reading = self._reading
        text = token.group()
        sign = self._notes.get(text)
        if sign is None:
            sign = self._in_force.known.read_note(reading, column, token)
        written, names, duration = sign
        pitch = self._staff.read(written)
        if not 0 <= pitch <= 127:
            reading.unreadable(column, f"the note {shown(text)} is out of the range of MIDI")
            pitch = min(max(pitch, 0), 127)  # read on: one wrong octave mark is mended soon
        if self.chord is None:
            self._add(Draft(reading.line, column, text, duration, names, (pitch,)))
            return
        self.chord.add(reading, column, pitch, names, duration)
        reading.notes += 1
        if reading.notes > MAX_WRITTEN_NOTES:
            raise reading.too_many_notes(column)

    def microtone(self, column: int, token: re.Match[str]) -> None:
        """Take a note with a microtonal accidental (4.2), `^/c` or `^3/2e`. It has the
        accidental of the whole semitones."""
        self._reading.microtone(column, token)
        self.note(column, without_microtone(token))
        if self.chord is None and self._last is not None:
            self._last.text = token.group()

    def late_octave(self, column: int, token: re.Match[str]) -> None:
        """Name octave marks that stand behind nothing that they could move (`c2'`)."""
        marks = token.group()
        self._reading.unreadable(
            column,
            f"the octave mark {marks} is read over: it stands right behind a letter, c{marks}2",
        )

    def rest(self, column: int, token: re.Match[str]) -> None:
        """Take a rest, alone or in a chord."""
        duration = self._in_force.known.length(self._reading, column, token.group("rest_length"))
        if self.chord is not None:
            self.chord.lasts_at_first(duration)
        else:
            self._add(Draft(self._reading.line, column, token.group(), duration))

    def rest_bars(self, column: int, token: re.Match[str]) -> None:
        """Take a rest of whole bars."""
        count = token.group("bars")
        # Of a number with five digits or more, no int is made.
        bars = int(count or 1) if len(count) <= 4 else MAX_REST_BARS + 1
        if bars > MAX_REST_BARS:
            raise self._reading.out_of_bounds(column, f"the rest lasts over {MAX_REST_BARS} bars")
        if self.chord is not None:
            self._reading.unreadable(column, "a rest of whole bars cannot stand in a chord")
            return
        line, length = self._reading.line, self._in_force.meter.length or _ONE
        # Bars of their own, so that each is as long as its meter asks for.
        for index in range(bars):
            if not index:
                self._rest_bars = bars
            else:
                self.finish_bar(line, token.end() + 1)
                self._items.append(BarLine(line, column, "", 0, 0, False))
                self.start = (line, column)
            self._add(Draft(line, column, token.group(), length))

    def _add(self, draft: Draft) -> None:
        """Take a finished note, chord or rest into the bar."""
        signs = self._upcoming
        if self._rhythm.is_open:
            signs = self._signs_ahead()
            self._rhythm.apply(draft, signs)
        if signs is not None:
            if draft.signs is not None:  # what stands inside this chord
                signs.add_inner(draft.signs)
            draft.signs = signs
            self._upcoming = None
            if signs.decorations and not draft.pitches:
                self._reading.on_rest(draft.column, signs.decorations)
        if self._last is None and not any(self._drafts):
            self._of_bar = self._in_force.of_bar
        draft.is_beamed, self.is_beamed = self.is_beamed, True
        self._drafts.append(draft)
        self._last = draft
        # The tie has led to this note, or to nothing.
        if self._staff.ties:
            self._staff.release()
        reading = self._reading
        reading.notes += 1
        if reading.notes > MAX_WRITTEN_NOTES:
            raise reading.too_many_notes(draft.column)

    def open_chord(self, column: int, token: re.Match[str]) -> None:
        """Take the `[` of a chord."""
        if self.chord is not None:
            self._reading.unreadable(column, "a chord cannot stand in a chord")
        else:
            self.chord = DraftChord(self._reading.line, column, token.start())

    def close_chord(self, column: int, token: re.Match[str]) -> None:
        """Take the `]` of a chord and the length behind it."""
        if self.chord is None:
            self._reading.unreadable(column, "']' closes no chord")
        else:
            self._end_chord(self.chord, column, token.end(), token.group("chord_length"))

    def _end_chord(self, chord: DraftChord, column: int, end: int, length: str = "") -> None:
        self.chord = None
        if chord.is_empty:
            self._reading.unreadable(chord.column, "the chord has no notes")
        else:
            chord.finish(self._reading, column, end, length)
            self._add(chord)
            if chord.tied:
                self._staff.hold(chord.ties())

    def begin_line(self, *, is_continued: bool) -> None:
        """Begin a line of music; `is_continued`: a backslash joins it to the one before
        it."""
        if not is_continued:
            self.words.line_starts.append(self._reading.line)
            self.is_beamed = False

    def end_line(self) -> None:
        """Close a chord that the line leaves open."""
        if self.chord is not None:
            column = len(self._reading.text) + 1
            self._reading.problem(
                self.chord.column, "unclosed", "the chord has no end on this line"
            )
            self._end_chord(self.chord, column, column - 1)

    def break_line(self) -> None:
        """End a line of the score."""
        self._written.break_line(is_in_bar=any(self._drafts))

    # Rhythm

    def _last_in_bar(self) -> Draft | None:
        """Return the note that a sign behind it may belong to."""
        return self._last if self._drafts and self._drafts[-1] is self._last else None

    def tie(self, column: int, token: re.Match[str]) -> None:
        """Take the sign of a tie."""
        if self.chord is not None:
            if self.chord.pitches:
                self.chord.tied += (self.chord.pitches[-1],)
                if token.group()[0] == ".":
                    self._signs_here().is_tie_dotted = True
            return
        last = self._last_in_bar()
        if last is None and not self._drafts:
            self._late_tie(column)
            return
        if last is None or not last.pitches:
            self._reading.stray_sign(column, "the tie has no note before it")
            return
        last.tied = last.pitches
        if token.group()[0] == ".":
            last.own_signs().is_tie_dotted = True
        self._staff.hold(last.ties())

    def _late_tie(self, column: int) -> None:
        """Take a tie behind the bar line, where it belongs before it."""
        ties = self._written.tie_last_note()
        if ties is None:
            self._reading.stray_sign(column, "the tie has no note before it")
            return
        self._staff.hold(ties)
        self._reading.remark(
            column, "the tie stands behind the bar line: it is read as if it stood before it"
        )

    def broken(self, column: int, token: re.Match[str]) -> None:
        """Take the signs of a broken rhythm: `>`, `<<`."""
        last = self._last_in_bar() if self.chord is None else None
        self._rhythm.begin_broken(column, token.group(), last)

    def tuplet(self, column: int, token: re.Match[str]) -> None:
        """Take the sign of a tuplet: `(3`, `(3:2:2`."""
        tuplet = self._rhythm.begin_tuplet(column, token, self._in_force.meter)
        if tuplet is not None:
            self._signs_ahead().tuplet = tuplet

    def overlay(self, column: int, token: re.Match[str]) -> None:
        """Take a `&`: what follows is another layer, from the start of the bar."""
        if len(token.group()) > 1:
            self._reading.remark(column, f"{token.group()} is read as &: a layer of one bar")
        if self._written.has_layers:
            self.finish_bar(self._reading.line, column)
            self._staff.hold({})
            self._written.begin_layer()
            return
        if self._drafts.count(None) >= MAX_OVERLAYS:
            raise self._reading.out_of_bounds(column, f"the bar has over {MAX_OVERLAYS} layers")
        self._drafts.append(None)
        self.is_beamed = False
        self._staff.begin_layer()
        self._last = None

    def layers(self, column: int, token: re.Match[str]) -> None:
        """Take `(&` or `&)`: between them, each `&` goes back to the first bar (an
        extension of abcm2ps and abc2midi)."""
        if token.group() == "&)":
            if not self._written.has_layers:
                self._reading.unreadable(column, "'&)' ends no layers")
            self.finish_bar(self._reading.line, column)
            self._written.end_layers()
        elif self._drafts or self._written.has_layers:
            self._reading.unreadable(column, "'(&' does not stand at the start of a bar")
        else:
            self._written.begin_layers()

    # What stands around notes

    def _signs_ahead(self) -> DraftSigns:
        """Return the signs of the next note, to add one."""
        if self._upcoming is None:
            self._upcoming = DraftSigns()
        return self._upcoming

    def _signs_here(self) -> DraftSigns:
        """Return the signs of the chord under way, or else of the next note."""
        return self._signs_ahead() if self.chord is None else self.chord.own_signs()

    def symbol(self, column: int, token: re.Match[str]) -> None:
        """Take a decoration in one letter."""
        symbol = token.group()
        meaning = self._reading.symbols.get(symbol)
        if meaning is None:
            self._reading.stray_sign(column, f"the letter {symbol} has no meaning here", symbol)
            return
        signs = self._signs_here()
        for name in meaning.decorations:
            signs.add_decoration(name)
            self._reading.check_decoration(self._reading.line, column, name)
        for text in meaning.texts:
            signs.add_text(text)

    def decoration(self, column: int, token: re.Match[str]) -> None:
        """Take a decoration in a word, `!trill!` or `+trill+`."""
        name = decoration_name(token.group()[1:-1])
        if name not in NO_DECORATION:
            self._signs_here().add_decoration(name)
            self._reading.check_decoration(self._reading.line, column, name)

    def quoted(self, column: int, token: re.Match[str]) -> None:
        """Take quoted text."""
        self._signs_here().add_text(decode(token.group()[1:-1]))

    def grace(self, column: int, token: re.Match[str]) -> None:
        """Take a group of grace notes."""
        graces = read_graces(
            self._reading, column, token.group(), self._in_force.known, self._staff
        )
        if graces.notes:
            self._signs_here().add_graces(graces)

    def slur(self, column: int, token: re.Match[str]) -> None:
        """Take one end of a slur.

        A `(` belongs to the next note, inside a chord to this chord; a `)` to the note
        before it, also over a bar line.
        """
        if token.group() != ")":
            signs = self._signs_here()
            signs.slurs_begun += 1
            signs.slurs_dotted += token.group()[0] == "."
            return
        draft = self.chord or self._last
        if draft is None and self._drafts:
            draft = next((one for one in reversed(self._drafts) if one is not None), None)
        if draft is not None:
            draft.own_signs().slurs_ended += 1
        elif not self._written.end_slur():
            self._reading.stray_sign(column, "the slur ends before the first note")

    # Bars

    def bar_line(self, column: int, token: re.Match[str]) -> None:
        """Take a bar line, and the ending that its number begins."""
        reading = self._reading
        text, ending = token.group("bar", "bar_ending")
        if self.chord is not None:
            reading.problem(
                self.chord.column, "unclosed", "the chord has no end before the bar line"
            )
            self._end_chord(self.chord, column, token.start())
        if ending is not None:
            text = text[: len(text) - len(ending)]
        line = read_bar_line(reading, column, text)
        if line is None:
            return
        is_in_layer = self._written.is_in_layer
        self.finish_bar(reading.line, column)
        if is_in_layer:  # the first layer has this bar line
            return
        self._items.append(line)
        if not line.is_plain:
            self._is_in_section = False
            if closes_endings(text):
                self._last_pass = 0
        if ending is not None:
            self._begin_ending(column + len(text), ending)

    def ending(self, column: int, token: re.Match[str]) -> None:
        """Take the sign of an ending: `[1`, `[1,3`."""
        self.finish_bar(self._reading.line, column)
        self._begin_ending(column, token.group("passes"))

    def text_ending(self, column: int, token: re.Match[str]) -> None:
        """Take an ending that is named by text: `["1st time"`, `["last time"`."""
        self.finish_bar(self._reading.line, column)
        text = decode(token.group("ending_text")).strip()
        self._begin_ending(column, passes_in(text) or str(self._last_pass + 1), text)

    def _begin_ending(self, column: int, written: str, text: str = "") -> None:
        ending = read_ending(self._reading, column, written, text)
        if ending is None:
            return
        self._last_pass = max(ending.passes)
        self._items.append(ending)
        self._staff.begin_ending(is_first=1 in ending.passes)

    def finish_bar(self, end_line: int, end_column: int) -> None:
        """Close the bar under way, if there is one: accidentals end, ties go on."""
        start, drafts = self.start, self._drafts
        self._staff.finish_bar(has_notes=bool(drafts))
        self.start, self._drafts = None, []
        self.is_beamed = False
        if start is None or not any(drafts):
            return
        self._reading.count_bar(end_line, end_column)
        denominator = common_denominator([one.duration for one in drafts if one is not None])
        if denominator is None:
            raise out_of_bounds(*start, "the lengths in this bar have no common measure")
        notes, units, tempos = placed(drafts, self._tempos, denominator)
        # A tempo behind the last note is the next bar's.
        if self._tempos:
            self._tempos = [(0, tempo) for _, tempo in self._tempos]
        length = fraction(units, denominator)
        meter, key, clef, transposition = self._of_bar
        is_pickup = not self._is_in_section and meter.length is not None and length < meter.length
        bar = Bar(
            *start,
            end_line,
            end_column,
            self.name,
            notes,
            length,
            meter,
            key,
            is_pickup,
            tempos,
            drafts.count(None),
            clef,
            tuple(self._titles),
            self._rest_bars,
            transposition,
            None if self._upcoming is None else self._upcoming.take_end(),
        )
        self._written.add_bar(bar)
        self._titles = []
        self._rest_bars = 0
        self._is_in_section = True
        self._last = None

    def finish(self, end_line: int, end_column: int) -> None:
        """Close the voice at the end of the tune."""
        self.finish_bar(end_line, end_column)
        if self._upcoming is not None:
            signs = self._upcoming.take_end(is_last=True)
            if signs is not None:
                self._written.end_signs(signs)
        self._rhythm.finish()
