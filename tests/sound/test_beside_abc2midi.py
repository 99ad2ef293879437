"""Beside abc2midi: the same tracks, instruments and patterns of accompaniment, where a
tune says what they are."""

import io
import shutil
import subprocess
from pathlib import Path

import mido
import pytest

from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, render

pytestmark = pytest.mark.skipif(shutil.which("abc2midi") is None, reason="no abc2midi")

Struck = set[tuple[float, int]]


def theirs(text: str, folder: Path) -> mido.MidiFile:
    (folder / "tune.abc").write_text(text)
    subprocess.run(
        ["abc2midi", "tune.abc", "-o", "tune.mid"], cwd=folder, check=True, capture_output=True
    )
    return mido.MidiFile(folder / "tune.mid")


def ours(text: str) -> mido.MidiFile:
    data = render(Tune.parse(text), "midi", RenderSettings(program=0))
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


def struck(file: mido.MidiFile) -> dict[int, Struck]:
    """Return, by channel, when (crotchets, to a 50th) and which pitch classes are
    struck."""
    found: dict[int, Struck] = {}
    for track in file.tracks:
        for tick, message in at_ticks(track):
            if message.type == "note_on" and message.velocity:
                onset = round(tick / file.ticks_per_beat * 50) / 50
                found.setdefault(message.channel, set()).add((onset, message.note % 12))
    return found


def accompaniment(file: mido.MidiFile) -> Struck:
    return set().union(*(notes for channel, notes in struck(file).items() if channel))


def programs(file: mido.MidiFile) -> set[tuple[int, int]]:
    return {
        (message.channel, message.program)
        for track in file.tracks
        for message in track
        if message.type == "program_change" and message.program
    }


VOICES = """X:1
T:Four
M:4/4
L:1/4
Q:1/4=100
K:D
V:1
%%MIDI program 73
DEFG|A4|
V:2
%%MIDI channel 5
%%MIDI program 40
DDDD|E4|
V:3
%%MIDI transpose -12
FGAB|c4|
V:4
%%MIDI program 32
DEFG|
%%MIDI program 42
A4|
"""


def test_voices_have_the_same_notes_on_the_same_instruments(tmp_path: Path) -> None:
    them, us = theirs(VOICES, tmp_path), ours(VOICES)
    assert programs(us) == programs(them) == {(0, 73), (4, 40), (programs_of_last(us), 32),
                                              (programs_of_last(us), 42)}  # fmt: skip
    assert sorted(map(sorted, struck(us).values())) == sorted(map(sorted, struck(them).values()))
    tracks = [len({m.channel for m in t if m.type == "note_on"}) for t in them.tracks]
    assert sum(tracks) == len(us.tracks) - 1 == 4


def programs_of_last(file: mido.MidiFile) -> int:
    return next(m.channel for m in file.tracks[-1] if m.type == "program_change")


@pytest.mark.parametrize(
    ("meter", "pattern"),
    [
        ("4/4", "fzczfzcz"),
        ("4/4", "fzcc"),
        ("4/4", "f2c2"),
        ("4/4", "bzzcbzcz"),
        ("2/4", "fzcz"),
        ("3/4", "fcczcz"),
        ("3/4", "ghihgh"),
        ("6/8", "fzcfzc"),
        ("6/8", "ghighi"),
        ("9/8", "fzcfzcfzc"),
        ("5/8", "fzcfc"),
        ("4/4", "GHIHGHIH"),
        ("4/4", "f3cfc3"),
    ],
)
def test_a_pattern_is_struck_at_the_same_times(meter: str, pattern: str, tmp_path: Path) -> None:
    beats = {"4/4": 8, "2/4": 4, "3/4": 6, "6/8": 6, "9/8": 9, "5/8": 5}[meter]
    text = (
        f"X:1\nT:t\nM:{meter}\nL:1/8\nQ:1/4=100\nK:G\n%%MIDI gchord {pattern}\n"
        f'"G"G{beats}|"Am"A{beats}|"D7"A{beats}|"G"G{beats}|]\n'
    )
    assert accompaniment(ours(text)) == accompaniment(theirs(text, tmp_path))


@pytest.mark.parametrize(
    ("meter", "beats"),
    [("4/4", 8), ("C|", 8), ("3/4", 6), ("6/8", 6), ("9/8", 9), ("12/8", 12), ("3/8", 3)],
)
def test_the_usual_patterns_are_abc2midi_s(meter: str, beats: int, tmp_path: Path) -> None:
    text = (
        f"X:1\nT:t\nM:{meter}\nL:1/8\nQ:1/4=100\nK:G\n"
        f'"G"G{beats}|"Am"A{beats}|"D"A{beats}|"Em"G{beats}|G{beats}|"C"c{beats}|]\n'
    )
    assert accompaniment(ours(text)) == accompaniment(theirs(text, tmp_path))


def test_chords_hold_over_repeats_and_endings_as_they_do_there(tmp_path: Path) -> None:
    text = 'X:1\nT:t\nM:4/4\nL:1/8\nQ:1/4=100\nK:G\n|:"G"G8|A8|1"D"A8|A8:|2"Am"A8|"G"G8|]\n'
    assert accompaniment(ours(text)) == accompaniment(theirs(text, tmp_path))


@pytest.mark.parametrize(
    "symbol",
    ["G", "Gm", "G7", "Gm7", "Gmaj7", "Gdim", "Gaug", "Gsus2", "G6", "Gm6", "F#m",
     "Bb", "C#dim7", "Gm7b5"],
)  # fmt: skip
def test_a_chord_has_the_tones_of_abc2midi(symbol: str, tmp_path: Path) -> None:
    text = f'X:1\nT:t\nM:4/4\nL:1/8\nQ:1/4=100\nK:C\n"{symbol}"G8|\n'
    us, them = accompaniment(ours(text)), accompaniment(theirs(text, tmp_path))
    assert us == them


@pytest.mark.parametrize(
    ("meter", "directive"),
    [
        ("4/4", "drum dzd2zdd 35 38 42 46 100 60 70 80"),
        ("4/4", "drum dddd 36 38 36 38"),
        ("3/4", "drum dzd"),
        ("6/8", "drum d2dd2d 36 42 38 42 110 60 100 60"),
    ],
)
def test_drums_are_struck_as_there(meter: str, directive: str, tmp_path: Path) -> None:
    bar = {"4/4": "C8", "3/4": "C6", "6/8": "C6"}[meter]
    text = (
        f"X:1\nT:t\nM:{meter}\nL:1/8\nQ:1/4=100\nK:C\n%%MIDI {directive}\n%%MIDI drumon\n"
        f"{bar}|{bar}|\n%%MIDI drumoff\n{bar}|\n%%MIDI drumon\n{bar}|]\n"
    )

    def drums(file: mido.MidiFile) -> list[tuple[float, int, int]]:
        struck = [
            (round(at / file.ticks_per_beat * 50) / 50, message.note, message.velocity)
            for track in file.tracks
            for at, message in at_ticks(track)
            if message.type == "note_on" and message.velocity and message.channel == 9
        ]
        return sorted(struck)

    assert drums(ours(text)) == drums(theirs(text, tmp_path))
    assert len(drums(ours(text))) >= 6


def at_ticks(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    tick, found = 0, []
    for message in track:
        tick += message.time
        found.append((tick, message))
    return found
