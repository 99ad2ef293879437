"""Lines: fields that go on, comments, directives, and what is a field at all."""

import pytest

from abcrun.notation import Tune, check

HEADER = "X:1\nM:4/4\nL:1/4\n"


def notes(body: str) -> list[int]:
    return [note.pitch for note in Tune.parse(f"{HEADER}K:C\n{body}").notes]


@pytest.mark.parametrize(
    ("written", "letter", "value"),
    [
        # 3.3
        ("T:A long\n+:title\n", "T", "A long title"),
        ("H:Once\n+:upon\n+:a time\n", "H", "Once upon a time"),
        ("H:Once % a comment\n+:upon % another\n", "H", "Once upon"),
        ("N:One\n% between\n%%newpage\n+:two\n", "N", "One two"),
        ("W:One\n+:two\n", "W", "One two"),
        # Before ABC 2.1
        ("H:Once\\\nupon a time\nO:x\n", "H", "Once upon a time"),
        ("C:Tr\\'e\\\nnet\n", "C", "Tré net"),
        ("H:C:\\\\\nO:x\n", "H", "C:\\"),  # a backslash, escaped
        ("  N:indented\n", "N", "indented"),
        ("Z:|: a bar\n", "Z", "|: a bar"),
    ],
)
def test_fields_that_go_on(written: str, letter: str, value: str) -> None:
    tune = Tune.parse(f"{HEADER}{written}K:C\nCDEF|\n")
    assert (letter, value) in tune.header.fields
    assert tune.problems == ()


def test_a_field_may_go_on_in_the_body() -> None:
    tune = Tune.parse(f"{HEADER}K:C\nT:One\n+:more\nCDEF|\nw:a b\n%%newpage\n+:c d\nW:x\n+:y\n")
    assert tune.bars[0].titles == ("One more",)
    assert [one.text.split() for one in tune.voices[0].lyrics] == [["a", "b", "c", "d"]]
    assert tune.words == ("x y",)
    assert tune.problems == ()


def test_the_meter_may_go_on() -> None:
    assert Tune.parse("X:1\nM:3\n+:/4\nL:1/4\nK:G\n+:minor\nCDE|\n").key.text == "G minor"


@pytest.mark.parametrize("body", ["+:x\nCDEF|\n", "CDEF|\n+:x\n"])
def test_a_line_that_goes_on_with_no_field(body: str) -> None:
    header = HEADER.replace("L:1/4\n", "") if body.startswith("+") else HEADER
    text = f"{header}L:1/4\nK:C\nCDEF|\n{body}"
    (found,) = check(text)
    assert (found.kind, found.reason) == ("field", "+: has no field before it to go on with")


def test_old_lyrics_that_go_on() -> None:
    lyrics = Tune.parse(f"{HEADER}K:C\nCDEF|\nw:a b \\\nw:c d\n").voices[0].lyrics
    assert [one.text.split() for one in lyrics] == [["a", "b", "c", "d"]]
    tune = Tune.parse(f"{HEADER}K:C\nCDEF|\\\nw:a b c d \\\nGABc|\nw:e f g h\n")
    assert [one.text.split() for one in tune.voices[0].lyrics] == [list("abcd"), list("efgh")]
    assert len(tune.notes) == 8


@pytest.mark.parametrize(
    "line", ["w:|gab", "w: |c", "Z:|: from a book", "N:|", "H:: x", "s:|", "W:|x", "r:|remark"]
)
def test_letters_that_are_no_notes_begin_fields(line: str) -> None:
    assert notes(f"CDEF|\n{line}\n") == [60, 62, 64, 65]


@pytest.mark.parametrize(("line", "count"), [("d:|", 2), ("G::|", 3), ("z:|C", 1), ("A:|", 2)])
def test_notes_before_a_bar_line_are_music(line: str, count: int) -> None:
    assert len(notes(f"{line}\n")) == count


@pytest.mark.parametrize("comment", ["% note", "   % note", "\t% CDEF|", "%", "%%", "  %%text x"])
def test_comments_are_no_fault_wherever_they_stand(comment: str) -> None:
    for text in (
        f"X:1\n{comment}\nL:1/4\nK:C\nCDEF|\n",
        f"X:1\nL:1/4\nK:C\n{comment}\nCDEF|\n{comment}\n",
        f"X:1\nL:1/4\nK:C\nCD\\\n{comment}\nEF|\n",
    ):
        tune = Tune.parse(text)
        assert len(tune.notes) == 4 and tune.problems == ()
        assert tune.voices[0].line_ends == frozenset({0})


def test_remarks_are_no_music() -> None:
    assert notes("r:CDEF|\nC[r: a remark]DEF|\n") == [60, 62, 64, 65]


def test_strict_and_loose_interpretation_are_no_fault() -> None:
    for first in ("%abc-2.1", "%abc", "%abc-1.6", "%%abc-version 2.1", "I:abc-version 2.1"):
        text = f"{first}\n{HEADER}K:C\nCDEF|\n"
        assert check(text) == []
        assert len(Tune.parse(text).notes) == 4


def test_each_directive_that_is_not_acted_on_is_named_once() -> None:
    text = f"{HEADER}%%deco x\nI:deco y\nK:C\nCDEF|\n%%deco z\n[I:percmap D]CDEF|\n%%percmap\n"
    assert [(one.line, one.kind, one.reason) for one in check(text)] == [
        (4, "unsupported", "the directive deco is not acted on"),
        (9, "unsupported", "the directive percmap is not acted on"),
    ]


@pytest.mark.parametrize(
    "directive",
    [
        "newpage", "abc-charset utf-8", "MIDI program 3", "score (1 2)", "staves 1",
        "writefields Q 0", "barsperstaff 4", "continueall",
    ],
)  # fmt: skip
def test_directives_that_are_acted_on_need_no_remark(directive: str) -> None:
    assert check(f"{HEADER}%%{directive}\nK:C\nCDEF|\n") == []
    assert check(f"%%{directive}\n\n{HEADER}K:C\nCDEF|\n") == []


@pytest.mark.parametrize(
    "directive",
    [
        "pagewidth 21cm", "titlefont Times 20", "musicspace 1cm", "staffsep 60", "scale 0.7",
        "stretchlast", "leftmargin 1cm", "titleformat T0 C1", "setfont-1 Times 12",
        "measurenb 0", "vskip 1cm",
    ],
)  # fmt: skip
def test_directives_of_layout_get_one_remark_together(directive: str) -> None:
    name = directive.split()[0]
    remark = ("unsupported", f"layout is abcrun's own affair: {name} is not acted on")
    for text in (
        f"{HEADER}%%{directive}\n%%sep\nK:C\nCDEF|\n%%vskip\nC4|\n",
        f"%%{directive}\n\n{HEADER}K:C\nCDEF|\n",
    ):
        assert [(one.kind, one.reason) for one in check(text)] == [remark]
