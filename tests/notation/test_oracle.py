"""Our reader beside abc2midi on the tunes of four books: onset, pitch and duration of
every note.

    python -m tests.notation.test_oracle [BOOK ...]    # the whole table: some minutes

What is made equal first, because it is a matter of performance, not of notation:

- Grace notes, guitar chords and fermatas are off (`-NGRA -NGUI -NFER`): grace notes
  steal time in abc2midi, and take none in ours. Chords are struck together
  (`chordattack 0`).
- `R:` is taken out: abc2midi swings every hornpipe.
- Decorations in one letter are taken out: abc2midi halves staccato notes and plays out
  rolls and trills.

A second figure writes out one thing more: the `|:` that many tunes leave out. The ABC
2.1 standard (4.8) puts it at the latest double bar line or end of a repeat, else at the
beginning of the tune; abc2midi goes back to the beginning for the first one whatever
stands between, and repeats nothing without `|:` once it has met an ending. (Aird's
transcriber notes the form of each tune, such as `|| ::`: it is the standard's.)
`with_repeats_written_out` does that on the text alone, without our reader.

abc2midi starts each note one tick late (its way to part repeated notes) and rounds to
ticks of 1/1920 of a whole note; a note agrees when its pitch is the same and its onset
and end differ by no more than `TOLERANCE` ticks. A tune for which abc2midi prints
"Error" is not compared.

What then still differs, each tune looked at: abc2midi takes (5 and (9 in 3/4 for
compound time (the standard: only 6/8, 9/8, 12/8); plays a section three times when its
second ending closes with `:|`; takes no `||:` for a start; plays a unison `[AA]` as two
notes; and supplies no `|:` at all in tunes of several voices.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import pytest

from abcrun.errors import NotationError
from abcrun.notation import Tune
from tests import books

TICKS = 1920
TOLERANCE = 4

_NOT_MUSIC = re.compile(r"[A-Za-z]:(?![|:])|%")
_QUOTED_OR_FIELD = re.compile(r'("[^"]*"|\[[A-Za-z]:[^\]]*\])')
_REPEAT_SIGN = re.compile(
    r'"[^"]*"|\[[A-Za-z]:[^\]]*\]|(\[ ?[0-9]|:*\|+[\]|]*:*[0-9]?|\[\|+\]?:*|::+)'
)
_DECORATIONS = re.compile(r"[~HLMOPRSTuv]|\.(?=[^|])")


@dataclass(frozen=True)
class Comparison:
    """`verdict` is "agrees", "differs", "error" (abc2midi's) or "unread" (ours);
    `detail` says where."""

    tune_id: str
    verdict: str
    detail: str = ""

    @property
    def is_fair(self) -> bool:
        """Whether abc2midi could read the tune."""
        return self.verdict != "error"


def prepared(text: str) -> str:
    """The text for abc2midi: what it would perform rather than read is taken out."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(("R:", "%%", "I:")):
            continue
        if not _NOT_MUSIC.match(line):
            pieces = _QUOTED_OR_FIELD.split(line)
            pieces[::2] = [_DECORATIONS.sub("", piece) for piece in pieces[::2]]
            line = "".join(pieces)
        lines.append(line)
        if line.startswith("X:"):
            lines.append("%%MIDI chordattack 0")
    return "\n".join(lines) + "\n"


def with_repeats_written_out(text: str) -> str:
    """The text with a `|:` for each end of a repeat and each first ending that has
    none."""
    lines = text.splitlines()
    key = next((number for number, line in enumerate(lines) if line.startswith("K:")), len(lines))
    has_play_order = any(line.startswith("P:") for line in lines[:key])
    insertions: list[tuple[int, int]] = []
    latest: tuple[int, int] | None = None  # line and column behind which a section may begin
    is_open = in_endings = was_ended = False
    for number in range(key + 1, len(lines)):
        if has_play_order and lines[number].startswith("P:"):
            latest, is_open, in_endings = None, False, False
        if _NOT_MUSIC.match(lines[number]):
            continue
        if latest is None:
            latest = (number, 0)
        for found in _REPEAT_SIGN.finditer(lines[number]):
            sign = found.group(1) or ""
            is_ending = sign[-1:].isdigit()
            bar = sign.rstrip("0123456789")
            ends, starts = bar[:1] == ":", bar[-1:] == ":"
            if (ends or is_ending) and not is_open:
                insertions.append(latest)
                is_open = True
            here = (number, found.end())
            if starts:
                is_open, in_endings, was_ended = True, False, False
            elif is_ending:
                in_endings = True
            elif ends or (
                bar not in ("", "|", "[") and (not is_open or (in_endings and was_ended))
            ):
                behind = lines[number][found.end() :] + "".join(lines[number + 1 : number + 2])
                follows = re.match(r"[\s|!\\]*\[ ?[0-9]", behind)
                if not (ends and follows):
                    latest, is_open, in_endings = here, False, False
            was_ended = ends or (was_ended and in_endings)
    for number, column in sorted(set(insertions), reverse=True):
        lines[number] = f"{lines[number][:column]}|:{lines[number][column:]}"
    return "\n".join(lines) + "\n"


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
    return sorted(notes)


def our_notes(text: str) -> list[tuple[int, int, int]]:
    """Onset, pitch and end in ticks as we read a tune."""
    return sorted(
        (round(note.onset * TICKS), note.pitch, round((note.onset + note.duration) * TICKS))
        for note in Tune.parse(text).notes
    )


def compare(tune_id: str, text: str, folder: Path) -> tuple[Comparison, Comparison]:
    """One tune, read by both: as it is written, and with its repeats written out for
    abc2midi."""
    as_written = _compare(tune_id, text, text, folder)
    if as_written.verdict == "agrees":
        return as_written, as_written
    written_out = _compare(tune_id, text, with_repeats_written_out(text), folder)
    return (
        as_written,
        written_out if written_out.verdict == "agrees" or not as_written.is_fair else as_written,
    )


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


def compare_all(tunes: Sequence[tuple[str, str]]) -> Iterator[tuple[Comparison, Comparison]]:
    """Many tunes, in a private folder."""
    with tempfile.TemporaryDirectory() as folder:
        for tune_id, text in tunes:
            yield compare(tune_id, text, Path(folder))


@dataclass(frozen=True)
class Figures:
    """Tunes that abc2midi read, and of those the ones that sound the same as ours."""

    read: int
    agreeing: int

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> "Figures":
        verdicts = Counter(one.verdict for one in comparisons)
        return cls(verdicts.total() - verdicts["error"], verdicts["agrees"])

    def __str__(self) -> str:
        return f"{self.read} | {self.agreeing} | {self.agreeing / self.read:.2%}"


@pytest.mark.skipif(
    shutil.which("abc2midi") is None, reason="abc2midi is not installed (apt install abcmidi)"
)
@pytest.mark.parametrize("name", books.NAMES)
def test_a_sample_of_each_book_sounds_as_abc2midi_plays_it(name: str) -> None:
    if not books.at_hand(name):
        pytest.skip(books.HOW_TO_GET)
    tunes = books.book_texts(name)
    as_written, written_out = zip(*compare_all(tunes[:: len(tunes) // 100]), strict=True)
    plain, fair = Figures.of(as_written), Figures.of(written_out)
    assert plain.read >= 50
    assert plain.agreeing >= 0.92 * plain.read
    assert fair.agreeing >= 0.97 * fair.read


def main(names: Sequence[str]) -> None:
    """Prints the full table, and each tune that differs."""
    differing: list[Comparison] = []
    print(
        "| book | tunes | read as written | agreeing | % "
        "| read with repeats written out | agreeing | % |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in names or books.NAMES:
        as_written, written_out = zip(*compare_all(books.book_texts(name)), strict=True)
        row = (
            f"| {name} | {len(as_written)} | {Figures.of(as_written)} | {Figures.of(written_out)} |"
        )
        print(row, flush=True)
        differing += [one for one in written_out if one.verdict in ("differs", "unread")]
    print()
    for one in differing:
        print(f"- {one.tune_id}: {one.verdict}: {one.detail}")


if __name__ == "__main__":
    main(sys.argv[1:])
