"""Signs that people write beside the standard: endings with text, microtones, octave
marks behind lengths, broken rhythm in two pieces."""

import codecs
from pathlib import Path

import pytest

from abcrun import Tune, render
from abcrun.cli.reading import read_text
from abcrun.errors import NotationError
from abcrun.musicxml.convert import musicxml_to_abc
from abcrun.notation import Ending, check
from tests.notation.transposing import differences


def tune_of(body: str, key: str = "C") -> Tune:
    return Tune.parse(f"X:1\nT:A tune\nM:4/4\nL:1/4\nK:{key}\n{body}\n")


def endings(tune: Tune) -> list[tuple[tuple[int, ...], str]]:
    items = tune.voices[0].items
    return [(item.passes, item.text) for item in items if isinstance(item, Ending)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('|:C4|["first time"D4:|["second"E4|]', [((1,), "first time"), ((2,), "second")]),
        ('|:C4|["1."D4:|["2."E4|]', [((1,), "1."), ((2,), "2.")]),
        ('|:C4|["1st"D4:|["2nd"E4|]', [((1,), "1st"), ((2,), "2nd")]),
        ('|:C4|[ "1.-2."D4:|["3 & 4"E4:|]', [((1, 2), "1.-2."), ((3, 4), "3 & 4")]),
        ('|:C4|[1D4:|["last time"E4|]', [((1,), ""), ((2,), "last time")]),
        ('|:C4|["a)"D4:|["b)"E4|]|:C4|["c)"D4:|', [((1,), "a)"), ((2,), "b)"), ((1,), "c)")]),
    ],
)
def test_an_ending_may_be_named_by_text(
    body: str, expected: list[tuple[tuple[int, ...], str]]
) -> None:
    tune = tune_of(body)
    assert endings(tune) == expected
    assert tune.problems == ()
    moved = tune.transpose("Eb")
    assert endings(moved) == expected
    assert differences(tune, moved) == []


def test_a_tie_leads_into_both_endings_with_text() -> None:
    tune = tune_of('|:^C4-|["first"C4:|["second"C4|]')
    assert [note.pitch for note in tune.notes] == [61, 61]
    assert differences(tune, tune.transpose("A")) == []


def test_a_chord_symbol_in_a_chord_names_no_ending() -> None:
    assert endings(tune_of('["Am"CEG]4|["1."CEG]4|')) == []
    assert [one.kind for one in check('X:1\nM:4/4\nL:1/4\nK:C\n["Am"CEG|\n')] == ["unclosed"]


def test_the_text_of_an_ending_comes_back_from_musicxml() -> None:
    tune = tune_of('|:C4|["1."D4:|["2nd time"E4|]')
    assert '["2nd time"' in musicxml_to_abc(render(tune, "musicxml")).abc


@pytest.mark.parametrize(
    ("body", "pitches"),
    [
        ("^/fg_/c^3/2f|", [77, 79, 72, 78]),
        ("^/ff_3/4ee|", [77, 77, 76, 76]),
        ("^2c_2dc4|", [74, 72, 74]),
        ("[^/ce]4|", [72, 76]),
    ],
)
def test_a_microtone_is_read_as_its_whole_semitones(body: str, pitches: list[int]) -> None:
    tune = tune_of(body, "D")
    assert [note.pitch for note in tune.notes] == pitches
    remarks = [one for one in tune.problems if one.kind != "bar-length"]
    assert len(remarks) == 1
    assert remarks[0].is_remark
    assert "microtone" in remarks[0].reason
    for key in ("E", "Eb", "F#"):
        assert differences(tune, tune.transpose(key)) == []


def test_a_microtone_may_stand_among_grace_notes() -> None:
    tune = tune_of("{^/f}c4|", "D")
    assert [one.is_remark for one in tune.problems] == [True]
    assert differences(tune, tune.transpose("E")) == []


@pytest.mark.parametrize("body", ["c2'd2|", "C2,D2|", "[c2'e] d2|"])
def test_an_octave_mark_behind_a_length_is_named_once(body: str) -> None:
    tune = tune_of(body)
    (problem,) = tune.problems
    assert "octave mark" in problem.reason
    assert tune.notes[0].pitch % 12 == 0
    assert differences(tune, tune.transpose("D")) == []


def test_broken_rhythm_in_two_pieces_says_how_to_write_it() -> None:
    tune = tune_of("C> >D C >> D|")
    assert [note.duration * 16 for note in tune.notes] == [6, 2, 7, 1]
    (problem,) = tune.problems
    assert problem.reason == "'>' is read over: write both signs as one, '>>'"


@pytest.mark.parametrize(
    "content",
    [
        "X:1\nT:Été\nK:C\nC4|\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "X:1\r\nT:Été\r\nK:C\r\nC4|\r\n".encode("utf-16-be"),
        codecs.BOM_UTF16_LE + "X:1\nT:Été\nK:C\nC4|".encode("utf-16-le"),
    ],
)
def test_a_file_in_utf_16_is_read(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "tune.abc"
    file.write_bytes(content)
    assert Tune.parse(read_text(file)).title == "Été"


def test_zero_bytes_make_no_text(tmp_path: Path) -> None:
    file = tmp_path / "tune.abc"
    for content in (b"X:1\0K:C\nC4|", "X:1\nK:C\nC4|".encode("utf-32")):
        file.write_bytes(content)
        with pytest.raises(NotationError, match="zero bytes"):
            read_text(file)


@pytest.mark.parametrize("group", ["{(a}b)", "{(ab)}", "{!trill!a}", "{.a}", '{"x"a}', "{a-}"])
def test_signs_among_grace_notes_are_one_remark(group: str) -> None:
    body = f"C{group}D{group}E" if group != "{(a}b)" else f"C{group}{group}D"
    problems = tune_of(f"{body}{'' if group == '{(a}b)' else 'F'}|").problems
    assert [one.is_remark for one in problems] == [True]
    assert "grace notes" in problems[0].reason


@pytest.mark.parametrize("sign", ["!trill!", "!1!", "~", ".", "!accent!", "!arpeggio!"])
def test_an_ornament_at_a_rest_is_one_remark(sign: str) -> None:
    problems = tune_of(f"C{sign}z{sign}zD|").problems
    assert [one.is_remark for one in problems] == [True]
    assert "at a rest" in problems[0].reason


@pytest.mark.parametrize("sign", ["!fermata!", "!breath!", "!mf!", "!segno!", "!crescendo(!"])
def test_a_rest_may_have_what_is_drawn_at_it(sign: str) -> None:
    assert tune_of(f"C{sign}zCD|").problems == ()
