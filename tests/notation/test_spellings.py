"""Signs as text editors, web pages and ABC 1.6 spell them, read as those of ABC."""

import pytest

from abcrun.notation import Tune
from abcrun.notation.check import check
from tests.notation.specimens import tune


def sounding(body: str) -> list[tuple[str, tuple[int, ...], float]]:
    """Chord symbol, pitches and length in quavers of each note."""
    notes = [note for bar in tune(body, unit="1/8").bars for note in bar.notes]
    return [
        (
            note.signs.texts[0] if note.signs is not None and note.signs.texts else "",
            note.pitches,
            float(note.duration * 8),
        )
        for note in notes
    ]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("+CEG+2 +c'_e+|", "[CEG]2 [c'_e]|"),
        ("+C2E2G2+ ^F|", "[C2E2G2] ^F|"),
        ("“Am”A2 „G‟B2|", '"Am"A2 "G"B2|'),
        ("♭A2 ♯F ♮G c’|", "_A2 ^F =G c'|"),
        ("&quot;Am&quot;A&gt;B c&lt;d|", '"Am"A>B c<d|'),
        ("A4 &amp; C4|", "A4 & C4|"),
        ("A4|]</pre>", "A4|]"),
        ("A4|B4|<br>", "A4|B4|"),
        ("A\u00a0B\u200bc|", "A B`c|"),
    ],
)
def test_they_are_read_as_the_signs_of_abc(written: str, plain: str) -> None:
    assert sounding(written) == sounding(plain)


def test_what_is_quoted_and_what_is_a_decoration_stays() -> None:
    assert sounding('"^a “b” ♯"C|') == [("^a “b” ♯", (60,), 1.0)]
    first = tune("+ff+C|").bars[0].notes[0]
    assert first.signs is not None
    assert (first.signs.decorations, first.pitches) == (("ff",), (60,))


def test_columns_are_those_of_the_text() -> None:
    notes = tune("&quot;Am&quot;A&gt;B +ce+|").bars[0].notes
    assert [(note.column, note.is_beamed) for note in notes] == [
        (15, False),
        (20, True),
        (22, False),
    ]


def test_each_sign_is_named_once_in_a_tune_and_chords_of_abc_1_6_are_no_fault() -> None:
    text = "X:1\nL:1/8\nK:C\n♯F♯F+CE+“Am”A“G”G|\n♯F|\n"
    assert [(one.line, one.column, one.kind, one.reason) for one in check(text)] == [
        (4, 1, "unreadable", "'♯' is no sign of ABC: it is read as '^'"),
        (4, 9, "unreadable", "'“' is no sign of ABC: it is read as '\"'"),
    ]


def test_they_move_with_the_tune() -> None:
    found = Tune.parse("X:1\nL:1/8\nK:C\n“Am”♯F+CEG+ ♭B|\n").transpose("D")
    assert found.text.splitlines()[-1] == '"Bm"^G[DFA] =c|'


def test_quotation_marks_of_html_may_begin_a_line_that_moves() -> None:
    found = Tune.parse("X:1\nL:1/8\nK:C\n&quot;Am&quot;A2|\n").transpose("D")
    assert found.text.splitlines()[-1] == '"Bm"`````B2|'


def test_a_key_behind_other_fields_moves() -> None:
    found = Tune.parse("X:1\nM:6/8 L:1/8 K:C % K: all\nCDE F3|\n").transpose("D")
    assert found.text == "X:1\nM:6/8 L:1/8 K:D % K: all\nDEF G3|"


def test_a_slide_has_a_letter() -> None:
    first = tune("JC|").bars[0].notes[0]
    assert first.signs is not None and first.signs.decorations == ("slide",)


def test_notes_between_decorations_of_old_files_are_no_chord() -> None:
    notes = tune("C+trill+DE+trill+F|").bars[0].notes
    assert [note.pitches for note in notes] == [(60,), (62,), (64,), (65,)]
    assert [note.signs and note.signs.decorations for note in notes] == [
        None, ("trill",), None, ("trill",),
    ]  # fmt: skip


def test_an_entity_in_quoted_text_belongs_to_the_text() -> None:
    found = tune('"^say &quot;no&quot; &amp; go"C4|')
    assert found.bars[0].notes[0].signs is not None
    assert found.bars[0].notes[0].signs.texts == ('^say "no" & go',)
    assert found.problems == ()
