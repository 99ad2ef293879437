"""Layout: note values, tuplets, beams, ties and slurs as the eye reads them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.score.layout import note_values
from tests.score.written import measures_of, notes_of

RATIOS = ((3, 2), (2, 3), (5, 4), (7, 4), (9, 8))


def test_tuplets_broken_rhythm_and_lengths_that_take_two_notes() -> None:
    notes = notes_of("(3ABc d>e f5|")
    assert [note.duration for note in notes] == [
        *[Fraction(1, 12)] * 3,
        Fraction(3, 16),
        Fraction(1, 16),
        Fraction(1, 2),
        Fraction(1, 8),
    ]
    assert [note.tuplet for note in notes][:3] == [("start",), (), ("stop",)]
    assert [note.ties for note in notes][-2:] == [{"start"}, {"stop"}]
    assert all(note.shown == note.duration for note in notes)


def test_chords_are_heads_of_one_note_and_ties_join_their_pitches() -> None:
    notes = notes_of("[CE-G]2 E2|")
    assert [(note.pitch, note.is_chord) for note in notes] == [
        (60, False),
        (64, True),
        (67, True),
        (64, False),
    ]
    assert [note.ties for note in notes] == [set(), {"start"}, set(), {"stop"}]


BEAMS = {
    "ABcd efga|": "[==] [==]",
    "ABcdefga|": "[======]",
    "A B c d|": ". . . .",
    "AB`cd e`f ga|": "[==] [] []",  # a backquote parts nothing
    "AzBc z2 dz/e/f z|": "[ =] [ =]",  # a rest stands inside of a beam
    "A zB zz AB|": ". . []",
    "AB4cd e|": ". . [] .",  # a crotchet has no flag
    "A>B c<d e>fga|": "[] [] [==]",
    "(3ABc (3d e f A{g}B|": "[=] . . . []",
    "[AC][Bd] [ce]A|": "[] []",
    "AB|cd ef|ga": "[] [] [] []",  # over no bar line
    "AB cd & efga|": "[] [] [==]",
    "AB[K:G]cd ef[K:clef=bass]ga|": "[] [] [==]",  # over no new signature
}


@pytest.mark.parametrize("body", BEAMS)
def test_beams_join_the_notes_that_no_space_parts(body: str) -> None:
    """`[` begins a beam, `=` continues and `]` ends it, `.` is a note without one."""
    signs = {"begin": "[", "continue": "=", "end": "]", "": "."}
    notes = [note for note in notes_of(body) if note.pitch and not (note.is_grace or note.is_chord)]
    kinds = [signs[note.beams[0] if note.beams else ""] for note in notes]
    assert "".join(kinds) == BEAMS[body].replace(" ", "")


def test_semiquavers_have_a_second_beam() -> None:
    notes = notes_of("A>B c/d/e|", "M:2/4", "L:1/8", "K:C")
    assert [note.beams for note in notes] == [
        ("begin",),
        ("end", "backward hook"),
        ("begin", "begin"),
        ("continue", "end"),
        ("end",),
    ]


@given(
    duration=st.builds(Fraction, st.integers(1, 600), st.sampled_from((1, 4, 16, 48, 80, 1024))),
    asked=st.none() | st.sampled_from(RATIOS),
)
def test_note_values_last_as_long_as_the_note(
    duration: Fraction, asked: tuple[int, int] | None
) -> None:
    values, _ = note_values(duration, asked)
    assert sum(length for length, _, _ in values) == duration
    assert all(dots <= 1 for _, _, dots in values) or len(values) == 1


@pytest.mark.parametrize(
    ("duration", "asked", "values", "ratio"),
    [
        (Fraction(7, 8), None, [("half", 2)], None),
        (Fraction(1, 12), (3, 2), [("eighth", 0)], (3, 2)),
        (Fraction(1, 12), None, [("eighth", 0)], (3, 2)),  # no sign, but a third
        (Fraction(1, 5), None, [("quarter", 0)], (5, 4)),
        (Fraction(5, 8), None, [("half", 0), ("eighth", 0)], None),
        (Fraction(1, 4096), None, [("1024th", 0)], None),  # shorter than any note value
    ],
)
def test_note_values(
    duration: Fraction,
    asked: tuple[int, int] | None,
    values: list[tuple[str, int]],
    ratio: tuple[int, int] | None,
) -> None:
    found, found_ratio = note_values(duration, asked)
    assert ([(value, dots) for _, value, dots in found], found_ratio) == (values, ratio)


def test_a_tuplet_over_a_bar_line_has_a_bracket_in_each_bar() -> None:
    first, second = measures_of("C4 D2 (3EF|G2 A4 B2|", "M:4/4", "L:1/8", "K:C")
    assert [note.tuplet for note in first.notes] == [(), (), ("start",), ("stop",)]
    assert [note.tuplet for note in second.notes] == [("start", "stop"), (), ()]


def slurs(body: str) -> list[list[tuple[str | None, str | None]]]:
    return [
        [(slur.get("type"), slur.get("number")) for slur in note.element.iter("slur")]
        for note in notes_of(body)
    ]


def test_slurs_in_slurs_have_numbers_of_their_own() -> None:
    assert slurs("(A2 (B2 c2) d2)|") == [
        [("start", "1")],
        [("start", "2")],
        [("stop", "2")],
        [("stop", "1")],
    ]


def test_a_slur_without_both_ends_or_over_one_note_is_not_drawn() -> None:
    assert slurs("(A2) B2) (c2 (z2 d2)|") == [[], [], [], [], []]


def test_slurs_and_ties_may_be_dotted() -> None:
    def lines(body: str, name: str) -> list[str | None]:
        return [
            line.get("line-type")
            for note in notes_of(body)
            for line in note.element.iter(name)
            if line.get("type") == "start"
        ]

    assert lines(".(A2 B2) (c2 d2)|", "slur") == ["dotted", None]
    assert lines("A2.-A2 B2-B2|", "tied") == ["dotted", None]
    assert lines("[AC]2.-[AC]2 [EA.-]2A2|", "tied") == ["dotted"] * 3
