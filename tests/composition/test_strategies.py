"""What strategies have in common: plain sampling, and how far a melody may go on as a
known one does."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.composition.strategies import Attempt, CopyLimit, PlainStrategy, alters
from tests.composition.rows import HEAD, NEXT, FakeRow


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
