"""The body of a tune to voices of bars: lengths, pitches and ties as they are written;
nothing is played out yet.

Macros are written out line by line; directives are kept with the notes behind them.
"""

import re
from collections.abc import Callable, Sequence

from abcrun.notation.directives import read_directive, typeset_line
from abcrun.notation.header import (
    ALL_VOICES,
    Header,
    field_of,
    key_field,
    meter_field,
    remark_on_field,
    tempo_field,
    unit_length_field,
    voice_field,
)
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.limits import MAX_LINE_CHARACTERS, MAX_VOICES
from abcrun.notation.lines import Line
from abcrun.notation.macros import Macros
from abcrun.notation.parameters import Parameters
from abcrun.notation.problem import Problems, out_of_bounds, shown
from abcrun.notation.reading import Reading
from abcrun.notation.spellings import plain_spelling
from abcrun.notation.text_strings import decode
from abcrun.notation.tokens import tokens, without_comment
from abcrun.notation.voice import VoiceReader
from abcrun.notation.written import Directive, Lyrics, PartLabel, Voice

_TAKE: dict[str | None, Callable[[VoiceReader, int, re.Match[str]], None]] = {
    "bar": VoiceReader.bar_line,
    "broken": VoiceReader.broken,
    "chord": VoiceReader.open_chord,
    "chordend": VoiceReader.close_chord,
    "decoration": VoiceReader.decoration,
    "ending": VoiceReader.ending,
    "grace": VoiceReader.grace,
    "late_octave": VoiceReader.late_octave,
    "layers": VoiceReader.layers,
    "microtone": VoiceReader.microtone,
    "overlay": VoiceReader.overlay,
    "quoted": VoiceReader.quoted,
    "rest": VoiceReader.rest,
    "restbars": VoiceReader.rest_bars,
    "slur": VoiceReader.slur,
    "symbol": VoiceReader.symbol,
    "text_ending": VoiceReader.text_ending,
    "tie": VoiceReader.tie,
    "tuplet": VoiceReader.tuplet,
}
"""What a voice does with each kind of token."""

_FIRST_VOICE = re.compile(r"[ \t]*\[V:([^\[\]]*)\]")
_BEGIN_NO_BAR = frozenset(("bar", "ending", "layers", "linebreak", "overlay", "text_ending"))


class BodyReader:
    """Reads the lines behind the header. `voices()` returns what was written."""

    def __init__(self, header: Header, problems: Problems, known: KnownSigns | None = None) -> None:
        """`known` may be given again to readers of the same header."""
        self._header = header
        self._known = known
        self._reading = Reading(
            problems, header.key_line, is_version_2_1=_is_version_2_1(header.directives)
        )
        for symbol, meaning in header.user_symbols.items():
            self._reading.define_symbol(1, symbol, meaning)
        self._macros = Macros()
        for letter, value in header.fields:
            if letter == "m":
                self._define_macro(1, value)
        self._voices: dict[str, VoiceReader] = {}
        self._voice: VoiceReader | None = None
        self._is_first_unnamed = False  # no V: stands before the first voice
        self._for_all: list[Parameters] = []  # V:*
        self._labels: list[PartLabel] = []
        self._line_breaks = _line_breaks(header.directives)
        self._is_continued = False  # a backslash ended the last line of music
        self._directives: list[Directive] = []  # before the first voice
        self._last_directive = ""
        plans = (one.value for one in header.directives if one.name in ("score", "staves"))
        self._plan = next(plans, "")
        self._words = [value for letter, value in header.fields if letter == "W"]
        for line, column, value in header.voices:
            self._reading.line = line
            self._turn_to_voice(column, value)
        self._voice = None

    def read(self, lines: list[Line]) -> None:
        """Read all lines of the body. Raises `UnreadableTuneError` when a bound is
        passed."""
        for line in lines:
            text = line.text
            if len(text) > MAX_LINE_CHARACTERS:
                raise out_of_bounds(
                    line.number, 1, f"the line has over {MAX_LINE_CHARACTERS:,} characters"
                )
            if line.is_text:
                self._take(typeset_line(line.number, text, self._last_directive))
                continue
            if text.startswith("%"):
                if text.startswith("%%"):
                    self._reading.line = line.number
                    self._directive(3, text[2:])
                continue
            self._reading.line = line.number
            field = field_of(line)
            if field is not None:
                self._read_field(*field)
                continue
            if "%" in text:
                text = without_comment(text)
            if text and not text.isspace():
                self._read_music(text)
        end_column = len(lines[-1].text) + 1 if lines else 1
        for voice in self._voices.values():
            voice.finish(self._reading.line, end_column)

    def voices(self) -> tuple[Voice, ...]:
        """Return the voices in the order of their first mention."""
        return tuple(voice.finished() for voice in self._voices.values())

    def words(self) -> tuple[str, ...]:
        """Return the W: lines of header and body."""
        return tuple(self._words)

    # Fields

    def _read_field(self, letter: str, column: int, value: str) -> None:
        reading = self._reading
        if letter == "V":
            self._turn_to_voice(column, value)
            return
        if letter == "W":
            self._words.append(decode(value.strip()))
            return
        if letter == "U":
            symbol, _, meaning = value.partition("=")
            reading.define_symbol(column, symbol, meaning)
            return
        if letter == "I":
            self._directive(column, value)
            return
        if letter == "m":
            self._define_macro(column, value)
            return
        if letter == "+":
            reading.problem(column, "field", "+: has no field before it to go on with")
            return
        voice = self._current_voice()
        if letter == "K":
            self._change_key(voice, column, value)
        elif letter == "M":
            meter = meter_field(reading.line, column, value, reading.problems)
            if meter is not None:
                voice.change_meter(meter)
        elif letter == "L":
            unit_length = unit_length_field(reading.line, column, value, reading.problems)
            if unit_length is not None:
                voice.change_unit_length(unit_length)
        elif letter == "Q":
            tempo = tempo_field(reading.line, column, value, voice.unit_length, reading.problems)
            if tempo is not None:
                voice.change_tempo(tempo)
        elif letter == "P":
            self._part(column, decode(value.strip()))
        elif letter == "T":
            voice.add_title(decode(value.strip()))
        elif letter == "w":
            voice.words.lyrics.append(Lyrics(reading.line, column, value))
        elif letter == "s":
            voice.words.symbols.append(Lyrics(reading.line, column, value))
        else:
            remark_on_field(reading.line, letter, reading.problems)

    def _directive(self, column: int, written: str) -> None:
        reading = self._reading
        self._take(read_directive(reading.line, column, written, reading.problems))

    def _take(self, directive: Directive | None) -> None:
        if directive is None:
            return
        self._last_directive = directive.name
        if directive.name in ("score", "staves"):
            self._check_plan(directive)
        if self._voice is None and not self._voices:
            self._directives.append(directive)
        else:
            self._current_voice().add_directive(directive)

    def _check_plan(self, directive: Directive) -> None:
        """Remark on staves that are not those which the tune began with."""
        self._plan = self._plan or directive.value
        if directive.value != self._plan:
            reason = f"the staves stay as they are: a second {directive.name} is not acted on"
            self._reading.problems.remark(directive.line, directive.column, "score", reason)

    def _part(self, column: int, label: str) -> None:
        """Take a part label. It stands in every voice.

        Where the header gives an order of parts, the music behind it is the first
        voice's until a V: says otherwise, as in abc2midi. Where this voice meets a
        label that others had before it, the label is its own alone.
        """
        one = PartLabel(self._reading.line, column, label)
        voice = self._current_voice()
        if any(known.label == label for known in self._labels) and not voice.is_first:
            voice.add_label(one)
            return
        self._labels.append(one)
        for voice in self._voices.values():
            voice.add_label(one)
        if self._header.play_order:
            self._voice = None

    def _change_key(self, voice: VoiceReader, column: int, value: str) -> None:
        field = key_field(self._reading.line, column, value, self._reading.problems)
        if field is not None:
            voice.change_key(field)

    def _turn_to_voice(self, column: int, value: str) -> None:
        read = voice_field(self._reading.line, column, value, self._reading.problems)
        if read is None:
            return
        name, parameters = read
        if name == ALL_VOICES:
            self._for_all.append(parameters)
            for one in self._voices.values():
                one.set_properties(parameters)
            return
        voice = self._voices.get(name)
        if voice is None:
            if len(self._voices) >= MAX_VOICES:
                raise self._reading.out_of_bounds(column, f"the tune has over {MAX_VOICES} voices")
            voice = self._unnamed_voice(name) or self._new_voice(name)
        self._is_first_unnamed = False
        voice.set_properties(parameters)
        if self._voice is not None:  # a title stands before the music that follows it
            voice.take_titles(self._voice)
        self._voice = voice

    def _unnamed_voice(self, name: str) -> VoiceReader | None:
        """Give a name to the voice that had only fields before the first V:, if there
        is one."""
        voice = self._voices.get("1")
        if not self._is_first_unnamed or voice is None or not voice.is_empty:
            return None
        self._voices[name] = self._voices.pop("1")
        voice.name = name
        return voice

    def _new_voice(self, name: str) -> VoiceReader:
        known = self._known or KnownSigns(self._header.unit_length)
        is_first = not self._voices
        voice = VoiceReader(name, self._header, known, self._reading, is_first=is_first)
        self._voices[name] = voice
        for parameters in self._for_all:
            voice.set_properties(parameters)
        for label in self._labels:
            voice.add_label(label)
        for directive in self._directives:
            voice.add_directive(directive)
        self._directives = []
        return voice

    def _current_voice(self) -> VoiceReader:
        if self._voice is None:
            first = next(iter(self._voices.values()), None)
            if first is None:
                self._is_first_unnamed = True
                first = self._new_voice("1")
            self._voice = first
        return self._voice

    # Music

    def _read_music(self, text: str) -> None:
        if self._voice is None and (named := _FIRST_VOICE.match(text)) is not None:
            # No other voice begins with this line.
            self._turn_to_voice(named.start(1) + 1, named.group(1))
        text = plain_spelling(text, self._tell_spelling)
        voice = self._current_voice()
        line = self._reading.line
        columns: list[int] | None = None  # of a line with macros, by index
        if self._macros:
            text, columns = self._expanded(text)
        self._reading.text = text
        voice.begin_line(is_continued=self._is_continued)
        self._is_continued = False
        others: list[VoiceReader] = []  # voices that this line leaves
        for token in tokens(text):
            kind = token.lastgroup
            if kind == "note":  # most of all tokens: they take the shortest way
                column = token.start() + 1 if columns is None else columns[token.start()]
                if voice.start is None:
                    voice.start = (line, column)
                voice.note(column, token)
                continue
            if kind == "space":
                if voice.chord is None:
                    voice.is_beamed = False
                continue
            if kind == "backquote":  # for the eye of who reads the text alone (4.7)
                continue
            column = token.start() + 1 if columns is None else columns[token.start()]
            if voice.start is None and kind not in _BEGIN_NO_BAR:
                voice.start = (line, column)
            take = _TAKE.get(kind)
            if take is not None:
                take(voice, column, token)
            elif kind == "field":
                letter, value = token.group("field_letter", "field_value")
                self._read_field(letter, column, value)
                if voice is not self._current_voice():
                    others.append(voice)
                    voice = self._current_voice()
                    voice.begin_line(is_continued=False)
            elif kind == "linebreak":
                self._line_break(voice, token.group().rstrip())
            elif kind == "side":  # `(,` and `-'` of abcm2ps
                reason = "on which side a slur or tie is drawn is the engraver's affair"
                self._reading.problems.remark(line, column, kind, reason)
            elif kind == "unclosed":
                what = "quoted text" if token.group() == '"' else "group of grace notes"
                self._reading.problem(column, "unclosed", f"the {what} has no end on this line")
            elif kind == "unreadable":
                sign = token.group()
                reason = f"{shown(sign)} has no meaning here"
                # A backslash is left over from a line that was to go on.
                if sign == "\\":
                    self._reading.stray_sign(column, reason, sign)
                else:
                    self._reading.unreadable(column, reason, sign)
        for one in (*others, voice):
            one.end_line()
            if "<EOL>" in self._line_breaks and not self._is_continued:
                one.break_line()

    def _expanded(self, text: str) -> tuple[str, list[int] | None]:
        """Return a line of music with its macros written out, and the column of each
        character; None for those that stand where they stood."""
        try:
            expanded = self._macros.expand(text, MAX_LINE_CHARACTERS)
        except OverflowError:
            raise self._reading.out_of_bounds(
                1, f"with its macros the line has over {MAX_LINE_CHARACTERS:,} characters"
            ) from None
        return (text, None) if expanded is None else expanded

    def _tell_spelling(self, index: int, written: str, sign: str) -> None:
        read_as = f"it is read as {shown(sign)}" if sign else "it is read over"
        reason = f"{shown(written)} is no sign of ABC: {read_as}"
        self._reading.problems.once(self._reading.line, index + 1, "unreadable", written, reason)

    def _define_macro(self, column: int, value: str) -> None:
        reason = self._macros.define(value)
        if reason:
            self._reading.problem(column, "field", reason)

    def _line_break(self, voice: VoiceReader, sign: str) -> None:
        """Take a sign that may end a line of the score, or join two lines of the text
        (6.1.1). Stars at the end of a line are what version 1.6 had in its place."""
        if sign == "\\":
            self._is_continued = True
        elif sign[0] == "*" or sign in self._line_breaks:
            voice.break_line()


def _line_breaks(directives: Sequence[Directive]) -> frozenset[str]:
    """Return the signs that end a line of the score, "<EOL>" for the end of a line of
    the text (6.1.1). Old files have `!` without saying so."""
    written = [one.value for one in directives if one.name == "linebreak"]
    return frozenset(written[-1].split() if written else ("<EOL>", "$", "!"))


def _is_version_2_1(directives: Sequence[Directive]) -> bool:
    """Return whether the file says that it keeps to version 2.1, or a later one."""
    written = [one.value for one in directives if one.name == "abc-version"]
    numbers = written[-1].split(".") if written else []
    return len(numbers) >= 2 and [int(one) for one in numbers[:2] if one.isdigit()] >= [2, 1]
