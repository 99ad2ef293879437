"""K: tonic, mode and accidentals to what sounds."""

import pytest

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
