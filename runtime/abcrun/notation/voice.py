"""One voice as it is being read: notes, chords, rhythm and bar lines to bars.

Decisions where the ABC 2.1 standard is silent are abc2midi's: the notes of a chord all
last as long as its first; `Z4` is four bars; broken rhythm and tuplets reach over bar
lines. Grace notes take no time and do not sound, and their accidentals do not last.
"""

import re
from fractions import Fraction

from abcrun.notation.bar_signs import read_bar_line, read_ending
from abcrun.notation.clef import Clef
from abcrun.notation.decorations import KNOWN, decoration_name
from abcrun.notation.draft import Draft, DraftChord, DraftSigns, placed
from abcrun.notation.exact import common_denominator, fraction
from abcrun.notation.graces import read_graces
from abcrun.notation.header import Header
from abcrun.notation.key import KeyField
from abcrun.notation.lengths import KnownSigns, read_multiple
from abcrun.notation.limits import (
    MAX_BROKEN,
    MAX_CHORD_NOTES,
    MAX_NOTE_LENGTH,
    MAX_OVERLAYS,
    MAX_REST_BARS,
    MAX_TUPLET,
    MAX_WRITTEN_NOTES,
)
from abcrun.notation.lyrics import WordLines, with_words
from abcrun.notation.meter import Meter
from abcrun.notation.parameters import Parameters, Placement
from abcrun.notation.problem import out_of_bounds, shown
from abcrun.notation.reading import Reading
from abcrun.notation.staff import Staff, signature_of
from abcrun.notation.tempo import TempoMark
from abcrun.notation.text_strings import decode
from abcrun.notation.voice_items import VoiceItems
from abcrun.notation.written import (
    Bar,
    BarLine,
    Directive,
    PartLabel,
    Tuplet,
    Voice,
)

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
        self.meter = header.meter
        self.key = header.key
        self.known = known
        self._notes = known.notes
        self.start: tuple[int, int] | None = None
        """Line and column of the first sign of the bar under way."""
        self.chord: DraftChord | None = None
        self.words = WordLines([], [], [])
        self._reading = reading
        self._written = VoiceItems()
        self._items = self._written.items
        self._placement = Placement(header.key_field.parameters)
        self._staff = Staff(signature_of(self.key), self._placement.shift)
        self._is_transposing = self._placement.shift != 0
        self._transposition = self._placement.transposition
        self._clef: Clef | None = self._placement.clef
        self._titles: list[str] = []
        self._is_line_over = False  # a line ended inside the bar under way
        self._rest_bars = 0  # of the sign Z that the bar under way begins
        self.is_beamed = False
        """Whether nothing parts the next note from the last one."""
        self._properties: dict[str, str] = {}
        # The bar under way. An overlay sign goes back to its start: it is a None.
        self._drafts: list[Draft | None] = []
        self._in_force = (
            self.meter,
            self.key,
            self._clef,
            self._transposition,
        )  # at its first note
        self._tempos: list[tuple[int, TempoMark]] = []  # position in drafts
        self._is_in_section = False  # whether a bar stands behind the last section sign
        # What reaches from note to note.
        self._last: Draft | None = None
        self._broken: Fraction | None = None
        self._broken_at = (0, 0, "", _ONE)  # line, column, signs; length of the note before
        self._tuplet_factor = _ONE
        self._tuplet_left = 0
        self._layered_from: int | None = None  # index of the first item behind `(&`
        self._layered: list[int] = []  # its bars that still get another layer
        self._upcoming: DraftSigns | None = None  # what stands before the next note

    def finished(self) -> Voice:
        """Return what was written in the voice."""
        items = self._items
        if self.words.lyrics or self.words.symbols:
            items = with_words(items, self.words, self._reading)
        return Voice(
            self.name,
            tuple(items),
            self._is_transposing,
            tuple(self._properties.items()),
            tuple(self.words.lyrics),
            frozenset(self._written.line_ends),
        )

    @property
    def is_empty(self) -> bool:
        """Whether it has neither notes nor bar lines so far."""
        return self.chord is None and not self._drafts and self._written.is_empty

    # Fields

    def set_properties(self, parameters: Parameters) -> None:
        """Take the parameters of a V: field."""
        if parameters.properties:
            self._placement.take_voice(parameters)
            self._place()
            self._properties.update(parameters.properties)

    def _place(self) -> None:
        """Put in force where notes sound and stand."""
        placement = self._placement
        self._staff.shift = placement.shift
        self._transposition = placement.transposition
        self._is_transposing = self._is_transposing or placement.shift != 0
        if placement.clef is not None and placement.clef != self._clef:
            self._clef = self._signs_ahead().clef = placement.clef

    def change_key(self, field: KeyField) -> None:
        """Take a K: field."""
        if field.key is not None:
            self.key = field.key
            self._staff.change_key(signature_of(field.key))
            self._signs_ahead().key = field.key
        if field.parameters.properties:
            self._placement.take_key(field.parameters)
            self._place()

    def change_meter(self, meter: Meter) -> None:
        """Take an M: field."""
        self.meter = self._signs_ahead().meter = meter

    def change_unit_length(self, unit_length: Fraction) -> None:
        """Take an L: field."""
        self.known = KnownSigns(unit_length)
        self._notes = self.known.notes

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
            sign = self.known.read_note(reading, column, token)
        written, names, duration = sign
        pitch = self._staff.read(written)
        if not 0 <= pitch <= 127:
            reading.unreadable(column, f"the note {shown(text)} is out of the range of MIDI")
            pitch = min(max(pitch, 0), 127)  # read on: one wrong octave mark is mended soon
        if self.chord is None:
            self._add(Draft(reading.line, column, text, duration, names, (pitch,)))
            return
        chord = self.chord
        if len(chord.pitches) >= MAX_CHORD_NOTES:
            raise reading.out_of_bounds(column, f"the chord has over {MAX_CHORD_NOTES} notes")
        chord.lasts_at_first(duration)
        if pitch not in chord.pitches:
            chord.pitches += (pitch,)
            chord.steps_so_far.append(written.step)
        chord.names_so_far += names
        reading.notes += 1
        if reading.notes > MAX_WRITTEN_NOTES:
            raise reading.too_many_notes(column)

    def rest(self, column: int, token: re.Match[str]) -> None:
        """Take a rest, alone or in a chord."""
        duration = self.known.length(self._reading, column, token.group("rest_length"))
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
        line, length = self._reading.line, self.meter.length or _ONE
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
        if self._tuplet_left or self._broken is not None:
            signs = self._signs_ahead()
            if self._tuplet_left:
                draft.duration *= self._tuplet_factor
                self._tuplet_left -= 1
                signs.factor = self._tuplet_factor
                # All but the first note of a tuplet; its sign stands before that one.
                signs.is_joined = signs.tuplet is None
            if self._broken is not None:
                self._check_broken(draft.duration)
                draft.duration *= self._broken
                signs.multiply(self._broken)
                signs.is_joined = True
                self._broken = None
        if signs is not None:
            if draft.signs is not None:  # what stands inside this chord
                signs.add_inner(draft.signs)
            draft.signs = signs
            self._upcoming = None
        if not self._drafts or (self._last is None and not any(self._drafts)):
            self._in_force = (self.meter, self.key, self._clef, self._transposition)
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
        reading = self._reading
        self.chord = None
        if chord.is_empty:
            reading.unreadable(chord.column, "the chord has no notes")
        else:
            chord.names = tuple(chord.names_so_far)
            chord.text = reading.text[chord.begins : end]
            if length:
                chord.duration *= read_multiple(reading, column, length)
                if chord.duration > MAX_NOTE_LENGTH:
                    raise reading.out_of_bounds(
                        column, f"the chord lasts over {MAX_NOTE_LENGTH} whole notes"
                    )
            self._add(chord)
            if chord.tied:
                steps = zip(chord.pitches, chord.steps, strict=True)
                self._staff.hold({step: pitch for pitch, step in steps if pitch in chord.tied})

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
        if any(self._drafts):
            self._is_line_over = True
        else:
            self._written.break_line()

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
        self._staff.hold(dict(zip(last.steps, last.pitches, strict=True)))

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
        signs = token.group()
        if len(signs) > MAX_BROKEN:
            raise self._reading.out_of_bounds(
                column, f"the broken rhythm has over {MAX_BROKEN} signs"
            )
        last = self._last_in_bar()
        if last is None or self.chord is not None or self._broken is not None:
            self._reading.problem(column, "rhythm", f"{shown(signs)} has no note before it")
            return
        # `>` is 3/2 and 1/2, `>>` 7/4 and 1/4: together always two notes.
        short = Fraction(1, 1 << len(signs))
        long = 2 - short
        before, self._broken = (long, short) if signs[0] == ">" else (short, long)
        self._broken_at = (self._reading.line, column, signs, last.duration)
        last.duration *= before
        last.own_signs().multiply(before)
        last.own_signs().broken = signs

    def _check_broken(self, duration: Fraction) -> None:
        """Name a broken rhythm between the last note and one of another length: the
        standard (4.4) calls what comes of it undefined."""
        line, column, signs, before = self._broken_at
        if duration != before:
            self._reading.problems.add(
                line,
                column,
                "broken-rhythm",
                f"{shown(signs)} stands between notes of different lengths, {before} and "
                f"{duration}, which programs play in different ways",
            )

    def tuplet(self, column: int, token: re.Match[str]) -> None:
        """Take the sign of a tuplet: `(3`, `(3:2:2`."""
        reading = self._reading
        digits = [part or "" for part in token.group("actual", "normal", "reach")]
        if max(map(len, digits)) > 3 or max(int(one or 0) for one in digits) > MAX_TUPLET:
            raise reading.out_of_bounds(column, f"the numbers of the tuplet go over {MAX_TUPLET}")
        actual, normal, reach = (int(one or 0) for one in digits)
        if not normal and not 2 <= actual <= 9:
            reading.problem(column, "rhythm", f"({actual} is not a tuplet of 2 to 9 notes")
        elif self._tuplet_left:
            reading.problem(column, "rhythm", "the tuplet starts inside another")
        elif not actual:
            reading.problem(column, "rhythm", "the tuplet has no notes")
        else:
            normal, reach = normal or self.meter.tuplet_time(actual), reach or actual
            self._tuplet_factor = Fraction(normal, actual)
            self._tuplet_left = reach
            self._signs_ahead().tuplet = Tuplet(token.group(), actual, normal, reach)

    def overlay(self, column: int, token: re.Match[str]) -> None:
        """Take a `&`: what follows is another layer, from the start of the bar."""
        if len(token.group()) > 1:
            self._reading.remark(column, f"{token.group()} is read as &: a layer of one bar")
        if self._layered_from is not None:
            self.finish_bar(self._reading.line, column)
            self._staff.hold({})
            self._layered = self._written.bars_from(self._layered_from)
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
            if self._layered_from is None:
                self._reading.unreadable(column, "'&)' ends no layers")
            self.finish_bar(self._reading.line, column)
            self._layered_from, self._layered = None, []
        elif self._drafts or self._layered_from is not None:
            self._reading.unreadable(column, "'(&' does not stand at the start of a bar")
        else:
            self._layered_from = len(self._items)

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
            self._reading.stray_sign(column, f"the letter {symbol} has no meaning here")
            return
        signs = self._signs_here()
        for name in meaning.decorations:
            self._decorate(signs, column, name)
        for text in meaning.texts:
            signs.add_text(text)

    def decoration(self, column: int, token: re.Match[str]) -> None:
        """Take a decoration in a word, `!trill!` or `+trill+`."""
        self._decorate(self._signs_here(), column, decoration_name(token.group()[1:-1]))

    def _decorate(self, signs: DraftSigns, column: int, name: str) -> None:
        signs.add_decoration(name)
        if name not in KNOWN:
            self._reading.unknown_decoration(self._reading.line, column, name)

    def quoted(self, column: int, token: re.Match[str]) -> None:
        """Take quoted text."""
        self._signs_here().add_text(decode(token.group()[1:-1]))

    def grace(self, column: int, token: re.Match[str]) -> None:
        """Take a group of grace notes."""
        graces = read_graces(self._reading, column, token.group(), self.known, self._staff)
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
        is_in_layer = bool(self._layered)
        self.finish_bar(reading.line, column)
        if is_in_layer:  # the first layer has this bar line
            return
        self._items.append(line)
        if not line.is_plain:
            self._is_in_section = False
        if ending is not None:
            self._begin_ending(column + len(text), ending)

    def ending(self, column: int, token: re.Match[str]) -> None:
        """Take the sign of an ending: `[1`, `[1,3`."""
        self.finish_bar(self._reading.line, column)
        self._begin_ending(column, token.group("passes"))

    def _begin_ending(self, column: int, written: str) -> None:
        ending = read_ending(self._reading, column, written)
        if ending is None:
            return
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
        self._tempos = [(0, tempo) for _, tempo in self._tempos]
        length = fraction(units, denominator)
        meter, key, clef, transposition = self._in_force
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
        if self._layered:
            if self._written.add_layer(self._layered.pop(0), bar) > MAX_OVERLAYS:
                raise out_of_bounds(*start, f"the bar has over {MAX_OVERLAYS} layers")
        else:
            self._items.append(bar)
        if self._is_line_over:
            self._written.line_ends.add(len(self._items) - 1)
            self._is_line_over = False
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
        if self._tuplet_left:
            self._reading.problem(1, "rhythm", "the last tuplet has too few notes")
        if self._broken is not None:
            self._reading.problem(1, "rhythm", "the last broken rhythm has no note behind it")
