"""The body of a tune to voices of bars: lengths, pitches and ties as they are written;
nothing is played out yet.

Decisions where the ABC 2.1 standard is silent are abc2midi's: the notes of a chord all
last as long as its first; `Z4` is four bars; broken rhythm and tuplets reach over bar
lines. Grace notes take no time and do not sound, and their accidentals do not last.
Lyrics, macros (`m:`) and `%%` directives are not acted on.
"""

import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from abcrun.notation.exact import common_denominator, fraction
from abcrun.notation.header import (
    VOICE_NAME,
    Header,
    Line,
    field_of,
    meter_field,
    unit_length_field,
)
from abcrun.notation.key import Key, Parameters, read_key, read_parameters
from abcrun.notation.limits import (
    MAX_BARS,
    MAX_BROKEN,
    MAX_CHORD_NOTES,
    MAX_DENOMINATOR,
    MAX_LINE_CHARACTERS,
    MAX_NOTE_LENGTH,
    MAX_NUMBER_DIGITS,
    MAX_OCTAVE_MARKS,
    MAX_OVERLAYS,
    MAX_PASSES,
    MAX_REST_BARS,
    MAX_TUPLET,
    MAX_VOICES,
    MAX_WRITTEN_NOTES,
)
from abcrun.notation.meter import Meter
from abcrun.notation.pitch import NoteName, WrittenPitch, written_pitch
from abcrun.notation.problem import Problems, out_of_bounds, shown
from abcrun.notation.staff import Staff, signature_of
from abcrun.notation.tempo import read_tempo, says_only_words
from abcrun.notation.tokens import (
    ALWAYS_SYMBOLS,
    BAR,
    CHORD_END,
    ENDING,
    FIELD,
    NOTE,
    REST,
    REST_BARS,
    TUPLET,
    tokens,
    without_comment,
)
from abcrun.notation.written import (
    Bar,
    BarLine,
    Ending,
    Graces,
    Item,
    Lyrics,
    PartLabel,
    Signs,
    Tuplet,
    Voice,
    WrittenNote,
)

_ONE = Fraction(1)
_ZERO = Fraction(0)


class _Draft:
    """A note, chord or rest whose length may still change: by a broken rhythm behind
    it, or a number behind a chord."""

    __slots__ = (
        "column",
        "duration",
        "is_empty",
        "line",
        "names",
        "pitches",
        "signs",
        "steps",
        "text",
        "tied",
    )

    def __init__(self, line: int, column: int, text: str, duration: Fraction) -> None:
        self.line = line
        self.column = column
        self.text = text
        self.duration = duration
        self.names: tuple[NoteName, ...] = ()
        self.pitches: tuple[int, ...] = ()
        self.steps: tuple[int, ...] = ()  # of each pitch: what a tie holds on to
        self.tied: tuple[int, ...] = ()
        self.signs: _DraftSigns | None = None
        self.is_empty = False  # a chord before its first note


class _DraftSigns:
    """The `Signs` of a note as they are found, one after the other."""

    __slots__ = (
        "broken",
        "decorations",
        "factor",
        "graces",
        "is_joined",
        "key",
        "slurs_begun",
        "slurs_ended",
        "texts",
        "tuplet",
    )

    def __init__(self) -> None:
        self.factor: Fraction | None = None
        self.tuplet: Tuplet | None = None
        self.broken = ""
        self.is_joined = False
        self.graces: list[Graces] | None = None
        self.decorations: list[str] | None = None
        self.texts: list[str] | None = None
        self.slurs_begun = 0
        self.slurs_ended = 0
        self.key: Key | None = None

    def add_graces(self, graces: Graces) -> None:
        if self.graces is None:
            self.graces = []
        self.graces.append(graces)

    def add_decoration(self, decoration: str) -> None:
        if self.decorations is None:
            self.decorations = []
        self.decorations.append(decoration)

    def add_text(self, text: str) -> None:
        if self.texts is None:
            self.texts = []
        self.texts.append(text)

    def multiply(self, factor: Fraction) -> None:
        self.factor = factor if self.factor is None else self.factor * factor

    def finished(self) -> Signs:
        return Signs(
            self.factor,
            self.tuplet,
            self.broken,
            self.is_joined,
            tuple(self.graces) if self.graces else (),
            tuple(self.decorations) if self.decorations else (),
            tuple(self.texts) if self.texts else (),
            self.slurs_begun,
            self.slurs_ended,
            self.key,
        )


class _NoteSign(NamedTuple):
    """What a note such as `^c'2` says by itself; `duration` depends on the unit note
    length in force."""

    pitch: WrittenPitch
    names: tuple[NoteName]
    duration: Fraction


class KnownSigns:
    """Notes and lengths that were read before, with one unit note length: they need not
    be worked out again."""

    def __init__(self) -> None:
        self.lengths: dict[str, Fraction] = {}
        self.signs: dict[str, _NoteSign] = {}


class _VoiceReader:
    """One voice as it is being read: what is in force, and the bar under way."""

    def __init__(self, name: str, header: Header, known: KnownSigns) -> None:
        self.name = name
        self.items: list[Item] = []
        self.meter = header.meter
        self.unit_length = header.unit_length
        self.key = header.key
        parameters = header.key_field.parameters
        self.staff = Staff(signature_of(self.key), parameters.shift or 0)
        self.is_transposing = parameters.moves_sound
        self.clef = parameters.clef
        self.properties: dict[str, str] = {}
        self.lyrics: list[Lyrics] = []
        self.lengths = known.lengths
        self.signs = known.signs  # notes met since the unit note length was set
        # The bar under way.
        self.drafts: list[_Draft | None] = []  # None: an overlay sign, back to the start of the bar
        self.start: tuple[int, int] | None = None  # line and column of its first sign
        self.in_force: tuple[Meter, Key, str] | None = None  # at its first note; and the clef
        self.tempos: list[tuple[int, Fraction]] = []  # position in drafts
        # What reaches from note to note.
        self.last: _Draft | None = None
        self.chord: _Draft | None = None
        self.broken: Fraction | None = None
        self.tuplet_factor = _ONE
        self.tuplet_left = 0
        self.chord_names: list[NoteName] = []
        self.in_section = False  # whether a bar stands behind the last section sign
        self.upcoming: _DraftSigns | None = None  # what stands before the next note
        self.late_slurs = 0  # ended behind the bar line, for the last note before it
        self.chord_slurs = 0  # begun inside the chord under way, for the note behind it

    def signs_ahead(self) -> _DraftSigns:
        """Return the signs of the next note, to add one."""
        if self.upcoming is None:
            self.upcoming = _DraftSigns()
        return self.upcoming

    def begin_slur(self) -> None:
        """Take a `(`. It belongs to the next note; from inside a chord, to the one
        behind the chord."""
        if self.chord is None:
            self.signs_ahead().slurs_begun += 1
        else:
            self.chord_slurs += 1

    def end_chord(self) -> None:
        """Give the next note the slurs that began inside the chord before it."""
        if self.chord_slurs:
            self.signs_ahead().slurs_begun += self.chord_slurs
            self.chord_slurs = 0

    def end_slur(self) -> None:
        """Take a `)`. It belongs to the note before it, also over a bar line."""
        draft = self.chord or self.last
        if draft is None and self.drafts:
            draft = next((one for one in reversed(self.drafts) if one is not None), None)
        if draft is None:
            self.late_slurs += 1
            return
        if draft.signs is None:
            draft.signs = _DraftSigns()
        draft.signs.slurs_ended += 1

    def end_late_slurs(self) -> None:
        """Give the last note of the last bar the slurs that were closed behind its bar
        line."""
        for index in range(len(self.items) - 1, -1, -1) if self.late_slurs else ():
            bar = self.items[index]
            if isinstance(bar, Bar):
                note = bar.notes[-1]
                signs = note.signs or Signs()
                signs = signs._replace(slurs_ended=signs.slurs_ended + self.late_slurs)
                self.items[index] = replace(
                    bar, notes=(*bar.notes[:-1], note._replace(signs=signs))
                )
                break
        self.late_slurs = 0


class BodyReader:
    """Reads the lines behind the header. `voices()` gives what was written."""

    def __init__(self, header: Header, problems: Problems, known: KnownSigns | None = None) -> None:
        """`known` may be given again to readers of the same header."""
        self._header = header
        self._problems = problems
        self._known = known
        self._voices: dict[str, _VoiceReader] = {}
        self._voice: _VoiceReader | None = None
        self._user_symbols = ALWAYS_SYMBOLS | header.user_symbols
        self._line = header.key_line
        self._text = ""
        self._labels: list[PartLabel] = []
        self._written = 0
        self._bars = 0
        for line, column, value in header.voices:
            self._line = line
            self._turn_to_voice(column, value)
        self._voice = None

    def read(self, lines: list[Line]) -> None:
        """Reads all lines of the body. Raises `UnreadableTuneError` when a bound is
        passed."""
        for line in lines:
            text = line.text
            if len(text) > MAX_LINE_CHARACTERS:
                raise out_of_bounds(
                    line.number, 1, f"the line has over {MAX_LINE_CHARACTERS:,} characters"
                )
            if text.startswith("%"):
                continue
            self._line = line.number
            field = field_of(line)
            if field is not None:
                self._read_field(*field)
                continue
            if "%" in text:
                text = without_comment(text)
            self._read_music(text)
        for voice in self._voices.values():
            self._finish_bar(voice, self._line, len(lines[-1].text) + 1 if lines else 1)
            self._end_of_voice(voice)

    def voices(self) -> tuple[Voice, ...]:
        """The voices in the order of their first mention."""
        return tuple(
            Voice(
                voice.name,
                tuple(voice.items),
                voice.is_transposing,
                tuple(voice.properties.items()),
                tuple(voice.lyrics),
            )
            for voice in self._voices.values()
        )

    # Fields

    def _read_field(self, letter: str, column: int, value: str) -> None:
        if letter == "V":
            self._turn_to_voice(column, value)
            return
        if letter == "U":
            self._user_symbols = self._user_symbols | {value.strip()[:1]}
            return
        voice = self._current_voice()
        if letter == "K":
            self._change_key(voice, column, value)
        elif letter == "M":
            meter = meter_field(self._line, column, value, self._problems)
            if meter is not None:
                voice.meter = meter
        elif letter == "L":
            unit_length = unit_length_field(self._line, column, value, self._problems)
            if unit_length is not None:
                voice.unit_length = unit_length
                voice.lengths = {}
                voice.signs = {}
        elif letter == "Q":
            tempo = read_tempo(value, voice.unit_length)
            if tempo is not None:
                voice.tempos.append((len(voice.drafts), tempo))
            elif not says_only_words(value):
                self._problems.add(
                    self._line, column, "field", f"Q: is not a tempo: {shown(value.strip())}"
                )
        elif letter == "P":
            self._part(column, value.strip()[:1])
        elif letter == "w":
            voice.lyrics.append(Lyrics(self._line, column, value))

    def _part(self, column: int, label: str) -> None:
        """A part label stands in every voice; the music behind it is the first voice's
        until a V: says otherwise."""
        self._current_voice()
        self._labels.append(PartLabel(self._line, column, label))
        for voice in self._voices.values():
            self._finish_bar(voice, self._line, 1)
            voice.items.append(self._labels[-1])
            voice.in_section = False
        self._voice = None

    def _change_key(self, voice: _VoiceReader, column: int, value: str) -> None:
        field = read_key(value)
        if field is None or field.rest.strip():
            self._problems.add(
                self._line, column, "field", f"K: does not name a key: {shown(value.strip())}"
            )
            if field is None:
                return
        if field.key is not None:
            voice.key = field.key
            voice.staff.change_key(signature_of(field.key))
            voice.signs_ahead().key = field.key
        self._set_parameters(voice, field.parameters)

    def _set_parameters(self, voice: _VoiceReader, parameters: Parameters) -> None:
        if parameters.shift is not None:
            voice.staff.shift = parameters.shift
        voice.is_transposing = voice.is_transposing or parameters.moves_sound
        voice.clef = parameters.clef or voice.clef

    def _turn_to_voice(self, column: int, value: str) -> None:
        named = VOICE_NAME.match(value)
        if named is None:
            self._problems.add(self._line, column, "field", "V: does not name a voice")
            return
        name = named.group(1)
        voice = self._voices.get(name)
        if voice is None:
            if len(self._voices) >= MAX_VOICES:
                raise out_of_bounds(self._line, column, f"the tune has over {MAX_VOICES} voices")
            voice = self._voices[name] = _VoiceReader(
                name, self._header, self._known or KnownSigns()
            )
            voice.items.extend(self._labels)
        parameters = read_parameters(value[named.end() :])
        self._set_parameters(voice, parameters)
        voice.properties.update(parameters.properties)
        self._voice = voice

    def _current_voice(self) -> _VoiceReader:
        if self._voice is None:
            first = next(iter(self._voices.values()), None)
            if first is None:
                first = self._voices["1"] = _VoiceReader(
                    "1", self._header, self._known or KnownSigns()
                )
            self._voice = first
        return self._voice

    # Music

    def _read_music(self, text: str) -> None:
        voice = self._current_voice()
        line = self._line
        self._text = text
        for token in tokens(text):
            kind = token.lastgroup
            if kind == "space":
                continue
            if kind == "note":
                column = token.start() + 1
                if voice.start is None:
                    voice.start = (line, column)
                self._note(voice, column, token)
            elif kind == "bar":
                self._bar_line(
                    voice,
                    token.start() + 1,
                    token.end() + 1,
                    token.group(BAR),
                    token.group(BAR + 1),
                )
            else:
                column = token.start() + 1
                if voice.start is None and kind not in ("ending", "linebreak", "overlay"):
                    voice.start = (line, column)
                if kind == "rest":
                    draft = _Draft(
                        line,
                        column,
                        token.group(),
                        self._length(voice, column, token.group(REST + 1)),
                    )
                    self._add(voice, draft)
                elif kind == "tie":
                    self._tie(voice, column)
                elif kind == "broken":
                    self._broken(voice, column, token.group())
                elif kind == "tuplet":
                    self._tuplet(
                        voice,
                        column,
                        token.group(),
                        token.group(TUPLET + 1),
                        token.group(TUPLET + 2),
                        token.group(TUPLET + 3),
                    )
                elif kind == "slur":
                    if token.group() == ")":
                        voice.end_slur()
                    else:
                        voice.begin_slur()
                elif kind == "chord":
                    self._open_chord(voice, column)
                elif kind == "chordend":
                    self._close_chord(voice, column, token.end() + 1, token.group(CHORD_END + 1))
                elif kind == "field":
                    letter = token.group(FIELD + 1)
                    self._read_field(letter, column, token.group(FIELD + 2))
                    voice = self._current_voice()
                elif kind == "ending":
                    self._finish_bar(voice, line, column)
                    self._ending(voice, column, token.group(ENDING + 1))
                elif kind == "restbars":
                    self._rest_bars(
                        voice, column, token.end() + 1, token.group(), token.group(REST_BARS + 1)
                    )
                elif kind == "overlay":
                    self._overlay(voice, column, token.group())
                elif kind == "symbol":
                    if token.group() not in self._user_symbols:
                        self._unreadable(column, f"the letter {token.group()} has no meaning here")
                    elif voice.chord is None:
                        voice.signs_ahead().add_decoration(token.group())
                elif voice.chord is None and kind == "decoration":
                    voice.signs_ahead().add_decoration(f"!{token.group()[1:-1]}!")
                elif voice.chord is None and kind == "quoted":
                    voice.signs_ahead().add_text(token.group()[1:-1])
                elif voice.chord is None and kind == "grace":
                    voice.signs_ahead().add_graces(self._graces(token.group()))
                elif kind == "unclosed":
                    what = "quoted text" if token.group() == '"' else "group of grace notes"
                    self._problems.add(
                        line, column, "unclosed", f"the {what} has no end on this line"
                    )
                elif kind == "unreadable":
                    self._unreadable(column, f"{shown(token.group())} has no meaning here")
        if voice.chord is not None:
            self._problems.add(
                line, voice.chord.column, "unclosed", "the chord has no end on this line"
            )
            self._close_chord(voice, len(text) + 1, len(text) + 1, "")

    def _unreadable(self, column: int, reason: str) -> None:
        self._problems.add(self._line, column, "unreadable", reason)

    def _length(self, voice: _VoiceReader, column: int, written: str) -> Fraction:
        """The length in whole notes that digits and slashes name: nothing, `2`, `/`,
        `//`, `/4`, `3/2`."""
        length = voice.lengths.get(written)
        if length is None:
            faults = len(self._problems)
            length = voice.unit_length * self._times(column, written)
            if length > MAX_NOTE_LENGTH:
                raise out_of_bounds(
                    self._line, column, f"the note lasts over {MAX_NOTE_LENGTH} whole notes"
                )
            if len(self._problems) == faults:
                voice.lengths[written] = length
        return length

    def _times(self, column: int, written: str) -> Fraction:
        numerator, slash, denominator = written.partition("/")
        slashes = len(slash) + len(denominator) - len(denominator.lstrip("/"))
        denominator = denominator.lstrip("/")
        if max(len(numerator), len(denominator)) > MAX_NUMBER_DIGITS or slashes > MAX_NUMBER_DIGITS:
            raise out_of_bounds(
                self._line, column, f"the length {shown(written)} is out of all bounds"
            )
        times = int(numerator) if numerator else 1
        divisor = int(denominator) if denominator else 1
        if times == 0 or divisor == 0:
            self._unreadable(column, f"the length {shown(written)} is zero")
            times, divisor = times or 1, divisor or 1
        elif not denominator:
            divisor = 1 << slashes
        elif slashes > 1:
            self._unreadable(column, f"the length {shown(written)} has no meaning")
        length = Fraction(times, divisor)
        if length.denominator > MAX_DENOMINATOR // 1000:
            raise out_of_bounds(self._line, column, f"the length {shown(written)} is too short")
        return length

    def _note_sign(self, voice: _VoiceReader, column: int, token: re.Match[str]) -> _NoteSign:
        accidental, letter, marks, length = token.group(NOTE + 1, NOTE + 2, NOTE + 3, NOTE + 4)
        if len(marks) > MAX_OCTAVE_MARKS:
            raise out_of_bounds(
                self._line, column, f"the note has over {MAX_OCTAVE_MARKS} octave marks"
            )
        pitch = written_pitch(accidental, letter, marks)
        return _NoteSign(pitch, (pitch.name,), self._length(voice, column, length))

    def _note(self, voice: _VoiceReader, column: int, token: re.Match[str]) -> None:
        text = token.group()
        sign = voice.signs.get(text)
        if sign is None:
            faults = len(self._problems)
            sign = self._note_sign(voice, column, token)
            if len(self._problems) == faults:
                voice.signs[text] = sign
        written, names, duration = sign
        pitch = voice.staff.read(written)
        if not 0 <= pitch <= 127:
            self._unreadable(column, f"the note {shown(text)} is out of the range of MIDI")
            pitch = min(max(pitch, 0), 127)
        chord = voice.chord
        if chord is not None:
            if len(chord.pitches) >= MAX_CHORD_NOTES:
                raise out_of_bounds(
                    self._line, column, f"the chord has over {MAX_CHORD_NOTES} notes"
                )
            if chord.is_empty:
                chord.duration = duration
                chord.is_empty = False
            if pitch not in chord.pitches:
                chord.pitches += (pitch,)
                chord.steps += (written.step,)
            voice.chord_names += names
            self._count(column)
            return
        draft = _Draft(self._line, column, text, duration)
        draft.pitches = (pitch,)
        draft.steps = (written.step,)
        draft.names = names
        self._add(voice, draft)

    def _count(self, column: int) -> None:
        self._written += 1
        if self._written > MAX_WRITTEN_NOTES:
            raise out_of_bounds(
                self._line, column, f"the tune has over {MAX_WRITTEN_NOTES:,} notes"
            )

    def _add(self, voice: _VoiceReader, draft: _Draft) -> None:
        """Takes a finished note, chord or rest into the bar."""
        if voice.chord is not None:  # a rest in a chord
            if voice.chord.is_empty:
                voice.chord.duration = draft.duration
                voice.chord.is_empty = False
            return
        signs = voice.upcoming
        if voice.tuplet_left or voice.broken is not None:
            signs = voice.signs_ahead()
            if voice.tuplet_left:
                draft.duration *= voice.tuplet_factor
                voice.tuplet_left -= 1
                signs.factor = voice.tuplet_factor
                signs.is_joined = signs.tuplet is None
            if voice.broken is not None:
                draft.duration *= voice.broken
                signs.multiply(voice.broken)
                signs.is_joined = True
                voice.broken = None
        if signs is not None:
            if draft.signs is not None:  # slurs that end at a note of this chord
                signs.slurs_ended = draft.signs.slurs_ended
            draft.signs = signs
            voice.upcoming = None
        if voice.in_force is None:
            voice.in_force = (voice.meter, voice.key, voice.clef)
        voice.drafts.append(draft)
        voice.last = draft
        if voice.staff.ties:
            voice.staff.release()
        self._count(draft.column)

    def _open_chord(self, voice: _VoiceReader, column: int) -> None:
        if voice.chord is not None:
            self._unreadable(column, "a chord cannot stand in a chord")
            return
        voice.chord = _Draft(self._line, column, "", _ZERO)
        voice.chord.is_empty = True
        voice.chord_names = []

    def _close_chord(self, voice: _VoiceReader, column: int, end_column: int, length: str) -> None:
        chord = voice.chord
        if chord is None:
            self._unreadable(column, "']' closes no chord")
            return
        voice.chord = None
        if chord.is_empty:
            self._unreadable(chord.column, "the chord has no notes")
            voice.end_chord()
            return
        chord.names = tuple(voice.chord_names)
        chord.text = self._text[chord.column - 1 : end_column - 1]
        if length:
            chord.duration *= self._times(column, length)
            if chord.duration > MAX_NOTE_LENGTH:
                raise out_of_bounds(
                    self._line, column, f"the chord lasts over {MAX_NOTE_LENGTH} whole notes"
                )
        tied = chord.tied
        self._add(voice, chord)
        voice.end_chord()
        if tied:
            voice.staff.hold(
                {
                    step: pitch
                    for pitch, step in zip(chord.pitches, chord.steps, strict=True)
                    if pitch in tied
                }
            )

    def _tie(self, voice: _VoiceReader, column: int) -> None:
        if voice.chord is not None:
            if voice.chord.pitches:
                voice.chord.tied += (voice.chord.pitches[-1],)
            return
        last = voice.last
        if last is None or not voice.drafts or voice.drafts[-1] is not last or not last.pitches:
            self._unreadable(column, "the tie has no note before it")
            return
        last.tied = last.pitches
        voice.staff.hold(dict(zip(last.steps, last.pitches, strict=True)))

    def _broken(self, voice: _VoiceReader, column: int, signs: str) -> None:
        if len(signs) > MAX_BROKEN:
            raise out_of_bounds(
                self._line, column, f"the broken rhythm has over {MAX_BROKEN} signs"
            )
        last = voice.last
        if (
            last is None
            or voice.chord is not None
            or not voice.drafts
            or voice.drafts[-1] is not last
        ):
            self._problems.add(
                self._line, column, "rhythm", f"{shown(signs)} has no note before it"
            )
            return
        short = Fraction(1, 1 << len(signs))
        long = 2 - short
        if voice.broken is not None:
            self._problems.add(
                self._line, column, "rhythm", f"{shown(signs)} has no note before it"
            )
            return
        before, voice.broken = (long, short) if signs[0] == ">" else (short, long)
        last.duration *= before
        if last.signs is None:
            last.signs = _DraftSigns()
        last.signs.multiply(before)
        last.signs.broken = signs

    def _tuplet(
        self,
        voice: _VoiceReader,
        column: int,
        text: str,
        notes: str,
        times: str | None,
        reach: str | None,
    ) -> None:
        numbers = [
            int(number) if number and len(number) <= 3 else 0
            for number in (notes, times or "", reach or "")
        ]
        if max(numbers) > MAX_TUPLET or any(
            len(number or "") > 3 for number in (notes, times, reach)
        ):
            raise out_of_bounds(
                self._line, column, f"the numbers of the tuplet go over {MAX_TUPLET}"
            )
        count, in_time_of, reaching = numbers
        if not in_time_of:
            in_time_of = voice.meter.tuplet_time(count)
            if not 2 <= count <= 9:
                self._problems.add(
                    self._line, column, "rhythm", f"({count} is not a tuplet of 2 to 9 notes"
                )
                return
        if voice.tuplet_left:
            self._problems.add(self._line, column, "rhythm", "the tuplet starts inside another")
            return
        if not count:
            self._problems.add(self._line, column, "rhythm", "the tuplet has no notes")
            return
        voice.tuplet_factor = Fraction(in_time_of, count)
        voice.tuplet_left = reaching or count
        voice.signs_ahead().tuplet = Tuplet(text, count, in_time_of, reaching or count)

    def _graces(self, text: str) -> Graces:
        names = tuple(
            NoteName.of(*token.group(NOTE + 1, NOTE + 2, NOTE + 3))
            for token in tokens(text[1:-1])
            if token.lastgroup == "note"
        )
        return Graces(text.startswith("{/"), names)

    def _rest_bars(
        self, voice: _VoiceReader, column: int, end_column: int, text: str, count: str
    ) -> None:
        bars = int(count) if count and len(count) <= 4 else (1 if not count else MAX_REST_BARS + 1)
        if bars > MAX_REST_BARS:
            raise out_of_bounds(self._line, column, f"the rest lasts over {MAX_REST_BARS} bars")
        if voice.chord is not None:
            self._unreadable(column, "a rest of whole bars cannot stand in a chord")
            return
        length = voice.meter.length or _ONE
        for index in range(bars):
            if index:
                self._finish_bar(voice, self._line, end_column)
                voice.items.append(BarLine(self._line, column, "", 0, 0, False))
                voice.start = (self._line, column)
            self._add(voice, _Draft(self._line, column, text, length))

    def _overlay(self, voice: _VoiceReader, column: int, signs: str) -> None:
        if len(signs) > 1:
            self._unreadable(column, "layers over several bars (&&) are not read")
        if voice.drafts.count(None) >= MAX_OVERLAYS:
            raise out_of_bounds(self._line, column, f"the bar has over {MAX_OVERLAYS} layers")
        voice.drafts.append(None)
        voice.staff.forget_accidentals()
        voice.last = None

    # Bar lines

    def _bar_line(
        self, voice: _VoiceReader, column: int, end_column: int, text: str, ending: str | None
    ) -> None:
        if voice.chord is not None:
            self._problems.add(
                self._line,
                voice.chord.column,
                "unclosed",
                "the chord has no end before the bar line",
            )
            self._close_chord(voice, column, column, "")
        if ending is not None:
            text = text[: len(text) - len(ending)]
        if text == ":":
            self._unreadable(column, "':' alone is no bar line")
            return
        left = len(text) - len(text.lstrip(":"))
        right = len(text) - len(text.rstrip(":"))
        if left == len(text):  # "::" and longer
            left = right = 1
        if max(left, right) >= MAX_PASSES:
            raise out_of_bounds(
                self._line, column, f"the section is played over {MAX_PASSES} times"
            )
        is_double = not (left or right) and text not in ("|", ".|", "[|]")
        self._finish_bar(voice, self._line, column)
        voice.items.append(BarLine(self._line, column, text, left, right, is_double))
        if left or right or is_double:
            voice.in_section = False
        if ending is not None:
            self._ending(voice, end_column - len(ending), ending)

    def _ending(self, voice: _VoiceReader, column: int, written: str) -> None:
        passes: set[int] = set()
        for part in written.replace(".", ",").split(","):
            first, _, last = part.partition("-")
            if max(len(first), len(last)) > 2 or not first:
                raise out_of_bounds(
                    self._line, column, f"the section is played over {MAX_PASSES} times"
                )
            passes.update(range(int(first), min(int(last or first), MAX_PASSES) + 1))
        passes.discard(0)
        if not passes:
            self._unreadable(column, f"{shown(written)} names no pass of a repeat")
            return
        if max(passes) > MAX_PASSES:
            raise out_of_bounds(
                self._line, column, f"the section is played over {MAX_PASSES} times"
            )
        voice.items.append(Ending(self._line, column, tuple(sorted(passes))))

    def _finish_bar(self, voice: _VoiceReader, end_line: int, end_column: int) -> None:
        """Closes the bar under way, if there is one; accidentals end, ties are carried
        over."""
        voice.staff.finish_bar()
        start, in_force, drafts, tempos = voice.start, voice.in_force, voice.drafts, voice.tempos
        voice.start = voice.in_force = None
        if start is None or in_force is None:
            voice.drafts = []
            return
        self._bars += 1
        if self._bars > MAX_BARS:
            raise out_of_bounds(end_line, end_column, f"the tune has over {MAX_BARS:,} bars")
        denominator = common_denominator(draft.duration for draft in drafts if draft is not None)
        if denominator is None:
            raise out_of_bounds(*start, "the lengths in this bar have no common measure")
        notes: list[WrittenNote] = []
        changes: list[tuple[Fraction, Fraction]] = []
        units = longest = 0
        for position, draft in enumerate(drafts):
            offset = fraction(units, denominator)
            while tempos and tempos[0][0] <= position:
                changes.append((offset, tempos.pop(0)[1]))
            if draft is None:
                longest = max(longest, units)
                units = 0
                continue
            duration = draft.duration
            notes.append(
                WrittenNote(
                    draft.line,
                    draft.column,
                    draft.text,
                    offset,
                    duration,
                    draft.pitches,
                    draft.tied,
                    draft.names,
                    None if draft.signs is None else draft.signs.finished(),
                )
            )
            units += duration.numerator * (denominator // duration.denominator)
        length = fraction(max(longest, units), denominator)
        meter, key, clef = in_force
        if voice.late_slurs:
            voice.end_late_slurs()
        is_pickup = not voice.in_section and meter.length is not None and length < meter.length
        voice.items.append(
            Bar(
                *start,
                end_line,
                end_column,
                voice.name,
                tuple(notes),
                length,
                meter,
                key,
                is_pickup,
                tuple(changes),
                drafts.count(None),
                clef,
            )
        )
        voice.in_section = True
        voice.drafts = []
        voice.tempos = [(0, tempo) for _, tempo in tempos]
        voice.last = None

    def _end_of_voice(self, voice: _VoiceReader) -> None:
        voice.end_late_slurs()
        if voice.tuplet_left:
            self._problems.add(self._line, 1, "rhythm", "the last tuplet has too few notes")
        if voice.broken is not None:
            self._problems.add(
                self._line, 1, "rhythm", "the last broken rhythm has no note behind it"
            )
