"""Hostile ABC: no crash, no hang, nothing read from the disk; `check` never raises,
`Tune.parse` only NotationError."""

import sys
import tracemalloc
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.errors import NotationError
from abcrun.notation import Problem, Tune, check, find_tunes
from tests import hostile
from tests.notation.constructs.table import CONSTRUCTS

MOST_STEPS = 8_000_000
"""Calls that one text may take to check and to parse, those of built-in functions
included.

They are counted, not timed, so that a busy machine changes nothing. The dearest of the
texts takes less than half; a hang takes any number.
"""

CRAFTED = hostile.crafted()


def read(text: str) -> list[Problem]:
    """Everything that the package does with a text; no errors but ours get out."""
    problems = check(text)
    try:
        tune = Tune.parse(text)
    except NotationError as error:
        assert "\n" not in str(error)
    else:
        assert tune.duration
        assert tune.seconds >= 0
    return problems


class TooManySteps(BaseException):
    """A text takes longer than any should."""


def read_in_steps(text: str) -> list[Problem]:
    """Read a text, and fail when it takes more than `MOST_STEPS`."""
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")
        if steps > MOST_STEPS:
            raise TooManySteps

    previous = sys.getprofile()
    sys.setprofile(count)
    try:
        return read(text)
    except TooManySteps:
        pytest.fail(f"it takes over {MOST_STEPS:,} steps")
    finally:
        sys.setprofile(previous)


def test_there_are_enough_of_them() -> None:
    assert len(CRAFTED) >= 200
    assert len({name for name, _ in CRAFTED}) == len(CRAFTED)


@pytest.mark.parametrize(("name", "text"), CRAFTED, ids=[name for name, _ in CRAFTED])
def test_crafted_text_is_read_or_refused_in_steps(name: str, text: str) -> None:
    for problem in read_in_steps(text):
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.reason.isprintable()


def test_memory_stays_small() -> None:
    greedy = (
        "a text over the bounds",
        "rests of bars, all allowed",
        "repeats many times",
        "notes, as many as fit",
        "lyrics after each note",
        "file header of a megabyte",
        "voices in the header",
    )
    for name, text in CRAFTED:
        if name in greedy:
            tracemalloc.start()
            read(text)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 200_000_000, name


@pytest.mark.long
def test_two_thousand_mutated_tunes(irish_tunes: list[str]) -> None:
    # Real ones, and those that show every construct.
    constructs = [construct.text for construct in CONSTRUCTS]
    texts = hostile.mutated([*irish_tunes, *constructs * 3], 2_000)
    for number, text in enumerate(texts):
        # Counting takes longer than reading does.
        (read_in_steps if number % 4 == 0 else read)(text)


@settings(deadline=None)
@given(st.text())
def test_any_text_at_all(text: str) -> None:
    read(text)


@settings(deadline=None)
@given(st.text(alphabet="|:[](){}<>-^_=,'/\"!+&%~.0123456789abcdefgABCDEFGzZxXyKMLQVPw \n\\"))
def test_any_text_of_notation_signs(body: str) -> None:
    read(hostile.tune(body))
    read(body)


@settings(deadline=None)
@given(st.text())
def test_finding_never_raises_and_finds_parts_of_the_text(text: str) -> None:
    for found in find_tunes(text):
        assert found in text
        assert found.startswith("X:")
