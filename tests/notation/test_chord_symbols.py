"""Chord symbols: what they mean, what is none, and what they are in another key."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.notation.chord_qualities import INTERVALS, Degree
from abcrun.notation.chord_symbols import (
    move_chord_symbols,
    pitch_class,
    read_chord_symbol,
    read_quoted,
    spell_chord_symbol,
)
from abcrun.notation.limits import MAX_CHORD_SYMBOLS_CHARACTERS
from abcrun.notation.pitch import Interval

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def tones(text: str) -> str:
    """The tones that a symbol names, the root first."""
    symbol = read_chord_symbol(text)
    assert symbol is not None, text
    return " ".join(NAMES[one] for one in symbol.pitch_classes)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("G", "major", "G B D"),
        ("Am", "minor", "A C E"),
        ("am", "minor", "A C E"),
        ("em7", "minor-seventh", "E G B D"),
        ("a", "major", "A Db E"),
        ("Ami", "minor", "A C E"),
        ("C-", "minor", "C Eb G"),
        ("C-7", "minor-seventh", "C Eb G Bb"),
        ("D7", "dominant", "D F# A C"),
        ("d7", "dominant", "D F# A C"),
        ("D7sus4", "suspended-fourth", "D G A C"),
        ("D7sus", "suspended-fourth", "D G A C"),
        ("C9sus4", "suspended-fourth", "C F G Bb D"),
        ("Esus4", "suspended-fourth", "E A B"),
        ("Csus2", "suspended-second", "C D G"),
        ("C2", "suspended-second", "C D G"),
        ("C4", "suspended-fourth", "C F G"),
        ("C5", "power", "C G"),
        ("C6", "major-sixth", "C E G A"),
        ("Cm6", "minor-sixth", "C Eb G A"),
        ("C6/9", "major-sixth", "C E G A D"),
        ("C69", "major-sixth", "C E G A D"),
        ("Cadd9", "major", "C E G D"),
        ("Cmadd9", "minor", "C Eb G D"),
        ("Cm9", "minor-ninth", "C Eb G Bb D"),
        ("C9", "dominant-ninth", "C E G Bb D"),
        ("C11", "dominant-11th", "C E G Bb D F"),
        ("C13", "dominant-13th", "C E G Bb D A"),
        ("Cmaj7", "major-seventh", "C E G B"),
        ("CM7", "major-seventh", "C E G B"),
        ("C△7", "major-seventh", "C E G B"),
        ("CΔ", "major-seventh", "C E G B"),
        ("Cmaj9", "major-ninth", "C E G B D"),
        ("Cm(maj7)", "major-minor", "C Eb G B"),
        ("CmM7", "major-minor", "C Eb G B"),
        ("F#°7", "diminished-seventh", "F# A C Eb"),
        ("Fdim", "diminished", "F Ab B"),
        ("Co7", "diminished-seventh", "C Eb F# A"),
        ("Bø7", "half-diminished", "B D F A"),
        ("Bm7b5", "half-diminished", "B D F A"),
        ("C+", "augmented", "C E Ab"),
        ("Caug", "augmented", "C E Ab"),
        ("C+7", "augmented-seventh", "C E Ab Bb"),
        ("Caug7", "augmented-seventh", "C E Ab Bb"),
        ("C7+5", "dominant", "C E Ab Bb"),
        ("C7#5", "dominant", "C E Ab Bb"),
        ("C7-5", "dominant", "C E F# Bb"),
        ("C7b9", "dominant", "C E G Bb Db"),
        ("C7b9#11", "dominant", "C E G Bb Db F#"),
        ("C7(b9,#11)", "dominant", "C E G Bb Db F#"),
        ("C7alt", "dominant", "C E Ab Bb Db"),
        ("C7(no3)", "dominant", "C G Bb"),
        ("C13#11", "dominant-13th", "C E G Bb D F# A"),
        ("Bb", "major", "Bb D F"),
        ("B♭", "major", "Bb D F"),
        ("Bb5", "power", "Bb F"),
        ("Bbb5", "major", "Bb D E"),
        ("Bbb", "major", "A Db E"),
        ("F##", "major", "G B D"),
        ("Hm", "minor", "B D F#"),
        ("H7", "dominant", "B Eb F# A"),
    ],
)
def test_a_symbol_has_these_tones(text: str, kind: str, expected: str) -> None:
    symbol = read_chord_symbol(text)
    assert symbol is not None
    assert symbol.kind == kind
    assert sorted(tones(text).split()) == sorted(expected.split())
    assert tones(text).split()[0] == expected.split()[0]
    assert symbol.text == text


@pytest.mark.parametrize(
    ("text", "root", "bass"),
    [
        ("C/E", "C", "E"),
        ("C/e", "C", "E"),
        ("G/ D", "G", "D"),
        ("F#m7b5/e", "F#", "E"),
        ("Am7/G", "A", "G"),
        ("D/F♯", "D", "F#"),
        ("am/c", "A", "C"),
        ("/F#", "", "F#"),
        ("/g", "", "G"),
        ("N.C.", "", ""),
        ("NC", "", ""),
    ],
)
def test_root_and_bass(text: str, root: str, bass: str) -> None:
    symbol = read_chord_symbol(text)
    assert symbol is not None
    assert (symbol.root, symbol.bass) == (root, bass)
    sounding = bass or root
    assert symbol.bass_pitch_class == (pitch_class(sounding) if sounding else None)


@pytest.mark.parametrize(
    "text",
    ["a tempo", "A tempo", "Allegro", "Fine", "Coda", "D.C.", "DC", "Da Capo", "Bass", "Add",
     "End", "Bis", "Sign", "dim.", "cresc.", "f", "b", "mf", "H", "d2", "e3 d", "A part", "B1",
     "Do", "Fa", "Ad lib.", "1", "(4)", "#", "G?", "DE FG|", "", " ", "C/x", "Cm5", "ami"],
)  # fmt: skip
def test_words_are_no_chords(text: str) -> None:
    assert read_chord_symbol(text) is None
    assert [part.kind for part in read_quoted(text)] == ["words"]
    assert move_chord_symbols(text, Interval(1, 2)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("G(Em)", [("G", False), ("Em", True)]),
        ("G (Em)", [("G", False), ("Em", True)]),
        ("(G)", [("G", True)]),
        ("[Em]", [("Em", True)]),
        ("G Em", [("G", False), ("Em", False)]),
        ("G;Em", [("G", False), ("Em", False)]),
        ("G\\nEm", [("G", False), ("Em", False)]),
        ("Am-D", [("Am", False), ("D", False)]),
        ("C(Am, F)", [("C", False), ("Am", True), ("F", True)]),
        ("G7(b9)(Em)", [("G7(b9)", False), ("Em", True)]),
    ],
)
def test_several_in_one_text(text: str, expected: list[tuple[str, bool]]) -> None:
    (part,) = read_quoted(text)
    assert part.kind == "chord"
    assert [(symbol.text, symbol.is_optional) for symbol in part.symbols] == expected


def test_annotations_and_chords_in_one_text() -> None:
    assert [(part.kind, part.placement, part.text) for part in read_quoted("Am;^slow;_p")] == [
        ("chord", "", "Am"),
        ("annotation", "^", "slow"),
        ("annotation", "_", "p"),
    ]
    assert [(part.kind, part.placement, part.text) for part in read_quoted("^Am")] == [
        ("annotation", "^", "Am")
    ]


@pytest.mark.parametrize("kind", INTERVALS)
def test_spelled_and_read_again(kind: str) -> None:
    choices = [
        (),
        (Degree("add", 9, -1),),
        (Degree("add", 13),),
        (Degree("subtract", 3),),
        (Degree("alter", 5, 1), Degree("add", 9, 1)),
        (Degree("add", 7, 0),),
        (Degree("add", 7, 1),),
    ]
    for root, degrees, bass in itertools.product(("C", "Bb", "F#", "Bbb"), choices, ("", "Eb")):
        if kind in ("none", "power") and degrees:
            continue
        text = spell_chord_symbol(root, kind, degrees, bass)
        assert text is not None
        symbol = read_chord_symbol(text)
        assert symbol is not None, text
        if kind == "none":
            continue
        assert (symbol.root, symbol.bass) == (root, bass), text
        if not any(degree in ((Degree("add", 7), Degree("add", 7, 1))) for degree in degrees):
            assert (symbol.kind, symbol.degrees) == (kind, degrees), text


def test_a_kind_without_spelling_is_none() -> None:
    assert spell_chord_symbol("C", "Tristan") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("am", "bm"),
        ("em7", "f#m7"),
        ("a", "b"),
        ("C/e", "D/f#"),
        ("G/ D", "A/ E"),
        ("[Em]", "[F#m]"),
        ("G(Em)", "A(F#m)"),
        ("N.C.", "N.C."),
        ("/F#", "/G#"),
        ("Am;^slow A", "Bm;^slow A"),
        ("Am\\nD7", "Bm\\nE7"),
        ("Bbb", "Cb"),
        ("C△7", "D△7"),
        ("Hm", "C#m"),
        ("F##", "A"),
        ("^Am", "^Am"),
    ],
)
def test_moved(text: str, expected: str) -> None:
    assert move_chord_symbols(text, Interval(1, 2)) == expected


_SYMBOLS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("ABCDEFGacdeg"),
        st.sampled_from(["", "", "#", "b", "♯", "♭"]),
        st.sampled_from(["", "m", "7", "m7", "maj7", "dim", "°7", "ø", "sus4", "7sus4", "6/9"]),
        st.sampled_from(["", "(b9)", "add9"]),
        st.sampled_from(["", "/E", "/f#", "/bb"]),
    ),
)


@given(_SYMBOLS, st.integers(-7, 7), st.integers(-12, 12))
def test_moved_it_is_the_same_chord_an_interval_away(text: str, steps: int, semitones: int) -> None:
    symbol = read_chord_symbol(text)
    assert symbol is not None
    moved = read_chord_symbol(move_chord_symbols(text, Interval(steps, semitones)))
    assert moved is not None
    assert moved.kind == symbol.kind
    assert moved.pitch_classes == tuple((one + semitones) % 12 for one in symbol.pitch_classes)
    if symbol.bass_pitch_class is not None:
        assert moved.bass_pitch_class == (symbol.bass_pitch_class + semitones) % 12


@given(
    st.text(max_size=60) | st.text(alphabet="ABCGHabdefm#b♭7913()/[];,-+ sujaot^\\n", max_size=60)
)
def test_any_text_is_read(text: str) -> None:
    parts = read_quoted(text)
    assert parts
    move_chord_symbols(text, Interval(2, 3))
    for part in parts:
        assert part.text in text
        for symbol in part.symbols:
            assert symbol.text in text
            assert symbol.intervals == tuple(sorted(symbol.intervals))


def test_long_texts_are_words() -> None:
    text = "G " * MAX_CHORD_SYMBOLS_CHARACTERS
    assert [part.kind for part in read_quoted(text)] == ["words"]
    assert move_chord_symbols(text, Interval(1, 2)) == text
