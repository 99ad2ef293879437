"""The figures of quality: on real tunes, on tunes damaged on purpose, and as `evaluate`
prints them."""

import dataclasses
import itertools
import random
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from abcrun import Model
from abcrun.composition.levels import LEVELS
from abcrun.errors import UsageError
from abcrun.inference.request import Generated
from abcrun.notation import Bar, BarLine, Tune, WrittenNote
from abcrun.notation.melody import melody_of
from abctrain.__main__ import main
from abctrain.data.text import join_tunes
from abctrain.quality.comparison import CLOSING, OPENING, Composed, RealTunes, with_quality
from abctrain.quality.figures import (
    RUN,
    Estimate,
    SetFigures,
    TuneFigures,
    abc2midi_reads,
    count_runs,
    index_of,
    pairs_alike,
    returning_runs,
    section_lengths,
    share_related,
)
from tests.conftest import ROOT
from tests.traditional import KESH

HEADER = "X:1\nM:4/4\nL:1/8\nK:C\n"
BAR = "CDEF GABc|"

needs_abc2midi = pytest.mark.skipif(
    shutil.which("abc2midi") is None, reason="abc2midi is not installed"
)


@pytest.fixture(scope="session")
def sound(irish_tunes: list[str]) -> list[Tune]:
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


def test_figures_are_the_same_in_every_key(sound: list[Tune]) -> None:
    for tune, tonic in zip(sound, itertools.cycle(("C", "D", "Eb", "F#", "A", "Bb")), strict=False):
        if tune.key.mode:
            moved = tune.transpose(tonic + tune.key.mode[:3])
            figures = TuneFigures.of(moved.text)
            assert dataclasses.replace(figures, melody=()) == dataclasses.replace(
                TuneFigures.of(tune.text), melody=()
            )


# Damaged tunes


def test_a_bar_that_lacks_a_note_is_wrong(sound: list[Tune]) -> None:
    damaged = 0
    for tune in sound:
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


def test_a_section_that_lacks_a_bar_is_irregular(sound: list[Tune]) -> None:
    for tune in sound:
        bar, line = inner_bars(tune)[1]
        lines = tune.text.split("\n")
        text = lines[bar.line - 1]
        lines[bar.line - 1] = text[: bar.column - 1] + text[line.column - 1 + len(line.text) :]
        figures = TuneFigures.of("\n".join(lines))
        assert figures.bars_right
        assert not figures.sections_regular


def test_another_last_note_is_not_the_tonic(sound: list[Tune]) -> None:
    damaged = 0
    for tune in sound:
        last = [bar for bar in tune.bars if bar.notes][-1].notes[-1]
        if last.pitches and last.text[0] in "ABCDEFGabcdefg":
            damaged += 1
            assert not TuneFigures.of(replaced(tune, last, a_step_higher(last))).ends_on_tonic
    assert damaged > 0.9 * len(sound)


def test_a_phrase_that_does_not_come_back_counts_no_more(sound: list[Tune]) -> None:
    damaged = 0
    draw = random.Random(0)
    for tune in sound:
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


def test_a_copied_tune_is_found_in_any_key(sound: list[Tune]) -> None:
    melodies = [melody_of(tune) for tune in sound]
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


# What is complete


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


@pytest.mark.parametrize(
    ("music", "lengths"),
    [
        (f"|:{BAR * 7}c8:|\n|:{BAR * 7}c8:|", [8, 8]),
        (f"{BAR * 4}\n{BAR * 3}c8||", [8]),
        (f"{BAR * 3}c8||{BAR * 8}", [4, 8]),
        (f"|:GA|{BAR * 7}c6:|\n|:GA|{BAR * 7}c6:|", [8, 8]),
        (f"GA|{BAR * 7}c6||GA|{BAR * 7}c6|]", [8, 8]),
        (f"|:{BAR * 7}|1c8:|2d8||{BAR * 7}c8|]", [8, 8, 8]),
        (f"|:{BAR * 6}|1{BAR}c8:|2{BAR}d8|e8|]", [8, 9]),
        (f"|:{BAR * 7}c4|1c4:|2d4||", [8, 8]),
        (f"|:{BAR * 7}c6|1GA:|2 c2||", [8, 8]),
        (f"P:A\n{BAR * 7}c8|\nP:B\n{BAR * 3}c8|", [8, 4]),
        (f"{BAR * 7}|]", [7]),
        (f"|:{BAR * 7}c8:|2{BAR * 3}c8|]", [8, 4]),
    ],
)
def test_a_section_is_as_long_as_it_is_played(music: str, lengths: list[int]) -> None:
    assert section_lengths(Tune.parse(HEADER + music).voices[0]) == lengths


def test_runs_return_without_overlap() -> None:
    phrase = (60, 62, 64, 65, 67, 69, 71, 72)
    assert returning_runs(phrase) == 0
    assert returning_runs(phrase * 2) == 1 / 9
    assert returning_runs([*phrase, 50, *phrase]) == 1 / 10
    assert returning_runs([*phrase, 50, *(pitch + 1 for pitch in phrase)]) == 0
    assert returning_runs((60,) * RUN) == 0
    assert returning_runs((60,) * 2 * RUN) == 1 / 9
    assert returning_runs(()) == 0


# Intervals


def test_the_interval_of_a_share_is_wilsons() -> None:
    half = Estimate.share([True, False] * 10)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.2993, 0.7007), abs=1e-4)
    none = Estimate.share([False] * 10)
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 0.2775), abs=1e-4)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    draw = random.Random(1)
    hits = 0
    for _ in range(200):
        estimate = Estimate.mean([draw.expovariate(5) for _ in range(60)])
        assert estimate.low < estimate.value < estimate.high
        hits += estimate.low < 0.2 < estimate.high
    assert 180 <= hits <= 198
    assert Estimate.mean([0.1, 0.4]) == Estimate.mean([0.1, 0.4])


def test_distinct_runs_are_those_of_tunes_drawn_at_random() -> None:
    draw = random.Random(2)
    phrases = [[draw.randrange(60, 80) for _ in range(RUN)] for _ in range(5)]
    melodies = [list(itertools.chain.from_iterable(draw.choices(phrases, k=4))) for _ in range(7)]
    size = count_runs(melodies[:1])
    for tunes in (1, 3, 7):
        shares = [
            len({run for melody in chosen for run in _runs(melody)}) / (tunes * size)
            for chosen in itertools.combinations(melodies, tunes)
        ]
        estimate = Estimate.distinct_runs(melodies, tunes * size)
        assert estimate.value == pytest.approx(sum(shares) / len(shares))
        assert estimate.low <= estimate.value <= estimate.high
    assert Estimate.distinct_runs(melodies) == Estimate.distinct_runs(
        [[x + 5 for x in one] for one in melodies]
    )
    assert Estimate.distinct_runs([[], [60]]).value == 0


def _runs(melody: Sequence[int]) -> set[tuple[int, ...]]:
    steps = [after - before for before, after in itertools.pairwise(melody)]
    return {tuple(steps[start : start + RUN - 1]) for start in range(len(steps) - RUN + 2)}


def test_the_interval_of_distinct_runs_covers_what_more_tunes_have(irish_tunes: list[str]) -> None:
    melodies = [TuneFigures.of(text).melody for text in irish_tunes[:600:2]]
    truth = Estimate.distinct_runs(melodies, 2000).value
    samples = [Estimate.distinct_runs(melodies[start::6], 2000) for start in range(6)]
    assert sum(sample.low <= truth <= sample.high for sample in samples) >= 5
    assert all(sample.high - sample.low < 0.2 for sample in samples)


# Sets of tunes


def test_tunes_alike_are_counted_in_pairs(sound: list[Tune]) -> None:
    first, second, third = (melody_of(tune) for tune in sound[:3])
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


# The table


class _Composer:
    """Stands for a model of which only `generate` is used."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def generate(self, count: int, **options: Any) -> list[Generated]:
        self.asked.append(options)
        return [Generated(KESH, complete=index > 0, seed=1, index=index) for index in range(count)]


def test_each_level_is_asked_for() -> None:
    composer = _Composer()
    for guide in LEVELS[::2]:
        composed = Composed.by(cast(Model, composer), guide, 3, seed=5)
        assert [figures.complete for figures in composed.figures] == [False, True, True]
    assert composer.asked == [{"seed": 5, "guide": "off"}, {"seed": 5, "guide": "full"}]


def test_evaluate_prints_the_figures_and_puts_them_in_the_card(
    tmp_path: Path, irish_tunes: list[str]
) -> None:
    model = ROOT / "exported" / "irish.onnx"
    card = tmp_path / "irish.md"
    shutil.copy(model.with_suffix(".md"), card)
    before = card.read_text(encoding="utf-8")
    command = ["evaluate", str(model), "--tunes", "6", "--guide", "off", "--out", str(card)]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    rows = [
        line.strip("| ").split(" | ") for line in result.stdout.splitlines() if line.startswith("|")
    ]
    assert rows[0] == ["figure (95 % interval)", "real, held out", "guide off"]
    assert rows[2] == ["tunes", "42", "6"]
    for _, *cells in rows[3:11]:
        for cell in cells:
            value, low, high = map(float, re.findall(r"[0-9.]+", cell))
            assert 0 <= low <= value <= high <= 1
    assert float(rows[-2][-1].replace(",", "")) > 100  # characters
    after = card.read_text(encoding="utf-8")
    assert result.stdout in after
    assert after.index(CLOSING) < after.index("## What it can't do")
    assert with_quality(before, result.stdout) == after
    assert with_quality(after, "new").count(OPENING) == 1
    assert re.sub(f"{OPENING}.*{CLOSING}\n\n", "", after, flags=re.DOTALL) == before
    assert [path.name for path in tmp_path.iterdir()] == ["irish.md"]


def test_a_card_without_the_heading_gets_the_table_at_its_end() -> None:
    assert with_quality("# name\n", "table\n") == f"# name\n\n{OPENING}\ntable\n{CLOSING}\n"
    assert (
        with_quality(f"a\n{OPENING}\nold\n{CLOSING}\nb\n", r"\1 new")
        == f"a\n{OPENING}\n\\1 new\n{CLOSING}\nb\n"
    )


def test_evaluate_names_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--out", str(tmp_path / "none.md")])
    assert result.exit_code == 2
    assert "no such model card" in result.stderr


def test_the_tunes_held_out_are_those_of_the_models_own_corpus(
    shipped: Model, tmp_path: Path, irish_tunes: list[str]
) -> None:
    (tmp_path / "mine.abc").write_text(join_tunes(irish_tunes[:160]), encoding="utf-8")
    recipe = shipped.spec.provenance["recipe"]
    clean = {**recipe, "corpus": {"clean": True, "keys": "canonical"}}
    own = {**shipped.spec.provenance, "recipe": clean, "corpora": [{"name": "mine.abc"}]}
    spec = dataclasses.replace(shipped.spec, provenance=own)
    with pytest.raises(UsageError, match="--corpus"):
        RealTunes.of(spec)
    real = RealTunes.of(spec, tmp_path / "mine.abc")
    assert real.are_parted
    assert len(real.training) > 100
    figures = [TuneFigures.of(text) for text in real.held_out]
    assert figures
    assert all(one.complete and one.bars_right for one in figures)
    assert SetFigures.of(real.held_out, figures, index_of(real.training)).short_copies.value == 0
