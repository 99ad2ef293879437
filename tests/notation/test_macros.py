"""Macros: m: fields and the text that they stand for (ABC 2.1, 9)."""

import pytest

from abcrun.errors import NotationError
from abcrun.notation import Tune
from tests.notation.specimens import pitches, tune


def played(body: str, *macros: str) -> list[int]:
    return pitches(body, more="".join(f"m:{one}\n" for one in macros))


def test_a_static_macro() -> None:
    assert played("~G3D|", "~G3=G{A}G{F}G") == [67, 67, 67, 62]
    assert played("~G3D|", "~G3 = c d e") == [72, 74, 76, 62]


def test_the_longest_target_counts() -> None:
    assert played("~G3 ~G|", "~G=cd", "~G3=ef") == [76, 77, 72, 74]


def test_a_transposing_macro() -> None:
    assert played("~G3 ~c3|", "~n3=n{o}n{m}n") == [67] * 3 + [72] * 3
    assert played("~G ~c' ~A,|", "~n=nom") == [67, 69, 65, 84, 86, 83, 57, 59, 55]


def test_it_meets_its_length_alone() -> None:
    assert played("~G2 ~G3/2|", "~n3=nnn") == [67, 67]


def test_nothing_is_replaced_in_texts_decorations_and_fields() -> None:
    found = tune('"n~G"!trill![K:G]G4|', more="m:G=cde\nm:t=z\n")
    assert [note.pitch for note in found.notes] == [72, 74, 76]
    first = found.bars[0].notes[0]
    assert first.signs is not None
    assert (first.signs.texts, first.signs.decorations) == (("n~G",), ("trill",))


def test_in_the_body_it_holds_from_there_on_and_may_be_replaced() -> None:
    assert pitches("~GD|\nm:~G=cd\n~G2|\nm:~G=e\n~G3|") == [67, 62, 72, 74, 76]


def test_problems_and_notes_stand_where_the_text_has_them() -> None:
    found = tune("~G3 [CE]?c|", more="m:~G3=G{A}G{F}G\n")
    notes = found.bars[0].notes
    assert [(note.column, note.text) for note in notes] == [
        (1, "G"), (1, "G"), (1, "G"), (5, "[CE]"), (10, "c"),
    ]  # fmt: skip
    assert [(one.line, one.column) for one in found.problems if one.kind == "unreadable"] == [
        (7, 9)
    ]


def test_a_field_without_meaning_is_named() -> None:
    assert [one.kind for one in tune("C4|", more="m:~G3\n").problems] == ["field"]


@pytest.mark.parametrize("count", [65, 3_000])
def test_macros_are_bounded(count: int) -> None:
    many = "".join(f"m:~{number}=c\n" for number in range(min(count, 70)))
    assert any(one.kind == "field" for one in tune("C4|", more=many).problems)
    with pytest.raises(NotationError, match="with its macros"):
        tune("~" * 200, more=f"m:~={'c' * 190}\n")


def test_a_transposed_tune_sounds_the_same_elsewhere() -> None:
    found = tune("~G3D|~^F3 ~c3|", more="m:~n3=n{o}n{m}n\n")
    moved = Tune.parse(found.transpose("D").text)
    assert [one.pitch for one in moved.notes] == [one.pitch + 2 for one in found.notes]
    assert moved.duration == found.duration
