"""`%%score` and `%%staves`: voices to staves, braces, brackets and bar lines (11.2)."""

import pytest

from abcrun.notation import Tune
from abcrun.notation.limits import MAX_VOICES
from abcrun.notation.score_plan import read_score_plan


def plan_of(written: str) -> str:
    """Return a plan in few signs: voices of a staff joined by +, `*` before floating
    ones, `|` where bar lines go on to the next staff, and the groups."""
    name, _, value = written.partition(" ")
    plan = read_score_plan(name, value)
    if plan is None:
        return "none"
    staves = "".join(
        "+".join([*staff.voices, *(f"*{name}" for name in staff.floating)])
        + ("|" if staff.is_joined else " ")
        for staff in plan.staves
    ).strip()
    groups = " ".join(f"{group.sign}{group.first}-{group.last}" for group in plan.groups)
    return f"{staves}  {groups}".strip()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # The example of the standard.
        ("score Solo [(S A) (T B)] {RH | (LH1 LH2)}", "Solo S+A T+B RH|LH1+LH2  [1-2 {3-4"),
        ("score 1 2 3", "1 2 3"),
        ("score (1 2) ( 3 4 )", "1+2 3+4"),
        ("score [{1 2} (3 4)]", "1 2 3+4  [0-2 {0-1"),
        ("score {1 *2 3}", "1+*2 3  {0-1"),
        ("score [S|A|T|B]", "S|A|T|B  [0-3"),
        # In %%staves the bar line means the contrary.
        ("staves [S A T B]", "S|A|T|B  [0-3"),
        ("staves [S|A|T|B]", "S A T B  [0-3"),
        ("staves 1 2", "1|2"),
        # What abcm2ps makes of three and four voices in an old brace.
        ("staves {1 2 3}", "1+*2|3  {0-1"),
        ("staves {1 2 3 4}", "1+2|3+4  {0-1"),
        ("score {1 2 3}", "1 2 3  {0-2"),
    ],
)
def test_plans(written: str, expected: str) -> None:
    assert plan_of(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("score", "none"),
        ("score )(", "none"),
        ("score {}", "none"),
        ("score 1 1 2", "1 2"),  # a voice stands on one staff
        ("score [1 2", "1 2"),
        ("score 1] 2}", "1 2"),
        ("score (1 2", "1+2"),
        ("score | * 1 |", "1"),
        ("score {1 [2} 3]", "1 2 3  [1-2"),
    ],
)
def test_what_is_not_well_formed_counts_as_far_as_it_goes(written: str, expected: str) -> None:
    assert plan_of(written) == expected


def test_there_are_no_more_staves_than_voices_may_be() -> None:
    plan = read_score_plan("score", " ".join(map(str, range(10_000))))
    assert plan is not None
    assert len(plan.staves) == MAX_VOICES
    assert plan_of("score " + "[{(" * 5_000 + "1") == "1"


@pytest.mark.parametrize("first", ["header", "body"])
def test_staves_that_change_within_a_tune_are_named(first: str) -> None:
    plans = ("%%score 1 2\n", "") if first == "header" else ("", "%%score 1 2\n")
    text = f"X:1\nL:1/4\nM:4/4\n{plans[0]}K:C\n{plans[1]}V:1\nCDEF|\nV:2\nCDEF|\n"
    assert Tune.parse(f"{text}%%score 1 2\nV:1\nCDEF|\nV:2\nCDEF|\n").problems == ()
    found = Tune.parse(f"{text}%%staves (1 2)\nV:1\nCDEF|\nV:2\nCDEF|\n%%score 2\n").problems
    assert [(one.line, one.kind) for one in found] == [(10, "unsupported")]
    assert "second staves" in found[0].reason
