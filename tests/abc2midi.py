"""A tune as abc2midi plays it, beside ours: onset, pitch and end of every note.

What is made equal first, because it is a matter of performance, not of notation:

- Grace notes, chord symbols and fermatas are off (`-NGRA -NGUI -NFER`): grace notes
  steal time in abc2midi. Chords are struck together (`chordattack 0`).
- `R:` is taken out: abc2midi swings every hornpipe.
- Decorations are taken out: abc2midi halves staccato notes and plays out rolls and
  trills. So are the dots of dotted ties and slurs (4.11), which it does not read.
- Directives are taken out: some of them read files.

abc2midi starts each note one tick late (its way to part repeated notes) and rounds to
ticks of 1/1920 of a whole note; a note agrees when its pitch is the same and its onset
and end differ by no more than `TOLERANCE` ticks. A tune for which abc2midi prints
"Error" is not compared.

Where the two differ, `RULES` says what the standard has and abc2midi has not. Each is a
way to write the same tune so that nothing is left to such a rule: when abc2midi then
agrees, the standard sides with us. They change the text alone, without our reader.
"""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import mido

from abcrun.errors import NotationError
from abcrun.notation import Tune

TICKS = 1920
TOLERANCE = 4

_NOT_MUSIC = re.compile(r"[A-Za-z+]:(?![|:])|%")
_QUOTED_OR_FIELD = re.compile(r'("[^"]*"|\[[A-Za-z]:[^\]]*\])')
_REPEAT_SIGN = re.compile(
    r'"[^"]*"|\[[A-Za-z]:[^\]]*\]|(\[ ?[0-9]|:*\|+[\]|]*:*[0-9]?|\[\|+\]?:*|::+)'
)
_DECORATIONS = re.compile(r"![^\s!|]{1,40}!|\+[^\s+|]{2,40}\+|[~HLMOPRSTuv]|\.(?=[^|])")
_VOICE = re.compile(r"\[?V:\s*([^\]\s]+)[^\]\n]*\]?")
_TUPLET = re.compile(r"\(([0-9]+)(?::([0-9]*)(?::([0-9]*))?)?")
_INSTRUCTION = re.compile(r"\[I:[^\]]*\]")


@dataclass(frozen=True)
class Comparison:
    """`verdict` is "agrees", "differs", "error" (abc2midi's), "unread" (ours) or "rule"
    (the standard sides with us); `detail` says where, or names the rules."""

    tune_id: str
    verdict: str
    detail: str = ""


def prepared(text: str) -> str:
    """The text for abc2midi: what it would perform rather than read is taken out."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(("R:", "%%", "I:")):
            continue
        if not _NOT_MUSIC.match(line):
            line = _INSTRUCTION.sub("", line)
            pieces = _QUOTED_OR_FIELD.split(line)
            pieces[::2] = [_DECORATIONS.sub("", piece) for piece in pieces[::2]]
            line = "".join(pieces)
        lines.append(line)
        if line.startswith("X:"):
            lines.append("%%MIDI chordattack 0")
    return "\n".join(lines) + "\n"


class _Form:
    """How far the repeats of one voice have come."""

    def __init__(self) -> None:
        self.latest: tuple[int, int] | None = None
        """Line and column behind which a section may begin."""
        self.is_open = self.in_endings = self.was_ended = False


def with_repeats_written_out(text: str) -> str:
    """The text with a `|:` for each end of a repeat and each first ending that has
    none."""
    lines = text.splitlines()
    key = next((number for number, line in enumerate(lines) if line.startswith("K:")), len(lines))
    has_play_order = any(line.startswith("P:") for line in lines[:key])
    insertions: list[tuple[int, int]] = []
    forms: dict[str, _Form] = {}
    form = forms.setdefault("", _Form())
    for number in range(key + 1, len(lines)):
        if has_play_order and lines[number].startswith("P:"):
            form = forms[""] = _Form()
        voice = _VOICE.match(lines[number])
        if voice is not None:
            form = forms.setdefault(voice.group(1), _Form())
        if _NOT_MUSIC.match(lines[number]):
            continue
        if form.latest is None:
            form.latest = (number, voice.end() if voice is not None else 0)
        for found in _REPEAT_SIGN.finditer(lines[number]):
            behind = lines[number][found.end() :] + "".join(lines[number + 1 : number + 2])
            start = _section_start(form, found.group(1) or "", behind)
            if start is not None:
                insertions.append(start)
            if form.latest == _HERE:
                form.latest = (number, found.end())
    for number, column in sorted(set(insertions), reverse=True):
        lines[number] = f"{lines[number][:column]}|:{lines[number][column:]}"
    return "\n".join(lines) + "\n"


_HERE = (-1, -1)


def _section_start(form: _Form, sign: str, behind: str) -> tuple[int, int] | None:
    """Take a bar line with what stands behind it. Return where a `|:` is wanting."""
    start = None
    is_ending = sign[-1:].isdigit()
    bar = sign.rstrip("0123456789")
    ends, starts = bar[:1] == ":", bar[-1:] == ":"
    if (ends or is_ending) and not form.is_open:
        start = form.latest
        form.is_open = True
    if starts:
        form.is_open, form.in_endings, form.was_ended = True, False, False
    elif is_ending:
        form.in_endings = True
    else:
        closes = bar not in ("", "|", "[")
        closes = closes and (not form.is_open or (form.in_endings and form.was_ended))
        if (ends and not re.match(r"[\s|!\\]*\[ ?[0-9]", behind)) or (closes and not ends):
            form.latest, form.is_open, form.in_endings = _HERE, False, False
    form.was_ended = ends or (form.was_ended and form.in_endings)
    return start


def with_open_last_endings(text: str) -> str:
    """The text with a double bar behind a second ending that closes with `:|`."""
    return re.sub(r"((?:[|\[] ?|:\|? ?\[? ?)2[^:]*?):\|(?![|\s]*\[?[0-9:])", r"\1||", text)


def with_tuplets_written_out(text: str) -> str:
    """The text with all three numbers of each tuplet."""
    lines: list[str] = []
    meters: dict[str, str] = {}
    voice = ""
    for line in text.splitlines():
        pieces = [line] if _NOT_MUSIC.match(line) else _QUOTED_OR_FIELD.split(line)
        for index, piece in enumerate(pieces):
            field = re.match(r"\[?([MVK]):\s*([^\]\s]*)", piece)
            if field is not None and field.group(1) == "M":
                meters[voice] = field.group(2)
            elif field is not None and field.group(1) == "V":
                voice = field.group(2)
            elif index % 2 == 0 and not _NOT_MUSIC.match(piece):
                meter = meters.get(voice, meters.get("", ""))
                pieces[index] = _TUPLET.sub(lambda found: _all_numbers(found, meter), piece)  # noqa: B023
        lines.append("".join(pieces))
    return "\n".join(lines) + "\n"


def _all_numbers(found: re.Match[str], meter: str) -> str:
    actual = int(found.group(1))
    odd = 3 if meter in ("6/8", "9/8", "12/8") else 2
    usual = {2: 3, 3: 2, 4: 3, 5: odd, 6: 2, 7: odd, 8: 3, 9: odd}.get(actual, 2)
    normal = int(found.group(2) or usual)
    return f"({actual}:{normal}:{found.group(3) or actual}"


def with_plain_repeats(text: str) -> str:
    """The text with `|:` for `||:` and `[|:`, `:|` for `:||` and `:|]`, `::` for
    `:|:`."""
    text = re.sub(r":\|[|\]]?:", "::", text)
    return re.sub(r":\|[|\]]", ":|", re.sub(r"(?:\|\||\[\|):", "|:", text))


def with_all_accidentals(text: str) -> str:
    """The text with naturals for the letters that an explicit key does not name."""

    def all_letters(found: re.Match[str]) -> str:
        named = found.group(2).lower()
        return found.group(1) + named + "".join(f" ={one}" for one in "cdefgab" if one not in named)

    return re.sub(r"(\bexp\b)([ ^_=a-gA-G]*)", all_letters, text)


def with_macros_written_out(text: str) -> str:
    """The text with its static macros written out."""
    for target, meaning in re.findall(r"^m:\s*(.+?)\s*=\s*(.+?)\s*$", text, re.MULTILINE):
        text = re.sub(rf"(?<!m: )(?<!m:){re.escape(target)}(?![0-9/])", meaning, text)
    return re.sub(r"^m:.*\n", "", text, flags=re.MULTILINE)


def with_shifts_added_up(text: str) -> str:
    """The text with one `transpose=` for an octave clef and what stands behind it."""

    def added(found: re.Match[str]) -> str:
        semitones = int(f"{found.group(1)}12")
        semitones += int(found.group(3)) * (12 if found.group(2) == "octave" else 1)
        return f" transpose={semitones}"

    return re.sub(r" (?:clef=)?(?:treble|bass)([+-])8 (octave|transpose)=(-?[0-9]+)", added, text)


def with_own_header(text: str) -> str:
    """The text with the fields of the file behind its `X:`."""
    before, sign, behind = text.partition("\nX:")
    number, _, rest = behind.partition("\n")
    return f"X:{number}\n{before.strip()}\n{rest}" if sign else text


def with_bracketed_chords(text: str) -> str:
    """The text with the chords of ABC 1.6 in brackets."""
    return re.sub(r"\+((?:[\^_=]*[A-Ga-g][,']*[0-9/]*){2,})\+", r"[\1]", text)


RULES: dict[str, Callable[[str], str]] = {
    "fields before the first X: hold for the tunes (2.2.2)": with_own_header,
    "octave clef, octave= and transpose= add up (4.6)": with_shifts_added_up,
    "macros stand for other text (9)": with_macros_written_out,
    "the last ending is played once (4.9)": with_open_last_endings,
    "a repeat begins behind the latest double bar (4.8)": with_repeats_written_out,
    "only 6/8, 9/8 and 12/8 are compound (4.13)": with_tuplets_written_out,
    "`:|:`, `||:` and `:||` are repeats (4.8)": with_plain_repeats,
    "notes between plus signs are a chord (ABC 1.6)": with_bracketed_chords,
    "an explicit key forgets the one before (3.1.14)": with_all_accidentals,
}


def abc2midi_notes(text: str, folder: Path) -> list[tuple[int, int, int]] | str:
    """Onset, pitch and end in ticks as abc2midi plays a tune, or its first error."""
    source, target = folder / "tune.abc", folder / "tune.mid"
    target.unlink(missing_ok=True)
    source.write_bytes(prepared(text).encode("latin-1", "replace"))
    command = ["abc2midi", source.name, "-o", target.name, "-NGRA", "-NGUI", "-NFER"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    for line in run.stdout.decode("latin-1").splitlines():
        if line.startswith("Error"):
            return line
    if not target.exists():
        return "Error: no MIDI file"
    notes: list[tuple[int, int, int]] = []
    for track in mido.MidiFile(target).tracks:
        now = 0
        held: dict[tuple[int, int], list[int]] = {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                held.setdefault((message.channel, message.note), []).append(now - 1)
            elif message.type in ("note_on", "note_off") and held.get(
                (message.channel, message.note)
            ):
                notes.append((held[message.channel, message.note].pop(0), message.note, now))
    # A unison is one note to us, and to who listens.
    return sorted(set(notes))


def our_notes(text: str) -> list[tuple[int, int, int]]:
    """Onset, pitch and end in ticks as we read a tune."""
    return sorted(
        {
            (round(note.onset * TICKS), note.pitch, round((note.onset + note.duration) * TICKS))
            for note in Tune.parse(text).notes
        }
    )


def compare(tune_id: str, text: str, folder: Path) -> Comparison:
    """One tune, read by both."""
    plain = _compare(tune_id, text, text, folder)
    if plain.verdict == "agrees":
        return plain
    for count in range(1, 4):
        for names in combinations(RULES, count):
            rewritten = text
            for name in names:
                rewritten = RULES[name](rewritten)
            if rewritten == text:
                continue
            if _compare(tune_id, text, rewritten, folder).verdict == "agrees":
                return Comparison(tune_id, "rule", "; ".join(names))
    return plain


def _compare(tune_id: str, text: str, text_for_abc2midi: str, folder: Path) -> Comparison:
    theirs = abc2midi_notes(text_for_abc2midi, folder)
    if isinstance(theirs, str):
        return Comparison(tune_id, "error", theirs)
    try:
        ours = our_notes(text)
    except NotationError as error:
        if not theirs:
            return Comparison(tune_id, "agrees", "no notes")
        return Comparison(tune_id, "unread", str(error))
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if (
            one[1] != other[1]
            or abs(one[0] - other[0]) > TOLERANCE
            or abs(one[2] - other[2]) > TOLERANCE
        ):
            return Comparison(
                tune_id, "differs", f"note {number + 1}: ours {one}, abc2midi {other}"
            )
    if len(ours) != len(theirs):
        return Comparison(tune_id, "differs", f"ours has {len(ours)} notes, abc2midi {len(theirs)}")
    return Comparison(tune_id, "agrees")
