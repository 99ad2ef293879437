"""Directives that change what is heard or drawn are acted on, or named."""

import pytest

from abcrun.notation import Tune
from abcrun.notation.midi_directives import MidiDirective, read_midi_directive


def remarks(directive: str) -> list[str]:
    tunes = [
        Tune.parse(f"X:1\n{directive}\nM:4/4\nL:1/8\nK:C\nC8|\n"),
        Tune.parse(f"X:1\nM:4/4\nL:1/8\nK:C\nC8|\n{directive}\nC8|\n{directive}\nD8|\n"),
    ]
    assert all(tune.is_valid for tune in tunes)
    first, second = (
        [(problem.kind, problem.reason) for problem in tune.problems] for tune in tunes
    )
    assert first == second
    assert {kind for kind, _ in first} <= {"unsupported"}
    return [reason for _, reason in first]


@pytest.mark.parametrize(
    "directive",
    ["%%MIDI program 3", "I:MIDI program 3", "%%MIDI gchord fzcz", "%%MIDI nobeataccents",
     "%%midi channel 3", "%%linebreak $", "%%newpage"],
)  # fmt: skip
def test_what_is_acted_on_needs_no_remark(directive: str) -> None:
    assert remarks(directive) == []


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("%%MIDI fermatafixed 1/2", "MIDI 'fermatafixed 1/2' is not acted on"),
        ("I:MIDI ptstress file", "MIDI 'ptstress file' is not acted on"),
        ("%%MIDI program 200", "MIDI 'program 200' is not acted on"),
        ("%%MIDI", "MIDI '' is not acted on"),
        ("%%playtempo fast", "playtempo is not acted on"),
    ],
)
def test_what_is_not_acted_on_is_named_once(directive: str, said: str) -> None:
    (reason,) = remarks(directive)
    assert said in reason


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("program 3", MidiDirective("program", (0, 3))),
        ("program 2 3", MidiDirective("program", (2, 3))),
        ("Channel 16", MidiDirective("channel", (16,))),
        ("transpose -12", MidiDirective("transpose", (-12,))),
        ("beat 105 95 80 4", MidiDirective("beat", (105, 95, 80, 4))),
        ("beat 105 95 80", MidiDirective("beat", (105, 95, 80))),
        ("control 7 100", MidiDirective("control", (7, 100))),
        ("gchord f2zc", MidiDirective("gchord", (), "f-zc")),
        ("chordprog 24 octave=-1", MidiDirective("chordprog", (24, -1))),
        ("bassprog 32", MidiDirective("bassprog", (32, 0))),
        ("grace 1/4", MidiDirective("grace", (1, 4))),
        ("gchordoff", MidiDirective("gchordoff")),
        ("drummap ^c 38", MidiDirective("drummap", (73, 38))),
        ("drummap C, 128", None),
        ("drummap H 38", None),
        ("drummap C", None),
        ("drum dz2d 36 42 100 70", MidiDirective("drum", (36, 42, 100, 70), "dz-d")),
        ("drum dd", MidiDirective("drum", (35, 35, 80, 80), "dd")),
        ("drum dd 41", MidiDirective("drum", (41, 35, 80, 80), "dd")),
        ("drum dd 41 42 90", MidiDirective("drum", (41, 42, 90, 80), "dd")),
        ("drum dd 1 2 3 4 5", None),
        ("drum dfd", None),
        ("drum dd 128", None),
        ("drum", None),
        ("drone 109 57 45", MidiDirective("drone", (109, 57, 45, 80, 80))),
        ("drone 200", None),
        ("drumbars 2", MidiDirective("drumbars", (2,))),
        ("program 128", None),
        ("program 0 3", None),
        ("beat 1 2", None),
        ("control 7", None),
        ("transpose x", None),
        ("transpose --3", None),
        ("transpose 9999999999", None),
        ("gchord", None),
        ("gchord f0", None),
        ("gchord 2f", None),
        ("grace 1", None),
        ("chordprog 24 octave=9", None),
        ("", None),
    ],
)
def test_values_of_midi(value: str, read: MidiDirective | None) -> None:
    assert read_midi_directive(value) == read
