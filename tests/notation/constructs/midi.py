"""Section 11: the directives `%%MIDI`."""

from collections.abc import Callable

from tests.notation.constructs.construct import Construct, Heard, notes, whole


def _played(
    name: str,
    directives: str,
    plays: str | Callable[[Heard], object],
    body: str = "CDEF|",
    note: str = "",
) -> Construct:
    lines = "".join(f"%%MIDI {one}\n" for one in directives.split("; "))
    count = sum(character.isalpha() for character in body.replace('"C"', ""))
    return Construct(
        "11",
        name,
        whole(body, lines),
        lambda tune: len(notes(tune)) == count,
        plays=plays,
        note=note,
    )


def _programs(heard: Heard) -> list[int]:
    return [message.program for message in heard.of_type("program_change")]


def _channels(heard: Heard) -> set[int]:
    return {message.channel for message in heard.of_type("note_on")}


def _velocities(heard: Heard) -> list[int]:
    return [message.velocity for message in heard.of_type("note_on")]


def _controls(heard: Heard) -> list[tuple[int, int]]:
    return [(message.control, message.value) for message in heard.of_type("control_change")]


def _unsupported(name: str, value: str) -> Construct:
    return Construct(
        "11", name, whole("CDEF|", f"%%MIDI {value}\n"), remark=f"MIDI {value.split()[0]!r}"[:-1]
    )


_CHORD = '"C"CDEF|'

ROWS = (
    _played("`%%MIDI program`", "program 73", lambda h: 73 in _programs(h), note="0 is the first."),
    _played("`%%MIDI channel`", "channel 3", lambda h: _channels(h) == {2}),
    _played("`%%MIDI transpose`", "transpose -12", "48 50 52 53"),
    _played("`%%MIDI rtranspose`", "transpose -12; rtranspose 2", "50 52 54 55"),
    _played("`%%MIDI control`", "control 7 50; control 10 0", lambda h: _controls(h)[0] == (7, 50)),
    _played("`%%MIDI beat`", "beat 110 100 90 4", lambda h: _velocities(h) == [110, 100, 100, 100]),
    _played("`%%MIDI vol`", "vol 33", lambda h: _velocities(h) == [33] * 4),
    _played("`%%MIDI nobeataccents`", "nobeataccents", lambda h: _velocities(h) == [88] * 4),
    _played("`%%MIDI gchord`", "gchord fzcz", lambda h: len(h.notes) > 4, _CHORD),
    _played("`%%MIDI gchordoff`", "gchordoff", lambda h: len(h.notes) == 4, _CHORD),
    _played("`%%MIDI gchordbars`", "gchord fc; gchordbars 2", lambda h: len(h.notes) == 5, _CHORD),
    _played("`%%MIDI chordprog`", "chordprog 0", lambda h: _programs(h) == [46, 0, 24], _CHORD),
    _played("`%%MIDI bassprog`", "bassprog 32", lambda h: _programs(h) == [46, 24, 32], _CHORD),
    _played("`%%MIDI chordvol`", "chordvol 71", lambda h: 71 in _velocities(h), _CHORD),
    _played("`%%MIDI bassvol`", "bassvol 72", lambda h: 72 in _velocities(h), _CHORD),
    _played(
        "`%%MIDI chordattack`",
        "chordattack 24",
        lambda h: len({onset for onset, *_ in h.notes}) == 8,
        _CHORD,
        "Of 480 to a crotchet.",
    ),
    _played("`%%MIDI drum`, `drumon`", "drum dzdz 35 38; drumon", lambda h: 9 in _channels(h)),
    _played("`%%MIDI drumbars`", "drum d 35; drumon; drumbars 2", lambda h: 9 in _channels(h)),
    _played("`%%MIDI drummap`", "channel 10; drummap C 36", lambda h: 36 in h.pitches),
    _played("`%%MIDI drone`, `droneon`", "drone 109 57 45; droneon", lambda h: 45 in h.pitches),
    Construct(
        "11",
        "`%%MIDI grace`",
        "%%MIDI grace 1/2\n{g}C2 D2|",
        lambda tune: len(notes(tune)) == 2,
        plays=lambda h: [onset for onset, *_ in h.notes] == [0, 1, 2],
    ),
    Construct(
        "11",
        "`%%MIDI gracedivider`",
        "%%MIDI gracedivider 4\n{g}C2 D2|",
        lambda tune: len(notes(tune)) == 2,
        plays=lambda h: [onset for onset, *_ in h.notes] == [0, 0.25, 2],
    ),
    _unsupported("`%%MIDI fermatafixed`", "fermatafixed 1/2"),
    _unsupported("`%%MIDI ratio`", "ratio 2 1"),
)
