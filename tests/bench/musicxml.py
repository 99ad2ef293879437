"""Our MusicXML as another program reads it, and as it comes back to ABC:
`python -m tests.bench.musicxml` and `python -m tests.bench.musicxml back`.

300 tunes, of the books that are at hand and made over all constructs, go through our
MusicXML; music21 reads it, and every note, tie, grace note, syllable, chord symbol,
clef, key, meter, beam and line break is compared with what our reader has. music21 is
large: the variable `MUSIC21_PYTHON` names a Python that has it, where this one has not.

With `back`, all tunes of the books and 300 made ones go to MusicXML and back to ABC.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from abcrun import NotationError, Tune
from abcrun.notation.chord_symbols import read_quoted
from abcrun.notation.written import Bar, Voice, WrittenNote
from abcrun.score.layout import VoiceLayout
from abcrun.score.staves import Part, staves_of
from tests.books import NAMES, at_hand, book_texts
from tests.musicxml.kinds import differing
from tests.musicxml.made import made

TUNES = 300
OF_BOOKS = 30
"""Tunes of each book."""

_KINDS = {"dominant-seventh": "dominant", "half-diminished-seventh": "half-diminished"}
"""What music21 calls kinds of chords otherwise than MusicXML."""

Found = dict[str, list[Any]]


def texts() -> Iterator[str]:
    """Yield the texts of the tunes."""
    count = 0
    for name in filter(at_hand, NAMES):
        found = book_texts(name)
        for _, text in found[:: max(1, len(found) // OF_BOOKS)][:OF_BOOKS]:
            count += 1
            yield text
    yield from (made(number) for number in range(TUNES - count))


def music21_python() -> str | None:
    """Return a Python that has music21."""
    named = os.environ.get("MUSIC21_PYTHON")
    return named or (sys.executable if importlib.util.find_spec("music21") else None)


def read_all(python: str, tunes: list[Tune]) -> Iterator[dict[str, Any]]:
    """Yield what music21 reads in the score of each tune."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, tune in enumerate(tunes):
            paths.append(Path(folder, f"{number}.musicxml"))
            paths[-1].write_text(tune.musicxml(), encoding="utf-8")
        reader = Path(__file__).with_name("music21_reader.py")
        result = subprocess.run(
            [python, str(reader)],
            input="\n".join(map(str, paths)),
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": "", "PYTHONWARNINGS": "ignore"},
        )
        yield from map(json.loads, result.stdout.splitlines())


# What our reader has, in the same values


def bars_of(voice: Voice) -> list[Bar]:
    return [item for item in voice.items if isinstance(item, Bar)]


def expected(tune: Tune) -> dict[str, Any]:
    """Return what a tune has, staff by staff."""
    staves = staves_of(tune)
    bars = [bars_of(voice.voice) for voice in staves.voices()]
    starts = [Fraction(0)]
    for index in range(max(map(len, bars))):
        lengths = [one[index].length for one in bars if index < len(one)]
        starts.append(starts[-1] + 4 * max(lengths))
    first = next(staves.voices()).voice
    ends = set(first.line_ends)
    numbers = [index for index, item in enumerate(first.items) if isinstance(item, Bar)]
    breaks = {starts[place + 1] for place, index in enumerate(numbers) if index in ends}
    return {
        "breaks": {at for at in breaks if at < starts[len(numbers)]},
        "parts": [
            read_staff(part, staff, starts)
            for part in staves.parts
            for staff in range(1, part.staves + 1)
        ],
    }


def read_staff(part: Part, staff: int, starts: list[Fraction]) -> Found:
    found: Found = defaultdict(list)
    for place, one in enumerate(part.on(staff)):
        for index, (start, bar) in enumerate(zip(starts, bars_of(one.voice), strict=False)):
            # A staff is written as its first voice transposes.
            first = bars_of(part.on(staff)[0].voice)
            moved = first[min(index, len(first) - 1)].transposition
            if place == 0:
                found["keys"].append((start, signature(bar)))
                found["meters"].append((start, bar.meter.numerator, bar.meter.denominator))
                if bar.clef is not None:
                    clef = (start, bar.clef.sign, bar.clef.line, bar.clef.octave)
                    found["clefs"].append(clef)
            for note in bar.notes:
                take_note(note, start + 4 * note.offset, moved, found)
        beams_of(one.layout, starts, found)
    return found


def signature(bar: Bar) -> dict[str, int]:
    if bar.key.mode == "HP":
        return {}
    return {letter: alteration for letter, alteration in bar.key.accidentals if alteration}


def take_note(note: WrittenNote, at: Fraction, moved: int, found: Found) -> None:
    end = at + 4 * note.duration
    for pitch in note.pitches:
        found["notes"].append((at, end, pitch - moved, pitch in note.tied))
    if note.signs is None:
        return
    for group in note.signs.graces:
        found["graces"] += [
            (at, tuple(sorted(pitch - moved for pitch in grace.pitches))) for grace in group.notes
        ]
    for sung in note.signs.lyrics:
        if sung.text:
            found["lyrics"].append((at, sung.verse, sung.text, sung.is_hyphened))
    for text in note.signs.texts:
        for one in read_quoted(text):
            for symbol in one.symbols:
                bass = symbol.bass or symbol.root
                degrees = tuple(sorted((one.deed, one.value) for one in symbol.degrees))
                found["chords"].append((at, symbol.kind, symbol.root, bass, degrees))


def beams_of(voice: VoiceLayout, starts: list[Fraction], found: Found) -> None:
    """Add the pairs of notes that a beam joins: nothing parts them in the text, and
    both have flags."""
    for start, layers in zip(starts, voice.layers, strict=False):
        for layer in layers:
            before = None
            for segment in layer:
                note = segment.note
                at = start + 4 * segment.offset
                has_flag = segment.value.endswith(("th", "nd"))
                if not note.is_beamed and segment.is_first:
                    before = None
                if note.pitches and has_flag:
                    if before is not None:
                        found["beams"].append((before, at))
                    before = at
                elif note.pitches or not has_flag:  # a crotchet's rest parts beams, too
                    before = None


def joined(notes: list[tuple[Fraction, Fraction, int, bool]]) -> Counter[Any]:
    """Return onset, end and pitch of the notes that sound: ties are one note."""
    result: Counter[Any] = Counter()
    open_at: dict[tuple[int, Fraction], list[Fraction]] = defaultdict(list)
    for onset, end, pitch, is_tied in sorted(notes):
        began = onset
        if open_at[pitch, onset]:
            began = open_at[pitch, onset].pop()
        if is_tied:
            open_at[pitch, end].append(began)
        else:
            result[began, end, pitch] += 1
    for (pitch, end), begins in open_at.items():
        for began in begins:
            result[began, end, pitch] += 1
    return result


def tied(notes: list[tuple[Fraction, Fraction, int, bool]]) -> set[tuple[Fraction, int]]:
    """Return time and pitch of the ties that lead to a note."""
    begins = {(onset, pitch) for onset, _, pitch, _ in notes}
    return {(end, pitch) for _, end, pitch, is_tied in notes if is_tied and (end, pitch) in begins}


# Comparing


def in_force(changes: list[Any], at: Fraction) -> Any:
    """Return the last of some changes up to a time."""
    last = None
    for change in changes:
        if Fraction(change[0]) <= at:
            last = change[1:]
    return last


def compare(ours: Found, theirs: Found, figures: dict[str, list[int]]) -> set[str]:
    """Count what is there and what is found, kind by kind; return the kinds in which
    anything is missing."""
    wrong: set[str] = set()

    def count(kind: str, total: int, missing: int) -> None:
        figures[kind][0] += total
        figures[kind][1] += missing
        if missing:
            wrong.add(kind)

    def count_all(kind: str, one: Counter[Any], other: Counter[Any]) -> None:
        count(
            kind, sum(one.values()), max(sum((one - other).values()), sum((other - one).values()))
        )

    notes = [
        (Fraction(at), Fraction(at) + Fraction(length), pitch, tie in ("start", "continue"))
        for at, length, pitches, ties, _, _ in theirs["notes"]
        for pitch, tie in zip(pitches, ties, strict=True)
    ]
    ours_joined, theirs_joined = joined(ours["notes"]), joined(notes)
    count_all("notes", ours_joined, theirs_joined)
    ours_tied, theirs_tied = tied(ours["notes"]), tied(notes)
    count("ties", len(ours_tied), len(ours_tied - theirs_tied))
    graces = [(Fraction(at), tuple(pitches)) for at, pitches in theirs["graces"]]
    count_all("grace notes", Counter(ours["graces"]), Counter(graces))
    lyrics = [
        (Fraction(at), verse, text, syllabic in ("begin", "middle"))
        for at, verse, text, syllabic in theirs["lyrics"]
    ]
    count_all("syllables", Counter(ours["lyrics"]), Counter(lyrics))
    chords = [
        (
            Fraction(at),
            _KINDS.get(kind, kind),
            root.replace("-", "b"),
            bass.replace("-", "b"),
            tuple(sorted(map(tuple, degrees))),
        )
        for at, kind, root, bass, degrees in theirs["chords"]
    ]
    count_all("chord symbols", Counter(ours["chords"]), Counter(chords))
    for kind, name in (("clefs", "clefs"), ("keys", "keys"), ("meters", "meters")):
        missing = 0
        for at, *values in ours[name]:
            if name == "meters" and not values[0]:  # free meter shows nothing
                continue
            missing += in_force(theirs[name], at) != values
        count(kind, len(ours[name]), missing)
    count_all("beams", Counter(ours["beams"]), Counter(pairs_of(theirs["notes"])))
    return wrong


def pairs_of(notes: list[Any]) -> list[tuple[Fraction, Fraction]]:
    """Return the pairs of notes that music21 has under one beam, layer by layer."""
    found = []
    before: dict[int, Fraction | None] = {}
    for at, _, _, _, beam, layer in notes:
        begun = before.get(layer)
        if beam in ("continue", "stop") and begun is not None:
            found.append((begun, Fraction(at)))
        before[layer] = Fraction(at) if beam in ("start", "continue") else None
    return found


def print_back() -> None:
    """Print for each book in how many tunes which kinds differ on the way back."""
    books = {name: [text for _, text in book_texts(name)] for name in filter(at_hand, NAMES)}
    for name, found in {**books, "made": [made(number) for number in range(TUNES)]}.items():
        tunes, wrong = 0, Counter[str]()
        for text in found:
            try:
                tune = Tune.parse(text)
            except NotationError:
                continue
            tunes += 1
            wrong.update(differing(tune, Tune.from_musicxml(tune.musicxml())))
        kinds = ", ".join(f"{kind} {count}" for kind, count in wrong.most_common())
        print(f"{name}: {tunes:,} tunes; differing in {kinds or 'nothing'}")


def main() -> None:
    """Print a figure for each kind, and the tunes in which anything differs."""
    python = music21_python()
    if python is None:
        sys.exit("music21 is not here: pip install music21 somewhere, and name it MUSIC21_PYTHON")
    tunes = []
    for text in texts():
        try:
            tunes.append(Tune.parse(text))
        except NotationError:
            continue
    figures: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for number, (tune, read) in enumerate(zip(tunes, read_all(python, tunes), strict=True)):
        if "error" in read:
            print(f"{number} {tune.title}: {read['error']}")
            figures["tunes"][1] += 1
            continue
        figures["tunes"][0] += 1
        ours = expected(tune)
        wrong: set[str] = set()
        if len(ours["parts"]) != len(read["parts"]):
            wrong.add(f"{len(ours['parts'])} staves, {len(read['parts'])} read")
        for one, other in zip(ours["parts"], read["parts"], strict=False):
            wrong |= compare(one, other, figures)
        breaks = set(map(Fraction, read["breaks"]))
        figures["line breaks"][0] += len(ours["breaks"])
        if breaks != ours["breaks"]:
            figures["line breaks"][1] += len(breaks ^ ours["breaks"])
            wrong.add("line breaks")
        if wrong:
            print(f"{number} {tune.title}: {', '.join(sorted(wrong))}")
    for kind, (total, missing) in figures.items():
        print(f"{kind:14} {total:7,} compared, {missing:5,} differ")


if __name__ == "__main__":
    if sys.argv[1:] == ["back"]:
        print_back()
    else:
        main()
