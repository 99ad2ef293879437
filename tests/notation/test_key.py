"""K: tonic, mode and accidentals to what sounds."""

import pytest

from abcrun.errors import NotationError, UsageError
from abcrun.notation.key import usual_mode
from abcrun.notation.tune import Tune
from tests.notation.specimens import (
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    c,
    pitches,
    tune,
)


@pytest.mark.parametrize(
    ("key", "sharps", "flats"),
    [
        ("C", "", ""),
        ("G", "F", ""),
        ("D Major", "FC", ""),
        ("Bb", "", "BE"),
        ("F#", "FCGDAE", ""),
        ("Cb", "", "BEADGCF"),
        ("Am", "", ""),
        ("Emin", "F", ""),
        ("EM", "F", ""),  # capitals mean nothing in modes
        ("F#m", "FCG", ""),
        ("Dmix", "F", ""),
        ("D Mixolydian", "F", ""),
        ("AMix", "FC", ""),
        ("Ador", "F", ""),
        ("EDORIAN", "FC", ""),
        ("Bphr", "F", ""),
        ("Gloc", "", "BEAD"),
        ("Flyd", "", ""),
        ("Glydian", "FC", ""),
        ("Cion", "", ""),
        ("Aaeo", "", ""),
        ("Hp", "FC", ""),
        ("HP", "FC", ""),
        ("none", "", ""),
        ("", "", ""),
        ("D clef=bass", "FC", ""),
        ("G % one sharp", "F", ""),
        ("Dmix=f", "", ""),
        ("D ^g _b", "FCG", "B"),
        ("D exp _b ^f", "F", "B"),
        ("^c", "C", ""),
    ],
)
def test_keys(key: str, sharps: str, flats: str) -> None:
    expected = [
        natural + (letter in sharps) - (letter in flats)
        for letter, natural in zip("CDEFGAB", (C, D, E, F, G, A, B), strict=True)
    ]
    assert pitches("CDEF|GAB|", key=key) == expected


def test_the_key_is_told() -> None:
    key = tune("C", key="F# dorian").key
    assert (key.text, key.tonic, key.mode, key.tonic_pitch_class) == (
        "F# dorian",
        "F#",
        "dorian",
        6,
    )
    assert key.accidentals == (("F", 1), ("C", 1), ("G", 1), ("D", 1))


def test_a_change_of_key_on_a_line_and_inside_a_line() -> None:
    assert pitches("FC|\nK:D\nFC|[K:F]FB|") == [F, C, 66, 61, F, 70]


def test_transposition_and_octave_of_what_sounds() -> None:
    assert pitches("C", key="C transpose=-2") == [58]
    assert pitches("C", key="C octave=1") == [c]


def said(field: str, more: str = "") -> tuple[Tune, list[str]]:
    """The tune `CDEF` under a K: field, and what is said of it."""
    found = tune("CDEF|", key=field, more=more)
    return found, [f"{one.kind}: {one.reason}" for one in found.problems]


@pytest.mark.parametrize(
    ("field", "name", "sounding", "named"),
    [
        # The key stays, whatever stands behind it.
        ("C bass m=d", "C major", [C, D, E, F], ""),
        ("G t=-12", "G major", [48, 50, 52, 54], ""),
        ("G none", "G major", [C, D, E, 66], ""),
        ("G shift=GD", "G major", [55, 57, 59, 61], "shift= is played"),
        ("D shift=cB", "D major", [C, 61, 63, 65], "shift= is played"),
        ("G mozart:x=y", "G major", [C, D, E, 66], "'mozart:x=y'"),
        ("Dm foo=bar", "D minor", [C, D, E, F], "'foo=bar'"),
        ("A Hijaz _b ^c", "A major", [61, D, E, 66], "'Hijaz'"),
        ("A Hijaz", "A major", [61, D, E, 66], "'Hijaz'"),
        ("D Freygish =f", "D major", [61, D, E, F], "'Freygish'"),
        ("C ^/f", "C major", [C, D, E, F], "microtone '^/f'"),
        ("D _3/2e", "D major", [61, D, E, 66], "microtone '_3/2e'"),
        ("G stafflines=1", "G major", [C, D, E, 66], ""),
        ("G strings=G,DAE", "G major", [C, D, E, 66], "strings= is not acted on"),
        ("G cue=on", "G major", [C, D, E, 66], "cue= is not acted on"),
        # Small letters, words and other spellings that collections have
        ("em", "E minor", [C, D, E, 66], ""),
        ("c", "C major", [C, D, E, F], ""),
        ("bb", "Bb major", [C, D, 63, F], ""),
        ("f#m", "F# minor", [61, D, E, 66], ""),
        ("ador", "A dorian", [C, D, E, 66], ""),
        ("d mix ^g", "D mixolydian", [C, D, E, 66], ""),
        ("D major", "D major", [61, D, E, 66], ""),
        ("Dmaj", "D major", [61, D, E, 66], ""),
        ("F#min", "F# minor", [61, D, E, 66], ""),
        ("Emi", "E minor", [C, D, E, 66], ""),
        ("A-minor", "A minor", [C, D, E, F], ""),
        ("Gtreble", "G major", [C, D, E, 66], ""),
        ("Bb Dorian", "Bb dorian", [C, 61, 63, F], ""),
        ("B flat", "Bb major", [C, D, 63, F], ""),
        ("F sharp minor", "F# minor", [61, D, E, 66], ""),
        ("Gm bass", "G minor", [C, D, 63, F], ""),
        ("exp ^f", " none", [C, D, E, 66], ""),
        ("none clef=perc", " none", [C, D, E, F], ""),
        ("clef=bass", " none", [C, D, E, F], ""),
        ("", " none", [C, D, E, F], ""),
        # Pipes (3.1.14)
        ("HP", " HP", [61, D, E, 66], ""),
        ("Hp", " Hp", [61, D, E, 66], ""),
        ("hp clef=treble", " Hp", [61, D, E, 66], ""),
    ],
)
def test_a_key_stays_and_what_is_unknown_is_named(
    field: str, name: str, sounding: list[int], named: str
) -> None:
    found, problems = said(field)
    assert f"{found.key.tonic} {found.key.mode}" == name
    assert [note.pitch for note in found.notes] == sounding
    assert found.is_valid
    assert len(problems) == bool(named)
    assert all(problem.startswith("unsupported: ") and named in problem for problem in problems)


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("D5", "'5'"),
        ("Am7", "'7'"),
        ("Cfoo", "'foo'"),
        ("G (D)", "'(D)'"),
        ("D clef=g9", "'g9' is no clef"),
        ("D transpose=x", "'transpose=x' names no number"),
        ("D octave=9", "'octave=9' is out of -4 to 4"),
        ("D middle=9", "'middle=9' names no note"),
        ("D shift=G", "'shift=G' does not name two notes"),
    ],
)
def test_what_has_no_meaning_behind_a_key_is_a_fault(field: str, named: str) -> None:
    found, problems = said(field)
    assert found.key.tonic == field[0]
    assert len(problems) == 1
    assert problems[0].startswith("field: ") and named in problems[0]


@pytest.mark.parametrize("field", ["H", "G#", "?", "1"])
def test_what_names_no_key_is_a_fault(field: str) -> None:
    found, problems = said(field)
    assert found.key.accidentals == ()
    assert problems == [f"field: K: does not name a key: {field!r}"]


@pytest.mark.parametrize(
    ("field", "more", "pitch"),
    [
        # Octave clefs (4.6), in K: and in V:
        ("C treble-8", "", 48),
        ("C clef=treble-8", "", 48),
        ("C clef=treble+8", "", 72),
        ("C clef=bass-8", "", 48),
        ("C treble-8va", "", 48),
        ("C clef=treble+15ma", "", 84),
        ("C clef=subbass", "", 60),
        ("C french", "", 60),
        ("C", "V:1 clef=treble-8\n", 48),
        ("C", "V:1 treble+8\n", 72),
        ("C", "V:1 bass-8\n", 48),
        ("C", "V:1 clef=treble-15\n", 36),
        ("C clef=treble-8", "V:1 clef=bass\n", 60),
        ("C clef=treble-8", "V:1 clef=treble-8\n", 48),
        # Key and voice together
        ("C transpose=2", "V:1 octave=-1\n", 50),
        ("C octave=-1", "V:1 transpose=2\n", 50),
        ("C t=2", "V:1 t=3\n", 65),
        ("C octave=-1", "V:1 octave=-1\n", 48),
        ("C octave=-1 transpose=2", "", 50),
        ("C transpose=2", "V:1 clef=treble-8\n", 50),
        ("C clef=treble-8 transpose=12", "", 60),
        # The middle line is for the eye alone
        ("C bass middle=d", "", 60),
        ("C", "V:1 clef=bass m=d transpose=-24\n", 36),
    ],
)
def test_where_notes_sound(field: str, more: str, pitch: int) -> None:
    assert pitches("C|", key=field, more=more) == [pitch]


def test_changes_of_clef_and_transposition_within_a_tune() -> None:
    assert pitches("C[K:clef=treble-8]C[K:clef=treble]C[K:treble+8]C|") == [60, 48, 60, 72]
    assert pitches("C[V:1 clef=treble-8]C[V:1]C[V:1 clef=bass]C|") == [60, 48, 48, 60]
    assert pitches("C[K:D transpose=-12]C[K:C]C[K:transpose=0]C|") == [60, 49, 48, 60]
    assert sorted(pitches("C|\nV:2 octave=-1\nC|\nV:1\nD|\nV:2\nD|")) == [48, 50, 60, 62]


def test_the_clef_and_the_drawn_octave_of_a_bar() -> None:
    def placed(key: str, more: str = "") -> tuple[str, int, int, int]:
        bar = tune("C|", key=key, more=more).bars[0]
        assert bar.clef is not None
        return bar.clef.sign, bar.clef.line, bar.clef.octave, bar.transposition

    assert placed("C bass m=d") == ("F", 4, 0, 24)
    assert placed("C", "V:1 clef=bass middle=d transpose=-24\n") == ("F", 4, 0, 0)
    assert placed("C", "V:1 middle=D, clef=bass\n") == ("F", 4, 0, 0)
    assert placed("C clef=C middle=A,") == ("C", 4, 0, 0)
    assert placed("C middle=D,") == ("G", 1, 0, -24)
    assert placed("C clef=treble-8") == ("G", 2, -1, 0)
    assert placed("C transpose=3", "V:1 bass octave=-1\n") == ("F", 4, 0, 3)


@pytest.mark.parametrize(
    ("field", "properties"),
    [
        ('1 clef=bass, name="a b" snm="x"', (("clef", "bass"), ("name", "a b"), ("snm", "x"))),
        ("T name = Tenor clef = treble-8", (("name", "Tenor"), ("clef", "treble-8"))),
        ('T nm="Fl\\^ute &agrave; bec"', (("nm", "Flûte à bec"),)),
        ("1 Bass", (("clef", "Bass"),)),
        ("1 F4", (("clef", "F4"),)),
        ("1 none", (("clef", "none"),)),
        ("1 merge", (("merge", ""),)),
    ],
)
def test_the_parameters_of_a_voice(field: str, properties: tuple[tuple[str, str], ...]) -> None:
    found, problems = said("C", f"V:{field}\n")
    assert found.voices[0].properties == properties
    assert problems == []


def test_layout_of_a_voice_gets_one_remark() -> None:
    found, problems = said("C", "V:1 bass stem=up dyn=down\nV:2 up\n")
    assert found.voices[0].properties[1] == ("stem", "up")
    assert problems == ["unsupported: layout is abcrun's own affair: dyn is not acted on"]


def test_a_name_of_a_voice_may_stand_in_quotes() -> None:
    voices = tune('[V:"Tenor one"]C|[V:B]C|', more='V:"Tenor one" clef=treble-8\n').voices
    assert [voice.name for voice in voices] == ["Tenor one", "B"]
    assert pitches('[V:"Tenor one"]C|', more='V:"Tenor one" clef=treble-8\n') == [48]


def test_each_unknown_parameter_is_named_once_in_a_tune() -> None:
    body = "V:1 brace foo=bar\nC4|\nV:2 foo=bar\nC4|\nV:1 cue=on\nC4|\nV:2 cue=on brace\nC4|"
    assert [(one.line, one.kind, one.reason) for one in tune(body).problems] == [
        (6, "unsupported", "V: says 'brace', which abcrun does not know"),
        (6, "unsupported", "V: says 'foo=bar', which abcrun does not know"),
        (10, "unsupported", "the parameter cue= is not acted on"),
    ]


@pytest.mark.parametrize("clef", ["G2", "F4", "C3", "treble1", "C1", "perc", "none", "alto4"])
def test_clefs_without_their_name(clef: str) -> None:
    found = tune("C|", key=f"Gm {clef}")
    assert found.problems == () and found.key.text == "Gm"
    assert found.bars[0].clef is not None and found.bars[0].clef.text == clef


@pytest.mark.parametrize(
    "field",
    [
        *("em", "bb", "B flat", "f sharp minor", "A Hijaz _b ^c", "C bass m=d", "G t=-12"),
        *("G none", "G shift=GD", "G mozart:x=y", "D clef=treble-8", "D G2", "Am7", "Cfoo"),
        *(
            "D transpose=2 octave=-1",
            "clef=bass D",
            "A treble dor",
            "D exp ^f _b",
            "Dm=c",
            "A-minor",
        ),
    ],
)
def test_every_spelling_is_transposed_note_for_note(field: str) -> None:
    body = "V:1 octave=-1\nCDEF|^G=F_B-B|[K:em]FGAB|[V:1 clef=treble-8 t=3]cdef|"
    before = tune(f"{body}[K:{field}]FGAB|", key=field)
    for to in ("D", "F#", "Bb", "Eb", "A"):
        try:
            after = before.transpose(f"{to} {usual_mode(before.key.mode)}")
        except UsageError as error:  # no such signature
            assert "sharps or flats" in str(error)
            continue
        moved = [new.pitch - old.pitch for old, new in zip(before.notes, after.notes, strict=True)]
        assert len(set(moved)) == 1
        assert [one.kind for one in after.problems] == [one.kind for one in before.problems]
        assert (
            after.header.key_field.parameters.properties
            == before.header.key_field.parameters.properties
        )


@pytest.mark.parametrize("field", ["[K:G {}]", "[V:1 {}]"])
@pytest.mark.parametrize("text", ["t = ", 'name="', "a=b ", "^c ", "clef=", "bass "])
def test_a_long_field_is_out_of_bounds(field: str, text: str) -> None:
    long = field.format(text * (1_001 // len(text) + 1))
    with pytest.raises(NotationError, match="has over 1000 characters"):
        tune(f"{long}C|")


def test_a_field_for_all_voices() -> None:
    text = "V:1\nC|\nV:2 octave=1\nD|\nV:* transpose=2\nV:1\nC|"
    assert sorted(pitches(text, more="V:* octave=-1\n")) == [48, 50, 74]
    found = tune("V:1\nC|\nV:2\nD|", more="V:* clef=bass octave=-1\n")
    assert [voice.name for voice in found.voices] == ["1", "2"]
    assert all(bar.clef is not None and bar.clef.sign == "F" for bar in found.bars)
    moved = found.transpose("D")
    assert [note.pitch for note in moved.notes] == [note.pitch + 2 for note in found.notes]


def test_a_voice_inside_of_the_first_line_is_the_first() -> None:
    assert [voice.name for voice in tune("[V:T]C|[V:B]D|").voices] == ["T", "B"]
    assert [voice.name for voice in tune("  [V:2 bass]C|\n[V:1]D|").voices] == ["2", "1"]
    assert [voice.name for voice in tune("C[V:2]D|").voices] == ["1", "2"]
    assert tune("%%MIDI program 3\n[V:T]C|").voices[0].items


def test_the_sign_of_drums_has_a_letter_as_the_others_have() -> None:
    found = tune("C|", key="C clef=P")
    assert found.problems == ()
    assert found.bars[0].clef is not None and found.bars[0].clef.sign == "percussion"


@pytest.mark.parametrize("key", ["Hp exp ^f ^c", "HP exp ^f^c", "Hp exp ^f ^c transpose=1"])
def test_the_pipes_signature_may_be_spelled_out(key: str) -> None:
    found = tune("C D F|", key=key)
    assert found.problems == ()
    assert [note.pitch - found.notes[1].pitch for note in found.notes] == [-1, 0, 4]
