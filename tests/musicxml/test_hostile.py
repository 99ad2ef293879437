"""Files that are damaged or made to do harm: refused in a line, or read in steps that
grow with their size."""

import random
import re
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from abcrun import NotationError, Tune, check, musicxml_to_abc
from tests.musicxml.made import made
from tests.musicxml.scores import note, score

NUMBERS = ("0", "-1", "999999999", "1e9", "0.333333333", "x", "", "7", "128", "-9", "3/4")


def mutated(text: str, chance: random.Random) -> str:
    """A file with some of its elements and numbers changed."""
    for _ in range(chance.randint(1, 5)):
        numbers = list(re.finditer(r">(-?[0-9.]+)<", text))
        leaves = list(re.finditer(r"<(\w[\w-]*)[^<>/]*>[^<>]*</\1>", text))
        notes = list(re.finditer(r"<note.*?</note>", text))
        kind = chance.choice(("number", "leaf", "note", "gone"))
        if kind == "number" and numbers:
            one = chance.choice(numbers)
            text = text[: one.start(1)] + chance.choice(NUMBERS) + text[one.end(1) :]
        elif kind in ("leaf", "gone") and leaves:
            one, other = chance.choice(leaves), chance.choice(leaves)
            new = other.group() if kind == "leaf" else ""
            text = text[: one.start()] + new + text[one.end() :]
        elif notes:
            one, other = chance.choice(notes), chance.choice(notes)
            text = text[: one.start()] + chance.randint(0, 4) * other.group() + text[one.start() :]
    return text


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_read_without_faults_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for number in range(10):
        text = Tune.parse(made(number)).musicxml()
        for _ in range(5):
            try:
                abc = musicxml_to_abc(mutated(text, chance)).abc
            except NotationError as error:
                assert "\n" not in str(error)
                continue
            kinds = {problem.kind for problem in check(abc) if not problem.is_remark}
            assert kinds <= {"bar-length", "no-notes"}, abc


WORDS = "<direction><direction-type><words>a</words></direction-type></direction>"
CHORD = (
    "<harmony><root><root-step>C</root-step></root><kind>major</kind><offset>1</offset></harmony>"
)
BACK = "<backup><duration>1</duration></backup>"
LYRIC = '<lyric number="{}"><text>la</text></lyric>'
CREDIT = "<credit><credit-type>{}</credit-type><credit-words>a{}</credit-words></credit>"

GROWING: dict[str, Callable[[int], str]] = {
    "notes": lambda n: score(note("C4", 1) * n),
    "words": lambda n: score(WORDS * n + note("C4", 1)),
    "words between notes": lambda n: score((WORDS + note("C4", 1)) * n),
    "chord symbols within notes": lambda n: score((CHORD + note("C4", 2)) * n),
    "voices": lambda n: score("".join(note("C4", 1, voice=str(i)) + BACK for i in range(n))),
    "notes at one time": lambda n: score((note("C4", 1) + BACK) * n),
    "notes of a chord": lambda n: score(note("C4") + note("E4", before="<chord/>") * n),
    "measures": lambda n: score(*[note("C4", 8)] * n),
    "verses": lambda n: score("".join(note("C4", 1, LYRIC.format(i)) for i in range(n))),
    "titles": lambda n: score(
        note("C4"), head="".join(CREDIT.format("title", i) for i in range(n))
    ),
    "verses below": lambda n: score(note("C4"), head=CREDIT.format("lyrics", "") * n),
    "keys": lambda n: score(
        "<attributes><key><fifths>1</fifths></key></attributes>" * n + note("C4")
    ),
    "staves": lambda n: score("".join(note("C4", 1, f"<staff>{i}</staff>") for i in range(1, n))),
    "unknown elements": lambda n: score("".join(f"<x{i}/>" for i in range(n)) + note("C4")),
}


def steps(text: str) -> int:
    """The lines of code that are run to convert a file."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        musicxml_to_abc(text)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("name", GROWING)
def test_twice_as_much_takes_no_more_than_twice_as_many_steps(name: str) -> None:
    # From a size on at which what is bounded has reached its bounds.
    text_of = GROWING[name]
    assert steps(text_of(800)) < 2.3 * steps(text_of(400))


def test_remarks_and_words_are_bounded() -> None:
    conversion = musicxml_to_abc(
        score(
            "".join(f"<x{number}/>" for number in range(500)) + note("C4"),
            head=f"<work><work-title>{'x' * 50_000}</work-title></work>",
        )
    )
    assert len(conversion.remarks) == 101
    assert conversion.remarks[-1].startswith("more of other kinds (400 times")
    assert len(conversion.abc) < 1_200


def test_nothing_that_a_file_names_is_read() -> None:
    link = '<link xlink:href="file:///etc/passwd"/><image source="file:///etc/passwd"/>'
    text = score(note("C4"), head=f"<credit><credit-image source='/etc/passwd'/></credit>{link}")
    assert "root:" not in musicxml_to_abc(text).abc
