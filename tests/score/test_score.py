"""Scores: pictures whose notes can be found again, in the text and in time."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from abcrun import RenderError, Tune, UsageError
from abcrun.rendering import render
from abcrun.score.score import Score
from abcrun.sound.midi import read_midi
from tests import books, traditional
from tests.conftest import abcrun
from tests.score.pictures import LONG, check_whole, needs_score

pytestmark = needs_score

EVERY = 100
"""One tune in this many of the books is engraved; 1 takes all, and some ten minutes."""


# Pictures


@pytest.mark.parametrize("book", books.NAMES)
def test_real_tunes_engrave(book: str) -> None:
    if not books.at_hand(book):
        pytest.skip(books.HOW_TO_GET)
    for _, text in books.book_texts(book)[::EVERY]:
        check_whole(Tune.parse(text).score())


def test_composed_tunes_engrave() -> None:
    composed = abcrun("generate", "--seed", "3", "-n", "4")
    assert composed.returncode == 0, composed.stderr.decode()
    tunes = list(Tune.find(composed.stdout.decode()))
    assert len(tunes) == 4
    for tune in tunes:
        check_whole(tune.score())


def test_the_same_tune_gives_the_same_bytes(kesh: Score) -> None:
    again = Tune.parse(traditional.KESH).score()
    assert (again.svg, again.png(), again.pdf()) == (kesh.svg, kesh.png(), kesh.pdf())


def test_the_picture_is_as_wide_as_asked_and_as_high_as_it_needs(kesh: Score) -> None:
    def size(score: Score) -> tuple[float, float]:
        return tuple(map(float, ET.fromstring(score.svg).get("viewBox", "").split()[2:]))  # type: ignore[return-value]

    phone = Tune.parse(traditional.KESH).score(360)
    assert size(kesh)[0] == 840
    assert size(phone)[0] == 360
    assert size(phone)[1] > 1.5 * size(kesh)[1]
    assert size(Tune.parse(LONG).score())[1] > 2_000


@pytest.mark.parametrize("width", [0, 100, 5_000])
def test_a_width_out_of_range_is_a_usage_error(width: int, kesh: Score) -> None:
    with pytest.raises(UsageError, match="width is"):
        Tune.parse(traditional.KESH).score(width)
    with pytest.raises(UsageError, match="width is"):
        kesh.png(width * 10 if width > 100 else width // 10)


def test_voices_stand_above_each_other_in_the_same_measures() -> None:
    score = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|G4|\nV:2\nC,4|G,4|C,4|]\n").score()
    check_whole(score)
    assert [bar.id for bar in score.bars] == ["m0", "m1", "m0", "m1", "x1-2"]
    assert [(note.id, note.start) for note in score.notes if note.start == 0] == [
        ("n5", 0),
        ("n0", 0),
    ]


# Time


def starts(tune: Tune) -> Counter[tuple[float, int]]:
    return Counter((round(note.start, 2), note.pitch) for note in read_midi(render(tune, "midi")))


@pytest.mark.parametrize("text", traditional.ALL)
def test_notes_sound_when_the_synthesiser_plays_them(text: str) -> None:
    tune = Tune.parse(text)
    score = tune.score()
    assert Counter(
        (round(note.start, 2), note.pitch) for note in score.notes if not note.continues
    ) == starts(tune)
    assert max(note.end for note in score.notes) == pytest.approx(tune.seconds)
    assert list(score.notes) == sorted(score.notes, key=lambda note: (note.start, note.pitch))


def test_repeats_bring_a_note_back_and_ties_and_tempo_are_followed() -> None:
    tune = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\n|:CDEF-|1F4:|2[Q:1/4=120]G4|]\n")
    score = tune.score()
    assert [(note.id, note.start, note.end, note.bar, note.continues) for note in score.notes] == [
        ("n0", 0, 1, 0, False),
        ("n1", 1, 2, 0, False),
        ("n2", 2, 3, 0, False),
        ("n3", 3, 4, 0, False),
        ("n4", 4, 8, 1, True),
        ("n0", 8, 9, 0, False),
        ("n1", 9, 10, 0, False),
        ("n2", 10, 11, 0, False),
        ("n3", 11, 12, 0, False),
        ("n5", 12, 14, 2, False),
    ]
    assert score.seconds == 14


def test_notes_and_bars_are_tied_to_their_place_in_the_text(kesh: Score) -> None:
    lines = traditional.KESH.splitlines()
    letters = {67: "G", 69: "A", 71: "B", 74: "d", 76: "e", 78: "f", 79: "g", 66: "F"}
    for note in kesh.notes[:40]:
        assert lines[note.line - 1][note.column - 1] == letters[note.pitch]
    assert [(bar.id, bar.bar, lines[bar.line - 1][bar.column - 1]) for bar in kesh.bars][:3] == [
        ("m0", 0, "G"),
        ("m1", 1, "A"),
        ("m2", 2, "e"),
    ]


# Bounds


def test_a_png_has_bounds() -> None:
    with pytest.raises(RenderError, match="too large: give a smaller width, or make a PDF"):
        Tune.parse(LONG).score().png(9_000)


def test_a_tune_of_too_many_notes_is_refused_before_it_is_written() -> None:
    endless = Tune.parse("X:1\nT:t\nM:none\nL:1/8\nK:C\n" + ("CDEF" * 500 + "|\n") * 3)
    with pytest.raises(RenderError, match="6000 written notes: the limit for scores is 4000"):
        endless.score()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("CDEF" * 300 + "|", "line 6, column 1: the bar has 1202 notes"),
        ("C|\n" + "{" + "gef" * 400 + "}C|", "line 7, column 1: the bar has 1202 notes"),
        ("CDEF|\n" + "w:a b c d\n" * 400, "line 6, column 1: the bar has 1606 notes"),
        ('"^a"' * 1_200 + "C|", "line 6, column 1: the bar has 1203 notes"),
        ("|:C" + "|2 D" * 3_000 + ":|", "the tune has 18004 notes"),
        ("z|" * 9_000, "the tune has 18001 notes"),
        ('!p!"^a"C!f!"^b"D|\n' * 1_600, "the tune has 11201 notes"),
    ],
    ids=["bar", "grace notes", "verses", "words", "endings", "rests", "loudness"],
)
def test_signs_beyond_what_verovio_engraves_in_seconds_are_refused(body: str, told: str) -> None:
    tune = Tune.parse(f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{body}\n")
    with pytest.raises(RenderError, match=f"{told} and other signs: the limit for scores is 1"):
        tune.score()


def test_a_bar_is_engraved_with_as_many_notes_as_are_allowed() -> None:
    notes = "CDEF" * 230
    check_whole(Tune.parse(f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{notes}|\n").score())


# Doors


def test_the_command_line_writes_scores(tmp_path: Path) -> None:
    (tmp_path / "kesh.abc").write_text(traditional.KESH)
    result = abcrun(
        "render", "kesh.abc", "--formats", "svg,png,pdf,musicxml,waveform", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr.decode()
    tune = Tune.parse(traditional.KESH)
    for name, file_format in {
        "kesh.svg": "svg",
        "kesh.png": "png",
        "kesh.pdf": "pdf",
        "kesh.musicxml": "musicxml",
        "kesh.waveform.svg": "waveform",
    }.items():
        assert (tmp_path / name).read_bytes() == render(tune, file_format)
    made = abcrun(
        "generate", "--seed", "7", "--out", "out", "--formats", "abc,svg,musicxml", cwd=tmp_path
    )
    assert made.returncode == 0, made.stderr.decode()
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [
        ".abc",
        ".musicxml",
        ".svg",
    ]


def test_a_notebook_shows_a_score(kesh: Score) -> None:
    assert kesh._repr_svg_() == kesh.svg
    assert 'src="data:image/svg+xml;base64,' in Tune.parse(traditional.KESH)._repr_html_()
