"""Tunes in the compass that was asked for: by the strategy alone, and by the real
model."""

from collections.abc import Iterator
from typing import Any

import pytest

from abcrun import Model, Tune, UsageError
from abcrun.composition.compass import COMPASSES
from abcrun.composition.plans import form_of
from abcrun.composition.recall import parted
from abcrun.composition.recall_strategy import Course, RecallStrategy
from abcrun.composition.signs import CHANGED, KEPT, SIGNS, sign
from abcrun.composition.sketch_writer import Wish
from abcrun.composition.strategies import Attempt
from abcrun.notation.compass import Compass
from tests.composition.coded import SEQUENCE, sketch_of
from tests.composition.rows import NEXT, FakeRow
from tests.composition.tunes import bars, right

OPENING = "X:1\nM:6/8\nL:1/8\nK:G\n|:GAB d2B|cBA G2D|"


def pitches(tune: Tune) -> Iterator[int]:
    """All notes of a tune, those of chords and grace notes too."""
    for note in (note for bar in tune.bars for note in bar.notes):
        yield from note.pitches
        for graces in () if note.signs is None else note.signs.graces:
            for grace in graces.notes:
                yield from grace.pitches


def lies_in(tune: Tune, compass: Compass) -> bool:
    return all(compass.lowest <= pitch <= compass.highest for pitch in pitches(tune))


# The strategy

HEAD = parted(SEQUENCE)[0]
SKETCH = sketch_of(SEQUENCE)
ALPHABET = "".join({*SEQUENCE}) + "[]" + SIGNS


def begun(compass: Compass, wishes: tuple[Wish, ...] = ()) -> tuple[FakeRow, RecallStrategy]:
    """A row with a header, and its strategy; with wishes, the sketch stands there."""
    course = Course(ALPHABET, wishes, ":|", is_open=not wishes, compass=compass)
    row = FakeRow(HEAD)
    strategy = RecallStrategy(row, Attempt(str, lambda: NEXT), course)
    row.begin(strategy)
    return row, strategy


def test_first_and_last_notes_outside_the_compass_are_not_drawn() -> None:
    row, strategy = begun(Compass(61, 83))  # c# to b'
    for drawn in ("", sign("new", 0), sign("first", 9), "|", sign("new", 0)):
        row.draw(strategy, drawn)
        for kind in ("first", "last"):
            outside = [one for one in range(32) if sign(kind, one) in row.suppressed]
            assert outside == [*range(7), *range(21, 31)], "in the key; rests may stand"


def test_a_bar_that_leaves_the_compass_is_taken_back() -> None:
    row, strategy = begun(Compass(62, 79), Wish.of(SKETCH))
    before = row.text()
    for outside in ("d2 cC|", "d2 ca|", "d2 c[BA,]|"):
        row.draw(strategy, outside)
        assert row.text() == before
    row.draw(strategy, "d2 cB|")
    assert len(row.rewound) == 3


def test_a_group_that_was_moved_out_of_the_compass_is_changed() -> None:
    row, strategy = begun(Compass(70, 83), Wish.of(SKETCH))
    row.draw(strategy, "d2 cB|")
    assert not {KEPT, CHANGED} & set(row.suppressed)
    row.draw(strategy, KEPT)
    assert KEPT in row.suppressed, "BA has an a"
    assert CHANGED not in row.suppressed


# The model


@pytest.mark.parametrize("instrument", COMPASSES)
def test_tunes_lie_in_the_compass_of_the_instrument(folk: Model, instrument: str) -> None:
    for tune in folk.generate(4, seed=1, instrument=instrument):
        assert lies_in(right(tune), COMPASSES[instrument]), tune.text
        assert form_of(tune.text) is not None, "its sections are regular"


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "D4-B5", "key": "A"},
        {"range": "D4-B5", "key": "F#m", "meter": "6/8"},
        {"range": "C4-C#5", "key": "D"},  # no wider than may be
        {"range": "E2-E4", "key": "Gdor"},  # far below where the books write
        {"range": "D4-B5", "guide": "bars"},
        {"range": "D4-B5", "form": "AABB", "bars": 16},
        {"range": "A4-D6", "instrument": "harp", "rhythm": "reel"},
    ],
)
def test_tunes_lie_in_the_range_that_was_asked_for(folk: Model, asked: dict[str, Any]) -> None:
    for tune in folk.generate(3, seed=2, **asked):
        read = right(tune)
        assert lies_in(read, Compass.of(asked["range"])), tune.text
        if "key" in asked:
            assert read.key.text.startswith(asked["key"].rstrip("mdor"))


def test_a_tune_goes_on_from_an_opening_in_its_octave(folk: Model) -> None:
    for tune in folk.generate(3, seed=3, prompt=OPENING, instrument="whistle"):
        assert lies_in(right(tune), COMPASSES["whistle"])
        assert bars(tune.text)[:2] == ["GAB d2B", "cBA G2D"]


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        (OPENING.replace("G2D", "G2C"), "C4"),
        (OPENING.replace("d2B", "d'2B"), "D6"),
        (OPENING.replace("GAB", "[G,G]AB"), "G3"),
        (OPENING + "GFC", "C4"),
    ],
)
def test_an_opening_outside_the_compass_is_a_usage_error(
    folk: Model, prompt: str, note: str
) -> None:
    with pytest.raises(UsageError, match=f"^prompt: its {note} lies outside D4-B5, the compass"):
        folk.generate(prompt=prompt, instrument="flute")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"instrument": "kazoo"}, "unknown instrument 'kazoo': give a range, or one of fiddle, "),
        ({"range": "low"}, "range 'low': name the lowest and the highest note, as in D4-B5"),
        ({"range": "D4-A4"}, "range 'D4-A4': the second note must be a ninth or more above"),
        ({"range": "C2-C4", "instrument": "fiddle"}, "fiddle plays G3-B5, which has not a ninth"),
        ({"range": "D4-B5", "guide": "off"}, "^range: guide off takes nothing back"),
        ({"instrument": "harp", "guide": "off"}, "^instrument: guide off takes nothing back"),
    ],
)
def test_a_compass_that_cannot_be_had_is_a_usage_error_at_the_call(
    folk: Model, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        folk.generate(**asked)


def test_a_tune_in_a_compass_is_the_same_beside_any_other(folk: Model) -> None:
    alone = [next(iter(folk.generate(1, seed=4, instrument="flute")))]
    assert list(folk.generate(6, seed=4, instrument="flute"))[:1] == alone


def test_without_a_compass_most_tunes_suit_a_fiddle(folk: Model) -> None:
    fiddle = COMPASSES["fiddle"]
    tunes = [right(tune) for tune in folk.generate(40, seed=5)]
    assert sum(lies_in(tune, fiddle) for tune in tunes) >= 24
