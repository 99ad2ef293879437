"""What a book teaches is counted, and what it has too few tunes for is told."""

import pytest

from abcrun.composition.plans import PlanRecord
from abcrun.composition.repertoire import Repertoire
from abctrain.data.teaching import FEW, Teaching, counts_of_plans, read_counts


def repertoire(*kinds: tuple[str, str, str, int]) -> str:
    """Plans of so many tunes each, by rhythm, meter and mode."""
    plans = [
        PlanRecord(meter, "1/8", rhythm, mode, "AABB", 16, "|")
        for rhythm, meter, mode, count in kinds
        for _ in range(count)
    ]
    return Repertoire(tuple(plans), {"maj": {"D": 1}}, "D").to_text()


@pytest.fixture(autouse=True)
def sketches_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abcrun.composition.repertoire.Form.from_record", lambda record: record)


BOOK = repertoire(
    ("jig", "6/8", "maj", 30), ("slide", "6/8", "dor", 4), ("", "2/4", "maj", 25),
    ("waltz", "3/4", "maj", FEW - 1),
)  # fmt: skip


def test_the_tunes_of_each_kind_are_counted_the_most_first() -> None:
    assert counts_of_plans(BOOK) == {
        "rhythm": {"jig": 30, "": 25, "waltz": 19, "slide": 4},
        "meter": {"6/8": 34, "2/4": 25, "3/4": 19},
        "mode": {"major": 74, "dorian": 4},
    }
    assert counts_of_plans("") == {}


def test_a_book_tells_what_it_has_too_few_tunes_for() -> None:
    assert Teaching.of(BOOK).remarks == [
        "too few regular tunes to learn from, under 20: "
        "rhythm waltz 19, slide 4; meter 3/4 19; mode dorian 4",
        "25 regular tunes that say no rhythm",
    ]
    assert Teaching.of(repertoire(("jig", "6/8", "maj", FEW))).remarks == []
    assert Teaching.of(repertoire(("", "6/8", "maj", FEW))).remarks == [
        "no regular tune that says its rhythm, so none can be asked for"
    ]
    assert Teaching.of("").remarks == [], "a model without plans can be asked for nothing"


def test_a_book_without_rhythms_has_those_of_its_base() -> None:
    before = counts_of_plans(BOOK)
    assert Teaching.of(repertoire(("", "2/4", "maj", FEW)), before, "folk").remarks == [
        "no regular tune that says its rhythm, but those of folk can be asked for"
    ]


def test_book_and_base_teach_together() -> None:
    before = repertoire(
        ("waltz", "3/4", "maj", 1), ("slide", "12/8", "dor", 2), ("reel", "4/4", "min", 90)
    )
    teaching = Teaching.of(BOOK, counts_of_plans(before), "folk")
    assert teaching.remarks == [
        "too few regular tunes to learn from, under 20: rhythm slide 6; mode dorian 6",
        "few regular tunes, under 20, but folk has learned from more before: "
        "rhythm waltz 19; meter 3/4 19",
        "25 regular tunes that say no rhythm",
    ]
    assert teaching.from_base_alone == "rhythm reel 90; meter 4/4 90; mode minor 90"
    assert list(teaching.rows())[:2] == [
        ("", "Regular tunes of the book", "Before, in `folk`"),
        ("Rhythm", "jig 30, not said 25, waltz 19, slide 4", "reel 90, slide 2, waltz 1"),
    ]


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        ({"rhythm": {"jig": 3}, "meter": {}}, {"rhythm": {"jig": 3}, "meter": {}}),
        ({"rhythm": {"jig": "3", "reel": -1, "": 2}}, {"rhythm": {"": 2}}),
        ({"rhythm": [], "key": {"D": 1}}, {}),
        (None, {}),
        ("jig", {}),
    ],
)
def test_counts_of_a_foreign_file_are_read_as_far_as_they_are_counts(
    entry: object, counts: dict[str, dict[str, int]]
) -> None:
    assert read_counts(entry) == counts
