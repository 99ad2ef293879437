"""The strategy of a network with recall, on a row whose characters the test draws: what
is fed, what may be drawn, what is taken back, and what comes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given

from abcrun.composition.recall import coded, laid_out, parted, text_of
from abcrun.composition.recall_strategy import Course, RecallStrategy
from abcrun.composition.signs import CHANGED, CLOSE, KEPT, OPEN, SIGNS, sign
from abcrun.composition.sketch_writer import Wish
from abcrun.composition.strategies import Attempt, CopyLimit
from abcrun.notation.bars import split
from tests.composition.coded import SEQUENCE, readable, sketch_of, tunes
from tests.composition.rows import NEXT, FakeRow
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS, body

ALPHABET = "\n !\"'(),-/0123456789:=>ABCDEFGKLMRTX[]^_abcdefgz{|}~" + SIGNS

SHORT = """\
X:1
M:4/4
L:1/8
K:Dmaj
d2fd A4|B2gB e4|d2fd A4|B2gB d4|]"""
HEAD = parted(SHORT)[0]
SKETCH = sketch_of(SHORT).text + "\n"


def begun(text: str = HEAD, attempts: int = 1, **course: Any) -> tuple[FakeRow, RecallStrategy]:
    """A row with a prompt, and its strategy."""
    row = FakeRow(text, attempts)
    strategy = RecallStrategy(row, Attempt(str, lambda: NEXT), Course(ALPHABET, **course))
    row.begin(strategy)
    return row, strategy


def in_bars(**course: Any) -> tuple[FakeRow, RecallStrategy]:
    """A row with the sketch of `SHORT`, before its first bar."""
    row, strategy = begun(**course)
    row.draw(strategy, SKETCH)
    return row, strategy


def music(row: FakeRow) -> str:
    """What stands behind the sketch, signs written out."""
    return readable(row.text().partition(SKETCH)[2])


# The whole of a tune


def test_a_tune_is_drawn_from_its_header_on() -> None:
    row, strategy = begun("X:1\nM:")
    row.draw(strategy, HEAD.removeprefix("X:1\nM:"))
    row.draw(strategy, SKETCH)
    assert music(row) == "<first 15>", "what is known of the first bar is fed"
    row.draw(strategy, "d2fd A4|")
    assert music(row) == "<first 15>d2fd A4|<next 15>", "and of the next one"
    row.draw(strategy, "B2gB e4|")
    assert music(row).endswith("e4|<same 2>d2fd A4|<varied 0><last 15>"), "a bar that returns too"
    row.draw(strategy, KEPT)
    assert music(row).endswith("<kept>B2gB "), "and a group that is kept"
    row.draw(strategy, CHANGED)
    assert music(row).endswith("<changed><old>e4<now>"), "and one that is not, to be changed"
    row.draw(strategy, "d4|")
    assert row.finished == [True]
    assert row.rewound == []
    assert strategy.final(row.text()) == (SHORT, SHORT), "without any sign"


@example(JIG)
@example(REEL_WITH_ENDINGS)
@example(PLAIN)
@example(SEQUENCE)
@given(tunes())
def test_a_network_that_draws_what_is_drawn_of_a_tune_makes_that_tune(text: str) -> None:
    header, music = parted(text)
    row, strategy = begun(header)
    pieces = coded(text)
    for number, piece in enumerate(pieces):
        if piece.is_drawn:
            row.draw(strategy, piece.text.removeprefix(header) if number == 0 else piece.text)
    assert (row.rewound, row.restarted, row.finished) == ([], [], [True])
    whole = text_of(pieces)
    assert whole.startswith(row.text()), "what returns at the end need not be read"
    assert set(whole.removeprefix(row.text())) <= {*whole[len(pieces[0].text) :]}
    expected = header + laid_out(sketch_of(text), split(music)[1])
    assert strategy.final(row.text()) == (expected, expected)


def test_whoever_listens_hears_of_each_bar() -> None:
    told: list[str] = []
    row = FakeRow(HEAD)
    strategy = RecallStrategy(row, Attempt(str, lambda: NEXT, tell=told.append), Course(ALPHABET))
    row.begin(strategy)
    row.draw(strategy, SKETCH + "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    assert told == [HEAD + "d2fd A4", HEAD + "d2fd A4|B2gB e4|d2fd A4"]


def test_a_tune_that_is_cut_is_handed_out_as_far_as_its_bars_go() -> None:
    row, strategy = in_bars()
    assert strategy.final(row.text())[0] == HEAD.rstrip()
    row.draw(strategy, "d2fd A4|B2g")
    assert strategy.final(row.text())[0] == HEAD + "d2fd A4"
    row, strategy = begun("X:1\nM:")
    row.draw(strategy, f"4/4{KEPT}")
    assert strategy.final(row.text())[0] == "X:1\nM:4/4", "even without a header"


# The sketch


@pytest.mark.parametrize(
    "text", ["A\n", f"{sign('new', 0)}|]\n", SKETCH.replace("|]", "|"), "d2fd A4|]\n"]
)
def test_what_is_no_sketch_is_drawn_again(text: str) -> None:
    row, strategy = begun(accepts=lambda sketch: sketch.between[-1] == "|]")
    row.draw(strategy, text)
    assert row.text() == HEAD
    assert row.rewound == [len(HEAD)]
    row.draw(strategy, SKETCH)
    assert music(row) == "<first 15>"


def test_a_sketch_that_will_not_do_is_drawn_again_24_times_at_most() -> None:
    row, strategy = begun(accepts=lambda sketch: False)
    for _ in range(23):
        row.draw(strategy, SKETCH)
        assert row.text() == HEAD
    assert row.restarted == []
    row.draw(strategy, SKETCH)
    assert row.restarted == [NEXT]


def test_a_header_without_a_meter_is_given_up() -> None:
    row, strategy = begun("X:1\n")
    row.draw(strategy, "M:none\nL:1/8\nK:D\n")
    assert row.restarted == [NEXT]


def test_a_header_with_a_line_that_is_no_field_is_given_up() -> None:
    row, strategy = begun("X:1\nM:")
    row.draw(strategy, "4/4\nL:1/8\ne:Dmaj\n")
    assert row.restarted == []
    row.draw(strategy, "|::|\n")
    assert row.restarted == [NEXT]


@pytest.mark.parametrize("prompt", [HEAD, "X:1\nM:4/4\n"])
def test_an_empty_line_is_no_sketch(prompt: str) -> None:
    row, strategy = begun(prompt)
    assert not row.end(strategy)
    if prompt == HEAD:
        assert (len(row.rewound), row.restarted) == (1, []), "the sketch is drawn again"
        return
    assert row.restarted == [NEXT]
    row, strategy = begun(prompt, judges_length=False)
    assert row.end(strategy), "but nothing is taken back where nothing is judged"


def test_a_sketch_that_is_known_is_fed() -> None:
    sketch = sketch_of(SHORT)
    row, strategy = begun(wishes=Wish.of(sketch), end="|]", is_open=False)
    assert music(row) == "<first 15>"
    row.draw(strategy, "d2fd A4|")
    assert row.text().startswith(HEAD + SKETCH)


def test_what_is_known_is_fed_and_the_rest_drawn_among_what_is_possible() -> None:
    sketch = sketch_of(SHORT)
    wishes = [replace(wish, first=None, last=None) for wish in Wish.of(sketch)]
    wishes[2] = wishes[2].open()
    row, strategy = begun(wishes=wishes, end="|]", is_open=False)
    assert readable(row.text()) == HEAD + "<new>"
    assert not {sign("first", 3), sign("first", 15)} & set(row.suppressed)
    assert {*ALPHABET} - {sign("first", step) for step in range(32)} == set(row.suppressed)
    row.draw(strategy, sign("first", 15))
    assert readable(row.text()) == HEAD + "<new><first 15><new>"
    assert "".join(one for one in ALPHABET if one not in row.suppressed) == "".join(
        sign(kind, ago) for kind in ("same", "varied", "moved") for ago in (1, 2)
    ) + sign("new", 0)
    row.draw(strategy, sign("same", 2))
    assert readable(row.text()) == HEAD + "<new><first 15><new><same 2><varied 0>"
    row.draw(strategy, sign("last", 15))
    assert music(row) == "<first 15>"


def test_a_known_part_stays_where_the_sketch_is_drawn_again() -> None:
    first = Wish.of(sketch_of(SHORT))[:1]
    row, strategy = begun(wishes=first, accepts=lambda sketch: len(sketch.slots) == 4)
    known = row.text()
    assert readable(known) == HEAD + "<new><first 15>"
    row.draw(strategy, f"{sign('new', 0)}{sign('last', 9)}|]\n")
    assert row.text() == known
    row.draw(strategy, SKETCH.removeprefix(known.removeprefix(HEAD)))
    assert music(row) == "<first 15>"


# Bars


@pytest.mark.parametrize(
    "wrong", ["d2fd A3|", "d2fd A4d|", "d2fd Z!@|", "d2fd A4-|", "d2fd\n", "d:", "z4 A4|"]
)
def test_a_bar_that_is_not_as_the_sketch_says_is_taken_back_and_nothing_else(wrong: str) -> None:
    row, strategy = in_bars()
    known = row.text()
    row.draw(strategy, wrong)
    assert row.text() == known
    assert row.rewound == [len(known)]
    row.draw(strategy, "d2fd A4|")
    before = row.text()
    row.draw(strategy, "B2gB e3|")
    assert row.text() == before


def test_a_bar_begins_and_ends_as_the_sketch_says() -> None:
    row, strategy = in_bars()
    known = row.text()
    row.draw(strategy, "e2fd A4|")
    assert row.text() == known
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    known = row.text()
    for _ in range(2):
        row.draw(strategy, (KEPT + CHANGED if row.text() == known else "") + "c4|")
        assert music(row).endswith("<kept>B2gB <changed><old>e4<now>"), "it is to end on d"
    row.draw(strategy, "c4|")
    assert row.text() == known, "all of it is drawn again"
    row.draw(strategy, KEPT + CHANGED + "d4|")
    assert row.finished == [True]


def test_the_last_group_of_a_new_bar_is_drawn_again_where_its_end_does_not_do() -> None:
    text = HEAD + "d2fd A4|B2gB e2 d2|]"
    row, strategy = begun()
    row.draw(strategy, sketch_of(text).text + "\n")
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e2 c2|")
    assert row.text().endswith("B2gB e2 "), "it is to end on d"
    row.draw(strategy, "d2|")
    assert strategy.final(row.text())[0] == text


def test_notes_are_not_judged_where_nobody_asks() -> None:
    row, strategy = in_bars(judges_notes=False)
    row.draw(strategy, "e2fd A4|")
    assert music(row).startswith("<first 15>e2fd A4|")
    row.draw(strategy, "B2gB e3|")
    assert row.rewound, "but lengths are"


def test_where_nothing_is_judged_nothing_is_taken_back() -> None:
    row, strategy = in_bars(judges_notes=False, judges_length=False)
    row.draw(strategy, "e2f|")
    row.draw(strategy, "B2gB e4 A4 A4|")
    row.draw(strategy, CHANGED + "B2|")
    assert row.text().endswith("B2 "), "other groups follow"
    row.draw(strategy, KEPT)
    row.draw(strategy, KEPT)
    row.draw(strategy, KEPT)
    assert row.rewound == []
    assert row.finished == [True]
    assert strategy.final(row.text())[0] == HEAD + "e2f|B2gB e4 A4 A4|e2f|B2 e4 A4 A4|]"


def test_a_bar_is_not_empty() -> None:
    row, _ = in_bars()
    assert {*"|:\n "} <= set(row.suppressed)
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    assert {*ALPHABET} - {KEPT, CHANGED} == set(row.suppressed)
    row.draw(strategy, CHANGED)
    assert {*"|:\n "} <= set(row.suppressed)


def test_no_space_stands_before_a_bar_line() -> None:
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4 ")
    assert {*"|:\n "} <= set(row.suppressed)


def test_a_variation_has_all_groups() -> None:
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    row.draw(strategy, CHANGED + "B4|")
    assert row.text().endswith("B4 "), "another group follows, whatever the network draws"
    assert {*ALPHABET} - {KEPT, CHANGED} == set(row.suppressed)
    row.draw(strategy, CHANGED + "d4 ")
    assert row.finished == [True], "and none behind the last one"
    assert row.rewound == []
    assert strategy.final(row.text())[0].endswith("|B4 d4|]")
    assert f"{OPEN}B2gB{CLOSE}B4 {CHANGED}{OPEN}e4{CLOSE}d4" in row.text()


def test_a_variation_does_not_keep_the_whole_old_bar() -> None:
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    row.draw(strategy, KEPT)
    assert {*ALPHABET} - {CHANGED} == set(row.suppressed)
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    row.draw(strategy, CHANGED + "g2gB ")
    assert {*ALPHABET} - {KEPT, CHANGED} == set(row.suppressed)


def test_a_variation_whose_last_group_is_kept_ends_by_itself() -> None:
    text = SHORT.replace("B2gB d4|]", "e2gB e4|]")
    row, strategy = begun()
    row.draw(strategy, sketch_of(text).text + "\n")
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    row.draw(strategy, CHANGED + "e2gB ")
    row.draw(strategy, KEPT)
    assert row.finished == [True]
    assert strategy.final(row.text())[0] == text


def test_a_moved_bar_is_fed_where_it_was_moved_to() -> None:
    header = parted(SEQUENCE)[0]
    row, strategy = begun(header)
    row.draw(strategy, sketch_of(SEQUENCE).text + "\n")
    row.draw(strategy, "d2 cB|")
    row.draw(strategy, KEPT)
    assert row.text().endswith(f"{KEPT}c2 ")
    assert sketch_of(SEQUENCE).slots[1].by == -1


def test_a_bar_that_cannot_be_moved_is_varied_where_it_is() -> None:
    header = parted(SEQUENCE)[0]
    row, strategy = begun(header, judges_notes=False)
    row.draw(strategy, sketch_of(SEQUENCE).text + "\n")
    row.draw(strategy, "z2 cB|")
    row.draw(strategy, CHANGED)
    assert row.text().endswith(f"{CHANGED}{OPEN}z2{CLOSE}")


def test_a_bar_that_a_sketch_cannot_measure_is_shorter_than_a_full_one() -> None:
    text = HEAD + "A/4|d2fd A4|B2gB A4|d4 c4|e4 d4|]"
    row, strategy = begun()
    row.draw(strategy, sketch_of(text).text + "\n")
    known = row.text()
    row.draw(strategy, "A8|")
    assert row.text() == known
    row.draw(strategy, "A/4|")
    assert row.text() != known


# What is taken back too often


def test_a_bar_that_fails_often_is_drawn_cooler_until_it_fits() -> None:
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    temperatures = []
    for _ in range(8):
        row.draw(strategy, "B2gB e3|")
        temperatures.append(row.sampling.temperature)
    assert temperatures == [1.0] * 5 + [pytest.approx(0.7)] * 3
    row.draw(strategy, "B2gB e4|")
    assert row.sampling.temperature == 1.0


def test_a_bar_that_never_fits_takes_the_drawn_bar_before_it_along() -> None:
    row, strategy = in_bars()
    first = row.text()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    last = row.text()
    for _ in range(11):
        row.draw(strategy, KEPT + CHANGED + "d3|")
        assert row.text() == last
    row.draw(strategy, KEPT + CHANGED + "d3|")
    assert music(row).endswith("A4|<next 15>"), "and what returned between them"
    row.draw(strategy, "B2ge B4|")
    assert music(row).endswith("B2ge B4|<same 2>d2fd A4|<varied 0><last 15>")
    row.draw(strategy, KEPT + CHANGED + "d4|")
    assert strategy.final(row.text())[0].endswith("\nd2fd A4|B2ge B4|d2fd A4|B2ge d4|]")
    assert first in row.text()


def test_a_note_that_the_network_finds_no_way_to_is_asked_for_four_times() -> None:
    row, strategy = in_bars()
    row.draw(strategy, "d2fd A4|")
    row.draw(strategy, "B2gB e4|")
    for _ in range(4):
        row.draw(strategy, KEPT + CHANGED + "c4|")
        row.draw(strategy, "c4|")
        row.draw(strategy, "c4|")
    assert row.finished == []
    assert music(row).endswith("<last 15>")
    row.draw(strategy, KEPT + CHANGED + "c4|")
    assert strategy.final(row.text())[0].endswith("c4|]")


def test_an_attempt_that_took_too_much_back_is_given_up() -> None:
    row, strategy = in_bars()
    for _ in range(64):
        row.draw(strategy, "d2fd A3|")
    assert (len(row.rewound), row.restarted) == (64, [])
    row.draw(strategy, "d2fd A3|")
    assert (len(row.rewound), row.restarted, row.finished) == (64, [NEXT], [])


def test_the_last_attempt_is_handed_out_as_it_is() -> None:
    row, strategy = begun(attempts=8)
    row.draw(strategy, SKETCH)
    row.draw(strategy, "d2fd A4|")
    for _ in range(11):
        row.draw(strategy, "B2gB e3|")
    assert row.finished == []
    for _ in range(54):
        row.draw(strategy, "d2fd A3|")
    assert (row.restarted, row.finished) == ([], [False])
    assert strategy.final(row.text())[0] == HEAD.rstrip()


# Copies


class Known:
    """An index in which every run of `length` notes is a known one."""

    def has_run(self, melody: Sequence[int], length: int, since: int = 0) -> bool:
        return len(melody) >= max(length, since + 1)


def limited(most: int, **course: Any) -> tuple[FakeRow, RecallStrategy]:
    row = FakeRow(HEAD)
    limit = CopyLimit(Known(), most)  # type: ignore[arg-type]
    strategy = RecallStrategy(
        row, Attempt(str, lambda: NEXT, copy_limit=limit), Course(ALPHABET, **course)
    )
    row.begin(strategy)
    row.draw(strategy, SKETCH)
    return row, strategy


def test_a_copy_is_taken_back_like_a_bar_that_does_not_fit() -> None:
    row, strategy = limited(6)
    row.draw(strategy, "d2fd A4|")
    known = row.text()
    row.draw(strategy, "B2gB e4|")
    assert row.text() == known, "four notes a bar: the second one makes eight"
    row.draw(strategy, "B4 e4|")
    assert row.text() != known


def test_what_returns_counts_in_a_copy_and_takes_the_drawn_bar_back() -> None:
    text = SHORT.replace("|B2gB d4|]", "|B2gB e4|]")  # both last bars return
    row = FakeRow(HEAD)
    limit = CopyLimit(Known(), 8)  # type: ignore[arg-type]
    strategy = RecallStrategy(row, Attempt(str, lambda: NEXT, copy_limit=limit), Course(ALPHABET))
    row.begin(strategy)
    row.draw(strategy, sketch_of(text).text + "\n")
    row.draw(strategy, "d2fd A4|")
    known = row.text()
    row.draw(strategy, "B2gB e4|")
    assert row.finished == []
    assert row.text() == known


# A musician's own bars


def opened(known: Sequence[str], rest: str = "", **course: Any) -> tuple[FakeRow, RecallStrategy]:
    """A row for a tune of which the first bars, and the beginning of the next, are
    given."""
    sketch = sketch_of(SHORT)
    wishes = list(Wish.of(sketch))
    return begun(
        wishes=wishes,
        end="|]",
        is_open=False,
        known=dict(enumerate(known)),
        begun=rest,
        **course,
    )


def test_given_bars_are_fed_and_stay() -> None:
    row, strategy = opened(["d2fd A4", "B2gB e4"])
    assert music(row) == ("<first 15>d2fd A4|<next 15>B2gB e4|<same 2>d2fd A4|<varied 0><last 15>")
    for _ in range(20):
        row.draw(strategy, KEPT + CHANGED + "e4|")
    assert music(row).endswith("d2fd A4|<varied 0><last 15>"), "whatever is taken back"
    row.draw(strategy, KEPT + CHANGED + "d4|")
    assert strategy.final(row.text())[0] == SHORT


def test_given_bars_are_never_judged() -> None:
    row, _ = opened(["e2fd A3", "B2gB e4"])
    assert music(row).startswith("<first 15>e2fd A3|<next 16>B2gB e4|<same 2>e2fd A3|")


def test_a_given_variation_is_fed_group_by_group() -> None:
    row, strategy = opened(["d2fd A4", "B2gB e4", "d2fd A4", "B2gB d4"])
    assert music(row).endswith("<kept>B2gB <changed><old>e4<now>d4|]")
    assert row.finished == [True]
    assert strategy.final(row.text())[0] == SHORT


def test_a_bar_that_was_begun_goes_on() -> None:
    row, strategy = opened(["d2fd A4"], "B2g")
    assert music(row) == "<first 15>d2fd A4|<next 15>B2g"
    known = row.text()
    row.draw(strategy, "B e3|")
    assert row.text() == known
    row.draw(strategy, "'B e4|")
    assert row.text() == known, "an octave mark would change the note that was given"
    row.draw(strategy, "B e4|")
    row.draw(strategy, KEPT + CHANGED + "d4|")
    assert strategy.final(row.text())[0] == SHORT


@pytest.mark.parametrize(("rest", "drawn"), [("B2gB", " e4|"), ("B2gB ", "e4|"), ("B2gB e4", "|")])
def test_a_bar_that_was_begun_may_go_on_with_a_group_or_end(rest: str, drawn: str) -> None:
    row, strategy = opened(["d2fd A4"], rest)
    for _ in range(2):
        row.draw(strategy, "B" * 9 + "|")  # too long: it is taken back
        row.draw(strategy, drawn)
        assert music(row).endswith("|<next 15>B2gB e4|<same 2>d2fd A4|<varied 0><last 15>")
        for _ in range(12):
            row.draw(strategy, KEPT + CHANGED + "d3|")


def test_the_length_of_a_begun_bar_is_that_of_the_whole() -> None:
    row, strategy = opened([], "d2f")
    row.draw(strategy, "d A4|")
    assert row.rewound == []
    assert body(strategy.final(row.text())[0]) == "d2fd A4"


def test_bars_may_be_known_anywhere() -> None:
    wishes = [replace(wish, first=None, last=None) for wish in Wish.of(sketch_of(SHORT))]
    wishes[1] = wishes[1].open()
    wishes[3] = replace(wishes[3].open(), coming="new")
    known = {0: "d2fd A4", 2: "d2fd A4"}
    row, strategy = begun(wishes=wishes, end="|]", is_open=False, known=known, begun="B2")
    row.draw(strategy, sign("first", 15))
    row.draw(strategy, sign("new", 0))
    row.draw(strategy, sign("last", 9))
    assert readable(row.text()).endswith("d2fd A4|<next 15>B2"), (
        "the first bar that is not known was begun"
    )
    before = row.text()
    row.draw(strategy, "gB e3|")
    assert row.text() == before
    row.draw(strategy, "gB e4|")
    assert readable(row.text()).endswith("B2gB e4|<same 2>d2fd A4|<last 9>"), "only that one"
    row.draw(strategy, "E4 E4|")
    assert strategy.final(row.text())[0] == SHORT.replace("B2gB d4|]", "E4 E4|]")


# Unguided


def test_what_is_told_of_an_unguided_tune_stays() -> None:
    row, strategy = begun("X:1\n", judges_length=False)
    row.draw(strategy, "M:none\nL:1/8\nK:D\n")
    assert (row.restarted, row.finished) == ([], [False])
    row, strategy = in_bars(judges_length=False, judges_notes=False)
    row.draw(strategy, f"d2{KEPT}fd A4|")
    assert strategy.so_far() == HEAD + "d2fd A4", "and a sign that belongs nowhere is dropped"
