"""Strategies by themselves, on a row without a network: what they take back, how far,
and when they give up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun import Sampling
from abcrun.composition.bar_strategy import BarStrategy
from abcrun.composition.strategies import Attempt, CopyLimit, PlainStrategy, alters
from abcrun.inference.request import Generated, Request, Snapshot

HEAD = "X:1\nM:4/4\nL:1/8\nK:D\n"
BAR, LONG_BAR = "D2F2A2d2|", "D2F2A2d3|"
REQUEST = Request(HEAD, np.zeros(len(HEAD), np.int64), Sampling(temperature=1.0), 1, 0, 500)
NEXT = replace(REQUEST, seed=2)


class FakeRow:
    """A row whose characters the test draws."""

    def __init__(self, attempts: int = 1) -> None:
        self.request = REQUEST
        self.generated: Generated | None = None
        self.attempts = attempts
        self.sampling = REQUEST.sampling
        self.restarted: list[Request] = []
        self.finished: list[bool] = []
        self.rewound: list[int] = []  # to which length
        self._text = HEAD

    def draw(self, strategy: BarStrategy, text: str) -> None:
        """Draw a text as far as the strategy lets it stand."""
        for character in text:
            self._text += character
            before = len(self.rewound) + len(self.restarted) + len(self.finished)
            if character in strategy.wakes_on:
                strategy.on_drawn()
            if len(self.rewound) + len(self.restarted) + len(self.finished) > before:
                return

    def text(self, start: int = 0) -> str:
        return self._text[start:]

    def snapshot(self) -> Snapshot:
        return Snapshot(self, len(self._text), ())

    def rewind(self, snapshot: Snapshot) -> None:
        self._text = self._text[: snapshot.length]
        self.rewound.append(snapshot.length)

    def resample(self, sampling: Sampling) -> None:
        self.sampling = sampling

    def restart(self, request: Request) -> None:
        self.restarted.append(request)

    def finish(self, *, complete: bool = True) -> None:
        self.finished.append(complete)

    def append(self, text: str, *, instead: bool = False) -> None:
        raise AssertionError("bars are drawn, and none is appended")

    def suppress(self, characters: str) -> None:
        raise AssertionError("nothing is suppressed")


def bar_strategy(row: FakeRow, **more: Any) -> BarStrategy:
    strategy = BarStrategy(row, Attempt(str.upper, lambda: NEXT, **more), "")
    strategy.on_fed()
    return strategy


def test_a_bar_of_its_meters_length_is_kept_and_told() -> None:
    told: list[str] = []
    row = FakeRow()
    strategy = bar_strategy(row, tell=told.append)
    row.draw(strategy, BAR + BAR)
    assert row.rewound == []
    assert told == [HEAD + BAR, HEAD + BAR + BAR]
    assert strategy.final(row.text()) == ((HEAD + BAR + BAR).upper(), HEAD + BAR + BAR)


@pytest.mark.parametrize("wrong", [LONG_BAR, "D2F2A2d2\n", "D2Z!@2A2d2|", "D2F2A2|"])
def test_a_bar_that_does_not_fit_is_taken_back_and_nothing_else(wrong: str) -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    row.draw(strategy, BAR + BAR)
    row.draw(strategy, wrong)
    assert row.text() == HEAD + BAR + BAR
    row.draw(strategy, BAR)
    assert row.text() == HEAD + BAR * 3
    assert len(row.rewound) == 1


def test_a_bar_that_fails_often_is_drawn_cooler_until_it_fits() -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    row.draw(strategy, BAR)
    temperatures = []
    for _ in range(8):
        row.draw(strategy, LONG_BAR)
        temperatures.append(row.sampling.temperature)
    assert temperatures == [1.0] * 5 + [pytest.approx(0.7)] * 3
    row.draw(strategy, BAR)
    assert row.sampling.temperature == 1.0


def test_a_bar_that_never_fits_takes_the_bar_before_it_along() -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    row.draw(strategy, BAR + BAR)
    for _ in range(11):
        row.draw(strategy, LONG_BAR)
    assert row.text() == HEAD + BAR + BAR
    row.draw(strategy, LONG_BAR)
    assert row.text() == HEAD + BAR


def test_the_first_bar_has_none_before_it() -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    for _ in range(30):
        row.draw(strategy, LONG_BAR)
        assert row.text() == HEAD


def test_an_attempt_that_took_too_much_back_is_given_up() -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    for _ in range(64):
        row.draw(strategy, LONG_BAR)
    assert (len(row.rewound), row.restarted) == (64, [])
    row.draw(strategy, LONG_BAR)
    assert (len(row.rewound), row.restarted, row.finished) == (64, [NEXT], [])


def test_the_last_attempt_is_handed_out_as_it_is() -> None:
    row = FakeRow(attempts=8)
    strategy = bar_strategy(row)
    for _ in range(65):
        row.draw(strategy, LONG_BAR)
    assert (row.restarted, row.finished) == ([], [False])


def test_a_tune_ends_behind_a_bar_line_only() -> None:
    row = FakeRow()
    strategy = bar_strategy(row)
    row.draw(strategy, BAR)
    assert strategy.on_end()
    row.draw(strategy, "D2F2")
    assert not strategy.on_end()
    assert row.text() == HEAD + BAR


def test_a_copy_is_taken_back_like_a_bar_that_does_not_fit() -> None:
    class Known:
        def has_run(self, melody: Sequence[int], length: int, since: int = 0) -> bool:
            return len(melody) >= length

    row = FakeRow()
    strategy = bar_strategy(row, copy_limit=CopyLimit(Known(), 6))  # type: ignore[arg-type]
    row.draw(strategy, BAR)
    assert row.text() == HEAD + BAR
    row.draw(strategy, BAR)
    assert row.text() == HEAD + BAR, "four notes a bar: the second one makes eight"


def test_the_plain_strategy_wakes_on_bars_only_where_someone_listens() -> None:
    told: list[str] = []
    row = FakeRow()
    assert PlainStrategy(row, Attempt(str, lambda: NEXT)).wakes_on == ""
    strategy = PlainStrategy(row, Attempt(str.upper, lambda: NEXT, tell=told.append))
    assert strategy.wakes_on == "|"
    strategy.on_drawn()
    assert told == [HEAD]
    assert strategy.on_end()
    assert strategy.final("abc") == ("ABC", "abc")


melodies = st.lists(st.integers(60, 62), max_size=24)


@given(melodies, melodies, st.integers(1, 5), st.data())
def test_a_melody_may_go_on_where_no_longer_run_ends_behind_it(
    known: list[int], melody: list[int], most: int, data: st.DataObject
) -> None:
    def runs(notes: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """The runs that are too long, by where they end."""
        return {end: tuple(notes[end - most - 1 : end]) for end in range(most + 1, len(notes) + 1)}

    class Known:
        def has_run(self, notes: Sequence[int], length: int, since: int = 0) -> bool:
            assert length == most + 1
            return any(
                end > since and run in runs(known).values() for end, run in runs(notes).items()
            )

    since = data.draw(st.integers(0, len(melody)))
    expected = any(end > since and run in runs(known).values() for end, run in runs(melody).items())
    limit = CopyLimit(Known(), most)  # type: ignore[arg-type]
    assert limit.allow(melody, since) is not expected


@pytest.mark.parametrize(
    ("given", "text", "expected"),
    [("AB", "AB'c", True), ("AB", "AB,c", True), ("AB", "ABc", False), ("", "'c", False)],
)
def test_what_a_musician_gave_keeps_its_octave(given: str, text: str, expected: bool) -> None:
    assert alters(given, text) is expected
