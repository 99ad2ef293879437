"""The body of a tune to voices of bars: lengths, pitches and ties as they are written;
nothing is played out yet.

Macros (`m:`) and `%%` directives are not acted on.
"""

import re
from collections.abc import Callable

from abcrun.notation.header import (
    VOICE_NAME,
    Header,
    Line,
    field_of,
    meter_field,
    unit_length_field,
)
from abcrun.notation.key import read_key, read_parameters
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.limits import MAX_LINE_CHARACTERS, MAX_VOICES
from abcrun.notation.problem import Problems, out_of_bounds, shown
from abcrun.notation.reading import Reading
from abcrun.notation.tempo import read_tempo
from abcrun.notation.tokens import tokens, without_comment
from abcrun.notation.voice import VoiceReader
from abcrun.notation.written import Lyrics, PartLabel, Voice

_TAKE: dict[str | None, Callable[[VoiceReader, int, re.Match[str]], None]] = {
    "bar": VoiceReader.bar_line,
    "broken": VoiceReader.broken,
    "chord": VoiceReader.open_chord,
    "chordend": VoiceReader.close_chord,
    "decoration": VoiceReader.decoration,
    "ending": VoiceReader.ending,
    "grace": VoiceReader.grace,
    "overlay": VoiceReader.overlay,
    "quoted": VoiceReader.quoted,
    "rest": VoiceReader.rest,
    "restbars": VoiceReader.rest_bars,
    "slur": VoiceReader.slur,
    "symbol": VoiceReader.symbol,
    "tie": VoiceReader.tie,
    "tuplet": VoiceReader.tuplet,
}
"""What a voice does with each kind of token."""

_BEGIN_NO_BAR = frozenset(("bar", "ending", "linebreak", "overlay"))


class BodyReader:
    """Reads the lines behind the header. `voices()` returns what was written."""

    def __init__(self, header: Header, problems: Problems, known: KnownSigns | None = None) -> None:
        """`known` may be given again to readers of the same header."""
        self._header = header
        self._known = known
        self._reading = Reading(problems, set(header.user_symbols), header.key_line)
        self._voices: dict[str, VoiceReader] = {}
        self._voice: VoiceReader | None = None
        self._labels: list[PartLabel] = []
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
            if text.startswith("%"):
                continue
            self._reading.line = line.number
            field = field_of(line)
            if field is not None:
                self._read_field(*field)
                continue
            if "%" in text:
                text = without_comment(text)
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
            self._words.append(value.strip())
            return
        if letter == "U":
            reading.symbols = reading.symbols | {value.strip()[:1]}
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
            tempo = read_tempo(value, voice.known.unit_length)
            if tempo is not None:
                voice.change_tempo(tempo)
            else:
                reading.problem(column, "field", f"Q: is not a tempo: {shown(value.strip())}")
        elif letter == "P":
            self._part(column, value.strip())
        elif letter == "T":
            voice.add_title(value.strip())
        elif letter == "w":
            voice.lyrics.append(Lyrics(reading.line, column, value))

    def _part(self, column: int, label: str) -> None:
        """Take a part label. It stands in every voice; the music behind it is the first
        voice's until a V: says otherwise."""
        self._labels.append(PartLabel(self._reading.line, column, label))
        for voice in self._voices.values():
            voice.add_label(self._labels[-1])
        self._voice = None

    def _change_key(self, voice: VoiceReader, column: int, value: str) -> None:
        field = read_key(value)
        if field is None or field.rest.strip():
            self._reading.problem(
                column, "field", f"K: does not name a key: {shown(value.strip())}"
            )
        if field is not None:
            voice.change_key(field)

    def _turn_to_voice(self, column: int, value: str) -> None:
        named = VOICE_NAME.match(value)
        if named is None:
            self._reading.problem(column, "field", "V: does not name a voice")
            return
        name = named.group(1)
        voice = self._voices.get(name)
        if voice is None:
            if len(self._voices) >= MAX_VOICES:
                raise self._reading.out_of_bounds(column, f"the tune has over {MAX_VOICES} voices")
            voice = self._new_voice(name)
            for label in self._labels:
                voice.add_label(label)
        voice.set_properties(read_parameters(value[named.end() :]))
        self._voice = voice

    def _new_voice(self, name: str) -> VoiceReader:
        known = self._known or KnownSigns(self._header.unit_length)
        voice = self._voices[name] = VoiceReader(name, self._header, known, self._reading)
        return voice

    def _current_voice(self) -> VoiceReader:
        if self._voice is None:
            first = next(iter(self._voices.values()), None)
            self._voice = self._new_voice("1") if first is None else first
        return self._voice

    # Music

    def _read_music(self, text: str) -> None:
        voice = self._current_voice()
        line = self._reading.line
        self._reading.text = text
        for token in tokens(text):
            kind = token.lastgroup
            if kind == "space":
                # A backquote is there for the eye of who reads the text alone.
                if voice.chord is None and token.group().strip("`"):
                    voice.is_beamed = False
                continue
            column = token.start() + 1
            if kind == "note":  # most of all tokens: they take the shortest way
                if voice.start is None:
                    voice.start = (line, column)
                voice.note(column, token)
                continue
            if voice.start is None and kind not in _BEGIN_NO_BAR:
                voice.start = (line, column)
            take = _TAKE.get(kind)
            if take is not None:
                take(voice, column, token)
            elif kind == "field":
                letter, value = token.group("field_letter", "field_value")
                self._read_field(letter, column, value)
                voice = self._current_voice()
            elif kind == "unclosed":
                what = "quoted text" if token.group() == '"' else "group of grace notes"
                self._reading.problem(column, "unclosed", f"the {what} has no end on this line")
            elif kind == "unreadable":
                reason = f"{shown(token.group())} has no meaning here"
                # A backslash is left over from a line that was to go on.
                if token.group() == "\\":
                    self._reading.stray_sign(column, reason)
                else:
                    self._reading.unreadable(column, reason)
        voice.end_line()
