"""A tune's text in another key: every note moved by one interval, and spelled as a
musician would.

The text is rewritten, not written anew from the tune: comments, lyrics, line ends and
signs that nobody understands stay as they are, and so does what a network wrote.

A note goes as many letters up or down as the tonic, and is altered so that it sounds
the interval away. What is in force at a note is followed as `body` follows it, on two
staves at once: the one read and the one written. So an accidental is written where the
new staff needs it, or where the old one had one, and the notes are right also where
keys, voices and layers meet.
"""

import re
from functools import lru_cache

from abcrun.errors import UsageError
from abcrun.notation.blocks import Block, blocks
from abcrun.notation.chord_symbols import move_chord_symbols
from abcrun.notation.header import ALL_VOICES, Header, field_of, read_header, voice_field
from abcrun.notation.intervals import interval_by, interval_to, moved_tonic
from abcrun.notation.key import Key, behind_tonic, read_key, tonic_and_mode, with_key
from abcrun.notation.limits import MAX_LINE_CHARACTERS, MAX_TUNE_CHARACTERS
from abcrun.notation.lines import Line
from abcrun.notation.macros import Macros
from abcrun.notation.moved_voice import MovedChord, MovedVoice
from abcrun.notation.parameters import Parameters, Placement, with_transposition
from abcrun.notation.part_title import with_part_title
from abcrun.notation.pitch import (
    ACCIDENTALS,
    ALTERATIONS,
    LETTERS,
    Interval,
    spell,
    step_text,
    written_pitch,
)
from abcrun.notation.problem import NO_TUNE, Problems, UnreadableTuneError, out_of_bounds, shown
from abcrun.notation.spellings import plain_spelling
from abcrun.notation.staff import Staff, signature_of
from abcrun.notation.text_strings import decode
from abcrun.notation.tokens import TOKEN, tokens, without_comment, without_microtone

MAX_OCTAVES = 10
"""That a tune may be moved up or down: the whole of MIDI."""

_PLAIN_NOTE = re.compile(r"([A-Ga-g])(''?|,,?)?")
# Nothing in it needs following: no accidental, chord, tie, field or text. Each sign of
# a bar line stands for itself: with pairs of them beside, a run of 60 could be parted
# in a billion ways, and all would be tried.
_PLAIN_LINE = re.compile(r"(?:[A-Ga-g](?:''?|,,?)?|[0-9/ ()<>z|:]|(?<=\|)\])+(?<=[|:\]])")
_SEMITONES = re.compile(r"[+-][0-9]{1,3}", re.ASCII)
_QUOTED = re.compile(r'"([^"]*)"')
_KEY_ACCIDENTAL = re.compile(r"(\s*)(\^{1,2}|_{1,2}|=)([A-Ga-g])")


def transpose_text(text: str, to: str | int, octave: int = 0) -> str:
    """Return the text of the first tune in `text`, in the key `to` ("Ador", "F# minor",
    "Bb"), whose mode must be the tune's, or so many semitones (2, "+2", "-5") from
    where it is.

    The tune moves to the nearest such key, 5 semitones down to 6 up, and `octave`
    octaves from there. Raises `UsageError` for a key that is none, that is of another
    mode, or that brings notes out of the range of MIDI; `NotationError` for a text
    without a tune or, where a key is named, a tune without a tonic.
    """
    asked = semitones_or_key(to)
    if not -MAX_OCTAVES <= octave <= MAX_OCTAVES:
        raise UsageError(f"octave is {octave}: give -{MAX_OCTAVES} to {MAX_OCTAVES}")
    block, header = _read(text)
    if isinstance(asked, int):
        return _transposed(block, header, interval_by(header.key, asked + 12 * octave))
    return _transposed(block, header, interval_to(header.key, *asked, octave))


def semitones_or_key(to: str | int) -> int | tuple[str, str]:
    """Return how many semitones "+2", "-5" or a number asks for, or tonic and mode of a
    key. Raises `UsageError` for anything else."""
    if isinstance(to, str) and _SEMITONES.fullmatch(to.strip()) is None:
        return tonic_and_mode(to)
    semitones = int(to)
    if abs(semitones) > 12 * MAX_OCTAVES:
        most = 12 * MAX_OCTAVES
        raise UsageError(f"{semitones:+} semitones: give -{most} to +{most}")
    return semitones


def part_text(text: str, transposition: int) -> str:
    """Return the text of the first tune in `text`, so written that it sounds as before,
    `transposition` semitones from where it is written: -2 for the clarinet in B flat.

    What K: says of that (`transpose=`) is replaced, what V: says stays. A second title
    says for whom it is written. Errors as in `transpose_text`.
    """
    block, header = _read(text)
    shift = transposition - (header.key_field.parameters.transpose or 0)
    moved = _transposed(block, header, interval_by(header.key, -shift), shift)
    return with_part_title(moved, transposition)


def _read(text: str) -> tuple[Block, Header]:
    """Return the first tune in a text, and its header."""
    block = next(blocks(text), None)
    if block is None:
        raise UnreadableTuneError(NO_TUNE)
    if len(block.text) > MAX_TUNE_CHARACTERS:
        raise out_of_bounds(
            block.first_line, 1, f"the tune has over {MAX_TUNE_CHARACTERS:,} characters"
        )
    block = Block(block.whole_text, 1, is_cut=False)
    header, _ = read_header(block.lines(), Problems())
    return block, header


def _transposed(block: Block, header: Header, interval: Interval, shift: int = 0) -> str:
    """Return the text of a tune, moved. Each `transpose=` of K: says `shift` semitones
    more."""
    writer = _Writer(header, interval, shift)
    pieces: list[str] = []
    position = 0
    for line in block.lines():
        if line.number < header.key_line:
            # Macros are written out: their targets would not meet the moved notes.
            pieces.append(f"%{line.text}" if line.text.startswith("m:") else line.text)
        elif line.number == header.key_line:
            pieces.append(writer.key_line(line))
        else:
            pieces.append(writer.line(line))
        position += len(line.text)
        # Line ends stay as they are: a file of another system is not rewritten.
        end = (
            "\r\n"
            if block.text.startswith("\r\n", position)
            else block.text[position : position + 1]
        )
        pieces.append(end)
        position += len(end)
    return "".join(pieces)


class _Writer:
    """Rewrites line after line. Its voices, bars, chords and ties are those of
    `body.BodyReader`."""

    def __init__(self, header: Header, interval: Interval, shift: int = 0) -> None:
        self._interval = interval
        self._shift = shift
        self._header = header
        self._new_key, _ = self._moved_key(header.key)
        self._voices: dict[str, MovedVoice] = {}
        self._for_all: list[Parameters] = []  # V:*
        self._voice: MovedVoice | None = None
        self._is_first_unnamed = False  # no V: stands before the first voice
        self._labels: set[str] = set()
        self._macros = Macros()
        for letter, value in header.fields:
            if letter == "m":
                self._macros.define(value)
        self._last_field = ""
        for _, _, value in header.voices:
            self._turn_to_voice(value)
        self._voice = None

    def key_line(self, line: Line) -> str:
        """Return the line that ends the header, moved."""
        found = field_of(line)
        if found is not None and found[0] != "K":  # other fields before it on its line
            start = without_comment(line.text).rfind("K:")
            found = field_of(Line(line.number, " " * start + line.text[start:]))
        if found is None:
            return line.text
        _, column, value = found
        moved = with_key(value, self._new_key.text)
        if self._shift:
            shift = (self._header.key_field.parameters.transpose or 0) + self._shift
            # Without a key, the parameter alone would be a field that names none.
            moved = with_transposition(moved or "none", shift or None)
        return _replaced(line.text, column - 1, value, moved)

    def line(self, line: Line) -> str:
        """Return a line of the body, moved."""
        text = line.text
        if line.is_text or text.startswith("%"):
            return text
        found = field_of(line)
        if found is not None:
            letter, column, value = found
            if letter == "m":
                self._macros.define(value)
                return f"%{text}"
            if letter != "+":
                self._last_field = letter
            elif self._last_field == "s":  # `+:` goes on with the field before it (3.3)
                letter = "s"
            return _replaced(text, column - 1, value, self._field(letter, value))
        music = without_comment(text)
        if self._macros and (expanded := self._macros.expand(music, MAX_LINE_CHARACTERS)):
            return self._music(expanded[0]) + text[len(music) :]
        if _PLAIN_LINE.fullmatch(music) and self._current_voice().moves_letters_only():
            return self._plain_music(music) + text[len(music) :]
        return self._music(music) + text[len(music) :]

    # Fields

    def _field(self, letter: str, value: str) -> str:
        if letter == "s":
            interval = self._current_voice().interval
            return _QUOTED.sub(
                lambda found: f'"{move_chord_symbols(found.group(1), interval)}"', value
            )
        if letter == "V":
            self._turn_to_voice(value)
        elif letter != "U":
            voice = self._current_voice()
            if letter == "K":
                return self._change_key(voice, value)
            if letter == "P":
                self._part(voice, value.strip())
        return value

    def _part(self, voice: MovedVoice, label: str) -> None:
        if label in self._labels and voice is not next(iter(self._voices.values())):
            voice.finish_bar()
            return
        self._labels.add(label)
        for one in self._voices.values():
            one.finish_bar()
        if self._header.play_order:
            self._voice = None

    def _change_key(self, voice: MovedVoice, value: str) -> str:
        read = read_key(value)
        if read is None:
            return value
        voice.placement.take_key(read.parameters)
        voice.old.shift = voice.placement.shift
        if self._shift and read.parameters.transpose is not None:
            value = with_transposition(value, read.parameters.transpose + self._shift)
        if read.key is None:
            return value
        new_key, voice.interval = self._moved_key(read.key)
        voice.old.change_key(signature_of(read.key))
        voice.new.change_key(signature_of(new_key))
        return with_key(value, new_key.text) if new_key is not read.key else value

    def _moved_key(self, key: Key) -> tuple[Key, Interval]:
        """Return a key moved, and the interval as it is spelled in it.

        Without tonic and accidentals (none, HP) the key stays as it is.
        """
        if not key.tonic and not key.text.startswith(("^", "_", "=", "exp")):
            return key, self._interval
        mode, written = behind_tonic(key), ""
        if (accidental := _KEY_ACCIDENTAL.search(mode)) is not None:
            mode, written = mode[: accidental.start()], mode[accidental.start() :]
        # `exp` and keys without tonic name every accidental: none is implied.
        lists_all = not key.tonic or mode.strip().lower() == "exp"
        text, interval = mode, self._interval
        if key.tonic:
            tonic, interval = moved_tonic(key.tonic, interval, "exp" if lists_all else key.mode)
            text = tonic + mode
        altered: set[int] = set()

        def moved(found: re.Match[str]) -> str:
            space, accidental, letter = found.groups()
            step, alteration = interval.moved(
                LETTERS.index(letter.upper()), ALTERATIONS[accidental]
            )
            altered.add(step % 7)
            if alteration not in ACCIDENTALS or (lists_all and key.tonic and not alteration):
                return ""
            name = LETTERS[step % 7]
            return space + ACCIDENTALS[alteration] + (name.lower() if letter.islower() else name)

        text += _KEY_ACCIDENTAL.sub(moved, written)
        if lists_all:  # letters that the old key leaves natural may need a sign in the new one
            for letter_index in range(7):
                step, alteration = interval.moved(letter_index, 0)
                if alteration in ACCIDENTALS and alteration and step % 7 not in altered:
                    text += f" {ACCIDENTALS[alteration]}{LETTERS[step % 7].lower()}"
        read = read_key(text.strip() or "=c")  # a key without sharps and flats, like none
        return (read.key if read is not None and read.key is not None else key), interval

    def _turn_to_voice(self, value: str) -> None:
        read = voice_field(1, 1, value, Problems())
        if read is None:
            return
        name, parameters = read
        if name == ALL_VOICES:
            self._for_all.append(parameters)
            for one in self._voices.values():
                one.take(parameters)
            return
        voice = self._voices.get(name) or self._unnamed_voice(name) or self._new_voice(name)
        self._is_first_unnamed = False
        voice.take(parameters)
        self._voice = voice

    def _unnamed_voice(self, name: str) -> MovedVoice | None:
        voice = self._voices.get("1")
        if not self._is_first_unnamed or voice is None or not voice.is_empty:
            return None
        self._voices[name] = self._voices.pop("1")
        return voice

    def _new_voice(self, name: str) -> MovedVoice:
        placement = Placement(self._header.key_field.parameters)
        voice = self._voices[name] = MovedVoice(
            old=Staff(signature_of(self._header.key), placement.shift),
            new=Staff(signature_of(self._new_key)),
            interval=self._interval,
            placement=placement,
        )
        for parameters in self._for_all:
            voice.take(parameters)
        return voice

    def _current_voice(self) -> MovedVoice:
        if self._voice is None:
            self._is_first_unnamed = self._is_first_unnamed or not self._voices
            self._voice = next(iter(self._voices.values()), None) or self._new_voice("1")
        return self._voice

    # Music

    def _plain_music(self, text: str) -> str:
        """Return a line without accidentals, as most are: letters move, the rest stays,
        and nothing is left to follow."""
        voice = self._current_voice()
        steps = voice.interval.steps
        voice.is_empty = False
        voice.finish_bar()
        voice.last_before = {}  # it has no accidental: a tie makes no difference
        return _PLAIN_NOTE.sub(lambda found: _moved_text(found.group(), steps), text)

    def _music(self, text: str) -> str:
        voice = self._current_voice()
        pieces: list[str] = []
        # Three backquotes that begin a line would end the tune.
        text = plain_spelling(text).lstrip("`")
        for token in tokens(text):
            kind = token.lastgroup
            piece = token.group()
            if kind == "note":
                note = self._note(voice, token)
                if _would_merge(pieces, note, text, token.end()):
                    pieces.append("`")
                piece = note
            elif kind == "microtone":
                piece = self._microtone(voice, token)
            elif kind == "bar":
                if voice.chord is not None:
                    voice.close_chord()
                line = piece[: len(piece) - len(token.group("bar_ending") or "")]
                if line != ":":
                    voice.bar_line(line)
                    voice.begin_ending(token.group("bar_ending"))
            elif kind == "rest":
                voice.add_rest()
            elif kind == "tie":
                voice.tie()
            elif kind == "chord":
                voice.chord = voice.chord or MovedChord()
                voice.is_empty = False
            elif kind == "chordend":
                voice.close_chord()
            elif kind == "field":
                letter, value = token.group("field_letter", "field_value")
                piece = f"[{letter}:{self._field(letter, value)}]"
                voice = self._current_voice()
            elif kind == "ending":
                voice.finish_bar()
                voice.is_empty = False
                voice.begin_ending(token.group("passes"))
            elif kind == "text_ending":
                voice.begin_text_ending(decode(token.group("ending_text")))
            elif kind == "restbars":
                self._rest_bars(voice, token.group("bars"))
            elif kind == "overlay":
                voice.begin_layer()
            elif kind == "layers":
                if piece == "&)":
                    voice.finish_bar()
                    voice.is_layered = False
                elif not voice.has_notes and voice.chord is None:
                    voice.is_layered = True
            elif kind == "quoted":
                piece = f'"{move_chord_symbols(piece[1:-1], voice.interval)}"'
            elif kind == "grace":
                piece = self._grace_notes(voice, piece)
            pieces.append(piece)
        if voice.chord is not None:
            voice.close_chord()
        return "".join(pieces)

    def _note(self, voice: MovedVoice, token: re.Match[str]) -> str:
        accidental, letter, marks, length = token.group(
            "accidental", "letter", "octave", "note_length"
        )
        note = written_pitch(accidental, letter, marks)
        is_tied = accidental is None and voice.old.held(note.step) is not None
        pitch = voice.old.read(note)
        new_pitch = pitch + voice.interval.semitones
        step = note.step + voice.interval.steps
        if is_tied and voice.new.held(step) != new_pitch:  # its first half is spelled otherwise
            step = next(
                (held for held, sounding in voice.new.ties.items() if sounding == new_pitch), step
            )
        if not 0 <= new_pitch <= 127:
            raise UsageError(
                f"the note {shown(token.group())} would leave the range of MIDI: "
                "choose another octave"
            )
        if accidental is None and voice.new.held(step) == new_pitch:
            new_accidental = ""
        else:
            step, alteration = spell(step, new_pitch - voice.old.shift)
            # Where a tie holds another pitch, the accidental says that this is not it.
            must = accidental is not None or voice.new.held(step) is not None
            new_accidental = voice.new.write(step, alteration, must=must)
        if voice.chord is None:
            voice.add({pitch: (note.step, step)})
        else:
            voice.chord.is_empty = False
            voice.chord.steps.setdefault(pitch, (note.step, step))
        return new_accidental + step_text(step) + length

    def _microtone(self, voice: MovedVoice, token: re.Match[str]) -> str:
        """Return a note with a microtonal accidental, moved. It keeps the fraction
        where it is altered as before."""
        plain = without_microtone(token)
        moved = TOKEN.match(self._note(voice, plain))
        if moved is None or moved.group("accidental") != plain.group("accidental"):
            return "" if moved is None else moved.group()
        fraction = token.group()[: -len(token.group("micro_note"))]
        return fraction + moved.group()[len(moved.group("accidental")) :]

    def _grace_notes(self, voice: MovedVoice, text: str) -> str:
        """Return a group of grace notes, moved: their accidentals do not last."""
        old, new, interval = voice.old.copy(), voice.new.copy(), voice.interval
        pieces: list[str] = []
        for token in tokens(text[1:-1]):
            piece = token.group()
            if token.lastgroup == "microtone":
                token = without_microtone(token)
            if token.lastgroup == "note":
                accidental, letter, marks, length = token.group(
                    "accidental", "letter", "octave", "note_length"
                )
                note = written_pitch(accidental, letter, marks)
                pitch = old.read(note) - old.shift + interval.semitones
                step, alteration = spell(note.step + interval.steps, pitch)
                must = accidental is not None
                piece = new.write(step, alteration, must=must) + step_text(step) + length
            pieces.append(piece)
        return f"{{{''.join(pieces)}}}"

    def _rest_bars(self, voice: MovedVoice, count: str) -> None:
        bars = int(count[:5] or 1)
        if voice.chord is None and bars:
            voice.add_rest()
            if bars > 1:
                voice.finish_bar()


def _replaced(text: str, start: int, old: str, new: str) -> str:
    return text[:start] + new + text[start + len(old) :]


# A body uses some dozens of notes; the finishing of a tune tries several octaves.
@lru_cache(maxsize=1 << 12)
def _moved_text(note: str, steps: int) -> str:
    return step_text(written_pitch(None, note[0], note[1:]).step + steps)


def _would_merge(pieces: list[str], note: str, text: str, end: int) -> bool:
    """Return whether a note that lost its accidental or octave mark would be read as
    one with what stands around it."""
    # Only in damaged text: behind a stray `^`, `_` or `=`, or before a colon, where
    # `[D:` or a line `D:` begins a field.
    before = pieces[-1] if pieces else ""
    if before in ("^", "_", "="):
        return True
    if len(note) > 1 or not text.startswith(":", end):
        return False
    if before == "[":
        return True
    return not text.startswith((":|", "::"), end) and not any(piece.strip() for piece in pieces)
