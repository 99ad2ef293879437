"""One note changed in a text: the note is as asked, and all others sound as before."""

import re

import pytest

from abcrun.errors import UsageError
from abcrun.notation import Tune
from abcrun.notation.note_editing import Change, edit_note
from tests.traditional import ALL

HEAD = "X:1\nM:6/8\nL:1/8\nK:{key}\n"


def edited(key: str, music: str, *changes: Change) -> str:
    """Return a line of music after changes of the note that stands in `<>`."""
    column, music = music.index("<") + 1, music.replace("<", "", 1).replace(">", "", 1)
    text, line = HEAD.format(key=key) + music + "\n", 5
    for change in changes:
        text, place = edit_note(text, line, column, change)
        line, column = place.note.line, place.note.column
    return text.split("\n")[4]


PITCH: list[tuple[str, str, Change, str]] = [
    ("G", "<G>AB|", "up", "AAB|"),
    ("G", "<E2>F|", "up", "F2F|"),
    ("D", "<E>E|", "up", "FE|"),  # F sharp: a step in the key
    ("C", "<c'>|", "down", "b|"),
    ("C", "<C/>|", "down", "B,/|"),
    ("C", "<^c>|", "octave-up", "^c'|"),
    ("D", "<f>|", "octave-down", "F|"),
    ("G", "<F>|", "flatter", "=F|"),
    ("G", "<=F>|", "sharper", "F|"),
    ("F", "<_B>|", "flatter", "__B|"),
    # What it had put in force is written at the notes behind it, and goes from there.
    ("Am", "<^G>AG|G|", "up", "AA^G|G|"),
    ("Am", "<A>A^G|G|", "down", "GA^G|G|"),
    ("G", "<F>F f|F|", "flatter", "=F^F f|F|"),
    ("G", "<=F>^F f|", "sharper", "FF f|"),
    ("D", "=F<G>F|", "down", "=F^F=F|"),
    ("G", "<=F>AF|", "up", "GA=F|"),
    # A courtesy of the author's stays.
    ("G", "<A> ^F|", "up", "B ^F|"),
    ("G", "<A>3-|A3|", "up", "A3-|A3|".replace("A", "B")),
    ("G", "A3-|<A>3|", "sharper", "^A3-|A3|"),
    ("G", "<[GB]>[GB]|", "up", "[Ac][GB]|"),
    ("G octave=1 transpose=-2", "<F>|", "flatter", "=F|"),
    ("G", "A<z2>|", "up", "AA2|"),
    ("G", "=F<z>|", "up", "=FF|"),
    ("Bb", "<z>|", "down", "B|"),
    ("C", '"Am"~<A>"x"B|', "up", '"Am"~B"x"B|'),
    ("C", "{^f}<f>|", "up", "{^f}g|"),
]


@pytest.mark.parametrize(("key", "music", "change", "after"), PITCH)
def test_a_note_moves(key: str, music: str, change: Change, after: str) -> None:
    assert edited(key, music, change) == after


LENGTH: list[tuple[str, Change, str]] = [
    ("<A>B|", "longer", "A3/2B|"),
    ("<A3/2>B|", "longer", "A2B|"),
    ("<A2>B|", "shorter", "A3/2B|"),
    ("<A>B|", "shorter", "A3/4B|"),
    ("<z4>B|", "longer", "z6B|"),
    ("<A5>B|", "longer", "A6B|"),
    ("<[A2c2]>B|", "longer", "[A2c2]3/2B|"),
    ("<[Ac]4>B|", "shorter", "[Ac]3B|"),
    ("(3<A>Bc|", "longer", "(3A3/2Bc|"),
    # The sign of a dotted pair says two lengths: they are written out.
    ("A><B>c|", "longer", "A3/2B3/4c|"),
    ("<A<B>c|", "shorter", "A3/8B3/2c|"),
]


@pytest.mark.parametrize(("music", "change", "after"), LENGTH)
def test_a_note_gets_another_length(music: str, change: Change, after: str) -> None:
    column = re.search(r"<(?=[A-Gz\[])", music)
    assert column is not None
    plain = music[: column.start()] + music[column.end() :]
    closes = plain.index(">", column.start())
    plain = plain[:closes] + plain[closes + 1 :]
    text, _ = edit_note(HEAD.format(key="G") + plain + "\n", 5, column.start() + 1, change)
    assert text.split("\n")[4] == after


COMING_AND_GOING: list[tuple[str, Change, str]] = [
    ("<A2>B|", "delete", "z2B|"),
    ("A {g}~<A2> B|", "delete", "A z2 B|"),
    ('"Am"<A>B|', "delete", '"Am"zB|'),
    ("<A>-A|", "delete", "zA|"),
    ("A-<A>-|A|", "delete", "Az|A|"),
    ("[A-c-]<[Ac]>|", "delete", "[Ac]z|"),
    ("<[A2c2]3>B|", "delete", "z6B|"),
    ("<^F>FG|", "delete", "z^FG|"),
    ("(3<A>Bc|", "delete", "(3zBc|"),
    ("A <z> B|", "delete", "A B|"),
    ("AB <z>|", "delete", "AB |"),
    ("<A2>B|", "insert", "A2A2B|"),
    ("A<z>B|", "insert", "AzAB|"),
    ("=F <F> F|", "insert", "=F FF F|"),
    ("(3<A>Bc d|", "insert", "(3ABcA d|"),
    ("<A>-A|", "insert", "AA-A|"),
]


@pytest.mark.parametrize(("music", "change", "after"), COMING_AND_GOING)
def test_notes_come_and_go(music: str, change: Change, after: str) -> None:
    assert edited("C", music, change) == after


def test_a_change_and_its_opposite_leave_the_text_as_it_was() -> None:
    pairs: list[tuple[Change, Change]] = [
        ("octave-up", "octave-down"), ("sharper", "flatter"), ("longer", "shorter"),
    ]  # fmt: skip
    for there, back in pairs:
        assert edited("Am", "A2<^G>A GEG|", there, back) == "A2^GA GEG|"
    assert edited("Am", "A2<A>^G GEG|", "up", "down") == "A2A^G GEG|"
    assert edited("G", "G<A>B|", "insert", "delete", "delete") == "GAB|"


def test_all_other_notes_of_traditional_tunes_sound_as_before() -> None:
    changes: tuple[Change, ...] = ("up", "down", "flatter", "sharper", "delete")
    for number, tune in enumerate(ALL[:12]):
        read = Tune.parse(tune)
        notes = [note for bar in read.bars for note in bar.notes]
        index = len(notes) * (number + 1) // 14
        line, column = notes[index].line, notes[index].column
        for change in changes:
            text, _ = edit_note(tune, line, column, change)
            after = [note for bar in Tune.parse(text).bars for note in bar.notes]
            differing = [
                place
                for place, pair in enumerate(zip(notes, after, strict=True))
                if pair[0].pitches != pair[1].pitches
            ]
            assert differing == [index]
            lines = list(zip(tune.split("\n"), text.split("\n"), strict=True))
            assert [row for row, (old, new) in enumerate(lines, 1) if old != new] == [line]


@pytest.mark.parametrize(
    ("music", "change", "said"),
    [
        ("<Z4>|A|", "up", "change it in the text"),
        ("<^/A>|", "up", "change it in the text"),
        ("<^^A>|", "sharper", "no sharp beyond a double one"),
        ("<C,,,,,>|", "octave-down", "range of MIDI"),
        ("<A24>|", "longer", "no note is longer"),
        ("<A/8>|", "shorter", "no note is shorter"),
        ("<z6>|", "delete", "no bar"),
        ("(3<z>AB|", "delete", "tuplet or dotted pair"),
        ("A|<|>", "up", "no note is written at line 5, column 3"),
    ],
)
def test_what_cannot_be_done_is_told(music: str, change: Change, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        edited("C", music, change)


def test_notes_of_a_macro_are_left_to_the_text() -> None:
    text = "X:1\nM:none\nL:1/8\nm:~n2=n{o}n\nK:C\n~G2 A|\n"
    with pytest.raises(UsageError, match="change it in the text"):
        edit_note(text, 6, 1, "up")
    assert edit_note(text, 6, 5, "up").text == text.replace("A|", "B|")


def test_lines_count_in_the_text_given_whatever_ends_them() -> None:
    text = "a letter\r\n\r\nX:1\r\nK:C\r\nCD|\r\nEF|\r\n"
    assert edit_note(text, 6, 2, "up").text == text.replace("EF", "EG")
