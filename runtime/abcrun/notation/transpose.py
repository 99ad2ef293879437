"""A tune's text in another key: every note moved by one interval, and spelled as a
musician would.

A note goes as many letters up or down as the tonic, and is altered so that it sounds
the interval away. What is in force at a note (signature, accidentals of the bar, ties
over the bar line) is followed as `reading` does, on two staves at once: the one read
and the one written. So a sign is written where the new staff needs it, or where the old
one had one, and the notes are right also where keys, voices and layers meet.
"""

import re
from dataclasses import dataclass, field

from abcrun.errors import NotationError, UsageError
from abcrun.notation.blocks import Block, blocks
from abcrun.notation.header import Header, Line, field_of, read_header
from abcrun.notation.key import Key, read_key, read_parameters, tonic_and_mode, usual_mode, with_key
from abcrun.notation.limits import MAX_TUNE_CHARACTERS
from abcrun.notation.problem import NO_TUNE, Problems, UnreadableTuneError, out_of_bounds, shown
from abcrun.notation.tokens import BAR, FIELD, NOTE, REST_BARS, tokens, without_comment

MAX_OCTAVES = 10
"""That a tune may be moved up or down: the whole of MIDI."""

_LETTERS = "CDEFGAB"
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_SIGNS = {alteration: sign for sign, alteration in _ALTERATIONS.items()}
_NAME_ALTERATIONS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_NAME_SIGNS = {0: "", 1: "#", -1: "b"}

_PLAIN_NOTE = re.compile(r"([A-Ga-g])(''?|,,?)?")
_PLAIN_LINE = re.compile(r"(?:[A-Ga-g](?:''?|,,?)?|[0-9/ ()<>z]|:\||\|[:\]|]?)+(?<=[|:\]])")
_VOICE_NAME = re.compile(r"\s*([^\s\"]+)")
_KEY_ACCIDENTAL = re.compile(r"(\s*)(\^{1,2}|_{1,2}|=)([A-Ga-g])")

_QUALITY = r"(?:maj|min|dim|aug|alt|m|M|[°øΔ+-]|o(?=7)|sus|(?:add|omit|no)(?=[#b♯♭]?[0-9])|[#b♯♭]?[0-9]|/(?=[0-9])|,)*"
_CHORD_SYMBOL = re.compile(rf"([A-G])([#b♯♭]?)({_QUALITY})(?:(/)([A-Ga-g])([#b♯♭]?))?")
_QUALITY_ALONE = re.compile(_QUALITY)
_BETWEEN_CHORDS = re.compile(r"([\s;()]+|\\n)")


def transpose_text(text: str, to: str, octave: int = 0) -> str:
    """The text of the first tune in `text`, in the key `to` ("Ador", "F# minor", "Bb");
    its mode must be the tune's.

    The tune moves to the nearest such key, 5 semitones down to 6 up, and `octave`
    octaves from there. Raises `UsageError` for a key that is none, that is of another
    mode, or that brings notes out of the range of MIDI; `NotationError` for a text
    without a tune or a tune without a tonic.
    """
    tonic, mode = tonic_and_mode(to)
    if not -MAX_OCTAVES <= octave <= MAX_OCTAVES:
        raise UsageError(f"octave is {octave}: give -{MAX_OCTAVES} to {MAX_OCTAVES}")
    block = next(blocks(text), None)
    if block is None:
        raise UnreadableTuneError(NO_TUNE)
    if len(block.text) > MAX_TUNE_CHARACTERS:
        raise out_of_bounds(
            block.first_line, 1, f"the tune has over {MAX_TUNE_CHARACTERS:,} characters"
        )
    header, _ = read_header(block.lines(), Problems())
    return _transposed(block, header, _interval(header.key, tonic, mode, octave))


@dataclass(frozen=True, slots=True)
class _Interval:
    """Letters and semitones up, octaves included; negative: down."""

    steps: int
    semitones: int

    def moved(self, place: int, alteration: int) -> tuple[int, int]:
        """A place and the alteration that a note has there, moved; the alteration may
        be out of all bounds."""
        return place + self.steps, _natural(place) + alteration + self.semitones - _natural(
            place + self.steps
        )

    def moved_name(self, letter: int, alteration: int) -> tuple[int, int]:
        """The same for a name such as F#, which has one sharp or flat at most:
        respelled where it would have more."""
        return _spelled(letter + self.steps, _natural(letter) + alteration + self.semitones, most=1)

    def respelled(self, steps: int) -> "_Interval":
        """The same interval with other letters."""
        return _Interval(steps, self.semitones)


def _natural(place: int) -> int:
    """The pitch of a letter without sign, places counted in letters from `C`."""
    return 60 + _SEMITONES[place % 7] + 12 * (place // 7)


def _spelled(place: int, pitch: int, most: int) -> tuple[int, int]:
    """`place` and the alteration that makes it `pitch`; the next place where that would
    be more than `most`."""
    alteration = pitch - _natural(place)
    while abs(alteration) > most:
        place += 1 if alteration > 0 else -1
        alteration = pitch - _natural(place)
    return place, alteration


def _interval(key: Key, tonic: str, mode: str, octave: int) -> _Interval:
    if not key.tonic:
        named = shown(f"K:{key.text}") if key.text else "no key"
        raise NotationError(
            f"the tune has {named}, and so no tonic to transpose from: give it a K: such as K:G or K:Am"
        )
    of_tune = usual_mode(key.mode)
    letter, alteration = _LETTERS.index(key.tonic[0]), _NAME_ALTERATIONS[key.tonic[1:]]
    new_letter, new_alteration = _LETTERS.index(tonic[0]), _NAME_ALTERATIONS[tonic[1:]]
    pitch, new_pitch = _SEMITONES[letter] + alteration, _SEMITONES[new_letter] + new_alteration
    nearest = (new_pitch - pitch + 5) % 12 - 5
    steps = new_letter - letter
    steps += 7 * round((nearest * 7 / 12 - steps) / 7)
    interval = _Interval(steps + 7 * octave, nearest + 12 * octave)
    if of_tune != mode:
        name, _ = _moved_tonic(key.tonic, interval, of_tune)
        raise UsageError(
            f"the tune is in {key.tonic} {of_tune} and cannot go to {tonic} {mode}: "
            f"name a key of its mode, such as {name} {of_tune}"
        )
    return interval


def _moved_tonic(tonic: str, interval: _Interval, mode: str) -> tuple[str, _Interval]:
    """The tonic an interval away, and the interval as it has to be spelled there.

    The next letter is taken where a signature would have over 7 sharps or flats, which
    `read_key` does not read.
    """
    letter, alteration = _LETTERS.index(tonic[0]), _NAME_ALTERATIONS[tonic[1:]]
    name, chosen = "", interval
    for steps in (interval.steps, interval.steps + 1, interval.steps - 1):
        place, altered = interval.respelled(steps).moved_name(letter, alteration)
        name, chosen = (
            _LETTERS[place % 7] + _NAME_SIGNS[altered],
            interval.respelled(place - letter),
        )
        if read_key(name + mode) is not None:
            break
    return name, chosen


def _transposed(block: Block, header: Header, interval: _Interval) -> str:
    writer = _Writer(header, interval)
    pieces: list[str] = []
    position = 0
    for line in block.lines():
        if line.number < header.key_line:
            pieces.append(line.text)
        elif line.number == header.key_line:
            pieces.append(writer.key_line(line))
        else:
            pieces.append(writer.line(line))
        position += len(line.text)
        end = (
            "\r\n"
            if block.text.startswith("\r\n", position)
            else block.text[position : position + 1]
        )
        pieces.append(end)
        position += len(end)
    return "".join(pieces)


@dataclass(slots=True)
class _Staff:
    """What decides how a note without a sign sounds: alterations by letter, and pitches
    that ties hold by place."""

    signature: dict[int, int]
    accidentals: dict[int, int] = field(default_factory=dict)
    ties: dict[int, int] = field(default_factory=dict)

    def read(self, place: int, sign: str | None) -> int:
        """The pitch of a note that no tie holds; its sign comes into force."""
        if sign is not None:
            self.accidentals[place % 7] = _ALTERATIONS[sign]
        return _natural(place) + self._in_force(place)

    def write(self, place: int, alteration: int, *, must: bool) -> str:
        """The sign for a note that is to sound altered so: none where that is in force,
        unless there must be one."""
        if not must and self._in_force(place) == alteration:
            return ""
        self.accidentals[place % 7] = alteration
        return _SIGNS[alteration]

    def copy(self) -> "_Staff":
        """The same without ties, for notes whose accidentals do not last."""
        return _Staff(self.signature, dict(self.accidentals))

    def _in_force(self, place: int) -> int:
        letter = place % 7
        inherited = self.accidentals.get(letter)
        return self.signature.get(letter, 0) if inherited is None else inherited


@dataclass(slots=True)
class _Chord:
    """Notes that start together, by pitch, with their places on the old and on the new
    staff."""

    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    tied: set[int] = field(default_factory=set)
    is_empty: bool = True


@dataclass(slots=True)
class _Voice:
    old: _Staff
    new: _Staff
    interval: _Interval
    shift: int
    """Of what sounds, by octave= and transpose=."""
    chord: _Chord | None = None
    last: dict[int, tuple[int, int]] = field(default_factory=dict)
    """What a tie would hold: the last note or chord of the bar, empty for a rest."""
    ties_crossed_bar: bool = False

    def add(self, sounding: dict[int, tuple[int, int]]) -> None:
        """Takes a finished note, chord or rest."""
        self.last = sounding
        if self.old.ties:
            self.old.ties, self.new.ties = {}, {}
            self.ties_crossed_bar = False

    def add_rest(self) -> None:
        if self.chord is None:
            self.add({})
        else:
            self.chord.is_empty = False

    def tie(self) -> None:
        if self.chord is not None:
            if self.chord.places:
                self.chord.tied.add(next(reversed(self.chord.places)))
        elif self.last:
            self.hold(self.last)

    def hold(self, sounding: dict[int, tuple[int, int]]) -> None:
        self.old.ties = {old: pitch for pitch, (old, _) in sounding.items()}
        self.new.ties = {
            new: pitch + self.interval.semitones for pitch, (_, new) in sounding.items()
        }
        self.ties_crossed_bar = False

    def close_chord(self) -> None:
        chord, self.chord = self.chord, None
        if chord is not None and not chord.is_empty:
            self.add(chord.places)
            if chord.tied:
                self.hold(
                    {pitch: places for pitch, places in chord.places.items() if pitch in chord.tied}
                )

    def finish_bar(self) -> None:
        self.forget_accidentals()
        self.last = {}
        self.ties_crossed_bar = bool(self.old.ties)

    def moves_letters_only(self) -> bool:
        """Whether a note without a sign is one again after the move, from here on,
        wherever it is in a usual range."""
        return (
            self.chord is None
            and not (self.old.ties or self.old.accidentals or self.new.accidentals)
            and abs(self.interval.steps) <= 14
            and self.shift == 0
            and all(
                self.interval.moved(letter, self.old.signature.get(letter, 0))[1]
                == self.new.signature.get((letter + self.interval.steps) % 7, 0)
                for letter in range(7)
            )
        )

    def forget_accidentals(self) -> None:
        self.old.accidentals, self.new.accidentals = {}, {}


def _signature(key: Key) -> dict[int, int]:
    return {_LETTERS.index(letter): alteration for letter, alteration in key.accidentals}


class _Writer:
    """Writes line after line anew; its voices, bars, chords and ties are those of
    `reading.BodyReader`."""

    def __init__(self, header: Header, interval: _Interval) -> None:
        self._interval = interval
        self._header = header
        self._new_key, _ = self._moved_key(header.key)
        self._voices: dict[str, _Voice] = {}
        self._voice: _Voice | None = None
        for _, _, value in header.voices:
            self._turn_to_voice(value)
        self._voice = None

    def key_line(self, line: Line) -> str:
        """The line that ends the header."""
        found = field_of(line)
        if found is None:
            return line.text
        _, column, value = found
        return _replaced(line.text, column - 1, value, with_key(value, self._new_key.text))

    def line(self, line: Line) -> str:
        """A line of the body."""
        text = line.text
        if text.startswith("%"):
            return text
        found = field_of(line)
        if found is not None:
            letter, column, value = found
            return _replaced(text, column - 1, value, self._field(letter, value))
        music = without_comment(text)
        if _PLAIN_LINE.fullmatch(music) and self._current_voice().moves_letters_only():
            return self._plain_music(music) + text[len(music) :]
        return self._music(music) + text[len(music) :]

    # Fields

    def _field(self, letter: str, value: str) -> str:
        if letter == "V":
            self._turn_to_voice(value)
        elif letter != "U":
            voice = self._current_voice()
            if letter == "K":
                return self._change_key(voice, value)
            if letter == "P":
                for one in self._voices.values():
                    one.finish_bar()
                self._voice = None
        return value

    def _change_key(self, voice: _Voice, value: str) -> str:
        read = read_key(value)
        if read is None:
            return value
        if read.parameters.shift is not None:
            voice.shift = read.parameters.shift
        if read.key is None:
            return value
        new_key, voice.interval = self._moved_key(read.key)
        voice.old.signature, voice.new.signature = _signature(read.key), _signature(new_key)
        voice.forget_accidentals()
        return with_key(value, new_key.text) if new_key is not read.key else value

    def _moved_key(self, key: Key) -> tuple[Key, _Interval]:
        """A key, and how the notes in it are spelled. Without tonic and accidentals
        (none, HP) it stays as it is."""
        if not key.tonic and not key.text.startswith(("^", "_", "=")):
            return key, self._interval
        mode, written = key.text[len(key.tonic) :], ""
        if (accidental := _KEY_ACCIDENTAL.search(mode)) is not None:
            mode, written = mode[: accidental.start()], mode[accidental.start() :]
        lists_all = not key.tonic or mode.strip().lower() == "exp"
        text, interval = mode, self._interval
        if key.tonic:
            tonic, interval = _moved_tonic(key.tonic, interval, "exp" if lists_all else key.mode)
            text = tonic + mode
        altered: set[int] = set()

        def moved(found: re.Match[str]) -> str:
            space, sign, letter = found.groups()
            place, alteration = interval.moved(_LETTERS.index(letter.upper()), _ALTERATIONS[sign])
            altered.add(place % 7)
            if alteration not in _SIGNS or (lists_all and key.tonic and not alteration):
                return ""
            name = _LETTERS[place % 7]
            return space + _SIGNS[alteration] + (name.lower() if letter.islower() else name)

        text += _KEY_ACCIDENTAL.sub(moved, written)
        if lists_all:  # letters that the old key leaves natural may need a sign in the new one
            for letter_index in range(7):
                place, alteration = interval.moved(letter_index, 0)
                if alteration in _SIGNS and alteration and place % 7 not in altered:
                    text += f" {_SIGNS[alteration]}{_LETTERS[place % 7].lower()}"
        read = read_key(text.strip() or "=c")  # a key without sharps and flats, like none
        return (read.key if read is not None and read.key is not None else key), interval

    def _turn_to_voice(self, value: str) -> None:
        named = _VOICE_NAME.match(value)
        if named is None:
            return
        voice = self._voices.get(named.group(1)) or self._new_voice(named.group(1))
        shift = read_parameters(value[named.end() :]).shift
        if shift is not None:
            voice.shift = shift
        self._voice = voice

    def _new_voice(self, name: str) -> _Voice:
        voice = self._voices[name] = _Voice(
            old=_Staff(_signature(self._header.key)),
            new=_Staff(_signature(self._new_key)),
            interval=self._interval,
            shift=self._header.key_field.parameters.shift or 0,
        )
        return voice

    def _current_voice(self) -> _Voice:
        if self._voice is None:
            self._voice = next(iter(self._voices.values()), None) or self._new_voice("1")
        return self._voice

    # Music

    def _plain_music(self, text: str) -> str:
        """A line without accidentals, as most are: letters move, the rest stays, and
        nothing is left to follow."""
        voice = self._current_voice()
        steps = voice.interval.steps
        voice.finish_bar()
        return _PLAIN_NOTE.sub(
            lambda found: _name(_place(found.group(1), found.group(2) or "") + steps), text
        )

    def _music(self, text: str) -> str:
        voice = self._current_voice()
        pieces: list[str] = []
        for token in tokens(text):
            kind = token.lastgroup
            piece = token.group()
            if kind == "note":
                note = self._note(voice, token)
                if _would_merge(pieces, note, text, token.end()):
                    pieces.append("`")
                piece = note
            elif kind == "bar":
                if voice.chord is not None:
                    voice.close_chord()
                if piece[: len(piece) - len(token.group(BAR + 1) or "")] != ":":
                    voice.finish_bar()
            elif kind == "rest":
                voice.add_rest()
            elif kind == "tie":
                voice.tie()
            elif kind == "chord":
                voice.chord = voice.chord or _Chord()
            elif kind == "chordend":
                voice.close_chord()
            elif kind == "field":
                value = token.group(FIELD + 2)
                piece = f"[{token.group(FIELD + 1)}:{self._field(token.group(FIELD + 1), value)}]"
                voice = self._current_voice()
            elif kind == "ending":
                voice.finish_bar()
            elif kind == "restbars":
                self._rest_bars(voice, token.group(REST_BARS + 1))
            elif kind == "overlay":
                voice.forget_accidentals()
                voice.last = {}
            elif kind == "quoted":
                piece = f'"{_moved_chord_symbols(piece[1:-1], voice.interval)}"'
            elif kind == "grace":
                piece = self._grace_notes(voice, piece)
            pieces.append(piece)
        if voice.chord is not None:
            voice.close_chord()
        return "".join(pieces)

    def _note(self, voice: _Voice, token: re.Match[str]) -> str:
        sign, letter, marks, length = token.group(NOTE + 1, NOTE + 2, NOTE + 3, NOTE + 4)
        place = _place(letter, marks)
        old_ties, new_ties = (
            (voice.old.ties, voice.new.ties) if voice.ties_crossed_bar else ({}, {})
        )
        new_place = place + voice.interval.steps
        if sign is None and place in old_ties:
            pitch = old_ties[place]
            new_pitch = pitch + voice.interval.semitones
            if new_ties.get(new_place) != new_pitch:  # its first half is spelled otherwise
                new_place = next(
                    (held for held, sounding in new_ties.items() if sounding == new_pitch),
                    new_place,
                )
        else:
            pitch = voice.old.read(place, sign) + voice.shift
            new_pitch = pitch + voice.interval.semitones
        if not 0 <= new_pitch <= 127:
            raise UsageError(
                f"the note {shown(token.group())} would leave the range of MIDI: choose another octave"
            )
        if sign is None and new_ties.get(new_place) == new_pitch:
            new_sign = ""
        else:
            new_place, alteration = _spelled(new_place, new_pitch - voice.shift, most=2)
            new_sign = voice.new.write(
                new_place, alteration, must=sign is not None or new_place in new_ties
            )
        if voice.chord is None:
            voice.add({pitch: (place, new_place)})
        else:
            voice.chord.is_empty = False
            voice.chord.places.setdefault(pitch, (place, new_place))
        return new_sign + _name(new_place) + length

    def _grace_notes(self, voice: _Voice, text: str) -> str:
        """A group of grace notes: their accidentals do not last."""
        old, new, interval = voice.old.copy(), voice.new.copy(), voice.interval
        pieces: list[str] = []
        for token in tokens(text[1:-1]):
            piece = token.group()
            if token.lastgroup == "note":
                sign, letter, marks, length = token.group(NOTE + 1, NOTE + 2, NOTE + 3, NOTE + 4)
                place = _place(letter, marks)
                pitch = old.read(place, sign) + interval.semitones
                place, alteration = _spelled(place + interval.steps, pitch, most=2)
                piece = new.write(place, alteration, must=sign is not None) + _name(place) + length
            pieces.append(piece)
        return f"{{{''.join(pieces)}}}"

    def _rest_bars(self, voice: _Voice, count: str) -> None:
        bars = int(count[:5] or 1)
        if voice.chord is None and bars:
            voice.add_rest()
            if bars > 1:
                voice.finish_bar()


def _replaced(text: str, start: int, old: str, new: str) -> str:
    return text[:start] + new + text[start + len(old) :]


def _place(letter: str, marks: str) -> int:
    """A note's place in letters from `C`."""
    return _LETTERS.index(letter.upper()) + 7 * (
        marks.count("'") - marks.count(",") + letter.islower()
    )


def _name(place: int) -> str:
    letter, octave = _LETTERS[place % 7], place // 7
    return letter.lower() + "'" * (octave - 1) if octave > 0 else letter + "," * -octave


def _would_merge(pieces: list[str], note: str, text: str, end: int) -> bool:
    """Whether a note that lost its sign or mark would be read as one with what stands
    around it.

    Only in damaged text: behind a stray `^`, `_` or `=`, or before a colon, where `[D:`
    or a line `D:` begin a field.
    """
    before = pieces[-1] if pieces else ""
    if before in ("^", "_", "="):
        return True
    if len(note) > 1 or not text.startswith(":", end):
        return False
    if before == "[":
        return True
    return not text.startswith((":|", "::"), end) and not any(piece.strip() for piece in pieces)


def _moved_chord_symbols(text: str, interval: _Interval) -> str:
    """Quoted text with its chord symbols moved ("Am7", "D/F#", "G (Em)"), or as it is
    where it is anything else."""
    if not text.startswith((*_LETTERS, "(")):
        return text
    parts = _BETWEEN_CHORDS.split(text)
    for index in range(0, len(parts), 2):
        found = _CHORD_SYMBOL.fullmatch(parts[index])
        if found is not None:
            parts[index] = _moved_chord_symbol(found, interval)
        elif (index == 0 and text[0] != "(") or _QUALITY_ALONE.fullmatch(parts[index]) is None:
            return text
    return "".join(parts)


def _moved_chord_symbol(found: re.Match[str], interval: _Interval) -> str:
    letter, sign, quality, slash, bass, bass_sign = found.groups()
    moved = _moved_name(letter, sign, interval)
    if len(moved) == 1 and quality.startswith(("#", "b", "♯", "♭")):
        quality = re.sub(
            r"\A.[0-9]+", r"(\g<0>)", quality
        )  # A with a flat fifth is not Ab with a fifth
    moved += quality
    if slash:
        new_bass = _moved_name(bass.upper(), bass_sign, interval)
        moved += slash + (new_bass if bass.isupper() else new_bass[0].lower() + new_bass[1:])
    return moved


def _moved_name(letter: str, sign: str, interval: _Interval) -> str:
    place, alteration = interval.moved_name(_LETTERS.index(letter), _NAME_ALTERATIONS[sign])
    return _LETTERS[place % 7] + _NAME_SIGNS[alteration]
