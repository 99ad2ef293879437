"""Figures of quality: good for real tunes, and for tunes damaged on purpose each one
tells its own damage."""

import dataclasses
import itertools
import random
import re
import shutil

import pytest

from abcrun.notation import Bar, BarLine, Tune, WrittenNote
from abcrun.notation.melody import melody_of
from abctrain.quality.estimate import RUN
from abctrain.quality.figures import (
    SetFigures,
    TuneFigures,
    abc2midi_reads,
    index_of,
    pairs_alike,
    returning_runs,
    share_related,
)
from tests.traditional import KESH

HEADER = "X:1\nM:4/4\nL:1/8\nK:C\n"
BAR = "CDEF GABc|"

needs_abc2midi = pytest.mark.skipif(
    shutil.which("abc2midi") is None, reason="abc2midi is not installed"
)


@pytest.fixture(scope="session")
def good_tunes(irish_tunes: list[str]) -> list[Tune]:
    """Real tunes of which every figure of its own is good."""
    tunes = [
        text for text in irish_tunes[::4] if _is_good(TuneFigures.of(text)) and "V:" not in text
    ]
    assert len(tunes) > 100
    return [Tune.parse(text) for text in tunes[:80]]


def _is_good(figures: TuneFigures) -> bool:
    return (
        figures.complete
        and figures.bars_right
        and figures.sections_regular
        and figures.ends_on_tonic
    )


def replaced(tune: Tune, note: WrittenNote, text: str) -> str:
    """The text of a tune with something else in the place of a note."""
    lines = tune.text.split("\n")
    line = lines[note.line - 1]
    lines[note.line - 1] = line[: note.column - 1] + text + line[note.column - 1 + len(note.text) :]
    return "\n".join(lines)


def a_step_higher(note: WrittenNote) -> str:
    """The note with another letter, and without accidental."""
    letters = "CDEFGABcdefgab"
    plain = note.text.lstrip("^_=")
    return letters[(letters.index(plain[0]) + 1) % len(letters)] + plain[1:]


def plain_notes(bar: Bar) -> list[WrittenNote]:
    """The notes of a bar that are a letter and a length, and nothing else."""
    return [
        note for note in bar.notes if note.pitches and re.fullmatch(r"[A-Ga-g][0-9/]*", note.text)
    ]


def inner_bars(tune: Tune) -> list[tuple[Bar, BarLine]]:
    """The full bars between two plain bar lines, and the second line, which stands in
    the same line of text."""
    items = tune.voices[0].items
    return [
        (bar, behind)
        for before, bar, behind in zip(items, items[1:], items[2:], strict=False)
        if isinstance(before, BarLine) and isinstance(bar, Bar) and isinstance(behind, BarLine)
        if before.is_plain
        and behind.is_plain
        and bar.line == behind.line
        and bar.length == bar.meter.length
    ]


# Real tunes


def test_real_tunes_have_the_figures_of_real_tunes(irish_tunes: list[str]) -> None:
    figures = [TuneFigures.of(text) for text in irish_tunes[::2]]
    whole = SetFigures.of([KESH], figures, index_of([(60, 62)]))
    assert whole.complete.value > 0.98
    assert whole.bars_right.value > 0.95
    assert whole.sections_regular.value > 0.92
    assert 0.7 < whole.ends_on_tonic.value < 0.85
    assert 0.17 < whole.returning_runs.value < 0.23
    assert 0.65 < whole.distinct_runs.value < 0.8


def test_figures_are_the_same_in_every_key(good_tunes: list[Tune]) -> None:
    for tune, tonic in zip(
        good_tunes, itertools.cycle(("C", "D", "Eb", "F#", "A", "Bb")), strict=False
    ):
        if tune.key.mode:
            moved = tune.transpose(tonic + tune.key.mode[:3])
            figures = TuneFigures.of(moved.text)
            assert dataclasses.replace(figures, melody=()) == dataclasses.replace(
                TuneFigures.of(tune.text), melody=()
            )


# Damaged tunes


def test_a_bar_that_lacks_a_note_is_wrong(good_tunes: list[Tune]) -> None:
    damaged = 0
    for tune in good_tunes:
        inner = [bar for bar, _ in inner_bars(tune) if len(plain_notes(bar)) > 2]
        if not inner:
            continue
        bar = inner[len(inner) // 2]
        text = replaced(tune, plain_notes(bar)[1], "")
        if "(" in text or "<" in text or ">" in text:
            continue  # a tuplet or broken rhythm would take the next note in its place
        damaged += 1
        assert not TuneFigures.of(text).bars_right
    assert damaged > 20


def test_a_section_that_lacks_a_bar_is_irregular(good_tunes: list[Tune]) -> None:
    for tune in good_tunes:
        bar, line = inner_bars(tune)[1]
        lines = tune.text.split("\n")
        text = lines[bar.line - 1]
        lines[bar.line - 1] = text[: bar.column - 1] + text[line.column - 1 + len(line.text) :]
        figures = TuneFigures.of("\n".join(lines))
        assert figures.bars_right
        assert not figures.sections_regular


def test_another_last_note_is_not_the_tonic(good_tunes: list[Tune]) -> None:
    damaged = 0
    for tune in good_tunes:
        last = [bar for bar in tune.bars if bar.notes][-1].notes[-1]
        if last.pitches and last.text[0] in "ABCDEFGabcdefg":
            damaged += 1
            assert not TuneFigures.of(replaced(tune, last, a_step_higher(last))).ends_on_tonic
    assert damaged > 0.9 * len(good_tunes)


def test_a_phrase_that_does_not_come_back_counts_no_more(good_tunes: list[Tune]) -> None:
    damaged = 0
    draw = random.Random(0)
    for tune in good_tunes:
        figures = TuneFigures.of(tune.text)
        bars = [
            bar for bar in tune.bars if len(bar.notes) >= 5 and bar.notes == tuple(plain_notes(bar))
        ]
        again = [
            bar for place, bar in enumerate(bars) if _pitches(bar) in map(_pitches, bars[:place])
        ]
        if figures.returning_runs < 0.2 or not again:
            continue
        text = tune.text
        for bar in again:
            for note in bar.notes:  # another letter only, so that all places stay
                text = replaced(
                    dataclasses.replace(tune, text=text),
                    note,
                    draw.choice("CDEFGABcdefgab") + note.text[1:],
                )
        assert TuneFigures.of(text).returning_runs < 0.6 * figures.returning_runs
        damaged += 1
    assert damaged > 15


def _pitches(bar: Bar) -> list[tuple[int, ...]]:
    return [note.pitches for note in bar.notes]


def test_a_copied_tune_is_found_in_any_key(good_tunes: list[Tune]) -> None:
    melodies = [melody_of(tune) for tune in good_tunes]
    index = index_of(melodies[:40])
    for melody in melodies[:40]:
        higher = [pitch + 3 for pitch in melody]
        assert index.longest_run(higher) == len(melody)
        middle = len(melody) // 2
        assert index.longest_run([*higher[:middle], 100, *higher[middle:]]) >= middle
    copies = SetFigures.of([KESH], [TuneFigures(melody=melody) for melody in melodies[:40]], index)
    others = SetFigures.of([KESH], [TuneFigures(melody=melody) for melody in melodies[40:]], index)
    assert copies.short_copies.value == copies.long_copies.value == 1
    assert others.long_copies.value < 0.2


# Made by hand


def test_a_tune_is_complete_only_as_a_whole() -> None:
    whole = HEADER + BAR * 7 + "c8|]"
    assert TuneFigures.of(whole).complete
    assert TuneFigures.of(whole + "\n\n").complete
    assert not TuneFigures.of(whole, ended=False).complete
    assert not TuneFigures.of(HEADER + BAR * 6 + "c8|]").complete
    assert not TuneFigures.of(HEADER + "cc|" + BAR * 6 + "c6|]").complete
    assert not TuneFigures.of(whole + "\n" + whole).complete
    for field in ("X:1\n", "M:4/4\n", "L:1/8\n", "K:C\n"):
        assert not TuneFigures.of(whole.replace(field, "")).complete
    assert TuneFigures.of("T:no tune") == TuneFigures()
    assert TuneFigures.of("") == TuneFigures()


def test_runs_return_without_overlap() -> None:
    phrase = (60, 62, 64, 65, 67, 69, 71, 72)
    assert returning_runs(phrase) == 0
    assert returning_runs(phrase * 2) == 1 / 9
    assert returning_runs([*phrase, 50, *phrase]) == 1 / 10
    assert returning_runs([*phrase, 50, *(pitch + 1 for pitch in phrase)]) == 0
    assert returning_runs((60,) * RUN) == 0
    assert returning_runs((60,) * 2 * RUN) == 1 / 9
    assert returning_runs(()) == 0


def test_tunes_alike_are_counted_in_pairs(good_tunes: list[Tune]) -> None:
    first, second, third = (melody_of(tune) for tune in good_tunes[:3])
    assert pairs_alike([first, second, third]) == 0
    assert pairs_alike([first, second, [pitch + 2 for pitch in first]]) == 1
    assert pairs_alike([first, first, first]) == 3
    assert share_related([first, second, first, third], 16) == 0.5


@needs_abc2midi
def test_an_error_of_abc2midi_is_one_and_a_warning_is_none() -> None:
    assert abc2midi_reads(KESH)
    assert abc2midi_reads(
        HEADER + "CDEF GAB|" * 40
    )  # so many warnings that an error would not be among the last
    assert not abc2midi_reads(KESH.replace("R:jig", "R:hornpipe")), "it knows none in 6/8"
    assert not abc2midi_reads(HEADER + '"x"c8|' + "CDEF GAB|" * 100)
    assert not abc2midi_reads("T:no tune")


def test_what_must_hold_of_every_text_holds_of_a_broken_one() -> None:
    draw = random.Random(3)
    for _ in range(150):
        text = list(KESH)
        for _ in range(draw.randrange(1, 12)):
            text[draw.randrange(len(text))] = draw.choice("|:[]()12\n\n /<>-ABcz^_K\x00")
        figures = TuneFigures.of("".join(text))
        assert 0 <= figures.returning_runs <= 1
        assert figures.melody or figures == TuneFigures()
